//! What the header says of itself, read byte by byte: it is ASCII in every character set but the wide ones.

use crate::view::Delimiters;
use std::borrow::Cow;

/// Bytes that are searched for the header, and bytes of it that are read.
const HEADER_BYTES: usize = 8 * 1024;

/// The `MSH` segment as it came; nothing where there is none.
pub(super) struct Header<'f> {
    line: &'f [u8],
    field: u8,
}

impl<'f> Header<'f> {
    pub(super) fn of(feed: &'f [u8]) -> Self {
        let start = feed.windows(3).take(HEADER_BYTES).position(|bytes| bytes.eq_ignore_ascii_case(b"MSH"));
        let from = feed.get(start.unwrap_or(feed.len())..).unwrap_or_default();
        let most = from.get(..HEADER_BYTES).unwrap_or(from);
        let end = most.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(most.len());
        let line = most.get(..end).unwrap_or_default();
        Self { line, field: line.get(3).copied().unwrap_or_default() }
    }

    /// The first of the sets that `MSH-18` names. None where it is empty.
    pub(super) fn label(&self) -> Option<&'f str> {
        // A label that is no text at all is none that is known.
        let label = std::str::from_utf8(self.first(18)?).unwrap_or("\u{fffd}").trim();
        (!label.is_empty() && label != "\"\"").then_some(label)
    }

    /// `MSH-3.1` and `MSH-4.1`.
    pub(super) fn sender(&self) -> Option<(Cow<'f, str>, Cow<'f, str>)> {
        let text = |field| Some(String::from_utf8_lossy(self.first(field)?.trim_ascii()));
        Some((text(3)?, text(4)?))
    }

    /// The first component of a field. Split at the field separator, `MSH-2` is the second part.
    fn first(&self, number: usize) -> Option<&'f [u8]> {
        let mut fields = self.line.split(|byte| *byte == self.field);
        let encoding = std::str::from_utf8(fields.nth(1)?).unwrap_or_default();
        let value = fields.nth(number.checked_sub(3)?)?;
        let delimiters = Delimiters::declared(char::from(self.field), encoding)?;
        let ends = |byte: &u8| [delimiters.repetition, delimiters.component].contains(&char::from(*byte));
        value.split(ends).next()
    }
}
