//! The FHIR resources of a report, as types: their members come out in the order of the guide's examples.

use super::decimal::Decimal;
use crate::compose::payload::{Concept, HumanName, Identifier, Meta, Narrative, Patient, Reference};
use serde::Serialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The document that travels in `dataBundle`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Bundle<'a> {
    pub(super) resource_type: &'static str,
    pub(super) meta: Meta<'a>,
    pub(super) identifier: BundleIdentifier,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) timestamp: String,
    pub(super) entry: Vec<Entry<'a>>,
}

#[derive(Debug, Serialize)]
pub(super) struct BundleIdentifier {
    pub(super) system: String,
    pub(super) value: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry<'a> {
    pub(super) full_url: String,
    pub(super) resource: Document<'a>,
}

/// A resource of the document.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Document<'a> {
    Composition(Box<Composition<'a>>),
    Patient(Box<Patient<'a>>),
    Practitioner(Box<Practitioner<'a>>),
    Organization(Box<Organization<'a>>),
    Observation(Box<Observation<'a>>),
    QuestionnaireResponse(Box<QuestionnaireResponse<'a>>),
    Questionnaire(Box<RawValue>),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Composition<'a> {
    pub(super) resource_type: &'static str,
    pub(super) id: &'static str,
    pub(super) meta: Meta<'a>,
    pub(super) text: Narrative,
    pub(super) status: &'static str,
    #[serde(rename = "type")]
    pub(super) kind: Concept<'a>,
    pub(super) subject: Reference,
    /// Empty until the content is known, so that it does not count in the identifier.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) date: String,
    pub(super) author: [Reference; 1],
    pub(super) title: String,
    pub(super) custodian: Reference,
    pub(super) section: Vec<Section<'a>>,
}

#[derive(Debug, Serialize)]
pub(super) struct Section<'a> {
    pub(super) title: String,
    pub(super) code: Concept<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<Narrative>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) entry: Vec<Reference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) section: Vec<Section<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Practitioner<'a> {
    pub(super) resource_type: &'static str,
    pub(super) id: &'static str,
    pub(super) meta: Meta<'a>,
    pub(super) text: Narrative,
    pub(super) identifier: [Identifier<'a>; 1],
    pub(super) name: [HumanName<'a>; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Organization<'a> {
    pub(super) resource_type: &'static str,
    pub(super) id: &'static str,
    pub(super) meta: Meta<'a>,
    pub(super) text: Narrative,
    pub(super) identifier: [Identifier<'a>; 1],
    pub(super) active: bool,
    pub(super) name: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Observation<'a> {
    pub(super) resource_type: &'static str,
    pub(super) id: String,
    pub(super) meta: Meta<'a>,
    pub(super) text: Narrative,
    pub(super) status: &'a str,
    pub(super) category: [Concept<'a>; 1],
    pub(super) code: Concept<'a>,
    pub(super) subject: Reference,
    pub(super) effective_date_time: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) performer: Vec<Named<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value_quantity: Option<Quantity<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) note: Vec<Words<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) method: Option<Words<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) component: Vec<Component<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Component<'a> {
    pub(super) code: Concept<'a>,
    pub(super) value_quantity: Quantity<'a>,
}

#[derive(Debug, Serialize)]
pub(super) struct Quantity<'a> {
    pub(super) value: Decimal,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) comparator: &'a str,
    pub(super) unit: &'a str,
    pub(super) system: &'static str,
    pub(super) code: &'a str,
}

/// Somebody who is not in the Bundle, by an identifier.
#[derive(Debug, Serialize)]
pub(super) struct Named<'a> {
    pub(super) identifier: Identifier<'a>,
}

/// An element of which only `text` is used: a note, a concept without a code.
#[derive(Debug, Serialize)]
pub(super) struct Words<'a> {
    pub(super) text: Cow<'a, str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct QuestionnaireResponse<'a> {
    pub(super) resource_type: &'static str,
    pub(super) id: String,
    pub(super) meta: Meta<'a>,
    pub(super) text: Narrative,
    pub(super) questionnaire: Cow<'a, str>,
    pub(super) status: &'a str,
    pub(super) subject: Reference,
    pub(super) authored: &'a str,
    pub(super) author: Reference,
    pub(super) item: Vec<Item<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item<'a> {
    pub(super) link_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) text: &'a str,
    pub(super) answer: [Answer<'a>; 1],
}

/// An answer; serialised as the one member that FHIR gives it.
#[derive(Debug, Serialize)]
pub(super) enum Answer<'a> {
    #[serde(rename = "valueCoding")]
    Coding(Choice<'a>),
    #[serde(rename = "valueInteger")]
    Integer(Decimal),
    #[serde(rename = "valueDecimal")]
    Decimal(Decimal),
}

/// A choice with its ordinal; without a code it has no system either.
#[derive(Debug, Serialize)]
pub(super) struct Choice<'a> {
    pub(super) extension: [Ordinal; 1],
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) system: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) code: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) display: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ordinal {
    pub(super) url: &'static str,
    pub(super) value_decimal: Decimal,
}
