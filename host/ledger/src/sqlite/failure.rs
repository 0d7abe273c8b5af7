//! What SQLite said, in the ledger's own terms.

use crate::relational::Fault;
use crate::{Backend, BackendFailure, Code, LedgerError};
use rusqlite::ErrorCode;

/// Whether the connection should be opened anew before it is used again.
pub(super) fn spoils(fault: &Fault) -> bool {
    let Fault::Sqlite(error) = fault else { return false };
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

/// The public error for a step. SQLite's message is left out: it may quote.
pub(crate) fn translate(error: &rusqlite::Error, step: &'static str) -> LedgerError {
    let code = error.sqlite_error().map_or(Code::None, |failure| Code::Number(failure.extended_code));
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
    let source = BackendFailure { backend: Backend::File, name, code };
    if passing { LedgerError::Unavailable { step, source } } else { LedgerError::Damaged { step, source } }
}
