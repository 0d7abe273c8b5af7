//! Changes while aligned: a move out of the licensed states, an excluding diagnosis, the progress from eCKM to CKM.
//!
//! Each reacts to news, never to what the chart said before: a proposal that a person declined is not made again by the
//! next feed that repeats the same facts.

use super::case::{Case, has, mode, push};
use access_contract::{Issue, Mode, Operation, Plan, Severity, Track};
use access_mappings::{ReasonFacts, TrackFacts};
use std::collections::BTreeSet;

pub(super) const RELOCATED: &str = "geographic-relocated";
pub(super) const NOT_ELIGIBLE: &str = "no-longer-clinically-eligible";

/// Proposes what follows from the news. For the dead there is nothing to submit: the guide has no reason for it.
pub(super) fn propose(case: &Case<'_>, plan: &mut Plan) {
    if case.chart.is_dead() {
        return;
    }
    let new_codes = newly_confirmed(case);
    for track in case.chart.aligned() {
        let Some(track) = case.track(&track) else { continue };
        exclude(case, track, &new_codes, plan);
        relocate(case, track, plan);
        progress(case, track, &new_codes, plan);
    }
}

fn newly_confirmed(case: &Case<'_>) -> BTreeSet<String> {
    let before: BTreeSet<&str> = case.before.confirmed().map(|diagnosis| diagnosis.code.as_str()).collect();
    let now = case.chart.confirmed().map(|diagnosis| &diagnosis.code);
    now.filter(|code| !before.contains(code.as_str())).cloned().collect()
}

fn relocate(case: &Case<'_>, track: &TrackFacts, plan: &mut Plan) {
    let states = &case.participant.states;
    let (Some(mode), Some(reason)) = (mode(case.profile.triggers.relocate.mode), reason(case, RELOCATED)) else {
        return;
    };
    let Some(address) = &case.chart.address else { return };
    let state = address.value.state.as_str();
    let known = case.before.address.as_ref().map_or("", |address| address.value.state.as_str());
    let moved_out = !state.is_empty() && state != known && !states.is_empty() && !states.iter().any(|own| own == state);
    if moved_out && !has(plan, &Operation::Unalign, &track.family) {
        let why = "the home address moved out of the states the participant is licensed in";
        let mut intent = case.intent(Operation::Unalign, track, mode, "relocate", why);
        intent.reason = Some(reason.code.clone());
        push(plan, intent);
    }
}

fn exclude(case: &Case<'_>, track: &TrackFacts, new_codes: &BTreeSet<String>, plan: &mut Plan) {
    let (Some(mode), Some(reason)) = (mode(case.profile.triggers.exclude.mode), reason(case, NOT_ELIGIBLE)) else {
        return;
    };
    let conditions: Vec<String> = new_codes.iter().filter(|code| track.exclusions.matches(code)).cloned().collect();
    if conditions.is_empty() || has(plan, &Operation::Unalign, &track.family) {
        return;
    }
    let why = "a diagnosis that the guide excludes from the track was newly stated";
    let mut intent = case.intent(Operation::Unalign, track, mode, "exclude", why);
    intent.reason = Some(reason.code.clone());
    intent.conditions = conditions;
    push(plan, intent);
}

fn progress(case: &Case<'_>, track: &TrackFacts, new_codes: &BTreeSet<String>, plan: &mut Plan) {
    if Track::from(track.code.as_str()) != Track::ECkm || has(plan, &Operation::Unalign, &track.family) {
        return;
    }
    let Some(mode) = mode(case.profile.triggers.progress.mode) else { return };
    let Some(next) = case.track(&Track::Ckm).filter(|next| case.offers(&next.code)) else { return };
    let conditions: Vec<String> = new_codes.iter().filter(|code| next.qualifying.contains(code)).cloned().collect();
    if conditions.is_empty() {
        return;
    }
    let referral = case.chart.referral.as_ref().map(|referral| referral.value);
    if referral.is_none() {
        plan.issues.push(
            Issue::new(
                Severity::Warning,
                "referral-unknown",
                "",
                "nothing says whether a provider referred the patient",
            )
            .hint("state it in ZAC-5 of a feed before the move to CKM is approved")
            .rule("triggers.progress"),
        );
    }
    propose_move(case, track, next, &mode, conditions, referral, plan);
}

/// Proposes the two operations of a move from eCKM to CKM: the second starts when the first is done.
pub(super) fn propose_move(
    case: &Case<'_>,
    from: &TrackFacts,
    to: &TrackFacts,
    mode: &Mode,
    conditions: Vec<String>,
    referral: Option<bool>,
    plan: &mut Plan,
) {
    let Some(reason) = reason(case, NOT_ELIGIBLE) else { return };
    let why = "a diagnosis of the CKM track ends the eCKM alignment; the alignment to CKM follows";
    let mut leave = case.intent(Operation::Unalign, from, mode.clone(), "progress", why);
    leave.reason = Some(reason.code.clone());
    leave.conditions = conditions;
    let after = push(plan, leave);
    let why = "a diagnosis of the CKM track was stated while aligned to eCKM";
    let mut align = case.intent(Operation::Align, to, mode.clone(), "progress", why);
    align.provider_referral = referral;
    align.after = after;
    push(plan, align);
}

/// The reason, where the guide version has it.
fn reason<'a>(case: &Case<'a>, code: &str) -> Option<&'a ReasonFacts> {
    case.profile.guide.reasons.iter().find(|reason| reason.code == code)
}
