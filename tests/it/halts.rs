//! A clock that jumps, and a stop, in the middle of a request.

use access_bridge::service::Service;
use bridge_ledger::{Ledger, State, SubmissionFilter};
use bridge_types::{Clock, SystemClock, TestClock};
use kit::people::{Ask, Person};
use kit::{Proxy, Stage, Weather, exchange, until};
use std::time::Duration;

/// A service that took in what asks for one alignment.
async fn asked(stage: &Stage, clock: &TestClock) -> Service {
    let service = stage.serve(clock).await;
    let door = service.listening[0].address.to_string();
    let answer = exchange(&door, &Person(0).feed(Ask::Align).bytes).await;
    assert!(matches!(answer.code(), "AA" | "CA"), "{answer:?}");
    service
}

/// The states of all submissions that are open.
async fn states(ledger: &dyn Ledger) -> Vec<State> {
    let page = ledger.submissions_page(&SubmissionFilter::default(), None, 50).await.unwrap();
    page.items.into_iter().map(|one| one.state).filter(|state| !matches!(state, State::Done)).collect()
}

/// POSTs of any operation that reached CMS.
fn posts(stage: &Stage) -> usize {
    stage.cms().requests().iter().filter(|one| one.path.contains("/$")).count()
}

/// The service took its own POST for one that a stopped service had left behind, and posted again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_while_something_is_sent_has_it_sent_once() {
    let stage = Stage::set("[[fault]]\non = 'submit'\ntimes = 1\ndelay_ms = 2000\n").await;
    let clock = TestClock::at(SystemClock.now());
    let service = asked(&stage, &clock).await;
    loop {
        if states(service.ledger.as_ref()).await.contains(&State::Sending) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    clock.advance(Duration::from_secs(3600));
    until("it is aligned", || {
        clock.advance(Duration::from_millis(200));
        stage.engine.heard().into_iter().find(|one| one.code == "aligned")
    })
    .await;
    assert!(stage.cms().all_accepted().iter().all(|one| one.count == 1), "{:?}", stage.cms().all_accepted());
    service.stop().await;
}

/// Waits until somebody asks for a token, and gets none.
async fn without_answer(proxy: &Proxy) {
    until("a token is asked for", || (proxy.taken() > 0).then_some(())).await;
}

/// A POST began after the service had been told to stop, once its token had come.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_while_a_token_is_waited_for_begins_nothing() {
    let mut stage = Stage::set("").await;
    let proxy = stage.proxied_tokens().await;
    proxy.set(Weather::Stalls);
    let clock = TestClock::at(SystemClock.now());
    let service = asked(&stage, &clock).await;
    without_answer(&proxy).await;
    service.stop().await;
    proxy.set(Weather::Clear);
    assert_eq!(posts(&stage), 0);
    let left = states(stage.ledger().as_ref()).await;
    // Nothing was tried, so nothing waits for another try.
    assert!(left.contains(&State::Ready) && !left.contains(&State::Sending), "{left:?}");
    let service = stage.serve(&clock).await;
    until("it is aligned", || {
        clock.advance(Duration::from_millis(200));
        stage.engine.heard().into_iter().find(|one| one.code == "aligned")
    })
    .await;
    service.stop().await;
}
