//! The FHIR resources that are sent, as types: their members come out in the order of the guide's examples.

use crate::report::document::Bundle;
use serde::Serialize;
use std::borrow::Cow;

/// A list of codings under `coding`.
#[derive(Debug, Serialize)]
pub(crate) struct Concept<'a> {
    pub(crate) coding: Vec<Coding<'a>>,
}

impl<'a> Concept<'a> {
    /// A concept of one coding without a display.
    pub(crate) fn of(system: &'a str, code: &'a str) -> Self {
        Self { coding: vec![Coding { system, code, display: None }] }
    }

    /// A concept of one coding with the display of its code system.
    pub(crate) fn shown(system: &'a str, code: &'a str, display: &'a str) -> Self {
        Self { coding: vec![Coding { system, code, display: Some(display) }] }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Coding<'a> {
    pub(crate) system: &'a str,
    pub(crate) code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) display: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Meta<'a> {
    pub(crate) profile: [Cow<'a, str>; 1],
}

impl<'a> Meta<'a> {
    /// Declares one profile.
    pub(crate) fn of(profile: impl Into<Cow<'a, str>>) -> Self {
        Self { profile: [profile.into()] }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Identifier<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<Concept<'a>>,
    pub(crate) system: &'a str,
    pub(crate) value: &'a str,
}

/// Words for people.
#[derive(Debug, Serialize)]
pub(crate) struct Narrative {
    pub(crate) status: &'static str,
    pub(crate) div: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Extension<'a> {
    pub(crate) url: &'static str,
    #[serde(flatten)]
    pub(crate) content: ExtensionContent<'a>,
}

/// What an extension carries; serialised as the one member that FHIR gives it.
#[derive(Debug, Serialize)]
pub(crate) enum ExtensionContent<'a> {
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
pub(crate) struct Beside<'a> {
    pub(crate) extension: [Extension<'a>; 1],
}

#[derive(Debug, Serialize)]
pub(crate) struct Period<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) start: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) end: &'a str,
}

impl<'a> Period<'a> {
    /// A period, if one of its ends is known.
    pub(crate) fn of(start: &'a str, end: &'a str) -> Option<Self> {
        (!start.is_empty() || !end.is_empty()).then_some(Self { start, end })
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct ContactPoint<'a> {
    pub(crate) system: &'a str,
    pub(crate) value: &'a str,
    #[serde(rename = "use", skip_serializing_if = "str::is_empty")]
    pub(crate) usage: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PostalAddress<'a> {
    #[serde(rename = "use", skip_serializing_if = "str::is_empty")]
    pub(crate) usage: &'a str,
    #[serde(rename = "type", skip_serializing_if = "str::is_empty")]
    pub(crate) kind: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) line: Vec<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) city: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) district: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) state: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) postal_code: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) country: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) period: Option<Period<'a>>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Communication<'a> {
    pub(crate) language: Concept<'a>,
}

/// Whether and when the person died; only ever one of the two.
#[derive(Debug, Serialize)]
pub(crate) enum Deceased<'a> {
    #[serde(rename = "deceasedBoolean")]
    Flag(bool),
    #[serde(rename = "deceasedDateTime")]
    At(&'a str),
}

/// What a site may send of a person beyond what CMS matches by.
#[derive(Debug, Default)]
pub(crate) struct Extras<'a> {
    pub(crate) extension: Vec<Extension<'a>>,
    pub(crate) name_use: &'a str,
    pub(crate) name_period: Option<Period<'a>>,
    pub(crate) telecom: Vec<ContactPoint<'a>>,
    pub(crate) birth_time: Option<Beside<'a>>,
    pub(crate) deceased: Option<Deceased<'a>>,
    pub(crate) address: Vec<PostalAddress<'a>>,
    pub(crate) communication: Vec<Communication<'a>>,
}

#[derive(Debug, Serialize)]
pub(crate) struct HumanName<'a> {
    #[serde(rename = "use", skip_serializing_if = "str::is_empty")]
    pub(crate) usage: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) family: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) given: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) suffix: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) period: Option<Period<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Patient<'a> {
    pub(crate) resource_type: &'static str,
    pub(crate) id: &'static str,
    pub(crate) meta: Meta<'a>,
    /// In reports only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<Narrative>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) extension: Vec<Extension<'a>>,
    pub(crate) identifier: [Identifier<'a>; 1],
    pub(crate) name: [HumanName<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) telecom: Vec<ContactPoint<'a>>,
    pub(crate) gender: &'a str,
    pub(crate) birth_date: &'a str,
    #[serde(rename = "_birthDate", skip_serializing_if = "Option::is_none")]
    pub(crate) birth_time: Option<Beside<'a>>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) deceased: Option<Deceased<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) address: Vec<PostalAddress<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) communication: Vec<Communication<'a>>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Reference {
    pub(crate) reference: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Condition<'a> {
    pub(crate) resource_type: &'static str,
    pub(crate) id: String,
    pub(crate) meta: Meta<'a>,
    pub(crate) clinical_status: Concept<'a>,
    pub(crate) verification_status: Concept<'a>,
    pub(crate) category: [Concept<'a>; 1],
    pub(crate) code: Concept<'a>,
    pub(crate) subject: Reference,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recorded_date: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Resource<'a> {
    Patient(Box<Patient<'a>>),
    Condition(Box<Condition<'a>>),
    Bundle(Box<Bundle<'a>>),
}

/// What a parameter carries; serialised as the one member that FHIR gives it.
#[derive(Debug, Serialize)]
pub(crate) enum Content<'a> {
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
pub(crate) struct Parameter<'a> {
    pub(crate) name: &'static str,
    #[serde(flatten)]
    pub(crate) content: Content<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Parameters<'a> {
    pub(crate) resource_type: &'static str,
    pub(crate) meta: Meta<'a>,
    pub(crate) parameter: Vec<Parameter<'a>>,
}
