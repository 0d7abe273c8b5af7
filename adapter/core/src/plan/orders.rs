//! Orders about earlier submissions: APPROVE and CANCEL.

use super::case::Case;
use super::notice::{Word, feed_problem};
use super::request::{at, unknown_track};
use crate::facts::{Facts, Request};
use access_contract::{Command, CommandAction, Issue, ORDER_WITHOUT_EFFECT, Plan, Severity, Track};

/// The order of a request, if it is one.
fn action(request: &Request) -> Option<CommandAction> {
    match request.action.as_str() {
        "APPROVE" => Some(CommandAction::Approve),
        "CANCEL" => Some(CommandAction::Cancel),
        _ => None,
    }
}

/// Passes an order on to the ledger. It names a submission or a track: one about everything is more than most people mean.
pub(super) fn pass_on(case: &Case<'_>, request: &Request, plan: &mut Plan) -> Result<(), Vec<Issue>> {
    let Some(action) = action(request) else { return Ok(()) };
    if !request.track.is_empty() && case.profile.guide.track(&request.track).is_none() {
        return Err(vec![unknown_track(request)]);
    }
    let track = Some(Track::from(request.track.as_str())).filter(|_| !request.track.is_empty());
    let reference = Some(request.reference.clone()).filter(|reference| !reference.is_empty());
    if track.is_none() && reference.is_none() {
        let message = "the order does not say which submission it is about";
        return Err(vec![
            at(request, 8, "order-unclear", message, 101).hint(
                "put the id of the submission into ZAC-8, as the notice about it has it, or its track into ZAC-3",
            ),
        ]);
    }
    plan.commands.push(Command { action, reference, operation: None, track, visit: None, rule: None });
    Ok(())
}

/// Refuses the orders of a feed about somebody of whom nothing is kept.
pub(super) fn refuse(facts: &Facts, plan: &mut Plan) {
    plan.commands.clear();
    for request in facts.requests.iter().filter(|request| action(request).is_some()) {
        let message = "nothing is known of this patient, so there is nothing to approve or cancel";
        plan.issues.push(
            at(request, 2, "order-without-chart", message, 204)
                .hint("send the order with the PID of the patient the submission is about"),
        );
    }
}

/// One notice for each order, in case it changes nothing.
pub(super) fn tell(case: &Case<'_>, facts: &Facts, plan: &mut Plan) {
    for request in &facts.requests {
        let (Some(action), text) = (action(request), &request.reference) else { continue };
        let ordered = plan.commands.iter().any(|command| {
            command.action == action
                && command.reference.as_deref().unwrap_or_default() == text
                && command.track.as_ref().map_or("", Track::as_str) == request.track
        });
        if !ordered {
            continue;
        }
        let (text, next_step) = if action == CommandAction::Approve {
            (
                "the request to approve changed nothing: no such submission of this patient waits for approval",
                "`access-bridge submissions list --state held` shows what waits; its id belongs into ZAC-8",
            )
        } else {
            (
                "the request to cancel changed nothing: there is no such submission of this patient that was not sent yet",
                "`access-bridge submissions list` shows what there is; what was sent is ended with UNALIGN, or given up with \
                 `access-bridge submissions cancel ID`",
            )
        };
        let word = Word {
            severity: &Severity::Warning,
            code: ORDER_WITHOUT_EFFECT,
            display: "Request without effect",
            text,
            next_step,
        };
        let mut notice = feed_problem(&case.participant.id, Some(facts), Some(case.chart), &word);
        notice.submission.clone_from(&request.reference);
        notice.track.clone_from(&request.track);
        plan.notices.push(notice);
    }
}
