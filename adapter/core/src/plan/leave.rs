//! The request to unalign: `leave`.

use super::case::{Case, has, mode, push};
use super::request::{RULE, at, named_track, only, refusal};
use crate::facts::Request;
use access_contract::{Issue, Operation, Plan, Severity, Track, asking};
use access_mappings::TrackFacts;

/// Proposes the unalignment.
pub(super) fn follow(case: &Case<'_>, request: &Request, plan: &mut Plan) -> Result<(), Vec<Issue>> {
    let Some(mode) = mode(case.profile.triggers.leave.mode) else {
        return Err(vec![at(request, 2, "trigger-off", "unalignment on request is switched off in the profile", 207)]);
    };
    let track = aligned_track(case, request)?;
    let mut refusals = case.missing_identity(&Severity::Error, RULE);
    let reason = case.profile.guide.reasons.iter().find(|reason| reason.code == request.reason);
    if reason.is_none() {
        let message = if request.reason.is_empty() {
            "an unalignment needs a reason"
        } else {
            "the reason is not one of the guide's"
        };
        let codes: Vec<&str> = case.profile.guide.reasons.iter().map(|reason| reason.code.as_str()).collect();
        let condition = if request.reason.is_empty() { 101 } else { 103 };
        refusals.push(
            at(request, 4, "reason-unknown", message, condition).hint(format!("use one of: {}", codes.join(", "))),
        );
    }
    let needs_condition = reason.is_some_and(|reason| reason.needs_condition);
    let conditions = if needs_condition { conditions(case, track) } else { Vec::new() };
    if needs_condition && conditions.is_empty() {
        let message = "this reason must be sent with a diagnosis that excludes from the track, and none is known";
        refusals.push(refusal("no-excluding-diagnosis", "DG1", message, 101).hint("send the final diagnosis in DG1"));
    }
    if has(plan, &Operation::Unalign, &track.family) {
        refusals.push(at(
            request,
            3,
            "track-repeated",
            "an earlier request of this feed unaligns in the same family",
            205,
        ));
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    if case.chart.standing.get(&track.code).is_some_and(|standing| !standing.is_aligned()) {
        plan.issues.push(
            Issue::new(
                Severity::Warning,
                "not-aligned-here",
                format!("{}-3", request.path),
                "as far as this installation knows, the person is not aligned in this track",
            )
            .rule(RULE),
        );
    }
    let mut intent = case.intent(Operation::Unalign, track, mode, asking::LEAVE, "the feed asks for an unalignment");
    intent.reason = reason.map(|reason| reason.code.clone());
    intent.conditions = conditions;
    push(plan, intent);
    Ok(())
}

/// The track a request names, the only one the person is aligned in, or the only one there is.
fn aligned_track<'a>(case: &Case<'a>, request: &Request) -> Result<&'a TrackFacts, Vec<Issue>> {
    if !request.track.is_empty() {
        return named_track(case, request);
    }
    let aligned: Vec<&TrackFacts> = case.chart.aligned().iter().filter_map(|track| case.track(track)).collect();
    let track = if aligned.is_empty() { only(&case.offered()) } else { only(&aligned) };
    track.ok_or_else(|| {
        let message = "no track is named, and the person is not aligned in exactly one";
        vec![at(request, 3, "track-ambiguous", message, 101).hint("name the track in ZAC-3")]
    })
}

/// The diagnoses that end eligibility. For eCKM those of CKM do as well: whoever has them belongs there.
fn conditions(case: &Case<'_>, track: &TrackFacts) -> Vec<String> {
    let excluding = case.chart.excluding(track);
    if !excluding.is_empty() || Track::from(track.code.as_str()) != Track::ECkm {
        return excluding;
    }
    case.track(&Track::Ckm).map(|next| case.chart.qualifying(next)).unwrap_or_default()
}
