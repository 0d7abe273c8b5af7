//! Commits that happened, while the connection broke before anybody was told: own trouble, and whoever repeats the call meets what it did.

use super::{connect, database};
use crate::suite::kit::*;
use crate::{
    Dependents, Ending, Final, IntakeResult, Kind, Lease, Ledger, LedgerError, PostgresLedger, State, SubmissionFilter,
};
use access_contract::{NoticeKind, Track};
use bridge_types::{RandomIds, TestClock};
use postgres_kit::Server;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A way to the server that can be had break: after the next commit reached the server, and before its answer comes back.
struct Way {
    port: u16,
    armed: Arc<AtomicBool>,
}

impl Way {
    fn to(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, there) = (listener.local_addr().unwrap().port(), server.port());
        let armed = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&armed);
        std::thread::spawn(move || {
            for near in listener.incoming() {
                let (Ok(near), Ok(far)) = (near, TcpStream::connect(("127.0.0.1", there))) else { return };
                let broken = Arc::new(AtomicBool::new(false));
                let (to, from) = ((near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near));
                let (flag, breaks) = (Arc::clone(&flag), Arc::clone(&broken));
                std::thread::spawn(move || {
                    carry(to.0, to.1, |bytes| {
                        let commit = bytes.windows(7).any(|part| part == b"COMMIT\0");
                        if commit && flag.swap(false, Ordering::SeqCst) {
                            breaks.store(true, Ordering::SeqCst);
                        }
                        true
                    });
                });
                // What comes back after that is the server's word that it is done; nobody hears it.
                std::thread::spawn(move || carry(from.0, from.1, |_| !broken.load(Ordering::SeqCst)));
            }
        });
        Self { port, armed }
    }

    /// Has the next commit happen without a word.
    fn break_at_commit(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }

    fn open(&self, server: &Server) -> PostgresLedger {
        let name = database(&server.database());
        let address = format!("postgresql://bridge@127.0.0.1:{}/{name}", self.port);
        connect(&address, &TestClock::at(START), Arc::new(RandomIds)).unwrap()
    }
}

/// Carries bytes from one end to the other for as long as `goes_on` says so; then both ends are closed.
fn carry(mut from: TcpStream, mut to: TcpStream, goes_on: impl Fn(&[u8]) -> bool) {
    let mut bytes = [0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        if !goes_on(&bytes[..read]) || to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

fn is_own_trouble(error: &LedgerError) {
    assert_eq!(error.kind(), Kind::Unavailable, "{error}");
}

async fn claim(ledger: &PostgresLedger) -> Lease {
    ledger.claim("w1", MINUTE, 1).await.unwrap().remove(0).lease
}

#[tokio::test]
async fn a_commit_that_nobody_was_told_of_is_met_by_its_repetition() {
    let Some(server) = Server::shared("a_commit_that_nobody_was_told_of_is_met_by_its_repetition") else { return };
    let way = Way::to(server);
    let ledger = way.open(server);
    let intake = || outside(feed("m1", "MSH|one"), vec![newcomer(&["id:A|1"], vec![check(Track::Bh)])]);
    way.break_at_commit();
    is_own_trouble(&ledger.intake(intake()).await.unwrap_err());
    assert!(matches!(ledger.intake(intake()).await.unwrap(), IntakeResult::Duplicate(_)));
    let health = ledger.health().await.unwrap();
    assert_eq!((health.feeds, health.charts, health.submissions[&State::Ready]), (1, 1, 1));

    // A payload that was recorded unheard: the work cannot be given back, so that it is doubted and never sent again.
    let lease = claim(&ledger).await;
    way.break_at_commit();
    is_own_trouble(&ledger.begin_sending(&lease, sending()).await.unwrap_err());
    assert!(matches!(ledger.release(&lease).await.unwrap_err(), LedgerError::Invalid { .. }));
    assert!(ledger.claim("w2", MINUTE, 1).await.unwrap().is_empty());

    // An outcome that was recorded unheard is there once.
    let notices = vec![notice(NoticeKind::Outcome, &["engine"])];
    let ending = Ending { notices, ..ending(Final::Done, Dependents::Proceed) };
    way.break_at_commit();
    is_own_trouble(&ledger.finish(&lease, ending.clone()).await.unwrap_err());
    assert!(matches!(ledger.finish(&lease, ending).await.unwrap_err(), LedgerError::LeaseLost { .. }));
    let page = ledger.submissions_page(&SubmissionFilter::default(), None, 10).await.unwrap();
    let story = ledger.submission(&page.items[0].id).await.unwrap().unwrap();
    assert_eq!((page.items.len(), story.submission.state, story.payloads.len()), (1, State::Done, 1));
    assert_eq!(ledger.health().await.unwrap().deliveries_pending, 1);

    // A delivery that was recorded unheard is not delivered again.
    let delivery = ledger.claim_deliveries("engine", "w1", MINUTE, 1).await.unwrap().remove(0).lease;
    way.break_at_commit();
    is_own_trouble(&ledger.delivered(&delivery, "AA").await.unwrap_err());
    assert!(matches!(ledger.delivered(&delivery, "AA").await.unwrap_err(), LedgerError::LeaseLost { .. }));
    assert_eq!(ledger.health().await.unwrap().deliveries_pending, 0);
}
