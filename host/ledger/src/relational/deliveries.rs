//! The queue of each route: in order, one owner at a time.

use super::claims::TOLERANCE;
use super::fault::Fault;
use super::history::clip;
use super::session::{Session, View, moment, record};
use super::sql::params;
use crate::{Bounds, ClaimedDelivery, DeliveryLease, LedgerError};
use bridge_types::{Phi, Timestamp};
use std::time::Duration;

/// Nothing waits longer than a day by itself: what does was put off before the clock was set back, by a version that did not write down
/// when.
const LONGEST: Duration = Duration::from_secs(25 * 60 * 60);

/// What was changed in the future is put in the present with the rest of its wait, as it is with submissions: else one delivery that a
/// clock put off while it ran ahead would hold up its route until it is as late again.
///
/// A queue is due and was changed in the past: it is looked for by when it was changed (`|| ''` keeps it from being looked for by its
/// route), so that a claim costs the same however long the queue is.
fn follow_clock(session: &Session<'_>, route: &str) -> Result<(), Fault> {
    session.run(
        "UPDATE deliveries SET due_at = due_at - (changed_at - ?1), lease_until = lease_until - (changed_at - ?1), changed_at = ?1
         WHERE changed_at > ?2 AND route || '' = ?3 AND due_at > ?1",
        params![session.millis(), session.now.plus(TOLERANCE).as_millis(), route],
    )?;
    Ok(())
}

/// Takes the head of a route's queue, as far as it is due.
pub(super) fn claim(
    session: &Session<'_>,
    route: &str,
    owner: &str,
    lease: Duration,
    limit: usize,
) -> Result<Vec<ClaimedDelivery>, Fault> {
    follow_clock(session, route)?;
    let head: Vec<(i64, i64)> = session.all(
        // Whoever claims for the same route waits here, and then sees what was claimed.
        &format!(
            "SELECT seq, due_at FROM deliveries WHERE route = ? AND due_at IS NOT NULL ORDER BY seq LIMIT ? {}",
            if session.is_shared() { "FOR UPDATE" } else { "" }
        ),
        params![route, i64::try_from(limit.clamp(1, Bounds::ROWS)).unwrap_or(i64::MAX)],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let until = session.now.plus(lease).as_millis();
    let longest = session.now.plus(LONGEST).as_millis();
    let mut claimed = Vec::new();
    for (seq, _) in head.into_iter().take_while(|(_, due)| *due <= session.millis() || *due > longest) {
        session.run(
            "UPDATE deliveries SET lease_owner = ?, lease_until = ?, due_at = ?, changed_at = ?, lease_number = lease_number + 1
             WHERE seq = ?",
            params![owner, until, until, session.millis(), seq],
        )?;
        claimed.extend(session.one(
            "SELECT d.notice, d.route, d.lease_owner, d.lease_number, d.failures, n.at, n.document,
             CASE WHEN n.kind = 'outcome' THEN (SELECT answer FROM submissions s WHERE s.id = n.submission) END AS answer
             FROM deliveries d JOIN notices n ON n.id = d.notice WHERE d.seq = ?",
            params![seq],
            |row| {
                Ok(ClaimedDelivery {
                    lease: DeliveryLease {
                        notice: row.get("notice")?,
                        route: row.get("route")?,
                        owner: row.get("lease_owner")?,
                        number: row.get("lease_number")?,
                    },
                    at: moment(row, "at")?,
                    notice: Phi::new(record(&row.get::<_, String>("document")?)?),
                    failures: row.get("failures")?,
                    answer: row.get::<_, Option<String>>("answer")?.map(Phi::new),
                })
            },
        )?);
    }
    Ok(claimed)
}

/// When the head of a route's queue is due.
pub(super) fn next(view: &View<'_>, route: &str) -> Result<Option<Timestamp>, Fault> {
    let due: Option<i64> = view.value(
        "SELECT due_at FROM deliveries WHERE route = ? AND due_at IS NOT NULL ORDER BY seq LIMIT 1",
        params![route],
    )?;
    Ok(due.map(Timestamp::from_millis))
}

/// Changes a delivery whose lease holds.
fn settle(session: &Session<'_>, lease: &DeliveryLease, change: Change<'_>) -> Result<(), Fault> {
    let (state, due, failed, delivered, note) = match change {
        Change::Delivered(note) => ("delivered", None, 0, Some(session.millis()), Some(note)),
        Change::Later(at, note) => ("pending", Some(at.as_millis()), 1, None, Some(note)),
        Change::Dead(note) => ("dead", None, 1, None, Some(note)),
        Change::Untouched => ("pending", Some(session.millis()), 0, None, None),
    };
    let rows = session.run(
        "UPDATE deliveries SET state = ?, due_at = ?, failures = failures + ?, delivered_at = ?, note = coalesce(?, note),
         changed_at = ?, lease_owner = NULL, lease_until = NULL
         WHERE notice = ? AND route = ? AND lease_owner = ? AND lease_number = ?",
        params![
            state,
            due,
            failed,
            delivered,
            note.map(clip),
            session.millis(),
            lease.notice,
            lease.route,
            lease.owner,
            lease.number
        ],
    )?;
    if rows == 0 { Err(LedgerError::LeaseLost { what: "notice", id: lease.notice.clone() }.into()) } else { Ok(()) }
}

#[derive(Clone, Copy)]
enum Change<'a> {
    Delivered(&'a str),
    Later(Timestamp, &'a str),
    Dead(&'a str),
    Untouched,
}

/// The other end acknowledged it.
pub(super) fn delivered(session: &Session<'_>, lease: &DeliveryLease, note: &str) -> Result<(), Fault> {
    settle(session, lease, Change::Delivered(note))
}

/// It failed.
pub(super) fn failed(
    session: &Session<'_>,
    lease: &DeliveryLease,
    next: Option<Timestamp>,
    cause: &str,
) -> Result<(), Fault> {
    settle(session, lease, next.map_or(Change::Dead(cause), |at| Change::Later(at, cause)))
}

/// It was not tried.
pub(super) fn release(session: &Session<'_>, lease: &DeliveryLease) -> Result<(), Fault> {
    settle(session, lease, Change::Untouched)
}

/// The routes for which notices wait, with how many.
pub(super) fn waiting(view: &View<'_>) -> Result<Vec<(String, u64)>, Fault> {
    view.all(
        "SELECT route, count(*) AS number FROM deliveries WHERE due_at IS NOT NULL GROUP BY route ORDER BY route",
        &[],
        |row| Ok((row.get("route")?, row.get("number")?)),
    )
}

/// Hands what waits for a route to another, in its order; what the other has already is let go. Gives how many.
pub(super) fn hand_over(session: &Session<'_>, from: &str, to: &str) -> Result<usize, Fault> {
    session.run(
        "DELETE FROM deliveries WHERE route = ?1 AND due_at IS NOT NULL
         AND notice IN (SELECT notice FROM deliveries WHERE route = ?2)",
        params![from, to],
    )?;
    session.run(
        "UPDATE deliveries SET route = ?2, due_at = ?3, changed_at = ?3, failures = 0, lease_owner = NULL, lease_until = NULL
         WHERE route = ?1 AND due_at IS NOT NULL",
        params![from, to, session.millis()],
    )
}

/// Puts it at the end of the queue again; whoever holds it loses the lease.
pub(super) fn redeliver(session: &Session<'_>, notice: &str, route: &str) -> Result<(), Fault> {
    let last =
        if session.is_shared() { "nextval('deliveries_seq_seq')" } else { "(SELECT max(seq) + 1 FROM deliveries)" };
    let rows = session.run(
        &format!(
            "UPDATE deliveries SET state = 'pending', due_at = ?1, changed_at = ?1, failures = 0, delivered_at = NULL,
             lease_owner = NULL, lease_until = NULL, seq = {last} WHERE notice = ?2 AND route = ?3 AND state <> 'pending'"
        ),
        params![session.millis(), notice, route],
    )?;
    if rows == 0
        && session
            .value::<i64>("SELECT seq FROM deliveries WHERE notice = ? AND route = ?", params![notice, route])?
            .is_none()
    {
        return Err(LedgerError::NotFound { what: "delivery" }.into());
    }
    Ok(())
}
