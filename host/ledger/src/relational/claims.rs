//! Leases: who works on what, until when.

use super::fault::Fault;
use super::history::{self, Mark, Present, state};
use super::locks;
use super::session::{Session, View, moment, moment_if_any, record};
use super::sql::{Row, Value, params};
use crate::{Bounds, Claimed, Claimer, Lease, LedgerError, State, Told};
use access_contract::{Intent, Operation, Track};
use bridge_types::Timestamp;
use std::time::Duration;

/// For so long after CMS accepted it an alignment holds up the unalignment of the same track, and the other way round: sent while the
/// first is open, the two may be dealt with in another order, and the wrong one would be the last. CMS answers within minutes; what it
/// does not answer must not hold up the other for ever.
pub(crate) const ANSWER_TIME: Duration = Duration::from_secs(60 * 60);

/// What of a claim is the same in all of its statements: conditions, and their parameters, of which the first is the present.
struct Terms<'a> {
    values: Vec<Value<'a>>,
    /// Submissions that the claimer's process holds.
    in_hand: String,
    /// Names of services that are at work, whatever the time says of their leases.
    at_work: String,
    /// What of `s` is for the claimer.
    mine: String,
    /// Since when an alignment may have been polled that holds up another, and until when.
    polled: (String, String),
}

impl<'a> Terms<'a> {
    fn of(claimer: &'a Claimer, at_work: &'a [String], now: Timestamp) -> Self {
        let mut values = vec![Value::Integer(now.as_millis())];
        let number = |values: &mut Vec<Value<'a>>, moment: i64| {
            values.push(Value::Integer(moment));
            format!("?{}", values.len())
        };
        let span = i64::try_from(ANSWER_TIME.as_millis()).unwrap_or(i64::MAX);
        let polled = (
            number(&mut values, now.as_millis().saturating_sub(span)),
            number(&mut values, now.plus(TOLERANCE).as_millis()),
        );
        let in_hand = listed(&mut values, &claimer.in_hand);
        let at_work = listed(&mut values, at_work);
        let aside = listed(&mut values, &claimer.aside);
        let resting = listed(&mut values, &claimer.resting);
        let mut mine = format!(
            "s.id NOT IN ({in_hand}) AND s.chart NOT IN ({aside}) AND s.participant NOT IN ({resting})
             AND (s.lease_owner IS NULL OR s.lease_owner NOT IN ({at_work}))"
        );
        if !claimer.only.is_empty() {
            let only = listed(&mut values, &claimer.only);
            // `|| ''` keeps it from being looked for among everything of a participant.
            mine.push_str(&format!(" AND s.participant || '' IN ({only})"));
        }
        Self { values, in_hand, at_work, mine, polled }
    }

    /// Whether nothing stands in the way. Polls are free. What is sent waits until nothing else of its chart is being sent, or is in the
    /// hands of a worker that will; for what is older in the family of its track, even where that is put off: an alignment does not
    /// overtake the check it came after; and an alignment or unalignment for the other, while that is polled.
    fn free(&self) -> String {
        let Self { in_hand, at_work, polled: (since, until), .. } = self;
        format!(
            "(s.state IN ('polling', 'sending') OR NOT (
             EXISTS (SELECT 1 FROM submissions o WHERE o.chart = s.chart AND o.id <> s.id
              AND (o.state = 'sending' OR (o.state IN ('ready', 'waiting')
               AND (o.lease_until > ?1 OR o.id IN ({in_hand}) OR o.lease_owner IN ({at_work})))))
             OR EXISTS (SELECT 1 FROM submissions o WHERE o.chart = s.chart AND o.seq < s.seq AND o.family = s.family
              AND o.state IN ('ready', 'waiting') AND o.due_at IS NOT NULL)
             OR (s.operation IN ('align', 'unalign')
              AND EXISTS (SELECT 1 FROM submissions o WHERE o.chart = s.chart AND o.id <> s.id AND o.family = s.family
               AND o.operation IN ('align', 'unalign') AND o.state = 'polling'
               AND o.polling_since > {since} AND o.polling_since <= {until}))))"
        )
    }

    /// The parameters, and more behind them; gives the number of the first of those.
    fn with(&self, more: &[Value<'a>]) -> (Vec<Value<'a>>, usize) {
        let first = self.values.len().saturating_add(1);
        (self.values.iter().chain(more).copied().collect(), first)
    }
}

/// Adds names to the parameters; gives what stands for them in a list of SQL, which may not be empty everywhere. The list is filled up
/// with nobody's name, so that there are few different statements to prepare.
pub(super) fn listed<'a>(values: &mut Vec<Value<'a>>, names: &'a [String]) -> String {
    let first = values.len().saturating_add(1);
    let room = names.len().next_power_of_two();
    values.extend(names.iter().map(|name| Value::Text(name)).chain(std::iter::repeat(Value::Text(""))).take(room));
    let numbers: Vec<String> = (first..=values.len()).map(|number| format!("?{number}")).collect();
    numbers.join(", ")
}

/// A submission with the keys of the entries its last payload carried.
const CLAIMED: &str =
    "SELECT s.*, (SELECT entries FROM payloads p WHERE p.submission = s.id ORDER BY attempt DESC LIMIT 1) AS carried,
    (SELECT MIN(p.at) FROM payloads p WHERE p.submission = s.id OR p.submission = s.retry_of) AS attempted_at
    FROM submissions s WHERE s.id = ?";

/// A row that was changed further in the future than this was changed before the clock was set back.
pub(super) const TOLERANCE: Duration = Duration::from_secs(5);

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

/// What is due.
const DUE: &str = "s.due_at <= ?1";
/// What was put off after a failure. A predicate of its own, so that it is not looked for among all that is polled.
const FAILED: &str = "(s.due_at IS NOT NULL AND s.failures > 0 AND s.lease_owner IS NULL)";

/// Takes due work; else, for whoever wants it, what was put off after a failure.
pub(super) fn claim(
    session: &Session<'_>,
    claimer: &Claimer,
    lease: Duration,
    limit: usize,
) -> Result<Vec<Claimed>, Fault> {
    follow_clock(session)?;
    let at_work = session.at_work(&claimer.owner, session.now)?;
    let terms = Terms::of(claimer, &at_work, session.now);
    let limit = i64::try_from(limit.clamp(1, Bounds::ROWS)).unwrap_or(i64::MAX);
    let (charts, skipping) = if session.is_shared() {
        // Work whose chart is in somebody's hands is theirs to wait for, not ours.
        ("JOIN charts c ON c.id = s.chart", "FOR NO KEY UPDATE OF c SKIP LOCKED")
    } else {
        ("", "")
    };
    let (mine, free) = (&terms.mine, terms.free());
    let (values, next) = terms.with(&[Value::Integer(limit)]);
    let look = |ripe: &str| -> Result<Vec<(String, String)>, Fault> {
        session.all(
            &format!(
                "SELECT s.id, s.chart FROM submissions s {charts} WHERE {ripe} AND {mine} AND {free}
                 ORDER BY s.due_at, s.seq LIMIT ?{next} {skipping}"
            ),
            &values,
            |row| Ok((row.get("id")?, row.get("chart")?)),
        )
    };
    let (mut ripe, mut due) = (DUE, look(DUE)?);
    if due.is_empty() && claimer.early {
        (ripe, due) = (FAILED, look(FAILED)?);
    }
    let until = session.now.plus(lease).as_millis();
    let mut claimed = Vec::with_capacity(due.len());
    for (id, chart) in due {
        // Looked at again, because another may have claimed before the chart was held.
        let (values, next) = terms.with(params![claimer.owner, until, id, chart]);
        let (owner, end, this, of) = (next, next + 1, next + 2, next + 3);
        let rows = session.run(
            &format!(
                "UPDATE submissions AS s SET lease_owner = ?{owner}, lease_until = ?{end}, due_at = ?{end},
                 lease_number = lease_number + 1
                 WHERE id = ?{this} AND chart = ?{of} AND {ripe} AND {mine} AND {free}"
            ),
            &values,
        )?;
        if rows > 0 {
            claimed.extend(session.one(CLAIMED, params![id], claimed_row)?);
        }
    }
    Ok(claimed)
}

fn claimed_row(row: &Row<'_>) -> Result<Claimed, Fault> {
    // What was sent is the intent of its own moment, whatever has been asked for since.
    let intent = Intent { basis: row.get("basis")?, ..record(&row.get::<_, String>("intent")?)? };
    Ok(Claimed {
        lease: Lease { submission: row.get("id")?, owner: row.get("lease_owner")?, number: row.get("lease_number")? },
        state: state(row, "state")?,
        participant: row.get("participant")?,
        chart: row.get("chart")?,
        operation: Operation::from(row.get::<_, String>("operation")?),
        track: Track::from(row.get::<_, String>("track")?),
        intent,
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

/// When `claim` will find something, or somebody who looks at charts; of some participants only, charts do not count.
pub(super) fn next_due(view: &View<'_>, claimer: &Claimer, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
    let at_work = view.at_work(&claimer.owner, now)?;
    let terms = Terms::of(claimer, &at_work, now);
    let (mine, free) = (&terms.mine, terms.free());
    let due: Option<i64> = view.value(
        &format!(
            "SELECT due_at FROM submissions s WHERE due_at IS NOT NULL AND {mine} AND (lease_until > ?1 OR {free})
             ORDER BY due_at LIMIT 1"
        ),
        &terms.values,
    )?;
    let look = if claimer.only.is_empty() { super::looks::next(view)? } else { None };
    Ok(due.into_iter().chain(look).min().map(Timestamp::from_millis))
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
