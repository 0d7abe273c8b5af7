//! Joining charts: what belonged to the absorbed one belongs to the survivor, and nothing in flight is lost.

use super::charts;
use super::entries;
use super::fault::Fault;
use super::followers;
use super::history::{self, Mark, PRESENT, Present, present_row};
use super::session::Session;
use super::sql::params;
use crate::{Act, LedgerError};

/// A join of charts, while it is carried out.
struct Join<'a> {
    session: &'a Session<'a>,
    survivor: &'a str,
    actor: &'a str,
    /// What was dropped with its first half.
    dropped: &'a mut Vec<String>,
}

/// Joins one chart into another; adds what was dropped with its first half to `dropped`.
pub(super) fn absorb(
    session: &Session<'_>,
    participant: &str,
    survivor: &str,
    absorbed: &str,
    actor: &str,
    dropped: &mut Vec<String>,
) -> Result<(), Fault> {
    if survivor == absorbed {
        return Err(LedgerError::Invalid { what: "a chart is joined into itself" }.into());
    }
    let keys: Vec<String> =
        session
            .all("SELECT key FROM chart_keys WHERE chart = ? ORDER BY position", params![absorbed], |row| row.get(0))?;
    for key in keys {
        charts::take_over(session, participant, &key, survivor)?;
    }
    session.run(
        "UPDATE charts SET joined_into = ?, version = version + 1, changed_at = ? WHERE id = ?",
        params![survivor, session.millis(), absorbed],
    )?;
    // Whoever follows a joined chart takes one step, however often it was joined.
    session.run("UPDATE charts SET joined_into = ? WHERE joined_into = ?", params![survivor, absorbed])?;
    let open = session.all(
        &format!(
            "{PRESENT} WHERE chart = ? AND state IN ('held', 'ready', 'sending', 'polling', 'waiting', 'uncertain') ORDER BY seq"
        ),
        params![absorbed],
        present_row,
    )?;
    let mut join = Join { session, survivor, actor, dropped };
    for moved in open {
        // An earlier one may have taken it along.
        let moved = history::present(session, &moved.id)?;
        if moved.state.is_open() {
            join.bring(&moved)?;
        }
    }
    entries::bring(session, survivor, absorbed)?;
    // A look that was due or begun is the survivor's.
    let due: Option<i64> = session.value(
        "SELECT count(*) FROM charts WHERE id = ? AND look_at IS NOT NULL AND (look_leased = 1 OR look_at <= ?)",
        params![absorbed, session.millis()],
    )?;
    if due.is_some_and(|due| due > 0) {
        charts::look_now(session, survivor)?;
    }
    session.run("UPDATE charts SET look_at = NULL, look_owner = NULL WHERE id = ?", params![absorbed])?;
    session.run("UPDATE submissions SET chart = ? WHERE chart = ?", params![survivor, absorbed])?;
    session.run("UPDATE notices SET chart = ? WHERE chart = ?", params![survivor, absorbed])?;
    session.run("UPDATE cms_notices SET chart = ? WHERE chart = ?", params![survivor, absorbed])?;
    Ok(())
}

impl Join<'_> {
    /// Brings one open submission to the survivor. Where both charts have one of the same kind, the one in flight goes on; of two
    /// unsent ones the survivor's; two in flight both go on, the second in a slot of its own.
    fn bring(&mut self, moved: &Present) -> Result<(), Fault> {
        let Self { session, survivor, actor, .. } = *self;
        let met = session.one(
            &format!(
                "{PRESENT} WHERE participant = ? AND chart = ? AND family = ? AND operation = ? AND matter = ?
             AND state IN ('held', 'ready', 'sending', 'polling', 'waiting', 'uncertain') ORDER BY slot LIMIT 1"
            ),
            params![moved.participant, survivor, moved.family, moved.operation, moved.matter],
            present_row,
        )?;
        let mut slot = String::new();
        match met {
            None => {}
            Some(met) if moved.state.is_unsent() => {
                self.yield_to(moved, &met)?;
                return Ok(());
            }
            Some(met) if met.state.is_unsent() => self.yield_to(&met, moved)?,
            Some(_) => slot.clone_from(&moved.id),
        }
        session.run(
            "UPDATE submissions SET chart = ?, slot = ?, changed_at = ? WHERE id = ?",
            params![survivor, slot, session.millis(), moved.id],
        )?;
        let mark = Mark { actor, cause: "its chart was joined into another" };
        history::note(session, &moved.id, Some(moved.state), moved.state, mark)
    }

    /// One submission gives way to another of the same kind; what waited for it waits for the other, unless it was planned for another
    /// reason.
    fn yield_to(&mut self, loser: &Present, winner: &Present) -> Result<(), Fault> {
        let Self { session, actor, .. } = *self;
        if followers::is_step(&loser.operation) && loser.rule != winner.rule {
            let mark = Mark { actor, cause: followers::OTHER_REASON };
            history::drop_dependents(session, &loser.id, mark, self.dropped)?;
        }
        session.run(
            "UPDATE submissions SET blocked_by = ?, changed_at = ? WHERE blocked_by = ?",
            params![winner.id, session.millis(), loser.id],
        )?;
        let cause = format!("charts were joined; submission {} does the same", winner.id);
        let to = loser.state_after(Act::Withdraw)?;
        history::shift(session, loser, to, None, Mark { actor, cause: &cause })
    }
}
