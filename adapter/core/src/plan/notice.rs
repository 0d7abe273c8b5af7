//! Notices about things that have no submission.

use super::apply::{is_answerable, is_nameless};
use crate::chart::Chart;
use crate::facts::Facts;
use access_contract::{NamedDate, Notice, NoticeKind, Severity, Track};

/// What is to be told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) severity: &'a Severity,
    pub(super) code: &'a str,
    pub(super) display: &'a str,
    pub(super) text: &'a str,
    pub(super) next_step: &'a str,
}

/// A notice that answers a feed, or the last one about the person where a chart is looked at without news. A feed that names nobody
/// is answered as the last one that did.
pub(super) fn feed_problem(participant: &str, facts: Option<&Facts>, chart: Option<&Chart>, word: &Word<'_>) -> Notice {
    let of = |stated: fn(&Facts) -> &String, charted: fn(&Chart) -> &String| {
        facts.map(stated).or(chart.map(charted)).cloned().unwrap_or_default()
    };
    let answered = facts.filter(|facts| is_answerable(facts) || chart.is_none());
    let reply = |stated: fn(&Facts) -> &String, charted: fn(&Chart) -> &String| {
        answered.map(stated).or(chart.map(charted)).cloned().unwrap_or_default()
    };
    let stated = facts.map(|facts| &facts.patient).filter(|patient| !is_nameless(patient) || chart.is_none());
    let patient = stated.or(chart.map(|chart| &chart.patient)).cloned().unwrap_or_default();
    Notice {
        kind: NoticeKind::FeedProblem,
        severity: word.severity.clone(),
        participant: participant.to_owned(),
        operation: String::new(),
        track: only_track(chart.map(Chart::aligned).unwrap_or_default()),
        code: word.code.to_owned(),
        system: String::new(),
        display: word.display.to_owned(),
        text: word.text.to_owned(),
        next_step: word.next_step.to_owned(),
        submission: String::new(),
        cms_submission: String::new(),
        control_id: of(|facts| &facts.feed, |chart| &chart.last_feed),
        reply_application: reply(|facts| &facts.sender_application, |chart| &chart.reply_application),
        reply_facility: reply(|facts| &facts.sender_facility, |chart| &chart.reply_facility),
        patient,
        mbi: None,
        reference: None,
        dates: Vec::new(),
        issues: Vec::new(),
    }
}

/// A date with its name.
pub(super) fn date(name: &str, date: &str) -> NamedDate {
    NamedDate { name: name.to_owned(), date: date.to_owned() }
}

/// The track a notice is about; none where there are several.
fn only_track(tracks: Vec<Track>) -> String {
    let mut tracks = tracks.into_iter();
    match (tracks.next(), tracks.next()) {
        (Some(track), None) => track.into(),
        _ => String::new(),
    }
}
