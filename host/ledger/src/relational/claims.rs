//! Leases: who works on what, until when.

use super::fault::Fault;
use super::history::{self, Mark, Present, state};
use super::locks;
use super::session::{Session, View, moment, moment_if_any, record};
use super::sql::{Row, params};
use crate::{Bounds, Claimed, Lease, LedgerError, State, Told};
use access_contract::{Operation, Track};
use bridge_types::Timestamp;
use std::time::Duration;

/// Whether another submission of the same chart is being sent, or is in the hands of a worker that will.
macro_rules! chart_busy {
    () => {
        "EXISTS (SELECT 1 FROM submissions o WHERE o.chart = s.chart AND o.id <> s.id
         AND (o.state = 'sending' OR (o.state IN ('ready', 'waiting') AND o.lease_until > ?1)))"
    };
}

/// Whether nothing stands in the way. Polls are free. What is sent waits until nothing else of its chart is being sent, and for
/// what is older in the family of its track, even where that is put off: an alignment does not overtake the check it came after.
macro_rules! free {
    () => {
        concat!(
            "(s.state IN ('polling', 'sending') OR NOT (",
            chart_busy!(),
            " OR EXISTS (SELECT 1 FROM submissions o WHERE o.chart = s.chart AND o.seq < s.seq AND o.family = s.family
              AND o.state IN ('ready', 'waiting') AND o.due_at IS NOT NULL)))"
        )
    };
}

/// The same, where it is put into a longer statement.
const FREE: &str = free!();

/// A submission with the keys of the entries its last payload carried.
const CLAIMED: &str =
    "SELECT s.*, (SELECT entries FROM payloads p WHERE p.submission = s.id ORDER BY attempt DESC LIMIT 1) AS carried,
    (SELECT MIN(p.at) FROM payloads p WHERE p.submission = s.id OR p.submission = s.retry_of) AS attempted_at
    FROM submissions s WHERE s.id = ?";

/// A row that was changed further in the future than this was changed before the clock was set back.
const TOLERANCE: Duration = Duration::from_secs(5);

/// What was changed in the future is put in the present, with the rest of its wait; else a clock that ran ahead for a while would
/// hold up everything it touched until it is as late again.
///
/// A backlog is due and was changed in the past: it is looked for by when it was changed (`+` keeps it from being looked for by when it
/// is due), so that a claim costs the same however long the backlog is.
fn follow_clock(session: &Session<'_>) -> Result<(), Fault> {
    session.run(
        "UPDATE submissions SET due_at = due_at - (changed_at - ?1), lease_until = lease_until - (changed_at - ?1), changed_at = ?1
         WHERE due_at IS NOT NULL AND +due_at > ?1 AND changed_at > ?2",
        params![session.millis(), session.now.plus(TOLERANCE).as_millis()],
    )?;
    Ok(())
}

/// Takes due work.
pub(super) fn claim(session: &Session<'_>, owner: &str, lease: Duration, limit: usize) -> Result<Vec<Claimed>, Fault> {
    follow_clock(session)?;
    let limit = i64::try_from(limit.clamp(1, Bounds::ROWS)).unwrap_or(i64::MAX);
    let (charts, skipping) = if session.is_shared() {
        // Work whose chart is in somebody's hands is theirs to wait for, not ours.
        ("JOIN charts c ON c.id = s.chart", "FOR NO KEY UPDATE OF c SKIP LOCKED")
    } else {
        ("", "")
    };
    let due: Vec<(String, String)> = session.all(
        &format!(
            "SELECT s.id, s.chart FROM submissions s {charts} WHERE s.due_at <= ?1 AND {FREE}
             ORDER BY s.due_at, s.seq LIMIT ?2 {skipping}"
        ),
        params![session.millis(), limit],
        |row| Ok((row.get("id")?, row.get("chart")?)),
    )?;
    let until = session.now.plus(lease).as_millis();
    let mut claimed = Vec::with_capacity(due.len());
    for (id, chart) in due {
        // Looked at again, because another may have claimed before the chart was held.
        let rows = session.run(
            &format!(
                "UPDATE submissions AS s SET lease_owner = ?2, lease_until = ?3, due_at = ?3, lease_number = lease_number + 1
                 WHERE id = ?4 AND chart = ?5 AND due_at <= ?1 AND {FREE}"
            ),
            params![session.millis(), owner, until, id, chart],
        )?;
        if rows > 0 {
            claimed.extend(session.one(CLAIMED, params![id], claimed_row)?);
        }
    }
    Ok(claimed)
}

fn claimed_row(row: &Row<'_>) -> Result<Claimed, Fault> {
    Ok(Claimed {
        lease: Lease { submission: row.get("id")?, owner: row.get("lease_owner")?, number: row.get("lease_number")? },
        state: state(row, "state")?,
        participant: row.get("participant")?,
        chart: row.get("chart")?,
        operation: Operation::from(row.get::<_, String>("operation")?),
        track: Track::from(row.get::<_, String>("track")?),
        intent: record(&row.get::<_, String>("intent")?)?,
        control_id: row.get("control_id")?,
        attempts: row.get("attempts")?,
        polls: row.get("polls")?,
        failures: row.get("failures")?,
        told: Told { operator_needed: row.get("told_operator")?, answer_overdue: row.get("told_overdue")? },
        location: row.get("location")?,
        cms_submission: row.get("cms_submission")?,
        accepted_at: moment_if_any(row, "accepted_at")?,
        attempted_at: moment_if_any(row, "attempted_at")?,
        polling_since: moment_if_any(row, "polling_since")?,
        created_at: moment(row, "created_at")?,
        entries: row.get::<_, Option<String>>("carried")?.map_or(Ok(Vec::new()), |keys| record(&keys))?,
    })
}

/// When `claim` will find something.
pub(super) fn next_due(view: &View<'_>, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
    let due: Option<i64> = view.value(
        concat!(
            "SELECT due_at FROM submissions s WHERE due_at IS NOT NULL AND (lease_until > ?1 OR ",
            free!(),
            ") ORDER BY due_at LIMIT 1"
        ),
        params![now.as_millis()],
    )?;
    Ok(due.into_iter().chain(super::looks::next(view)?).min().map(Timestamp::from_millis))
}

/// The submission of a lease, if the lease still holds.
pub(super) fn held(session: &Session<'_>, lease: &Lease) -> Result<Present, Fault> {
    let present = locks::submission(session, &lease.submission)?;
    if present.number == lease.number && present.owner.as_deref() == Some(lease.owner.as_str()) {
        Ok(present)
    } else {
        Err(lost(lease))
    }
}

/// The lease does not hold any more.
pub(super) fn lost(lease: &Lease) -> Fault {
    LedgerError::LeaseLost { what: "submission", id: lease.submission.clone() }.into()
}

/// Gives work back untouched.
pub(super) fn release(session: &Session<'_>, lease: &Lease) -> Result<(), Fault> {
    let present = held(session, lease)?;
    if present.state == State::Sending {
        return Err(LedgerError::Invalid { what: "a submission that may be on its way cannot be given back" }.into());
    }
    session.run(
        "UPDATE submissions SET lease_owner = NULL, lease_until = NULL, due_at = ? WHERE id = ?",
        params![session.millis(), present.id],
    )?;
    Ok(())
}

/// Renews a lease.
pub(super) fn extend(session: &Session<'_>, lease: &Lease, by: Duration) -> Result<(), Fault> {
    let present = held(session, lease)?;
    let until = session.now.plus(by).as_millis();
    session
        .run("UPDATE submissions SET lease_until = ?, due_at = ? WHERE id = ?", params![until, until, present.id])?;
    Ok(())
}

/// What the history says of a worker's act.
pub(super) fn mark<'a>(lease: &'a Lease, cause: &'a str) -> Mark<'a> {
    Mark { actor: history::clip(&lease.owner), cause }
}
