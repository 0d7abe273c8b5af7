//! Copies, checks and free space of a file.

use super::open;
use crate::suite::wholes::{complete, whole};
use crate::{IntakeResult, Ledger, LedgerError, SqliteLedger};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A copy that is made while a service writes is a whole ledger of one moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_is_a_ledger_of_one_moment_whoever_writes_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Arc::new(open(&folder.path().join("ledger.db")).unwrap());
    let _presence = ledger.presence("service").await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let (ledger, stop) = (Arc::clone(&ledger), Arc::clone(&stop));
        tokio::spawn(async move {
            let mut number = 0;
            while !stop.load(Ordering::Relaxed) {
                assert!(matches!(ledger.intake(whole(number)).await.unwrap(), IntakeResult::Stored(_)));
                number += 1;
            }
            number
        })
    };
    let mut least = 0;
    for round in 0..5 {
        while ledger.health().await.unwrap().feeds < (round + 1) * 5 {
            tokio::task::yield_now().await;
        }
        let path = folder.path().join(format!("copy{round}.db"));
        let other = open(&folder.path().join("ledger.db")).unwrap();
        let to = path.clone();
        tokio::task::spawn_blocking(move || other.backup(&to)).await.unwrap().unwrap();
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600);
        }
        let copy = open(&path).unwrap();
        let feeds = complete(&copy).await;
        assert!(feeds > least, "{feeds}");
        assert_eq!(copy.verify().await.unwrap(), []);
        least = feeds;
    }
    stop.store(true, Ordering::Relaxed);
    assert!(writer.await.unwrap() >= least);
}

#[tokio::test]
async fn a_copy_takes_no_other_files_place() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder.path().join("ledger.db")).unwrap();
    let taken = folder.path().join("taken");
    std::fs::write(&taken, "mine").unwrap();
    assert!(matches!(ledger.backup(&taken).unwrap_err(), LedgerError::Invalid { .. }));
    assert_eq!(std::fs::read_to_string(&taken).unwrap(), "mine");
    let nowhere = folder.path().join("missing/copy.db");
    assert!(matches!(ledger.backup(&nowhere).unwrap_err(), LedgerError::Unavailable { .. }));
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("unfinished")), "{left:?}");
}

/// What is bent by hand is found, one rule after the other.
#[tokio::test]
async fn what_does_not_hold_is_found() {
    let bent = [
        (
            "UPDATE submissions SET state = 'failed', due_at = NULL WHERE state = 'ready'",
            "the state of a submission is that of",
        ),
        (
            "INSERT INTO events (submission, at, from_state, to_state, actor, cause) SELECT id, 0, 'done', state, '', '' FROM submissions",
            "each line of a history begins",
        ),
        (
            "UPDATE charts SET joined_into = (SELECT id FROM charts WHERE seq = 1) WHERE seq = 2",
            "a key leads to a living chart",
        ),
        (
            "PRAGMA foreign_keys = OFF; UPDATE events SET submission = submission; DELETE FROM charts WHERE seq = 1",
            "history is not rewritten",
        ),
        (
            "PRAGMA foreign_keys = OFF; DELETE FROM chart_keys; DELETE FROM charts WHERE seq = 1",
            "a reference leads to a row",
        ),
    ];
    for (sql, rule) in bent {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let ledger: SqliteLedger = open(&path).unwrap();
        for number in 0..2 {
            ledger.intake(whole(number)).await.unwrap();
        }
        assert_eq!(ledger.verify().await.unwrap(), []);
        match rusqlite::Connection::open(&path).unwrap().execute_batch(sql) {
            // The database itself keeps this one.
            Err(error) => assert!(error.to_string().contains(rule), "{error}"),
            Ok(()) => {
                let found = ledger.verify().await.unwrap();
                assert!(found.iter().any(|violation| violation.rule.starts_with(rule)), "{sql}: {found:?}");
            }
        }
    }
}

#[tokio::test]
async fn free_space_is_given_back_while_no_service_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = open(&path).unwrap();
    for number in 0..40 {
        ledger.intake(whole(number)).await.unwrap();
    }
    let service = open(&path).unwrap();
    let presence = service.presence("service").await.unwrap();
    assert_eq!(ledger.vacuum().unwrap_err(), LedgerError::InUse);
    drop((presence, service));
    rusqlite::Connection::open(&path).unwrap().execute_batch("UPDATE feeds SET bytes = x''").unwrap();
    ledger.vacuum().unwrap();
    assert_eq!(ledger.health().await.unwrap().feeds, 40);
    assert_eq!(ledger.verify().await.unwrap(), []);
}
