//! What SQLite said, in the ledger's own terms.

use crate::{BackendFailure, LedgerError};
use rusqlite::ErrorCode;

/// A failure inside a transaction, before it is known which step it belongs to.
#[derive(Debug)]
pub(super) enum Fault {
    /// SQLite's.
    Sqlite(rusqlite::Error),
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

impl From<LedgerError> for Fault {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl Fault {
    /// The public error for a step.
    pub(super) fn into_error(self, step: &'static str) -> LedgerError {
        match self {
            Self::Ledger(error) => error,
            Self::Foreign(name) => LedgerError::Damaged { step, source: BackendFailure { name, code: 0 } },
            Self::Sqlite(error) => translate(&error, step),
        }
    }

    /// Whether the connection should be opened anew before it is used again.
    pub(super) fn spoils(&self) -> bool {
        let Self::Sqlite(error) = self else { return false };
        matches!(
            error.sqlite_error_code(),
            Some(
                ErrorCode::SystemIoFailure
                    | ErrorCode::CannotOpen
                    | ErrorCode::ReadOnly
                    | ErrorCode::FileLockingProtocolFailed
                    | ErrorCode::OutOfMemory
            )
        )
    }
}

/// The public error for a step. SQLite's message is left out: it may quote.
pub(super) fn translate(error: &rusqlite::Error, step: &'static str) -> LedgerError {
    let code = error.sqlite_error().map_or(0, |failure| failure.extended_code);
    let (passing, name) = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => (true, "disk full"),
        Some(ErrorCode::SystemIoFailure) => (true, "disk input or output failed"),
        Some(ErrorCode::ReadOnly) => (true, "file is read-only"),
        Some(ErrorCode::CannotOpen) => (true, "file cannot be opened"),
        Some(ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied) => (true, "permission denied"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (true, "locked by another process"),
        Some(ErrorCode::FileLockingProtocolFailed) => (true, "locking failed"),
        Some(ErrorCode::OutOfMemory) => (true, "out of memory"),
        Some(ErrorCode::OperationInterrupted | ErrorCode::OperationAborted) => (true, "interrupted"),
        Some(ErrorCode::DatabaseCorrupt) => (false, "file is damaged"),
        Some(ErrorCode::NotADatabase) => (false, "file is not a database"),
        Some(ErrorCode::ConstraintViolation) => (false, "an invariant would be broken"),
        Some(_) => (false, "statement failed"),
        None => (false, "unexpected content"),
    };
    let source = BackendFailure { name, code };
    if passing { LedgerError::Unavailable { step, source } } else { LedgerError::Damaged { step, source } }
}
