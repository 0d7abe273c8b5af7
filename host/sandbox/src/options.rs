//! How the sandbox runs: what the person who starts it decides, as opposed to what the scenario scripts.

use access_mappings::Guide;
use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

/// How the sandbox runs.
#[derive(Debug, Default)]
pub struct Options {
    /// The guide's facts. Unset: those of the built-in version 0.9.12.
    pub guide: Option<Guide>,
    /// Whether it may listen on an address other machines can reach. It has no TLS, so this is for closed networks with
    /// invented data only.
    pub allow_other_machines: bool,
    /// Where the clock starts, in milliseconds since 1970-01-01T00:00:00Z. Unset: the machine's clock.
    pub clock_millis: Option<i64>,
    /// Whether a clock that starts elsewhere runs on from there; else it stands still until it is moved.
    pub clock_runs_on: bool,
    /// Folder that gets an e-mail file for each notice, made where it is missing. Unset: the scenario's, or none.
    pub mail: Option<PathBuf>,
    /// Where the traffic log goes.
    pub traffic: TrafficLog,
    /// Whether accepted payloads are kept for [`Handle::payloads`](crate::Handle::payloads).
    pub keep_payloads: bool,
    /// Bounds.
    pub limits: Limits,
}

/// Where the traffic log goes: one JSON object per request and line, without tokens, secrets, MBIs and names.
#[derive(Default)]
pub enum TrafficLog {
    /// Nowhere.
    #[default]
    Off,
    /// To `tracing`, level info, target `sandbox::traffic`.
    Tracing,
    /// To a writer, a line at a time. A line that cannot be written is lost.
    Writer(Box<dyn Write + Send>),
}

impl fmt::Debug for TrafficLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "Off",
            Self::Tracing => "Tracing",
            Self::Writer(_) => "Writer",
        })
    }
}

/// Bounds of everything that callers control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest request body in bytes; a longer one gets 413. 4 MiB.
    pub body_bytes: usize,
    /// Connections at a time; further ones wait to be accepted. 256.
    pub connections: usize,
    /// Submissions kept; the oldest is forgotten first and answers 404 from then on. 10,000.
    pub submissions: usize,
    /// Tokens kept; the oldest is forgotten first. 10,000.
    pub tokens: usize,
    /// Beneficiaries known, scripted or met; a submission for one more gets 503. 100,000.
    pub beneficiaries: usize,
    /// Entries of the request log in memory; the oldest is forgotten first. 10,000.
    pub requests: usize,
    /// Business keys in memory, of which `GET /admin/state` tells; the oldest is forgotten first. 100,000.
    pub keys: usize,
    /// Notices in memory, and messages that wait to be posted; of the former the oldest is forgotten first, of the latter
    /// the newest is lost. 10,000.
    pub notices: usize,
    /// Time to send a request head. 10 seconds.
    pub head: Duration,
    /// Time to send a request body. 30 seconds.
    pub body: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 4 << 20,
            connections: 256,
            submissions: 10_000,
            tokens: 10_000,
            beneficiaries: 100_000,
            requests: 10_000,
            keys: 100_000,
            notices: 10_000,
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
        }
    }
}
