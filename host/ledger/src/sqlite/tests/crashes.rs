//! Crashes: what was acknowledged is there, and nothing is there by half.

use super::open;
use crate::suite::wholes::{self, whole};
use crate::{IntakeResult, Ledger};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// How many feeds there are in a file; panics if one is there by half, or out of order.
async fn complete(path: &Path) -> usize {
    wholes::complete(&open(path).unwrap()).await
}

/// A power cut keeps some prefix of the write-ahead log. Whatever it keeps, the ledger opens, holds whole feeds only, and
/// those in order; with the whole log, all that was acknowledged.
#[tokio::test]
async fn any_prefix_of_the_log_is_a_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = open(&path).unwrap();
    for number in 0..6 {
        assert!(matches!(ledger.intake(whole(number)).await.unwrap(), IntakeResult::Stored(_)));
    }
    let (base, log) = (std::fs::read(&path).unwrap(), std::fs::read(folder.path().join("ledger.db-wal")).unwrap());
    drop(ledger);
    let mut last = 0;
    let mut seen = std::collections::BTreeSet::new();
    let steps = 60;
    for step in 0..=steps {
        // Before the migration is in the log there is no ledger to compare with, but a new one must open all the same.
        let cut = log.len() * step / steps;
        let place = folder.path().join(format!("cut{step}.db"));
        std::fs::write(&place, &base).unwrap();
        std::fs::write(folder.path().join(format!("cut{step}.db-wal")), &log[..cut]).unwrap();
        let feeds = complete(&place).await;
        assert!(feeds >= last, "{cut}");
        last = feeds;
        seen.insert(feeds);
    }
    assert_eq!(last, 6);
    assert!(seen.len() > 3, "{seen:?}");
}

/// A log whose end is torn: the damaged part and all behind it are ignored.
#[tokio::test]
async fn a_torn_log_loses_its_end_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = open(&path).unwrap();
    for number in 0..4 {
        ledger.intake(whole(number)).await.unwrap();
    }
    let (base, mut log) = (std::fs::read(&path).unwrap(), std::fs::read(folder.path().join("ledger.db-wal")).unwrap());
    drop(ledger);
    let place = folder.path().join("torn.db");
    std::fs::write(&place, &base).unwrap();
    let end = log.len() - 100;
    log[end..].fill(0xAA);
    std::fs::write(folder.path().join("torn.db-wal"), &log).unwrap();
    assert_eq!(complete(&place).await, 3);
}

/// The other process of the test below: stores feeds and says so, until it is killed.
#[test]
#[ignore = "is run by a_killed_process_keeps_what_it_acknowledged"]
fn store_until_killed() {
    let path = std::env::var_os("LEDGER_UNDER_TEST").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let ledger = open(Path::new(&path)).unwrap();
        for number in 0.. {
            assert!(matches!(ledger.intake(whole(number)).await.unwrap(), IntakeResult::Stored(_)));
            println!("\nstored {number}");
            std::io::stdout().flush().unwrap();
        }
    });
}

#[tokio::test]
async fn a_killed_process_keeps_what_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    for round in 1..=3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "sqlite::tests::crashes::store_until_killed"])
            .env("LEDGER_UNDER_TEST", &path)
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
        let stored = complete(&path).await;
        assert!(stored > round * 7 + said, "{stored} {said}");
        std::fs::remove_file(&path).unwrap();
        for side in ["ledger.db-wal", "ledger.db-shm"] {
            let _ = std::fs::remove_file(folder.path().join(side));
        }
    }
}
