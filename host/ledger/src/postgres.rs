//! The store for several hosts: one PostgreSQL database (12 or later, encoding UTF8), which any number of services share.
//!
//! Layout and invariants are those of every store (`relational`); `ledger_schema` holds the number of the last migration. An answer is
//! given after the commit that holds it is durable at the server: sessions run with `synchronous_commit` on, or what the database asks
//! beyond that.
//!
//! # How hosts share the work
//!
//! Transactions are `READ COMMITTED`. What keeps them apart is spelled out in `relational::locks`: whoever changes anything about a chart
//! holds its row. Work is claimed with `FOR NO KEY UPDATE … SKIP LOCKED` on the charts of what is due, so that claimers never wait for
//! each other; the head of a route's queue is claimed with `FOR UPDATE`, since a queue is not skipped into. No host leads: each looks
//! for work by itself, a lease that runs out is anybody's, and what a killed host had in hand is given back (`presence`).
//!
//! # Time
//!
//! The database's clock counts ([`DatabaseClock`]): it is measured with every connection and every look around, and counted on by a
//! clock that nobody sets, so that hosts whose clocks differ agree on what is due and which lease has run out. Time alone takes
//! nothing from a service that is at work (`presence`).
//!
//! # Failures
//!
//! What the server, the network or another transaction causes is [`crate::Kind::Unavailable`]: nothing was stored, unless the
//! connection broke during the commit. A transaction that lost a race is run again here, and so is one whose connection was dead
//! before its commit was sent. After a fail-over, connections go to whichever of the hosts in the address takes writes. A database that
//! is damaged, of another program or of a newer version is [`crate::Kind::Fatal`].

mod clock;
mod failure;
mod line;
mod pool;
mod presence;
mod schema;
mod settings;

#[cfg(test)]
mod tests;

use crate::relational::{Decision, Fault, Session, Store, View};
use crate::{LedgerError, Presence};
use bridge_types::{Ids, Timestamp};
pub use clock::{DatabaseClock, Time};
pub(crate) use failure::Failure;
pub(crate) use line::{Line, cell};
use pool::{Hand, Pool};
use presence::Pace;
pub(crate) use presence::at_work;
pub use settings::{PostgresSettings, SettingsError};
use std::sync::Arc;

/// The store for several hosts. Dropping it finishes what was begun and closes the connections.
#[derive(Debug)]
pub struct PostgresLedger {
    readers: Pool,
    writers: Pool,
    settings: Arc<PostgresSettings>,
    time: Time,
}

impl PostgresLedger {
    /// Connects, and makes or migrates the tables as needed. Blocks meanwhile; not to be called on a thread of a runtime that has no
    /// other.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Unavailable`] if the server cannot be reached or used, [`LedgerError::NewerSchema`], [`LedgerError::Damaged`] if
    /// the database holds something else.
    pub fn open(settings: PostgresSettings, time: Time, ids: Arc<dyn Ids>) -> Result<Self, LedgerError> {
        let settings = Arc::new(settings);
        // A thread of its own, since the connection's runtime cannot run inside another.
        let opening = {
            let (settings, time) = (Arc::clone(&settings), time.clone());
            std::thread::spawn(move || {
                let fail = |failure: Failure| failure.into_error("connect to the database");
                let line = Line::open(&settings).map_err(fail)?;
                schema::migrate(&line)?;
                schema::require_current(&line)?;
                time.set(&line).map_err(fail)?;
                Ok(line)
            })
        };
        let line = opening.join().map_err(|_| LedgerError::Closed)??;
        let (readers, writers) = settings.shares();
        let hand = Hand { settings: Arc::clone(&settings), time: time.clone(), ids, line: None };
        let readers = Pool::start(readers, None, &hand)?;
        let writers = Pool::start(writers, Some(line), &hand)?;
        Ok(Self { readers, writers, settings, time })
    }
}

impl Store for PostgresLedger {
    async fn read<T: Send + 'static>(
        &self,
        step: &'static str,
        look: impl Fn(&View<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.readers.read(step, look).await
    }

    fn glance<T: Send + 'static>(
        &self,
        step: &'static str,
        look: impl Fn(&View<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.readers.glance(step, look)
    }

    async fn decide<T: Send + 'static>(
        &self,
        step: &'static str,
        work: impl Fn(&Session<'_>) -> Result<Decision<T>, Fault> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.writers.write(step, work).await
    }

    async fn appear(&self, owner: &str) -> Result<Presence, LedgerError> {
        let watch = presence::appear(Arc::clone(&self.settings), self.time.clone(), owner, Pace::USUAL).await?;
        Ok(Presence { _held: Box::new(watch), given_back: None })
    }

    fn now(&self) -> Timestamp {
        self.time.now()
    }

    fn schema(&self) -> u32 {
        schema::current()
    }
}
