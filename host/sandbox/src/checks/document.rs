//! The Bundle of a report: a document whose first entry is its Composition, and whose references lead to its entries.

use super::{elements, text};
use crate::outcome::OutcomeIssue;
use crate::refusal::Refusal;
use serde_json::Value;
use std::collections::BTreeMap;

/// Most references that are told of as leading nowhere.
const MAX_DANGLING: usize = 20;

/// A Bundle of type document, by the full URLs of its entries.
pub(super) struct Document<'a> {
    bundle: &'a Value,
    pub(super) composition: &'a Value,
    by_url: BTreeMap<&'a str, &'a Value>,
    /// What a relative reference of the Composition continues.
    base: Option<&'a str>,
}

impl<'a> Document<'a> {
    pub(super) fn read(bundle: &'a Value) -> Result<Self, Refusal> {
        if text(bundle, "type") != Some("document") {
            return Err(Refusal::profile("Bundle.type must be document"));
        }
        if text(bundle, "timestamp").is_none() {
            return Err(Refusal::profile("bdl-10: Bundle.timestamp is required in a document"));
        }
        let entries = elements(bundle.get("entry"));
        let mut by_url = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            let Some(resource) = entry.get("resource").filter(|resource| text(resource, "resourceType").is_some())
            else {
                return Err(Refusal::profile(&format!("Bundle.entry[{index}].resource is required")));
            };
            let Some(url) = text(entry, "fullUrl") else { continue };
            if by_url.insert(url, resource).is_some() {
                return Err(Refusal::profile(&format!("bdl-7: Bundle.entry[{index}].fullUrl stands there twice")));
            }
        }
        let first = entries.first();
        let composition = first.and_then(|entry| entry.get("resource"));
        let Some(composition) = composition.filter(|first| text(first, "resourceType") == Some("Composition")) else {
            return Err(Refusal::profile("bdl-11: the first entry of a document must be its Composition"));
        };
        let base = first.and_then(|entry| text(entry, "fullUrl")).and_then(base);
        let document = Self { bundle, composition, by_url, base };
        for kind in ["Composition", "Patient"] {
            if document.of_kind(kind).count() != 1 {
                return Err(Refusal::profile(&format!("Bundle must have exactly one {kind} entry")));
            }
        }
        Ok(document)
    }

    fn of_kind(&self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        elements(self.bundle.get("entry"))
            .iter()
            .filter_map(|entry| entry.get("resource"))
            .filter(move |resource| text(resource, "resourceType") == Some(kind))
    }

    /// The Patient entry.
    pub(super) fn patient(&self) -> Option<&'a Value> {
        self.of_kind("Patient").next()
    }

    /// System and value of the Bundle's identifier.
    pub(super) fn identifier(&self) -> Option<(&'a str, &'a str)> {
        let identifier = self.bundle.get("identifier")?;
        Some((text(identifier, "system")?, text(identifier, "value")?))
    }

    /// The entry a Reference leads to: by its full URL, or relative to that of the Composition.
    pub(super) fn resolve(&self, reference: &str) -> Option<&'a Value> {
        if reference.contains(':') {
            return self.by_url.get(reference).copied();
        }
        let found = self.by_url.get(format!("{}{reference}", self.base?).as_str()).copied()?;
        let kind = reference.split('/').next();
        (text(found, "resourceType") == kind).then_some(found)
    }

    /// What is wrong with the document as a document: no identifier, references that lead nowhere.
    pub(super) fn defects(&self) -> Vec<OutcomeIssue> {
        let mut issues = Vec::new();
        if self.identifier().is_none() {
            let rule = "FHIR validation failed: bdl-9: Bundle.identifier.system and Bundle.identifier.value are required \
                        in a document";
            issues.push(OutcomeIssue::error("invalid", rule).at("Bundle.identifier"));
        }
        let mut dangling = Vec::new();
        self.look(self.composition, "Composition", &mut dangling);
        issues.extend(dangling.into_iter().map(|path| {
            OutcomeIssue::error(
                "invalid",
                "FHIR validation failed: a reference of the Composition leads to no entry of the Bundle",
            )
            .at(path)
        }));
        issues
    }

    /// Collects the paths of References that lead nowhere. The depth is bounded by the reader of JSON.
    fn look(&self, value: &Value, path: &str, dangling: &mut Vec<String>) {
        if dangling.len() >= MAX_DANGLING {
            return;
        }
        match value {
            Value::Object(object) => {
                let reference = object.get("reference").and_then(Value::as_str);
                if reference.is_some_and(|reference| self.resolve(reference).is_none()) {
                    dangling.push(path.to_owned());
                }
                for (key, inner) in object {
                    // A name that is none of FHIR's could be any text.
                    let plain = key.len() <= 64 && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
                    self.look(inner, &format!("{path}.{}", if plain { key } else { "?" }), dangling);
                }
            }
            Value::Array(array) => {
                for (index, inner) in array.iter().enumerate() {
                    self.look(inner, &format!("{path}[{index}]"), dangling);
                }
            }
            _ => {}
        }
    }
}

/// A full URL without its resource type and id, where it has the form of one.
fn base(url: &str) -> Option<&str> {
    let (rest, _) = url.rsplit_once('/')?;
    let (rest, _) = rest.rsplit_once('/')?;
    let base = url.get(..=rest.len())?;
    rest.contains("://").then_some(base)
}
