//! The programme's rules for reports, asked in this order: a document that is refused on the poll, the alignment, what
//! was reported before, the window, what the report must hold.
//!
//! | report type | its period | before its window | after its window |
//! |---|---|---|---|
//! | baseline | the alignment | - | `reporting-period-closed`, where the alignment still stands |
//! | quarterly | since the last report that was taken | `duplicate` after a quarterly one, else closed | closed |
//! | end-of-period | the alignment | closed | closed |
//!
//! A second report for one period is a `duplicate`, and so is one whose Bundle.identifier the participant has used for a
//! report that was taken. After the end-of-period report no quarterly one is taken.

use crate::checks::{Question, ReportFacts};
use crate::measures::{Measure, ReportType, named};
use crate::outcome::OutcomeIssue;
use crate::refusal::Refusal;
use crate::registry::{Held, Person, Report};
use crate::rules::{Case, Verdict};
use crate::scenario::ExpressionBy;

/// Decides, and writes a report that is taken into the person's alignment.
pub(crate) fn decide(question: &Question, facts: &ReportFacts, person: &mut Person, case: &mut Case<'_>) -> Verdict {
    let result = |code: &str| Verdict::Result(code.to_owned());
    if !facts.defects.is_empty() {
        return Verdict::FailPoll(Refusal { status: 400, issues: facts.defects.clone() });
    }
    let ours = |held: &&mut Held| held.participant == question.participant && held.track == question.track;
    let Some(held) = person.held.iter_mut().find(ours) else {
        return result(not_aligned(question, person, case));
    };
    if case.taken.contains(case.bundle) {
        return result("duplicate");
    }
    if let Err(code) = in_time(facts.kind, held, case) {
        return result(code);
    }
    let missing = missing(question, facts, case);
    if !missing.is_empty() {
        return Verdict::Incomplete(missing);
    }
    held.reports.push(Report { kind: facts.kind, day: case.today });
    case.taken.insert(case.bundle.to_owned());
    result("success")
}

/// Nothing to report in that track: is there in its sibling?
fn not_aligned(question: &Question, person: &Person, case: &Case<'_>) -> &'static str {
    let family = |track: &str| case.guide.track(track).map(|track| track.family.as_str());
    let sibling =
        |held: &Held| held.participant == question.participant && family(&held.track) == family(&question.track);
    if person.held.iter().any(sibling) { "incorrect-track" } else { "patient-not-aligned" }
}

/// Whether the period is new and its window open.
fn in_time(kind: ReportType, held: &Held, case: &Case<'_>) -> Result<(), &'static str> {
    const CLOSED: &str = "reporting-period-closed";
    let (from, to) = case.calendar.reporting.window(kind, &held.track);
    let day = match (kind, held.last()) {
        (ReportType::Baseline | ReportType::EndOfPeriod, _) if held.has(kind) => return Err("duplicate"),
        (ReportType::Baseline | ReportType::EndOfPeriod, _) => case.today - held.since,
        (ReportType::Quarterly, None) => return Err(CLOSED),
        (ReportType::Quarterly, Some(_)) if held.has(ReportType::EndOfPeriod) => return Err(CLOSED),
        (ReportType::Quarterly, Some(last)) => {
            let day = case.today - last.day;
            if day < from && last.kind == ReportType::Quarterly {
                return Err("duplicate");
            }
            day
        }
    };
    if (from..=to).contains(&day) { Ok(()) } else { Err(CLOSED) }
}

/// An issue for each measure that is missing, and one for a PHQ-9 with too few answers.
fn missing(question: &Question, facts: &ReportFacts, case: &Case<'_>) -> Vec<OutcomeIssue> {
    let reporting = case.calendar.reporting;
    let issue = |code: &str, text: String, measures: &[&'static Measure]| OutcomeIssue {
        severity: "warning".to_owned(),
        code: code.to_owned(),
        text: Some(text),
        diagnostics: None,
        expression: measures
            .iter()
            .map(|measure| expression(&question.track, measure, reporting.expression_by))
            .collect(),
    };
    let mut issues = Vec::new();
    for need in reporting.required.of(&question.track, facts.kind) {
        if need.iter().any(|measure| facts.filled.contains(measure.name)) {
            continue;
        }
        let words: Vec<&str> = need.iter().map(|measure| measure.words).collect();
        let text = format!("A {} report for {} needs: {}", facts.kind.code(), question.track, words.join(" or "));
        issues.push(issue("required", text, need));
    }
    if let Some(unanswered) = facts.unanswered.filter(|count| *count > usize::from(reporting.unanswered)) {
        let text = format!("PHQ-9: {unanswered} items have no answer, at most {} may have none", reporting.unanswered);
        issues.push(issue("incomplete", text, named("BH", "PHQ-9").as_slice()));
    }
    issues
}

/// Where the measure should be, in the manner of the guide's examples.
fn expression(track: &str, measure: &Measure, by: ExpressionBy) -> String {
    match by {
        ExpressionBy::Code => format!(
            "Bundle.entry[0].resource.section.where(code.coding.code='{track}').section.where(code.coding.code='{}')",
            measure.code
        ),
        ExpressionBy::Title => {
            format!("Composition.section.where(title = '{track}').section.where(title = '{}')", measure.name)
        }
    }
}
