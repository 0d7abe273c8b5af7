//! The present as the database has it: hosts whose clocks differ agree on it.

use super::failure::Failure;
use super::line::{Line, cell};
use bridge_types::{Clock, SystemClock, Timestamp};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// A difference that an operator should know of, in milliseconds.
const NOTABLE: i64 = 5_000;

/// The database's clock, asked whenever a connection is made and every few seconds, and counted on in between by a clock that nobody
/// sets: this host's own may jump without anything being taken for late.
#[derive(Debug, Default)]
pub struct DatabaseClock(Mutex<Option<Reading>>);

/// What the database's clock said, and when.
#[derive(Debug, Clone, Copy)]
struct Reading {
    there: Timestamp,
    here: Instant,
    /// How far it was from this host's clock, in milliseconds.
    offset: i64,
}

/// The clock that nobody sets.
#[expect(
    clippy::disallowed_methods,
    reason = "it says nothing of the present, only how much later it is than the database's answer"
)]
fn unset() -> Instant {
    Instant::now()
}

impl Clock for DatabaseClock {
    fn now(&self) -> Timestamp {
        let reading = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reading.map_or_else(|| SystemClock.now(), |reading| reading.there.plus(reading.here.elapsed()))
    }
}

impl DatabaseClock {
    /// Takes the database's time over a connection.
    pub(super) fn set(&self, line: &Line) -> Result<(), Failure> {
        let asked = unset();
        let rows = line.rows("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)", &[])?;
        // The answer is from about the middle of the time that it took.
        let here = asked + asked.elapsed() / 2;
        if let Some(row) = rows.first() {
            self.take(Timestamp::from_millis(cell(row, 0)?), here);
        }
        Ok(())
    }

    fn take(&self, there: Timestamp, here: Instant) {
        let own = SystemClock.now().as_millis();
        let offset = there.plus(here.elapsed()).as_millis().saturating_sub(own);
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner).replace(Reading { there, here, offset });
        if offset.abs() > NOTABLE && last.is_none_or(|last| last.offset.abs() <= NOTABLE) {
            tracing::warn!(milliseconds = offset, "this host's clock differs from the database's, which counts");
        }
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

#[cfg(test)]
mod tests {
    use super::{DatabaseClock, unset};
    use bridge_types::{Clock, Timestamp};
    use std::time::Duration;

    /// The offset from this host's clock was kept, so that a host whose clock was set took its fellows' work for late.
    #[test]
    fn the_time_goes_on_from_what_the_database_said_whatever_this_hosts_clock_says() {
        let clock = DatabaseClock::default();
        let there = Timestamp::from_millis(1_000);
        let here = unset();
        clock.take(there, here);
        let first = clock.now();
        let most = there.plus(here.elapsed() + Duration::from_millis(1));
        assert!((there..=most).contains(&first), "{first:?}");
        assert!(clock.now() >= first);
    }
}
