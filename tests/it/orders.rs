//! Orders by ZAC segment: what they do, and what is told where they do nothing.

use kit::{Program, Stage, fixture, until};
use serde_json::Value;

/// A feed about a patient with an order behind it.
fn ordering(name: &str, control_id: &str, order: &str) -> Vec<u8> {
    let text = String::from_utf8(fixture(name)).unwrap();
    let old = text.split('|').nth(9).unwrap().to_owned();
    format!("{}\r{order}\r", text.replace(&old, control_id).trim_end()).into_bytes()
}

async fn send(program: &Program, feed: &[u8]) -> String {
    program.exchange(feed).await.code().to_owned()
}

/// Codes of the notices about a feed.
fn told(stage: &Stage, control_id: &str) -> Vec<String> {
    stage.engine.heard().into_iter().filter(|one| one.control_id == control_id).map(|one| one.code).collect()
}

async fn held(stage: &Stage) -> Value {
    until("a submission is held", || stage.submissions().into_iter().find(|one| one["state"] == "held")).await
}

/// Somebody aligned to eCKM who moved out of the licensed states; gives the unalignment that is held for it.
async fn relocated() -> (Stage, Program, Value) {
    held_by("", "a08-relocated.hl7").await
}

/// Somebody aligned in eCKM, and what is held after a feed about them.
async fn held_by(scenario: &str, feed: &str) -> (Stage, Program, Value) {
    let stage = Stage::set(scenario).await;
    let program = stage.start().await;
    assert_eq!(program.send(&fixture("zac-align-eckm.hl7")).await, "CA");
    stage.submission("align", "eCKM", "done").await;
    assert_eq!(program.send(&fixture(feed)).await, "CA");
    let held = held(&stage).await;
    (stage, program, held)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_changes_nothing_is_told() {
    let (stage, program, held) = relocated().await;
    let id = held["id"].as_str().unwrap();

    let wrong = ordering("a08-relocated.hl7", "ORDER1", "ZAC|1|APPROVE||||||nothing-of-that-id");
    assert_eq!(send(&program, &wrong).await, "CA");
    stage.engine.notice("ORDER1", "order-without-effect").await;
    assert_eq!(stage.submission("unalign", "eCKM", "held").await["id"], held["id"]);
    // The id in the field behind its own: neither this one nor any other is approved.
    let shifted = ordering("a08-relocated.hl7", "ORDER2", &format!("ZAC|1|APPROVE|||||||{id}"));
    assert_eq!(send(&program, &shifted).await, "CE");
    stage.engine.notice("ORDER2", "order-unclear").await;
    assert_eq!(stage.submission("unalign", "eCKM", "held").await["id"], held["id"]);

    let right = ordering("a08-relocated.hl7", "ORDER3", &format!("ZAC|1|APPROVE||||||{id}"));
    assert_eq!(send(&program, &right).await, "CA");
    stage.submission("unalign", "eCKM", "done").await;
    assert_eq!(told(&stage, "ORDER3"), Vec::<String>::new());
    // What went out cannot be taken back this way.
    let late = ordering("a08-relocated.hl7", "ORDER4", &format!("ZAC|1|CANCEL||||||{id}"));
    assert_eq!(send(&program, &late).await, "CA");
    stage.engine.notice("ORDER4", "order-without-effect").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_can_be_read_before_it_is_approved() {
    let (stage, _program, held) = relocated().await;
    let id = held["id"].as_str().unwrap();
    let show = ["submissions", "show", id, "--payload"];
    let before = stage.run(&show);
    assert_eq!(before.code, Some(0), "{}", before.err);
    assert!(before.err.contains("nothing was sent yet"), "{}", before.err);
    assert!(before.out.contains("geographic-relocated"), "{}", before.out);
    assert_eq!(stage.run(&["submissions", "approve", id]).code, Some(0));
    stage.submission("unalign", "eCKM", "done").await;
    let after = stage.run(&show);
    assert_eq!((after.out, after.err.as_str()), (before.out, ""));
}

/// Such requests were acknowledged, and nothing more was heard of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_makes_no_submission_is_told() {
    let fault = "[[fault]]\non = 'submit'\noperation = 'align'\ntrack = 'CKM'\ndrop = true\naccept = true\n";
    let stage = Stage::set(fault).await;
    let program = stage.start().await;
    assert_eq!(program.send(&fixture("zac-align-eckm.hl7")).await, "CA");
    stage.submission("align", "eCKM", "done").await;
    let again = with_control_id("zac-align-eckm.hl7", "AGAIN1");
    assert_eq!(send(&program, &again).await, "CA");
    stage.engine.notice("AGAIN1", "order-without-effect").await;
    // While an alignment is in doubt, a second one is not made beside it.
    assert_eq!(program.send(&fixture("zac-align-ckm.hl7")).await, "CA");
    let doubt = stage.submission("align", "CKM", "uncertain").await;
    let again =
        String::from_utf8(with_control_id("zac-align-ckm.hl7", "AGAIN2")).unwrap().replace("ENR-5002", "ENR-6002");
    assert_eq!(send(&program, again.as_bytes()).await, "CA");
    let told = stage.engine.notice("AGAIN2", "order-without-effect").await.message;
    // By the reference of this request, not of the one that it met.
    assert!(told.contains(doubt["id"].as_str().unwrap()) && told.contains("||ENR-6002|"), "{told}");
}

/// An alignment met a check that another request had asked for, and what became of it was told under the reference of that, or not at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_behind_a_check_is_told_by_its_own_reference() {
    let fault = "[[fault]]\non = 'poll'\noperation = 'check-eligibility'\ntimes = 1\ndelay_ms = 3000\n";
    let refused = "[[fault]]\non = 'submit'\noperation = 'check-eligibility'\ntimes = 1\nresult = 'not-eligible-clinical-exclusion'\n";
    for (result, code) in [("", "held"), (refused, "follower-dropped")] {
        let mut stage = Stage::set(&format!("{fault}{result}")).await;
        let profile = kit::offline(&["config", "profile"]).out;
        let site = stage.folder().join("site.toml");
        std::fs::write(&site, format!("{profile}\n[triggers.enroll]\nmode = 'hold'\ncheck_first = true\n")).unwrap();
        stage.vary("PROFILE", site.to_str().unwrap());
        let program = stage.start().await;
        let text = |control_id: &str| String::from_utf8(with_control_id("zac-align-ckm.hl7", control_id)).unwrap();
        let check = text("CHECK1").replace("ZAC|1|ALIGN|CKM||Y|||ENR-5002", "ZAC|1|CHECK|CKM|||||CHK-1");
        assert_eq!(send(&program, check.as_bytes()).await, "CA");
        stage.submission("check-eligibility", "CKM", "polling").await;
        assert_eq!(send(&program, text("ALIGN1").as_bytes()).await, "CA");
        stage.submission("align", "CKM", "waiting").await;
        let told = stage.engine.notice("ALIGN1", code).await.message;
        assert!(told.contains("||ENR-5002|") && !told.contains("CHK-1"), "{told}");
        let of_check = || stage.engine.heard().into_iter().find(|one| one.message.contains("||CHK-1|"));
        assert_eq!(until("the outcome of the check is told", of_check).await.control_id, "CHECK1");
    }
}

/// A feed with another control id.
fn with_control_id(name: &str, control_id: &str) -> Vec<u8> {
    let text = String::from_utf8(fixture(name)).unwrap();
    let old = text.split('|').nth(9).unwrap().to_owned();
    text.replace(&old, control_id).into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_about_a_stranger_is_refused_with_its_field() {
    let stage = Stage::set("").await;
    let program = stage.start().await;
    // Without a Medicare number and without Original Medicare nothing is kept of a person.
    let feed = String::from_utf8(ordering("medicare-advantage.hl7", "ORDER1", "ZAC|1|CANCEL|CKM")).unwrap();
    let feed = feed.replace("~4GY9-XK2-FM55^^^CMS^MC", "").into_bytes();
    let kit::Reply::Answer(answer) = program.exchange(&feed).await else { panic!("no answer") };
    assert!(answer.contains("MSA|CE|ORDER1|nothing is known of this patient"), "{answer}");
    assert!(answer.contains("ZAC^1^2") && answer.contains("order-without-chart"), "{answer}");
}

/// A reason that was replaced kept what had been planned for it, and whoever approved the new one approved that as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_approved_with_a_held_submission_is_shown_and_goes_with_its_reason() {
    let (stage, program, unalign) = held_by("", "a08-progressed.hl7").await;
    let id = unalign["id"].as_str().unwrap();
    let align = stage.submission("align", "CKM", "waiting").await;
    let shown = stage.run(&["submissions", "show", id]).out;
    assert!(shown.contains(&format!("approved with it: {} align CKM", align["id"].as_str().unwrap())), "{shown}");

    assert_eq!(send(&program, &excluded("REASON1")).await, "CA");
    stage.engine.notice("REASON1", "held").await;
    let dropped = stage.engine.notice("LKS000106", "follower-dropped").await.message;
    assert!(dropped.contains(align["id"].as_str().unwrap()), "{dropped}");
    stage.submission("align", "CKM", "cancelled").await;
    let renewed = stage.submission("unalign", "eCKM", "held").await;
    assert_eq!((&renewed["id"], renewed["rule"].as_str()), (&unalign["id"], Some("exclude")));
    let shown = stage.run(&["submissions", "show", id]).out;
    assert!(!shown.contains("approved with it"), "{shown}");
}

/// The patient of `a08-progressed.hl7`, later, with a diagnosis that excludes.
fn excluded(control_id: &str) -> Vec<u8> {
    let text = String::from_utf8(with_control_id("a08-progressed.hl7", control_id)).unwrap();
    let text = text.replace("20261103081500-0600", "20261103091500-0600");
    text.replace("DG1|2||I10^Essential hypertension", "DG1|2||N18.6^End stage renal disease").into_bytes()
}

/// The second half of an approved move went out although the first, on its way, had another reason by then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exclusion_stops_the_alignment_that_follows_an_unalignment_on_its_way() {
    let fault = "[[fault]]\non = 'poll'\noperation = 'unalign'\ntimes = 1\ndelay_ms = 3000\n";
    let (stage, program, unalign) = held_by(fault, "a08-progressed.hl7").await;
    // Nobody leaves a track for another before somebody says whether a provider referred them.
    let referral = String::from_utf8(with_control_id("a08-progressed.hl7", "REFERRED1")).unwrap();
    let referral = referral.replace("ADT^A08^ADT_A01", "REF^I12^REF_I12").replace("20261103081500", "20261103091500");
    let referral = referral.replacen("\rEVN", "\rRF1|A^Accepted^HL70283|||||REF1|20261103\rEVN", 1);
    assert_eq!(send(&program, referral.as_bytes()).await, "CA");
    assert_eq!(stage.run(&["submissions", "approve", unalign["id"].as_str().unwrap()]).code, Some(0));
    stage.submission("unalign", "eCKM", "polling").await;
    assert_eq!(send(&program, &excluded("STOP1")).await, "CA");
    stage.engine.notice("LKS000106", "follower-dropped").await;
    stage.submission("unalign", "eCKM", "done").await;
    stage.submission("align", "CKM", "cancelled").await;
    assert_eq!(stage.posts("align", "CKM"), 0);
}

/// News that came while the alignment was under way was never looked at again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_while_the_alignment_is_under_way_is_held_when_that_is_known_and_goes_when_the_patient_is_back() {
    let fault = "[[fault]]\non = 'poll'\noperation = 'align'\ntimes = 1\ndelay_ms = 3000\n";
    let stage = Stage::set(fault).await;
    let program = stage.start().await;
    assert_eq!(program.send(&fixture("zac-align-eckm.hl7")).await, "CA");
    stage.submission("align", "eCKM", "polling").await;
    assert_eq!(program.send(&fixture("a08-relocated.hl7")).await, "CA");
    stage.submission("align", "eCKM", "done").await;
    let unalign = held(&stage).await;
    assert_eq!((unalign["operation"].as_str(), unalign["rule"].as_str()), (Some("unalign"), Some("relocate")));

    let back = String::from_utf8(with_control_id("a08-progressed.hl7", "BACK1")).unwrap();
    let back = back.replace("E11.9^Type 2 diabetes mellitus without complications", "E78.5^Hyperlipidaemia");
    assert_eq!(send(&program, back.as_bytes()).await, "CA");
    let told = stage.engine.notice("BACK1", "reason-lapsed").await;
    assert!(told.message.contains(unalign["id"].as_str().unwrap()), "{}", told.message);
    stage.submission("unalign", "eCKM", "cancelled").await;
}
