//! Feeds that are made to do harm.

use super::support::*;
use crate::fhir::feed::MAX_NESTED;
use crate::fhir::json::MAX_DEPTH;
use crate::read;
use serde_json::{Value, json};

const T: &str = "2026-07-14T14:15:00Z";

fn code(feed: &str) -> String {
    read::read(&EXAMPLE, feed.as_bytes()).unwrap_err().issues[0].code.clone()
}

#[test]
fn deeply_nested_json_is_refused_and_does_not_overflow() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for depth in [MAX_DEPTH + 1, 1_000_000] {
            let inner = if open == "[" { String::new() } else { "1".to_owned() };
            let feed =
                format!("{{\"resourceType\":\"Patient\",\"a\":{}{inner}{}}}", open.repeat(depth), close.repeat(depth));
            assert_eq!(code(&feed), "json-too-deep");
        }
        // Cut off in the depth.
        assert_eq!(code(&format!("{{\"resourceType\":\"Patient\",\"a\":{}", open.repeat(1_000_000))), "json-too-deep");
    }
}

#[test]
fn entities_in_xml_are_never_expanded() {
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>\
                <Patient xmlns=\"http://hl7.org/fhir\"><id value=\"&b;\"/></Patient>";
    assert_eq!(code(bomb), "fhir-xml");
}

#[test]
fn answers_and_extensions_as_deep_as_the_json_may_be_are_read() {
    let nested = |member: &str, rest: usize| {
        let levels = MAX_DEPTH / 2 - rest;
        format!("{}{}", format!("\"{member}\":[{{").repeat(levels), "}]".repeat(levels))
    };
    let response = format!(
        "{{\"resourceType\":\"QuestionnaireResponse\",\"status\":\"completed\",\"subject\":{{\"reference\":\"Patient/p\"}},{}}}",
        nested("item", 2)
    );
    assert_eq!(read::read(&EXAMPLE, response.as_bytes()).unwrap().subjects.len(), 1);
    let patient = format!("{{\"resourceType\":\"Patient\",\"id\":\"p\",{}}}", nested("extension", 2));
    assert_eq!(read::read(&EXAMPLE, patient.as_bytes()).unwrap().subjects.len(), 1);
}

#[test]
fn bundles_nested_too_deep_are_left_out_and_told() {
    let nest = |levels: usize| {
        (0..levels).fold(bundle("collection", &[patient(&json!({}))]), |inner, _| bundle("collection", &[inner]))
    };
    assert_eq!(read_tree(&nest(MAX_NESTED)).unwrap().subjects.len(), 1);
    let reading = read_tree(&nest(MAX_NESTED + 1)).unwrap();
    assert!(reading.subjects.is_empty() && codes(&reading.issues).contains(&"bundle-nested"));
}

#[test]
fn a_bundle_and_resources_that_reference_themselves_are_read_once() {
    let base = "https://ehr.example/fhir";
    let me = |name: &str| json!({"reference": format!("{base}/{name}")});
    let inner = json!({"resourceType": "Bundle", "id": "b", "type": "collection", "entry": [
        {"fullUrl": format!("{base}/Bundle/b"), "resource": {"resourceType": "Bundle", "id": "b", "type": "collection"}},
    ]});
    let own = patient(
        &json!({"link": [{"type": "replaces", "other": me("Patient/p")}], "managingOrganization": me("Patient/p")}),
    );
    let circle = |name: &str, other: &str| {
        let more = json!({"subject": me("Patient/p"), "encounter": me(&format!("Condition/{other}")),
            "contained": [{"resourceType": "Encounter", "id": "x", "partOf": {"reference": "#x"}, "subject": {"reference": "#"}}]});
        condition(name, "I10", T, &more)
    };
    let entry = |name: &str, resource: Value| json!({"fullUrl": format!("{base}/{name}"), "resource": resource});
    let feed = json!({"resourceType": "Bundle", "id": "b", "type": "collection", "entry": [
        entry("Bundle/b", inner),
        entry("Patient/p", own),
        entry("Condition/a", circle("a", "b")),
        entry("Condition/b", circle("b", "a")),
        entry("Observation/o", json!({"resourceType": "Observation", "id": "o", "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]}, "subject": me("Patient/p"),
            "hasMember": [me("Observation/o")], "derivedFrom": [me("Bundle/b")]})),
        entry("Condition/c", condition("c", "E11.9", T, &json!({"subject": me("Condition/c")}))),
    ]});
    let (facts, issues) = only(&feed);
    assert_eq!((facts.diagnoses.unwrap().len(), facts.observations.len()), (2, 1));
    // What names itself as its patient is nobody's.
    assert_eq!(at(&issues, "subject-unresolved"), "Bundle.entry[5].resource.subject");
}

/// A feed that leads to a payload, with one of its names replaced.
fn spoilt(name: &str, from: &str, to: &[u8]) -> Vec<u8> {
    let text = fixture(name);
    let mut spoilt = Vec::new();
    let mut rest = text.as_slice();
    while let Some(place) = rest.windows(from.len()).position(|part| part.eq_ignore_ascii_case(from.as_bytes())) {
        spoilt.extend_from_slice(&rest[..place]);
        spoilt.extend_from_slice(to);
        rest = &rest[place + from.len()..];
    }
    assert!(!spoilt.is_empty(), "{name} has no {from}");
    spoilt.extend_from_slice(rest);
    spoilt
}

#[test]
fn a_name_with_a_character_that_was_lost_leads_to_no_submission() {
    let mut good = Host::default();
    good.take(&fixture("a04-eckm.hl7"));
    good.take(&fixture("collection-eckm.json"));
    assert!(!good.payloads.is_empty());
    for (name, lost) in [
        ("a04-eckm.hl7", b"Oka\xfffor".as_slice()),
        ("a04-eckm.hl7", "Oka\u{fffd}for".as_bytes()),
        ("collection-eckm.json", "Oka\u{fffd}for".as_bytes()),
        ("collection-eckm.json", b"Oka\\ufffdfor".as_slice()),
    ] {
        let mut host = Host::default();
        host.take(&spoilt(name, "Okafor", lost));
        assert!(host.payloads.is_empty(), "{name}");
        assert!(codes(&host.issues).contains(&"undecodable-name"), "{name}: {:?}", codes(&host.issues));
    }
    let refused = read::read(&EXAMPLE, &spoilt("collection-eckm.json", "Okafor", b"Oka\xfffor")).unwrap_err();
    assert_eq!(refused.issues[0].code, "json-not-utf8");
}
