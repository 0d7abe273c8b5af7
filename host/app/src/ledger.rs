//! The ledger that a configuration names, opened.

mod log;

pub(crate) use log::{recovered, report};

use crate::config::{Config, LedgerPlace};
use crate::output::Trouble;
use bridge_ledger::{DatabaseClock, Kind, Ledger, LedgerError, PostgresLedger, PostgresSettings, SqliteLedger, Time};
use bridge_types::{Clock, Ids};
use std::path::Path;
use std::sync::Arc;

/// How often work is planned or settled anew because a feed changed the same chart meanwhile.
pub(crate) const TRIES: usize = 16;

/// A ledger that can be opened, and the clock that counts for it.
#[derive(Debug)]
pub struct Stored {
    place: LedgerPlace,
    /// The present, for everything that works with this ledger: the database's where there is one, so that hosts agree.
    pub clock: Arc<dyn Clock>,
    time: Time,
}

impl Stored {
    /// The one of a configuration; `clock` counts where it is a file.
    ///
    /// # Errors
    /// What of `[ledger]` cannot work.
    pub fn of(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, Trouble> {
        let place = config.ledger()?;
        Ok(match &place {
            LedgerPlace::File(_) => Self { place, time: Time::Given(Arc::clone(&clock)), clock },
            LedgerPlace::Database(_) => {
                let common = Arc::new(DatabaseClock::default());
                Self { place, time: Time::Database(Arc::clone(&common)), clock: common }
            }
        })
    }

    /// Opens it, making or migrating it as needed.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&self, ids: Arc<dyn Ids>) -> Result<Arc<dyn Ledger>, Trouble> {
        let opened: Result<Arc<dyn Ledger>, LedgerError> = match &self.place {
            LedgerPlace::File(path) => {
                SqliteLedger::open(path, Arc::clone(&self.clock), ids).map(|ledger| Arc::new(ledger) as Arc<dyn Ledger>)
            }
            LedgerPlace::Database(settings) => {
                PostgresLedger::open(PostgresSettings::clone(settings), self.time.clone(), ids)
                    .map(|ledger| Arc::new(ledger) as Arc<dyn Ledger>)
            }
        };
        opened.map_err(|error| self.trouble(&error))
    }

    /// Whether it can hold anything yet: a database is asked by opening it.
    #[must_use]
    pub fn may_exist(&self) -> bool {
        match &self.place {
            LedgerPlace::File(path) => path.is_file(),
            LedgerPlace::Database(_) => true,
        }
    }

    /// The file, where it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        if let LedgerPlace::File(path) = &self.place { Some(path) } else { None }
    }

    /// What to tell of an error with it.
    #[must_use]
    pub fn trouble(&self, error: &LedgerError) -> Trouble {
        let trouble = Trouble::failed(format!("ledger {}: {error}", self.place));
        match (&self.place, error.kind(), error.hint()) {
            (LedgerPlace::File(_), Kind::Unavailable, _) => {
                trouble.hint("look at `path` under [ledger], at the permissions of its folder, and at the free space")
            }
            (LedgerPlace::Database(_), Kind::Unavailable, _) => trouble.hint(
                "look at `url` under [ledger], at the password, and whether the server runs and takes connections",
            ),
            (LedgerPlace::File(_), _, Some(hint)) => trouble.hint(format!("if `path` under [ledger] is right, {hint}")),
            (LedgerPlace::Database(_), _, Some(hint)) => {
                trouble.hint(format!("if `url` under [ledger] is right, {hint}"))
            }
            (_, _, None) => trouble,
        }
    }
}

impl std::fmt::Display for Stored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.place.fmt(f)
    }
}
