//! The notice about an outcome.

use crate::chart::{Chart, Standing};
use crate::plan::moment::Moment;
use crate::plan::standing::{ALIGNED, CONTROL_GROUP, UNALIGNED};
use access_contract::{Issue, NamedDate, Notice, NoticeKind, Operation, OutcomeClass, Settlement, Severity};
use access_mappings::{Guide, Profile};
use jiff::civil::Date;

/// Says what came of a submission.
pub(super) fn tell(profile: &Profile, chart: &Chart, settlement: &Settlement) -> Notice {
    let outcome = &settlement.outcome;
    let standing = chart.standing.get(settlement.track.as_str());
    let mut issues = outcome.issues.clone();
    let aligned = is_new_alignment(settlement, standing);
    if aligned && settlement.cms_submission.is_empty() {
        issues.push(
            Issue::new(
                Severity::Warning,
                "alignment-id-missing",
                "",
                "the alignment came without a submission id of CMS",
            )
            .hint("later notices from CMS name only that id; find it in the alignment report"),
        );
    }
    Notice {
        kind: NoticeKind::Outcome,
        severity: severity(&outcome.class),
        participant: settlement.participant.clone(),
        operation: settlement.operation.as_str().to_owned(),
        track: settlement.track.as_str().to_owned(),
        code: outcome.code.clone(),
        system: outcome.system.clone(),
        display: outcome.display.clone(),
        text: text(&outcome.meaning, &outcome.text),
        next_step: outcome.next_step.clone(),
        submission: settlement.submission.clone(),
        cms_submission: settlement.cms_submission.clone(),
        control_id: settlement.control_id.clone(),
        reply_application: chart.reply_application.clone(),
        reply_facility: chart.reply_facility.clone(),
        patient: chart.patient.clone(),
        mbi: chart.notice_mbi(profile),
        dates: standing.map(|standing| dates(&profile.guide, standing, settlement)).unwrap_or_default(),
        issues,
    }
}

fn severity(class: &OutcomeClass) -> Severity {
    match class {
        OutcomeClass::Done => Severity::Information,
        OutcomeClass::Refused => Severity::Warning,
        OutcomeClass::FixAndResend | OutcomeClass::Failed | OutcomeClass::Unknown | OutcomeClass::Other(_) => {
            Severity::Error
        }
    }
}

/// Our words, then those of CMS.
fn text(meaning: &str, said: &str) -> String {
    match (meaning.is_empty(), said.is_empty()) {
        (_, true) => meaning.to_owned(),
        _ if meaning == said => meaning.to_owned(),
        (true, false) => format!("CMS says: {said}"),
        (false, false) => format!("{meaning} CMS says: {said}"),
    }
}

/// The dates that follow from the standing, as far as this outcome is about it.
///
/// The operations and their answers name no effective date, so an alignment and an end of one take effect on the day of
/// the outcome, in UTC.
fn dates(guide: &Guide, standing: &Standing, settlement: &Settlement) -> Vec<NamedDate> {
    let lock_in = || day(&standing.aligned_at, |at| at.plus_days(guide.lock_in_days));
    let mut dates = Vec::new();
    let mut add = |name: &str, date: Option<Date>| {
        dates.extend(date.map(|date| NamedDate { name: name.to_owned(), date: date.to_string() }));
    };
    let ended = settlement.operation == Operation::Unalign
        && settlement.outcome.class == OutcomeClass::Done
        && standing.state == UNALIGNED;
    if ended {
        add("effective", day(&settlement.at, |at| Some(at.day())));
    }
    if is_new_alignment(settlement, Some(standing)) {
        add("effective", day(&settlement.at, |at| Some(at.day())));
        add("lock-in-ends", lock_in());
        add("baseline-due", day(&standing.aligned_at, |at| at.plus_days(guide.baseline_days)));
    } else if settlement.operation == Operation::Unalign && standing.is_aligned() {
        add("lock-in-ends", lock_in());
    } else if standing.state == CONTROL_GROUP {
        add("control-group-ends", day(&standing.since, |since| since.plus_months(guide.control_group_months)));
    }
    dates
}

/// Whether this very outcome made the alignment.
fn is_new_alignment(settlement: &Settlement, standing: Option<&Standing>) -> bool {
    settlement.operation == Operation::Align
        && standing.is_some_and(|standing| standing.state == ALIGNED && standing.aligned_at == settlement.at)
}

fn day(text: &str, later: impl Fn(Moment) -> Option<Date>) -> Option<Date> {
    Moment::parse(text).and_then(later)
}
