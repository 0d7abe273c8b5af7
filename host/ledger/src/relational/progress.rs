//! A worker's reports on the way: sending, accepted, put off, in doubt.

use super::claims::{held, lost, mark};
use super::fault::Fault;
use super::history::{Present, note, shift};
use super::locks;
use super::notices::{Topic, store_all};
use super::session::{Session, text};
use super::sql::params;
use crate::{Acceptance, Act, Lease, NewNotice, Once, Postponement, Sending, Until};

/// Records the payload and moves to `sending`.
pub(super) fn begin(session: &Session<'_>, lease: &Lease, sending: &Sending) -> Result<(), Fault> {
    let present = held(session, lease)?;
    let to = present.state_after(Act::Send)?;
    let attempt = present.attempts.saturating_add(1);
    session.run(
        "INSERT INTO payloads (submission, attempt, at, basis, provenance, issues, entries, body)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            present.id,
            attempt,
            session.millis(),
            sending.basis,
            text(&sending.provenance)?,
            text(&sending.issues)?,
            text(&sending.entries)?,
            sending.payload.expose()
        ],
    )?;
    let until = session.now.plus(sending.lease).as_millis();
    let cause = format!("attempt {attempt}");
    session.run(
        "UPDATE submissions SET state = ?, attempts = ?, basis = ?, sent_under = lease_number, lease_until = ?, due_at = ?,
         cause = ?, changed_at = ? WHERE id = ?",
        params![to.as_str(), attempt, sending.basis, until, until, cause, session.millis(), present.id],
    )?;
    note(session, &present.id, Some(present.state), to, mark(lease, &cause))
}

/// Records the location. A worker whose lease ran out during the POST may still report it while nobody has decided what to
/// do: otherwise the id that CMS gave would be lost.
pub(super) fn accept(session: &Session<'_>, lease: &Lease, acceptance: &Acceptance) -> Result<(), Fault> {
    let present = locks::submission(session, &lease.submission)?;
    let holds = present.number == lease.number && present.owner.as_deref() == Some(lease.owner.as_str());
    let late = present.sent_under == Some(lease.number) && present.situation().next(Act::Accept).is_some();
    if !holds && !late {
        return Err(lost(lease));
    }
    let to = present.state_after(Act::Accept)?;
    session.run(
        "UPDATE submissions SET location = ?, cms_submission = ?, accepted_at = ?, polling_since = ?, failures = 0,
         told_operator = 0 WHERE id = ?",
        params![acceptance.location, acceptance.cms_submission, session.millis(), session.millis(), present.id],
    )?;
    shift(session, &present, to, Some(acceptance.next_poll_at), mark(lease, "accepted by CMS"))
}

/// Puts work off.
pub(super) fn postpone(session: &Session<'_>, lease: &Lease, postponement: &Postponement) -> Result<(), Fault> {
    let present = held(session, lease)?;
    let (act, at, polls) = match postponement.until {
        Until::Send(at) => (Act::Wait, at, 0),
        Until::Poll(at) => (Act::PollLater, at, 1),
    };
    let to = present.state_after(act)?;
    shift(session, &present, to, Some(at), mark(lease, &postponement.cause))?;
    session.run(
        "UPDATE submissions SET failures = ?1, polls = polls + ?2, sent_under = NULL,
         told_operator = CASE WHEN CAST(?1 AS BIGINT) = 0 THEN 0 ELSE told_operator END WHERE id = ?3",
        params![postponement.failures, polls, present.id],
    )?;
    for telling in &postponement.telling {
        let unless_told = match telling.once {
            Once::OperatorNeeded => "UPDATE submissions SET told_operator = 1 WHERE id = ? AND told_operator = 0",
            Once::AnswerOverdue => "UPDATE submissions SET told_overdue = 1 WHERE id = ? AND told_overdue = 0",
        };
        if session.run(unless_told, params![present.id])? > 0 {
            store_all(session, std::slice::from_ref(&telling.notice), topic(&present))?;
        }
    }
    Ok(())
}

/// What a notice about a submission belongs to.
fn topic(present: &Present) -> Topic<'_> {
    Topic {
        submission: Some(&present.id),
        chart: Some(&present.chart),
        feed: present.feed.as_deref(),
        ..Topic::default()
    }
}

/// It may have arrived, or its result cannot be learnt.
pub(super) fn doubt(session: &Session<'_>, lease: &Lease, cause: &str, notices: &[NewNotice]) -> Result<(), Fault> {
    let present = held(session, lease)?;
    let to = present.state_after(Act::Doubt)?;
    shift(session, &present, to, None, mark(lease, cause))?;
    store_all(session, notices, topic(&present))?;
    Ok(())
}
