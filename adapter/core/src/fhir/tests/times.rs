//! Each record counts from when it was changed itself, not from when its Bundle was put together.

use super::support::*;
use crate::facts::Stated;
use serde_json::{Value, json};

const JANUARY: &str = "2026-01-10T08:00:00Z";
const MARCH: &str = "2026-03-10T08:00:00Z";
const JULY: &str = "2026-07-14T14:15:00Z";

fn updated(at: &str) -> Value {
    json!({"meta": {"lastUpdated": at}})
}

/// A Bundle that says when it was put together, or does not.
fn feed(timestamp: Option<&str>, resources: &[Value]) -> Value {
    let mut feed = bundle("collection", resources);
    feed["timestamp"] = timestamp.map_or(Value::Null, Value::from);
    feed
}

#[test]
fn every_statement_has_the_time_of_its_record() {
    let patient = patient(&updated(JANUARY));
    let encounter = json!({
        "resourceType": "Encounter", "id": "e", "status": "cancelled", "subject": {"reference": "Patient/p"},
        "meta": {"lastUpdated": MARCH}
    });
    let resources = [
        patient,
        coverage("k", "121", &updated(MARCH)),
        coverage("gone", "121", &json!({"status": "cancelled", "meta": {"lastUpdated": JANUARY}})),
        condition("c", "I10", JULY, &json!({})),
        encounter,
    ];
    for timestamp in [None, Some("2026-07-20T00:00:00Z")] {
        let (facts, _) = only(&feed(timestamp, &resources));
        assert_eq!(facts.sent_at, "2026-01-10T08:00:00.000000Z", "{timestamp:?}");
        assert_eq!(facts.time_of("plan/Coverage/k"), "2026-03-10T08:00:00.000000Z");
        assert_eq!(facts.time_of("plan/Coverage/gone"), "2026-01-10T08:00:00.000000Z");
        assert_eq!(facts.time_of("problem/Condition/c"), "2026-07-14T14:15:00.000000Z");
        assert_eq!(facts.time_of("diagnoses/Encounter/e"), "2026-03-10T08:00:00.000000Z");
    }
}

#[test]
fn records_without_a_time_have_that_of_the_bundle() {
    let untimed = |mut resource: Value| {
        resource.as_object_mut().unwrap().remove("meta");
        resource
    };
    let resources = [untimed(patient(&json!({}))), untimed(condition("c", "I10", JULY, &json!({})))];
    let (facts, _) = only(&feed(Some(MARCH), &resources));
    assert_eq!(facts.sent_at, "2026-03-10T08:00:00.000000Z");
    assert_eq!(facts.time_of("problem/Condition/c"), "2026-03-10T08:00:00.000000Z");
    let (facts, issues) = only(&feed(None, &resources));
    assert_eq!((facts.sent_at.as_str(), codes(&issues).contains(&"sent-at-missing")), ("", true));
}

#[test]
fn an_old_record_beside_a_new_one_does_not_undo_what_came_between() {
    let name = |family: &str| json!([{"use": "official", "family": family, "given": ["Ruth"]}]);
    let gone = json!({"clinicalStatus": {"coding": [{"code": "resolved"}]}});
    let mut host = Host::default();
    let between = [
        patient(&json!({"name": name("Brandt"), "meta": {"lastUpdated": MARCH}})),
        coverage("k", "5", &updated(MARCH)),
        condition("c", "I10", MARCH, &gone),
    ];
    host.take(feed(Some(MARCH), &between).to_string().as_bytes());
    let stale = [
        patient(&json!({"name": name("Halvorsen"), "meta": {"lastUpdated": JANUARY}})),
        coverage("k", "121", &updated(JANUARY)),
        condition("c", "I10", JANUARY, &json!({})),
        condition("d", "E11.9", JULY, &json!({})),
    ];
    host.take(feed(None, &stale).to_string().as_bytes());
    let chart = &host.charts()[0];
    assert_eq!(chart["name"]["value"]["family"], "Brandt");
    assert_eq!(chart["plans"].as_array().unwrap().len(), 1);
    assert_ne!(chart["plans"][0]["class"], "original-medicare");
    let diagnoses: Vec<&str> =
        chart["diagnoses"].as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap()).collect();
    assert_eq!(diagnoses, ["E11.9"]);
}

#[test]
fn a_discharge_to_death_has_the_time_of_its_encounter() {
    let encounter = json!({
        "resourceType": "Encounter", "id": "e", "status": "finished", "subject": {"reference": "Patient/p"},
        "meta": {"lastUpdated": JULY}, "hospitalization": {"dischargeDisposition": {"coding": [{"code": "exp"}]}}
    });
    let (facts, _) = only(&feed(None, &[patient(&updated(JANUARY)), encounter]));
    assert!(matches!(&facts.deceased, Some(Stated::Set(dead)) if dead.value));
    assert_eq!(
        (facts.sent_at.as_str(), facts.time_of("deceased")),
        ("2026-01-10T08:00:00.000000Z", "2026-07-14T14:15:00.000000Z")
    );
}
