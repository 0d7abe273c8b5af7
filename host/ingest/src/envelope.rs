//! A feed on its way in, with where it came from.

use bridge_types::Phi;
use std::fmt;
use std::net::SocketAddr;

/// The kind of door a feed came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceKind {
    /// An MLLP listener.
    Mllp,
    /// An HTTP request.
    Http,
    /// A file, dropped into a folder or named on the command line.
    File,
    /// Standard input.
    Stdin,
    /// A JetStream consumer.
    Jetstream,
}

impl SourceKind {
    /// The spelling used in the ledger and in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mllp => "mllp",
            Self::Http => "http",
            Self::File => "file",
            Self::Stdin => "stdin",
            Self::Jetstream => "jetstream",
        }
    }
}

/// A configured source: kind and name. Prints as `mllp:main`; standard input as `stdin`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Source {
    kind: SourceKind,
    name: String,
}

impl Source {
    /// A source of a kind, with the name the configuration gives it (for a file: its name).
    #[must_use]
    pub fn new(kind: SourceKind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into() }
    }

    /// Standard input.
    #[must_use]
    pub const fn stdin() -> Self {
        Self { kind: SourceKind::Stdin, name: String::new() }
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> SourceKind {
        self.kind
    }

    /// The name; empty for standard input.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            f.write_str(self.kind.as_str())
        } else {
            write!(f, "{}:{}", self.kind.as_str(), self.name)
        }
    }
}

/// One message as it came, without framing or batch envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The bytes, unchanged and not decoded.
    pub bytes: Phi<Vec<u8>>,
    /// Who sent it. Unset for files and standard input.
    pub peer: Option<SocketAddr>,
    /// The source it came through.
    pub source: Source,
    /// Position among the messages of the same frame or file, from 1.
    pub position: u64,
}
