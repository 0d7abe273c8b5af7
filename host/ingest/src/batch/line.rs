//! What a line of a file starts.

use super::json;
use crate::header::is_delimiter;

/// The envelope segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Envelope {
    FileStart,
    BatchStart,
    BatchEnd,
    FileEnd,
}

/// What a line is, and where in it the segment starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// Line ends, framing bytes, blanks.
    Blank,
    /// `MSH`, which starts at this offset.
    Message(usize),
    /// An envelope segment, which starts at this offset.
    Envelope(Envelope, usize),
    /// The beginning of a JSON document, at this offset, as far as can be seen.
    Json(usize),
    /// Anything else.
    Text,
}

/// Whether a byte ends a line.
pub(super) const fn ends_line(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | 0x0B | 0x1C)
}

/// Whether a byte means nothing at the start of a line or after a message.
pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b' ') || ends_line(byte)
}

/// The length of the blank lines at the start.
pub(super) fn blank_lines(text: &[u8]) -> usize {
    let blank = text.iter().take_while(|byte| is_blank(**byte)).count();
    text.get(..blank).and_then(|blank| blank.iter().rposition(|byte| ends_line(*byte))).map_or(0, |last| last + 1)
}

/// A line without what means nothing at its end.
pub(super) fn without_end(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| !is_blank(*byte)).map_or(0, |last| last + 1);
    line.get(..end).unwrap_or_default()
}

/// Looks at the start of a line. `lenient`: no message has been seen yet, so that a lower-case or otherwise odd `MSH` is
/// the file's own and not text inside a message.
pub(super) fn classify(line: &[u8], lenient: bool) -> Line {
    let mut offset = 0;
    while let Some(rest) = line.get(offset..) {
        match rest {
            [] => return Line::Blank,
            [0xEF, 0xBB, 0xBF, ..] => offset += 3,
            [byte, ..] if is_blank(*byte) => offset += 1,
            _ => break,
        }
    }
    match line.get(offset..).unwrap_or_default() {
        json @ [b'{' | b'[', ..] if json::starts(json) != Some(false) => Line::Json(offset),
        [a, b, c, field, rest @ ..] if is_delimiter(*field) => {
            let declared = rest.first().is_some_and(|byte| is_delimiter(*byte));
            match &[*a, *b, *c] {
                b"MSH" if declared || lenient => Line::Message(offset),
                id if lenient && id.eq_ignore_ascii_case(b"MSH") => Line::Message(offset),
                b"FHS" if declared => Line::Envelope(Envelope::FileStart, offset),
                b"BHS" if declared => Line::Envelope(Envelope::BatchStart, offset),
                b"BTS" => Line::Envelope(Envelope::BatchEnd, offset),
                b"FTS" => Line::Envelope(Envelope::FileEnd, offset),
                _ => Line::Text,
            }
        }
        // A trailer may be its bare name.
        bare => match without_end(bare) {
            b"BTS" => Line::Envelope(Envelope::BatchEnd, offset),
            b"FTS" => Line::Envelope(Envelope::FileEnd, offset),
            _ => Line::Text,
        },
    }
}
