//! Files and frames taken apart into messages.
//!
//! A file may be `[FHS] { [BHS] { MSH … } [BTS] } [FTS]`, bare messages one after another, FHIR JSON (one document, or several
//! one after another, as in NDJSON), or neither. Line ends may be CR, LF or CRLF; a byte order mark, blank lines and MLLP bytes
//! left in the file are skipped. Each message keeps its bytes from `MSH` to its last segment's line end.
//!
//! UTF-16 and UTF-32 files are taken apart when they have been read whole, so they must fit the limit of one message. Counts in `BTS-1` and `FTS-1` that do not match
//! are warnings. Text that belongs to no message comes out as [`Piece::Other`], never silently as nothing.

mod count;
mod json;
mod line;
mod pieces;
mod reader;
mod splitter;
#[cfg(test)]
mod tests;
mod wide;

pub use count::BatchWarning;
pub use pieces::{feeds, pieces_of};
pub use reader::BatchReader;
pub use splitter::Splitter;

use bridge_types::Phi;

/// Something found in a file or frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// One HL7 v2 message.
    Message(Phi<Vec<u8>>),
    /// One JSON document.
    Json(Phi<Vec<u8>>),
    /// Text that is neither, in the order in which it stood.
    Other(Phi<Vec<u8>>),
    /// Something odd about the envelope.
    Warning(BatchWarning),
}

/// Why something could not be taken out of a file.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// A message, counted from 1, is larger than allowed. It is skipped; reading can go on.
    #[error("message {position} is larger than {limit} bytes")]
    TooLarge {
        /// Its position.
        position: u64,
        /// The limit in bytes.
        limit: usize,
    },
    /// The input cannot be read. Nothing follows.
    #[error("cannot read the input")]
    Read(#[source] std::io::Error),
}

/// Takes a whole frame or small file apart. Use [`BatchReader`] for files of unknown size.
#[must_use]
pub fn split(bytes: &[u8]) -> Vec<Piece> {
    let mut splitter = Splitter::new(usize::MAX);
    splitter.push(bytes);
    splitter.finish();
    std::iter::from_fn(|| splitter.next_piece()).filter_map(Result::ok).collect()
}
