//! The queue: 202 without a body, polls, results.

use super::kit::{Kit, ROOT, STRANGER, align, eligibility, start, start_with, unalign};
use crate::{Beneficiary, Options, Scenario};
use serde_json::json;

#[tokio::test]
async fn a_submission_is_202_with_an_absolute_location_and_no_body() {
    let kit = start("").await;
    let accepted = kit.submit(&align(STRANGER, "CKM")).await;
    assert_eq!((accepted.status, accepted.body.len(), accepted.header("content-length")), (202, 0, Some("0")));
    assert_eq!(accepted.header("content-type"), None);
    let location = accepted.header("content-location").unwrap();
    // The host is the one the request named, so that a client sees its own origin.
    assert!(location.starts_with("http://sandbox.test:8080/cdx/services/fhir/access/Patient/$submission-status/sub-"));
    let other = kit.submit(&align("2CC1DD2EE35", "CKM")).await;
    assert_ne!(other.header("content-location"), Some(location));
}

#[tokio::test]
async fn a_host_that_could_not_be_one_is_not_repeated() {
    let kit = start("").await;
    let bearer = format!("Bearer {}", kit.token);
    let headers = [("host", "a@b/c"), ("authorization", bearer.as_str()), ("content-type", "application/json")];
    let path = super::kit::operation_path("check-eligibility", "ACCES12345");
    let answer = kit.send("POST", &path, &headers, &eligibility(STRANGER, "CKM").body.to_string()).await.unwrap();
    let own = format!("http://{}/", kit.running.local_addr());
    assert!(answer.header("content-location").unwrap().starts_with(&own));
}

#[tokio::test]
async fn polls_are_202_until_their_number_is_reached_then_always_the_same_200() {
    let kit = start("[wire]\npending_polls = 2\npoll_retry_after = 5").await;
    let accepted = kit.submit(&align(STRANGER, "CKM")).await;
    let location = accepted.header("content-location").unwrap();
    for _ in 0..2 {
        let pending = kit.get(location).await.unwrap();
        assert_eq!((pending.status, pending.body.len()), (202, 0));
        assert_eq!((pending.header("x-progress"), pending.header("retry-after")), (Some("in progress"), Some("5")));
    }
    let first = kit.get(location).await.unwrap();
    assert_eq!((first.status, first.header("content-type")), (200, Some("application/json")));
    // What happens to the beneficiary later does not change an answer that was given.
    assert_eq!(kit.result_of(&unalign(STRANGER, "CKM", "loss-of-contact")).await, "unaligned");
    assert_eq!(kit.get(location).await.unwrap().body, first.body);
}

#[tokio::test]
async fn the_answer_waits_for_its_delay_by_the_sandboxs_clock() {
    let kit = start("[wire]\npending_polls = 0\nanswer_delay_ms = 15000\nprogress = false").await;
    let accepted = kit.submit(&align(STRANGER, "CKM")).await;
    let location = accepted.header("content-location").unwrap();
    for _ in 0..3 {
        let pending = kit.get(location).await.unwrap();
        assert_eq!((pending.status, pending.header("x-progress"), pending.header("retry-after")), (202, None, None));
    }
    kit.running.handle().advance(std::time::Duration::from_secs(15));
    assert_eq!(kit.get(location).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_beneficiary_may_have_polls_and_delay_of_its_own() {
    let kit = start("[wire]\npending_polls = 3").await;
    let quick = Beneficiary { pending_polls: Some(0), ..Beneficiary::new(STRANGER) };
    kit.running.handle().add_beneficiary(quick).unwrap();
    let accepted = kit.submit(&eligibility(STRANGER, "CKM")).await;
    assert_eq!(kit.get(accepted.header("content-location").unwrap()).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_result_has_profile_system_display_and_text() {
    let kit = start("").await;
    let body = kit.finish(&kit.submit(&align(STRANGER, "CKM")).await).await.json();
    assert_eq!(body["meta"]["profile"], json!([format!("{ROOT}/StructureDefinition/access-align-out")]));
    assert_eq!(body["parameter"].as_array().unwrap().len(), 1);
    let value = &body["parameter"][0]["valueCodeableConcept"];
    assert_eq!(
        value["coding"],
        json!([{ "system": format!("{ROOT}/CodeSystem/ACCESSAlignmentResultCS"), "code": "aligned", "display": "Aligned" }])
    );
    assert!(!value["text"].as_str().unwrap().is_empty());
    let kit = start("[wire]\nresult_meta = false").await;
    let body = kit.finish(&kit.submit(&unalign(STRANGER, "BH", "loss-of-contact")).await).await.json();
    assert_eq!(body.get("meta"), None);
    let coding = &body["parameter"][0]["valueCodeableConcept"]["coding"][0];
    assert_eq!(coding["system"], json!(format!("{ROOT}/CodeSystem/ACCESSUnalignmentResultCS")));
}

#[tokio::test]
async fn every_result_code_the_rules_give_is_one_of_the_guides() {
    let guide = access_mappings::load_guide(&access_mappings::Sources::embedded(), "0.9.12").unwrap();
    let refusals =
        ["mismatch", "not-medicare", "services", "control-group", "clinical-exclusion", "already-aligned", "diagnoses"];
    for reason in refusals {
        assert!(guide.result("check-eligibility", &format!("not-eligible-{reason}")).is_some(), "{reason}");
        assert!(guide.result("align", &format!("not-aligned-{reason}")).is_some(), "{reason}");
    }
    for (operation, code) in [
        ("check-eligibility", "eligible"),
        ("check-eligibility", "eligible-pending-diagnosis"),
        ("check-eligibility", "eligible-switch-participants"),
        ("align", "aligned"),
        ("align", "aligned-switch-approved"),
        ("align", "not-aligned-no-switch-attestation"),
        ("unalign", "unaligned"),
        ("unalign", "unalignment-pending"),
        ("unalign", "patient-not-aligned"),
        ("unalign", "cannot-unalign-during-lock-in"),
    ] {
        assert!(guide.result(operation, code).is_some(), "{code}");
    }
    assert_eq!(guide.results.iter().filter(|result| result.operation != "report-data").count(), 24);
}

#[tokio::test]
async fn a_submission_nobody_made_is_404() {
    let kit = start("").await;
    let path = |id: &str| format!("/cdx/services/fhir/access/Patient/$submission-status/{id}");
    let answer = kit.get(&path("invalid-sub-id")).await.unwrap();
    assert_eq!(answer.status, 404);
    assert_eq!(answer.issue(), ("not-found".to_owned(), "Submission ID 'invalid-sub-id' not found".to_owned()));
    let answer = kit.get(&path("%3Cscript%3E")).await.unwrap();
    assert_eq!(answer.issue().1, "Submission ID '' not found");
}

#[tokio::test]
async fn the_location_may_be_relative_in_the_query_elsewhere_or_missing() {
    let location = async |form: &str| {
        let kit = start(&format!("[wire]\npending_polls = 0\ncontent_location = \"{form}\"")).await;
        let accepted = kit.submit(&align(STRANGER, "CKM")).await;
        assert_eq!(accepted.status, 202);
        (accepted.header("content-location").map(str::to_owned), kit)
    };
    let polled = async |kit: &Kit, location: &str| kit.get(location).await.unwrap().result();

    let (relative, kit) = location("relative").await;
    let relative = relative.unwrap();
    assert!(relative.starts_with("/cdx/services/fhir/access/Patient/$submission-status/sub-"));
    assert_eq!(polled(&kit, &relative).await, "aligned");

    let (query, kit) = location("query").await;
    let query = query.unwrap();
    assert!(query.contains("/$submission-status?submissionId=sub-"));
    assert_eq!(polled(&kit, &query).await, "aligned");

    let (elsewhere, _kit) = location("other-origin").await;
    assert!(elsewhere.unwrap().starts_with("http://127.0.0.1:9/"));

    let (missing, kit) = location("missing").await;
    assert_eq!(missing, None);
    assert_eq!(kit.running.handle().accepted("align", STRANGER, "CKM"), 1);
}

#[tokio::test]
async fn accepted_submissions_are_counted_by_operation_mbi_and_track() {
    let kit = start("").await;
    let handle = kit.running.handle();
    for payload in [eligibility(STRANGER, "CKM"), align(STRANGER, "CKM"), align(STRANGER, "CKM"), align(STRANGER, "BH")]
    {
        assert_eq!(kit.submit(&payload).await.status, 202);
    }
    assert_eq!(kit.submit(&align(STRANGER, "CKM").without("track")).await.status, 400);
    assert_eq!(handle.accepted("align", STRANGER, "CKM"), 2);
    assert_eq!(handle.accepted("align", STRANGER, "BH"), 1);
    assert_eq!(handle.accepted("check-eligibility", STRANGER, "CKM"), 1);
    assert_eq!(handle.accepted("unalign", STRANGER, "CKM"), 0);
    assert_eq!(handle.accepted("align", "2CC1DD2EE35", "CKM"), 0);
    let counts: Vec<usize> = handle.all_accepted().iter().map(|accepted| accepted.count).collect();
    assert_eq!(counts, [1, 1, 2]);
    assert!(!format!("{:?}", handle.all_accepted()).contains(STRANGER));
}

#[tokio::test]
async fn payloads_are_kept_only_when_asked_for() {
    let kit = start("").await;
    kit.submit(&align(STRANGER, "CKM")).await;
    assert!(kit.running.handle().payloads("align", STRANGER, "CKM").is_empty());

    let options = Options { keep_payloads: true, ..Options::default() };
    let kit = start_with(Scenario::default(), options).await;
    let payload = align(STRANGER, "CKM");
    kit.submit(&payload).await;
    assert_eq!(kit.running.handle().payloads("align", STRANGER, "CKM"), [payload.body.to_string()]);
}
