//! Who works on the file, and what becomes of the work of those who are gone.

use super::open;
use crate::suite::kit::*;
use crate::{Kind, Ledger, LedgerError, SqliteLedger, State};
use access_contract::Track;
use bridge_types::Timestamp;
use std::path::Path;

/// A ledger with one submission that is being sent, one that is polled by a worker, one that waits for nobody, and a notice in delivery.
async fn busy(ledger: &SqliteLedger) {
    let subjects = (0..3).map(|number| newcomer(&[&format!("id:A|{number}")], vec![check(Track::Bh)])).collect();
    let mut intake = outside(feed("m1", "MSH|one"), subjects);
    intake.notices.push(notice(access_contract::NoticeKind::FeedProblem, &["engine"]));
    ledger.intake(intake).await.unwrap();
    let claimed = ledger.claim("w1", MINUTE, 2).await.unwrap();
    ledger.begin_sending(&claimed[0].lease, sending()).await.unwrap();
    assert_eq!(ledger.claim_deliveries("engine", "w1", MINUTE, 1).await.unwrap().len(), 1);
}

/// What can be claimed now: states of submissions, and the number of deliveries.
async fn due(ledger: &SqliteLedger) -> (Vec<State>, usize) {
    let mut states: Vec<State> =
        ledger.claim("w2", MINUTE, 10).await.unwrap().into_iter().map(|claimed| claimed.state).collect();
    states.sort();
    (states, ledger.claim_deliveries("engine", "w2", MINUTE, 1).await.unwrap().len())
}

fn at(folder: &Path) -> SqliteLedger {
    open(&folder.join("ledger.db")).unwrap()
}

/// After a kill everything in hand rested until its lease ran out, and every notice behind the one in delivery with it.
#[tokio::test]
async fn whoever_comes_alone_takes_up_what_was_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let first = at(folder.path());
    let presence = first.presence("w1").await.unwrap();
    assert_eq!(presence.given_back, Some(0));
    busy(&first).await;
    // A kill: nothing is finished, and the lock is gone with the process.
    drop((presence, first));
    let second = at(folder.path());
    assert_eq!(second.presence("w1").await.unwrap().given_back, Some(3));
    assert_eq!(due(&second).await, (vec![State::Ready, State::Ready, State::Sending], 1));
}

/// A look at a chart that was in hand at a kill rested until its lease ran out; one that waits for its day must go on waiting.
#[tokio::test]
async fn a_chart_that_was_being_looked_at_is_looked_at_again_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let first = at(folder.path());
    let presence = first.presence("w1").await.unwrap();
    let now = Timestamp::from_millis(0);
    let far = Timestamp::parse("2100-01-01T00:00:00Z").unwrap();
    let subjects = [("id:A|1", now), ("id:A|2", far)].map(|(key, at)| {
        let mut subject = newcomer(&[key], vec![]);
        subject.change.as_mut().unwrap().look_at = Some(at);
        subject
    });
    first.intake(outside(feed("m1", "MSH|one"), subjects.to_vec())).await.unwrap();
    let hour = std::time::Duration::from_secs(3600);
    let held = first.claim_looks("w1", hour, 10).await.unwrap();
    assert_eq!(held.len(), 1);
    drop((presence, first));
    let second = at(folder.path());
    assert_eq!(second.presence("w1").await.unwrap().given_back, Some(1));
    let again = second.claim_looks("w1", hour, 10).await.unwrap();
    assert_eq!(again.iter().map(|look| &look.chart).collect::<Vec<_>>(), [&held[0].chart]);
    second.looked(&again[0]).await.unwrap();
    assert_eq!(second.next_due().await.unwrap(), Some(far));
}

/// Two services on one file would take each other's work, and every wait for a lock of the other would be a sender's.
#[tokio::test]
async fn a_second_service_is_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let first = at(folder.path());
    let here = first.presence("first").await.unwrap();
    busy(&first).await;
    let second = at(folder.path());
    let refused = second.presence("second").await.unwrap_err();
    assert_eq!((refused.clone(), refused.kind()), (LedgerError::InUse, Kind::Fatal));
    assert_eq!(refused.to_string(), "another service works on this ledger");
    assert!(refused.hint().unwrap().contains("PostgreSQL"));
    // Nothing was taken from the first, which goes on.
    assert_eq!(due(&first).await, (vec![State::Ready], 0));
    drop((here, first));
    assert_eq!(second.presence("second").await.unwrap().given_back, Some(4));
}

/// A command that only looks is nobody who works.
#[tokio::test]
async fn a_ledger_that_is_only_open_is_not_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let reading = at(folder.path());
    busy(&reading).await;
    assert_eq!(at(folder.path()).presence("w1").await.unwrap().given_back, Some(3));
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_touch_the_lock() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let ledger = at(folder.path());
    let _presence = ledger.presence("w1").await.unwrap();
    let mode = std::fs::metadata(folder.path().join("ledger.db-lock")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
