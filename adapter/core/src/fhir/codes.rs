//! Codings: which one of several is meant, and what its system is.

use super::json::Node;

/// LOINC.
pub(super) const LOINC: &str = "http://loinc.org";

/// The system as names of coding systems are listed: without `urn:oid:`.
pub(super) fn system<'n>(coding: &'n Node<'_>) -> &'n str {
    let system = coding.text("system").unwrap_or_default();
    system.strip_prefix("urn:oid:").unwrap_or(system)
}

/// The first code among the codings of a CodeableConcept, whatever its system.
pub(super) fn first_code<'n>(concept: Option<&'n Node<'_>>) -> Option<&'n str> {
    concept?.items("coding").iter().find_map(|coding| coding.text("code"))
}

/// Whether a coding is `system|code`, or just `code`, as profiles write it.
pub(super) fn is(coding: &Node<'_>, wanted: &str) -> bool {
    let Some(code) = coding.text("code") else { return false };
    match wanted.split_once('|') {
        Some((system, wanted)) => code == wanted && coding.text("system") == Some(system),
        None => code == wanted,
    }
}

/// Whether one of the codings is in the list.
pub(super) fn is_any(concept: &Node<'_>, wanted: &[String]) -> bool {
    concept.items("coding").iter().any(|coding| wanted.iter().any(|wanted| is(coding, wanted)))
}
