//! Senders, destinations, CMS and clocks that misbehave.

use bridge_client::Url;
use bridge_types::{Clock, SystemClock, TestClock};
use kit::people::{Ask, Person};
use kit::{Stage, fixture, until};
use std::time::Duration;

const CKM: &str = "zac-align-ckm.hl7";
const MBI: &str = "2FH7GT4MN61";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_senders_with_the_same_control_id_are_two_feeds() {
    let stage = Stage::set("").await;
    let program = stage.start().await;
    let (one, other) = (Person(0).feed(Ask::Align), Person(1).feed(Ask::Align));
    assert_eq!(one.control_id, other.control_id);
    assert_eq!(program.exchange(&one.bytes).await.code(), "AA");
    assert_eq!(program.exchange(&other.bytes).await.code(), "CA");
    for person in [Person(0), Person(1)] {
        until("both are aligned", || (stage.cms().accepted("align", &person.mbi(), "CKM") == 1).then_some(())).await;
    }
    // The same again changes nothing.
    assert_eq!(program.exchange(&other.bytes).await.code(), "CA");
    assert_eq!(stage.ledger().health().await.unwrap().feeds, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reused_control_id_with_other_content_is_other_news() {
    let stage = Stage::set("").await;
    let program = stage.start().await;
    let feed = Person(0).feed(Ask::Align);
    let text = String::from_utf8(Person(2).feed(Ask::Align).bytes).unwrap();
    let other = text.replace(&Person(2).control_id(Ask::Align), &feed.control_id);
    assert_eq!(program.exchange(&feed.bytes).await.code(), "AA");
    assert_eq!(program.exchange(other.as_bytes()).await.code(), "AA");
    assert_eq!(stage.ledger().health().await.unwrap().feeds, 2);
}

/// A destination that refuses everything: each notice is given up after its attempts, those behind it are tried, and the other routes
/// go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_destination_that_answers_ae_for_ever_stops_nobody_else() {
    let mut stage = Stage::set("").await;
    let refuses = kit::Engine::refusing().await;
    stage.vary("LIMITS__DELIVERY_ATTEMPTS", "2");
    let address = refuses.address;
    stage.configure(&format!("[[route]]\nname = 'refuses'\nkind = 'mllp'\naddress = '{address}'\nformat = 'hl7v2'\n"));
    let program = stage.start().await;
    assert_eq!(program.send(&fixture(CKM)).await, "CA");
    assert_eq!(program.send(&fixture("zac-align-msk.hl7")).await, "CA");
    stage.engine.notice("LKS000118", "aligned").await;
    stage.engine.notice("LKS000119", "aligned").await;
    let ledger = stage.ledger();
    loop {
        if ledger.health().await.unwrap().deliveries_dead >= 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(refuses.heard().len() >= 4, "{:?}", refuses.heard());
    assert!(program.log().contains("a notice was given up for this route"));
}

/// 202, and then nothing ever: a person hears of it once, it is polled on, and it is never sent again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_that_answers_202_and_forgets_is_asked_on_and_told_once() {
    let stage = Stage::set("[wire]\npending_polls = 1000000\n").await;
    let clock = TestClock::at(SystemClock.now());
    let service = stage.serve(&clock).await;
    let door = service.listening[0].address.to_string();
    assert_eq!(kit::exchange(&door, &fixture(CKM)).await.code(), "CA");
    until("CMS accepted it", || (stage.cms().accepted("align", MBI, "CKM") == 1).then_some(())).await;
    let polls = || stage.answers("submission-status").len();
    for day in 0..3 {
        for _ in 0..8 {
            // Each hour has at least one poll, and after the first five minutes few.
            let before = polls();
            stage.submission("align", "CKM", "polling").await;
            clock.advance(Duration::from_secs(3 * 3600));
            until("it is polled", || (polls() > before).then_some(())).await;
        }
        let told = stage.engine.heard().iter().filter(|one| one.code == "answer-overdue").count();
        assert!(told <= 1, "told {told} times by day {day}");
    }
    stage.engine.notice("LKS000118", "answer-overdue").await;
    stage.submission("align", "CKM", "polling").await;
    assert_eq!(stage.posts("align", "CKM"), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_status_url_on_another_host_is_not_followed_unless_it_is_allowed() {
    let stage = Stage::set("[wire]\ncontent_location = 'other-origin'\n").await;
    let program = stage.start().await;
    assert_eq!(program.send(&fixture(CKM)).await, "CA");
    let told = stage.engine.notice("LKS000118", "operator-needed").await;
    assert!(told.message.contains("foreign status URL"), "{}", told.message);
    let one = stage.submission("align", "CKM", "polling").await;
    assert_eq!((stage.posts("align", "CKM"), &one["polls"]), (1, &1.into()));
    assert!(stage.answers("submission-status").is_empty());

    // Allowed, it is followed: on the sandbox's own address it is the same API.
    let mut stage = Stage::set("[wire]\ncontent_location = 'absolute'\n").await;
    let proxy = stage.proxied().await;
    let own: Url = stage.sandbox_url().parse().unwrap();
    stage.vary("ACCESS__ALLOWED_ORIGINS", &format!("[\"{}\"]", own.origin().ascii_serialization()));
    let program = stage.start().await;
    assert_eq!(program.send(&fixture(CKM)).await, "CA");
    stage.engine.notice("LKS000118", "aligned").await;
    assert!(proxy.taken() > 0);
}

/// A clock that jumps ahead by a day and back again holds nothing up and sends nothing twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_holds_nothing_up() {
    let stage = Stage::set("[wire]\npending_polls = 3\n").await;
    let start = SystemClock.now();
    let clock = TestClock::at(start);
    let service = stage.serve(&clock).await;
    let door = service.listening[0].address.to_string();
    assert_eq!(kit::exchange(&door, &fixture(CKM)).await.code(), "CA");
    until("CMS accepted it", || (stage.cms().accepted("align", MBI, "CKM") == 1).then_some(())).await;
    stage.submission("align", "CKM", "polling").await;
    let polls = || stage.answers("submission-status").len();
    let before = polls();
    clock.advance(Duration::from_secs(24 * 3600));
    until("it is polled", || (polls() > before).then_some(())).await;
    stage.submission("align", "CKM", "polling").await;
    clock.set(start);
    until("it is aligned although the clock was set back", || {
        // Slow polling waits a quarter of an hour; what it was put off by stays.
        clock.advance(Duration::from_secs(2));
        stage.engine.heard().iter().any(|one| one.code == "aligned").then_some(())
    })
    .await;
    assert_eq!(stage.posts("align", "CKM"), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_of_a_newer_release_is_refused_and_left_as_it_is() {
    let stage = Stage::set("").await;
    stage.start().await.kill();
    let path = stage.folder().join("access-bridge.sqlite");
    let ledger = rusqlite::Connection::open(&path).unwrap();
    ledger.pragma_update(None, "user_version", 9999).unwrap();
    drop(ledger);
    let before = std::fs::read(&path).unwrap();
    let refused = stage.run(&["run"]);
    assert_eq!(refused.code, Some(1), "{}", refused.err);
    assert!(refused.err.contains("schema 9999") && refused.err.contains("a later one"), "{}", refused.err);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
