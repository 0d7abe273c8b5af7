//! What PostgreSQL said, in the ledger's own terms. Its messages are left out: they quote values.

use crate::{BackendFailure, Code, LedgerError};
use tokio_postgres::error::SqlState;

/// What a failure means for the transaction and the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    /// Others were faster; nothing was done, and the same job may be run again at once.
    Race,
    /// The connection is of no use any more.
    Lost,
    /// Own trouble that passes; the connection may stay.
    Passing,
    /// The database is not what this version writes.
    Broken,
}

/// A failed statement or connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(super) nature: Nature,
    pub(super) name: &'static str,
    pub(super) code: Code,
}

impl Failure {
    /// One that PostgreSQL has no code for.
    pub(super) const fn of(nature: Nature, name: &'static str) -> Self {
        Self { nature, name, code: Code::None }
    }

    /// The public error for a step.
    pub(crate) const fn into_error(self, step: &'static str) -> LedgerError {
        let source = BackendFailure { name: self.name, code: self.code };
        match self.nature {
            Nature::Race | Nature::Lost | Nature::Passing => LedgerError::Unavailable { step, source },
            Nature::Broken => LedgerError::Damaged { step, source },
        }
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(state) = error.code() {
            let (nature, name) = words(state);
            let code = state.code().as_bytes().try_into().map_or(Code::None, Code::State);
            return Self { nature, name, code };
        }
        // Its own errors carry the cause as a source; whether it was the network is all that counts.
        let source = std::error::Error::source(&error);
        let io = source.and_then(|source| source.downcast_ref::<std::io::Error>());
        if let Some(io) = io {
            let failure = BackendFailure::of_system(network(io), io);
            return Self { nature: Nature::Lost, name: failure.name, code: failure.code };
        }
        if error.is_closed() {
            return Self::of(Nature::Lost, "connection lost");
        }
        let text = error.to_string();
        let starts = |word: &str| text.starts_with(word);
        if starts("error performing TLS handshake") {
            Self::of(Nature::Lost, "TLS with the server failed")
        } else if starts("authentication error") || starts("invalid configuration") {
            Self::of(Nature::Lost, "login is not possible as configured")
        } else if starts("error connecting") || starts("error communicating") || starts("timeout") {
            Self::of(Nature::Lost, "server cannot be reached")
        } else {
            Self::of(Nature::Broken, "unexpected content")
        }
    }
}

fn network(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "server refuses connections",
        std::io::ErrorKind::NotFound => "server's socket does not exist",
        std::io::ErrorKind::PermissionDenied => "server takes no writes, or its socket may not be used",
        std::io::ErrorKind::TimedOut => "server does not answer",
        std::io::ErrorKind::InvalidData => "TLS with the server failed",
        std::io::ErrorKind::HostUnreachable => "server cannot be reached",
        _ => "connection lost",
    }
}

fn words(state: &SqlState) -> (Nature, &'static str) {
    use Nature::{Broken, Lost, Passing, Race};
    match *state {
        SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => (Race, "others write the same"),
        SqlState::UNIQUE_VIOLATION => (Race, "others wrote the same"),
        SqlState::LOCK_NOT_AVAILABLE => (Passing, "locked by another transaction"),
        SqlState::QUERY_CANCELED => (Passing, "statement took too long"),
        SqlState::DISK_FULL => (Passing, "disk full"),
        SqlState::OUT_OF_MEMORY => (Passing, "out of memory"),
        SqlState::TOO_MANY_CONNECTIONS => (Lost, "too many connections"),
        SqlState::READ_ONLY_SQL_TRANSACTION => (Lost, "server is read-only"),
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => (Lost, "transaction rested too long"),
        SqlState::INVALID_CATALOG_NAME => (Lost, "no such database"),
        SqlState::INSUFFICIENT_PRIVILEGE => (Passing, "permission denied"),
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => (Broken, "database is damaged"),
        SqlState::RAISE_EXCEPTION => (Broken, "an invariant would be broken"),
        SqlState::UNDEFINED_TABLE | SqlState::UNDEFINED_COLUMN => (Broken, "a table or column is missing"),
        SqlState::DUPLICATE_TABLE | SqlState::DUPLICATE_FUNCTION => {
            (Broken, "database holds tables of another program")
        }
        // A statement prepared before a migration, or behind a pooler that changed the session.
        SqlState::FEATURE_NOT_SUPPORTED | SqlState::INVALID_SQL_STATEMENT_NAME => {
            (Lost, "session does not fit any more")
        }
        _ => match state.code().get(..2) {
            Some("08") => (Lost, "connection lost"),
            Some("28") => (Lost, "login refused"),
            Some("53") => (Passing, "server is short of something"),
            Some("57") => (Lost, "server is starting or stopping"),
            Some("58" | "XX") => (Passing, "server has internal trouble"),
            Some("23") => (Broken, "an invariant would be broken"),
            _ => (Broken, "statement failed"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_says_who_has_to_do_something() {
        for (code, nature) in [
            ("40001", Nature::Race),
            ("40P01", Nature::Race),
            ("23505", Nature::Race),
            ("57P01", Nature::Lost),
            ("57P03", Nature::Lost),
            ("25006", Nature::Lost),
            ("53100", Nature::Passing),
            ("55P03", Nature::Passing),
            ("23514", Nature::Broken),
            ("42P01", Nature::Broken),
        ] {
            assert_eq!(words(&SqlState::from_code(code)).0, nature, "{code}");
        }
    }
}
