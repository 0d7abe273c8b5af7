//! CMS is away: nobody is asked over and over, a person hears of it once, and everything goes out afterwards, in order.

use access_bridge::service::Service;
use bridge_ledger::State;
use bridge_types::{Clock, SystemClock, TestClock};
use kit::people::{Ask, Person};
use kit::{Proxy, Reply, Stage, Weather, exchange, until};
use std::collections::BTreeMap;
use std::time::Duration;

const RELATIVE: &str = "[wire]\ncontent_location = 'relative'\n";
const HOUR: Duration = Duration::from_secs(3600);
const PEOPLE: usize = 30;
/// Failures in a row after which CMS counts as away (`limits.outage_after`).
const OUTAGE_AFTER: usize = 5;

/// A service with a clock of its own, and everybody's request for an alignment to CKM; every third asks for MSK, too.
async fn asked(stage: &Stage, clock: &TestClock) -> Service {
    let service = stage.serve(clock).await;
    let door = service.listening[0].address.to_string();
    for person in (0..PEOPLE).map(Person) {
        let asks: &[Ask] = if person.0 % 3 == 0 { &[Ask::Align, Ask::AlignMsk] } else { &[Ask::Align] };
        for ask in asks {
            let answer = exchange(&door, &person.feed(*ask).bytes).await;
            assert!(matches!(answer.code(), "AA" | "CA"), "{answer:?}");
        }
    }
    service
}

/// How many submissions are in a state.
async fn count(service: &Service, state: State) -> u64 {
    service.ledger.health().await.unwrap().submissions.get(&state).copied().unwrap_or_default()
}

/// How often the engine heard a code.
fn heard(stage: &Stage, code: &str) -> usize {
    stage.engine.heard().iter().filter(|one| one.code == code).count()
}

/// Moves the clock an hour at a time, and a little further until CMS is probed.
async fn hours(proxy: &Proxy, clock: &TestClock, hours: usize) {
    for _ in 0..hours {
        let before = proxy.taken();
        clock.advance(HOUR);
        until("CMS is probed", || {
            // A probe that was under way has put off the next one.
            clock.advance(Duration::from_secs(10));
            (proxy.taken() > before).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_weekend_without_cms_is_told_once_costs_a_probe_now_and_then_and_drains_in_order() {
    let mut stage = Stage::set(RELATIVE).await;
    let proxy = stage.proxied().await;
    proxy.set(Weather::Resets);
    let clock = TestClock::at(SystemClock.now());
    let service = asked(&stage, &clock).await;
    // Retries by themselves open the circuit; the clock need not move far.
    until("the outage is told", || {
        clock.advance(Duration::from_millis(200));
        (heard(&stage, "cms-unreachable") == 1).then_some(())
    })
    .await;
    let before = proxy.taken();
    hours(&proxy, &clock, 24).await;
    // A restart in the middle tells nothing twice.
    service.stop().await;
    let service = stage.serve(&clock).await;
    hours(&proxy, &clock, 24).await;
    let probes = proxy.taken() - before;
    assert!(probes < 2 * 48 + 16, "{probes} connections in 48 hours");
    assert_eq!(stage.cms().all_accepted().len(), 0);

    proxy.set(Weather::Clear);
    clock.advance(HOUR);
    until("everything is done", || {
        clock.advance(Duration::from_millis(200));
        (heard(&stage, "aligned") == PEOPLE + PEOPLE / 3).then_some(())
    })
    .await;
    assert_eq!((heard(&stage, "cms-unreachable"), heard(&stage, "cms-reachable")), (1, 1));
    assert!(stage.cms().all_accepted().iter().all(|one| one.count == 1), "{:?}", stage.cms().all_accepted());
    let mut tracks: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for key in stage.cms().keys().into_iter().filter(|key| key.operation == "align") {
        tracks.entry(key.beneficiary).or_default().push(key.family);
    }
    let both: Vec<_> = tracks.values().filter(|tracks| tracks.len() == 2).collect();
    assert_eq!(both.len(), PEOPLE / 3);
    // What was tried before the outage was known has been put off, and what is of another family need not wait for it.
    let turned = both.iter().filter(|tracks| **tracks != &["CKM", "MSK"]).count();
    assert!(turned <= OUTAGE_AFTER, "{tracks:?}");
    service.stop().await;
}

/// Every POST that meets a gateway is in doubt. With everything sent at once, everything would be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_answers_in_place_of_cms_puts_a_few_in_doubt_and_not_all() {
    let stage = Stage::set("[[fault]]\non = 'submit'\nstatus = 502\nbody = 'html'\n").await;
    let clock = TestClock::at(SystemClock.now());
    let service = asked(&stage, &clock).await;
    until("the outage is told", || (heard(&stage, "cms-unreachable") == 1).then_some(())).await;
    // Whoever was on the way has arrived when nothing is being sent any more.
    loop {
        if count(&service, State::Sending).await == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let doubts = count(&service, State::Uncertain).await;
    assert!((1..=5 + 16).contains(&doubts), "{doubts} in doubt");
    assert!(count(&service, State::Ready).await > 0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feeds_are_taken_while_cms_is_away() {
    let mut stage = Stage::set(RELATIVE).await;
    let proxy = stage.proxied().await;
    proxy.set(Weather::Stalls);
    let clock = TestClock::at(SystemClock.now());
    let service = asked(&stage, &clock).await;
    let door = service.listening[0].address.to_string();
    let late = exchange(&door, &Person(PEOPLE).feed(Ask::Align).bytes).await;
    assert!(matches!(late, Reply::Answer(_)), "{late:?}");
    proxy.set(Weather::Resets);
    service.stop().await;
}

/// The API answered probes while its token endpoint was away. Whenever nothing happened to be due, CMS counted as being there: a person
/// was told of turns while nothing got through, and in the end the submission was given up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_of_the_token_endpoint_alone_ends_when_something_gets_through() {
    let mut stage = Stage::set(RELATIVE).await;
    stage.vary("LIMITS__SEND_ATTEMPTS", "8");
    let proxy = stage.proxied_tokens().await;
    proxy.set(Weather::Resets);
    let clock = TestClock::at(SystemClock.now());
    let service = stage.serve(&clock).await;
    let door = service.listening[0].address.to_string();
    let answer = exchange(&door, &Person(0).feed(Ask::Align).bytes).await;
    assert!(matches!(answer.code(), "AA" | "CA"), "{answer:?}");
    until("the outage is told", || {
        clock.advance(Duration::from_millis(200));
        (heard(&stage, "cms-unreachable") == 1).then_some(())
    })
    .await;
    hours(&proxy, &clock, 24).await;
    assert_eq!((heard(&stage, "cms-unreachable"), heard(&stage, "cms-reachable")), (1, 0));
    assert_eq!(count(&service, State::Failed).await, 0);

    proxy.set(Weather::Clear);
    clock.advance(HOUR);
    until("everything is done", || {
        clock.advance(Duration::from_millis(200));
        (heard(&stage, "aligned") == 1).then_some(())
    })
    .await;
    assert_eq!((heard(&stage, "cms-unreachable"), heard(&stage, "cms-reachable")), (1, 1));
    service.stop().await;
}

/// One person whose submissions CMS kept refusing with 503 stopped everybody's, and a person was told of an outage again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_whose_submissions_always_fail_stops_nobody_else() {
    let failing = Person(0);
    let fault = format!("[[fault]]\non = 'submit'\nmbi = '{}'\nstatus = 503\n", failing.mbi());
    let stage = Stage::set(&fault).await;
    let clock = TestClock::at(SystemClock.now());
    let service = stage.serve(&clock).await;
    let door = service.listening[0].address.to_string();
    for person in (0..6).map(Person) {
        let answer = exchange(&door, &person.feed(Ask::Align).bytes).await;
        assert!(matches!(answer.code(), "AA" | "CA"), "{answer:?}");
        // Hours in which it fails alone.
        for _ in 0..20 {
            clock.advance(Duration::from_secs(600));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        until("everybody else is aligned", || {
            clock.advance(Duration::from_millis(200));
            (heard(&stage, "aligned") == person.0).then_some(())
        })
        .await;
    }
    assert!(heard(&stage, "cms-unreachable") <= 1, "{}", heard(&stage, "cms-unreachable"));
    assert_eq!(heard(&stage, "cms-reachable"), heard(&stage, "cms-unreachable"));
    service.stop().await;
}
