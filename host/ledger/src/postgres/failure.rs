//! What PostgreSQL said, in the ledger's own terms. Its messages are left out: they quote values.

use super::line::NotOfColumn;
use crate::{Backend, BackendFailure, Code, LedgerError};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::WrongType;

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
        let source = BackendFailure { backend: Backend::Server, name: self.name, code: self.code };
        match self.nature {
            Nature::Race | Nature::Lost | Nature::Passing => LedgerError::Unavailable { step, source },
            Nature::Broken => LedgerError::Damaged { step, source },
        }
    }
}

impl Failure {
    /// What kept a connection from being made. That is never a statement about what is stored.
    pub(super) fn opening(error: &tokio_postgres::Error) -> Self {
        let known = of_server(error).or_else(|| of_network(error));
        let name = known.map_or("server cannot be used as configured", |known| known.name);
        Self { nature: Nature::Lost, name, code: known.map_or(Code::None, |known| known.code) }
    }

    /// A column that does not hold what this version writes there.
    pub(super) fn decoding(_: &tokio_postgres::Error) -> Self {
        Self::of(Nature::Broken, "unexpected content")
    }
}

/// A statement that failed. What the server said counts, then what became of the connection; a connection of which nothing is known is
/// not used any more.
impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        let known = of_server(&error).or_else(|| of_network(&error)).or_else(|| of_parameter(&error));
        known.unwrap_or_else(|| {
            let name = if error.is_closed() { "connection lost" } else { "answer of the server cannot be followed" };
            Self::of(Nature::Lost, name)
        })
    }
}

/// What the server said.
fn of_server(error: &tokio_postgres::Error) -> Option<Failure> {
    let state = error.code()?;
    let (nature, name) = words(state);
    let code = state.code().as_bytes().try_into().map_or(Code::None, Code::State);
    Some(Failure { nature, name, code })
}

/// What the network, or TLS on it, said.
fn of_network(error: &tokio_postgres::Error) -> Option<Failure> {
    let io = cause::<std::io::Error>(error)?;
    let failure = BackendFailure::of_system(Backend::Server, network(io), io);
    Some(Failure { nature: Nature::Lost, name: failure.name, code: failure.code })
}

/// A parameter that its column does not take: the table is not the one this version makes.
fn of_parameter(error: &tokio_postgres::Error) -> Option<Failure> {
    let foreign = cause::<WrongType>(error).is_some() || cause::<NotOfColumn>(error).is_some();
    foreign.then_some(Failure::of(Nature::Broken, "a column is of another type"))
}

fn cause<T: std::error::Error + 'static>(error: &tokio_postgres::Error) -> Option<&T> {
    std::error::Error::source(error)?.downcast_ref()
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

    /// Whatever the driver calls it: nothing is known to be wrong with what is stored.
    #[test]
    fn what_is_neither_said_by_the_server_nor_read_from_a_row_is_a_lost_connection() {
        let parsed = || "postgresql://u@h:port/a".parse::<tokio_postgres::Config>().unwrap_err();
        assert_eq!(Failure::opening(&parsed()).nature, Nature::Lost);
        assert_eq!(Failure::from(parsed()).nature, Nature::Lost);
        assert_eq!(Failure::decoding(&parsed()).nature, Nature::Broken);
    }
}
