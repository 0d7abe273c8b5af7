//! Documents for the tests.

use crate::facts::Facts;
use crate::read::read;
use access_contract::{Issue, Reading, Refusal};
use access_mappings::Profile;
use std::sync::LazyLock;

/// A whole CCD.
pub(super) const FULL: &str = include_str!("../../../../../tests/fixtures/ccda/ccd-medicare.xml");

pub(super) static SITE: LazyLock<Profile> = LazyLock::new(|| {
    let mut profile = access_mappings::example().unwrap();
    profile.mbi.allow_placeholders = false;
    profile
});

pub(super) fn reading(bytes: &[u8]) -> Reading {
    match read(&SITE, bytes) {
        Ok(reading) => reading,
        Err(refusal) => panic!("refused: {:?}", refusal.issues),
    }
}

pub(super) fn refused(bytes: &[u8]) -> Refusal {
    read(&SITE, bytes).unwrap_err()
}

pub(super) fn facts_of(reading: &Reading) -> Facts {
    assert_eq!(reading.subjects.len(), 1);
    serde_json::from_str(&reading.subjects[0].facts).unwrap()
}

pub(super) fn facts(text: &str) -> Facts {
    facts_of(&reading(text.as_bytes()))
}

/// Code and place of every issue.
pub(super) fn places(issues: &[Issue]) -> Vec<(&str, &str)> {
    issues.iter().map(|issue| (issue.code.as_str(), issue.location.as_str())).collect()
}

/// A document with a person and the given parts of the header and body.
pub(super) fn document(patient: &str, sections: &[&str]) -> String {
    let sections: String =
        sections.iter().map(|one| format!("<component><section>{one}</section></component>")).collect();
    format!(
        "<ClinicalDocument xmlns=\"urn:hl7-org:v3\" xmlns:sdtc=\"urn:hl7-org:sdtc\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <templateId root=\"2.16.840.1.113883.10.20.22.1.1\" extension=\"2015-08-01\"/>\
         <templateId root=\"2.16.840.1.113883.10.20.22.1.2\" extension=\"2015-08-01\"/>\
         <id root=\"2.999.1\" extension=\"D\"/><effectiveTime value=\"20260714091500\"/>\
         <recordTarget><patientRole><id root=\"2.999.2\" extension=\"400112\"/>{patient}</patientRole></recordTarget>\
         <component><structuredBody>{sections}</structuredBody></component></ClinicalDocument>"
    )
}
