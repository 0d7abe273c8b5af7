//! Taking intents: each becomes a submission, or meets the one that is open already.

use super::fault::Fault;
use super::history::{self, Mark, PRESENT, Present, clip, present_row};
use super::session::{Session, text};
use super::sql::params;
use crate::{Act, State, Taken, TakenAs};
use access_contract::{Intent, Mode, Operation};

/// The rule that asks for a check where nobody did.
const SCREEN: &str = "screen";

/// Where an intent comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'a> {
    pub(super) participant: &'a str,
    pub(super) chart: &'a str,
    pub(super) feed: Option<&'a str>,
    pub(super) control_id: &'a str,
    pub(super) actor: &'a str,
}

/// Takes one intent; `after` is the submission that must be done before.
pub(super) fn take(
    session: &Session<'_>,
    origin: Origin<'_>,
    intent: &Intent,
    after: Option<&str>,
) -> Result<Taken, Fault> {
    let open = session.one(
        &format!(
            "{PRESENT} WHERE participant = ? AND chart = ? AND family = ? AND operation = ?
             AND state IN ('held', 'ready', 'sending', 'polling', 'waiting', 'uncertain') ORDER BY slot LIMIT 1"
        ),
        params![origin.participant, origin.chart, intent.track.family(), intent.operation.as_str()],
        present_row,
    )?;
    if open.is_none()
        && let Some(id) = answered_by(session, origin, intent)?
    {
        return Ok(Taken { id, how: TakenAs::InFlight });
    }
    match open {
        None => create(session, origin, intent, after),
        Some(open) if open.state.is_unsent() => refresh(session, origin, intent, &open),
        Some(open) => {
            let cause = asked_again(origin);
            history::note(
                session,
                &open.id,
                Some(open.state),
                open.state,
                Mark { actor: origin.actor, cause: &cause },
            )?;
            Ok(Taken { id: open.id, how: TakenAs::InFlight })
        }
    }
}

/// The alignment or unalignment of the family, on its way or about to go, whose answer says what a check by the screen would ask.
/// One that waits for a person answers nothing yet, and one in doubt perhaps never.
fn answered_by(session: &Session<'_>, origin: Origin<'_>, intent: &Intent) -> Result<Option<String>, Fault> {
    if intent.operation != Operation::CheckEligibility || intent.rule != SCREEN {
        return Ok(None);
    }
    session.value(
        "SELECT id FROM submissions WHERE participant = ? AND chart = ? AND family = ? AND operation IN ('align', 'unalign')
         AND state IN ('ready', 'sending', 'polling', 'waiting') AND needs_approval = 0 ORDER BY seq LIMIT 1",
        params![origin.participant, origin.chart, intent.track.family()],
    )
}

fn create(session: &Session<'_>, origin: Origin<'_>, intent: &Intent, after: Option<&str>) -> Result<Taken, Fault> {
    let id = session.id();
    // A mode of a later version is no permission to send.
    let needs_approval = intent.mode != Mode::Auto;
    let (state, due) = match (after, needs_approval) {
        (Some(_), _) => (State::Waiting, None),
        (None, true) => (State::Held, None),
        (None, false) => (State::Ready, Some(session.millis())),
    };
    session.run(
        "INSERT INTO submissions (id, participant, chart, operation, track, family, state, due_at, blocked_by, needs_approval,
         rule, why, basis, visit, feed, control_id, cause, created_at, changed_at, intent)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            id,
            origin.participant,
            origin.chart,
            intent.operation.as_str(),
            intent.track.as_str(),
            intent.track.family(),
            state.as_str(),
            due,
            after,
            needs_approval,
            intent.rule,
            intent.why,
            intent.basis,
            intent.visit,
            origin.feed,
            origin.control_id,
            clip(&intent.why),
            session.millis(),
            session.millis(),
            text(intent)?,
        ],
    )?;
    history::note(session, &id, None, state, Mark { actor: origin.actor, cause: &intent.why })?;
    Ok(Taken { id, how: TakenAs::Created })
}

/// Gives an unsent submission the newer intent. A worker that composes from the older one loses its lease, so that what is
/// sent is what was asked for last. What waits for it gains no approval: that was asked for by somebody else, or for another reason.
fn refresh(session: &Session<'_>, origin: Origin<'_>, intent: &Intent, open: &Present) -> Result<Taken, Fault> {
    let rule: Option<String> = session.value("SELECT rule FROM submissions WHERE id = ?", params![open.id])?;
    let is_other = rule.is_some_and(|rule| rule != intent.rule);
    session.run(
        "UPDATE submissions SET track = ?, rule = ?, why = ?, cause = CASE WHEN state = 'held' THEN ? ELSE cause END, basis = ?, visit = ?, feed = coalesce(?, feed), control_id = ?,
         intent = ?, changed_at = ?, due_at = CASE WHEN lease_owner IS NULL THEN due_at ELSE ? END, lease_owner = NULL, lease_until = NULL
         WHERE id = ?",
        params![
            intent.track.as_str(),
            intent.rule,
            intent.why,
            clip(&intent.why),
            intent.basis,
            intent.visit,
            origin.feed,
            origin.control_id,
            text(intent)?,
            session.millis(),
            session.millis(),
            open.id,
        ],
    )?;
    let id = open.id.clone();
    let cause = if is_other { format!("for another reason: {}", intent.why) } else { asked_again(origin) };
    let mark = Mark { actor: origin.actor, cause: &cause };
    if is_other && is_a_step(intent) {
        let mark = Mark { cause: "what it waited for has another reason now", ..mark };
        history::drop_dependents(session, &id, mark, &mut Vec::new())?;
    }
    if intent.mode == Mode::Auto && open.situation().next(Act::Approve).is_some() {
        history::let_go(session, open, mark)?;
    } else {
        history::note(session, &id, Some(open.state), open.state, mark)?;
    }
    Ok(Taken { id, how: if is_other { TakenAs::Renewed } else { TakenAs::Refreshed } })
}

/// Whether what waits for it was planned for its reason alone: the alignment behind an unalignment is the second half of a move. One
/// behind a check was asked for by itself, and goes on waiting.
fn is_a_step(intent: &Intent) -> bool {
    intent.operation != Operation::CheckEligibility
}

fn asked_again(origin: Origin<'_>) -> String {
    origin.feed.map_or_else(|| "asked again".to_owned(), |feed| format!("asked again by feed {feed}"))
}
