//! How the listener stops.

use super::kit::{End, Server, framed};
use crate::mllp::Limits;
use std::time::Duration;
use tokio::net::TcpStream;

#[tokio::test]
async fn on_stop_the_message_in_hand_is_answered_and_then_the_connection_is_reset() {
    let server = Server::start(Limits::default()).await;
    let (mut busy, mut idle) = (server.connect().await, server.connect().await);
    idle.send(&framed("before")).await;
    assert_eq!(idle.answer().await, "AA before");
    server.arrival().await;
    busy.send(&[framed("WAIT"), framed("after")].concat()).await;
    server.arrival().await;
    server.begin_stop();
    assert_eq!(idle.end().await, End::Reset);
    assert!(TcpStream::connect(server.address).await.is_err(), "still accepting");
    server.recorder.permits.add_permits(1);
    assert_eq!(busy.answer().await, "AA WAIT");
    assert_eq!(busy.end().await, End::Reset);
    assert_eq!(server.recorder.control_ids(), ["before", "WAIT"]);
    server.ended().await;
}

#[tokio::test]
async fn a_handler_that_never_ends_does_not_hold_up_the_stop() {
    let server = Server::start(Limits { grace: Duration::from_millis(50), ..Limits::default() }).await;
    let mut client = server.connect().await;
    client.send(&framed("WAIT")).await;
    server.arrival().await;
    server.begin_stop();
    assert_eq!(client.end().await, End::Reset);
    let counters = std::sync::Arc::clone(&server.counters);
    server.ended().await;
    assert_eq!(counters.open(), 0);
}
