//! Bounds, and how it starts and stops.

use super::kit::{STRANGER, align, eligibility, exchange, request, start, start_with};
use crate::{Limits, Options, Sandbox, Scenario, StartError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

fn limited(limits: Limits) -> Options {
    Options { limits, ..Options::default() }
}

#[tokio::test]
async fn it_listens_on_loopback_only_unless_told_otherwise() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = Sandbox::start(listener, Scenario::default(), Options::default());
    assert!(matches!(refused, Err(StartError::NotLoopback(_))));
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let options = Options { allow_other_machines: true, ..Options::default() };
    assert!(Sandbox::start(listener, Scenario::default(), options).is_ok());
}

#[tokio::test]
async fn urls_are_those_of_the_listener() {
    let kit = start("").await;
    let address = kit.running.local_addr();
    assert_eq!(kit.running.base_url(), format!("http://{address}/cdx/services/fhir"));
    assert_eq!(kit.running.token_url(), format!("http://{address}/oauth2/token"));
}

#[tokio::test]
async fn a_scenario_that_does_not_go_with_the_guide_does_not_start() {
    for text in [
        "[[beneficiary]]\nmbi = \"1AA0AA0AA01\"\nexcluded_from = [\"ckm\"]",
        "[[beneficiary]]\nmbi = \"1AA0AA0AA01\"\nalignments = [{ participant = \"ACCES12345\", track = \"X\", days_ago = 1 }]",
        "[[beneficiary]]\nmbi = \"1AA0AA0AA01\"\nalignments = [{ participant = \"ACCES12345\", track = \"CKM\", days_ago = 1 }, \
         { participant = \"ACCES12345\", track = \"eCKM\", days_ago = 1 }]",
        "[[fault]]\non = \"submit\"\ntrack = \"X\"\nstatus = 500",
        "[programme]\nlock_in_blocks = [\"moved\"]",
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let refused = Sandbox::start(listener, Scenario::parse(text, "test.toml").unwrap(), Options::default());
        assert!(matches!(refused, Err(StartError::Scenario(_))), "{text}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_413() {
    let kit = start_with(Scenario::default(), limited(Limits { body_bytes: 4_000, ..Limits::default() })).await;
    assert_eq!(kit.submit(&align(STRANGER, "CKM")).await.status, 202);
    let answer = kit.post("align", "ACCES12345", &" ".repeat(4_001)).await.unwrap();
    assert_eq!((answer.status, answer.issue().0.as_str()), (413, "too-long"));
}

#[tokio::test]
async fn a_head_or_a_body_that_does_not_come_ends_the_connection() {
    let short = Duration::from_millis(200);
    let kit = start_with(Scenario::default(), limited(Limits { head: short, body: short, ..Limits::default() })).await;
    let mut stream = TcpStream::connect(kit.running.local_addr()).await.unwrap();
    stream.write_all(b"POST / HTTP/1.1\r\nhost: x\r\n").await.unwrap();
    let mut received = Vec::new();
    let _ = stream.read_to_end(&mut received).await;
    assert!(!received.starts_with(b"HTTP/1.1 2"));

    let mut unfinished = request("POST", &super::kit::operation_path("align", "ACCES12345"), &[], "{}");
    unfinished.pop();
    let answer = exchange(kit.running.local_addr(), &unfinished).await.unwrap();
    assert_eq!((answer.status, answer.issue().0.as_str()), (408, "timeout"));
}

#[tokio::test]
async fn the_oldest_submission_is_forgotten_first_and_its_count_stays() {
    let kit = start_with(Scenario::default(), limited(Limits { submissions: 2, ..Limits::default() })).await;
    let first = kit.submit(&eligibility(STRANGER, "CKM")).await;
    for _ in 0..2 {
        kit.submit(&eligibility(STRANGER, "CKM")).await;
    }
    assert_eq!(kit.finish(&first).await.status, 404);
    assert_eq!(kit.running.handle().accepted("check-eligibility", STRANGER, "CKM"), 3);
}

#[tokio::test]
async fn the_oldest_token_is_forgotten_first() {
    let mut kit = start_with(Scenario::default(), limited(Limits { tokens: 1, ..Limits::default() })).await;
    let old = kit.token.clone();
    kit.renew().await;
    assert_eq!(kit.submit(&eligibility(STRANGER, "CKM")).await.status, 202);
    kit.token = old;
    assert_eq!(kit.submit(&eligibility(STRANGER, "CKM")).await.status, 401);
}

#[tokio::test]
async fn a_beneficiary_too_many_is_503_and_a_scenario_too_large_does_not_start() {
    let kit = start_with(Scenario::default(), limited(Limits { beneficiaries: 1, ..Limits::default() })).await;
    assert_eq!(kit.submit(&eligibility(STRANGER, "CKM")).await.status, 202);
    assert_eq!(kit.submit(&eligibility("2CC1DD2EE35", "CKM")).await.status, 503);
    assert_eq!(kit.submit(&eligibility(STRANGER, "CKM")).await.status, 202);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let scenario = Scenario::default_population().unwrap();
    let refused = Sandbox::start(listener, scenario, limited(Limits { beneficiaries: 1, ..Limits::default() }));
    assert!(matches!(refused, Err(StartError::Scenario(_))));
}

#[tokio::test]
async fn the_request_log_keeps_the_newest() {
    let kit = start_with(Scenario::default(), limited(Limits { requests: 2, ..Limits::default() })).await;
    for _ in 0..3 {
        kit.send("GET", "/", &[], "").await;
    }
    let entries = kit.running.handle().requests();
    assert_eq!(entries.iter().map(|entry| entry.status).collect::<Vec<_>>(), [Some(404), Some(404)]);
}

#[tokio::test]
async fn a_connection_over_the_limit_waits_for_its_turn() {
    let kit = start_with(Scenario::default(), limited(Limits { connections: 1, ..Limits::default() })).await;
    let holder = TcpStream::connect(kit.running.local_addr()).await.unwrap();
    // The holder's connection is taken before the next one can be: they are accepted in order.
    let bytes = request("GET", "/", &[], "");
    let waiting = exchange(kit.running.local_addr(), &bytes);
    let mut waiting = std::pin::pin!(waiting);
    assert!(tokio::time::timeout(Duration::from_millis(50), waiting.as_mut()).await.is_err());
    drop(holder);
    assert_eq!(waiting.await.unwrap().status, 404);
}

#[tokio::test]
async fn one_connection_serves_several_requests() {
    let kit = start("").await;
    let mut stream = TcpStream::connect(kit.running.local_addr()).await.unwrap();
    let two = b"GET / HTTP/1.1\r\nhost: x\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(two).await.unwrap();
    let mut received = String::new();
    stream.read_to_string(&mut received).await.unwrap();
    assert_eq!(received.matches("HTTP/1.1 404").count(), 2);
}

#[tokio::test]
async fn shutting_down_closes_the_listener_and_idle_connections() {
    let kit = start("").await;
    let address = kit.running.local_addr();
    let handle = kit.running.handle().clone();
    let mut idle = TcpStream::connect(address).await.unwrap();
    kit.submit(&align(STRANGER, "CKM")).await;
    kit.running.shutdown().await;
    let mut rest = Vec::new();
    assert_eq!(idle.read_to_end(&mut rest).await.unwrap_or(0), 0);
    assert!(TcpStream::connect(address).await.is_err());
    assert_eq!(handle.accepted("align", STRANGER, "CKM"), 1);
}

#[tokio::test]
async fn dropping_it_ends_it() {
    let kit = start("").await;
    let address = kit.running.local_addr();
    let mut open = TcpStream::connect(address).await.unwrap();
    drop(kit);
    let mut rest = Vec::new();
    assert_eq!(open.read_to_end(&mut rest).await.unwrap_or(0), 0);
    assert!(TcpStream::connect(address).await.is_err());
}
