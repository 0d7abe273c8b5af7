//! A kill in the middle loses nothing and sends nothing twice; what cannot go on stops as a whole.

use access_bridge::pipeline::{Pipeline, Receipt};
use bridge_ingest::{Received, Source, SourceKind};
use bridge_runtime::{Adapter, ComponentBytes, Limits, Pool};
use bridge_types::{Phi, SystemClock};
use kit::{Stage, fixture, until};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_while_polling_loses_nothing_and_sends_nothing_twice() {
    let stage = Stage::set("[wire]\npending_polls = 4\n").await;
    let program = stage.start().await;
    assert_eq!(program.send(&fixture("zac-align-ckm.hl7")).await, "CA");
    until("CMS accepted it", || (stage.cms().accepted("align", "2FH7GT4MN61", "CKM") == 1).then_some(())).await;
    let before = stage.submission("align", "CKM", "polling").await;
    program.kill();
    assert!(stage.engine.heard().iter().all(|one| one.code != "aligned"), "it ended before it was killed");

    let program = stage.start().await;
    stage.engine.notice("LKS000118", "aligned").await;
    let after = stage.submission("align", "CKM", "done").await;
    assert_eq!(after["id"], before["id"]);
    assert_eq!(after["cms_submission"], before["cms_submission"]);
    // The sender repeats what it sent, as an engine does that did not note the answer.
    assert_eq!(program.send(&fixture("zac-align-ckm.hl7")).await, "CA");
    assert!(stage.cms().all_accepted().iter().all(|one| one.count == 1), "{:?}", stage.cms().all_accepted());
    assert_eq!(stage.cms().accepted("align", "2FH7GT4MN61", "CKM"), 1);
    assert_eq!(stage.posts("align", "CKM"), 1);
}

/// Whoever cancelled what CMS had accepted lost sight of a person who was aligned.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cms_has_accepted_is_given_up_only_by_who_says_so() {
    let stage = Stage::set("[wire]\npending_polls = 1000\n").await;
    let program = stage.start().await;
    assert_eq!(program.send(&fixture("zac-align-ckm.hl7")).await, "CA");
    let polled = stage.submission("align", "CKM", "polling").await;
    let id = polled["id"].as_str().unwrap();
    let refused = stage.run(&["submissions", "cancel", id]);
    assert!(refused.code == Some(1) && refused.err.contains("--give-up"), "{}{}", refused.out, refused.err);
    stage.submission("align", "CKM", "polling").await;
    let given_up = stage.run(&["submissions", "cancel", id, "--give-up"]);
    assert_eq!(given_up.code, Some(0), "{}", given_up.err);
    stage.submission("align", "CKM", "cancelled").await;
}

/// The outbox ran before the sources were ready, and was cut short in the middle of a POST where one of them could not be: what it had in
/// hand waited for a person then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sent_by_a_service_that_cannot_start() {
    let stage = Stage::set("").await;
    let ledger = stage.ledger();
    let (component, cache) = (ComponentBytes::read(&kit::component()).unwrap(), kit::cache());
    let pool = Pool::new(Adapter::new(&component, &kit::profile().1, Limits::default(), Some(&cache)).unwrap());
    let pipeline = Pipeline::new(pool, Arc::clone(&ledger), Arc::new(SystemClock), Arc::default());
    let source = Source::new(SourceKind::File, "before");
    let feed = Received { bytes: Phi::new(fixture("a01-ckm.hl7")), peer: None, source, position: 1 };
    assert!(matches!(pipeline.receive(&feed).await.unwrap(), Receipt::Accepted(_)));
    drop((pipeline, ledger));
    let before = stage.submissions();
    assert_eq!((before.len(), before[0]["state"].as_str()), (1, Some("ready")));

    stage.configure("[[source]]\nname = 'drop'\nkind = 'folder'\npath = 'nowhere'\n");
    for _ in 0..3 {
        let ended = stage.run(&["run"]);
        assert!(ended.code == Some(2) && ended.err.contains("source drop: "), "{:?} {}", ended.code, ended.err);
    }
    assert_eq!(stage.cms().requests().len(), 0);
    assert_eq!(stage.submissions(), before);
}

/// What was in hand at a kill rested once until its lease ran out, minutes after the restart.
///
/// The kill can come before the poll has reached CMS. The slow answer then meets the poll after the restart, so it is
/// far shorter than what the notice is waited for, and that is far shorter than a lease.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_the_middle_of_a_poll_or_a_delivery_holds_nothing_up() {
    let fault = "[[fault]]\non = 'poll'\noperation = 'align'\ntimes = 1\ndelay_ms = 20000\n";
    let mut stage = Stage::set(fault).await;
    // A listener that takes the first notice and answers nothing.
    let deaf = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let engine = stage.engine.address.to_string();
    stage.vary("ROUTE__0__ADDRESS", &deaf.local_addr().unwrap().to_string());
    let program = stage.start().await;
    assert_eq!(program.send(&fixture("zac-align-ckm.hl7")).await, "CA");
    assert_eq!(program.exchange(&fixture("training.hl7")).await.code(), "CR");
    let (_delivery, _) = deaf.accept().await.unwrap();
    let ledger = rusqlite::Connection::open(stage.folder().join("access-bridge.sqlite")).unwrap();
    let in_hand = "SELECT count(*) FROM submissions WHERE state = 'polling' AND lease_owner IS NOT NULL";
    until("a poll is on its way", || {
        let count: i64 = ledger.query_row(in_hand, [], |row| row.get(0)).unwrap();
        (count == 1).then_some(())
    })
    .await;
    drop(ledger);
    program.kill();

    stage.vary("ROUTE__0__ADDRESS", &engine);
    let program = stage.start().await;
    stage.engine.notice("LKS000118", "aligned").await;
    until("the refusal is told", || stage.engine.heard().into_iter().find(|one| one.code == "training-message")).await;
    assert!(program.log().contains("work that a killed process had in hand"), "{}", program.log());
    assert_eq!(stage.posts("align", "CKM"), 1);
}

/// Starts a program on an API that turns submissions away, until one waits; gives that back, and the program is gone.
async fn with_one_that_waits(stage: &Stage) -> serde_json::Value {
    let program = stage.start().await;
    assert_eq!(program.send(&fixture("zac-align-ckm.hl7")).await, "CA");
    let waiting = stage.submission("align", "CKM", "waiting").await;
    program.kill();
    waiting
}

const TURNED_AWAY: &str = "[[fault]]\non = 'submit'\noperation = 'align'\nstatus = 503\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_program_on_the_same_port_takes_no_work() {
    let mut stage = Stage::set(TURNED_AWAY).await;
    let waiting = with_one_that_waits(&stage).await;
    until("it is due", || (waiting["due_at"].as_str()? < now().as_str()).then_some(())).await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    stage.vary("SOURCE__0__LISTEN", &taken.local_addr().unwrap().to_string());
    let second = stage.run(&["run"]);
    assert_eq!(second.code, Some(1), "{}", second.err);
    assert!(second.err.contains("cannot listen"), "{}", second.err);
    assert_eq!(stage.submissions(), [waiting]);
}

fn now() -> String {
    bridge_types::Clock::now(&bridge_types::SystemClock).rfc3339()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_that_is_damaged_stops_the_service() {
    let stage = Stage::set(TURNED_AWAY).await;
    with_one_that_waits(&stage).await;
    let ledger = rusqlite::Connection::open(stage.folder().join("access-bridge.sqlite")).unwrap();
    ledger.execute_batch("UPDATE submissions SET intent = 'no intent'").unwrap();
    let mut program = stage.start().await;
    assert_eq!(program.end().await, Some(1));
    assert!(program.log().contains("the outbox ended by itself"), "{}", program.log());
}
