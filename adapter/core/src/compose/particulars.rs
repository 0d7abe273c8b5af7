//! What goes into the Patient beyond what CMS matches by, element by element, where the profile sends it.
//!
//! What could not be decoded is left out here: none of it is worth stopping a submission for.

use super::payload::{
    Beside, Coding, Communication, Concept, ContactPoint, Deceased, Extension, ExtensionContent, Extras, Period,
    PostalAddress,
};
use super::trail::Trail;
use crate::chart::{Chart, Particulars};
use crate::facts::{Heritage, Sourced};
use access_mappings::heritage::system_of;
use access_mappings::{Participant, PatientElement, Profile};

const RACE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race";
const ETHNICITY: &str = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity";
const BIRTH_SEX: &str = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex";
const BIRTH_TIME: &str = "http://hl7.org/fhir/StructureDefinition/patient-birthTime";
/// System of language tags.
const LANGUAGES: &str = "urn:ietf:bcp:47";

/// Gathers what is sent for a participant.
pub(super) fn gather<'a>(
    profile: &Profile,
    participant: &Participant,
    chart: &'a Chart,
    at: &str,
    trail: &mut Trail,
) -> Extras<'a> {
    let sends = |element| profile.sends(participant, element);
    let known = &chart.particulars;
    let mut extras = Extras::default();
    if sends(PatientElement::Race) {
        add_heritage(&mut extras.extension, RACE, known.race.as_ref(), at, trail);
    }
    if sends(PatientElement::Ethnicity) {
        add_heritage(&mut extras.extension, ETHNICITY, known.ethnicity.as_ref(), at, trail);
    }
    if let Some(sex) = known.birth_sex.as_ref().filter(|_| sends(PatientElement::BirthSex)) {
        trail.read(format!("{at}.extension[{}].valueCode", extras.extension.len()), &sex.from);
        extras.extension.push(Extension { url: BIRTH_SEX, content: ExtensionContent::Code(&sex.value) });
    }
    if sends(PatientElement::BirthTime) {
        add_birth_time(&mut extras, chart, at, trail);
    }
    if sends(PatientElement::NameUse) {
        add_name_use(&mut extras, known, at, trail);
    }
    if sends(PatientElement::Telecom) {
        add_telecoms(&mut extras, known, at, trail);
    }
    if sends(PatientElement::Deceased) {
        add_death(&mut extras, chart, at, trail);
    }
    if sends(PatientElement::Address) {
        add_addresses(&mut extras, known, at, trail);
    }
    if let Some(language) = known.language.as_ref().filter(|_| sends(PatientElement::Language)) {
        trail.read(format!("{at}.communication[0].language.coding[0].code"), &language.from);
        extras.communication.push(Communication { language: Concept::of(LANGUAGES, &language.value) });
    }
    extras
}

/// Categories, details and the words, which US Core demands.
fn add_heritage<'a>(
    extensions: &mut Vec<Extension<'a>>,
    url: &'static str,
    known: Option<&'a Sourced<Heritage>>,
    at: &str,
    trail: &mut Trail,
) {
    let Some(known) = known.filter(|known| is_clean(&known.value.text)) else { return };
    let coded = |url: &'static str, code: &'a String| Extension {
        url,
        content: ExtensionContent::Coding(Coding { system: system_of(code), code, display: None }),
    };
    let Heritage { categories, details, text } = &known.value;
    let mut parts: Vec<Extension<'a>> = categories.iter().map(|code| coded("ombCategory", code)).collect();
    parts.extend(details.iter().map(|code| coded("detailed", code)));
    parts.push(Extension { url: "text", content: ExtensionContent::Text(text) });
    for (index, part) in parts.iter().enumerate() {
        let member = if matches!(part.content, ExtensionContent::Text(_)) { "valueString" } else { "valueCoding" };
        trail.read(format!("{at}.extension[{}].extension[{index}].{member}", extensions.len()), &known.from);
    }
    extensions.push(Extension { url, content: ExtensionContent::Parts(parts) });
}

fn add_name_use<'a>(extras: &mut Extras<'a>, known: &'a Particulars, at: &str, trail: &mut Trail) {
    let Some(used) = &known.name_use else { return };
    extras.name_use = &used.value.usage;
    extras.name_period = Period::of(&used.value.starts, &used.value.ends);
    for (element, there) in [("use", !extras.name_use.is_empty()), ("period", extras.name_period.is_some())] {
        if there {
            trail.read(format!("{at}.name[0].{element}"), &used.from);
        }
    }
}

fn add_telecoms<'a>(extras: &mut Extras<'a>, known: &'a Particulars, at: &str, trail: &mut Trail) {
    let Some(telecoms) = &known.telecoms else { return };
    for telecom in telecoms.value.iter().filter(|telecom| is_clean(&telecom.value)) {
        trail.read(format!("{at}.telecom[{}]", extras.telecom.len()), &telecoms.from);
        extras.telecom.push(ContactPoint { system: &telecom.system, value: &telecom.value, usage: &telecom.usage });
    }
}

/// The time of a birth date that was corrected since is left out.
fn add_birth_time<'a>(extras: &mut Extras<'a>, chart: &'a Chart, at: &str, trail: &mut Trail) {
    let (Some(time), Some(date)) = (&chart.particulars.birth_time, &chart.birth_date) else { return };
    if !time.value.starts_with(date.value.as_str()) {
        return;
    }
    trail.read(format!("{at}._birthDate.extension[0].valueDateTime"), &time.from);
    let extension = [Extension { url: BIRTH_TIME, content: ExtensionContent::DateTime(&time.value) }];
    extras.birth_time = Some(Beside { extension });
}

/// A living person is not mentioned: that ages badly.
fn add_death<'a>(extras: &mut Extras<'a>, chart: &'a Chart, at: &str, trail: &mut Trail) {
    let Some(dead) = chart.deceased.as_ref().filter(|dead| dead.value) else { return };
    match &chart.particulars.died_at {
        Some(died) => {
            trail.read(format!("{at}.deceasedDateTime"), &died.from);
            extras.deceased = Some(Deceased::At(&died.value));
        }
        None => {
            trail.read(format!("{at}.deceasedBoolean"), &dead.from);
            extras.deceased = Some(Deceased::Flag(true));
        }
    }
}

fn add_addresses<'a>(extras: &mut Extras<'a>, known: &'a Particulars, at: &str, trail: &mut Trail) {
    let Some(addresses) = &known.addresses else { return };
    for address in &addresses.value {
        let texts = [&address.city, &address.district, &address.state, &address.postal_code, &address.country];
        if !address.lines.iter().chain(texts).all(|text| is_clean_or_empty(text)) {
            continue;
        }
        trail.read(format!("{at}.address[{}]", extras.address.len()), &addresses.from);
        extras.address.push(PostalAddress {
            usage: &address.usage,
            kind: &address.kind,
            line: address.lines.iter().map(String::as_str).filter(|line| !line.is_empty()).collect(),
            city: &address.city,
            district: &address.district,
            state: &address.state,
            postal_code: &address.postal_code,
            country: &address.country,
            period: Period::of(&address.starts, &address.ends),
        });
    }
}

/// Whether a text says something and all of it could be decoded.
fn is_clean(text: &str) -> bool {
    !text.trim().is_empty() && is_clean_or_empty(text)
}

fn is_clean_or_empty(text: &str) -> bool {
    !text.contains('\u{fffd}')
}
