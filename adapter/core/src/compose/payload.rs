//! The FHIR resources that are sent, as types: their members come out in the order of the guide's examples.

use serde::Serialize;
use std::borrow::Cow;

/// A list of codings under `coding`.
#[derive(Debug, Serialize)]
pub(super) struct Concept<'a> {
    pub(super) coding: Vec<Coding<'a>>,
}

impl<'a> Concept<'a> {
    /// A concept of one coding without a display.
    pub(super) fn of(system: &'a str, code: &'a str) -> Self {
        Self { coding: vec![Coding { system, code, display: None }] }
    }

    /// A concept of one coding with the display of its code system.
    pub(super) fn shown(system: &'a str, code: &'a str, display: &'a str) -> Self {
        Self { coding: vec![Coding { system, code, display: Some(display) }] }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Coding<'a> {
    pub(super) system: &'a str,
    pub(super) code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) display: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub(super) struct Meta<'a> {
    pub(super) profile: [Cow<'a, str>; 1],
}

impl<'a> Meta<'a> {
    /// Declares one profile.
    pub(super) fn of(profile: impl Into<Cow<'a, str>>) -> Self {
        Self { profile: [profile.into()] }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Identifier<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<Concept<'a>>,
    pub(super) system: &'a str,
    pub(super) value: &'a str,
}

#[derive(Debug, Serialize)]
pub(super) struct Extension<'a> {
    pub(super) url: &'static str,
    #[serde(flatten)]
    pub(super) content: ExtensionContent<'a>,
}

/// What an extension carries; serialised as the one member that FHIR gives it.
#[derive(Debug, Serialize)]
pub(super) enum ExtensionContent<'a> {
    #[serde(rename = "extension")]
    Parts(Vec<Extension<'a>>),
    #[serde(rename = "valueCoding")]
    Coding(Coding<'a>),
    #[serde(rename = "valueCode")]
    Code(&'a str),
    #[serde(rename = "valueString")]
    Text(&'a str),
    #[serde(rename = "valueDateTime")]
    DateTime(&'a str),
}

/// What stands beside a primitive value.
#[derive(Debug, Serialize)]
pub(super) struct Beside<'a> {
    pub(super) extension: [Extension<'a>; 1],
}

#[derive(Debug, Serialize)]
pub(super) struct Period<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) start: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) end: &'a str,
}

impl<'a> Period<'a> {
    /// A period, if one of its ends is known.
    pub(super) fn of(start: &'a str, end: &'a str) -> Option<Self> {
        (!start.is_empty() || !end.is_empty()).then_some(Self { start, end })
    }
}

#[derive(Debug, Serialize)]
pub(super) struct ContactPoint<'a> {
    pub(super) system: &'a str,
    pub(super) value: &'a str,
    #[serde(rename = "use", skip_serializing_if = "str::is_empty")]
    pub(super) usage: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostalAddress<'a> {
    #[serde(rename = "use", skip_serializing_if = "str::is_empty")]
    pub(super) usage: &'a str,
    #[serde(rename = "type", skip_serializing_if = "str::is_empty")]
    pub(super) kind: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) line: Vec<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) city: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) district: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) state: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) postal_code: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) country: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) period: Option<Period<'a>>,
}

#[derive(Debug, Serialize)]
pub(super) struct Communication<'a> {
    pub(super) language: Concept<'a>,
}

/// Whether and when the person died; only ever one of the two.
#[derive(Debug, Serialize)]
pub(super) enum Deceased<'a> {
    #[serde(rename = "deceasedBoolean")]
    Flag(bool),
    #[serde(rename = "deceasedDateTime")]
    At(&'a str),
}

/// What a site may send of a person beyond what CMS matches by.
#[derive(Debug, Default)]
pub(super) struct Extras<'a> {
    pub(super) extension: Vec<Extension<'a>>,
    pub(super) name_use: &'a str,
    pub(super) name_period: Option<Period<'a>>,
    pub(super) telecom: Vec<ContactPoint<'a>>,
    pub(super) birth_time: Option<Beside<'a>>,
    pub(super) deceased: Option<Deceased<'a>>,
    pub(super) address: Vec<PostalAddress<'a>>,
    pub(super) communication: Vec<Communication<'a>>,
}

#[derive(Debug, Serialize)]
pub(super) struct HumanName<'a> {
    #[serde(rename = "use", skip_serializing_if = "str::is_empty")]
    pub(super) usage: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) family: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) given: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) suffix: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) period: Option<Period<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Patient<'a> {
    pub(super) resource_type: &'static str,
    pub(super) id: &'static str,
    pub(super) meta: Meta<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) extension: Vec<Extension<'a>>,
    pub(super) identifier: [Identifier<'a>; 1],
    pub(super) name: [HumanName<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) telecom: Vec<ContactPoint<'a>>,
    pub(super) gender: &'a str,
    pub(super) birth_date: &'a str,
    #[serde(rename = "_birthDate", skip_serializing_if = "Option::is_none")]
    pub(super) birth_time: Option<Beside<'a>>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(super) deceased: Option<Deceased<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) address: Vec<PostalAddress<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) communication: Vec<Communication<'a>>,
}

#[derive(Debug, Serialize)]
pub(super) struct Reference {
    pub(super) reference: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Condition<'a> {
    pub(super) resource_type: &'static str,
    pub(super) id: String,
    pub(super) meta: Meta<'a>,
    pub(super) clinical_status: Concept<'a>,
    pub(super) verification_status: Concept<'a>,
    pub(super) category: [Concept<'a>; 1],
    pub(super) code: Concept<'a>,
    pub(super) subject: Reference,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) recorded_date: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Resource<'a> {
    Patient(Box<Patient<'a>>),
    Condition(Box<Condition<'a>>),
}

/// What a parameter carries; serialised as the one member that FHIR gives it.
#[derive(Debug, Serialize)]
pub(super) enum Content<'a> {
    #[serde(rename = "valueIdentifier")]
    Identifier(Identifier<'a>),
    #[serde(rename = "valueCodeableConcept")]
    Concept(Concept<'a>),
    #[serde(rename = "valueBoolean")]
    Boolean(bool),
    #[serde(rename = "resource")]
    Resource(Resource<'a>),
}

#[derive(Debug, Serialize)]
pub(super) struct Parameter<'a> {
    pub(super) name: &'static str,
    #[serde(flatten)]
    pub(super) content: Content<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parameters<'a> {
    pub(super) resource_type: &'static str,
    pub(super) meta: Meta<'a>,
    pub(super) parameter: Vec<Parameter<'a>>,
}
