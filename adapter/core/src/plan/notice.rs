//! Notices about things that have no submission.

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

/// A notice that answers a feed.
pub(super) fn feed_problem(participant: &str, facts: &Facts, chart: Option<&Chart>, word: &Word<'_>) -> Notice {
    let charted = chart.map_or("", |chart| chart.patient.as_str());
    let patient = if facts.patient.is_empty() { charted } else { &facts.patient };
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
        control_id: facts.feed.clone(),
        reply_application: facts.sender_application.clone(),
        reply_facility: facts.sender_facility.clone(),
        patient: patient.to_owned(),
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
