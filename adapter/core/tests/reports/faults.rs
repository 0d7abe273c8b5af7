//! What reports of others were seen to get wrong at the API, under one name each.

use super::person::{AT, entries};
use super::{KINDS, TRACKS, compose};
use access_contract::Payload;
use serde_json::Value;
use std::collections::BTreeSet;

/// Every report of every track and type, with the resources of its document.
fn documents() -> Vec<(Payload, Value)> {
    let all = TRACKS.iter().flat_map(|track| KINDS.map(|kind| compose(track, kind, entries())));
    let document = |payload: Payload| {
        let body: Value = serde_json::from_str(&payload.body).unwrap();
        let bundle =
            body["parameter"].as_array().unwrap().iter().find(|one| one["resource"]["type"] == "document").unwrap();
        let bundle = bundle["resource"].clone();
        (payload, bundle)
    };
    all.map(document).collect()
}

fn resources(bundle: &Value) -> impl Iterator<Item = &Value> {
    bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"])
}

#[test]
fn observations_keep_the_time_they_were_made_at() {
    let made: BTreeSet<String> = entries()
        .iter()
        .filter_map(|entry| {
            let document: Value = serde_json::from_str(&entry.document).unwrap();
            document["at"].as_str().map(str::to_owned)
        })
        .collect();
    let mut seen = 0;
    for (_, bundle) in documents() {
        for observation in resources(&bundle).filter(|one| one["resourceType"] == "Observation") {
            let effective = observation["effectiveDateTime"].as_str().unwrap();
            assert!(made.contains(effective) && effective != AT, "{effective}");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn no_two_reports_share_an_identifier() {
    let all: Vec<String> = documents().iter().map(|(_, bundle)| bundle["identifier"].to_string()).collect();
    assert!(all.iter().all(|identifier| identifier.contains("\"system\"") && identifier.contains("\"value\"")));
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
}

#[test]
fn what_a_report_refers_to_is_in_it() {
    fn references(node: &Value, found: &mut Vec<String>) {
        match node {
            Value::Object(members) => {
                found.extend(members.get("reference").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    for (_, bundle) in documents() {
        let urls: Vec<&str> =
            bundle["entry"].as_array().unwrap().iter().map(|entry| entry["fullUrl"].as_str().unwrap()).collect();
        let mut found = Vec::new();
        resources(&bundle).for_each(|resource| references(resource, &mut found));
        assert!(found.len() > 3);
        for reference in found.iter().filter(|reference| !reference.starts_with('#')) {
            assert!(urls.iter().any(|url| url == reference || url.ends_with(&format!("/{reference}"))), "{reference}");
        }
    }
}

#[test]
fn every_resource_and_every_section_of_a_report_has_its_words() {
    for (_, bundle) in documents() {
        for resource in resources(&bundle) {
            assert!(
                resource["text"]["div"].as_str().is_some_and(|div| !div.is_empty()),
                "{}",
                resource["resourceType"]
            );
            for section in resource["section"].as_array().into_iter().flatten() {
                assert!(section["text"]["div"].as_str().is_some_and(|div| !div.is_empty()), "{}", section["title"]);
            }
        }
    }
}
