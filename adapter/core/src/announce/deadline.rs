//! The date that CMS states, beside that of the calendar.

use super::Seen;
use crate::calendar::{CONTROL_GROUP_END, Due, State};
use crate::zone::Zone;
use access_contract::{Announcement, Issue, NamedDate, Severity};
use access_mappings::{EventFacts, Profile};
use jiff::civil::Date;

/// Name of a date that the guide does not explain.
const DEADLINE: &str = "deadline";

/// What came of the comparison.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub(super) dates: Vec<NamedDate>,
    pub(super) issues: Vec<Issue>,
    /// Whether CMS has accepted already what it reminds of.
    pub(super) is_met: bool,
}

/// Compares the date that CMS states with that of the calendar, and says where they disagree or one is missing. Both are told: theirs
/// under the name of the date, ours as `expected-` and that name. A date agrees that is ours, or within `reports.margin` days after
/// it: the margin keeps clear of the last day of the guide.
pub(super) fn compare(profile: &Profile, event: &EventFacts, announcement: &Announcement, seen: &Seen<'_>) -> Compared {
    let name = if event.deadline.is_empty() { DEADLINE } else { event.deadline.as_str() };
    let mut compared = Compared { dates: stated(name, &announcement.deadline), ..Compared::default() };
    let ours = expected(&event.deadline, announcement, seen);
    if ours.is_none() && was_accepted(&event.deadline, announcement, seen) {
        let message = "CMS has accepted this report already";
        let hint = "nothing has to be sent; the mail was written before, or ask CMS why it came";
        compared.issues.push(Issue::new(Severity::Information, "deadline-met", "", message).hint(hint));
        compared.is_met = true;
        return compared;
    }
    let Some(theirs) = day(&announcement.deadline) else {
        if !event.deadline.is_empty() {
            let message = "CMS states no date that could be read";
            let hint = "read what CMS sent; where our own date is known it stands beside this";
            compared.issues.push(Issue::new(Severity::Warning, "deadline-missing", "", message).hint(hint));
            compared.dates.extend(ours.map(|ours| expected_date(name, ours.due)));
        }
        return compared;
    };
    if let Some(ours) = ours.filter(|ours| theirs < ours.due || theirs > ours.guide_due) {
        // A day more or less is a matter of zones and of which day counts as the first.
        let [before, after] = [(theirs, ours.due), (ours.guide_due, theirs)]
            .map(|(one, other)| one.until(other).map_or(i32::MAX, |span| span.get_days()));
        let severity = if before.max(after) <= 1 { Severity::Information } else { Severity::Warning };
        let message = "the date that CMS states is not that of the calendar here";
        let hint = "keep to the earlier one, and ask CMS where they are far apart; `access-bridge calendar` shows ours";
        compared.issues.push(Issue::new(severity, "deadline-differs", "", message).hint(hint));
        compared.dates.push(expected_date(name, ours.due));
    }
    let today = Zone::of(profile).day(seen.at.instant());
    if theirs < today && event.severity == "warning" && !event.deadline.is_empty() {
        let message = "the date that CMS states has passed already";
        let hint = "act at once, and look why the mail came late";
        compared.issues.push(Issue::new(Severity::Warning, "deadline-passed", "", message).hint(hint));
    }
    compared
}

/// The date of the calendar that CMS means: of the alignment that the mail is about, and of reports the one that is still owed. The
/// control group has no alignment.
fn expected<'d>(name: &str, announcement: &Announcement, seen: &'d Seen<'_>) -> Option<&'d Due> {
    let owed = |due: &&Due| !due.is_report() || due.state != State::Done;
    of_name(name, announcement, seen).find(owed)
}

/// Whether what CMS reminds of was done, and nothing of the kind is owed.
fn was_accepted(name: &str, announcement: &Announcement, seen: &Seen<'_>) -> bool {
    of_name(name, announcement, seen).any(|due| due.is_report() && due.state == State::Done)
}

fn of_name<'d>(name: &str, announcement: &Announcement, seen: &'d Seen<'_>) -> impl Iterator<Item = &'d Due> {
    seen.dates.iter().filter(move |due| {
        due.track == announcement.track.as_str()
            && due.name() == name
            && (seen.current || due.kind == CONTROL_GROUP_END)
    })
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
