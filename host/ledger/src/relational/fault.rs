//! A failure inside a transaction, before it is known which step it belongs to.

use crate::{Backend, BackendFailure, LedgerError, postgres, sqlite};

/// A failed statement, or a job that cannot be followed.
#[derive(Debug)]
pub(crate) enum Fault {
    /// SQLite's.
    Sqlite(rusqlite::Error),
    /// PostgreSQL's.
    Postgres(postgres::Failure),
    /// Ours.
    Ledger(LedgerError),
    /// A record holds something that no version up to this one writes.
    Foreign(&'static str),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<postgres::Failure> for Fault {
    fn from(failure: postgres::Failure) -> Self {
        Self::Postgres(failure)
    }
}

impl From<LedgerError> for Fault {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl Fault {
    /// The public error for a step.
    pub(crate) fn into_error(self, step: &'static str) -> LedgerError {
        match self {
            Self::Ledger(error) => error,
            Self::Foreign(name) => LedgerError::Damaged { step, source: BackendFailure::named(Backend::Either, name) },
            Self::Sqlite(error) => sqlite::translate(&error, step),
            Self::Postgres(failure) => failure.into_error(step),
        }
    }
}
