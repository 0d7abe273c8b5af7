//! The present as the database has it: hosts whose clocks differ agree on it.

use super::failure::Failure;
use super::line::{Line, cell};
use bridge_types::{Clock, SystemClock, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A difference that an operator should know of, in milliseconds.
const NOTABLE: i64 = 5_000;

/// This host's clock, put right by the database's whenever a connection is made.
#[derive(Debug, Default)]
pub struct DatabaseClock {
    offset: AtomicI64,
}

impl Clock for DatabaseClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemClock.now().as_millis().saturating_add(self.offset.load(Ordering::Relaxed)))
    }
}

impl DatabaseClock {
    /// Takes the database's time over a connection.
    pub(super) fn set(&self, line: &Line) -> Result<(), Failure> {
        let before = SystemClock.now().as_millis();
        let rows = line.rows("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)", &[])?;
        let after = SystemClock.now().as_millis();
        if let Some(row) = rows.first() {
            let there: i64 = cell(row, 0)?;
            let offset = there.saturating_sub(before.midpoint(after));
            let last = self.offset.swap(offset, Ordering::Relaxed);
            if offset.abs() > NOTABLE && last.abs() <= NOTABLE {
                tracing::warn!(milliseconds = offset, "this host's clock differs from the database's, which counts");
            }
        }
        Ok(())
    }
}

/// Whose clock counts.
#[derive(Debug, Clone)]
pub enum Time {
    /// The database's.
    Database(Arc<DatabaseClock>),
    /// The one given, for tests.
    Given(Arc<dyn Clock>),
}

impl Time {
    pub(super) fn now(&self) -> Timestamp {
        match self {
            Self::Database(clock) => clock.now(),
            Self::Given(clock) => clock.now(),
        }
    }

    /// Puts it right, where the database's counts.
    pub(super) fn set(&self, line: &Line) -> Result<(), Failure> {
        match self {
            Self::Database(clock) => clock.set(line),
            Self::Given(_) => Ok(()),
        }
    }
}
