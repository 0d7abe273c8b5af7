//! Holding a lease for as long as the work takes: a submit may ask for two tokens and be repeated once, each within its own time
//! limit, and another process that took the submission over meanwhile would call it lost.

use crate::ledger::report;
use bridge_ledger::{Lease, Ledger, LedgerError};
use std::time::Duration;

/// Does some work, and renews its lease for `span` at every third of it. The work is always driven to its end.
pub(super) async fn hold<T>(ledger: &dyn Ledger, lease: &Lease, span: Duration, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = tokio::time::sleep(span / 3) => match ledger.extend(lease, span).await {
                // It has just been ended by the work itself, or taken over after a standstill; the work will be told.
                Ok(()) | Err(LedgerError::LeaseLost { .. }) => {}
                Err(error) => report(&error),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::hold;
    use access_contract::{Intent, Mode, Operation, Track};
    use bridge_ledger::{ChartChange, Intake, IntakeResult, Ledger, SqliteLedger, SubjectIntake};
    use bridge_types::{Clock, Phi, RandomIds, TestClock, Timestamp};
    use std::sync::Arc;
    use std::time::Duration;

    /// A ledger with one submission that is due.
    async fn ledger(folder: &tempfile::TempDir, clock: &TestClock) -> SqliteLedger {
        let path = folder.path().join("ledger.db");
        let ledger = SqliteLedger::open(&path, Arc::new(clock.clone()), Arc::new(RandomIds)).unwrap();
        let intent = Intent::new(Operation::Align, Track::Bh, Mode::Auto, "enroll", "asked");
        let (keys, document) = (Phi::new(vec!["id:A|1".to_owned()]), Phi::new("{}".to_owned()));
        let change = ChartChange { id: None, keys, absorbed: vec![], document, entries: vec![], look_at: None };
        let subject = SubjectIntake { change: Some(change), intents: vec![intent], ..SubjectIntake::default() };
        let intake = Intake {
            participant: "ACCES12345".to_owned(),
            feed: None,
            actor: "test".to_owned(),
            allow_reuse: false,
            subjects: vec![subject],
            notices: vec![],
            unmapped: vec![],
        };
        assert!(matches!(ledger.intake(intake).await.unwrap(), IntakeResult::Stored(_)));
        ledger
    }

    /// The answer to a long submit was lost once, because another host took the submission over and put it in doubt.
    #[tokio::test]
    async fn a_lease_holds_for_as_long_as_the_work_takes() {
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock::at(Timestamp::from_millis(1_790_000_000_000));
        let ledger = ledger(&folder, &clock).await;
        let span = Duration::from_millis(60);
        let lease = ledger.claim("w1", span, 1).await.unwrap().remove(0).lease;
        let work = async {
            for _ in 0..5 {
                clock.advance(span / 2);
                let renewed = clock.now().plus(span);
                // At most until the next renewal; the bound is for a busy machine.
                tokio::time::timeout(Duration::from_secs(30), async {
                    while ledger.next_due().await.unwrap() != Some(renewed) {
                        tokio::time::sleep(Duration::from_millis(2)).await;
                    }
                })
                .await
                .expect("the lease is renewed");
            }
            "done"
        };
        assert_eq!(hold(&ledger, &lease, span, work).await, "done");
        assert!(ledger.claim("w2", span, 1).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn work_goes_on_to_its_end_where_the_lease_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock::at(Timestamp::from_millis(1_790_000_000_000));
        let ledger = ledger(&folder, &clock).await;
        let span = Duration::from_millis(15);
        let lease = ledger.claim("w1", span, 1).await.unwrap().remove(0).lease;
        ledger.cancel(&lease.submission, "ann").await.unwrap();
        let work = async {
            tokio::time::sleep(span * 3).await;
            "done"
        };
        assert_eq!(hold(&ledger, &lease, span, work).await, "done");
    }
}
