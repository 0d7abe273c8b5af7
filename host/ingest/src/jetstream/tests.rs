//! A real server.

use super::{Options, consume};
use crate::kit::{Tray, message};
use async_nats::jetstream::{self, Context, stream};
use bridge_net::kit::NatsServer;
use bridge_net::nats::{self, Credentials};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const SOON: Duration = Duration::from_secs(30);

pub(super) fn options(server: &NatsServer) -> Options {
    Options {
        name: "feed".to_owned(),
        nats: nats::Options {
            servers: vec![server.address()],
            tls: None,
            credentials: Credentials::None,
            name: "test".to_owned(),
            limit: Duration::from_secs(5),
        },
        stream: "ADT".to_owned(),
        subject: Some("adt.in.>".to_owned()),
        durable: "access-bridge".to_owned(),
        dead_subject: Some("adt.dead".to_owned()),
        ack_wait: Duration::from_millis(500),
        in_flight: 1,
    }
}

pub(super) async fn context(server: &NatsServer) -> Context {
    context_with(&options(server).nats).await
}

pub(super) async fn context_with(options: &nats::Options) -> Context {
    let context = jetstream::new(nats::connect(options).await.unwrap());
    let subjects = vec!["adt.>".to_owned()];
    let wanted = stream::Config { name: "ADT".to_owned(), subjects, ..stream::Config::default() };
    context.get_or_create_stream(wanted).await.unwrap();
    context
}

pub(super) async fn publish(context: &Context, text: String) {
    context.publish("adt.in.a", text.into()).await.unwrap().await.unwrap();
}

pub(super) fn start(options: Options, tray: &Arc<Tray>) -> (oneshot::Sender<()>, JoinHandle<()>) {
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(consume(options, tray.clone(), async {
        let _ = stopped.await;
    }));
    (stop, running)
}

pub(super) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let wait = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(SOON, wait).await.unwrap_or_else(|_| panic!("not in time: {what}"));
}

/// How many messages the server has given out and not had acknowledged, and how many it has not given out.
async fn open(context: &Context) -> (usize, u64) {
    let stream = context.get_stream("ADT").await.unwrap();
    let mut consumer: jetstream::consumer::PullConsumer = stream.get_consumer("access-bridge").await.unwrap();
    let info = consumer.info().await.unwrap();
    (info.num_ack_pending, info.num_pending)
}

#[tokio::test]
async fn feeds_are_taken_in_order_and_acknowledged_and_refused_ones_go_to_the_dead_subject() {
    let Some(server) = NatsServer::start("feeds_are_taken_in_order").unwrap() else { return };
    let context = context(&server).await;
    for id in ["1", "2", "BAD3", "4"] {
        publish(&context, message(id)).await;
    }
    publish(&context, format!("{}{}", message("5"), message("6"))).await;
    let tray = Arc::new(Tray::default());
    let (stop, running) = start(options(&server), &tray);
    until("all are taken", || tray.control_ids().len() == 6).await;
    assert_eq!(tray.control_ids(), ["1", "2", "BAD3", "4", "5", "6"]);
    assert_eq!(tray.sources()[0], "jetstream:feed");
    stop.send(()).unwrap();
    running.await.unwrap();
    assert_eq!(open(&context).await, (0, 0));
    let stream = context.get_stream("ADT").await.unwrap();
    let dead = stream.get_last_raw_message_by_subject("adt.dead").await.unwrap();
    assert_eq!(dead.payload, message("BAD3").into_bytes());
    let header = |name: &str| dead.headers.get(name).map(ToString::to_string);
    assert_eq!(header("Access-Bridge-Code").as_deref(), Some("not-usable"));
    assert_eq!(header("Access-Bridge-Location").as_deref(), Some("PID-3"));
    assert_eq!(header("Access-Bridge-Verdict").as_deref(), Some("AE"));
    assert_eq!(header("Nats-Msg-Id").as_deref(), Some("dead-ADT-3"));
    assert_eq!(header("Access-Bridge-Subject").as_deref(), Some("adt.in.a"));
}

#[tokio::test]
async fn own_trouble_gives_messages_back_and_they_come_again_in_order() {
    let Some(server) = NatsServer::start("own_trouble_gives_messages_back").unwrap() else { return };
    let context = context(&server).await;
    let tray = Arc::new(Tray::default());
    tray.refuse_next(2);
    for id in ["1", "2", "3"] {
        publish(&context, message(id)).await;
    }
    let (stop, running) = start(options(&server), &tray);
    until("all are taken", || tray.effects() == 3).await;
    assert_eq!(tray.control_ids(), ["1", "2", "3"]);
    stop.send(()).unwrap();
    running.await.unwrap();
}

#[tokio::test]
async fn what_a_killed_host_had_in_hand_comes_again_without_a_second_effect() {
    let Some(server) = NatsServer::start("what_a_killed_host_had_in_hand").unwrap() else { return };
    let context = context(&server).await;
    let tray = Arc::new(Tray::default());
    tray.hold_after(0);
    publish(&context, message("1")).await;
    let many = Options { in_flight: 4, ack_wait: Duration::from_secs(1), ..options(&server) };
    let (_stop, running) = start(many.clone(), &tray);
    until("the message is in hand", || tray.attempts() == 1).await;
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    assert_eq!((tray.effects(), open(&context).await), (0, (1, 0)));
    tray.let_go();
    let (stop, running) = start(many, &tray);
    for id in 2..=20 {
        publish(&context, message(&id.to_string())).await;
    }
    until("all are taken", || tray.effects() == 20).await;
    stop.send(()).unwrap();
    running.await.unwrap();
    assert_eq!(open(&context).await, (0, 0));
}

#[tokio::test]
async fn a_broker_that_is_away_is_waited_for() {
    let Some(mut server) = NatsServer::start("a_broker_that_is_away").unwrap() else { return };
    publish(&context(&server).await, message("1")).await;
    server.end();
    let tray = Arc::new(Tray::default());
    // Somebody else at the broker's door: whoever knocks there has found no broker.
    let door = TcpListener::bind(server.address()).await.unwrap();
    let (stop, running) = start(options(&server), &tray);
    drop(tokio::time::timeout(SOON, door.accept()).await.expect("it is tried").unwrap());
    drop(door);
    server.restart().unwrap();
    until("the first is taken", || tray.effects() == 1).await;
    server.restart().unwrap();
    let again = context(&server).await;
    publish(&again, message("2")).await;
    until("the second is taken", || tray.effects() == 2).await;
    stop.send(()).unwrap();
    running.await.unwrap();
}

#[tokio::test]
async fn a_dead_subject_without_a_stream_holds_nothing_up() {
    let Some(server) = NatsServer::start("a_dead_subject_without_a_stream").unwrap() else { return };
    let context = context(&server).await;
    publish(&context, message("BAD1")).await;
    publish(&context, message("2")).await;
    let tray = Arc::new(Tray::default());
    let nowhere = Options { dead_subject: Some("nowhere".to_owned()), ..options(&server) };
    let (stop, running) = start(nowhere, &tray);
    until("the second is taken", || tray.effects() == 1).await;
    stop.send(()).unwrap();
    running.await.unwrap();
    assert_eq!(tray.control_ids(), ["BAD1", "2"]);
}
