//! Group commit.

use super::open;
use crate::relational::{Decision, Fault};
use crate::sqlite::SqliteLedger;
use crate::suite::kit::*;
use crate::{IntakeResult, Ledger, LedgerError};
use access_contract::Track;
use rusqlite::Connection;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// Lets jobs queue up behind a lock that another process holds, then lets them go.
async fn together<T>(path: &std::path::Path, start: impl FnOnce() -> Vec<JoinHandle<T>>) -> Vec<T> {
    let other = Connection::open(path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let tasks = start();
    // On this runtime of one thread, every task runs until its job is queued.
    tokio::task::yield_now().await;
    other.execute_batch("ROLLBACK").unwrap();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

fn intake_of(ledger: &Arc<SqliteLedger>, number: usize) -> JoinHandle<Result<IntakeResult, LedgerError>> {
    let ledger = Arc::clone(ledger);
    let subject = newcomer(&[&format!("id:A|{number}")], vec![check(Track::Bh)]);
    let intake = outside(feed(&format!("m{number}"), &format!("MSH|{number}")), vec![subject]);
    tokio::spawn(async move { ledger.intake(intake).await })
}

#[tokio::test]
async fn jobs_that_wait_share_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = Arc::new(open(&path).unwrap());
    let before = ledger.writer.commits();
    let results = together(&path, || (0..40).map(|number| intake_of(&ledger, number)).collect()).await;
    assert!(results.iter().all(|result| matches!(result, Ok(IntakeResult::Stored(_)))));
    // One for what the writer had taken when it met the lock, one for the rest.
    let commits = ledger.writer.commits() - before;
    assert!(commits <= 2, "{commits}");
    assert_eq!(ledger.health().await.unwrap().feeds, 40);
}

#[tokio::test]
async fn a_job_that_fails_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = Arc::new(open(&path).unwrap());
    let results = together(&path, || {
        let mut tasks: Vec<_> = (0..3).map(|number| intake_of(&ledger, number)).collect();
        // A duplicate of one that is not committed yet, a half-done one that fails, and one more good one.
        tasks.push(intake_of(&ledger, 1));
        let bad = Arc::clone(&ledger);
        tasks.push(tokio::spawn(async move {
            let subjects = vec![newcomer(&["id:A|8"], vec![check(Track::Bh)]), newcomer(&["id:A|0"], vec![])];
            bad.intake(outside(feed("m8", "MSH|8"), subjects)).await
        }));
        tasks.push(intake_of(&ledger, 9));
        tasks
    })
    .await;
    let words: Vec<_> = results
        .iter()
        .map(|result| match result {
            Ok(IntakeResult::Stored(_)) => "stored",
            Ok(IntakeResult::Duplicate(_)) => "duplicate",
            Ok(IntakeResult::Conflict) => "conflict",
            _ => "other",
        })
        .collect();
    assert_eq!(words, ["stored", "stored", "stored", "duplicate", "conflict", "stored"]);
    let health = ledger.health().await.unwrap();
    assert_eq!((health.feeds, health.charts), (4, 4));
}

#[tokio::test]
async fn a_commit_that_fails_acknowledges_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = Arc::new(open(&path).unwrap());
    let results = together(&path, || {
        let mut tasks: Vec<_> = (0..3).map(|number| intake_of(&ledger, number)).collect();
        let saboteur = Arc::clone(&ledger);
        tasks.push(tokio::spawn(async move {
            saboteur.writer.run("sabotage", |session| sabotage(session.connection())).await
        }));
        tasks.extend((3..6).map(|number| intake_of(&ledger, number)));
        tasks
    })
    .await;
    // The writer may have met the lock with the first job alone; whoever shared the saboteur's commit is told.
    let failed = results.iter().filter(|result| result.is_err()).count();
    let stored = results.iter().filter(|result| matches!(result, Ok(IntakeResult::Stored(_)))).count();
    assert!(failed >= 2 && failed + stored == 7, "{results:?}");
    assert!(results[3].is_err());
    assert_eq!(ledger.health().await.unwrap().feeds, u64::try_from(stored).unwrap());
    // And it goes on.
    assert!(matches!(intake_of(&ledger, 7).await.unwrap(), Ok(IntakeResult::Stored(_))));
}

/// Breaks an invariant that is checked at the commit only.
fn sabotage(connection: &Connection) -> Result<Decision<IntakeResult>, Fault> {
    connection.execute_batch(
        "PRAGMA defer_foreign_keys = ON;
         INSERT INTO events (submission, at, to_state, actor, cause) VALUES ('nothing', 0, 'ready', '', '')",
    )?;
    Ok(Decision::Keep(IntakeResult::Conflict))
}
