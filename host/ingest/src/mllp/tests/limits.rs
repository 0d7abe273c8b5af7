//! What happens at the limits.

use super::kit::{Client, End, Server, framed, message};
use crate::mllp::{Discard, Limits};
use bridge_types::mllp::encode;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::TcpStream;

#[tokio::test]
async fn of_300_connections_the_limit_is_served_and_the_rest_turned_away() {
    let server = Server::start(Limits { of_one_peer: 256, ..Limits::default() }).await;
    let mut clients = Vec::new();
    for _ in 0..256 {
        clients.push(server.connect().await);
    }
    for client in &mut clients {
        // Each goes on with something in hand.
        client.send(&[framed("in"), b"\x0BMSH|".to_vec()].concat()).await;
        assert_eq!(client.answer().await, "AA in");
    }
    for _ in 0..44 {
        // The reset may come as early as the connect.
        match TcpStream::connect(server.address).await {
            Ok(stream) => assert_eq!(Client(stream).end().await, End::Reset),
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
        }
    }
    assert_eq!(server.counters.turned_away(), 44);
    assert_eq!(server.counters.open(), 256);
    // A place that becomes free is given again.
    drop(clients.pop());
    while server.counters.open() > 255 {
        tokio::task::yield_now().await;
    }
    let mut client = server.connect().await;
    client.send(&framed("next")).await;
    assert_eq!(client.answer().await, "AA next");
}

#[tokio::test]
async fn a_message_that_is_too_large_is_refused_with_the_limit_named_and_its_beginning_kept() {
    let server = Server::start(Limits { frame: 64 * 1024, ..Limits::default() }).await;
    let mut client = server.connect().await;
    let large = encode(&[message("large"), b"OBX|1|ED|||".to_vec(), vec![b'x'; 2 * 1024 * 1024]].concat());
    // The sender writes all of it before it reads, as engines do.
    client.send(&large).await;
    assert_eq!(client.answer().await, "AR large|The message is larger than the 65536 bytes accepted here.");
    assert_eq!(client.end().await, End::Fin);
    let discarded = server.recorder.discarded();
    assert_eq!(discarded.len(), 1);
    assert_eq!((discarded[0].0.len(), discarded[0].1), (64 * 1024, Discard::TooLarge));
    assert!(server.recorder.control_ids().is_empty());
}

#[tokio::test]
async fn something_too_large_that_is_not_hl7_or_cannot_be_kept_is_reset() {
    let server = Server::start(Limits { frame: 1024, ..Limits::default() }).await;
    let mut client = server.connect().await;
    client.send(&[b"\x0B".as_slice(), &[b'x'; 1500]].concat()).await;
    assert_eq!(client.end().await, End::Reset);
    assert_eq!(server.recorder.discarded().len(), 1);

    server.recorder.keeps.store(false, Ordering::Relaxed);
    let mut client = server.connect().await;
    client.send(&encode(&[message("large"), vec![b'x'; 1500]].concat())).await;
    assert_eq!(client.end().await, End::Reset);
}

#[tokio::test]
async fn a_message_that_trickles_in_too_slowly_is_reset_and_kept() {
    let server = Server::start(Limits { frame_time: Duration::from_millis(50), ..Limits::default() }).await;
    let mut client = server.connect().await;
    client.send(&framed("quick")).await;
    assert_eq!(client.answer().await, "AA quick");
    client.send(b"\x0BMSH|^~\\&|slow").await;
    assert_eq!(client.end().await, End::Reset);
    assert_eq!(server.recorder.discarded(), [("MSH|^~\\&|slow".to_owned(), Discard::TooSlow)]);
    assert_eq!(server.counters.resets(), 1);
}

#[tokio::test]
async fn bytes_now_and_then_do_not_extend_the_time_for_a_message() {
    let server = Server::start(Limits { frame_time: Duration::from_millis(100), ..Limits::default() }).await;
    let mut client = server.connect().await;
    let started = tokio::time::Instant::now();
    client.send(b"\x0BMSH|^~\\&|").await;
    let drip = async {
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if tokio::io::AsyncWriteExt::write_all(&mut client.0, b"x").await.is_err() {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), drip).await.expect("a reset in spite of the drip");
    assert!(started.elapsed() >= Duration::from_millis(100));
    assert_eq!(server.recorder.discarded()[0].1, Discard::TooSlow);
}

#[tokio::test]
async fn a_peer_that_does_not_speak_mllp_is_reset() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send(&b"GET / HTTP/1.1 Host: example\r\n".repeat(4000)).await;
    assert_eq!(client.end().await, End::Reset);
    assert_eq!(server.recorder.discarded()[0].1, Discard::Stray);
}
