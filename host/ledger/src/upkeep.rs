//! Looking after a ledger.

/// Something that must always hold and does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What must hold, or what the database's own check found.
    pub rule: String,
    /// In how many rows it does not.
    pub rows: u64,
}

/// How long content is kept; unset is for ever. What is open is kept in any case, and so is what calendar, reports and the recognition of
/// duplicates need.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// Bytes of accepted feeds, and of refused ones that were replayed.
    pub feeds: Option<std::time::Duration>,
    /// Bytes of refused feeds and of parts of messages, whether or not anybody looked at them.
    pub quarantine: Option<std::time::Duration>,
    /// What was sent for submissions that have ended.
    pub payloads: Option<std::time::Duration>,
    /// Notices that every route has.
    pub notices: Option<std::time::Duration>,
}

impl Retention {
    /// Whether everything is kept for ever.
    #[must_use]
    pub const fn keeps_all(self) -> bool {
        self.feeds.is_none() && self.quarantine.is_none() && self.payloads.is_none() && self.notices.is_none()
    }
}

/// How much was taken away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Feeds whose bytes are gone.
    pub feeds: usize,
    /// Refused ones whose bytes are gone.
    pub quarantine: usize,
    /// Payloads that are gone.
    pub payloads: usize,
    /// Notices that are gone.
    pub notices: usize,
}
