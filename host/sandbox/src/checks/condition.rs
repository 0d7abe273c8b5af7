//! An inline Condition: one ICD-10-CM code, its category, its subject, its statuses.

use super::{codes, elements, text};
use crate::operation::Operation;
use crate::refusal::Refusal;
use access_mappings::Guide;
use serde_json::Value;

/// The code, where the condition is current; none where it is over, refuted or entered in error.
pub(super) fn read(condition: &Value, operation: Operation, guide: &Guide) -> Result<Option<String>, Refusal> {
    let systems = &guide.systems;
    let code = match codes(condition.get("code"), &systems.icd10cm).as_slice() {
        [Some(code)] => (*code).to_owned(),
        [] | [None] => return Err(Refusal::profile("Condition.code.coding:icd10cm is required")),
        _ => return Err(Refusal::profile("Condition.code.coding:icd10cm must not repeat")),
    };
    check_category(condition, operation, guide)?;
    if condition.get("subject").and_then(|subject| text(subject, "reference")).is_none() {
        return Err(Refusal::profile("Condition.subject is required"));
    }
    let clinical = codes(condition.get("clinicalStatus"), &systems.condition_clinical).into_iter().flatten().next();
    let verification =
        codes(condition.get("verificationStatus"), &systems.condition_verification).into_iter().flatten().next();
    if clinical.is_some() && verification == Some("entered-in-error") {
        return Err(Refusal::profile(
            "con-5: Condition.clinicalStatus shall not be present if verificationStatus is entered-in-error",
        ));
    }
    let over = matches!(clinical, Some("inactive" | "resolved" | "remission"));
    let abated = condition.as_object().is_some_and(|object| object.keys().any(|key| key.starts_with("abatement")));
    if abated && !over {
        return Err(Refusal::profile("con-4: an abated Condition is inactive, resolved or in remission"));
    }
    let denied = matches!(verification, Some("refuted" | "entered-in-error"));
    Ok((!over && !denied).then_some(code))
}

/// The profiles of the tracks fix the category; the one of clinical exclusions only asks for one.
fn check_category(condition: &Value, operation: Operation, guide: &Guide) -> Result<(), Refusal> {
    let categories = elements(condition.get("category"));
    if categories.is_empty() {
        return Err(Refusal::profile("Condition.category is required"));
    }
    let (system, wanted) = (&guide.systems.condition_category, &guide.systems.condition_category_code);
    let found: Vec<&str> = categories
        .iter()
        .flat_map(|category| codes(Some(category), system))
        .flatten()
        .filter(|code| code == wanted)
        .collect();
    if operation != Operation::Unalign && found.len() != 1 {
        return Err(Refusal::profile(&format!("Condition.category must have {wanted} exactly once")));
    }
    Ok(())
}
