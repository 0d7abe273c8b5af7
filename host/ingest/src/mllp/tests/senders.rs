//! How engines send, and what they must see.

use super::kit::{End, Server, framed};
use crate::mllp::Limits;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn an_engine_that_gives_up_waiting_sends_the_same_message_again() {
    let server = Server::start(Limits::default()).await;
    // Message by message on a kept connection, one outstanding.
    let mut client = server.connect().await;
    for id in ["m1", "m2"] {
        client.send(&framed(id)).await;
        assert_eq!(client.answer().await, format!("AA {id}"));
    }
    // No answer within the engine's response timeout: it closes and repeats on a new connection.
    client.send(&framed("WAIT")).await;
    server.arrival().await;
    let mut byte = [0];
    assert!(tokio::time::timeout(Duration::from_millis(50), client.0.read(&mut byte)).await.is_err());
    drop(client);
    let mut client = server.connect().await;
    client.send(&framed("WAIT")).await;
    server.recorder.permits.add_permits(2);
    assert_eq!(client.answer().await, "AA WAIT");
    client.send(&framed("m3")).await;
    assert_eq!(client.answer().await, "AA m3");
    assert_eq!(server.recorder.control_ids(), ["m1", "m2", "WAIT", "WAIT", "m3"]);
}

#[tokio::test]
async fn a_connection_per_message_works() {
    let server = Server::start(Limits::default()).await;
    for id in ["a", "b", "c"] {
        let mut client = server.connect().await;
        client.send(&framed(id)).await;
        assert_eq!(client.answer().await, format!("AA {id}"));
    }
}

#[tokio::test]
async fn a_sender_that_closes_its_half_still_gets_its_answers() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send(&[framed("one"), framed("two")].concat()).await;
    client.0.shutdown().await.unwrap();
    assert_eq!(client.answer().await, "AA one");
    assert_eq!(client.answer().await, "AA two");
    assert_eq!(client.end().await, End::Fin);
}

#[tokio::test]
async fn connections_do_not_wait_for_each_other() {
    let server = Server::start(Limits::default()).await;
    let (mut slow, mut quick) = (server.connect().await, server.connect().await);
    slow.send(&framed("WAIT")).await;
    server.arrival().await;
    quick.send(&framed("quick")).await;
    assert_eq!(quick.answer().await, "AA quick");
    server.recorder.permits.add_permits(1);
    assert_eq!(slow.answer().await, "AA WAIT");
}

#[tokio::test]
async fn one_message_is_in_hand_per_connection() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send(&[framed("WAIT"), framed("later")].concat()).await;
    server.arrival().await;
    assert_eq!(server.recorder.control_ids(), ["WAIT"]);
    server.recorder.permits.add_permits(1);
    assert_eq!(client.answer().await, "AA WAIT");
    assert_eq!(client.answer().await, "AA later");
}

#[tokio::test]
async fn own_trouble_is_a_reset_without_an_answer() {
    let server = Server::start(Limits::default()).await;
    for id in ["RESET", "PANIC"] {
        let mut client = server.connect().await;
        client.send(&framed(id)).await;
        assert_eq!(client.end().await, End::Reset);
    }
    let mut client = server.connect().await;
    client.send(&framed("later")).await;
    assert_eq!(client.answer().await, "AA later");
}

#[tokio::test]
async fn a_message_that_asks_for_no_answer_gets_none() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send(&[framed("SILENT"), framed("heard")].concat()).await;
    assert_eq!(client.answer().await, "AA heard");
    assert_eq!(server.recorder.control_ids(), ["SILENT", "heard"]);
}

#[tokio::test]
async fn an_idle_connection_stays_open() {
    let limits = Limits { frame_time: Duration::from_millis(20), ..Limits::default() };
    let server = Server::start(limits).await;
    let mut client = server.connect().await;
    client.send(&framed("first")).await;
    assert_eq!(client.answer().await, "AA first");
    let mut byte = [0];
    let silence = tokio::time::timeout(Duration::from_millis(100), client.0.read(&mut byte)).await;
    assert!(silence.is_err(), "the listener ended an idle connection");
    client.send(&framed("second")).await;
    assert_eq!(client.answer().await, "AA second");
}
