//! Feeds and their ways for the tests.

use crate::chart::Chart;
use crate::facts::Facts;
use crate::{compose, plan, read};
use access_contract::{ChartRecord, Issue, PlanRequest, Reading, Refusal};
use access_mappings::Profile;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;

pub(super) const NOW: &str = "2026-07-28T13:00:00Z";

/// The example site.
pub(super) static EXAMPLE: LazyLock<Profile> = LazyLock::new(|| access_mappings::example().unwrap());

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures")
}

/// A fixture by its name, of either format.
pub(super) fn fixture(name: &str) -> Vec<u8> {
    let folder = folder().join(if name.ends_with(".hl7") { "hl7" } else { "fhir" });
    std::fs::read(folder.join(name)).unwrap()
}

/// The lines of a fixture.
pub(super) fn lines(name: &str) -> Vec<String> {
    String::from_utf8(fixture(name)).unwrap().lines().map(str::to_owned).collect()
}

/// A fixture as a tree that tests change.
pub(super) fn tree(name: &str) -> Value {
    serde_json::from_slice(&fixture(name)).unwrap()
}

pub(super) fn read_tree(tree: &Value) -> Result<Reading, Refusal> {
    super::super::read(&EXAMPLE, &tree.to_string())
}

pub(super) fn facts(reading: &Reading) -> Vec<Facts> {
    reading.subjects.iter().map(|subject| serde_json::from_str(&subject.facts).unwrap()).collect()
}

/// The facts of a feed about one person, with its issues.
pub(super) fn only(tree: &Value) -> (Facts, Vec<Issue>) {
    let reading = read_tree(tree).unwrap();
    let mut facts = facts(&reading);
    assert_eq!(facts.len(), 1);
    (facts.remove(0), reading.issues)
}

pub(super) fn codes(issues: &[Issue]) -> Vec<&str> {
    issues.iter().map(|issue| issue.code.as_str()).collect()
}

pub(super) fn at(issues: &[Issue], code: &str) -> String {
    issues.iter().find(|issue| issue.code == code).map(|issue| issue.location.clone()).unwrap_or_default()
}

/// A Patient with an MBI and the given elements beside it.
pub(super) fn patient(more: &Value) -> Value {
    merged(
        json!({
            "resourceType": "Patient", "id": "p", "meta": {"lastUpdated": "2026-07-14T14:15:00Z"},
            "identifier": [
                {"system": "urn:oid:1.2.3", "value": "77"},
                {"system": "http://hl7.org/fhir/sid/us-mbi", "value": "3AA1AA1AA11"}
            ],
            "name": [{"use": "official", "family": "Halvorsen", "given": ["Ruth"]}],
            "gender": "female", "birthDate": "1947-09-12"
        }),
        more,
    )
}

/// A Condition of that Patient.
pub(super) fn condition(id: &str, code: &str, updated: &str, more: &Value) -> Value {
    merged(
        json!({
            "resourceType": "Condition", "id": id, "meta": {"lastUpdated": updated},
            "clinicalStatus": {"coding": [{"code": "active"}]},
            "verificationStatus": {"coding": [{"code": "confirmed"}]},
            "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}]},
            "subject": {"reference": "Patient/p"}
        }),
        more,
    )
}

/// A Coverage of that Patient.
pub(super) fn coverage(id: &str, code: &str, more: &Value) -> Value {
    merged(
        json!({
            "resourceType": "Coverage", "id": id, "meta": {"lastUpdated": "2026-07-14T14:15:00Z"}, "status": "active",
            "type": {"coding": [{"system": "https://nahdo.org/sopt", "code": code}]},
            "beneficiary": {"reference": "Patient/p"}, "payor": [{"display": "Payer"}]
        }),
        more,
    )
}

pub(super) fn bundle(kind: &str, resources: &[Value]) -> Value {
    let entries: Vec<Value> = resources.iter().map(|resource| json!({"resource": resource})).collect();
    json!({"resourceType": "Bundle", "id": "b", "type": kind, "timestamp": "2026-07-14T14:15:00Z", "entry": entries})
}

fn merged(mut tree: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        tree[name] = value.clone();
    }
    tree
}

/// Charts as a host keeps them.
#[derive(Default)]
pub(super) struct Host {
    charts: BTreeMap<usize, (Vec<String>, String)>,
    /// Operation, track and body of everything asked for.
    pub(super) payloads: Vec<(String, String, String)>,
    pub(super) issues: Vec<Issue>,
}

impl Host {
    /// Reads and follows a feed.
    pub(super) fn take(&mut self, feed: &[u8]) {
        let reading = read::read(&EXAMPLE, feed).unwrap();
        self.issues.extend(reading.issues.clone());
        for subject in &reading.subjects {
            let keys: Vec<&String> = subject.keys.iter().chain(&subject.prior_keys).collect();
            let found = self.charts.iter().filter(|(_, (known, _))| known.iter().any(|key| keys.contains(&key)));
            let records =
                found.map(|(id, (_, document))| ChartRecord { id: id.to_string(), document: document.clone() });
            let request = PlanRequest {
                entries: Vec::new(),
                participant: reading.participant.clone(),
                feed: reading.header.control_id.clone(),
                facts: subject.facts.clone(),
                charts: records.collect(),
                now: NOW.to_owned(),
            };
            let plan = plan::plan(&EXAMPLE, &request).unwrap();
            self.issues.extend(plan.issues);
            let Some(change) = plan.chart else { continue };
            for absorbed in &change.absorbed {
                self.charts.remove(&absorbed.parse().unwrap());
            }
            for intent in &plan.intents {
                let payload =
                    compose::compose(&EXAMPLE, &reading.participant, intent, &change.document).expect("a payload");
                self.payloads.push((intent.operation.as_str().into(), intent.track.as_str().into(), payload.body));
            }
            let fresh = self.charts.keys().last().map_or(0, |last| last + 1);
            let id = change.id.map_or(fresh, |id| id.parse().unwrap());
            self.charts.insert(id, (change.keys, change.document));
        }
    }

    /// Every chart, without what tells which feed came last.
    pub(super) fn charts(&self) -> Vec<Value> {
        let mut charts: Vec<Value> = self
            .charts
            .values()
            .map(|(_, document)| {
                let mut chart: Value = serde_json::from_str(document).unwrap();
                let _: Chart = serde_json::from_str(document).unwrap();
                for name in ["last_feed", "reply_application", "reply_facility"] {
                    chart.as_object_mut().unwrap().remove(name);
                }
                chart
            })
            .collect();
        charts.sort_by_key(Value::to_string);
        charts
    }
}
