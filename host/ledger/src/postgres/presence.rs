//! Who works on the database: each service holds a lock of the server's under its name, on a connection of its own. The server takes
//! it back from a process that is gone, however it went.
//!
//! Every service looks from time to time whose names stand on leases. A name whose lock can be had, and could be had for a while, is
//! that of a service that was killed: what it had in hand is given back, so that it need not rest until its leases run out. The while
//! lets services come back that only lost their connection. The other way round, a service whose lock is held keeps what it has in hand
//! although its leases have run out, since a clock may have jumped.

use super::clock::Time;
use super::failure::Failure;
use super::line::{Line, cell};
use super::settings::PostgresSettings;
use crate::LedgerError;
use crate::relational::params;
use bridge_types::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

const STEP: &str = "mark the ledger as in use";
/// How patiently others are watched.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// How often it is looked who is there.
    pub(super) every: Duration,
    /// How many looks in a row a service must be gone before its work is given back. Longer than a connection takes to be made again.
    pub(super) looks: u32,
}

impl Pace {
    /// The usual one.
    pub(super) const USUAL: Self = Self { every: Duration::from_secs(2), looks: 4 };
}

/// First half of the locks' keys; the second is a digest of the name.
const CLASS: &str = "1094863943";

/// The names on leases that have run out whose services hold their lock: a clock that jumps takes nothing from whoever is at work.
/// The asker's own name is not among them, since a service knows what it holds.
pub(crate) fn at_work(line: &Line, owner: &str, now: Timestamp) -> Result<Vec<String>, Failure> {
    let rows = line.rows(
        &format!(
            "SELECT name FROM (SELECT DISTINCT lease_owner AS name FROM submissions
              WHERE lease_owner IS NOT NULL AND lease_owner <> ?1 AND lease_until <= ?2) AS late
             WHERE EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND CAST(l.classid AS BIGINT) = {CLASS}
              AND CAST(l.objid AS BIGINT) = (CAST(hashtext(late.name) AS BIGINT) & 4294967295))"
        ),
        params![owner, now.as_millis()],
    )?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Being there, until this is dropped.
pub(super) struct Watch {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the look-out for other services stopped unexpectedly");
        }
    }
}

/// Begins to be there under a name.
pub(super) async fn appear(
    settings: Arc<PostgresSettings>,
    time: Time,
    owner: &str,
    pace: Pace,
) -> Result<Watch, LedgerError> {
    let (stop, stopped) = channel();
    let (ready, begun) = tokio::sync::oneshot::channel();
    let mut lookout = Lookout { settings, time, owner: owner.to_owned(), pace, missing: HashMap::new() };
    let thread = std::thread::Builder::new()
        .name("ledger-presence".to_owned())
        .spawn(move || match lookout.connect() {
            Ok(line) => {
                let _ = ready.send(Ok(()));
                lookout.stay(line, &stopped);
            }
            Err(failure) => drop(ready.send(Err(failure))),
        })
        .map_err(|error| LedgerError::Unavailable {
            step: STEP,
            source: crate::BackendFailure::of_system(crate::Backend::Either, "no thread", &error),
        })?;
    let watch = Watch { stop: Some(stop), thread: Some(thread) };
    begun.await.map_err(|_| LedgerError::Closed)?.map_err(|failure| failure.into_error(STEP))?;
    Ok(watch)
}

struct Lookout {
    settings: Arc<PostgresSettings>,
    time: Time,
    owner: String,
    pace: Pace,
    /// Names on leases that nobody holds the lock of, and for how many looks.
    missing: HashMap<String, u32>,
}

impl Lookout {
    /// Connects and takes the lock of the name.
    fn connect(&mut self) -> Result<Line, Failure> {
        self.missing.clear();
        let line = Line::open(&self.settings)?;
        // So that the server learns soon that a host is gone without a word.
        line.batch("SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 2")?;
        line.rows(&format!("SELECT pg_advisory_lock({CLASS}, hashtext(?)) IS NULL"), params![self.owner])?;
        Ok(line)
    }

    /// Looks around until it is told to stop. A connection that breaks is made again.
    fn stay(&mut self, line: Line, stopped: &Receiver<()>) {
        let mut line = Some(line);
        while stopped.recv_timeout(self.pace.every) == Err(RecvTimeoutError::Timeout) {
            let looked = match line.take().map_or_else(|| self.connect(), Ok) {
                Ok(open) => self.look(&open).map(|()| open),
                Err(failure) => Err(failure),
            };
            match looked {
                Ok(open) => line = Some(open),
                Err(failure) => tracing::debug!(reason = failure.name, "it cannot be seen who works on the ledger"),
            }
        }
    }

    fn look(&mut self, line: &Line) -> Result<(), Failure> {
        self.time.set(line)?;
        let rows = line.rows(
            "SELECT lease_owner FROM submissions WHERE lease_owner IS NOT NULL AND lease_owner <> ?1
             UNION SELECT lease_owner FROM deliveries WHERE lease_owner IS NOT NULL AND lease_owner <> ?1
             UNION SELECT look_owner FROM submissions WHERE look_owner IS NOT NULL AND look_owner <> ?1
             UNION SELECT look_owner FROM charts WHERE look_owner IS NOT NULL AND look_owner <> ?1",
            params![self.owner],
        )?;
        let mut gone = HashMap::new();
        for row in rows {
            let name: String = cell(&row, 0)?;
            let free = line.rows(&format!("SELECT pg_try_advisory_lock({CLASS}, hashtext(?))"), params![name])?;
            if free.first().map_or(Ok(false), |row| cell(row, 0))? {
                let looks = self.missing.get(&name).copied().unwrap_or_default() + 1;
                if looks > self.pace.looks {
                    let pieces = self.give_back(line, &name)?;
                    tracing::info!(pieces, "work that a killed service had in hand is taken up");
                } else {
                    gone.insert(name.clone(), looks);
                }
                line.rows(&format!("SELECT pg_advisory_unlock({CLASS}, hashtext(?))"), params![name])?;
            }
        }
        self.missing = gone;
        Ok(())
    }

    /// Ends every lease of a name; gives how many there were.
    fn give_back(&self, line: &Line, name: &str) -> Result<usize, Failure> {
        let now = self.time.now().as_millis();
        let submissions = line.run(
            "UPDATE submissions SET lease_until = ?1, due_at = ?1 WHERE lease_owner = ?2 AND due_at > ?1",
            params![now, name],
        )?;
        let deliveries = line.run(
            "UPDATE deliveries SET lease_until = ?1, due_at = ?1 WHERE lease_owner = ?2 AND state = 'pending' AND due_at > ?1",
            params![now, name],
        )?;
        let ended = line.run(
            "UPDATE submissions SET look_at = least(look_at, ?1), look_owner = NULL WHERE look_owner = ?2",
            params![now, name],
        )?;
        let looks = line.run(
            "UPDATE charts SET look_at = least(look_at, ?1), look_leased = 0, look_owner = NULL WHERE look_owner = ?2",
            params![now, name],
        )?;
        Ok(submissions + deliveries + ended + looks)
    }
}
