//! Bad networks on both sides: nothing is lost or taken twice, and everything goes on when the weather clears.

use bridge_types::{Clock, SystemClock, TestClock};
use kit::people::{Ask, Person};
use kit::sender::Sender;
use kit::{Proxy, Stage, Weather, fixture, until};
use std::time::Duration;
use tokio::sync::watch;

const FEEDS: usize = 4;
const IMPATIENT: Duration = Duration::from_millis(400);

/// A sender in some weather, which clears when it has suffered enough; gives how often it sent a message again.
async fn send_in(weather: Weather, suffers: usize) -> usize {
    let stage = Stage::set("").await;
    let program = stage.start().await;
    let proxy = Proxy::before(program.door().to_owned()).await;
    proxy.set(weather);
    let (_door, shown) = watch::channel(Some(proxy.address.to_string()));
    let sender = Sender::start(shown, IMPATIENT.max(delay(weather) * 8));
    for person in 0..FEEDS {
        sender.send(Person(2 * person).feed(Ask::Align));
    }
    if suffers > 0 {
        until("the sender suffers", || (sender.seen().resent >= suffers).then_some(())).await;
        proxy.set(Weather::Clear);
    }
    until("everything is acknowledged", || (sender.seen().waiting == 0).then_some(())).await;
    let seen = sender.seen();
    assert!(seen.settled.values().all(|code| code == "AA"), "{:?}", seen.settled);
    let feeds = stage.ledger().feeds_page(None, None, 100).await.unwrap().items;
    let mut ids: Vec<String> = feeds.into_iter().map(|feed| feed.identity.control_id).collect();
    ids.reverse();
    let sent: Vec<String> = (0..FEEDS).map(|person| Person(2 * person).control_id(Ask::Align)).collect();
    assert_eq!(ids, sent, "{weather:?}");
    seen.resent
}

const fn delay(weather: Weather) -> Duration {
    match weather {
        Weather::Late(by) => by,
        _ => Duration::ZERO,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feeds_come_in_over_slow_ways_and_in_pieces() {
    for weather in [
        Weather::Late(Duration::from_millis(20)),
        Weather::Late(Duration::from_millis(200)),
        Weather::Pieces(1),
        Weather::Pieces(7),
    ] {
        assert_eq!(send_in(weather, 0).await, 0, "{weather:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_whose_answer_was_lost_is_taken_once() {
    for weather in [Weather::ResetsAnswers, Weather::SwallowsAnswers, Weather::Stalls] {
        assert!(send_in(weather, 2).await >= 2, "{weather:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_that_come_in_one_piece_are_answered_one_by_one() {
    let stage = Stage::set("").await;
    let program = stage.start().await;
    let frames: Vec<u8> = (0..FEEDS)
        .flat_map(|person| [b"\x0b", Person(2 * person).feed(Ask::Align).bytes.as_slice(), b"\x1c\r"].concat())
        .collect();
    let answers = program.converse(&frames, FEEDS).await;
    let ids: Vec<&str> = answers.iter().map(|answer| answer.split("MSA|AA|").nth(1).unwrap().trim_end()).collect();
    let sent: Vec<String> = (0..FEEDS).map(|person| Person(2 * person).control_id(Ask::Align)).collect();
    assert_eq!(ids, sent);
}

/// An alignment on a way to CMS that is slow, or cuts everything into pieces.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cms_is_reached_over_slow_ways_and_in_pieces() {
    for weather in
        [Weather::Late(Duration::from_millis(20)), Weather::Late(Duration::from_millis(200)), Weather::Pieces(5)]
    {
        let mut stage = Stage::set("[wire]\ncontent_location = 'relative'\n").await;
        let proxy = stage.proxied().await;
        proxy.set(weather);
        let program = stage.start().await;
        assert_eq!(program.send(&fixture("zac-align-ckm.hl7")).await, "CA");
        stage.engine.notice("LKS000118", "aligned").await;
        assert_eq!(stage.posts("align", "CKM"), 1, "{weather:?}");
    }
}

/// The answer to a poll never comes, on a connection that stands: the poll is given up and made again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_open_connection_to_cms_costs_a_poll_and_no_submission() {
    let mut stage = Stage::set("[wire]\ncontent_location = 'relative'\npending_polls = 3\n").await;
    stage.vary("TIMES__REQUEST", "2s");
    stage.vary("TIMES__CONNECT", "1s");
    let proxy = stage.proxied().await;
    let clock = TestClock::at(SystemClock.now());
    let service = stage.serve(&clock).await;
    let door = service.listening[0].address.to_string();
    assert_eq!(kit::exchange(&door, &fixture("zac-align-ckm.hl7")).await.code(), "CA");
    until("CMS accepted it", || (stage.cms().accepted("align", "2FH7GT4MN61", "CKM") == 1).then_some(())).await;
    stage.submission("align", "CKM", "polling").await;
    proxy.set(Weather::SwallowsAnswers);
    let before = proxy.taken();
    until("a poll is on its way", || {
        clock.advance(Duration::from_millis(100));
        (stage.answers("submission-status").len() > 1 || proxy.taken() > before).then_some(())
    })
    .await;
    proxy.set(Weather::Clear);
    until("it is aligned", || {
        clock.advance(Duration::from_millis(100));
        stage.engine.heard().iter().any(|one| one.code == "aligned").then_some(())
    })
    .await;
    assert_eq!(stage.posts("align", "CKM"), 1);
    service.stop().await;
}
