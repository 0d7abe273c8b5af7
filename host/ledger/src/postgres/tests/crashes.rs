//! Crashes, of a host and of the server: what was acknowledged is there, and nothing is there by half.

use super::open;
use crate::suite::wholes::{complete, whole};
use crate::{IntakeResult, Kind, Ledger};
use postgres_kit::Server;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The other process of the test below: stores feeds and says so, until it is killed.
#[test]
#[ignore = "is run by a_killed_process_keeps_what_it_acknowledged"]
fn store_until_killed() {
    let address = std::env::var_os("LEDGER_UNDER_TEST").unwrap().into_string().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let ledger = open(&address).unwrap();
        for number in 0.. {
            assert!(matches!(ledger.intake(whole(number)).await.unwrap(), IntakeResult::Stored(_)));
            println!("\nstored {number}");
            std::io::stdout().flush().unwrap();
        }
    });
}

#[tokio::test]
async fn a_killed_process_keeps_what_it_acknowledged() {
    let Some(server) = Server::shared("a_killed_process_keeps_what_it_acknowledged") else { return };
    for round in 1..=3 {
        let address = server.database();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "postgres::tests::crashes::store_until_killed"])
            .env("LEDGER_UNDER_TEST", &address)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let last = format!("stored {}", round * 7);
        assert!(lines.by_ref().any(|line| line.unwrap() == last), "the process ended by itself");
        child.kill().unwrap();
        child.wait().unwrap();
        // What it said before it died, it said after storing.
        let said = lines.map_while(Result::ok).filter(|line| line.starts_with("stored")).count();
        let stored = complete(&open(&address).unwrap()).await;
        assert!(stored > round * 7 + said, "{stored} {said}");
    }
}

/// The server is killed again and again while feeds come in. Each is either acknowledged and there, or refused as own trouble and sent
/// again; nobody opens the ledger anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_crashes_loses_nothing_and_is_found_again() {
    let Some(server) = Server::start("a_server_that_crashes_loses_nothing_and_is_found_again") else { return };
    let ledger = Arc::new(open(&server.database()).unwrap());
    let stored = Arc::new(AtomicUsize::new(0));
    let refused = Arc::new(AtomicUsize::new(0));
    let sender = {
        let (ledger, stored, refused) = (Arc::clone(&ledger), Arc::clone(&stored), Arc::clone(&refused));
        tokio::spawn(async move {
            for number in 0..120 {
                loop {
                    match ledger.intake(whole(number)).await {
                        Ok(IntakeResult::Stored(_) | IntakeResult::Duplicate(_)) => break,
                        Ok(other) => panic!("{other:?}"),
                        Err(error) => {
                            assert_eq!(error.kind(), Kind::Unavailable, "{error}");
                            refused.fetch_add(1, Ordering::Relaxed);
                            tokio::time::sleep(Duration::from_millis(5)).await;
                        }
                    }
                }
                stored.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    let server = Arc::new(server);
    for round in 1..=3 {
        while stored.load(Ordering::Relaxed) < round * 30 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let server = Arc::clone(&server);
        tokio::task::spawn_blocking(move || {
            server.crash();
            server.resume();
        })
        .await
        .unwrap();
    }
    sender.await.unwrap();
    assert!(refused.load(Ordering::Relaxed) > 0);
    assert_eq!(complete(ledger.as_ref()).await, 120);
}
