//! What a request is refused for, in the order of the checks.

use super::kit::{Payload, ROOT, STRANGER, US, align, eligibility, operation_path, start, unalign};
use serde_json::{Value, json};

/// Status, issue code and text of the refusal.
async fn refusal(scenario: &str, payload: &Payload) -> (u16, String, String) {
    let kit = start(scenario).await;
    let answer = kit.submit(payload).await;
    assert!(kit.running.handle().all_accepted().is_empty(), "a refused request was accepted");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let (code, text) = answer.issue();
    (answer.status, code, text)
}

async fn is_refused(payload: Payload, code: &str, text: &str) {
    let refused = refusal("", &payload).await;
    assert_eq!((refused.0, refused.1.as_str(), refused.2.as_str()), (400, code, text));
}

async fn breaks_profile(payload: Payload, text: &str) {
    is_refused(payload, "invalid", &format!("FHIR validation failed: {text}")).await;
}

#[tokio::test]
async fn other_paths_and_methods_are_not_served() {
    let kit = start("").await;
    for path in ["/", "/metadata", "/cdx/services/fhir/access/Patient/$report", "/access/Patient/$align"] {
        assert_eq!(kit.send("POST", path, &[], "{}").await.unwrap().status, 404, "{path}");
    }
    let answer = kit.send("GET", &operation_path("align", US), &[], "").await.unwrap();
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    let answer = kit.send("POST", "/cdx/services/fhir/access/Patient/$submission-status/x", &[], "").await.unwrap();
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET")));
}

#[tokio::test]
async fn the_media_type_must_be_json_of_some_kind() {
    let kit = start("").await;
    let body = eligibility(STRANGER, "CKM").body.to_string();
    let bearer = format!("Bearer {}", kit.token);
    for (media_type, status) in [
        ("application/json", 202),
        ("application/json; charset=utf-8", 202),
        ("application/fhir+json", 202),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
    ] {
        let headers = [("authorization", bearer.as_str()), ("content-type", media_type)];
        let answer = kit.send("POST", &operation_path("check-eligibility", US), &headers, &body).await.unwrap();
        assert_eq!(answer.status, status, "{media_type}");
    }
}

#[tokio::test]
async fn a_scenario_may_ask_for_prefer() {
    let kit = start("[wire]\nrequire_prefer = true").await;
    let payload = eligibility(STRANGER, "CKM");
    assert_eq!(kit.submit(&payload).await.status, 202);
    let bearer = format!("Bearer {}", kit.token);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let path = operation_path("check-eligibility", US);
    let answer = kit.send("POST", &path, &headers, &payload.body.to_string()).await.unwrap();
    assert_eq!((answer.status, answer.issue().0.as_str()), (400, "required"));
    let headers = [headers[0], headers[1], ("prefer", "handling=strict, Respond-Async; wait=5")];
    assert_eq!(kit.send("POST", &path, &headers, &payload.body.to_string()).await.unwrap().status, 202);
}

#[tokio::test]
async fn entity_id_must_have_the_form_and_be_the_participants() {
    let kit = start("").await;
    let body = eligibility(STRANGER, "CKM").body.to_string();
    for entity in
        ["", "ACCESS1234", "ACCES1234", "acces12345", "ACCES123456", "ACCES99999", "ACCES12345&entityId=ACCES12345"]
    {
        let answer = kit.post("check-eligibility", entity, &body).await.unwrap();
        assert_eq!(answer.status, 400, "{entity}");
        assert_eq!(answer.issue(), ("invalid".to_owned(), "Participant ID is not valid".to_owned()), "{entity}");
    }
    let payload = eligibility(STRANGER, "CKM").change("participantID", |parameter| {
        parameter["valueIdentifier"]["value"] = json!("ACCESS1234");
    });
    is_refused(payload, "invalid", "Participant ID is not valid").await;
}

#[tokio::test]
async fn the_entity_is_looked_at_before_the_body_and_the_token_before_both() {
    let mut kit = start("").await;
    assert_eq!(kit.post("align", "nobody", "{").await.unwrap().issue().0, "invalid");
    assert_eq!(kit.post("align", US, "{").await.unwrap().issue().0, "structure");
    kit.token = "gone".to_owned();
    assert_eq!(kit.post("align", "nobody", "{").await.unwrap().status, 401);
}

#[tokio::test]
async fn a_body_that_is_no_parameters_resource_is_a_structure_error() {
    let kit = start("").await;
    for body in
        ["", "{", "[]", "null", "{\"resourceType\":\"Patient\"}", "{\"resourceType\":\"Parameters\",\"parameter\":{}}"]
    {
        let answer = kit.post("align", US, body).await.unwrap();
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(
            answer.issue(),
            ("structure".to_owned(), "Parameters resource structure is invalid".to_owned()),
            "{body}"
        );
    }
}

/// What the order of the guide's errors says, and not what was looked at first.
#[tokio::test]
async fn required_parameters_come_before_codes_and_codes_before_the_profile() {
    let kit = start("").await;
    let nothing = kit.post("align", US, r#"{"resourceType":"Parameters","parameter":[]}"#).await.unwrap();
    let (code, text) = nothing.issue();
    assert_eq!(code, "required");
    assert!(text.contains("participantID") && !text.contains("meta.profile"), "{text}");
    let mut payload = eligibility(STRANGER, "CKM").change("track", |parameter| {
        parameter["valueCodeableConcept"]["coding"][0]["code"] = json!("XYZ");
    });
    payload.body.as_object_mut().unwrap().remove("meta");
    let answer = kit.post("check-eligibility", US, &payload.body.to_string()).await.unwrap();
    assert_eq!(answer.issue().0, "code-invalid");
}

#[tokio::test]
async fn meta_profile_must_name_the_operations_profile() {
    let with_profile = |profile: Value| {
        let mut payload = eligibility(STRANGER, "CKM");
        payload.body["meta"] = json!({ "profile": profile });
        payload
    };
    let missing = "Payload validation failed with the following error: missing required field(s): meta.profile";
    is_refused(with_profile(json!([])), "required", missing).await;
    let mut none = eligibility(STRANGER, "CKM");
    none.body.as_object_mut().unwrap().remove("meta");
    is_refused(none, "required", missing).await;
    let foreign = with_profile(json!([format!("{ROOT}/StructureDefinition/access-align-in")]));
    breaks_profile(foreign, "meta.profile does not name the profile of this operation's request").await;
    let kit = start("").await;
    let versioned = with_profile(json!([format!("{ROOT}/StructureDefinition/access-check-eligibility-in|0.9.12")]));
    assert_eq!(kit.submit(&versioned).await.status, 202);
}

#[tokio::test]
async fn parameter_names_are_closed_and_most_stand_once() {
    let plural = eligibility(STRANGER, "CKM").with(json!({ "name": "conditions", "resource": {} }));
    breaks_profile(plural, "Parameters.parameter[4].name is not one of this operation's").await;
    let foreign = eligibility(STRANGER, "CKM").with(json!({ "name": "isProviderReferral", "valueBoolean": true }));
    breaks_profile(foreign, "Parameters.parameter[4].name is not one of this operation's").await;
    let twice = align(STRANGER, "CKM").with(json!({ "name": "isProviderReferral", "valueBoolean": true }));
    breaks_profile(twice, "Parameters.parameter:isProviderReferral must not repeat").await;
    let value = eligibility(STRANGER, "CKM").change("track", |parameter| parameter["valueString"] = json!("CKM"));
    breaks_profile(value, "Parameters.parameter[3] may only have valueCodeableConcept").await;
    let referral =
        align(STRANGER, "CKM").change("isProviderReferral", |parameter| parameter["valueBoolean"] = json!("true"));
    breaks_profile(referral, "isProviderReferral must be a boolean").await;
    let payer = eligibility(STRANGER, "CKM").change("payerID", |parameter| parameter["valueIdentifier"] = json!({}));
    breaks_profile(payer, "payerID.value is required").await;
    let patient = eligibility(STRANGER, "CKM").patient(|patient| patient["resourceType"] = json!("Person"));
    breaks_profile(patient, "patient must be a Patient resource").await;
    let condition = align(STRANGER, "CKM").change("condition", |parameter| parameter["resource"] = json!({}));
    breaks_profile(condition, "condition must be a Condition resource").await;
}

#[tokio::test]
async fn every_required_parameter_is_asked_for_by_name() {
    for (payload, name) in [
        (eligibility(STRANGER, "CKM"), "participantID"),
        (eligibility(STRANGER, "CKM"), "payerID"),
        (eligibility(STRANGER, "CKM"), "patient"),
        (eligibility(STRANGER, "CKM"), "track"),
        (align(STRANGER, "CKM"), "isProviderReferral"),
        (unalign(STRANGER, "CKM", "loss-of-contact"), "reason"),
    ] {
        is_refused(payload.without(name), "required", &format!("Missing required parameter: {name}")).await;
    }
}

#[tokio::test]
async fn two_missing_parameters_are_two_issues() {
    let kit = start("").await;
    let answer = kit.submit(&align(STRANGER, "CKM").without("track").without("payerID")).await;
    let texts: Vec<Value> =
        answer.json()["issue"].as_array().unwrap().iter().map(|issue| issue["details"]["text"].clone()).collect();
    assert_eq!(texts, ["Missing required parameter: payerID", "Missing required parameter: track"]);
}

#[tokio::test]
async fn the_live_wording_lists_everything_that_is_missing_in_one_sentence() {
    let mut payload = eligibility(STRANGER, "CKM");
    payload.body["parameter"] = json!([]);
    let refused = refusal("[wire]\nwording = \"live\"", &payload).await;
    assert_eq!(
        refused.2,
        "Payload validation failed with the following error: missing required field(s): \
         participantID, payerID, track, Patient, mbi, birthDate"
    );
    let payload = eligibility(STRANGER, "CKM").patient(|patient| {
        patient.as_object_mut().unwrap().remove("birthDate");
    });
    let refused = refusal("[wire]\nwording = \"live\"", &payload).await;
    assert!(refused.2.ends_with("missing required field(s): birthDate"));
}

#[tokio::test]
async fn conditions_are_required_to_align_and_for_a_clinical_reason() {
    is_refused(align(STRANGER, "CKM").without("condition"), "required", "Missing required parameter: conditions").await;
    let reason = unalign(STRANGER, "CKM", "no-longer-clinically-eligible").without("condition");
    is_refused(reason, "required", "Missing required parameter: conditions").await;
    let kit = start("").await;
    assert_eq!(kit.submit(&unalign(STRANGER, "CKM", "geographic-relocated")).await.status, 202);
    assert_eq!(kit.submit(&eligibility(STRANGER, "CKM")).await.status, 202);
}

#[tokio::test]
async fn track_and_reason_must_be_codes_of_their_systems() {
    let track = "Invalid track code. Must be one of: eCKM, CKM, MSK, BH";
    is_refused(eligibility(STRANGER, "ECKM"), "code-invalid", track).await;
    let no_system = eligibility(STRANGER, "CKM").change("track", |parameter| {
        parameter["valueCodeableConcept"] = json!({ "coding": [{ "code": "CKM" }] });
    });
    is_refused(no_system, "code-invalid", track).await;
    is_refused(unalign(STRANGER, "CKM", "moved"), "code-invalid", "Invalid unalignment reason code").await;
}

#[tokio::test]
async fn codes_are_looked_at_before_the_patient() {
    is_refused(
        eligibility("1AA0-AA0-AA01", "nope"),
        "code-invalid",
        "Invalid track code. Must be one of: eCKM, CKM, MSK, BH",
    )
    .await;
}

#[tokio::test]
async fn an_mbi_with_dashes_in_lower_case_or_of_another_length_is_refused() {
    for mbi in ["1AA0-AA0-AA01", "1aa0aa0aa01", "1AA0AA0AA0", "1AA0AA0AA012", "1AA0AA0 A01"] {
        is_refused(eligibility(mbi, "CKM"), "invalid", "Invalid Medicare Beneficiary Identifier (MBI) format").await;
    }
    let kit = start("").await;
    // The guide's own second sample breaks the rule of positions, and is accepted all the same.
    for mbi in ["1EG4TE5MK73", "9876543210B"] {
        assert_eq!(kit.submit(&eligibility(mbi, "CKM")).await.status, 202);
    }
}

#[tokio::test]
async fn the_patient_needs_mbi_birth_date_name_and_gender() {
    let changed = |change: fn(&mut Value)| eligibility(STRANGER, "CKM").patient(change);
    let required = |name: &str| format!("Missing required element: {name}");
    is_refused(changed(|patient| patient["identifier"] = json!([])), "required", &required("Patient.identifier (MBI)"))
        .await;
    is_refused(
        changed(|patient| patient["identifier"][0]["system"] = json!("urn:oid:1.2.3")),
        "required",
        &required("Patient.identifier (MBI)"),
    )
    .await;
    is_refused(changed(|patient| patient["birthDate"] = Value::Null), "required", &required("Patient.birthDate")).await;
    for date in ["19500131", "1950-02-30", "1950", "31.01.1950"] {
        let payload = eligibility(STRANGER, "CKM").patient(|patient| patient["birthDate"] = json!(date));
        breaks_profile(payload, "Patient.birthDate is not a date").await;
    }
    breaks_profile(
        changed(|patient| patient["gender"] = json!("F")),
        "Patient.gender must be male, female, other or unknown",
    )
    .await;
    breaks_profile(changed(|patient| patient["name"] = json!([])), "Patient.name is required").await;
    breaks_profile(
        changed(|patient| patient["name"] = json!([{ "text": "x" }])),
        "Patient.name must have family or given",
    )
    .await;
}

#[tokio::test]
async fn identifiers_need_system_and_value_and_one_mbi() {
    let with = |identifier: Value| {
        eligibility(STRANGER, "CKM").patient(|patient| patient["identifier"].as_array_mut().unwrap().push(identifier))
    };
    breaks_profile(
        with(json!({ "value": "4711" })),
        "Patient.identifier.system is required when Patient.identifier.value is present",
    )
    .await;
    breaks_profile(with(json!({ "system": "urn:x" })), "Patient.identifier.value is required").await;
    let second = with(json!({ "system": "http://terminology.hl7.org/NamingSystem/cmsMBI", "value": "1AA0AA0AA01" }));
    is_refused(second, "invalid", "Patient.identifier has more than one Medicare Beneficiary Identifier").await;
    let kit = start("").await;
    assert_eq!(kit.submit(&with(json!({ "system": "urn:x", "value": "4711" }))).await.status, 202);
}

#[tokio::test]
async fn conditions_are_checked_against_their_profile() {
    let changed = |change: fn(&mut Value)| align(STRANGER, "CKM").change("condition", |p| change(&mut p["resource"]));
    breaks_profile(
        changed(|condition| condition["code"]["coding"][0]["system"] = json!("http://snomed.info/sct")),
        "Condition.code.coding:icd10cm is required",
    )
    .await;
    breaks_profile(
        changed(|condition| {
            let coding = condition["code"]["coding"][0].clone();
            condition["code"]["coding"].as_array_mut().unwrap().push(coding);
        }),
        "Condition.code.coding:icd10cm must not repeat",
    )
    .await;
    breaks_profile(changed(|condition| condition["category"] = json!([])), "Condition.category is required").await;
    breaks_profile(
        changed(|condition| condition["category"][0]["coding"][0]["code"] = json!("health-concern")),
        "Condition.category must have problem-list-item exactly once",
    )
    .await;
    breaks_profile(changed(|condition| condition["subject"] = json!({})), "Condition.subject is required").await;
    breaks_profile(
        changed(|condition| condition["abatementDateTime"] = json!("2026-01-01")),
        "con-4: an abated Condition is inactive, resolved or in remission",
    )
    .await;
    breaks_profile(
        changed(|condition| condition["verificationStatus"]["coding"][0]["code"] = json!("entered-in-error")),
        "con-5: Condition.clinicalStatus shall not be present if verificationStatus is entered-in-error",
    )
    .await;
    // The exclusion profile of `$unalign` leaves the kind of category open.
    let kit = start("").await;
    let open = unalign(STRANGER, "CKM", "no-longer-clinically-eligible")
        .change("condition", |p| p["resource"]["category"][0]["coding"][0]["code"] = json!("health-concern"));
    assert_eq!(kit.submit(&open).await.status, 202);
}

#[tokio::test]
async fn a_refusal_repeats_no_value_of_the_request() {
    let kit = start("").await;
    let payload = eligibility("3qq9ww8ee77", "CKM").with(json!({ "name": "secretName", "valueString": "secretValue" }));
    let text = String::from_utf8(kit.submit(&payload).await.body).unwrap();
    let payload = eligibility("3qq9ww8ee77", "secretTrack");
    let text = text + &String::from_utf8(kit.submit(&payload).await.body).unwrap();
    let text = text + &String::from_utf8(kit.submit(&eligibility("3qq9ww8ee77", "CKM")).await.body).unwrap();
    for value in ["3qq9ww8ee77", "secretName", "secretValue", "secretTrack", "Example", "1950"] {
        assert!(!text.contains(value), "{value}");
    }
}
