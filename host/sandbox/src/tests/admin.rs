//! The sandbox's own calls: the clock, and what was accepted.

use super::kit::{Answer, Kit, STRANGER, align, start, start_with};
use super::sheets::{CKM, report};
use crate::{Limits, Options, Scenario};
use serde_json::{Value, json};

const JSON: (&str, &str) = ("content-type", "application/json");

async fn move_clock(kit: &Kit, body: &str) -> Answer {
    kit.send("POST", "/admin/clock", &[JSON], body).await.unwrap()
}

async fn state(kit: &Kit) -> Value {
    let answer = kit.send("GET", "/admin/state", &[], "").await.unwrap();
    assert_eq!(answer.status, 200);
    answer.json()
}

#[tokio::test]
async fn the_clock_is_moved_by_days_or_to_a_moment_and_tells_the_notices_that_brought() {
    let kit = start("").await;
    kit.submit(&align(STRANGER, "CKM")).await;
    let moved = move_clock(&kit, "{\"advance_days\": 30}").await;
    assert_eq!((moved.status, moved.json()), (200, json!({ "now": "2027-02-14T08:00:00.000Z", "notices": 1 })));
    let moved = move_clock(&kit, "{\"now\": \"2027-03-17T01:00:00+01:00\"}").await;
    assert_eq!((moved.status, moved.json()), (200, json!({ "now": "2027-03-17T00:00:00.000Z", "notices": 1 })));
    assert_eq!(kit.running.handle().aligned_to(STRANGER, "CKM"), None);
    // The handle moves the same clock.
    kit.running.handle().advance_days(1);
    assert_eq!(state(&kit).await["now"], "2027-03-18T00:00:00.000Z");
}

#[tokio::test]
async fn the_clock_moves_forward_only_and_takes_nothing_else() {
    let kit = start("").await;
    for body in [
        "",
        "{}",
        "[]",
        "{\"advance_days\": -1}",
        "{\"advance_days\": 1.5}",
        "{\"days\": 1}",
        "{\"now\": \"tomorrow\"}",
        "{\"now\": \"2027-01-14T08:00:00Z\"}",
        "{\"advance_days\": 1, \"now\": \"2028-01-01T00:00:00Z\"}",
        "{\"advance_days\": 40000}",
    ] {
        let refused = move_clock(&kit, body).await;
        assert_eq!(refused.status, 400, "{body}");
        assert!(refused.json()["error"].is_string(), "{body}");
    }
    for headers in [&[][..], &[("content-type", "text/plain")]] {
        assert_eq!(kit.send("POST", "/admin/clock", headers, "{\"advance_days\": 1}").await.unwrap().status, 415);
    }
    let wrong = kit.send("GET", "/admin/clock", &[], "").await.unwrap();
    assert_eq!((wrong.status, wrong.header("allow")), (405, Some("POST")));
    let wrong = kit.send("POST", "/admin/state", &[JSON], "{}").await.unwrap();
    assert_eq!((wrong.status, wrong.header("allow")), (405, Some("GET")));
    assert_eq!(kit.send("GET", "/admin", &[], "").await.unwrap().status, 404);
    assert_eq!(state(&kit).await["now"], "2027-01-15T08:00:00.000Z");
}

#[tokio::test]
async fn a_clock_cannot_leave_the_calendar() {
    let kit = start("").await;
    let mut last = 200;
    for _ in 0..90 {
        last = move_clock(&kit, "{\"advance_days\": 36525}").await.status;
    }
    assert_eq!(last, 400);
    assert!(state(&kit).await["now"].as_str().unwrap().starts_with('9'));
}

#[tokio::test]
async fn the_state_has_counts_and_keys_of_everything_accepted_and_no_person() {
    let kit = start("").await;
    let baseline = report(STRANGER, "CKM", "baseline", CKM, "report-1");
    assert_eq!(kit.result_of(&align(STRANGER, "CKM")).await, "aligned");
    assert_eq!(kit.result_of(&baseline).await, "success");
    assert_eq!(kit.result_of(&baseline).await, "duplicate");
    let nameless = report(STRANGER, "eCKM", "baseline", CKM, "x").bundle(|bundle| bundle["identifier"] = Value::Null);
    kit.submit(&nameless).await;
    kit.submit(&report(STRANGER, "CKM", "baseline", CKM, STRANGER)).await;
    kit.submit(&align(STRANGER, "CKM").without("track")).await;

    let told = state(&kit).await;
    assert_eq!(
        told["results"],
        json!([
            { "operation": "align", "result": "aligned", "count": 1 },
            { "operation": "report-data", "result": "400", "count": 1 },
            { "operation": "report-data", "result": "duplicate", "count": 2 },
            { "operation": "report-data", "result": "success", "count": 1 },
        ])
    );
    let accepted = told["accepted"].as_array().unwrap();
    let person = kit.running.handle().fingerprint(STRANGER);
    assert_eq!(
        accepted[1],
        json!({
            "at": "2027-01-15T08:00:00.000Z",
            "participant": "ACCES12345",
            "beneficiary": person,
            "family": "CKM",
            "operation": "report-data",
            "bundle": "http://example.org/reports|report-1",
            "result": "success",
        })
    );
    assert_eq!((accepted.len(), accepted[3].get("bundle"), &accepted[3]["family"]), (5, None, &json!("CKM")));
    assert_eq!(accepted[2]["bundle"], accepted[1]["bundle"]);
    assert!(accepted.iter().all(|key| key["beneficiary"] == json!(person)));
    let text = told.to_string();
    for secret in [STRANGER, kit.token.as_str(), "Example", "1950", "sub-"] {
        assert!(!text.contains(secret), "the state has a value it must not have");
    }
}

#[tokio::test]
async fn the_oldest_key_is_forgotten_first_and_that_is_told() {
    let limits = Limits { keys: 2, ..Limits::default() };
    let kit = start_with(Scenario::default(), Options { limits, ..Options::default() }).await;
    for track in ["CKM", "MSK", "BH"] {
        kit.submit(&align(STRANGER, track)).await;
    }
    let told = state(&kit).await;
    assert_eq!((told["accepted"].as_array().unwrap().len(), &told["forgotten"]), (2, &json!(1)));
    assert_eq!(told["results"][0]["count"], 3);
}

#[tokio::test]
async fn the_state_counts_what_was_mailed_and_what_could_not() {
    let folder = tempfile::TempDir::new().unwrap();
    let mails = folder.path().join("mails");
    let options = Options { mail: Some(mails.clone()), ..Options::default() };
    let kit = start_with(Scenario::default(), options).await;
    kit.submit(&align(STRANGER, "CKM")).await;
    kit.running.handle().advance_days(30);
    std::fs::remove_dir_all(&mails).unwrap();
    kit.running.handle().advance_days(31);
    let expected = json!({ "given": 2, "mailed": 1, "mail_failed": 1, "posted": 0, "post_failed": 0 });
    assert_eq!(state(&kit).await["notices"], expected);
}

#[tokio::test]
async fn the_calls_are_in_the_traffic_log_by_their_paths() {
    let kit = start("").await;
    state(&kit).await;
    let last = kit.running.handle().requests().pop().unwrap();
    assert_eq!((last.path.as_str(), last.status), ("/admin/state", Some(200)));
}

#[tokio::test]
async fn other_machines_are_not_served_whatever_the_sandbox_listens_on() {
    let address: std::net::SocketAddr = "127.0.0.1:1".parse().unwrap();
    let (state, _) = crate::setup::state(address, Scenario::default(), Options::default()).unwrap();
    for (peer, status) in [
        ("127.0.0.1:2", 200),
        ("[::1]:2", 200),
        ("[::ffff:127.0.0.1]:2", 200),
        ("192.0.2.1:2", 403),
        ("[::ffff:192.0.2.1]:2", 403),
    ] {
        let (peer, route) = (peer.parse().unwrap(), crate::route::Route::of("/admin/state", None));
        let reply = crate::admin::answer(&state, peer, &route, &hyper::Method::GET, None, b"");
        assert_eq!(reply.status, status, "{peer}");
    }
}
