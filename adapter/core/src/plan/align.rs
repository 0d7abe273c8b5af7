//! The request to align: `enroll`.

use super::case::{Case, has, mode, push};
use super::change::propose_move;
use super::medicare::Medicare;
use super::notice::{Word, feed_problem};
use super::request::{RULE, at, qualifying_track, refusal};
use crate::facts::{Facts, Request};
use access_contract::{
    ALREADY_ALIGNED, COVERAGE_IN_DOUBT, Issue, Mode, Notice, Operation, Plan, Severity, Track, asking,
};
use access_mappings::TrackFacts;

/// Proposes the alignment, after a check where the profile wants one. `asker` is the feed that asks; none where a rule of the profile does,
/// which would do so with every feed.
pub(super) fn follow(
    case: &Case<'_>,
    asker: Option<&Facts>,
    request: &Request,
    plan: &mut Plan,
) -> Result<(), Vec<Issue>> {
    let enroll = &case.profile.triggers.enroll;
    let Some(mode) = mode(enroll.mode) else {
        return Err(vec![at(request, 2, "trigger-off", "alignment on request is switched off in the profile", 207)]);
    };
    let track = qualifying_track(case, request)?;
    if case.chart.aligned_in_family(&track.family).is_some_and(|aligned| aligned.as_str() == track.code) {
        let message = "already aligned in this track";
        plan.issues.push(Issue::new(Severity::Information, ALREADY_ALIGNED, at_track(request), message).rule(RULE));
        return Ok(());
    }
    let referral = readiness(case, request, track)?;
    let doubt = (!case.medicare.is_usable(case.profile.coverage.accept_secondary)).then(|| doubtful(case.medicare));
    plan.issues.extend(doubt.map(|text| Issue::new(Severity::Warning, COVERAGE_IN_DOUBT, "IN1", text).rule(RULE)));
    if let Some(aligned) = case.chart.aligned_in_family(&track.family) {
        return move_family(case, request, &aligned, track, referral, plan);
    }
    if has(plan, &Operation::Align, &track.family) {
        return Err(vec![at(
            request,
            3,
            "track-repeated",
            "an earlier request of this feed aligns in the same family",
            205,
        )]);
    }
    // Only the answer to a request for an alignment takes up one that a wrong number hid; a check would end it with a refusal.
    let number = case.chart.mbi.as_ref().map_or("", |mbi| &mbi.value);
    let is_hidden = case.chart.hidden_in_family(&track.family).any(|(_, standing)| standing.unknown_under != number);
    let after = if enroll.check_first && !is_hidden && !is_known_eligible(case, track) {
        let why = "the feed asks for an alignment, and the profile wants eligibility checked first";
        push(plan, case.intent(Operation::CheckEligibility, track, mode.clone(), asking::ENROLL, why))
    } else {
        None
    };
    let next_step = next_step(mode == Mode::Auto, after.is_some());
    let mut align = case.intent(Operation::Align, track, mode, asking::ENROLL, "the feed asks for an alignment");
    align.provider_referral = Some(referral);
    align.switch_consent = request.switch_consent.filter(|attested| *attested);
    align.after = after;
    push(plan, align);
    if let (Some(text), Some(facts)) = (doubt, asker) {
        let word = Word {
            severity: &Severity::Warning,
            code: COVERAGE_IN_DOUBT,
            display: "Coverage in doubt",
            text,
            next_step,
        };
        let (operation, track) = (Operation::Align.as_str().to_owned(), track.code.clone());
        let told = feed_problem(&case.participant.id, Some(facts), Some(case.chart), &word);
        plan.notices.push(Notice { operation, track, ..told });
    }
    Ok(())
}

/// What becomes of an alignment whose coverage is doubted.
const fn next_step(is_auto: bool, is_after_check: bool) -> &'static str {
    match (is_auto, is_after_check) {
        (true, false) => {
            "the alignment goes out as it was asked for; add the plan to coverage.plans if it is Original Medicare"
        }
        (true, true) => {
            "the alignment goes out if the check before it allows that; add the plan to coverage.plans if it is Original Medicare"
        }
        (false, false) => {
            "the alignment goes out once it is approved; add the plan to coverage.plans if it is Original Medicare"
        }
        (false, true) => {
            "the alignment goes out once the check before it allows that and it is approved; add the plan to coverage.plans if it is \
             Original Medicare"
        }
    }
}

/// Whether everything an alignment needs is there. Says whether a provider referred the patient.
fn readiness(case: &Case<'_>, request: &Request, track: &TrackFacts) -> Result<bool, Vec<Issue>> {
    let mut refusals = case.missing_identity(&Severity::Error, RULE);
    if case.chart.is_dead() {
        refusals.push(refusal("deceased", "PID-30", "the person is dead; nobody is aligned after death", 207));
    }
    if case.chart.qualifying(track).is_empty() {
        let message = "no confirmed diagnosis qualifies for the track";
        refusals.push(
            refusal("no-qualifying-diagnosis", "DG1", message, 101).hint("send a final diagnosis of the track in DG1"),
        );
    }
    if case.is_control_group(&track.family) {
        let message = "the person is in the control group of this track, whose time is not over";
        refusals.push(
            at(request, 3, "control-group", message, 207).hint("ask again when the control group period has ended"),
        );
    }
    let charted = case.chart.referral.as_ref().map(|referral| referral.value);
    match request.provider_referral.or(charted) {
        Some(referral) if refusals.is_empty() => Ok(referral),
        Some(_) => Err(refusals),
        None => {
            let message = "nothing says whether a provider referred the patient, and it must not be guessed";
            refusals.push(
                at(request, 5, "referral-unknown", message, 101).hint("state Y or N in ZAC-5, or send the REF^I12"),
            );
            Err(refusals)
        }
    }
}

/// Aligning to CKM while aligned to eCKM is a move of two operations; there is no such rule the other way round.
fn move_family(
    case: &Case<'_>,
    request: &Request,
    aligned: &Track,
    track: &TrackFacts,
    referral: bool,
    plan: &mut Plan,
) -> Result<(), Vec<Issue>> {
    let from =
        case.track(aligned).filter(|_| *aligned == Track::ECkm && Track::from(track.code.as_str()) == Track::Ckm);
    let Some(from) = from else {
        let message = "the person is aligned in another track of the same family";
        return Err(vec![at(request, 3, "family-aligned", message, 207).hint("unalign from that track first")]);
    };
    if has(plan, &Operation::Unalign, &track.family) || has(plan, &Operation::Align, &track.family) {
        return Err(vec![at(
            request,
            3,
            "track-repeated",
            "an earlier request of this feed concerns the same family",
            205,
        )]);
    }
    let mode = mode(case.profile.triggers.progress.mode).unwrap_or(Mode::Hold);
    let conditions = case.chart.qualifying(track);
    propose_move(case, from, track, &mode, conditions, Some(referral), plan);
    Ok(())
}

/// Whether a check would only repeat what CMS said lately about the same facts.
fn is_known_eligible(case: &Case<'_>, track: &TrackFacts) -> bool {
    let eligible = case.chart.standing.get(&track.code).is_some_and(|standing| standing.state.starts_with("eligible"));
    eligible && case.has_fresh_answer(track)
}

/// What is doubted about the coverage.
fn doubtful(medicare: Medicare) -> &'static str {
    match medicare {
        Medicare::NotCurrent => "Original Medicare is not in force today; CMS may refuse the alignment",
        Medicare::Secondary => "Original Medicare is not the primary coverage; CMS may refuse the alignment",
        Medicare::None | Medicare::Primary => "no plan is known to be Original Medicare; CMS may refuse the alignment",
    }
}

fn at_track(request: &Request) -> String {
    format!("{}-3", request.path)
}
