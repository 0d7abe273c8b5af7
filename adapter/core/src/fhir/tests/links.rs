//! Records that are out of use, and modifiers of Bundles.

use super::support::*;
use crate::facts::{Alias, Stated};
use access_contract::Verdict;
use access_mappings::EventEffect;
use serde_json::{Value, json};

const T: &str = "2026-07-14T14:15:00Z";

fn link(kind: &str, other: &str) -> Value {
    json!({"link": [{"type": kind, "other": {"reference": other}}]})
}

#[test]
fn a_record_out_of_use_states_nothing_and_asks_for_a_person() {
    for (more, path) in [(json!({"active": false}), "active"), (link("replaced-by", "Patient/q"), "link[0].type")] {
        let feed = bundle(
            "collection",
            &[patient(&more), coverage("k", "121", &json!({})), condition("c", "I10", T, &json!({}))],
        );
        let (facts, issues) = only(&feed);
        assert_eq!(at(&issues, "patient-not-current"), format!("Bundle.entry[0].resource.{path}"));
        assert_eq!((facts.effect, facts.screens), (EventEffect::Review, false));
        assert!(facts.name.is_none() && facts.plans.is_none() && facts.diagnoses.is_none() && facts.mbi.is_none());
        let mut host = Host::default();
        host.take(feed.to_string().as_bytes());
        assert!(host.charts().is_empty() && host.payloads.is_empty());
    }
}

#[test]
fn a_chart_stays_as_it_is_when_its_record_goes_out_of_use() {
    let mut host = Host::default();
    host.take(patient(&json!({})).to_string().as_bytes());
    let before = host.charts();
    let renamed =
        json!({"active": false, "name": [{"family": "Brandt"}], "meta": {"lastUpdated": "2026-07-15T00:00:00Z"}});
    host.take(patient(&renamed).to_string().as_bytes());
    assert_eq!(host.charts(), before);
}

#[test]
fn a_record_out_of_use_because_of_death_tells_of_the_death() {
    let (facts, issues) = only(&patient(&json!({"active": false, "deceasedDateTime": "2026-07-01"})));
    assert!(matches!(&facts.deceased, Some(Stated::Set(dead)) if dead.value));
    assert_eq!((facts.effect, codes(&issues).contains(&"patient-not-current")), (EventEffect::Snapshot, false));
}

#[test]
fn a_record_that_took_the_place_of_another_is_the_same_person() {
    let (facts, issues) = only(&patient(&link("replaces", "Patient/old")));
    let prior: Vec<String> = facts.prior_aliases.iter().map(Alias::key).collect();
    assert_eq!((prior.as_slice(), issues.len()), (["id:fhir:|Patient/old".to_owned()].as_slice(), 0));
    let mut host = Host::default();
    let old = patient(&json!({"id": "old", "identifier": [{"system": "urn:oid:1.2.3", "value": "old"}]}));
    host.take(old.to_string().as_bytes());
    host.take(coverage("k", "121", &json!({"beneficiary": {"reference": "Patient/old"}})).to_string().as_bytes());
    host.take(patient(&link("replaces", "Patient/old")).to_string().as_bytes());
    assert_eq!(host.charts().len(), 1);
    assert_eq!(host.charts()[0]["plans"].as_array().unwrap().len(), 1);
}

#[test]
fn the_number_of_a_replaced_record_stays_with_the_one_that_took_its_place() {
    let old = patient(&json!({"id": "old", "link": [{"type": "replaced-by", "other": {"reference": "Patient/p"}}]}));
    let reading = read_tree(&bundle("collection", &[old, patient(&link("replaces", "Patient/old"))])).unwrap();
    let facts = facts(&reading);
    assert_eq!((facts.len(), facts[0].mbi.is_none(), facts[1].mbi.is_some()), (2, true, true));
    assert!(!codes(&reading.issues).contains(&"mbi-shared"));
}

#[test]
fn links_that_do_not_end_a_record_change_nothing() {
    for kind in ["seealso", "refer"] {
        let (facts, issues) = only(&patient(&link(kind, "Patient/q")));
        assert_eq!((facts.effect, facts.prior_aliases.len(), issues.len()), (EventEffect::Snapshot, 0, 0));
    }
    // A record that names itself.
    let (facts, _) = only(&patient(&link("replaces", "Patient/p")));
    assert!(facts.name.is_some());
}

#[test]
fn a_modifier_of_a_bundle_forbids_the_use_of_everything_in_it() {
    let modifier = json!([{"url": "http://example.org/not", "valueBoolean": true}]);
    for (name, value, path) in [
        ("implicitRules", json!("http://example.org/rules"), "Bundle.implicitRules"),
        ("modifierExtension", modifier.clone(), "Bundle.modifierExtension[0]"),
    ] {
        let mut feed = bundle("collection", &[patient(&json!({}))]);
        feed[name] = value;
        let refusal = read_tree(&feed).unwrap_err();
        assert_eq!(refusal.verdict, Verdict::NeedsPerson);
        assert_eq!((refusal.issues[0].code.as_str(), refusal.issues[0].location.as_str()), ("modifier-unknown", path));
    }
    for (part, path) in
        [("", "Bundle.entry[1].modifierExtension[0]"), ("request", "Bundle.entry[1].request.modifierExtension[0]")]
    {
        let mut feed = bundle("collection", &[patient(&json!({})), condition("c", "I10", T, &json!({}))]);
        let entry = &mut feed["entry"][1];
        if part.is_empty() {
            entry["modifierExtension"] = modifier.clone();
        } else {
            entry[part] = json!({"modifierExtension": modifier});
        }
        let (facts, issues) = only(&feed);
        assert_eq!((facts.diagnoses.is_none(), at(&issues, "modifier-unknown")), (true, path.to_owned()));
    }
}
