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
    system: &'a str,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<&'a str>,
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
pub(super) struct HumanName<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) family: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) given: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) suffix: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Patient<'a> {
    pub(super) resource_type: &'static str,
    pub(super) id: &'static str,
    pub(super) meta: Meta<'a>,
    pub(super) identifier: [Identifier<'a>; 1],
    pub(super) name: [HumanName<'a>; 1],
    pub(super) gender: &'a str,
    pub(super) birth_date: &'a str,
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
