//! What follows an alignment or unalignment was planned with it, as the second half of a move: an order about one half is about both,
//! and a half whose first has another reason now is none.

use super::fault::Fault;
use super::history::{self, Mark, Present, present};
use super::notices::{Topic, naming, store as notify};
use super::session::Session;
use super::sql::params;
use crate::{Act, NewNotice};
use access_contract::{Intent, OPEN_ALREADY, Operation};
use bridge_types::Phi;

/// Why a follower was dropped whose first half goes for another reason.
pub(super) const OTHER_REASON: &str = "what it waited for has another reason now";
/// Why a follower was not made.
const NOT_MADE: &str = "what it would follow is on its way for another reason, so it was not asked for";

/// Whether what waits for such an operation was planned for its reason alone. Behind a check stands what was asked for by itself.
pub(super) fn is_step(operation: &str) -> bool {
    operation != Operation::CheckEligibility.as_str()
}

/// The submission that an order about this one is about: the first half, while that is not sent. One that is approved already is not
/// approved again.
pub(super) fn whole(session: &Session<'_>, mut found: Present, act: Act) -> Result<Present, Fault> {
    while let Some(first) = &found.blocked_by {
        let first = present(session, first)?;
        let is_settled = !first.state.is_unsent() || (act == Act::Approve && !first.needs_approval);
        if is_settled || !is_step(&first.operation) {
            break;
        }
        found = first;
    }
    Ok(found)
}

/// Has what waits for a submission wait for a person, too: it was approved with something else.
pub(super) fn hold(session: &Session<'_>, first: &str, mark: Mark<'_>) -> Result<(), Fault> {
    for follower in history::dependents(session, first)? {
        if !follower.needs_approval {
            history::hold(session, &follower, mark)?;
        }
        hold(session, &follower.id, mark)?;
    }
    Ok(())
}

/// Whether an intent is a step of an alignment.
pub(super) fn is_of_alignment(intent: &Intent) -> bool {
    matches!(intent.operation, Operation::Align | Operation::Unalign)
}

/// Whether a submission was planned for another reason than an intent that would follow it.
pub(super) fn leads_elsewhere(session: &Session<'_>, first: &str, intent: &Intent) -> Result<bool, Fault> {
    let first = present(session, first)?;
    Ok(is_step(&first.operation) && first.rule != intent.rule)
}

/// Whether anything waits for a submission that was asked for with another visit.
pub(super) fn serves_another_visit(session: &Session<'_>, id: &str, visit: &str) -> Result<bool, Fault> {
    let waiting: Option<i64> = session.value(
        "SELECT count(*) FROM submissions WHERE blocked_by = ? AND coalesce(visit, '') <> ?",
        params![id, visit],
    )?;
    Ok(waiting.is_some_and(|count| count > 0))
}

/// Tells that a submission was dropped with what it waited for. The template gets what names it, and the cause.
pub(super) fn tell_dropped(
    session: &Session<'_>,
    template: &NewNotice,
    dropped: &str,
    feed: Option<&str>,
) -> Result<String, Fault> {
    let present = history::present(session, dropped)?;
    let cause: Option<String> = session.value("SELECT cause FROM submissions WHERE id = ?", params![dropped])?;
    let mut notice = naming(session, template.notice.expose().clone(), &present)?;
    notice.text = cause.unwrap_or_default();
    let topic = Topic { submission: Some(&present.id), chart: Some(&present.chart), feed, ..Topic::default() };
    notify(session, &NewNotice { notice: Phi::new(notice), ..template.clone() }, topic)
}

/// Tells that a follower was not made.
pub(super) fn tell_not_made(
    session: &Session<'_>,
    template: &NewNotice,
    intent: &Intent,
    topic: Topic<'_>,
) -> Result<String, Fault> {
    tell(session, template, intent, NOT_MADE.to_owned(), topic)
}

/// Tells that what a rule wants met a submission that goes for another reason.
pub(super) fn tell_open_already(
    session: &Session<'_>,
    template: &NewNotice,
    intent: &Intent,
    topic: Topic<'_>,
) -> Result<String, Fault> {
    let mut template = template.clone();
    let mut notice = template.notice.into_inner();
    OPEN_ALREADY.clone_into(&mut notice.code);
    "One is open already".clone_into(&mut notice.display);
    "nothing, if the one that is open goes through; else ask for it with a ZAC segment"
        .clone_into(&mut notice.next_step);
    template.notice = Phi::new(notice);
    tell(session, &template, intent, format!("{}; one of the same kind is open for another reason", intent.why), topic)
}

fn tell(
    session: &Session<'_>,
    template: &NewNotice,
    intent: &Intent,
    text: String,
    topic: Topic<'_>,
) -> Result<String, Fault> {
    let mut notice = template.notice.expose().clone();
    intent.operation.as_str().clone_into(&mut notice.operation);
    intent.track.as_str().clone_into(&mut notice.track);
    notice.reference.clone_from(&intent.reference);
    notice.text = text;
    notify(session, &NewNotice { notice: Phi::new(notice), ..template.clone() }, topic)
}
