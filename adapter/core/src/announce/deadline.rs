//! The date that CMS states, beside the one that follows from the chart.

use super::Seen;
use crate::chart::Standing;
use crate::plan::moment::Moment;
use crate::plan::standing::CONTROL_GROUP;
use access_contract::{Announcement, Issue, NamedDate, Severity};
use access_mappings::{EventFacts, Guide};
use jiff::civil::Date;

/// Name of a date that the guide does not explain.
const DEADLINE: &str = "deadline";

/// What came of the comparison.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub(super) dates: Vec<NamedDate>,
    pub(super) issues: Vec<Issue>,
}

/// Compares the date that CMS states with our own, and says where they disagree or one is missing. Both are told: theirs under
/// the name of the date, ours as `expected-` and that name.
pub(super) fn compare(guide: &Guide, event: &EventFacts, announcement: &Announcement, seen: &Seen<'_>) -> Compared {
    let name = if event.deadline.is_empty() { DEADLINE } else { event.deadline.as_str() };
    let mut compared = Compared { dates: stated(name, &announcement.deadline), issues: Vec::new() };
    let ours = expected(guide, &event.deadline, seen.standing, seen.current);
    let Some(theirs) = day(&announcement.deadline) else {
        if !event.deadline.is_empty() {
            let message = "CMS states no date that could be read";
            let hint = "read what CMS sent; where our own date is known it stands beside this";
            compared.issues.push(Issue::new(Severity::Warning, "deadline-missing", "", message).hint(hint));
            compared.dates.extend(ours.map(|ours| expected_date(name, ours)));
        }
        return compared;
    };
    if let Some(ours) = ours.filter(|ours| *ours != theirs) {
        // A day more or less is a matter of zones and of which day counts as the first.
        let close = ours.until(theirs).is_ok_and(|span| span.get_days().abs() <= 1);
        let severity = if close { Severity::Information } else { Severity::Warning };
        let message = "the date that CMS states is not the one that follows from the alignment here";
        let hint = "keep to the earlier one, and ask CMS where they are far apart";
        compared.issues.push(Issue::new(severity, "deadline-differs", "", message).hint(hint));
        compared.dates.push(expected_date(name, ours));
    }
    if theirs < seen.at.day() && event.severity == "warning" && !event.deadline.is_empty() {
        let message = "the date that CMS states has passed already";
        let hint = "act at once, and look why the mail came late";
        compared.issues.push(Issue::new(Severity::Warning, "deadline-passed", "", message).hint(hint));
    }
    compared
}

/// The date that follows from the standing. The one place that knows how: a calendar can take its place.
fn expected(guide: &Guide, name: &str, standing: &Standing, current: bool) -> Option<Date> {
    let since = |text: &str| Moment::parse(text);
    match name {
        "lock-in-ends" if current => since(&standing.aligned_at)?.plus_days(guide.lock_in_days),
        "baseline-due" if current => since(&standing.aligned_at)?.plus_days(guide.baseline_days),
        "control-group-ends" if standing.state == CONTROL_GROUP => {
            since(&standing.since)?.plus_months(guide.control_group_months)
        }
        _ => None,
    }
}

/// The stated date under a name, where it is one.
pub(super) fn stated(name: &str, text: &str) -> Vec<NamedDate> {
    day(text).map(|date| NamedDate { name: name.to_owned(), date: date.to_string() }).into_iter().collect()
}

fn expected_date(name: &str, date: Date) -> NamedDate {
    NamedDate { name: format!("expected-{name}"), date: date.to_string() }
}

fn day(text: &str) -> Option<Date> {
    if text.len() == 10 { text.parse().ok() } else { None }
}
