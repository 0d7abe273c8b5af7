//! Explicit requests (`ZAC` segments, and whatever else is read into the same record).
//!
//! A request that cannot be followed leaves a blocking issue at its field, so that the sender learns of it.

use super::case::{Case, push};
use super::{align, leave, orders, reports};
use crate::facts::{Facts, Request};
use crate::number::masked;
use access_contract::{Issue, Mode, Operation, Plan, Severity, asking};
use access_mappings::TrackFacts;

/// Most requests that one feed may carry.
const MAX_REQUESTS: usize = 16;

pub(super) const RULE: &str = asking::REQUEST;

/// Follows every request of a feed, in order.
pub(super) fn follow(case: &Case<'_>, facts: &Facts, plan: &mut Plan) {
    if facts.requests.len() > MAX_REQUESTS {
        plan.issues.push(refusal("too-many-requests", "ZAC", "one feed may carry 16 requests; none was followed", 207));
        return;
    }
    for request in &facts.requests {
        let (intents, notices) = (plan.intents.len(), plan.notices.len());
        let followed = match request.action.as_str() {
            "CHECK" => check(case, request, plan),
            "ALIGN" => align::follow(case, Some(facts), request, plan),
            "UNALIGN" => leave::follow(case, request, plan),
            "APPROVE" | "CANCEL" => orders::pass_on(case, request, plan),
            "REPORT" => reports::follow(case, request, plan),
            _ => Err(vec![
                at(request, 2, "action-unknown", "the action is not one of the documented ones", 103)
                    .hint("use CHECK, ALIGN, UNALIGN, REPORT, APPROVE or CANCEL"),
            ]),
        };
        let reference = reference(case, request);
        plan.intents.iter_mut().skip(intents).for_each(|intent| intent.reference.clone_from(&reference));
        plan.notices.iter_mut().skip(notices).for_each(|notice| notice.reference.clone_from(&reference));
        if let Err(refusals) = followed {
            plan.issues.extend(refusals);
        } else if request.effective.is_some() {
            plan.issues.push(
                Issue::new(
                    Severity::Information,
                    "effective-date-unused",
                    format!("{}-7", request.path),
                    "the operations know no effective date; it was not sent",
                )
                .rule(RULE),
            );
        }
    }
}

/// What the one who asks calls it, as notices may carry it: some write the patient's number there.
fn reference(case: &Case<'_>, request: &Request) -> Option<String> {
    let reference = Some(&request.reference).filter(|reference| !reference.is_empty())?;
    let is_open = case.profile.notices.include_mbi;
    Some(if is_open { reference.clone() } else { masked(reference, &case.chart.numbers()) })
}

fn check(case: &Case<'_>, request: &Request, plan: &mut Plan) -> Result<(), Vec<Issue>> {
    if case.chart.is_dead() {
        return Err(vec![refusal("deceased", "PID-30", "the person is dead; eligibility is not checked", 207)]);
    }
    let track = qualifying_track(case, request)?;
    let missing = case.missing_identity(&Severity::Error, RULE);
    if !missing.is_empty() {
        return Err(missing);
    }
    let why = "the feed asks for a check of eligibility";
    push(plan, case.intent(Operation::CheckEligibility, track, Mode::Auto, RULE, why));
    Ok(())
}

/// The track a request names, or the one offered track whose diagnoses the person has.
pub(super) fn qualifying_track<'a>(case: &Case<'a>, request: &Request) -> Result<&'a TrackFacts, Vec<Issue>> {
    if !request.track.is_empty() {
        return named_track(case, request);
    }
    only(&case.qualifying_tracks()).ok_or_else(|| {
        let message = "no track is named, and the diagnoses do not point to exactly one offered track";
        vec![at(request, 3, "track-ambiguous", message, 101).hint("name the track in ZAC-3")]
    })
}

/// The track a request names; it must be one that the participant offers.
pub(super) fn named_track<'a>(case: &Case<'a>, request: &Request) -> Result<&'a TrackFacts, Vec<Issue>> {
    let track = case.profile.guide.track(&request.track).ok_or_else(|| vec![unknown_track(request)])?;
    if !case.offers(&track.code) {
        return Err(vec![at(request, 3, "track-not-offered", "the participant does not offer this track", 103)]);
    }
    Ok(track)
}

/// The only element, if there is exactly one.
pub(super) fn only<'a>(tracks: &[&'a TrackFacts]) -> Option<&'a TrackFacts> {
    match tracks {
        [track] => Some(track),
        _ => None,
    }
}

pub(super) fn unknown_track(request: &Request) -> Issue {
    at(request, 3, "track-unknown", "the track is not one of the guide's", 103)
        .hint("write eCKM, CKM, MSK or BH, in this case")
}

/// A refusal at a field of the request.
pub(super) fn at(request: &Request, field: u8, code: &str, message: &str, condition: u16) -> Issue {
    refusal(code, &format!("{}-{field}", request.path), message, condition)
}

/// A refusal at a place in the feed.
pub(super) fn refusal(code: &str, location: &str, message: &str, condition: u16) -> Issue {
    Issue::new(Severity::Error, code, location, message).rule(RULE).condition(condition)
}
