//! Turns an intent and a chart into the FHIR `Parameters` that is posted.
//!
//! A payload has the shape of the guide's examples and holds what the operation needs and nothing more: no other identifier
//! than the MBI, no display of a diagnosis, no narrative; and no address, telecom, race, ethnicity, birth sex, language or
//! death unless the profile sends them (`patient.send`, `participants.send`). Its members come in one fixed order, so the
//! same chart and intent give the same bytes.
//!
//! What becomes of each diagnosis: `$check-eligibility` sends the confirmed ones that qualify for the track, if any;
//! `$align` needs at least one; `$unalign` sends those that exclude, where the reason needs one. An intent may name them
//! instead; then each must be a confirmed one of the chart, or one at least where a change of the chart named them. At most [`MAX_CONDITIONS`], best ranked first.

mod conditions;
mod particulars;
pub(crate) mod patient;
pub(crate) mod payload;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
pub(crate) mod trail;

pub use conditions::MAX_CONDITIONS;

use crate::chart::Chart;
use crate::facts::Diagnosis;
use crate::plan::is_first_of_move;
use crate::validate::validate;
use access_contract::{Intent, Issue, Operation, Payload, Severity};
use access_mappings::{Participant, Profile, TrackFacts};
use payload::{Concept, Content, Identifier, Meta, Parameter, Parameters, Resource};
use std::borrow::Cow;
use trail::Trail;

/// Composes the payload of `intent` from `chart` (the JSON of [`crate::chart::Chart`]), and checks it with
/// [`validate`].
///
/// # Errors
/// Every reason why it cannot be composed or would be refused, each with the FHIRPath of the element and a hint naming the
/// HL7 field or the setting to mend.
pub fn compose(profile: &Profile, participant: &str, intent: &Intent, chart: &str) -> Result<Payload, Vec<Issue>> {
    let chart = Chart::parse(chart).map_err(|issue| vec![issue])?;
    let guide = &profile.guide;
    let mut trail = Trail::default();

    let request_profile = guide
        .operation(intent.operation.as_str())
        .filter(|_| matches!(intent.operation, Operation::CheckEligibility | Operation::Align | Operation::Unalign))
        .map(|facts| facts.profile.as_str());
    let Some(request_profile) = request_profile else {
        trail.refuse(
            "operation-unsupported",
            "Parameters.meta.profile",
            "this version does not compose that operation",
            "use check-eligibility, align or unalign",
        );
        return Err(trail.problems);
    };
    trail.configured("Parameters.meta.profile[0]", "guide.operations");

    let sender = find_participant(profile, participant, &mut trail);
    let person = patient::build(profile, sender, &chart, patient::AT, &mut trail);
    let track = find_track(profile, sender, intent, 3, &mut trail);
    let (Some(sender), Some(track)) = (sender, track) else { return Err(trail.problems) };
    let own = match intent.operation {
        Operation::Align => align(profile, track, intent, &chart, &mut trail),
        Operation::Unalign => unalign(profile, track, intent, &chart, &mut trail),
        _ => check_eligibility(profile, track, intent, &chart, &mut trail),
    };
    let Some(person) = person.filter(|_| trail.problems.is_empty()) else { return Err(trail.problems) };

    let systems = &guide.systems;
    let payer_type = Concept::shown(&systems.payer_type, &systems.payer_type_code, &systems.payer_type_display);
    let mut parameter = vec![
        identify("participantID", Identifier { kind: None, system: &systems.participant, value: &sender.id }),
        identify("payerID", Identifier { kind: Some(payer_type), system: &systems.payer, value: &sender.payer }),
        Parameter { name: "patient", content: Content::Resource(Resource::Patient(Box::new(person))) },
        Parameter {
            name: "track",
            content: Content::Concept(Concept::shown(&systems.track, &track.code, &track.display)),
        },
    ];
    parameter.extend(own);
    let body = Parameters { resource_type: "Parameters", meta: Meta::of(request_profile), parameter };
    let body = serde_json::to_string(&body).map_err(|_| {
        vec![Issue::new(Severity::Fatal, "payload-unwritable", "Parameters", "the payload cannot be written as JSON")]
    })?;

    let (refused, issues): (Vec<Issue>, Vec<Issue>) = validate(profile, &body).into_iter().partition(Issue::blocks);
    if !refused.is_empty() {
        return Err(refused);
    }
    let (operation, track) = (intent.operation.clone(), intent.track.clone());
    Ok(Payload { entries: Vec::new(), operation, track, body, provenance: trail.origins, issues })
}

pub(crate) fn identify<'a>(name: &'static str, identifier: Identifier<'a>) -> Parameter<'a> {
    Parameter { name, content: Content::Identifier(identifier) }
}

/// The participant that submits, with a payer.
pub(crate) fn find_participant<'a>(profile: &'a Profile, id: &str, trail: &mut Trail) -> Option<&'a Participant> {
    let at = "Parameters.parameter[0].valueIdentifier.value";
    let Some(found) = profile.participants.iter().find(|known| known.id == id) else {
        let hint = "add it under `participants`, or correct its `senders` (MSH-3, MSH-4)";
        trail.refuse("participant-unknown", at, "the profile has no such participant", hint);
        return None;
    };
    trail.configured(at, "participants.id");
    let at = "Parameters.parameter[1].valueIdentifier.value";
    if found.payer.is_empty() {
        let hint = "set `participants.payer` in the profile; the value comes from registration";
        trail.refuse("payer-missing", at, "the participant has no payer id", hint);
        return None;
    }
    trail.configured(at, "participants.payer");
    Some(found)
}

/// The track, if the participant offers it; `position` is that of its parameter.
pub(crate) fn find_track<'a>(
    profile: &'a Profile,
    participant: Option<&Participant>,
    intent: &Intent,
    position: usize,
    trail: &mut Trail,
) -> Option<&'a TrackFacts> {
    let at = format!("Parameters.parameter[{position}].valueCodeableConcept.coding[0].code");
    let Some(track) = profile.guide.track(intent.track.as_str()) else {
        let hint = "see ZAC-3 of the request; the spelling matters";
        trail.refuse("track-unknown", at, "the guide has no such track", hint);
        return None;
    };
    if participant.is_some_and(|participant| !participant.tracks.contains(&track.code)) {
        let hint = "add it to `participants.tracks` in the profile, or correct ZAC-3 of the request";
        trail.refuse("track-not-offered", at, "the participant does not offer this track", hint);
        return None;
    }
    trail.decided(at, &intent.rule);
    Some(track)
}

/// Position of the first parameter that is not common to all operations.
const OWN: usize = 4;

fn check_eligibility<'a>(
    profile: &'a Profile,
    track: &'a TrackFacts,
    intent: &Intent,
    chart: &'a Chart,
    trail: &mut Trail,
) -> Vec<Parameter<'a>> {
    let chosen = conditions::choose(intent, chart, OWN, conditions::qualifies(track), trail);
    add_conditions(profile, track.condition_profile.as_str(), OWN, &chosen, trail)
}

fn align<'a>(
    profile: &'a Profile,
    track: &'a TrackFacts,
    intent: &Intent,
    chart: &'a Chart,
    trail: &mut Trail,
) -> Vec<Parameter<'a>> {
    let chosen = conditions::choose(intent, chart, OWN, conditions::qualifies(track), trail);
    if chosen.is_empty() && intent.conditions.is_empty() {
        trail.refuse(
            "condition-missing",
            format!("Parameters.parameter[{OWN}].resource.code"),
            "the chart knows no confirmed diagnosis that qualifies for the track",
            "send one in DG1-3 as a final diagnosis (DG1-6)",
        );
    }
    let mut own = add_conditions(profile, track.condition_profile.as_str(), OWN, &chosen, trail);
    let at = format!("Parameters.parameter[{}].valueBoolean", OWN + chosen.len());
    let referral = match (intent.provider_referral, &chart.referral) {
        (Some(said), _) => {
            trail.decided(at, &intent.rule);
            Some(said)
        }
        (None, Some(known)) => {
            trail.read(at, &known.from);
            Some(known.value)
        }
        (None, None) => {
            let message = "nobody said whether a provider referred the patient";
            trail.refuse(
                "provider-referral-missing",
                at,
                message,
                "say Y or N in ZAC-5, or send the referral (REF^I12)",
            );
            None
        }
    };
    own.extend(referral.map(|said| Parameter { name: "isProviderReferral", content: Content::Boolean(said) }));
    // The parameter stands for a consent that was given; there is nothing to say where none was needed.
    if intent.switch_consent == Some(true) {
        trail.decided(format!("Parameters.parameter[{}].valueBoolean", OWN + own.len()), &intent.rule);
        own.push(Parameter { name: "switchConsentAttestation", content: Content::Boolean(true) });
    }
    own
}

fn unalign<'a>(
    profile: &'a Profile,
    track: &'a TrackFacts,
    intent: &Intent,
    chart: &'a Chart,
    trail: &mut Trail,
) -> Vec<Parameter<'a>> {
    let at = format!("Parameters.parameter[{OWN}].valueCodeableConcept.coding[0].code");
    let guide = &profile.guide;
    let Some(named) = intent.reason.as_deref().filter(|reason| !reason.is_empty()) else {
        trail.refuse("reason-missing", at, "nobody said why the patient leaves the track", "say it in ZAC-4");
        return Vec::new();
    };
    let Some(reason) = guide.reasons.iter().find(|reason| reason.code == named) else {
        let codes: Vec<&str> = guide.reasons.iter().map(|reason| reason.code.as_str()).collect();
        let hint = format!("say one of {} in ZAC-4", codes.join(", "));
        trail.refuse("reason-unknown", at, "the guide has no such reason", &hint);
        return Vec::new();
    };
    // The alignment that is to follow could not be sent, and the patient would be in no track.
    if is_first_of_move(intent) && intent.provider_referral.is_none() && chart.referral.is_none() {
        let message =
            "nobody said whether a provider referred the patient, so the alignment that follows cannot be sent";
        let hint = "send a ZAC with ALIGN, CKM and ZAC-5 (Y or N), or the referral (REF^I12)";
        trail.refuse("provider-referral-missing", at, message, hint);
        return Vec::new();
    }
    trail.decided(at, &intent.rule);
    let content = Content::Concept(Concept::shown(&guide.systems.reason, &reason.code, &reason.display));
    let mut own = vec![Parameter { name: "reason", content }];
    if reason.needs_condition || !intent.conditions.is_empty() {
        let first = OWN + 1;
        let chosen = conditions::choose(intent, chart, first, conditions::excludes(track), trail);
        if chosen.is_empty() && intent.conditions.is_empty() {
            trail.refuse(
                "reason-needs-condition",
                format!("Parameters.parameter[{first}].resource.code"),
                "this reason needs the diagnosis that excludes, and the chart knows none",
                "send it in DG1-3 as a final diagnosis (DG1-6)",
            );
        }
        own.extend(add_conditions(profile, guide.exclusion_condition_profile.as_str(), first, &chosen, trail));
    }
    own
}

fn add_conditions<'a>(
    profile: &'a Profile,
    condition_profile: impl Into<Cow<'a, str>>,
    first: usize,
    chosen: &[&'a Diagnosis],
    trail: &mut Trail,
) -> Vec<Parameter<'a>> {
    let place = conditions::Place { first, profile: condition_profile.into(), systems: &profile.guide.systems };
    let build = |(number, diagnosis): (usize, &&'a Diagnosis)| {
        let condition = conditions::build(&place, number, diagnosis, trail);
        Parameter { name: "condition", content: Content::Resource(Resource::Condition(Box::new(condition))) }
    };
    chosen.iter().enumerate().map(build).collect()
}
