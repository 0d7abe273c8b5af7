//! Who a report is about, who answers for it and who keeps it.

use super::document::{Organization, Practitioner};
use super::narrative::say;
use super::{BUNDLE, ORGANIZATION, PATIENT, PRACTITIONER};
use crate::chart::Chart;
use crate::compose::patient;
use crate::compose::payload::{HumanName, Identifier, Meta, Patient};
use crate::compose::trail::Trail;
use access_mappings::{Participant, Profile};

/// System of National Provider Identifiers.
pub(super) const NPI: &str = "http://hl7.org/fhir/sid/us-npi";

/// The Patient, with words that do not name the person.
pub(super) fn patient<'a>(
    profile: &'a Profile,
    sender: Option<&Participant>,
    chart: &'a Chart,
    trail: &mut Trail,
) -> Option<Patient<'a>> {
    let at = format!("{BUNDLE}.entry[{PATIENT}].resource");
    let person = patient::build(profile, sender, chart, &at, trail)?;
    Some(Patient { text: Some(say("The person this report is about.")), ..person })
}

/// The author, from the profile.
pub(super) fn practitioner<'a>(
    profile: &'a Profile,
    sender: &'a Participant,
    trail: &mut Trail,
) -> Option<Practitioner<'a>> {
    let at = format!("{BUNDLE}.entry[{PRACTITIONER}].resource");
    let Some(author) = sender.author.as_ref().filter(|author| !author.npi.is_empty() && !author.family.is_empty())
    else {
        let hint = "set `author = { npi = …, family = …, given = … }` of the participant in the profile";
        trail.refuse("report-author-missing", at, "nobody is named who answers for the participant's reports", hint);
        return None;
    };
    trail.configured(format!("{at}.identifier[0].value"), "participants.author");
    trail.configured(format!("{at}.name[0]"), "participants.author");
    Some(Practitioner {
        resource_type: "Practitioner",
        id: "practitioner",
        meta: Meta::of(&profile.guide.reporting.practitioner_profile),
        text: say("The practitioner who answers for this report."),
        identifier: [Identifier { kind: None, system: NPI, value: &author.npi }],
        name: [HumanName {
            usage: "",
            family: Some(&author.family),
            given: Some(author.given.as_str()).filter(|given| !given.is_empty()).into_iter().collect(),
            suffix: Vec::new(),
            period: None,
        }],
    })
}

/// The participant as the organisation that keeps the report.
pub(super) fn organization<'a>(
    profile: &'a Profile,
    sender: &'a Participant,
    trail: &mut Trail,
) -> Option<Organization<'a>> {
    let at = format!("{BUNDLE}.entry[{ORGANIZATION}].resource");
    if sender.name.trim().is_empty() {
        let hint = "set `name` of the participant in the profile";
        trail.refuse("report-organization-missing", at, "the participant has no name to report under", hint);
        return None;
    }
    trail.configured(format!("{at}.identifier[0].value"), "participants.id");
    trail.configured(format!("{at}.name"), "participants.name");
    Some(Organization {
        resource_type: "Organization",
        id: "organization",
        meta: Meta::of(&profile.guide.reporting.organization_profile),
        text: say("The ACCESS participant that sends this report."),
        identifier: [Identifier { kind: None, system: &profile.guide.systems.participant, value: &sender.id }],
        active: true,
        name: &sender.name,
    })
}
