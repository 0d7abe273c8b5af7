//! What a report is refused for, in the order of the checks.

use super::kit::{Payload, ROOT, STRANGER, start};
use super::sheets::{BH, CKM, MSK, report, subsection};
use serde_json::{Value, json};

fn baseline() -> Payload {
    report(STRANGER, "CKM", "baseline", CKM, "r-1")
}

/// Issue code and text of a 400 to the POST.
async fn refusal_with(scenario: &str, payload: &Payload) -> (String, String) {
    let kit = start(scenario).await;
    let answer = kit.submit(payload).await;
    assert_eq!(answer.status, 400, "{}", String::from_utf8_lossy(&answer.body));
    assert!(kit.running.handle().all_accepted().is_empty(), "a refused report was accepted");
    answer.issue()
}

async fn is_refused(payload: Payload, code: &str, text: &str) {
    assert_eq!(refusal_with("", &payload).await, (code.to_owned(), text.to_owned()));
}

async fn breaks_profile(payload: Payload, text: &str) {
    is_refused(payload, "invalid", &format!("FHIR validation failed: {text}")).await;
}

/// What the diagnostics say about the sections.
async fn has_bad_sections(payload: Payload, text: &str) {
    let kit = start("").await;
    let answer = kit.submit(&payload).await;
    assert_eq!((answer.status, answer.issue().0.as_str()), (400, "structure"));
    assert_eq!(answer.json()["issue"][0]["diagnostics"], format!("Composition.section[0].section{text}"));
}

async fn is_taken(payload: Payload) {
    let kit = start("").await;
    let answer = kit.submit(&payload).await;
    assert_eq!(answer.status, 202, "{}", String::from_utf8_lossy(&answer.body));
}

#[tokio::test]
async fn a_report_that_passes_the_checks_is_accepted() {
    is_taken(baseline()).await;
    is_taken(report(STRANGER, "MSK", "quarterly", MSK, "r-1")).await;
    is_taken(report(STRANGER, "BH", "end-of-period", BH, "r-1")).await;
}

#[tokio::test]
async fn parameters_are_closed_and_each_stands_once() {
    for name in ["participantID", "payerID", "track", "reportType", "dataBundle"] {
        is_refused(baseline().without(name), "required", &format!("Missing required parameter: {name}")).await;
    }
    let patient = json!({ "name": "patient", "resource": { "resourceType": "Patient" } });
    breaks_profile(baseline().with(patient), "Parameters.parameter[5].name is not one of this operation's").await;
    let second = baseline().body["parameter"][4].clone();
    breaks_profile(baseline().with(second), "Parameters.parameter:dataBundle must not repeat").await;
    let live = refusal_with("[wire]\nwording = \"live\"", &baseline().without("dataBundle")).await;
    assert!(live.1.ends_with("missing required field(s): dataBundle"), "{}", live.1);
}

#[tokio::test]
async fn codes_of_track_and_report_type_are_the_guides() {
    let coded = |name: &str, code: &str| {
        baseline().change(name, |parameter| parameter["valueCodeableConcept"]["coding"][0]["code"] = code.into())
    };
    let tracks = "Invalid track code. Must be one of: eCKM, CKM, MSK, BH";
    is_refused(coded("track", "ckm"), "code-invalid", tracks).await;
    let types = "Invalid report type code. Must be one of: baseline, quarterly, end-of-period";
    for code in ["end-of-year", "Baseline", ""] {
        is_refused(coded("reportType", code), "code-invalid", types).await;
    }
}

#[tokio::test]
async fn the_bundle_is_a_document_with_its_composition_first_and_one_patient() {
    breaks_profile(
        baseline().change("dataBundle", |it| it["resource"] = json!({ "resourceType": "Patient" })),
        "dataBundle must be a Bundle resource",
    )
    .await;
    breaks_profile(baseline().bundle(|bundle| bundle["type"] = "collection".into()), "Bundle.type must be document")
        .await;
    let untimed = baseline().bundle(|bundle| bundle["timestamp"] = Value::Null);
    breaks_profile(untimed, "bdl-10: Bundle.timestamp is required in a document").await;
    let first = "bdl-11: the first entry of a document must be its Composition";
    breaks_profile(baseline().bundle(|bundle| bundle["entry"].as_array_mut().unwrap().swap(0, 1)), first).await;
    breaks_profile(baseline().bundle(|bundle| bundle["entry"] = json!([])), first).await;
    let patient = json!({ "resourceType": "Patient", "id": "other" });
    breaks_profile(baseline().with_entry(&patient), "Bundle must have exactly one Patient entry").await;
    let twice = baseline().with_entry(&json!({ "resourceType": "Practitioner", "id": "author" }));
    breaks_profile(twice, "bdl-7: Bundle.entry[12].fullUrl stands there twice").await;
    let empty = baseline().bundle(|bundle| bundle["entry"][3] = json!({ "fullUrl": "http://example.org/x/y" }));
    breaks_profile(empty, "Bundle.entry[3].resource is required").await;
}

#[tokio::test]
async fn the_composition_has_its_mandatory_elements_with_the_right_types() {
    for element in ["status", "type", "subject", "date", "author", "title", "custodian"] {
        let without = baseline().composition(|composition| composition[element] = Value::Null);
        breaks_profile(without, &format!("Composition.{element} is required")).await;
    }
    let swapped =
        baseline().composition(|composition| composition["custodian"]["reference"] = "Practitioner/author".into());
    breaks_profile(swapped, "Composition.custodian must refer to Organization").await;
    let swapped =
        baseline().composition(|composition| composition["author"][0]["reference"] = "Organization/us".into());
    breaks_profile(swapped, "Composition.author must refer to Practitioner or PractitionerRole").await;
}

#[tokio::test]
async fn the_track_section_is_there_once_first_and_the_parameters() {
    let section = |code: &str| {
        let mut section = baseline().body["parameter"][4]["resource"]["entry"][0]["resource"]["section"][0].clone();
        section["code"]["coding"][0]["code"] = code.into();
        section
    };
    let with = |sections: Value| baseline().composition(|composition| composition["section"] = sections);
    let other = {
        let mut other = section("CKM");
        other["code"]["coding"] = json!([{ "system": format!("{ROOT}/CodeSystem/ACCESSReportDataCompositionSectionCS"), "code": "additional-information" }]);
        other
    };
    let none = "Missing required track section in Composition";
    is_refused(with(json!([])), "required", none).await;
    is_refused(with(json!([other])), "required", none).await;
    let twice = "Composition must have only one track section";
    is_refused(with(json!([section("CKM"), section("BH")])), "invariant", twice).await;
    let unequal = "The code of the first section must be the one coding of the track parameter";
    is_refused(with(json!([section("eCKM")])), "invariant", unequal).await;
    is_refused(with(json!([other, section("CKM")])), "invariant", unequal).await;
    let mut two_codings = section("CKM");
    two_codings["code"]["coding"].as_array_mut().unwrap().push(json!({ "system": "urn:local", "code": "x" }));
    is_refused(with(json!([two_codings])), "invariant", unequal).await;
    let two_codings = baseline().change("track", |parameter| {
        let codings = parameter["valueCodeableConcept"]["coding"].as_array_mut().unwrap();
        codings.push(json!({ "system": "urn:local", "code": "x" }));
    });
    is_refused(two_codings, "invariant", "The track parameter must have exactly one coding").await;
    is_taken(with(json!([section("CKM"), other]))).await;
}

#[tokio::test]
async fn every_top_level_section_has_a_narrative() {
    let without =
        |element: &str| baseline().composition(|composition| composition["section"][0]["text"][element] = Value::Null);
    for element in ["status", "div"] {
        breaks_profile(without(element), "Composition.section[0].text is required").await;
    }
    let additional = json!({ "code": { "text": "more" } });
    let second = baseline().composition(|it| it["section"].as_array_mut().unwrap().push(additional));
    breaks_profile(second, "Composition.section[1].text is required").await;
}

#[tokio::test]
async fn sections_below_are_measures_of_the_family_each_once_and_not_empty() {
    has_bad_sections(baseline().sections(|sections| sections[1]["entry"] = json!([])), "[1] has no entry").await;
    has_bad_sections(baseline().sections(|sections| sections.push(subsection("weight"))), "[8] is there twice").await;
    let foreign = "[0] has no code of a measure of the track";
    has_bad_sections(baseline().sections(|sections| sections[0]["code"] = Value::Null), foreign).await;
    has_bad_sections(report(STRANGER, "CKM", "baseline", BH, "r-1"), foreign).await;
    let unreferenced = baseline().sections(|sections| sections[0]["entry"][0] = json!({ "display": "x" }));
    has_bad_sections(unreferenced, "[0] entry[0] has no reference").await;
    // The guide's prose lists eGFR and uACR for eCKM, too.
    is_taken(report(STRANGER, "eCKM", "baseline", CKM, "r-1")).await;
    let second = |name: &str| {
        report(STRANGER, "MSK", "baseline", &[name], "r-1").sections(|sections| {
            let entry = sections[0]["entry"][0].clone();
            sections[0]["entry"].as_array_mut().unwrap().push(entry);
        })
    };
    has_bad_sections(second("NDI"), "[0] may have one entry only").await;
    is_taken(second("ODI")).await;
}

#[tokio::test]
async fn a_scenario_may_leave_unknown_sections_alone() {
    let kit = start("[reporting]\nunknown_sections = \"ignore\"").await;
    assert_eq!(kit.submit(&report(STRANGER, "CKM", "baseline", BH, "r-1")).await.status, 202);
}

#[tokio::test]
async fn entries_are_of_the_types_their_section_allows() {
    let panel = |track: &str, name: &str| {
        let measure = [name];
        let result = json!({ "resourceType": "DiagnosticReport", "id": "panel", "result": [{ "reference": format!("Observation/{name}") }] });
        report(STRANGER, track, "baseline", &measure, "r-1")
            .with_entry(&result)
            .sections(|sections| sections[0]["entry"][0]["reference"] = "DiagnosticReport/panel".into())
    };
    for name in ["lipids", "HbA1c", "eGFR", "uACR"] {
        is_taken(panel("CKM", name)).await;
    }
    let must = "Composition.section[0].section[0].entry[0] must refer to";
    for (track, name) in [("CKM", "weight"), ("CKM", "blood-pressure"), ("eCKM", "HbA1c")] {
        breaks_profile(panel(track, name), &format!("{must} Observation")).await;
    }
    let patient = baseline().sections(|sections| sections[1]["entry"][0]["reference"] = "Patient/p".into());
    breaks_profile(patient, "Composition.section[0].section[1].entry[0] must refer to DiagnosticReport or Observation")
        .await;
    let observed = report(STRANGER, "BH", "baseline", BH, "r-1").with_entry(&super::sheets::resource("weight"));
    let observed = observed.sections(|sections| sections[0]["entry"][0]["reference"] = "Observation/weight".into());
    breaks_profile(observed, &format!("{must} QuestionnaireResponse")).await;
}

#[tokio::test]
async fn the_patient_of_the_bundle_has_the_mbi_and_what_us_core_demands() {
    let patient = |change: fn(&mut Value)| baseline().resource("p", change);
    is_refused(
        patient(|patient| patient["identifier"][0]["value"] = "1EG4-TE5-MK7".into()),
        "invalid",
        "Invalid Medicare Beneficiary Identifier (MBI) format",
    )
    .await;
    let missing = "Missing required element: Patient.identifier (MBI)";
    is_refused(patient(|patient| patient["identifier"] = json!([])), "required", missing).await;
    breaks_profile(patient(|patient| patient["name"] = json!([])), "Patient.name is required").await;
}

#[tokio::test]
async fn a_document_without_its_identifier_is_refused_on_the_poll_or_at_once() {
    for part in ["system", "value"] {
        let payload = || baseline().bundle(|bundle| bundle["identifier"][part] = Value::Null);
        let kit = start("").await;
        let answer = kit.finish(&kit.submit(&payload()).await).await;
        assert_eq!((answer.status, answer.issue().0.as_str()), (400, "invalid"));
        assert_eq!(answer.json()["issue"][0]["expression"], json!(["Bundle.identifier"]));
        assert_eq!(kit.running.handle().accepted("report-data", STRANGER, "CKM"), 1);
        let refused = refusal_with("[reporting]\ndocument_errors = \"post\"", &payload()).await;
        assert!(refused.1.contains("bdl-9"), "{}", refused.1);
    }
}

#[tokio::test]
async fn references_that_lead_nowhere_are_each_told_on_the_poll() {
    let payload = || {
        baseline()
            .bundle(|bundle| {
                let entries = bundle["entry"].as_array_mut().unwrap();
                entries.retain(|entry| entry["resource"]["id"] != "author" && entry["resource"]["id"] != "BMI");
            })
            .composition(|it| it["encounter"] = json!({ "reference": "Encounter/none" }))
    };
    let kit = start("").await;
    let answer = kit.finish(&kit.submit(&payload()).await).await;
    assert_eq!(answer.status, 400);
    let issues = answer.json()["issue"].as_array().unwrap().clone();
    let mut places: Vec<&str> = issues.iter().map(|issue| issue["expression"][0].as_str().unwrap()).collect();
    places.sort_unstable();
    let expected = ["Composition.author[0]", "Composition.encounter", "Composition.section[0].section[3].entry[0]"];
    assert_eq!(places, expected);
    refusal_with("[reporting]\ndocument_errors = \"post\"", &payload()).await;
}

#[tokio::test]
async fn references_resolve_by_full_url_and_relative_to_the_composition() {
    let absolute =
        baseline().composition(|it| it["custodian"]["reference"] = "http://example.org/Organization/us".into());
    let kit = start("").await;
    let status = async |payload: &Payload| kit.finish(&kit.submit(payload).await).await.status;
    assert_eq!(status(&absolute).await, 200);
    // A relative reference does not continue a urn, nor another server's base.
    for url in ["urn:uuid:0e6b9c52-7d53-4b0e-8f3e-0c8a5f7a1d11", "http://elsewhere.example/Composition/c"] {
        let moved = baseline().bundle(|bundle| bundle["entry"][0]["fullUrl"] = url.into());
        assert_eq!(status(&moved).await, 400, "{url}");
    }
    // Nor is a full URL enough that says another type than what stands there.
    let other = baseline().resource("BMI", |resource| resource["resourceType"] = "Condition".into());
    assert_eq!(status(&other).await, 400);
    let everything = baseline().bundle(|bundle| {
        let text = bundle.to_string();
        let named = ["Composition/c", "Patient/p", "Practitioner/author", "Organization/us"];
        let text = named.iter().fold(text, |text, name| {
            let url = format!("urn:uuid:{name}");
            text.replace(&format!("\"http://example.org/{name}\""), &format!("\"{url}\""))
                .replace(&format!("\"reference\":\"{name}\""), &format!("\"reference\":\"{url}\""))
        });
        let text = CKM.iter().fold(text, |text, name| {
            let (old, url) = (format!("Observation/{name}"), format!("urn:uuid:{name}"));
            text.replace(&format!("\"http://example.org/{old}\""), &format!("\"{url}\""))
                .replace(&format!("\"reference\":\"{old}\""), &format!("\"reference\":\"{url}\""))
        });
        *bundle = serde_json::from_str(&text).unwrap();
    });
    assert_eq!(status(&everything).await, 200);
}
