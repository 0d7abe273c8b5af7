//! Moving a submission from state to state, and writing down that it moved.

use super::fault::Fault;
use super::session::{Session, View, record};
use super::sql::{Row, params};
use crate::{Act, Bounds, LedgerError, Next, Situation, State};
use access_contract::Intent;
use bridge_types::Timestamp;

/// A submission, as far as transitions need it.
#[derive(Debug)]
pub(super) struct Present {
    pub(super) id: String,
    pub(super) participant: String,
    pub(super) chart: String,
    pub(super) operation: String,
    pub(super) family: String,
    pub(super) matter: String,
    pub(super) rule: String,
    pub(super) feed: Option<String>,
    pub(super) state: State,
    pub(super) needs_approval: bool,
    pub(super) blocked_by: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) number: u64,
    pub(super) sent_under: Option<u64>,
    pub(super) attempts: u32,
    sent: bool,
}

/// The columns of [`Present`].
pub(super) const PRESENT: &str =
    "SELECT seq, id, participant, chart, operation, family, matter, rule, feed, state, needs_approval, blocked_by,
    lease_owner, lease_number, sent_under, attempts, location IS NOT NULL AS sent FROM submissions";

/// A state.
pub(super) fn state(row: &Row<'_>, column: &str) -> Result<State, Fault> {
    State::parse(&row.get::<_, String>(column)?).ok_or(Fault::Foreign("unknown state"))
}

/// Reads [`Present`].
pub(super) fn present_row(row: &Row<'_>) -> Result<Present, Fault> {
    Ok(Present {
        id: row.get("id")?,
        participant: row.get("participant")?,
        chart: row.get("chart")?,
        operation: row.get("operation")?,
        family: row.get("family")?,
        matter: row.get("matter")?,
        rule: row.get("rule")?,
        feed: row.get("feed")?,
        state: state(row, "state")?,
        needs_approval: row.get("needs_approval")?,
        blocked_by: row.get("blocked_by")?,
        owner: row.get("lease_owner")?,
        number: row.get("lease_number")?,
        sent_under: row.get("sent_under")?,
        attempts: row.get("attempts")?,
        sent: row.get("sent")?,
    })
}

impl Present {
    /// What the table looks at.
    pub(super) const fn situation(&self) -> Situation {
        Situation {
            state: self.state,
            sent: self.sent,
            blocked: self.blocked_by.is_some(),
            needs_approval: self.needs_approval,
        }
    }

    /// Where an act leads, or why it cannot be done.
    pub(super) fn next(&self, act: Act) -> Result<Next, LedgerError> {
        self.situation().next(act).ok_or_else(|| LedgerError::Refused {
            submission: self.id.clone(),
            state: self.state,
            act,
            possible: self.situation().possible(),
        })
    }

    /// The state an act leads to; for acts that never start a successor.
    pub(super) fn state_after(&self, act: Act) -> Result<State, Fault> {
        match self.next(act)? {
            Next::State(state) => Ok(state),
            Next::Successor => Err(Fault::Foreign("unexpected successor")),
        }
    }
}

/// One submission.
pub(super) fn present(view: &View<'_>, id: &str) -> Result<Present, Fault> {
    view.one(&format!("{PRESENT} WHERE id = ?"), params![id], present_row)?
        .ok_or(Fault::Ledger(LedgerError::NotFound { what: "submission" }))
}

/// The intent that a submission carries.
pub(super) fn intent(view: &View<'_>, id: &str) -> Result<Intent, Fault> {
    let text: Option<String> = view.value("SELECT intent FROM submissions WHERE id = ?", params![id])?;
    record(&text.unwrap_or_default())
}

/// The submissions that wait for this one.
pub(super) fn dependents(view: &View<'_>, id: &str) -> Result<Vec<Present>, Fault> {
    view.all(&format!("{PRESENT} WHERE blocked_by = ? ORDER BY seq"), params![id], present_row)
}

/// Another open submission of the same kind, if there is one.
pub(super) fn open_beside(view: &View<'_>, present: &Present) -> Result<Option<String>, Fault> {
    view.value(
        "SELECT id FROM submissions WHERE participant = ? AND chart = ? AND family = ? AND operation = ? AND matter = ? AND id <> ?
         AND state IN ('held', 'ready', 'sending', 'polling', 'waiting', 'uncertain') LIMIT 1",
        params![present.participant, present.chart, present.family, present.operation, present.matter, present.id],
    )
}

/// Who does something, and why.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark<'a> {
    pub(super) actor: &'a str,
    pub(super) cause: &'a str,
}

/// Adds a row to the history.
pub(super) fn note(
    session: &Session<'_>,
    id: &str,
    from: Option<State>,
    to: State,
    mark: Mark<'_>,
) -> Result<(), Fault> {
    session.run(
        "INSERT INTO events (submission, at, from_state, to_state, actor, cause) VALUES (?, ?, ?, ?, ?, ?)",
        params![id, session.millis(), from.map(State::as_str), to.as_str(), clip(mark.actor), clip(mark.cause)],
    )?;
    Ok(())
}

/// Moves a submission: its lease ends, it waits for no other, and its history says so.
pub(super) fn shift(
    session: &Session<'_>,
    present: &Present,
    to: State,
    due: Option<Timestamp>,
    mark: Mark<'_>,
) -> Result<(), Fault> {
    session.run(
        "UPDATE submissions SET state = ?, due_at = ?, lease_owner = NULL, lease_until = NULL, blocked_by = NULL, cause = ?,
         changed_at = ? WHERE id = ?",
        params![to.as_str(), due.map(Timestamp::as_millis), clip(mark.cause), session.millis(), present.id],
    )?;
    note(session, &present.id, Some(present.state), to, mark)
}

/// Takes a submission back, and whatever waits for it; adds the ids to `changed`.
pub(super) fn withdraw(
    session: &Session<'_>,
    present: &Present,
    act: Act,
    mark: Mark<'_>,
    changed: &mut Vec<String>,
) -> Result<(), Fault> {
    let to = present.state_after(act)?;
    shift(session, present, to, None, mark)?;
    changed.push(present.id.clone());
    drop_dependents(session, &present.id, Mark { cause: "what it waited for was cancelled", ..mark }, changed)
}

/// Takes back whatever waits for a submission, and what waits for that; adds the ids to `changed`.
pub(super) fn drop_dependents(
    session: &Session<'_>,
    id: &str,
    mark: Mark<'_>,
    changed: &mut Vec<String>,
) -> Result<(), Fault> {
    let mut ended = vec![id.to_owned()];
    while let Some(id) = ended.pop() {
        for dependent in dependents(session, &id)? {
            let to = dependent.state_after(Act::Withdraw)?;
            shift(session, &dependent, to, None, mark)?;
            changed.push(dependent.id.clone());
            ended.push(dependent.id);
        }
    }
    Ok(())
}

/// Lets a submission go, and whatever waits for it: they were planned as one. Adds the ids to `changed`.
pub(super) fn approve(
    session: &Session<'_>,
    present: Present,
    mark: Mark<'_>,
    changed: &mut Vec<String>,
) -> Result<State, Fault> {
    let to = present.state_after(Act::Approve)?;
    let mut approved = vec![present];
    while let Some(present) = approved.pop() {
        approved.extend(dependents(session, &present.id)?.into_iter().filter(|dependent| dependent.needs_approval));
        let_go(session, &present, mark)?;
        changed.push(present.id);
    }
    Ok(to)
}

/// Lets one submission go, and nothing that waits for it: nobody approved that.
pub(super) fn let_go(session: &Session<'_>, present: &Present, mark: Mark<'_>) -> Result<(), Fault> {
    let to = present.state_after(Act::Approve)?;
    session.run("UPDATE submissions SET needs_approval = 0 WHERE id = ?", params![present.id])?;
    if present.blocked_by.is_none() {
        return shift(session, present, to, Some(session.now), mark);
    }
    session.run(
        "UPDATE submissions SET cause = ?, changed_at = ? WHERE id = ?",
        params![clip(mark.cause), session.millis(), present.id],
    )?;
    note(session, &present.id, Some(present.state), present.state, mark)
}

/// Has one that was to go wait for a person after all.
pub(super) fn hold(session: &Session<'_>, present: &Present, mark: Mark<'_>) -> Result<(), Fault> {
    session.run("UPDATE submissions SET needs_approval = 1 WHERE id = ?", params![present.id])?;
    if present.blocked_by.is_none() {
        return shift(session, present, State::Held, None, mark);
    }
    note(session, &present.id, Some(present.state), present.state, mark)
}

/// A text cut to the bound: a transition must not fail because its reason is long.
pub(super) fn clip(text: &str) -> &str {
    crate::bounds::cut(text, Bounds::TEXT_BYTES)
}
