//! What was seen to go wrong at the API, end to end with the program itself.

use kit::{Stage, fixture, until};

const CKM: &str = "zac-align-ckm.hl7";
/// Its `MSH-10`.
const CONTROL: &str = "LKS000118";
const MBI: &str = "2FH7GT4MN61";
const DASHED: &str = "2FH7-GT4-MN61";

/// Plays a scenario to a request for alignment that ends well in spite of it: sent once only, if `posts` is one.
async fn aligned_in_spite_of(scenario: &str, posts: usize) -> Stage {
    let stage = Stage::set(scenario).await;
    let program = stage.start().await;
    assert_eq!(program.send(&fixture(CKM)).await, "CA");
    stage.engine.notice(CONTROL, "aligned").await;
    assert_eq!(stage.cms().accepted("align", MBI, "CKM"), 1);
    assert_eq!(stage.posts("align", "CKM"), posts);
    stage
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_expires_between_polls_is_renewed() {
    let stage =
        aligned_in_spite_of("[[fault]]\non = 'poll'\noperation = 'align'\ntimes = 1\nexpire_token = true\n", 1).await;
    assert!(stage.answers("submission-status").contains(&Some(401)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_throttle_that_answers_with_a_web_page_is_waited_out() {
    let scenario =
        "[[fault]]\non = 'poll'\noperation = 'align'\ntimes = 2\nstatus = 429\nretry_after = 1\nbody = 'html'\n";
    let stage = aligned_in_spite_of(scenario, 1).await;
    let throttled = stage.answers("submission-status").into_iter().filter(|status| *status == Some(429)).count();
    assert_eq!(throttled, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_submission_that_was_turned_away_is_sent_again() {
    let scenario = "[[fault]]\non = 'submit'\noperation = 'align'\ntimes = 1\nstatus = 503\nretry_after = 1\n";
    aligned_in_spite_of(scenario, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_after_of_nothing_is_no_reason_to_hurry() {
    let fault = "[[fault]]\non = 'submit'\noperation = 'align'\nstatus = 503\nretry_after = 0\n";
    let mut stage = Stage::set(fault).await;
    stage.vary("TIMES__RETRY_BASE", "10m");
    stage.vary("TIMES__RETRY_MAX", "10m");
    let program = stage.start().await;
    assert_eq!(program.send(&fixture(CKM)).await, "CA");
    let waiting = stage.submission("align", "CKM", "waiting").await;
    // RFC 3339 in UTC: texts of one form sort as times.
    let minute = |key: &str| waiting[key].as_str().unwrap()[..16].to_owned();
    assert!(minute("due_at") > minute("changed_at"), "{waiting}");
    assert_eq!((&waiting["attempts"], stage.posts("align", "CKM")), (&1.into(), 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relative_status_url_is_followed() {
    aligned_in_spite_of("[wire]\ncontent_location = 'relative'\n", 1).await;
}

/// Plays a fault after which nobody knows whether an alignment arrived.
async fn in_doubt_after(fault: &str) {
    let stage = Stage::set(&format!("[[fault]]\non = 'submit'\noperation = 'align'\ntrack = 'CKM'\n{fault}\n")).await;
    let program = stage.start().await;
    assert_eq!(program.send(&fixture(CKM)).await, "CA");
    stage.submission("align", "CKM", "uncertain").await;
    stage.engine.notice(CONTROL, "uncertain").await;
    // What is asked meanwhile names the one in doubt, and does not advise a second one.
    let doubt = stage.submission("align", "CKM", "uncertain").await;
    let asked = until("eligibility is told", || {
        let heard = stage.engine.heard();
        heard
            .into_iter()
            .find(|one| one.message.contains("settle that one") && one.message.contains("do not request it again"))
    });
    assert!(asked.await.message.contains(doubt["id"].as_str().unwrap()));
    assert!(!program.log().contains("not sent"));
    // Neither a restart nor the same feed again sends it; that work goes on is seen by another patient's.
    program.kill();
    let program = stage.start().await;
    assert_eq!(program.send(&fixture(CKM)).await, "CA");
    assert_eq!(program.send(&fixture("zac-align-msk.hl7")).await, "CA");
    stage.engine.notice("LKS000119", "aligned").await;
    stage.submission("align", "CKM", "uncertain").await;
    assert_eq!(stage.posts("align", "CKM"), 1);
    assert_eq!(stage.cms().accepted("align", MBI, "CKM"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acceptance_without_a_status_url_is_not_sent_again() {
    in_doubt_after("content_location = 'missing'").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_lost_after_an_alignment_arrived_is_not_sent_again() {
    in_doubt_after("drop = true\naccept = true").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_lost_after_an_eligibility_check_is_asked_again() {
    let scenario = "[[fault]]\non = 'submit'\noperation = 'check-eligibility'\ntimes = 1\ndrop = true\naccept = true\n";
    let stage = Stage::set(scenario).await;
    let program = stage.start().await;
    assert_eq!(program.send(&fixture("a01-ckm.hl7")).await, "CA");
    let asked = stage.submission("check-eligibility", "CKM", "done").await;
    let checks = stage.cms().all_accepted().into_iter().filter(|one| one.operation == "check-eligibility");
    let counts: Vec<usize> = checks.map(|one| one.count).collect();
    assert_eq!(counts, [2], "{asked}");
}

/// It was posted two hundred times, and nobody was told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_eligibility_check_without_a_status_url_is_posted_three_times_and_told_once() {
    let scenario = "[[fault]]\non = 'submit'\noperation = 'check-eligibility'\ncontent_location = 'missing'\n";
    let stage = Stage::set(scenario).await;
    let program = stage.start().await;
    assert_eq!(program.send(&fixture("a01-ckm.hl7")).await, "CA");
    stage.submission("check-eligibility", "CKM", "uncertain").await;
    stage.engine.notice("LKS000101", "uncertain").await;
    assert_eq!(stage.posts("check-eligibility", "CKM"), 3);
    assert_eq!(stage.engine.heard().iter().filter(|one| one.code == "uncertain").count(), 1);
}

/// The page was taken for the answer, and the submission failed although CMS went on with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_web_page_with_status_200_on_a_poll_is_no_answer() {
    let scenario = "[[fault]]\non = 'poll'\noperation = 'align'\ntimes = 3\nstatus = 200\nbody = 'html'\n";
    let stage = aligned_in_spite_of(scenario, 1).await;
    assert_eq!(stage.engine.heard().iter().filter(|one| one.code == "operator-needed").count(), 1);
}

/// The page was taken for the last word: an alignment that CMS made counted as failed, and the notice said that nothing was done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_web_page_with_status_400_on_a_poll_is_no_answer() {
    let scenario = "[[fault]]\non = 'poll'\noperation = 'align'\ntimes = 3\nstatus = 400\nbody = 'html'\n";
    let stage = aligned_in_spite_of(scenario, 1).await;
    let refused = stage.answers("submission-status").into_iter().filter(|status| *status == Some(400)).count();
    assert_eq!(refused, 3);
    assert_eq!(stage.engine.heard().iter().filter(|one| one.code == "operator-needed").count(), 1);
}

/// Its notice had neither a result nor a code, and said for CMS what CMS had not said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_web_page_with_status_400_on_a_submission_has_a_code_and_speaks_for_nobody() {
    let stage = Stage::set("[[fault]]\non = 'submit'\noperation = 'align'\nstatus = 400\nbody = 'html'\n").await;
    let program = stage.start().await;
    assert_eq!(program.send(&fixture(CKM)).await, "CA");
    let told = stage.engine.notice(CONTROL, "unreadable-answer").await;
    assert!(told.message.contains("|RESULT^") && told.message.contains("not in the words of CMS"), "{}", told.message);
    assert!(!told.message.contains("Nothing was done"), "{}", told.message);
    stage.submission("align", "CKM", "failed").await;
    // A person must look at what failed.
    until("the log tells the end", || {
        program.log().lines().any(|line| line.contains("WARN submission ended")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_web_page_with_status_200_on_a_submission_is_a_doubt() {
    in_doubt_after("status = 200\nbody = 'html'\naccept = true").await;
}

/// What failed while CMS had an answer could only be sent again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_that_was_not_found_is_asked_for_again_by_a_person() {
    let stage = Stage::set("[[fault]]\non = 'poll'\noperation = 'align'\ntimes = 1\nstatus = 404\n").await;
    let program = stage.start().await;
    assert_eq!(program.send(&fixture(CKM)).await, "CA");
    let failed = stage.submission("align", "CKM", "failed").await;
    let resumed = stage.run(&["submissions", "resume", failed["id"].as_str().unwrap()]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.err);
    stage.engine.notice(CONTROL, "aligned").await;
    assert_eq!(stage.posts("align", "CKM"), 1);
}

/// After the credentials are mended nobody waits for the next try.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_its_next_try_is_brought_forward_by_a_person() {
    let fault = "[[fault]]\non = 'submit'\noperation = 'align'\ntimes = 1\nstatus = 503\n";
    let mut stage = Stage::set(fault).await;
    stage.vary("TIMES__RETRY_BASE", "10m");
    stage.vary("TIMES__RETRY_MAX", "10m");
    let program = stage.start().await;
    assert_eq!(program.send(&fixture(CKM)).await, "CA");
    stage.submission("align", "CKM", "waiting").await;
    let hurried = stage.run(&["submissions", "retry", "--state", "waiting"]);
    assert_eq!(hurried.code, Some(0), "{}", hurried.err);
    stage.engine.notice(CONTROL, "aligned").await;
}

/// Every patient's submission told of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_wrong_secret_is_told_once_for_its_participant() {
    let stage = Stage::set("[[fault]]\non = 'token'\nstatus = 401\n").await;
    let program = stage.start().await;
    for name in ["a01-ckm.hl7", "zac-align-msk.hl7", "zac-align-eckm.hl7"] {
        assert_eq!(program.send(&fixture(name)).await, "CA");
    }
    let waiting = || stage.submissions().iter().filter(|one| one["state"] == "waiting" && one["failures"] == 1).count();
    until("several were refused a token", || (waiting() >= 3).then_some(())).await;
    until("it is told", || stage.engine.heard().iter().any(|one| one.code == "operator-needed").then_some(())).await;
    // A restart tells nothing twice, and neither does a person's hurry.
    program.kill();
    let _program = stage.start().await;
    let hurried = stage.run(&["submissions", "retry", "--state", "waiting", "--participant", "ACCES12345"]);
    assert_eq!(hurried.code, Some(0), "{}", hurried.err);
    // The hurry counts their failures anew.
    until("they were tried again", || (waiting() >= 3).then_some(())).await;
    let told = stage.engine.heard().into_iter().filter(|one| one.code == "operator-needed");
    assert!(told.count() <= 2, "at most once more, for the one that was hurried");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_code_of_a_later_guide_is_told_as_unknown() {
    let scenario = "[[fault]]\non = 'submit'\noperation = 'align'\nresult = 'aligned-on-probation'\n";
    let stage = Stage::set(scenario).await;
    let program = stage.start().await;
    assert_eq!(program.send(&fixture(CKM)).await, "CA");
    stage.engine.notice(CONTROL, "aligned-on-probation").await;
    let ended = until("it ended", || stage.submissions().into_iter().find(|one| one["code"] == "aligned-on-probation"));
    assert_eq!(ended.await["class"], "unknown");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_issue_of_a_refused_poll_is_told() {
    let scenario = "[[fault]]\non = 'poll'\noperation = 'align'\nstatus = 400\n\
        issues = [{ text = 'First thing amiss' }, { code = 'required', text = 'Second thing amiss' }]\n";
    let stage = Stage::set(scenario).await;
    let program = stage.start().await;
    assert_eq!(program.send(&fixture(CKM)).await, "CA");
    let told = until("the notice", || {
        stage.engine.heard().into_iter().find(|one| one.control_id == CONTROL && one.message.contains("First thing"))
    });
    let told = told.await;
    assert!(told.message.contains("Second thing amiss"), "{}", told.message);
    stage.submission("align", "CKM", "failed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_with_dashes_is_sent_without_and_nothing_personal_is_logged() {
    let fault = "[[fault]]\non = 'submit'\noperation = 'align'\ntimes = 1\nstatus = 503\nretry_after = 1\n";
    let stage = Stage::set(fault).await;
    let program = stage.start().await;
    let feed = String::from_utf8(fixture(CKM)).unwrap().replace(MBI, DASHED);
    assert_eq!(program.send(feed.as_bytes()).await, "CA");
    stage.engine.notice(CONTROL, "aligned").await;
    let payloads = stage.cms().payloads("align", MBI, "CKM");
    assert_eq!(payloads.len(), 1);
    assert!(payloads[0].contains(MBI) && payloads[0].contains("Halvorsen") && !payloads[0].contains(DASHED));

    let log =
        until("the log tells the end", || Some(program.log()).filter(|log| log.contains("INFO submission ended")))
            .await;
    assert!(log.contains("not sent"), "the refused attempt is not in the log:\n{log}");
    let log = log.to_lowercase();
    for word in
        [MBI, DASHED, "Halvorsen", "Ruth", "19470912", "1947-09-12", "Prairie", "400112", "E119", "Bearer ", "eyJ"]
    {
        assert!(!log.contains(&word.to_lowercase()), "{word} is in the log:\n{log}");
    }
}
