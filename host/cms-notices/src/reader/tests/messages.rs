//! Message Bundles.

use super::{good, message, notice, problem};
use crate::Problem;
use serde_json::{Value, json};

const EVENTS: &str = "https://dsacms.github.io/cmmi-access-model/CodeSystem/ACCESSEventTypeCS";
const PARTICIPANTS: &str = "https://dsacms.github.io/cmmi-access-model/participant-id";

/// A message with a header for the event, and resources after it.
fn bundle(event: &Value, resources: &[Value]) -> Value {
    let mut header = json!({
        "resourceType": "MessageHeader",
        "source": { "endpoint": "https://cms.example", "identifier": { "value": "not-this" } },
        "sender": { "identifier": { "value": "nor-this" } }
    });
    for (key, value) in event.as_object().unwrap() {
        header[key] = value.clone();
    }
    let entries: Vec<Value> = std::iter::once(&header).chain(resources).map(|one| json!({ "resource": one })).collect();
    json!({ "resourceType": "Bundle", "type": "message", "identifier": { "system": "urn:cms", "value": "m-1" }, "entry": entries })
}

fn coding(code: &str) -> Value {
    json!({ "eventCoding": { "system": EVENTS, "code": code } })
}

fn parameters() -> Value {
    json!({ "resourceType": "Parameters", "parameter": [
        { "name": "submissionID", "valueString": "sub-1" },
        { "name": "participantID", "valueIdentifier": { "system": PARTICIPANTS, "value": "ACCES12345" } },
        { "name": "deadline", "valueDate": "2026-10-01" }
    ] })
}

#[test]
fn parameters_carry_what_the_mail_has_in_lines() {
    let read = message(&bundle(&coding("baseline-reporting-window"), &[parameters()]).to_string());
    assert_eq!(good(&read), &notice("baseline-reporting-window", "sub-1", "ACCES12345", "2026-10-01"));
}

#[test]
fn every_event_is_read_by_code_display_or_uri() {
    for event in [
        coding("provider-lock-ending"),
        json!({ "eventCoding": { "code": "participant-lock-ending" } }),
        json!({ "eventCoding": { "system": EVENTS, "display": "Participant Lock-In Period Ending" } }),
        json!({ "eventUri": "https://cms.example/events#participant-lock-ending" }),
    ] {
        assert_eq!(
            good(&message(&bundle(&event, &[parameters()]).to_string())).event,
            "participant-lock-ending",
            "{event}"
        );
    }
    let foreign = json!({ "eventCoding": { "system": "urn:other", "code": "unalignment" } });
    assert_eq!(good(&message(&bundle(&foreign, &[parameters()]).to_string())).event, "");
    assert_eq!(good(&message(&bundle(&coding("something-new"), &[parameters()]).to_string())).event, "");
}

#[test]
fn ids_are_found_wherever_they_are_carried() {
    let nested = json!({ "resourceType": "Parameters", "parameter": [{ "name": "details", "part": [
        { "name": "Submission-Identifier", "valueUri": "sub-1" }, { "name": "due date", "valueDateTime": "2026-10-01T23:59:59-04:00" }
    ] }] });
    let extended = json!({ "resourceType": "Basic", "extension": [
        { "url": "https://cms.example/StructureDefinition/submission-id", "valueString": "sub-1" },
        { "url": "https://cms.example/StructureDefinition/deadline-date", "valuePeriod": { "start": "2026-01-01", "end": "2026-10-01" } }
    ] });
    let typed = json!({ "resourceType": "Task", "identifier": [
        { "type": { "text": "Submission ID" }, "value": "sub-1" }, { "system": PARTICIPANTS, "value": "ACCES12345" }
    ] });
    let by_system = json!({ "resourceType": "Task", "identifier": { "system": "https://cms.example/submission-id", "value": "sub-1" } });
    let alone = json!({ "resourceType": "Basic", "identifier": [{ "value": "sub-1" }, { "system": PARTICIPANTS, "value": "ACCES12345" }] });
    let by_reference = json!({ "resourceType": "Parameters", "parameter": [{ "name": "submission", "valueReference": { "identifier": { "value": "sub-1" } } }] });
    for (resource, participant, deadline) in [
        (nested, "", "2026-10-01"),
        (extended, "", "2026-10-01"),
        (typed, "ACCES12345", ""),
        (by_system, "", ""),
        (alone, "ACCES12345", ""),
        (by_reference, "", ""),
    ] {
        let read = message(&bundle(&coding("unalignment"), std::slice::from_ref(&resource)).to_string());
        assert_eq!(good(&read), &notice("unalignment", "sub-1", participant, deadline), "{resource}");
    }
    let focus = json!({ "eventCoding": { "code": "unalignment" }, "focus": [{ "identifier": { "value": "sub-1" } }] });
    assert_eq!(good(&message(&bundle(&focus, &[]).to_string())), &notice("unalignment", "sub-1", "", ""));
}

#[test]
fn several_ids_are_a_contradiction_and_none_is_a_problem() {
    let other = json!({ "resourceType": "Basic", "extension": [{ "url": "submissionId", "valueString": "sub-2" }] });
    let read = message(&bundle(&coding("unalignment"), &[parameters(), other]).to_string());
    assert_eq!(problem(&read), Some(Problem::SubmissionContradicted));
    let two = json!({ "resourceType": "Basic", "identifier": [{ "value": "a" }, { "value": "b" }] });
    assert_eq!(
        problem(&message(&bundle(&coding("unalignment"), &[two]).to_string())),
        Some(Problem::SubmissionMissing)
    );
    assert_eq!(problem(&message(&bundle(&coding("unalignment"), &[]).to_string())), Some(Problem::SubmissionMissing));
}

#[test]
fn what_is_no_message_is_told() {
    let good = bundle(&coding("unalignment"), &[parameters()]);
    let mut collection = good.clone();
    collection["type"] = json!("collection");
    let mut turned = good.clone();
    turned["entry"].as_array_mut().unwrap().reverse();
    let mut empty = good.clone();
    empty["entry"] = json!([]);
    for other in [collection, turned, empty, json!({ "resourceType": "Bundle" })] {
        assert_eq!(problem(&message(&other.to_string())), Some(Problem::NoMessage), "{other}");
    }
    let deep = format!("{{\"resourceType\":\"Bundle\",\"x\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    for text in ["", "x", "[]", "{}", "{\"resourceType\":\"Patient\"}", "\u{feff}{}", &deep] {
        assert_eq!(problem(&message(text)), Some(Problem::MessageUnreadable), "{}", &text[..text.len().min(40)]);
    }
}

#[test]
fn the_same_message_again_is_the_same() {
    let first = message(&bundle(&coding("unalignment"), &[parameters()]).to_string());
    let again = message(&serde_json::to_string_pretty(&bundle(&coding("unalignment"), &[parameters()])).unwrap());
    assert_eq!((&first.identity, first.content_hash == again.content_hash), (&again.identity, false));
    let mut other = bundle(&coding("unalignment"), &[parameters()]);
    other["identifier"]["value"] = json!("m-2");
    assert_ne!(message(&other.to_string()).identity, first.identity);
}
