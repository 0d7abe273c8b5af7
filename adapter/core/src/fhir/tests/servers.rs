//! Ids are a server's own: equal ones of two servers are two records.

use super::support::*;
use crate::facts::Certainty;
use serde_json::{Value, json};

const T: &str = "2026-07-14T14:15:00Z";
const LATER: &str = "2026-07-15T14:15:00Z";
const GONE: &str = "entered-in-error";

/// A Condition of the one patient whom both servers name by the Medicare number.
fn problem(code: &str, updated: &str, status: &str) -> Value {
    let more = json!({
        "verificationStatus": {"coding": [{"code": status}]},
        "encounter": {"reference": "Encounter/5"},
        "subject": {"identifier": {"system": "http://hl7.org/fhir/sid/us-mbi", "value": "3AA1AA1AA11"}}
    });
    condition("17", code, updated, &more)
}

fn at(base: &str, resource: &Value) -> Value {
    let url = format!("{base}/{}/17", resource["resourceType"].as_str().unwrap());
    json!({"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": url, "resource": resource}]})
}

fn from(source: &str, mut resource: Value) -> Value {
    resource["meta"]["source"] = json!(source);
    resource
}

fn kept(host: &Host) -> Vec<String> {
    let charts = host.charts();
    assert_eq!(charts.len(), 1);
    let rows = charts[0]["diagnoses"].as_array().unwrap();
    rows.iter().map(|row| row["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_record_that_one_server_takes_back_stays_at_the_other() {
    let mut host = Host::default();
    for feed in [
        at("https://one.example/fhir", &problem("I10", T, "confirmed")),
        at("https://two.example/fhir", &problem("E11.9", T, "confirmed")),
        at("https://two.example/fhir", &problem("E11.9", LATER, GONE)),
    ] {
        host.take(feed.to_string().as_bytes());
    }
    assert_eq!(kept(&host), ["I10"]);
}

#[test]
fn without_a_url_the_source_tells_servers_apart() {
    let mut host = Host::default();
    for feed in [
        from("https://one.example", problem("I10", T, "confirmed")),
        from("https://two.example", problem("E11.9", T, "confirmed")),
        from("https://two.example#req-1", problem("E11.9", LATER, GONE)),
    ] {
        host.take(feed.to_string().as_bytes());
    }
    assert_eq!(kept(&host), ["I10"]);
}

#[test]
fn records_and_visits_are_named_with_their_server() {
    let (facts, _) = only(&at("https://one.example/fhir", &problem("I10", T, "confirmed")));
    let row = &facts.diagnoses.unwrap()[0];
    assert_eq!(row.statement, "https://one.example/fhir/Condition/17");
    assert_eq!(row.visit.as_deref(), Some("https://one.example/fhir/Encounter/5"));
    let (facts, _) = only(&from("https://one.example/fhir", problem("I10", T, "confirmed")));
    assert_eq!(facts.diagnoses.unwrap()[0].statement, "https://one.example/fhir/Condition/17");
    // A feed that names no server has only the ids.
    let (facts, _) = only(&problem("I10", T, "confirmed"));
    assert_eq!(facts.diagnoses.unwrap()[0].statement, "Condition/17");
}

#[test]
fn a_deletion_is_of_the_server_it_names() {
    let deleted = |url: &str| {
        let mut feed = at("https://one.example/fhir", &problem("I10", T, "confirmed"));
        let other = at("https://two.example/fhir", &problem("E11.9", T, "confirmed"));
        let entries = feed["entry"].as_array_mut().unwrap();
        entries.push(other["entry"][0].clone());
        entries.push(json!({"request": {"method": "DELETE", "url": url}}));
        let mut host = Host::default();
        host.take(feed.to_string().as_bytes());
        kept(&host)
    };
    assert_eq!(deleted("https://one.example/fhir/Condition/17"), ["E11.9"]);
    assert_eq!(deleted("https://two.example/fhir/Condition/17"), ["I10"]);
    // Nothing says which of the two.
    assert_eq!(deleted("Condition/17").len(), 2);
}

/// Without a time of its own a deletion took back what was stated after it.
#[test]
fn in_a_history_a_deletion_is_of_what_stands_behind_it() {
    let stated = |code: &str| json!({"resource": condition("c", code, T, &json!({})), "request": {"method": "PUT"}});
    let deleted = |modified: &str| json!({"request": {"method": "DELETE", "url": "Condition/c"}, "response": {"lastModified": modified}});
    let newest = || stated("I10");
    for (kind, entries, certainty) in [
        ("history", [newest(), deleted(""), stated("E11.9")], Certainty::Confirmed),
        ("history", [deleted(""), newest(), stated("E11.9")], Certainty::Withdrawn),
        ("history", [newest(), deleted("2026-07-15T00:00:00Z"), stated("E11.9")], Certainty::Withdrawn),
        ("history", [deleted("2026-07-01T00:00:00Z"), newest(), stated("E11.9")], Certainty::Confirmed),
        ("transaction", [stated("E11.9"), newest(), deleted("")], Certainty::Withdrawn),
    ] {
        let mut feed = bundle(kind, &[patient(&json!({}))]);
        let said = format!("{kind} {entries:?}");
        feed["entry"].as_array_mut().unwrap().extend(entries);
        let row = only(&feed).0.diagnoses.unwrap().remove(0);
        assert_eq!((row.certainty, row.code.as_str()), (certainty, "I10"), "{said}");
    }
}

#[test]
fn what_is_contained_is_named_within_its_container() {
    let inside = |id: &str| {
        let encounter = json!({"resourceType": "Encounter", "id": "1", "status": "finished"});
        let more = json!({"contained": [encounter], "encounter": {"reference": "#1"}});
        condition(id, "I10", T, &more)
    };
    let (facts, _) = only(&bundle("collection", &[patient(&json!({})), inside("a"), inside("b")]));
    let visits: Vec<_> = facts.diagnoses.unwrap().into_iter().map(|row| row.visit.unwrap()).collect();
    assert_eq!(visits, ["Condition/a#1", "Condition/b#1"]);
}
