//! The inline Patient: what identifies the person at CMS, and beyond that only what the profile says is sent.

use super::particulars;
use super::payload::{Concept, HumanName, Identifier, Meta, Patient};
use super::trail::Trail;
use crate::chart::Chart;
use crate::facts::{Name, Sourced};
use access_mappings::{Participant, Profile};

/// Id of the inline Patient. Constant, so that nothing about the person is in it.
pub(crate) const ID: &str = "patient";

/// Where the inline Patient stands in the requests of the alignment API.
pub(crate) const AT: &str = "Parameters.parameter[2].resource";

/// Makes the Patient that stands at `at`, or says what is missing for it.
pub(crate) fn build<'a>(
    profile: &'a Profile,
    participant: Option<&Participant>,
    chart: &'a Chart,
    at: &str,
    trail: &mut Trail,
) -> Option<Patient<'a>> {
    let systems = &profile.guide.systems;
    trail.configured(format!("{at}.meta.profile[0]"), "guide.systems");
    let number = build_number(profile, chart, at, trail);
    let name = build_name(chart.name.as_ref(), at, trail);
    let gender = required(
        chart.gender.as_ref(),
        "gender",
        &["gender-missing", "the chart knows no gender", "fill PID-8"],
        at,
        trail,
    );
    let birth_date = required(
        chart.birth_date.as_ref(),
        "birthDate",
        &["birth-date-missing", "the chart knows no birth date", "fill PID-7"],
        at,
        trail,
    );
    let extras = participant.map(|sender| particulars::gather(profile, sender, chart, at, trail)).unwrap_or_default();
    let name = name.map(|name| HumanName { usage: extras.name_use, period: extras.name_period, ..name });
    Some(Patient {
        resource_type: "Patient",
        id: ID,
        meta: Meta::of(&systems.patient_profile),
        text: None,
        identifier: [Identifier {
            kind: Some(Concept::of(&systems.identifier_type, &systems.mbi_type_code)),
            system: &systems.mbi,
            value: number?,
        }],
        extension: extras.extension,
        name: [name?],
        telecom: extras.telecom,
        gender: gender?,
        birth_date: birth_date?,
        birth_time: extras.birth_time,
        deceased: extras.deceased,
        address: extras.address,
        communication: extras.communication,
    })
}

/// A plain value of the chart that must be there; `words` are code, message and hint.
fn required<'a>(
    value: Option<&'a Sourced<String>>,
    element: &str,
    [code, message, hint]: &[&str; 3],
    at: &str,
    trail: &mut Trail,
) -> Option<&'a str> {
    let at = format!("{at}.{element}");
    let Some(known) = value.filter(|known| !known.value.is_empty()) else {
        trail.refuse(code, at, message, hint);
        return None;
    };
    trail.read(at, &known.from);
    Some(&known.value)
}

/// The MBI.
fn build_number<'a>(profile: &Profile, chart: &'a Chart, at: &str, trail: &mut Trail) -> Option<&'a str> {
    let hint = "fill IN2-6, or PID-3 with type MC";
    let number = required(
        chart.mbi.as_ref(),
        "identifier[0].value",
        &["mbi-missing", "the chart knows no Medicare Beneficiary Identifier", hint],
        at,
        trail,
    )?;
    if profile.mbi.placeholders.iter().any(|known| known == number) && !profile.mbi.allow_placeholders {
        let message = "the Medicare number is a well-known sample number that belongs to nobody";
        trail.refuse("mbi-placeholder", format!("{at}.identifier[0].value"), message, "correct it in IN2-6 or PID-3");
        return None;
    }
    for (part, rule) in [("type", "guide.systems"), ("system", "guide.systems")] {
        trail.configured(format!("{at}.identifier[0].{part}"), rule);
    }
    Some(number)
}

/// The name, exactly as the chart has it: CMS compares it with its own record.
fn build_name<'a>(name: Option<&'a Sourced<Name>>, person: &str, trail: &mut Trail) -> Option<HumanName<'a>> {
    let at = format!("{person}.name[0]");
    let given =
        |name: &'a Name| name.given.iter().map(String::as_str).filter(|part| !part.is_empty()).collect::<Vec<_>>();
    let Some(known) = name.filter(|known| !known.value.family.is_empty() || !given(&known.value).is_empty()) else {
        trail.refuse("name-missing", at, "the chart knows no name", "fill PID-5");
        return None;
    };
    let name = &known.value;
    let parts = HumanName {
        usage: "",
        period: None,
        family: Some(name.family.as_str()).filter(|family| !family.is_empty()),
        given: given(name),
        suffix: Some(name.suffix.as_str()).filter(|suffix| !suffix.is_empty()).into_iter().collect(),
    };
    if parts.family.iter().chain(&parts.given).chain(&parts.suffix).any(|part| part.contains('\u{fffd}')) {
        let message = "a character of the name could not be decoded, so it would not match the record";
        trail.refuse(
            "name-undecodable",
            at,
            message,
            "correct PID-5, or the character set in MSH-18 or `default_charset`",
        );
        return None;
    }
    for (element, there) in
        [("family", parts.family.is_some()), ("given", !parts.given.is_empty()), ("suffix", !parts.suffix.is_empty())]
    {
        if there {
            trail.read(format!("{at}.{element}"), &known.from);
        }
    }
    Some(parts)
}
