//! The end of a submission: outcome, chart, notices and what waited for it, together.

use super::charts;
use super::claims::{held, mark};
use super::fault::Fault;
use super::followers;
use super::history::{Present, dependents, drop_dependents, intent, shift};
use super::notices::{Topic, naming, store as notify, store_all};
use super::session::{Decision, Session, text};
use super::sql::params;
use crate::{Act, Dependents, Ending, Final, FinishResult, Finished, Lease, NewNotice, State};
use bridge_types::Phi;

/// Stores an ending, unless the chart moved.
pub(super) fn store(session: &Session<'_>, lease: &Lease, ending: &Ending) -> Result<Decision<FinishResult>, Fault> {
    let present = held(session, lease)?;
    let to = present.state_after(match ending.state {
        Final::Done => Act::Finish,
        Final::Failed => Act::Fail,
    })?;
    if let Some(settling) = &ending.chart {
        let moved =
            settling.seen.id != present.chart || !charts::unmoved(session, &present.participant, &settling.seen)?;
        if moved {
            return Ok(Decision::Undo(FinishResult::Conflict));
        }
        charts::replace(session, &present.chart, &settling.document)?;
    }
    shift(session, &present, to, None, mark(lease, &ending.cause))?;
    let outcome = ending.outcome.as_ref().map(Phi::expose);
    // Whoever ends it looks at its chart next, and holds it until then.
    session.run(
        "UPDATE submissions SET class = ?, code = ?, outcome = ?, answer = ?, look_at = ?, look_owner = ? WHERE id = ?",
        params![
            outcome.map_or("", |outcome| outcome.class.as_str()),
            outcome.map_or("", |outcome| outcome.code.as_str()),
            outcome.map(text).transpose()?,
            ending.answer.as_ref().map(Phi::expose),
            ending.look_again.map(|within| session.now.plus(within).as_millis()),
            ending.look_again.map(|_| lease.owner.as_str()),
            present.id,
        ],
    )?;
    let mut finished = Finished::default();
    match &ending.dependents {
        Dependents::Proceed => {
            for dependent in dependents(session, &present.id)? {
                let next = dependent.state_after(Act::Unblock)?;
                let due = (next == State::Ready).then_some(session.now);
                shift(session, &dependent, next, due, mark(lease, "what it waited for is done"))?;
                if let (State::Held, Some(template)) = (next, &ending.held) {
                    finished.notices.push(tell_of(session, template, &dependent)?);
                }
                finished.released.push(dependent.id);
            }
        }
        Dependents::Cancel(cause) => {
            drop_dependents(session, &present.id, mark(lease, cause), &mut finished.cancelled)?;
            let own = intent(session, &present.id)?.reference;
            for (template, dropped) in
                ending.dropped.iter().flat_map(|told| finished.cancelled.iter().map(move |id| (told, id)))
            {
                let other = intent(session, dropped)?.reference;
                if !ending.only_others || (other.is_some() && other != own) {
                    let feed = present.feed.as_deref();
                    finished.notices.push(followers::tell_dropped(session, template, dropped, feed)?);
                }
            }
        }
    }
    let topic = Topic {
        submission: Some(&present.id),
        chart: Some(&present.chart),
        feed: present.feed.as_deref(),
        ..Topic::default()
    };
    finished.notices.extend(store_all(session, &ending.notices, topic)?);
    Ok(Decision::Keep(FinishResult::Stored(finished)))
}

/// Tells that a submission waits for a person now that what it waited for is done.
fn tell_of(session: &Session<'_>, template: &NewNotice, held: &Present) -> Result<String, Fault> {
    let why: Option<String> = session.value("SELECT why FROM submissions WHERE id = ?", params![held.id])?;
    let mut notice = naming(session, template.notice.expose().clone(), held)?;
    notice.text = why.unwrap_or_default();
    let topic =
        Topic { submission: Some(&held.id), chart: Some(&held.chart), feed: held.feed.as_deref(), ..Topic::default() };
    notify(session, &NewNotice { notice: Phi::new(notice), ..template.clone() }, topic)
}
