//! What an explanation is. `explanation.v1.schema.json` beside this file describes the JSON.

use access_contract::Issue;
use serde::Serialize;

/// One feed.
#[derive(Debug, Serialize)]
pub(super) struct Explanation {
    /// File, with the message's number where there are several.
    pub(super) source: String,
    pub(super) control_id: String,
    pub(super) event: String,
    pub(super) refused: bool,
    /// What a service answers: `AA`, `AE` or `AR`.
    pub(super) answer: &'static str,
    pub(super) summary: Counts,
    /// In the order of the feed.
    pub(super) pieces: Vec<Piece>,
    pub(super) submissions: Vec<Submission>,
    /// Everything noticed about the feed.
    pub(super) issues: Vec<Issue>,
}

/// Pieces by their fate.
#[derive(Debug, Default, Serialize)]
pub(super) struct Counts {
    pub(super) used: usize,
    pub(super) ignored: usize,
    pub(super) unused: usize,
    /// Whether there were more than an account lists.
    pub(super) truncated: bool,
}

/// One populated piece.
#[derive(Debug, Serialize)]
pub(super) struct Piece {
    pub(super) path: String,
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<String>,
    /// `used`, `ignored` or `unused`.
    pub(super) fate: String,
    pub(super) rules: Vec<String>,
    pub(super) facts: Vec<String>,
    /// Elements of payloads it went into.
    pub(super) targets: Vec<Target>,
    /// Positions in `issues`.
    pub(super) issues: Vec<usize>,
}

/// An element of a payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Target {
    /// Position in `submissions`.
    pub(super) submission: usize,
    pub(super) element: String,
}

/// One payload.
#[derive(Debug, Serialize)]
pub(super) struct Submission {
    pub(super) operation: String,
    pub(super) track: String,
    pub(super) rule: String,
    pub(super) mode: String,
    pub(super) why: String,
    pub(super) provenance: Vec<Source>,
    pub(super) issues: Vec<Issue>,
    pub(super) payload: serde_json::Value,
}

/// Where an element of a payload came from.
#[derive(Debug, Serialize)]
pub(super) struct Source {
    pub(super) element: String,
    pub(super) source: String,
    pub(super) feed: String,
    pub(super) rule: String,
}
