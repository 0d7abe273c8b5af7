//! Open polls are rows of the ledger with a due time; whoever waits for them is one scheduler.

use access_contract::{Intent, Mode, Operation, Track};
use bridge_ledger::{Acceptance, ChartChange, Intake, IntakeResult, Ledger, Sending, State, SubjectIntake};
use bridge_types::{Clock, Phi, SystemClock, TestClock};
use kit::{Stage, until};
use std::time::Duration;

const POLLS: usize = 1_000;
const HOUR: Duration = Duration::from_secs(3600);
/// Steps at once, as the example has it, each with a connection and what serves it at both ends; and some room.
const AT_ONCE: usize = 100;

/// A check of eligibility of somebody new that CMS has accepted, to be polled in an hour.
async fn accepted(ledger: &dyn Ledger, stage: &Stage, number: usize) {
    let intent = Intent::new(Operation::CheckEligibility, Track::Bh, Mode::Auto, "screen", "asked");
    let keys = Phi::new(vec![format!("id:A|{number}")]);
    let document = Phi::new(r#"{"schema":1}"#.to_owned());
    let change = ChartChange { id: None, keys, absorbed: vec![], document, entries: vec![], look_at: None };
    let subject = SubjectIntake { change: Some(change), intents: vec![intent], ..SubjectIntake::default() };
    let intake = Intake {
        participant: "ACCES12345".to_owned(),
        feed: None,
        actor: "test".to_owned(),
        allow_reuse: false,
        subjects: vec![subject],
        notices: vec![],
        unmapped: vec![],
    };
    assert!(matches!(ledger.intake(intake).await.unwrap(), IntakeResult::Stored(_)));
    let lease = ledger.claim("test", HOUR, 1).await.unwrap().remove(0).lease;
    let sending = Sending {
        payload: Phi::new("{}".to_owned()),
        provenance: vec![],
        issues: vec![],
        entries: vec![],
        basis: String::new(),
        lease: HOUR,
    };
    ledger.begin_sending(&lease, sending).await.unwrap();
    let acceptance = Acceptance {
        location: format!("{}/access/Patient/$submission-status/open-{number}", stage.sandbox_url()),
        cms_submission: format!("open-{number}"),
        next_poll_at: SystemClock.now().plus(HOUR),
    };
    ledger.accepted(&lease, acceptance).await.unwrap();
}

fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

/// How many tasks there are once a service has come to rest.
async fn at_rest() -> usize {
    let mut before = usize::MAX;
    until("the service has come to rest", || {
        let now = tasks();
        (std::mem::replace(&mut before, now) == now).then_some(now)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_open_polls_cost_one_scheduler() {
    let stage = Stage::set("").await;
    let clock = TestClock::at(SystemClock.now());
    let service = stage.serve(&clock).await;
    let alone = at_rest().await;
    service.stop().await;

    let ledger = stage.ledger();
    for number in 0..POLLS {
        accepted(ledger.as_ref(), &stage, number).await;
    }
    drop(ledger);
    let service = stage.serve(&clock).await;
    let polling = async || service.ledger.health().await.unwrap().submissions.get(&State::Polling).copied();
    assert_eq!(polling().await, Some(POLLS as u64));
    let waiting = at_rest().await;
    assert!(waiting <= alone + 2, "{alone} tasks without polls, {waiting} with {POLLS}");
    assert!(stage.answers("submission-status").is_empty(), "nothing is polled before its time");

    // All fall due at once: a few at a time are asked, until each has been.
    clock.advance(2 * HOUR);
    let mut most = 0;
    until("every poll was made", || {
        most = most.max(tasks());
        (stage.answers("submission-status").len() >= POLLS).then_some(())
    })
    .await;
    assert!(most <= alone + AT_ONCE, "{alone} tasks at rest, {most} while {POLLS} polls were due");
    service.stop().await;
}
