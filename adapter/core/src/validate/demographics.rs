//! What US Core 6.1.0 demands of race, ethnicity, birth sex, language and the like, where a Patient has them.

use super::findings::Findings;
use super::json::Node;
use access_mappings::heritage::{HeritageCode, system_of};

const RACE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race";
const ETHNICITY: &str = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity";
const BIRTH_SEX: &str = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex";

/// Codes of the sex at birth.
const SEXES: [&str; 5] = ["F", "M", "UNK", "ASKU", "OTH"];

/// Most categories of race.
const MAX_RACES: usize = 5;

/// Checks the Patient at `at`.
pub(super) fn check(patient: &Node, at: &str, findings: &mut Findings) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, extension) in patient.items_of("extension").iter().enumerate() {
        let at = format!("{at}.extension[{index}]");
        let url = extension.text_of("url").unwrap_or_default();
        match url {
            RACE => check_heritage(extension, &at, true, findings),
            ETHNICITY => check_heritage(extension, &at, false, findings),
            BIRTH_SEX => {
                if !extension.text_of("valueCode").is_some_and(|code| SEXES.contains(&code)) {
                    findings.error("birth-sex-code", format!("{at}.valueCode"), "this is no code of the sex at birth");
                }
            }
            _ => continue,
        }
        if seen.contains(&url) {
            findings.error("extension-repeated", at, "US Core allows this extension once");
        }
        seen.push(url);
    }
    for (index, spoken) in patient.items_of("communication").iter().enumerate() {
        check_language(spoken, &format!("{at}.communication[{index}].language"), findings);
    }
    let dead = patient.members().iter().filter(|(name, _)| name.starts_with("deceased")).count();
    if dead > 1 {
        findings.error("choice-repeated", format!("{at}.deceased"), "only one type of this value is allowed");
    }
}

/// Categories and details of the CDC system, and one text.
fn check_heritage(extension: &Node, at: &str, is_race: bool, findings: &mut Findings) {
    let (mut categories, mut texts) = (0, 0);
    for (index, part) in extension.items_of("extension").iter().enumerate() {
        let at = format!("{at}.extension[{index}]");
        let url = part.text_of("url").unwrap_or_default();
        if url == "text" {
            texts += 1;
            if part.text_of("valueString").is_none() {
                findings.error("element-missing", format!("{at}.valueString"), "the words are a string");
            }
            continue;
        }
        if !matches!(url, "ombCategory" | "detailed") {
            findings.error("extension-unknown", format!("{at}.url"), "US Core has no such part of race and ethnicity");
            continue;
        }
        let coding = part.get("valueCoding");
        let code = coding.and_then(|coding| coding.text_of("code")).unwrap_or_default();
        let meant = HeritageCode::of(code);
        let fits = match (url, is_race) {
            ("ombCategory", true) => matches!(meant, Some(HeritageCode::RaceCategory | HeritageCode::Unknown)),
            ("ombCategory", false) => matches!(meant, Some(HeritageCode::EthnicityCategory | HeritageCode::Unknown)),
            (_, true) => matches!(meant, Some(HeritageCode::Race(_))),
            (_, false) => matches!(meant, Some(HeritageCode::Ethnicity(_))),
        };
        categories += usize::from(url == "ombCategory");
        if !fits {
            let message = "the code is not one that US Core allows here";
            findings.error("heritage-code", format!("{at}.valueCoding.code"), message);
        } else if coding.and_then(|coding| coding.text_of("system")) != Some(system_of(code)) {
            let message = "the code does not belong to this system";
            findings.error("heritage-system", format!("{at}.valueCoding.system"), message);
        }
    }
    if texts != 1 {
        findings.error("element-missing", format!("{at}.extension"), "race and ethnicity carry their words once");
    }
    if categories > if is_race { MAX_RACES } else { 1 } {
        findings.error(
            "extension-repeated",
            format!("{at}.extension"),
            "there are more categories than US Core allows",
        );
    }
}

/// A language is a tag of BCP 47.
fn check_language(spoken: &Node, at: &str, findings: &mut Findings) {
    let Some(language) = spoken.get("language") else { return };
    for (index, coding) in language.items_of("coding").iter().enumerate() {
        let tag = coding.text_of("code").unwrap_or_default();
        let known = coding.text_of("system") == Some("urn:ietf:bcp:47");
        let first = tag.split('-').next().unwrap_or_default();
        let fits = matches!(first.len(), 2 | 3) && first.bytes().all(|letter| letter.is_ascii_lowercase());
        if known && !fits {
            findings.error("language-code", format!("{at}.coding[{index}].code"), "this is no language tag");
        }
    }
}
