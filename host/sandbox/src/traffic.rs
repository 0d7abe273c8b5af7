//! The traffic log: what was asked and answered, without tokens, secrets, MBIs and names.

use crate::options::TrafficLog;
use serde::Serialize;
use std::io::Write;

/// One request, as the log has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequestEntry {
    /// When it came, in the sandbox's time, RFC 3339.
    pub at: String,
    /// HTTP method; `other` where it is none that HTTP defines.
    pub method: String,
    /// Path without base, query and all but the end of a submission id; `other` where it is no path of the API.
    pub path: String,
    /// Status of the answer; unset where the connection was closed without one.
    pub status: Option<u16>,
    /// Operation, of a submission or of the submission that is polled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Track, where it is one the guide has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track: Option<String>,
    /// `entityId`, where it has the form of a participant id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub participant: Option<String>,
    /// Whether a scripted fault met it.
    pub fault: bool,
    /// Whether it carried `Prefer: respond-async`.
    pub prefer_async: bool,
    /// Milliseconds from its head to its answer.
    pub milliseconds: u64,
}

impl TrafficLog {
    /// Writes one line.
    pub(crate) fn write(&mut self, entry: &RequestEntry) {
        if matches!(self, Self::Off) {
            return;
        }
        let Ok(line) = serde_json::to_string(entry) else { return };
        match self {
            Self::Off => {}
            Self::Tracing => tracing::info!(target: "sandbox::traffic", entry = %line, "request"),
            Self::Writer(writer) => {
                // The log is a convenience: a full disk must not stop the sandbox.
                let _ = writeln!(writer, "{line}").and_then(|()| writer.flush());
            }
        }
    }
}
