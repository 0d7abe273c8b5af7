//! What unfinished frames hold together.

use super::kit::{Client, End, Server, message};
use crate::mllp::{Discard, Limits};
use bridge_net::FREE;
use bridge_types::mllp::encode;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const FRAME: usize = 1024 * 1024;
const LARGE: usize = 900 * 1024;
const SENDERS: usize = 8;

fn large(id: &str) -> Vec<u8> {
    encode(&[message(id), b"OBX|1|ED|||".to_vec(), vec![b'x'; LARGE]].concat())
}

/// Sends something large, and waits for its answer. False: the connection ended before.
async fn is_heard(server: &Server, id: &str) -> bool {
    let mut client = server.connect().await;
    let mut byte = [0];
    client.0.write_all(&large(id)).await.is_ok() && client.0.read(&mut byte).await.is_ok_and(|count| count == 1)
}

#[tokio::test]
async fn unfinished_frames_hold_no_more_than_the_budget_and_one_always_goes_on() {
    let frame_time = Duration::from_millis(300);
    let limits = Limits { frame: FRAME, memory: 2 * FRAME, frame_time, ..Limits::default() };
    let server = Server::start(limits).await;
    // What is being kept is still in hand.
    let held_up = server.recorder.keeping.write().await;
    let mut stuck: Vec<Client> = Vec::new();
    for _ in 0..SENDERS {
        let mut client = server.connect().await;
        let whole = large("stuck");
        // What the listener does not read waits in the sockets, or here.
        let sending = client.0.write_all(&whole[..LARGE]);
        let _ = tokio::time::timeout(Duration::from_millis(20), sending).await;
        stuck.push(client);
    }
    while server.recorder.discarded().len() < SENDERS {
        server.arrival().await;
    }
    let kept = server.recorder.discarded();
    assert!(kept.iter().all(|(_, why)| *why == Discard::TooSlow));
    let together: usize = kept.iter().map(|(text, _)| text.len()).sum();
    assert!(together <= 2 * FRAME + SENDERS * FREE, "{together}");
    drop(held_up);
    for client in &mut stuck {
        assert_eq!(client.end().await, End::Reset);
    }
    // An engine that comes meanwhile sends again until it is heard.
    let mut attempts = 0;
    while !is_heard(&server, "whole").await {
        attempts += 1;
        assert!(attempts < 20);
    }
}

#[tokio::test]
async fn with_room_for_one_frame_only_all_are_taken_one_after_the_other() {
    let server = Server::start(Limits { frame: FRAME, memory: FRAME, ..Limits::default() }).await;
    let all = (0..SENDERS).map(|id| {
        let server = &server;
        async move { is_heard(server, &format!("WHOLE{id}")).await }
    });
    assert!(futures_util::future::join_all(all).await.into_iter().all(|heard| heard));
    assert_eq!(server.recorder.control_ids().len(), SENDERS);
}
