//! Faults meet reports as they meet every other operation.

use super::kit::{STRANGER, US, start};
use super::sheets::{CKM, report};
use serde_json::json;

async fn faulty(keys: &str) -> super::kit::Kit {
    start(&format!(
        "[wire]\npending_polls = 0\n[[beneficiary]]\nmbi = \"{STRANGER}\"\n\
         alignments = [{{ participant = \"{US}\", track = \"CKM\", days_ago = 3 }}]\n\
         [[fault]]\noperation = \"report-data\"\nmbi = \"{STRANGER}\"\ntrack = \"CKM\"\n{keys}"
    ))
    .await
}

#[tokio::test]
async fn a_report_is_met_by_operation_person_and_track() {
    let kit = faulty("on = \"submit\"\ntimes = 1\nstatus = 503\nretry_after = 7").await;
    let baseline = report(STRANGER, "CKM", "baseline", CKM, "one");
    let other = report("2CC1DD2EE35", "CKM", "baseline", CKM, "one");
    assert_eq!(kit.submit(&other).await.status, 202);
    let refused = kit.submit(&baseline).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("7")));
    assert_eq!(kit.result_of(&baseline).await, "success");
}

#[tokio::test]
async fn a_report_whose_answer_was_lost_is_a_duplicate_when_it_comes_again() {
    let kit = faulty("on = \"submit\"\ntimes = 1\ndrop = true\naccept = true").await;
    let baseline = report(STRANGER, "CKM", "baseline", CKM, "one");
    assert!(kit.try_submit(&baseline).await.is_none());
    assert_eq!(kit.result_of(&baseline).await, "duplicate");
    let keys = kit.running.handle().keys();
    assert_eq!(keys.len(), 2);
    assert_eq!((keys[0].result.as_str(), keys[1].result.as_str()), ("success", "duplicate"));
    assert_eq!(keys[0].bundle, keys[1].bundle);
}

#[tokio::test]
async fn polls_of_a_report_meet_401_429_and_delays() {
    let mut kit = faulty("on = \"poll\"\ntimes = 1\nexpire_token = true").await;
    let accepted = kit.submit(&report(STRANGER, "CKM", "baseline", CKM, "one")).await;
    let location = accepted.header("content-location").unwrap().to_owned();
    assert_eq!(kit.get(&location).await.unwrap().status, 401);
    kit.renew().await;
    assert_eq!(kit.get(&location).await.unwrap().result(), "success");

    let kit = faulty("on = \"poll\"\ntimes = 1\nstatus = 429\nbody = \"html\"\ndelay_ms = 1").await;
    let accepted = kit.submit(&report(STRANGER, "CKM", "baseline", CKM, "one")).await;
    assert_eq!(kit.finish(&accepted).await.status, 429);
    assert_eq!(kit.finish(&accepted).await.result(), "success");
}

#[tokio::test]
async fn a_scripted_result_of_a_report_takes_the_form_of_issues_too() {
    let kit =
        faulty("on = \"submit\"\nresult = \"incomplete-data\"\nissues = [{ code = \"required\", text = \"more\" }]")
            .await;
    let answer = kit.finish(&kit.submit(&report(STRANGER, "CKM", "baseline", CKM, "one")).await).await;
    assert_eq!(answer.result(), "incomplete-data");
    assert_eq!(answer.json()["parameter"][1]["resource"]["issue"][0]["details"], json!({ "text": "more" }));
}
