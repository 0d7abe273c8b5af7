//! What can go wrong. Nothing here carries a value from a message: a step, a code, an id of our own.

use crate::{Act, State};

/// Who has to do something about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Our own trouble, now: a full disk, a locked file, an I/O error. Nothing was stored, unless it was the commit that failed; the same
    /// call may work later, and finds what is there ([`crate::Ledger`]). Whoever sent the feed gets no answer, so that it is sent again.
    Unavailable,
    /// The store cannot be trusted or read by this version. An operator must act; stop.
    Fatal,
    /// The call itself cannot be followed. Repeating it changes nothing.
    Caller,
}

/// Where a failure was met, which decides what to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// The file of the embedded store, and its disk.
    File,
    /// A server, or the way to it.
    Server,
    /// Neither: what is stored, or this process.
    Either,
}

/// What the storage engine said, without its message: messages may quote data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{name}{code}")]
pub struct BackendFailure {
    /// Where it was met.
    pub backend: Backend,
    /// Short name of the failure, for example `disk full`.
    pub name: &'static str,
    /// The engine's own code.
    pub code: Code,
}

impl BackendFailure {
    /// One without a code.
    pub(crate) const fn named(backend: Backend, name: &'static str) -> Self {
        Self { backend, name, code: Code::None }
    }

    /// One of the system's.
    pub(crate) fn of_system(backend: Backend, name: &'static str, error: &std::io::Error) -> Self {
        Self { backend, name, code: error.raw_os_error().map_or(Code::None, Code::Number) }
    }
}

/// A storage engine's own code of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// It has none.
    None,
    /// SQLite's extended code, or the system's number of an error.
    Number(i32),
    /// PostgreSQL's `SQLSTATE`.
    State([u8; 5]),
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Number(number) => write!(f, " (code {number})"),
            Self::State(state) => {
                f.write_str(" (SQLSTATE ")?;
                state.iter().try_for_each(|&byte| write!(f, "{}", char::from(byte)))?;
                f.write_str(")")
            }
        }
    }
}

/// A failed call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The store is not there at the moment. Nothing was stored, unless it was the commit that failed; that the same call may be repeated
    /// is said with each method of [`crate::Ledger`].
    #[error("the ledger is unavailable while trying to {step}: {source}")]
    Unavailable {
        /// What was tried.
        step: &'static str,
        /// What the engine said.
        source: BackendFailure,
    },
    /// The store is damaged, or holds something this version never writes.
    #[error("the ledger is damaged or foreign, seen while trying to {step}: {source}")]
    Damaged {
        /// What was tried.
        step: &'static str,
        /// What the engine said.
        source: BackendFailure,
    },
    /// A newer version wrote this store.
    #[error("the ledger has schema {found}, this version knows schemas up to {supported}")]
    NewerSchema {
        /// Schema of the store.
        found: u32,
        /// Newest schema of this version.
        supported: u32,
    },
    /// Another service works on this store, which serves one at a time.
    #[error("another service works on this ledger")]
    InUse,
    /// The ledger was closed.
    #[error("the ledger is closed")]
    Closed,
    /// There is no such record.
    #[error("no such {what}")]
    NotFound {
        /// `submission`, `chart`, …
        what: &'static str,
    },
    /// Another worker holds the lease, or the work went on without this one.
    #[error("the lease on {what} {id} was lost")]
    LeaseLost {
        /// `submission`, or `notice` for a delivery.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// The act is not possible in the present state.
    #[error("submission {submission} is {state}: cannot {act}; possible: {}", words(.possible))]
    Refused {
        /// The submission.
        submission: String,
        /// Its present state.
        state: State,
        /// What was asked.
        act: Act,
        /// What a person could do instead.
        possible: Vec<Act>,
    },
    /// The submission cannot be opened again beside the one that is open.
    #[error("submission {existing} is open for the same beneficiary, operation and track family")]
    OpenAlready {
        /// The open one.
        existing: String,
    },
    /// The call contradicts itself.
    #[error("the call is not valid: {what}")]
    Invalid {
        /// What is wrong.
        what: &'static str,
    },
    /// Something is larger than the ledger takes.
    #[error("{what} has {size}, the limit is {limit}")]
    TooLarge {
        /// What is too large, with its unit.
        what: &'static str,
        /// Its size.
        size: usize,
        /// The limit ([`crate::Bounds`]).
        limit: usize,
    },
}

impl LedgerError {
    /// Who has to do something about it.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Unavailable { .. } => Kind::Unavailable,
            Self::Damaged { .. } | Self::NewerSchema { .. } | Self::Closed | Self::InUse => Kind::Fatal,
            Self::NotFound { .. }
            | Self::LeaseLost { .. }
            | Self::Refused { .. }
            | Self::OpenAlready { .. }
            | Self::Invalid { .. }
            | Self::TooLarge { .. } => Kind::Caller,
        }
    }

    /// Whether what was to be stored is what the ledger takes from nobody: too large, or in contradiction with itself. Another try, by
    /// whomever, ends the same way.
    #[must_use]
    pub const fn is_unstorable(&self) -> bool {
        matches!(self, Self::TooLarge { .. } | Self::Invalid { .. })
    }

    /// What to do about it, where there is something to say.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unavailable { source, .. } => Some(match source.backend {
                Backend::File => "check free space, permissions and the health of the disk; work resumes by itself",
                Backend::Server => {
                    "check that the server runs, takes connections and writes, and has space; work resumes by itself"
                }
                Backend::Either => "check what this host is short of; work resumes by itself",
            }),
            Self::Damaged { source, .. } => Some(match source.backend {
                Backend::File => "stop the service, keep a copy of the file, and restore the last backup",
                Backend::Server => "stop every service that works on the database, and restore its last backup",
                Backend::Either => "stop every service that works on it, and restore the last backup",
            }),
            Self::NewerSchema { .. } => Some("run the version that wrote the ledger, or a later one"),
            Self::InUse => Some("stop the other one, or keep the ledger in PostgreSQL, where several may work on it"),
            Self::OpenAlready { .. } => Some("wait for the open submission to end, or cancel it first"),
            _ => None,
        }
    }
}

/// Acts as a list for a person.
fn words(acts: &[Act]) -> String {
    if acts.is_empty() {
        "nothing".to_owned()
    } else {
        acts.iter().map(|act| act.as_str()).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::{Backend, BackendFailure, LedgerError};

    #[test]
    fn what_to_look_at_is_where_it_failed() {
        let failed = |backend| {
            let source = BackendFailure::named(backend, "it failed");
            [LedgerError::Unavailable { step: "try", source }, LedgerError::Damaged { step: "try", source }]
        };
        for error in failed(Backend::Server).iter().chain(&failed(Backend::Either)) {
            let hint = error.hint().unwrap();
            assert!(!hint.contains("disk") && !hint.contains("file"), "{hint}");
        }
        assert!(failed(Backend::File).iter().all(|error| !error.hint().unwrap().contains("server")));
    }

    #[test]
    fn a_lost_lease_names_what_it_was_on() {
        let lost = LedgerError::LeaseLost { what: "notice", id: "n1".to_owned() };
        assert_eq!(lost.to_string(), "the lease on notice n1 was lost");
    }

    #[test]
    fn only_what_nobody_could_store_is_unstorable() {
        assert!(LedgerError::Invalid { what: "it" }.is_unstorable());
        assert!(LedgerError::TooLarge { what: "it", size: 2, limit: 1 }.is_unstorable());
        for error in [
            LedgerError::LeaseLost { what: "submission", id: "s1".to_owned() },
            LedgerError::NotFound { what: "chart" },
            LedgerError::OpenAlready { existing: "s1".to_owned() },
            LedgerError::Closed,
        ] {
            assert!(!error.is_unstorable(), "{error}");
        }
    }
}
