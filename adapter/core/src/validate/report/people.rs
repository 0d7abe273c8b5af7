//! Author and organisation of a report, by US Core 6.1.0.

use crate::validate::findings::Findings;
use crate::validate::json::Node;

/// System of National Provider Identifiers.
const NPI: &str = "http://hl7.org/fhir/sid/us-npi";
/// System of laboratory numbers of the CLIA programme.
const CLIA: &str = "urn:oid:2.16.840.1.113883.4.7";
/// System of numbers of insurers.
const NAIC: &str = "urn:oid:2.16.840.1.113883.6.300";

/// Checks the Practitioner at `at`.
pub(super) fn check_practitioner(practitioner: &Node<'_>, at: &str, findings: &mut Findings) {
    let identifiers = practitioner.items_of("identifier");
    if identifiers.is_empty() {
        findings.error(
            "element-missing",
            format!("{at}.identifier"),
            "US Core demands an identifier, for example the NPI",
        );
    }
    for (index, identifier) in identifiers.iter().enumerate() {
        for part in ["system", "value"] {
            if identifier.get(part).is_none() {
                let message = "each identifier has a system and a value";
                findings.error("identifier-incomplete", format!("{at}.identifier[{index}].{part}"), message);
            }
        }
    }
    check_numbers(practitioner, at, findings);
    let names = practitioner.items_of("name");
    if names.is_empty() {
        findings.error("name-missing", format!("{at}.name"), "the author has no name");
    }
    for (index, name) in names.iter().enumerate() {
        if name.get("family").is_none() {
            findings.error("name-missing", format!("{at}.name[{index}].family"), "the author has no family name");
        }
    }
}

/// Checks the Organization at `at`.
pub(super) fn check_organization(organization: &Node<'_>, at: &str, findings: &mut Findings) {
    for part in ["active", "name"] {
        if organization.get(part).is_none() {
            findings.error("element-missing", format!("{at}.{part}"), "US Core demands this element");
        }
    }
    check_numbers(organization, at, findings);
}

/// Numbers that have a form.
fn check_numbers(resource: &Node<'_>, at: &str, findings: &mut Findings) {
    for (index, identifier) in resource.items_of("identifier").iter().enumerate() {
        let Some(value) = identifier.text_of("value") else { continue };
        let fits = match identifier.text_of("system") {
            Some(NPI) => is_npi(value),
            Some(CLIA) => {
                value.len() == 10
                    && value
                        .chars()
                        .enumerate()
                        .all(|(place, c)| if place == 2 { c == 'D' } else { c.is_ascii_digit() })
            }
            Some(NAIC) => value.len() == 5 && value.bytes().all(|byte| byte.is_ascii_digit()),
            _ => true,
        };
        if !fits {
            let message = "the number has not the form, or not the check digit, of its system";
            findings.error("identifier-form", format!("{at}.identifier[{index}].value"), message);
        }
    }
}

/// Ten digits with the check digit of ISO/IEC 7812 over them and the prefix 80840, which adds 24.
fn is_npi(value: &str) -> bool {
    let digits = value.bytes().rev().enumerate().map(|(place, byte)| {
        let digit = u32::from(byte.saturating_sub(b'0'));
        if place % 2 == 0 { digit } else { digit * 2 - digit / 5 * 9 }
    });
    value.len() == 10
        && value.bytes().all(|byte| byte.is_ascii_digit())
        && digits.fold(24, u32::saturating_add) % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::is_npi;

    #[test]
    fn a_provider_number_has_a_check_digit() {
        assert!(is_npi("1234567893") && is_npi("1245319599"));
        for wrong in ["1234567890", "123456789", "12345678933", "123456789a", "", "١٢٣٤٥"] {
            assert!(!is_npi(wrong), "{wrong}");
        }
    }
}
