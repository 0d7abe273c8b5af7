//! Whether what a section refers to says anything: a value, a result, an answer.

use super::document::Document;
use super::{codes, elements, text};
use crate::measures::{LOINC, Measure};
use serde_json::Value;

/// LOINC codes of both halves of a blood pressure.
const BLOOD_PRESSURE: [&str; 2] = ["8480-6", "8462-4"];
/// Items of the PHQ-9 that are counted; the tenth, about difficulty, is not.
const PHQ_9_ITEMS: usize = 9;

/// Whether a resource says what its section is for.
pub(super) fn has_content(document: &Document<'_>, measure: &Measure, resource: &Value) -> bool {
    match text(resource, "resourceType") {
        Some("Observation") if measure.name == "blood-pressure" => {
            let half = |wanted: &str| {
                elements(resource.get("component")).iter().any(|component| {
                    codes(component.get("code"), LOINC).contains(&Some(wanted)) && has_value(component)
                })
            };
            BLOOD_PRESSURE.into_iter().all(half)
        }
        Some("Observation") => has_value(resource),
        Some("DiagnosticReport") => elements(resource.get("result"))
            .iter()
            .filter_map(|result| document.resolve(text(result, "reference")?))
            .any(has_value),
        Some("QuestionnaireResponse") => elements(resource.get("item")).iter().any(is_answered),
        _ => false,
    }
}

/// Any `value[x]`. A reason for its absence is none.
fn has_value(resource: &Value) -> bool {
    resource.as_object().is_some_and(|object| object.keys().any(|key| key.starts_with("value")))
}

fn is_answered(item: &Value) -> bool {
    elements(item.get("answer")).iter().any(has_value)
}

/// How many of the nine items of a PHQ-9 have no answer. Items are known by the `linkId`s of the guide's example, `phq9-1`
/// to `phq9-9`.
pub(super) fn unanswered(response: &Value) -> usize {
    let answered = (1..=PHQ_9_ITEMS).filter(|number| {
        let link = format!("phq9-{number}");
        elements(response.get("item"))
            .iter()
            .any(|item| text(item, "linkId") == Some(link.as_str()) && is_answered(item))
    });
    PHQ_9_ITEMS - answered.count()
}
