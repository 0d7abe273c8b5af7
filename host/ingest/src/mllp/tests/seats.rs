//! Who stays, and who leaves where there is no room.

use super::kit::{Client, End, Server, framed};
use crate::mllp::Limits;
use std::time::Duration;
use tokio::net::TcpSocket;

/// A client at another address of this machine.
async fn from(address: &str, server: &Server) -> Client {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{address}:0").parse().unwrap()).unwrap();
    Client(socket.connect(server.address).await.unwrap())
}

async fn heard(client: &mut Client, id: &str) {
    client.send(&framed(id)).await;
    assert_eq!(client.answer().await, format!("AA {id}"));
}

#[tokio::test]
async fn where_there_is_no_room_the_connection_makes_some_that_was_idle_longest() {
    let server = Server::start(Limits { connections: 2, of_one_peer: 2, ..Limits::default() }).await;
    let mut engine = server.connect().await;
    heard(&mut engine, "1").await;
    let mut silent = server.connect().await;
    let mut second = server.connect().await;
    heard(&mut second, "2").await;
    // Who never spoke goes first, and by a reset: an engine writes its next message into a connection that was closed.
    assert_eq!(silent.end().await, End::Reset);
    heard(&mut engine, "3").await;
    let mut third = server.connect().await;
    heard(&mut third, "4").await;
    assert_eq!(second.end().await, End::Reset);
    heard(&mut engine, "5").await;
    assert_eq!(server.counters.turned_away(), 0);
}

#[tokio::test]
async fn one_address_makes_room_among_its_own_connections() {
    let server = Server::start(Limits { connections: 3, of_one_peer: 1, ..Limits::default() }).await;
    let mut other = from("127.0.0.2", &server).await;
    heard(&mut other, "1").await;
    let mut first = server.connect().await;
    heard(&mut first, "2").await;
    let mut second = server.connect().await;
    heard(&mut second, "3").await;
    assert_eq!(first.end().await, End::Reset);
    // What has something in hand stays, and the new one is turned away.
    second.send(&framed("WAIT4")).await;
    while !server.recorder.control_ids().contains(&"WAIT4".to_owned()) {
        server.arrival().await;
    }
    let mut third = server.connect().await;
    assert_eq!(third.end().await, End::Reset);
    assert_eq!(server.counters.turned_away(), 1);
    server.recorder.permits.add_permits(1);
    assert_eq!(second.answer().await, "AA WAIT4");
    heard(&mut other, "5").await;
}

#[tokio::test]
async fn a_connection_without_a_message_for_the_idle_time_is_reset() {
    let server = Server::start(Limits { idle: Duration::from_millis(50), ..Limits::default() }).await;
    let mut client = server.connect().await;
    heard(&mut client, "1").await;
    assert_eq!(client.end().await, End::Reset);
    // A started message has its own time.
    let mut client = server.connect().await;
    client.send(&framed("WAIT2")).await;
    while !server.recorder.control_ids().contains(&"WAIT2".to_owned()) {
        server.arrival().await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.recorder.permits.add_permits(1);
    assert_eq!(client.answer().await, "AA WAIT2");
    assert!(server.recorder.discarded().is_empty());
}
