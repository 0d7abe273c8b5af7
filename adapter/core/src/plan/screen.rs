//! The screen: who has Original Medicare and a diagnosis of an offered track is checked for eligibility.

use super::case::{Case, has, mode, push};
use super::medicare::Medicare;
use super::standing::CONTROL_GROUP;
use access_contract::{COVERAGE_IN_DOUBT, Issue, Operation, Plan, Severity};
use access_mappings::TrackFacts;

const RULE: &str = "triggers.screen";

/// Proposes one check per track family, and says what kept it from a check. Without news it asks only what an answer has left open:
/// a check that was never answered may have been cancelled by a person.
pub(super) fn propose(case: &Case<'_>, plan: &mut Plan) {
    let Some(mode) = mode(case.profile.triggers.screen.mode) else { return };
    let obstacles = obstacles(case);
    if !obstacles.is_empty() {
        // Nobody waits for an explanation where nothing came in.
        if case.facts.is_some() {
            plan.issues.extend(obstacles);
        }
        return;
    }
    for track in case.qualifying_tracks() {
        if !is_open(case, track, plan) || (case.facts.is_none() && !is_left_open(case, track)) {
            continue;
        }
        let why = match case.medicare {
            Medicare::Secondary => {
                "Original Medicare is in force behind another plan, and a diagnosis qualifies for the track"
            }
            _ => "Original Medicare is the primary coverage, and a diagnosis qualifies for the track",
        };
        push(plan, case.intent(Operation::CheckEligibility, track, mode.clone(), "screen", why));
    }
}

/// What stands against a check of any track. A person outside the model gets one remark, a beneficiary every obstacle.
fn obstacles(case: &Case<'_>) -> Vec<Issue> {
    let note = |code, location, message| Issue::new(Severity::Information, code, location, message).rule(RULE);
    if case.chart.is_dead() {
        return vec![note("deceased", "PID-30", "the person is dead; eligibility is not checked")];
    }
    if case.chart.is_in_hospice() {
        return vec![note("hospice", "PV1-36", "the person is in hospice; eligibility is not checked")];
    }
    if !case.medicare.is_usable(case.profile.coverage.accept_secondary) {
        return vec![match case.medicare {
            Medicare::NotCurrent => note("coverage-not-current", "IN1-12", "Original Medicare is not in force today"),
            Medicare::Secondary => {
                note("coverage-secondary", "IN1-22", "Original Medicare is not the primary coverage")
                    .hint("set coverage.accept_secondary in the profile to check such patients as well")
            }
            Medicare::None | Medicare::Primary => {
                note(COVERAGE_IN_DOUBT, "IN1", "no plan is known to be Original Medicare")
            }
        }];
    }
    let missing = case.missing_identity(&Severity::Warning, RULE);
    if !missing.is_empty() {
        return missing;
    }
    if case.qualifying_tracks().is_empty() {
        return vec![note("no-qualifying-diagnosis", "DG1", "no confirmed diagnosis qualifies for an offered track")];
    }
    Vec::new()
}

/// Whether the answer for this family is worth asking for.
fn is_open(case: &Case<'_>, track: &TrackFacts, plan: &Plan) -> bool {
    let family = track.family.as_str();
    // Whoever asks for an alignment or an end of it learns enough from that answer.
    let asked = has(plan, &Operation::CheckEligibility, family)
        || has(plan, &Operation::Align, family)
        || has(plan, &Operation::Unalign, family);
    let aligned = case.chart.aligned_in_family(family).is_some();
    !asked && !aligned && !case.is_control_group(family) && !case.has_fresh_answer(track)
}

/// Whether an answer of CMS has left the family open: it is about older facts, it came while news of the family could not be asked,
/// or it was a control group whose time is over.
fn is_left_open(case: &Case<'_>, track: &TrackFacts) -> bool {
    let standing = case.chart.standing.get(&track.code);
    let is_outdated =
        standing.is_some_and(|standing| !standing.checked_at.is_empty() && standing.basis != case.basis(track));
    let was_control_group = || case.chart.family(&track.family).any(|standing| standing.state == CONTROL_GROUP);
    is_outdated || was_control_group() || case.chart.is_answered_anew(&track.family)
}
