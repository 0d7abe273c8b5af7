//! Writes what CMS told by itself (a mail, a message) into the chart, and says it to the pipeline.
//!
//! What an event may do to a standing:
//!
//! * only an event that the guide's facts give a standing (`unalignment`) changes one, and only if the mail is about the
//!   alignment that is in force: a late mail about a former one ends nothing;
//! * no event aligns: the answer to the submission does. A mail that confirms an alignment which is not known here asks for a
//!   person;
//! * ids of alignments and the last result code stay.

mod deadline;

#[cfg(test)]
mod tests;

use crate::calendar::{self, Due};
use crate::chart::{Chart, Standing};
use crate::plan::moment::Moment;
use access_contract::{Announcement, Issue, NamedDate, Notice, NoticeKind, Settled, Severity};
use access_mappings::{EventFacts, Profile};

/// The mail that confirms an alignment.
const ALIGNED: &str = "aligned";

/// Writes an announcement into a chart and makes the notice about it.
///
/// # Errors
/// One issue when the chart or the time cannot be read.
pub fn announce(profile: &Profile, chart: &str, announcement: &Announcement) -> Result<Settled, Issue> {
    let at = Moment::argument(&announcement.at, "at")?;
    let mut chart = Chart::parse(chart)?;
    let event = profile.guide.events.iter().find(|event| event.code == announcement.event);
    let standing = chart.standing.get(announcement.track.as_str()).cloned().unwrap_or_default();
    let current = !announcement.cms_submission.is_empty() && standing.alignment == announcement.cms_submission;
    let in_force = current && standing.is_aligned();
    let ends = in_force && event.is_some_and(|event| !event.standing.is_empty());
    let dates = calendar::dates(profile, &chart, at);
    if current
        && event.is_some_and(|event| !event.standing.is_empty())
        && let Some(standing) = chart.standing.get_mut(announcement.track.as_str())
    {
        standing.unknown_under.clear();
    }
    if let Some(event) = event.filter(|_| ends)
        && let Some(standing) = chart.standing.get_mut(announcement.track.as_str())
    {
        standing.state.clone_from(&event.standing);
        standing.since.clone_from(&announcement.at);
        if !standing.is_aligned() {
            chart.note_end(announcement.track.as_str(), &announcement.at);
        }
    }
    let seen = Seen { at, standing: &standing, dates: &dates, current, in_force };
    let notice = match event {
        Some(event) => known(profile, &chart, announcement, event, &seen),
        None => unknown(profile, &chart, announcement),
    };
    Ok(Settled { document: chart.write()?, notices: vec![notice] })
}

/// What the announcement met.
struct Seen<'a> {
    at: Moment,
    /// The standing of the track before the announcement.
    standing: &'a Standing,
    /// What the calendar had.
    dates: &'a [Due],
    /// Whether the announcement is about the last alignment of the track.
    current: bool,
    /// Whether that alignment is in force.
    in_force: bool,
}

/// The notice about an event of the guide.
fn known(profile: &Profile, chart: &Chart, announcement: &Announcement, event: &EventFacts, seen: &Seen<'_>) -> Notice {
    let mut notice = blank(profile, chart, announcement);
    let news = event.standing.is_empty() || seen.in_force;
    notice.severity = if news { Severity::from(event.severity.as_str()) } else { Severity::Information };
    notice.code.clone_from(&event.code);
    if event.coded {
        notice.system.clone_from(&profile.guide.systems.event);
    }
    notice.display.clone_from(&event.display);
    notice.text.clone_from(&event.meaning);
    notice.next_step.clone_from(&event.next_step);
    notice.issues.extend(standing_issue(announcement, event, seen));
    // A mail that is faster than the answer is no cause for alarm.
    if event.code == ALIGNED && !seen.in_force && !announcement.awaited {
        notice.severity = Severity::Warning;
        if !announcement.submission.is_empty() {
            notice.next_step =
                format!("ask CMS for the answer: `access-bridge submissions resume {}`", announcement.submission);
        }
    }
    let compared = deadline::compare(profile, event, announcement, seen);
    if compared.is_met {
        notice.severity = Severity::Information;
        "Nothing has to be sent: CMS has accepted this report already.".clone_into(&mut notice.next_step);
    }
    notice.dates = compared.dates;
    notice.issues.extend(compared.issues);
    notice
}

/// What is to be said about the standing that the event met.
fn standing_issue(announcement: &Announcement, event: &EventFacts, seen: &Seen<'_>) -> Option<Issue> {
    if seen.in_force || announcement.cms_submission.is_empty() {
        return None;
    }
    let known = seen.current || seen.standing.former_alignments.contains(&announcement.cms_submission);
    if event.code == ALIGNED {
        let (severity, hint) = if announcement.awaited {
            (Severity::Information, "the answer to the submission is being asked for, and is told when it comes")
        } else {
            (Severity::Warning, "its answer has not come, or the alignment has ended since; look at the submission")
        };
        let message = "CMS confirms an alignment that is not in force here";
        return Some(Issue::new(severity, "alignment-not-settled", "", message).hint(hint));
    }
    known.then(|| {
        let message = "the notice is about an alignment that is no longer in force here";
        Issue::new(Severity::Information, "alignment-former", "", message)
            .hint("what is owed for it may still be due; nothing was changed")
    })
}

/// The notice about an event that this version does not know.
fn unknown(profile: &Profile, chart: &Chart, announcement: &Announcement) -> Notice {
    let mut notice = blank(profile, chart, announcement);
    notice.severity = Severity::Warning;
    "cms-event-unknown".clone_into(&mut notice.code);
    "Notice of CMS".clone_into(&mut notice.display);
    "CMS told something about this alignment that this version has no words for.".clone_into(&mut notice.text);
    "Read what CMS sent: `access-bridge notices cms list`, then `show ID --bytes`.".clone_into(&mut notice.next_step);
    notice.dates = deadline::stated("deadline", &announcement.deadline);
    notice
}

/// A notice with everything that does not depend on the event.
fn blank(profile: &Profile, chart: &Chart, announcement: &Announcement) -> Notice {
    Notice {
        kind: NoticeKind::CmsNotification,
        severity: Severity::Information,
        participant: announcement.participant.clone(),
        operation: String::new(),
        track: announcement.track.as_str().to_owned(),
        code: String::new(),
        system: String::new(),
        display: String::new(),
        text: String::new(),
        next_step: String::new(),
        submission: announcement.submission.clone(),
        cms_submission: announcement.cms_submission.clone(),
        control_id: announcement.control_id.clone(),
        reference: None,
        reply_application: chart.reply_application.clone(),
        reply_facility: chart.reply_facility.clone(),
        patient: chart.patient.clone(),
        mbi: chart.notice_mbi(profile),
        dates: Vec::<NamedDate>::new(),
        issues: announcement.issues.clone(),
    }
}
