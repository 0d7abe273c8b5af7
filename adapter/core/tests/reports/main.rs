//! The report of every track and type, against golden files in `tests/golden/reports`; with `UPDATE_GOLDEN=1` the test writes them.
//!
//! The payloads are left in `payloads-reports*.ndjson` of cargo's folder for tests, where `.ci/run` has an independent validator
//! read them; those of `origins` are composed from feeds.
#![cfg(test)]

mod changes;
mod faults;
mod histories;
mod origins;
mod person;

use access_contract::{Entry, Payload};
use access_core::report::compose_report;
use person::{entries, profile, request};
use std::path::{Path, PathBuf};

const TRACKS: [&str; 4] = ["CKM", "eCKM", "MSK", "BH"];
const KINDS: [&str; 3] = ["baseline", "quarterly", "end-of-period"];

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/reports").join(name)
}

/// Leaves payloads for the validator.
fn keep(name: &str, payloads: &[String]) {
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("payloads-{name}.ndjson"));
    std::fs::write(kept, payloads.join("\n")).unwrap();
}

fn compose(track: &str, kind: &str, entries: Vec<Entry>) -> Payload {
    compose_report(profile(), &request(track, kind, entries))
        .unwrap_or_else(|issues| panic!("{track} {kind}: {issues:#?}"))
}

#[test]
fn every_track_and_type_is_composed_as_the_golden_files_show() {
    let mut all = Vec::new();
    for track in TRACKS {
        for kind in KINDS {
            let payload = compose(track, kind, entries());
            let name = format!("{track}-{kind}.json");
            let body = format!("{}\n", payload.body);
            if std::env::var_os("UPDATE_GOLDEN").is_some() {
                std::fs::write(golden(&name), &body).unwrap();
            }
            assert!(std::fs::read_to_string(golden(&name)).unwrap() == body, "{name} differs:\n{body}");
            all.push(payload.body);
        }
    }
    keep("reports", &all);
}

#[test]
fn the_same_entries_in_another_order_give_the_same_bytes() {
    for track in TRACKS {
        let mut turned = entries();
        turned.reverse();
        let (one, other) = (compose(track, "baseline", entries()), compose(track, "baseline", turned));
        assert!(
            one.body == other.body && one.provenance == other.provenance && one.entries == other.entries,
            "{track}"
        );
    }
}

#[test]
fn what_stands_in_a_report_can_say_where_it_came_from() {
    for (track, kind) in TRACKS.iter().flat_map(|track| KINDS.map(|kind| (*track, kind))) {
        let payload = compose(track, kind, entries());
        let body: serde_json::Value = serde_json::from_str(&payload.body).unwrap();
        let bundle = "Parameters.parameter[4].resource";
        for (index, entry) in body["parameter"][4]["resource"]["entry"].as_array().unwrap().iter().enumerate().skip(4) {
            let known = |element: &str| {
                let element = format!("{bundle}.entry[{index}].resource.{element}");
                payload.provenance.iter().any(|origin| origin.element == element && origin.feed == "FEED-1")
            };
            let resource = &entry["resource"];
            match resource["resourceType"].as_str().unwrap() {
                "Observation" if resource["component"].is_array() => {
                    assert!(known("component[0].valueQuantity.value") && known("component[1].valueQuantity.value"));
                }
                "Observation" => assert!(known("valueQuantity.value"), "{track} {kind} {index}"),
                _ => {
                    for (number, item) in resource["item"].as_array().unwrap().iter().enumerate() {
                        let member = item["answer"][0].as_object().unwrap().keys().next().unwrap().clone();
                        assert!(
                            known(&format!("item[{number}].answer[0].{member}")),
                            "{track} {kind} {index} {number}"
                        );
                    }
                }
            }
        }
        let used: std::collections::BTreeSet<_> = payload.entries.iter().collect();
        assert_eq!(used.len(), payload.entries.len());
        let stored: std::collections::BTreeSet<_> = entries().into_iter().map(|entry| entry.key).collect();
        assert!(!used.is_empty() && used.iter().all(|key| stored.contains(*key)));
    }
}

#[test]
fn no_narrative_names_the_person() {
    for (track, kind) in TRACKS.iter().flat_map(|track| KINDS.map(|kind| (*track, kind))) {
        let body = compose(track, kind, entries()).body;
        for div in body.split("\"div\":\"").skip(1).map(|rest| rest.split("</div>").next().unwrap()) {
            for secret in [person::MBI, person::FAMILY, person::GIVEN, "1951", "1234567893"] {
                assert!(!div.contains(secret), "{div}");
            }
        }
    }
}
