//! What an answer to a report leaves in the chart and says to people.

use crate::calendar::calendar;
use crate::chart::{Chart, Reported};
use crate::interpret::report::named;
use crate::plan::moment::Moment;
use crate::plan::reports;
use access_contract::{Deadline, NamedDate, Operation, OutcomeClass, ReportPeriod, Settlement};
use access_mappings::{Guide, Profile};

/// Most reports that are kept of one track. Of those that did not arrive the oldest go first.
pub(crate) const MAX_REPORTS: usize = 100;

/// Writes down that a report was answered. A second answer to the same submission takes the place of the first.
pub(super) fn write(guide: &Guide, chart: &mut Chart, settlement: &Settlement) {
    let Some(period) = settlement.report.as_ref().filter(|_| settlement.operation == Operation::ReportData) else {
        return;
    };
    let since = since(chart, settlement, period);
    let code = result_code(guide, settlement).to_owned();
    // What was asked for since this one met it on its way and was not carried. It may be asked for anew; what failed here is a person's to
    // repeat, and what CMS has refused is not asked for again as it is.
    let asked = reports::asked_key(settlement.track.as_str(), period);
    let is_newer = |basis: &String| *basis != settlement.basis;
    if !code.is_empty() && chart.told.get(&asked).is_some_and(is_newer) {
        chart.told.remove(&asked);
    }
    let reports = chart.reports.entry(settlement.track.as_str().to_owned()).or_default();
    reports.retain(|known| known.submission != settlement.submission || settlement.submission.is_empty());
    reports.push(Reported {
        period: period.clone(),
        code,
        at: settlement.at.clone(),
        since: if since == settlement.at { String::new() } else { since },
        submission: settlement.submission.clone(),
        cms_submission: settlement.cms_submission.clone(),
        entries: settlement.entries.clone(),
        missing: missing(guide, settlement),
    });
    while reports.len() > MAX_REPORTS {
        let oldest = reports.iter().position(|known| !known.is_delivered()).unwrap_or_default();
        reports.remove(oldest);
    }
}

/// The earliest moment a report can count from: CMS has a duplicate since an earlier attempt, which may have ended here as a failure.
fn since(chart: &Chart, settlement: &Settlement, period: &ReportPeriod) -> String {
    let own = settlement.since();
    if settlement.outcome.code != "duplicate" {
        return own.to_owned();
    }
    let reports = chart.reports.get(settlement.track.as_str()).into_iter().flatten();
    let failed = reports.filter(|report| {
        report.code.is_empty() && report.period.alignment == period.alignment && report.period.period == period.period
    });
    let all = failed.map(Reported::counts_from).chain([own]);
    all.filter_map(|text| Some((Moment::parse(text)?.instant(), text))).min().map_or(own, |(_, text)| text).to_owned()
}

/// What stands for a result that this version does not know, whatever it looks like.
const UNKNOWN_RESULT: &str = "result-unknown";

/// The result code; empty for a technical failure, whose code is one of FHIR.
fn result_code<'s>(guide: &Guide, settlement: &'s Settlement) -> &'s str {
    let outcome = &settlement.outcome;
    let expected = guide.operation(settlement.operation.as_str()).map_or("", |facts| facts.result_system.as_str());
    if outcome.class == OutcomeClass::Unknown {
        return UNKNOWN_RESULT;
    }
    if outcome.system == expected && !expected.is_empty() { &outcome.code } else { "" }
}

/// What CMS said was missing, by name. What it found wrong otherwise is not here.
fn missing(guide: &Guide, settlement: &Settlement) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for issue in &settlement.outcome.issues {
        if matches!(issue.code.as_str(), "required" | "incomplete" | "not-found" | "structure") {
            names.extend(named(guide, issue).into_iter().filter(|name| !names.contains(name)).collect::<Vec<_>>());
        }
    }
    names
}

/// What the notice about a report adds to the meaning of its result.
pub(super) fn words(guide: &Guide, settlement: &Settlement) -> String {
    if settlement.operation != Operation::ReportData {
        return String::new();
    }
    let period = settlement.report.as_ref().map(|report| format!(" Report: {}.", report.period)).unwrap_or_default();
    let missing = missing(guide, settlement);
    if missing.is_empty() { period } else { format!("{period} Missing: {}.", missing.join(", ")) }
}

/// The next report of the track, as the calendar has it.
pub(super) fn dates(profile: &Profile, document: &str, settlement: &Settlement) -> Vec<NamedDate> {
    if settlement.operation != Operation::ReportData {
        return Vec::new();
    }
    // The chart was just written, so the calendar can read it; should it not, the notice has no dates.
    let deadlines = calendar(profile, &settlement.participant, document, &[], &settlement.at).unwrap_or_default();
    let is_next = |date: &&Deadline| {
        date.track == settlement.track
            && profile.guide.reporting.types.contains_key(&date.kind)
            && matches!(date.state.as_str(), "upcoming" | "open")
    };
    let next = deadlines.iter().filter(is_next).min_by(|one, other| one.due.cmp(&other.due));
    let Some(next) = next else { return Vec::new() };
    let named = |what: &str, date: &String| NamedDate { name: format!("{}-{what}", next.kind), date: date.clone() };
    next.opens.iter().map(|day| named("opens", day)).chain([named("due", &next.due)]).collect()
}
