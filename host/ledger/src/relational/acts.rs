//! What a person does with a submission.

use super::fault::Fault;
use super::followers;
use super::history::{self, Mark, Present, note, open_beside, shift};
use super::locks;
use super::session::Session;
use super::sql::params;
use crate::{Act, Acted, LedgerError, Next, State};

/// Lets it go.
pub(super) fn approve(session: &Session<'_>, id: &str, who: &str) -> Result<Acted, Fault> {
    let present = followers::whole(session, locks::submission(session, id)?, Act::Approve)?;
    let (id, mut changed) = (present.id.clone(), Vec::new());
    let state = history::approve(session, present, Mark { actor: who, cause: "approved" }, &mut changed)?;
    Ok(acted(&id, state, changed))
}

/// Takes it back or gives it up.
pub(super) fn cancel(session: &Session<'_>, id: &str, who: &str) -> Result<Acted, Fault> {
    let present = followers::whole(session, locks::submission(session, id)?, Act::Cancel)?;
    let mut changed = Vec::new();
    history::withdraw(session, &present, Act::Cancel, Mark { actor: who, cause: "cancelled" }, &mut changed)?;
    Ok(acted(&present.id, State::Cancelled, changed))
}

/// Has it sent again.
pub(super) fn retry(session: &Session<'_>, id: &str, who: &str) -> Result<Acted, Fault> {
    let present = locks::submission(session, id)?;
    let next = present.next(Act::Retry)?;
    if present.state == State::Waiting {
        return hurry(session, &present, who);
    }
    if let Some(existing) = open_beside(session, &present)? {
        return Err(LedgerError::OpenAlready { existing }.into());
    }
    match next {
        Next::State(state) => {
            shift(session, &present, state, Some(session.now), Mark { actor: who, cause: "to be sent again" })?;
            session.run(
                "UPDATE submissions SET slot = '', needs_approval = 0, failures = 0, class = '', code = '', outcome = NULL,
                 answer = NULL, told_operator = 0, told_overdue = 0 WHERE id = ?",
                params![id],
            )?;
            Ok(acted(id, state, Vec::new()))
        }
        Next::Successor => {
            let successor = session.id();
            let state = State::Ready;
            session.run(
                "INSERT INTO submissions (id, participant, chart, operation, track, family, matter, state, due_at, needs_approval,
                 rule, why, basis, visit, feed, control_id, retry_of, cause, created_at, changed_at, intent)
                 SELECT ?, participant, chart, operation, track, family, matter, ?, ?, 0, rule, why, basis, visit, feed, control_id, id,
                 why, ?, ?, intent FROM submissions WHERE id = ?",
                params![successor, state.as_str(), session.millis(), session.millis(), session.millis(), id],
            )?;
            let cause = format!("repeats {id}");
            note(session, &successor, None, state, Mark { actor: who, cause: &cause })?;
            let cause = format!("repeated as {successor}");
            note(session, id, Some(present.state), present.state, Mark { actor: who, cause: &cause })?;
            Ok(acted(&successor, state, Vec::new()))
        }
    }
}

/// Has one sent now that waits for its next try.
fn hurry(session: &Session<'_>, present: &Present, who: &str) -> Result<Acted, Fault> {
    let (id, state) = (&present.id, present.state);
    let mark = Mark { actor: who, cause: "to be sent now" };
    if present.owner.is_some() {
        // It is being sent at this moment.
        note(session, id, Some(state), state, mark)?;
    } else {
        shift(session, present, state, Some(session.now), mark)?;
    }
    session.run("UPDATE submissions SET failures = 0, told_operator = 0 WHERE id = ?", params![id])?;
    Ok(acted(id, state, Vec::new()))
}

/// Has its result asked for: again, or now.
pub(super) fn resume(session: &Session<'_>, id: &str, who: &str) -> Result<Acted, Fault> {
    let present = locks::submission(session, id)?;
    let state = present.state_after(Act::Resume)?;
    if present.state == State::Failed {
        if let Some(existing) = open_beside(session, &present)? {
            return Err(LedgerError::OpenAlready { existing }.into());
        }
        session.run(
            "UPDATE submissions SET slot = '', class = '', code = '', outcome = NULL, answer = NULL WHERE id = ?",
            params![id],
        )?;
    }
    let mark = Mark { actor: who, cause: "its result is asked for again" };
    if present.state == State::Polling && present.owner.is_some() {
        // It is being asked for at this moment: without its lease, what CMS answers would be lost.
        note(session, id, Some(present.state), state, mark)?;
    } else {
        shift(session, &present, state, Some(session.now), mark)?;
    }
    session.run(
        "UPDATE submissions SET polling_since = ?, failures = 0, told_operator = 0, told_overdue = 0 WHERE id = ?",
        params![session.millis(), id],
    )?;
    Ok(acted(id, state, Vec::new()))
}

fn acted(id: &str, state: State, mut also: Vec<String>) -> Acted {
    also.retain(|changed| changed != id);
    Acted { submission: id.to_owned(), state, also }
}
