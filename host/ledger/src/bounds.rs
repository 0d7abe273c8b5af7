//! How much the ledger takes. What is larger is refused before anything is stored.

/// The limits of every store. They protect the file and the process; no real feed comes near them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds;

impl Bounds {
    /// Raw bytes of one feed: 16 MiB.
    pub const FEED_BYTES: usize = 16 * 1024 * 1024;
    /// A chart, a payload, an answer or a notice: 4 MiB.
    pub const DOCUMENT_BYTES: usize = 4 * 1024 * 1024;
    /// Keys of one chart.
    pub const KEYS: usize = 256;
    /// Bytes of one key, name, id or code.
    pub const NAME_BYTES: usize = 512;
    /// Bytes of a cause, a reason or a note.
    pub const TEXT_BYTES: usize = 2048;
    /// Subjects of one intake; intents, commands, notices or absorbed charts of one subject; routes of one notice.
    pub const LIST: usize = 256;
    /// Rows of one page and of one claim.
    pub const ROWS: usize = 500;
    /// Events and payloads shown with one submission: the newest ones.
    pub const STORY: usize = 1000;
}
