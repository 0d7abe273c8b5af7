//! The embedded store: one SQLite file in WAL mode.
//!
//! Layout and invariants are those of every store (`relational`). `user_version` is the number of the last migration, and
//! `application_id` marks the file as ours. An answer is given after the commit that holds it is on disk (`synchronous = FULL`).
//!
//! One service works on a file at a time: it holds a lock of a file beside it ([`crate::Presence`]), so that it knows every lease
//! it finds to be left behind. Commands that look or act may run beside it.
//!
//! # Failures
//!
//! One thread writes, one reads, and whoever may block looks by itself; other processes may do the same with the same file. What the disk or another process
//! causes is [`crate::Kind::Unavailable`]: the transaction is rolled back, everyone in it is told, and the connection is
//! opened anew where that may help, but never so that a file that vanished is replaced by an empty one. A damaged file, one
//! of another program or of a newer version is [`crate::Kind::Fatal`].

mod connection;
mod failure;
mod glances;
mod presence;
mod reader;
mod schema;
mod upkeep;
mod writer;

#[cfg(test)]
mod tests;

use crate::relational::{Decision, Fault, Session, Store, View};
use crate::{LedgerError, Presence};
use bridge_types::{Clock, Ids, Timestamp};
use connection::Place;
pub(crate) use failure::translate;
use glances::Glances;
use reader::Reader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
pub(crate) use upkeep::own_check;
use writer::Writer;

/// The embedded store. Dropping it finishes what was begun and closes the file.
#[derive(Debug)]
pub struct SqliteLedger {
    // Closed first: the last connection copies the log into the file, which one that only reads cannot.
    glances: Glances,
    reader: Reader,
    writer: Writer,
    clock: Arc<dyn Clock>,
    path: PathBuf,
}

impl SqliteLedger {
    /// Opens the file, makes it (mode 0600) or migrates it as needed. Blocks meanwhile.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Unavailable`] if the file cannot be made or opened, [`LedgerError::NewerSchema`],
    /// [`LedgerError::Damaged`] if it is not a ledger.
    pub fn open(path: &Path, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Result<Self, LedgerError> {
        let place = Place::new(path);
        let connection = place.create()?;
        let reader = Reader::start(place.clone())?;
        let glances = Glances::new(place.clone());
        let writer = Writer::start(place, connection, Arc::clone(&clock), ids)?;
        Ok(Self { glances, reader, writer, clock, path: path.to_owned() })
    }
}

impl Store for SqliteLedger {
    async fn read<T: Send + 'static>(
        &self,
        step: &'static str,
        look: impl Fn(&View<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.reader.ask(step, look).await
    }

    fn glance<T: Send + 'static>(
        &self,
        step: &'static str,
        look: impl Fn(&View<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.glances.look(step, look)
    }

    async fn decide<T: Send + 'static>(
        &self,
        step: &'static str,
        work: impl Fn(&Session<'_>) -> Result<Decision<T>, Fault> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.writer.run(step, work).await
    }

    /// The file's lock says who works on it; a name is not needed.
    async fn appear(&self, _owner: &str) -> Result<Presence, LedgerError> {
        self.take_lock().await
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn schema(&self) -> u32 {
        schema::current()
    }
}
