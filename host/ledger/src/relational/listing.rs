//! Submissions as they are shown.

use super::fault::Fault;
use super::history::state;
use super::session::{Listing, View, moment, moment_if_any, phi, record};
use super::sql::{Row, params};
use crate::{Bounds, Cursor, Event, Page, SentPayload, State, Submission, SubmissionFilter, SubmissionStory};
use access_contract::{Operation, Track};
use bridge_types::Phi;

const COLUMNS: &str = "SELECT seq, id, participant, chart, operation, track, state, blocked_by, needs_approval, rule, why, visit,
    feed, control_id, retry_of, due_at, cause, attempts, polls, failures, location, cms_submission, accepted_at, class, code,
    created_at, changed_at FROM submissions";

fn submission_row(row: &Row<'_>) -> Result<Submission, Fault> {
    Ok(Submission {
        id: row.get("id")?,
        participant: row.get("participant")?,
        chart: row.get("chart")?,
        operation: Operation::from(row.get::<_, String>("operation")?),
        track: Track::from(row.get::<_, String>("track")?),
        state: state(row, "state")?,
        blocked_by: row.get("blocked_by")?,
        needs_approval: row.get("needs_approval")?,
        rule: row.get("rule")?,
        why: row.get("why")?,
        visit: row.get("visit")?,
        feed: row.get("feed")?,
        control_id: row.get("control_id")?,
        retry_of: row.get("retry_of")?,
        due_at: moment_if_any(row, "due_at")?,
        cause: row.get("cause")?,
        attempts: row.get("attempts")?,
        polls: row.get("polls")?,
        failures: row.get("failures")?,
        location: row.get("location")?,
        cms_submission: row.get("cms_submission")?,
        accepted_at: moment_if_any(row, "accepted_at")?,
        class: row.get("class")?,
        code: row.get("code")?,
        created_at: moment(row, "created_at")?,
        changed_at: moment(row, "changed_at")?,
    })
}

/// A page of submissions.
pub(super) fn page(
    view: &View<'_>,
    filter: &SubmissionFilter,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Submission>, Fault> {
    Listing::of(COLUMNS)
        .filter("cms_submission = ?", filter.cms_submission.as_deref())
        .one_of("chart", filter.charts.iter().map(String::as_str))
        .filter("control_id = ?", filter.control_id.as_deref())
        .filter("participant = ?", filter.participant.as_deref())
        .filter("track = ?", filter.track.as_ref().map(Track::as_str))
        .filter("operation = ?", filter.operation.as_ref().map(Operation::as_str))
        .one_of("state", filter.states.iter().map(|state: &State| state.as_str()))
        .page(view, after, limit, submission_row)
}

/// One submission with its story.
pub(super) fn story(view: &View<'_>, id: &str) -> Result<Option<SubmissionStory>, Fault> {
    let Some((submission, intent, outcome, answer)) =
        view.one("SELECT * FROM submissions WHERE id = ?", params![id], |row| {
            let outcome = row.get::<_, Option<String>>("outcome")?.map(|text| record(&text)).transpose()?;
            let answer = row.get::<_, Option<String>>("answer")?;
            Ok((
                submission_row(row)?,
                record(&row.get::<_, String>("intent")?)?,
                outcome.map(Phi::new),
                answer.map(Phi::new),
            ))
        })?
    else {
        return Ok(None);
    };
    let mut payloads = view.all(
        "SELECT attempt, at, basis, provenance, issues, body FROM payloads WHERE submission = ? ORDER BY attempt DESC LIMIT ?",
        params![id, Bounds::STORY],
        |row| {
            Ok(SentPayload {
                attempt: row.get("attempt")?,
                at: moment(row, "at")?,
                body: phi(row, "body")?,
                provenance: record(&row.get::<_, String>("provenance")?)?,
                issues: record(&row.get::<_, String>("issues")?)?,
                basis: row.get("basis")?,
            })
        },
    )?;
    payloads.reverse();
    let mut events = view.all(
        "SELECT at, from_state, to_state, actor, cause FROM events WHERE submission = ? ORDER BY seq DESC LIMIT ?",
        params![id, Bounds::STORY],
        event_row,
    )?;
    events.reverse();
    let followers = view.all(
        "SELECT * FROM submissions WHERE blocked_by = ? ORDER BY seq LIMIT ?",
        params![id, Bounds::STORY],
        submission_row,
    )?;
    Ok(Some(SubmissionStory { submission, intent, followers, payloads, events, outcome, answer }))
}

/// What the last attempt of a submission sent, where it is kept.
pub(super) fn last_payload(view: &View<'_>, submission: &str) -> Result<Option<Phi<String>>, Fault> {
    let statement = "SELECT body FROM payloads WHERE submission = ? ORDER BY attempt DESC LIMIT 1";
    let body: Option<Phi<String>> = view.one(statement, params![submission], |row| phi(row, "body"))?;
    Ok(body.filter(|body| !body.expose().is_empty()))
}

fn event_row(row: &Row<'_>) -> Result<Event, Fault> {
    let from = match row.get::<_, Option<String>>("from_state")? {
        None => None,
        Some(text) => Some(State::parse(&text).ok_or(Fault::Foreign("unknown state"))?),
    };
    Ok(Event {
        at: moment(row, "at")?,
        from,
        to: state(row, "to_state")?,
        actor: row.get("actor")?,
        cause: row.get("cause")?,
    })
}
