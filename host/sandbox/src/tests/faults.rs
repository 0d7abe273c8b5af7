//! Faults: each on its own, how they are matched, and what the submission is worth afterwards.

use super::kit::{Answer, Kit, STRANGER, align, eligibility, start};
use crate::Fault;
use std::time::Duration;

const OTHER: &str = "2CC1DD2EE35";

async fn faulty(keys: &str) -> Kit {
    start(&format!("[wire]\npending_polls = 0\n[[fault]]\n{keys}")).await
}

/// A submission that went through, polled once.
async fn first_poll(kit: &Kit) -> Option<Answer> {
    let accepted = kit.submit(&align(STRANGER, "CKM")).await;
    kit.get(accepted.header("content-location").unwrap()).await
}

#[tokio::test]
async fn a_503_on_submit_has_its_retry_after_and_accepts_nothing() {
    let kit = faulty("on = \"submit\"\ntimes = 1\nstatus = 503\nretry_after = 60").await;
    let refused = kit.submit(&align(STRANGER, "CKM")).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("60")));
    let text = "Service temporarily unavailable. Please retry after 60 seconds.";
    assert_eq!(refused.issue(), ("transient".to_owned(), text.to_owned()));
    assert_eq!(kit.running.handle().accepted("align", STRANGER, "CKM"), 0);
    assert_eq!(kit.result_of(&align(STRANGER, "CKM")).await, "aligned");
}

#[tokio::test]
async fn any_status_can_be_scripted_with_the_issue_code_that_goes_with_it() {
    for (status, code) in [
        (400, "invalid"),
        (401, "security"),
        (403, "forbidden"),
        (404, "not-found"),
        (429, "throttled"),
        (500, "exception"),
        (502, "exception"),
        (503, "transient"),
    ] {
        let kit = faulty(&format!("on = \"poll\"\nstatus = {status}")).await;
        let answer = first_poll(&kit).await.unwrap();
        assert_eq!((answer.status, answer.issue().0.as_str()), (status, code));
        assert_eq!(answer.header("www-authenticate").is_some(), status == 401);
    }
}

#[tokio::test]
async fn retry_after_may_be_a_date() {
    let kit = faulty("on = \"poll\"\nstatus = 429\nretry_after = \"Fri, 31 Dec 2027 23:59:59 GMT\"").await;
    let answer = first_poll(&kit).await.unwrap();
    assert_eq!(answer.header("retry-after"), Some("Fri, 31 Dec 2027 23:59:59 GMT"));
}

#[tokio::test]
async fn bodies_may_be_a_page_no_json_empty_or_diagnostics_only() {
    let kit = faulty("on = \"poll\"\nstatus = 502\nbody = \"html\"").await;
    let page = first_poll(&kit).await.unwrap();
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.body.starts_with(b"<!DOCTYPE html>"));

    let kit = faulty("on = \"poll\"\nstatus = 200\nbody = \"garbage\"").await;
    let garbage = first_poll(&kit).await.unwrap();
    assert_eq!((garbage.status, garbage.header("content-type")), (200, Some("application/json")));
    assert!(serde_json::from_slice::<serde_json::Value>(&garbage.body).is_err());

    let kit = faulty("on = \"poll\"\nstatus = 500\nbody = \"empty\"").await;
    assert!(first_poll(&kit).await.unwrap().body.is_empty());

    let kit = faulty("on = \"poll\"\nstatus = 400\nbody = \"diagnostics\"").await;
    let issue = first_poll(&kit).await.unwrap().json()["issue"][0].clone();
    assert_eq!(issue.get("details"), None);
    assert_eq!(issue["diagnostics"], "FHIR validation failed");
}

#[tokio::test]
async fn a_body_may_break_off() {
    let kit = faulty("on = \"poll\"\nstatus = 500\nbody = \"cut\"").await;
    let cut = first_poll(&kit).await.unwrap();
    let declared: usize = cut.header("content-length").unwrap().parse().unwrap();
    assert!(!cut.body.is_empty() && cut.body.len() < declared, "{} of {declared}", cut.body.len());
}

#[tokio::test]
async fn a_400_on_the_poll_can_have_several_issues_each_its_own_way() {
    let kit = faulty(
        "on = \"poll\"\nstatus = 400\nissues = [{ code = \"required\", text = \"one\", expression = [\"Patient.name\"] }, \
         { diagnostics = \"two\", severity = \"fatal\" }]",
    )
    .await;
    let answer = first_poll(&kit).await.unwrap();
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json()["issue"],
        serde_json::json!([
            { "severity": "error", "code": "required", "details": { "text": "one" }, "expression": ["Patient.name"] },
            { "severity": "fatal", "code": "invalid", "diagnostics": "two" },
        ])
    );
}

#[tokio::test]
async fn a_200_can_be_a_bare_operation_outcome() {
    let kit = faulty("on = \"poll\"\nstatus = 200").await;
    let answer = first_poll(&kit).await.unwrap();
    assert_eq!((answer.status, answer.issue().0.as_str()), (200, "exception"));
}

#[tokio::test]
async fn a_202_on_the_poll_keeps_it_pending_without_a_body() {
    let kit = faulty("on = \"poll\"\ntimes = 2\nstatus = 202\nretry_after = 7").await;
    let accepted = kit.submit(&align(STRANGER, "CKM")).await;
    let pending = kit.get(accepted.header("content-location").unwrap()).await.unwrap();
    assert_eq!((pending.status, pending.body.len(), pending.header("retry-after")), (202, 0, Some("7")));
    assert_eq!(kit.finish(&accepted).await.result(), "aligned");
}

#[tokio::test]
async fn an_answer_a_fault_replaced_is_there_at_the_next_poll() {
    let kit = faulty("on = \"poll\"\ntimes = 1\nstatus = 500").await;
    let accepted = kit.submit(&align(STRANGER, "CKM")).await;
    assert_eq!(kit.finish(&accepted).await.status, 500);
    assert_eq!(kit.finish(&accepted).await.result(), "aligned");
}

#[tokio::test]
async fn a_token_can_expire_in_the_middle_of_polling() {
    let mut kit = faulty("on = \"poll\"\nskip = 1\ntimes = 1\nexpire_token = true").await;
    let accepted = kit.submit(&align(STRANGER, "CKM")).await;
    let location = accepted.header("content-location").unwrap().to_owned();
    assert_eq!(kit.get(&location).await.unwrap().status, 200);
    assert_eq!(kit.get(&location).await.unwrap().status, 401);
    assert_eq!(kit.get(&location).await.unwrap().status, 401, "the token came back to life");
    kit.renew().await;
    assert_eq!(kit.get(&location).await.unwrap().result(), "aligned");
}

#[tokio::test]
async fn a_dropped_connection_may_have_accepted_the_submission_or_not() {
    let kit = faulty("on = \"submit\"\ntimes = 1\ndrop = true").await;
    assert!(kit.try_submit(&align(STRANGER, "CKM")).await.is_none());
    assert_eq!(kit.running.handle().accepted("align", STRANGER, "CKM"), 0);
    assert_eq!(kit.result_of(&align(STRANGER, "CKM")).await, "aligned");

    let kit = faulty("on = \"submit\"\ntimes = 1\ndrop = true\naccept = true").await;
    assert!(kit.try_submit(&align(STRANGER, "CKM")).await.is_none());
    assert_eq!(kit.running.handle().accepted("align", STRANGER, "CKM"), 1);
    // A client that sends it again blindly finds that it has gone through.
    assert_eq!(kit.result_of(&align(STRANGER, "CKM")).await, "not-aligned-already-aligned");
    assert_eq!(kit.running.handle().accepted("align", STRANGER, "CKM"), 2);
}

#[tokio::test]
async fn a_gateway_error_may_come_after_accepting() {
    let kit = faulty("on = \"submit\"\nstatus = 502\nbody = \"html\"\naccept = true").await;
    assert_eq!(kit.submit(&align(STRANGER, "CKM")).await.status, 502);
    assert_eq!(kit.running.handle().accepted("align", STRANGER, "CKM"), 1);
    // What would be refused is refused: the fault cannot accept it.
    assert_eq!(kit.submit(&align(STRANGER, "CKM").without("track")).await.status, 400);
    assert_eq!(kit.running.handle().accepted("align", STRANGER, "CKM"), 1);
}

#[tokio::test]
async fn polls_and_token_requests_can_be_dropped_too() {
    let kit = faulty("on = \"poll\"\ntimes = 1\ndrop = true").await;
    assert!(first_poll(&kit).await.is_none());
    let kit = faulty("on = \"token\"\nskip = 1\ndrop = true").await;
    assert!(kit.ask_token("grant_type=client_credentials&client_id=a&client_secret=b").await.is_none());
}

#[tokio::test]
async fn one_submission_may_get_its_location_in_another_form() {
    let kit = faulty("on = \"submit\"\ntimes = 1\ncontent_location = \"relative\"").await;
    let relative = kit.submit(&align(STRANGER, "CKM")).await;
    assert!(relative.header("content-location").unwrap().starts_with("/cdx/"));
    assert_eq!(kit.finish(&relative).await.result(), "aligned");
    assert!(kit.submit(&align(OTHER, "CKM")).await.header("content-location").unwrap().starts_with("http://"));
}

#[tokio::test]
async fn a_result_can_be_scripted_even_one_the_guide_does_not_have() {
    let kit = faulty(
        "on = \"submit\"\nresult = \"not-aligned-moon-phase\"\ntext = \"wait for it\"\nissues = [{ severity = \"warning\", text = \"a word\" }]",
    )
    .await;
    let body = kit.finish(&kit.submit(&align(STRANGER, "CKM")).await).await.json();
    let value = &body["parameter"][0]["valueCodeableConcept"];
    assert_eq!(
        (&value["coding"][0]["code"], &value["text"]),
        (&"not-aligned-moon-phase".into(), &"wait for it".into())
    );
    assert_eq!(value["coding"][0].get("display"), None);
    assert_eq!(body["parameter"][1]["name"], "issues");
    assert_eq!(body["parameter"][1]["resource"]["issue"][0]["severity"], "warning");
    assert!(body["meta"]["profile"][0].as_str().unwrap().ends_with("/access-submission-status-out"));
    assert_eq!(kit.running.handle().aligned_to(STRANGER, "CKM"), None);

    let kit = faulty("on = \"submit\"\nresult = \"not-aligned-services\"").await;
    let body = kit.finish(&kit.submit(&align(STRANGER, "CKM")).await).await.json();
    let display = &body["parameter"][0]["valueCodeableConcept"]["coding"][0]["display"];
    assert_eq!(display, "Not aligned - receiving services that prevent eligibility");
}

#[tokio::test]
async fn the_token_endpoint_fails_in_its_own_words() {
    for (status, error) in [
        (401, "invalid_client"),
        (429, "temporarily_unavailable"),
        (503, "temporarily_unavailable"),
        (500, "server_error"),
    ] {
        let kit = faulty(&format!("on = \"token\"\nstatus = {status}\nretry_after = 3")).await;
        let answer = kit.ask_token("grant_type=client_credentials&client_id=a&client_secret=b").await.unwrap();
        assert_eq!((answer.status, &answer.json()["error"]), (status, &error.into()));
        assert_eq!(answer.header("retry-after"), Some("3"));
    }
}

#[tokio::test]
async fn a_fault_meets_only_what_it_names() {
    let kit = start(&format!(
        "[[fault]]\non = \"submit\"\nmbi = \"{OTHER}\"\noperation = \"align\"\ntrack = \"BH\"\nstatus = 500"
    ))
    .await;
    for payload in [align(STRANGER, "BH"), align(OTHER, "CKM"), eligibility(OTHER, "BH")] {
        assert_eq!(kit.submit(&payload).await.status, 202);
    }
    assert_eq!(kit.submit(&align(OTHER, "BH")).await.status, 500);
    let met: Vec<bool> = kit.running.handle().requests().iter().map(|entry| entry.fault).collect();
    assert_eq!(met, [false, false, false, false, true]);
}

#[tokio::test]
async fn poll_faults_find_the_submission_behind_the_id() {
    let kit = start(&format!(
        "[wire]\npending_polls = 0\n[[fault]]\non = \"poll\"\nmbi = \"{OTHER}\"\noperation = \"align\"\nstatus = 500"
    ))
    .await;
    let ours = kit.submit(&align(STRANGER, "CKM")).await;
    let checked = kit.submit(&eligibility(OTHER, "CKM")).await;
    let theirs = kit.submit(&align(OTHER, "CKM")).await;
    assert_eq!(kit.finish(&ours).await.status, 200);
    assert_eq!(kit.finish(&checked).await.status, 200);
    assert_eq!(kit.finish(&theirs).await.status, 500);
}

#[tokio::test]
async fn skip_and_times_count_the_requests_that_match() {
    let kit = faulty("on = \"submit\"\noperation = \"align\"\nskip = 1\ntimes = 2\nstatus = 500").await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        assert_eq!(kit.submit(&eligibility(STRANGER, "CKM")).await.status, 202);
        statuses.push(kit.submit(&align(STRANGER, "CKM")).await.status);
    }
    assert_eq!(statuses, [202, 500, 500, 202]);
}

#[tokio::test]
async fn of_several_faults_the_first_that_is_due_meets_the_request() {
    let kit =
        faulty("on = \"submit\"\ntimes = 1\nstatus = 500\n[[fault]]\non = \"submit\"\ntimes = 1\nstatus = 503").await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(kit.submit(&align(STRANGER, "CKM")).await.status);
    }
    assert_eq!(statuses, [500, 503, 202]);
}

#[tokio::test]
async fn a_fault_can_be_added_while_it_runs() {
    let kit = start("").await;
    kit.running.handle().add_fault(Fault::parse("on = \"submit\"\nstatus = 500").unwrap()).unwrap();
    assert_eq!(kit.submit(&align(STRANGER, "CKM")).await.status, 500);
    assert!(
        kit.running.handle().add_fault(Fault::parse("on = \"submit\"\ntrack = \"X\"\nstatus = 500").unwrap()).is_err()
    );
}

#[tokio::test]
async fn a_delay_passes_before_anything_happens() {
    let kit = faulty("on = \"submit\"\ndelay_ms = 60").await;
    let before = tokio::time::Instant::now();
    assert_eq!(kit.submit(&align(STRANGER, "CKM")).await.status, 202);
    assert!(before.elapsed() >= Duration::from_millis(60));
    assert!(kit.running.handle().requests().last().unwrap().milliseconds >= 60);
}

#[tokio::test]
async fn a_slow_body_comes_whole_in_the_end() {
    let kit = faulty("on = \"poll\"\ntrickle_ms = 10").await;
    let before = tokio::time::Instant::now();
    assert_eq!(first_poll(&kit).await.unwrap().result(), "aligned");
    assert!(before.elapsed() >= Duration::from_millis(70), "{:?}", before.elapsed());
}
