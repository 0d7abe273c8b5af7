//! Character sets, broken and hostile documents, limits.

use super::support::{FULL, SITE, document, facts_of, places, reading, refused};
use crate::ccda::limits::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, MAX_NAMESPACES};
use crate::read::{read, read_text};
use access_contract::Verdict;
use encoding_rs::WINDOWS_1252;
use proptest::prelude::*;

fn code(bytes: &[u8]) -> String {
    refused(bytes).issues[0].code.clone()
}

fn family(bytes: &[u8]) -> String {
    match facts_of(&reading(bytes)).name {
        Some(crate::facts::Stated::Set(name)) => name.value.family,
        other => panic!("{other:?}"),
    }
}

/// A document whose family name has letters beyond ASCII.
fn accented(declaration: &str) -> String {
    let patient = "<patient><name><given>RUTH</given><family>Núñez</family></name></patient>";
    format!("{declaration}{}", document(patient, &[]))
}

#[test]
fn every_usual_character_set_is_read() {
    let utf8 = accented("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    assert_eq!(family(utf8.as_bytes()), "Núñez");
    assert_eq!(family(format!("\u{feff}{utf8}").as_bytes()), "Núñez");
    for label in ["ISO-8859-1", "windows-1252"] {
        let text = accented(&format!("<?xml version=\"1.0\" encoding=\"{label}\"?>"));
        let bytes = WINDOWS_1252.encode(&text).0.into_owned();
        assert_eq!(family(&bytes), "Núñez");
        assert!(reading(&bytes).issues.is_empty() || places(&reading(&bytes).issues)[0].0 != "charset-mismatch");
    }
    let wide = accented("<?xml version=\"1.0\" encoding=\"UTF-16\"?>");
    for mark in [false, true] {
        let letters = || mark.then_some(0xfeff).into_iter().chain(wide.encode_utf16());
        assert_eq!(family(&letters().flat_map(u16::to_le_bytes).collect::<Vec<_>>()), "Núñez");
        assert_eq!(family(&letters().flat_map(u16::to_be_bytes).collect::<Vec<_>>()), "Núñez");
    }
}

#[test]
fn a_declaration_that_the_bytes_contradict_is_a_warning() {
    let said = |bytes: &[u8]| places(&reading(bytes).issues).iter().any(|issue| issue.0 == "charset-mismatch");
    let latin = accented("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>");
    assert!(said(latin.as_bytes()));
    assert_eq!(family(latin.as_bytes()), "Núñez");
    let undeclared = WINDOWS_1252.encode(&accented("")).0.into_owned();
    assert!(said(&undeclared));
    assert_eq!(family(&undeclared), "Núñez");
}

#[test]
fn utf_8_with_a_broken_byte_elsewhere_is_still_utf_8() {
    for declaration in ["", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>"] {
        let bytes = [accented(declaration).as_bytes(), b"<!-- caf\xe9 -->"].concat();
        assert_eq!(family(&bytes), "Núñez", "{declaration}");
        assert!(places(&reading(&bytes).issues).iter().any(|issue| issue.0 == "charset-mismatch"), "{declaration}");
    }
}

#[test]
fn bytes_that_cannot_be_decoded_stop_the_name() {
    let bytes = WINDOWS_1252.encode(&accented("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")).0.into_owned();
    let reading = reading(&bytes);
    assert!(places(&reading.issues).iter().any(|issue| issue.0 == "undecodable-character"));
    assert!(places(&reading.issues).iter().any(|issue| issue.0 == "undecodable-name"));
    assert!(facts_of(&reading).name.is_none());
}

#[test]
fn a_name_with_a_character_that_was_lost_leads_to_no_submission() {
    let submitted = |text: &str| {
        let reading = reading(text.as_bytes());
        let request = access_contract::PlanRequest {
            entries: Vec::new(),
            participant: reading.participant.clone(),
            feed: "1".to_owned(),
            facts: reading.subjects[0].facts.clone(),
            charts: Vec::new(),
            now: "2026-07-14T15:00:00Z".to_owned(),
        };
        !crate::plan::plan(&SITE, &request).unwrap().intents.is_empty()
    };
    assert!(submitted(FULL));
    for lost in ["HALVORS\u{fffd}N", "HALVORS&#xFFFD;N", "HALVORS&#65533;N"] {
        assert!(!submitted(&FULL.replace("HALVORSEN", lost).replace("Halvorsen", lost)), "{lost}");
    }
}

#[test]
fn document_types_are_refused_before_anything_is_expanded() {
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><x>&b;</x>";
    let external = "<!DOCTYPE ClinicalDocument SYSTEM \"http://example.org/x.dtd\"><ClinicalDocument/>";
    let file = "<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><x>&f;</x>";
    for text in [bomb, external, file] {
        assert_eq!(code(text.as_bytes()), "xml-dtd");
    }
    assert_eq!(code(b"<ClinicalDocument xmlns=\"urn:hl7-org:v3\">&f;</ClinicalDocument>"), "xml-malformed");
}

#[test]
fn what_is_no_clinical_document_is_refused_by_name() {
    let fhir = refused(b"<Patient xmlns=\"http://hl7.org/fhir\"/>");
    assert_eq!((fhir.issues[0].code.as_str(), fhir.verdict), ("fhir-xml", Verdict::Reject));
    assert!(fhir.issues[0].message.contains("FHIR"));
    assert_eq!(code(b"<html><body/></html>"), "not-ccda");
    assert_eq!(code(b"<a><b></a>"), "xml-malformed");
    assert_eq!(code(b"<a/><b/>"), "xml-malformed");
    assert_eq!(code(b"<a>"), "xml-malformed");
    assert_eq!(code(b"<a b=\"1\" b=\"2\"/>"), "xml-malformed");
}

#[test]
fn several_people_are_for_a_person_to_look_at() {
    let second = "<recordTarget><patientRole/></recordTarget><component>";
    let text = document("", &[]).replacen("<component>", second, 1);
    let refusal = refused(text.as_bytes());
    assert_eq!(refusal.issues[0].code, "several-patients");
    assert_eq!(refusal.issues[0].location, "/ClinicalDocument/recordTarget[2]");
    assert_eq!((refusal.verdict, refusal.header.control_id.as_str()), (Verdict::NeedsPerson, "2.999.1^D"));
}

#[test]
fn a_document_without_a_person_keeps_its_control_id() {
    let text = "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><id root=\"2.999\" extension=\"7\"/></ClinicalDocument>";
    let refusal = refused(text.as_bytes());
    assert_eq!(refusal.issues[0].code, "patient-missing");
    assert_eq!(refusal.header.control_id, "2.999^7");
}

#[test]
fn depth_is_bounded_without_recursion() {
    let nested = |count: usize| format!("{}{}", "<a>".repeat(count), "</a>".repeat(count));
    assert_eq!(code(nested(100_000).as_bytes()), "limit-depth");
    assert_eq!(code(nested(MAX_DEPTH + 1).as_bytes()), "limit-depth");
    assert_eq!(code(nested(MAX_DEPTH).as_bytes()), "not-ccda");
}

#[test]
fn elements_attributes_and_namespaces_are_bounded() {
    assert_eq!(code(format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS)).as_bytes()), "limit-elements");
    let attributes = |count: usize| (0..count).map(|number| format!(" a{number}=\"\"")).collect::<String>();
    assert_eq!(code(format!("<a{}/>", attributes(MAX_ATTRIBUTES + 1)).as_bytes()), "limit-attributes");
    assert_eq!(code(format!("<a{}/>", attributes(MAX_ATTRIBUTES)).as_bytes()), "not-ccda");
    let spaces: String = (0..MAX_NAMESPACES).map(|number| format!(" xmlns:n{number}=\"u\"")).collect();
    assert_eq!(code(format!("<a{spaces}><b xmlns:m=\"u\"/></a>").as_bytes()), "limit-namespaces");
    let many = format!("<a>{}</a>", format!("<b{}/>", attributes(MAX_ATTRIBUTES)).repeat(16_000));
    assert_eq!(code(many.as_bytes()), "limit-attributes");
}

#[test]
fn a_value_of_megabytes_is_left_out() {
    let long = "A".repeat(3_000_000);
    let text = document(&format!("<patient><name><given>RUTH</given><family>{long}</family></name></patient>"), &[]);
    let reading = reading(text.as_bytes());
    assert!(places(&reading.issues).iter().any(|issue| issue.0 == "value-too-long"), "{:?}", places(&reading.issues));
    assert!(reading.subjects[0].facts.len() < 20_000);
}

#[test]
fn many_entries_are_cut_off_with_a_warning() {
    let row = "<entry><observation><code code=\"4548-4\" codeSystem=\"2.16.840.1.113883.6.1\"/><value value=\"7\"/></observation></entry>";
    let text = document("", &[&format!("<code code=\"30954-2\"/>{}", row.repeat(6_000))]);
    let reading = reading(text.as_bytes());
    assert!(places(&reading.issues).iter().any(|issue| issue.0 == "limit-rows"));
}

#[test]
fn text_and_bytes_read_alike() {
    assert_eq!(read(&SITE, FULL.as_bytes()), read_text(&SITE, FULL));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn arbitrary_xml_never_panics(text in "<[a-zA-Z<>/\"'=&;:!\\[\\]? -]{0,200}") {
        let _ = read(&SITE, text.as_bytes());
    }

    #[test]
    fn a_damaged_document_never_panics(at in 0..FULL.len(), length in 0..400_usize, instead in "[<>/&\"a-z^|~\\\\]{0,8}") {
        let mut bytes = FULL.as_bytes().to_vec();
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, instead.bytes());
        let _ = read(&SITE, &bytes);
    }

    #[test]
    fn a_value_cannot_write_segments(family in "[ -~\\n\\r\\t]{1,60}") {
        let escaped = family.replace('&', "&amp;").replace('<', "&lt;");
        let text = document(&format!("<patient><name><given>RUTH</given><family>{escaped}</family></name></patient>"), &[]);
        let reading = reading(text.as_bytes());
        let facts = facts_of(&reading);
        prop_assert_eq!(facts.aliases.len(), 1);
        prop_assert!(facts.mbi.is_none() && facts.plans.is_none() && facts.requests.is_empty());
    }
}
