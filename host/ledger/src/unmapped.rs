//! Codes of senders that the profile has no row for.

use access_contract::UnmappedCode;
use bridge_types::Timestamp;

/// A code of one sender with how often it came. Counted once for each feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmappedRow {
    /// `MSH-3.1` of the sender.
    pub application: String,
    /// `MSH-4.1` of the sender.
    pub facility: String,
    /// The code, with the name it came with last.
    pub code: UnmappedCode,
    /// In how many feeds it came.
    pub count: u64,
    /// When it came first.
    pub first_seen: Timestamp,
    /// When it came last.
    pub last_seen: Timestamp,
}

/// Which codes to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnmappedFilter {
    /// Only of this application.
    pub application: Option<String>,
    /// Only of this facility.
    pub facility: Option<String>,
}
