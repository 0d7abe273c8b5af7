//! Taking intents: each becomes a submission, or meets the one that is open already.

use super::fault::Fault;
use super::followers;
use super::history::{self, Mark, PRESENT, Present, clip, present_row};
use super::session::{Session, text};
use super::sql::params;
use crate::{Act, State, Taken, TakenAs};
use access_contract::{Intent, Mode, Operation, ReportPeriod, asking};

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

/// Takes one intent; `after` is the submission that must be done before. Adds what was dropped with its reason to `dropped`.
pub(super) fn take(
    session: &Session<'_>,
    origin: Origin<'_>,
    intent: &Intent,
    after: Option<&str>,
    dropped: &mut Vec<String>,
) -> Result<Taken, Fault> {
    let open = session.one(
        &format!(
            "{PRESENT} WHERE participant = ? AND chart = ? AND family = ? AND operation = ? AND matter = ?
             AND state IN ('held', 'ready', 'sending', 'polling', 'waiting', 'uncertain') ORDER BY slot LIMIT 1"
        ),
        params![origin.participant, origin.chart, intent.track.family(), intent.operation.as_str(), matter(intent)],
        present_row,
    )?;
    if open.is_none()
        && let Some(id) = answered_by(session, origin, intent)?
    {
        return Ok(Taken { id, how: TakenAs::InFlight });
    }
    let Some(open) = open else { return create(session, origin, intent, after) };
    let is_other = open.rule != intent.rule;
    let is_step = followers::is_step(&open.operation);
    let is_first = is_step && !history::dependents(session, &open.id)?.is_empty();
    if is_other && is_step && !open.state.is_unsent() {
        let mark = Mark { actor: origin.actor, cause: followers::OTHER_REASON };
        history::drop_dependents(session, &open.id, mark, dropped)?;
    }
    if !open.state.is_unsent() {
        let cause = asked_again(origin);
        let mark = Mark { actor: origin.actor, cause: &cause };
        history::note(session, &open.id, Some(open.state), open.state, mark)?;
        return Ok(Taken { id: open.id, how: TakenAs::InFlight });
    }
    // What somebody approved or asked for by name goes for its own reason, unless the rest of a move hangs on it: that must not go on.
    let is_asked = asking::is_asked(&open.rule, &open.operation);
    let is_settled = !open.needs_approval || (is_asked && intent.mode != Mode::Auto);
    if is_other && is_settled && !intent.is_asked() && !is_first {
        return keep(session, origin, intent, open);
    }
    if is_other {
        return refresh(session, origin, intent, &open, Renewal::OtherReason, dropped);
    }
    if is_step && !open.needs_approval && intent.mode != Mode::Auto {
        let older = history::intent(session, &open.id)?;
        return match still_approved(&older, intent) {
            Some(approved) => refresh(session, origin, &approved, &open, Renewal::Same, dropped),
            None => refresh(session, origin, intent, &open, Renewal::OtherMatter, dropped),
        };
    }
    refresh(session, origin, intent, &open, Renewal::Same, dropped)
}

/// What tells open submissions of a track family and operation apart: of a report its track, period and alignment, since one period neither
/// stands for another nor waits for it; else nothing. Migrations write the same.
fn matter(intent: &Intent) -> String {
    let of = |report: &ReportPeriod| format!("{}/{}/{}", intent.track.as_str(), report.period, report.alignment);
    intent.report.as_ref().map_or_else(String::new, of)
}

/// What a newer intent of the same rule is to the submission that it meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Renewal {
    /// The same, as known by now.
    Same,
    /// Something that nobody approved.
    OtherMatter,
    /// Something that another rule wants.
    OtherReason,
}

/// What of a newer intent was approved with an older one. Approved was what was shown: the same in the same track, with those of its
/// conditions that are still stated. Where none is, it is another matter.
fn still_approved(older: &Intent, newer: &Intent) -> Option<Intent> {
    let shown = |intent: &Intent| {
        let Intent { track, reason, provider_referral, switch_consent, report, .. } = intent.clone();
        (track, reason, provider_referral, switch_consent, report)
    };
    let still: Vec<String> = older.conditions.iter().filter(|code| newer.conditions.contains(code)).cloned().collect();
    let is_shown = shown(older) == shown(newer) && (!still.is_empty() || older.conditions == newer.conditions);
    is_shown.then(|| Intent { conditions: still, ..newer.clone() })
}

/// The alignment or unalignment of the family, on its way or about to go, whose answer says what a check by the screen would ask.
/// One that waits for a person answers nothing yet, and one in doubt perhaps never.
fn answered_by(session: &Session<'_>, origin: Origin<'_>, intent: &Intent) -> Result<Option<String>, Fault> {
    if intent.operation != Operation::CheckEligibility || intent.rule != SCREEN {
        return Ok(None);
    }
    session.value(
        "SELECT id FROM submissions WHERE chart = ? AND family = ? AND operation IN ('align', 'unalign')
         AND state IN ('ready', 'sending', 'polling', 'waiting') AND needs_approval = 0 ORDER BY seq LIMIT 1",
        params![origin.chart, intent.track.family()],
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
        "INSERT INTO submissions (id, participant, chart, operation, track, family, matter, state, due_at, blocked_by, needs_approval,
         rule, why, basis, visit, feed, control_id, cause, created_at, changed_at, intent)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            id,
            origin.participant,
            origin.chart,
            intent.operation.as_str(),
            intent.track.as_str(),
            intent.track.family(),
            matter(intent),
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
/// sent is what was asked for last. What waits for it gains no approval: that was asked for by somebody else, or for another reason; and
/// the approval of a move is none of what takes its place, nor of its second half.
fn refresh(
    session: &Session<'_>,
    origin: Origin<'_>,
    intent: &Intent,
    open: &Present,
    renewal: Renewal,
    dropped: &mut Vec<String>,
) -> Result<Taken, Fault> {
    let mut carried = intent.clone();
    if renewal == Renewal::Same && carried.reference.is_none() {
        // Who asks again without a name of their own takes nobody else's away.
        carried.reference = history::intent(session, &open.id)?.reference;
    }
    replace(session, origin, &carried, open)?;
    let id = open.id.clone();
    let is_other = renewal != Renewal::Same;
    let cause = match renewal {
        Renewal::Same => asked_again(origin),
        Renewal::OtherMatter => format!("not what was approved: {}", intent.why),
        Renewal::OtherReason => format!("for another reason: {}", intent.why),
    };
    let mark = Mark { actor: origin.actor, cause: &cause };
    if followers::is_step(&open.operation) {
        match renewal {
            Renewal::Same => {}
            Renewal::OtherMatter => followers::hold(session, &id, mark)?,
            Renewal::OtherReason => {
                history::drop_dependents(session, &id, Mark { cause: followers::OTHER_REASON, ..mark }, dropped)?;
            }
        }
    }
    if intent.mode == Mode::Auto && open.situation().next(Act::Approve).is_some() {
        history::let_go(session, open, mark)?;
    } else if is_other && intent.mode != Mode::Auto && !open.needs_approval {
        history::hold(session, open, mark)?;
    } else {
        history::note(session, &id, Some(open.state), open.state, mark)?;
    }
    Ok(Taken { id, how: if is_other { TakenAs::Renewed } else { TakenAs::Refreshed } })
}

/// Leaves a submission its reason. A check asks about the patient as known last, whoever wanted it.
fn keep(session: &Session<'_>, origin: Origin<'_>, intent: &Intent, open: Present) -> Result<Taken, Fault> {
    if !followers::is_step(&open.operation) {
        let control_id: Option<String> =
            session.value("SELECT control_id FROM submissions WHERE id = ?", params![open.id])?;
        let Intent { rule, why, visit, reference, .. } = history::intent(session, &open.id)?;
        let kept = Intent { rule, why, visit, reference, ..intent.clone() };
        let control_id = control_id.unwrap_or_default();
        replace(session, Origin { feed: None, control_id: &control_id, ..origin }, &kept, &open)?;
    }
    let cause = format!("also wanted because {}; it goes for its own reason", intent.why);
    history::note(session, &open.id, Some(open.state), open.state, Mark { actor: origin.actor, cause: &cause })?;
    Ok(Taken { id: open.id, how: TakenAs::Kept })
}

/// Writes an intent in the place of the one that an unsent submission had.
fn replace(session: &Session<'_>, origin: Origin<'_>, intent: &Intent, open: &Present) -> Result<(), Fault> {
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
    Ok(())
}

fn asked_again(origin: Origin<'_>) -> String {
    // What its sender calls it, as the submission itself says.
    let named = Some(origin.control_id).filter(|control_id| !control_id.is_empty()).or(origin.feed);
    named.map_or_else(|| "asked again".to_owned(), |feed| format!("asked again by feed {feed}"))
}
