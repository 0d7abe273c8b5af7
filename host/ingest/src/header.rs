//! The message header (`MSH`) read from raw bytes, before anything is decoded.
//!
//! MSH is ASCII in every character set but UTF-16 and UTF-32, so an acknowledgement needs no more than this.

use std::fmt;

/// Longest header segment that is looked at, in bytes.
const HEADER_LIMIT: usize = 64 * 1024;

/// The delimiters a message declares. A missing one takes its default unless that byte already has another meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delimiters {
    /// `MSH-1`
    pub field: u8,
    /// First character of `MSH-2`, `^`.
    pub component: Option<u8>,
    /// Second, `~`.
    pub repetition: Option<u8>,
    /// Third, `\`.
    pub escape: Option<u8>,
    /// Fourth, `&`.
    pub subcomponent: Option<u8>,
    /// Fifth (2.7 and later). No default: without it there is no truncation.
    pub truncation: Option<u8>,
}

impl Delimiters {
    /// `|^~\&`
    pub const STANDARD: Self = Self {
        field: b'|',
        component: Some(b'^'),
        repetition: Some(b'~'),
        escape: Some(b'\\'),
        subcomponent: Some(b'&'),
        truncation: None,
    };

    /// From `MSH-1` and the bytes of `MSH-2`.
    fn read(field: u8, declared: &[u8]) -> Self {
        let mut taken = vec![field];
        let mut declared_at = |index: usize| {
            let byte = declared.get(index).copied().filter(|byte| is_delimiter(*byte) && !taken.contains(byte))?;
            taken.push(byte);
            Some(byte)
        };
        let stated = [declared_at(0), declared_at(1), declared_at(2), declared_at(3), declared_at(4)];
        let [component, repetition, escape, subcomponent, truncation] = stated;
        let mut or_default = |stated: Option<u8>, default: u8| {
            stated.or_else(|| {
                (!taken.contains(&default)).then(|| {
                    taken.push(default);
                    default
                })
            })
        };
        Self {
            field,
            component: or_default(component, b'^'),
            repetition: or_default(repetition, b'~'),
            escape: or_default(escape, b'\\'),
            subcomponent: or_default(subcomponent, b'&'),
            truncation,
        }
    }

    /// `MSH-2` for these delimiters.
    pub(crate) fn encoding_characters(&self) -> Vec<u8> {
        [self.component, self.repetition, self.escape, self.subcomponent, self.truncation]
            .into_iter()
            .flatten()
            .collect()
    }
}

/// Whether a byte can be a delimiter: ASCII, not a letter, digit, blank, line end or framing byte.
pub(crate) const fn is_delimiter(byte: u8) -> bool {
    byte.is_ascii_punctuation() || (byte < b' ' && !matches!(byte, 0 | 0x0A | 0x0B | 0x0D | 0x1B | 0x1C))
}

/// The fields of a message's `MSH`, as raw bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct RawHeader<'a> {
    delimiters: Delimiters,
    /// Index 0 is `MSH-2`.
    fields: Vec<&'a [u8]>,
}

impl<'a> RawHeader<'a> {
    /// Reads the header a message begins with. Blank space, a byte order mark and start bytes before it do not matter.
    /// `None`: this is not an HL7 v2 message in a single-byte encoding or UTF-8.
    #[must_use]
    pub fn read(message: &'a [u8]) -> Option<Self> {
        let message = skip_lead(message);
        let [m, s, h, field, rest @ ..] = message else { return None };
        if ![*m, *s, *h].eq_ignore_ascii_case(b"MSH") || !is_delimiter(*field) {
            return None;
        }
        let segment = rest.get(..segment_length(rest, *field)?)?;
        let fields: Vec<&[u8]> = segment.split(|byte| byte == field).collect();
        let delimiters = Delimiters::read(*field, fields.first().copied().unwrap_or_default());
        Some(Self { delimiters, fields })
    }

    /// The delimiters.
    #[must_use]
    pub const fn delimiters(&self) -> Delimiters {
        self.delimiters
    }

    /// `MSH-n` for n from 2, as it stands; empty where there is none.
    #[must_use]
    pub fn field(&self, number: usize) -> &'a [u8] {
        number.checked_sub(2).and_then(|index| self.fields.get(index).copied()).unwrap_or_default()
    }

    /// A component of `MSH-n`, from 1, of the first repetition, without surrounding blanks.
    #[must_use]
    pub fn component(&self, number: usize, component: usize) -> &'a [u8] {
        let field = self.field(number);
        let first = match self.delimiters.repetition {
            Some(repetition) => field.split(|byte| *byte == repetition).next().unwrap_or_default(),
            None => field,
        };
        let part = match self.delimiters.component {
            Some(delimiter) => {
                first.split(|byte| *byte == delimiter).nth(component.saturating_sub(1)).unwrap_or_default()
            }
            None if component == 1 => first,
            None => &[],
        };
        part.trim_ascii()
    }
}

impl fmt::Debug for RawHeader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawHeader").field("fields", &self.fields.len()).finish_non_exhaustive()
    }
}

/// Skips what may stand before the first segment.
pub(crate) fn skip_lead(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    loop {
        rest = match rest {
            [0xEF, 0xBB, 0xBF, tail @ ..] => tail,
            [byte, tail @ ..] if *byte <= b' ' => tail,
            _ => return rest,
        };
    }
}

/// Where the segment ends: at a CR, or at a LF that another segment or nothing follows. `None`: too long.
fn segment_length(bytes: &[u8], field: u8) -> Option<usize> {
    let mut from = 0;
    loop {
        let window = bytes.get(from..bytes.len().min(HEADER_LIMIT))?;
        let Some(found) = window.iter().position(|byte| matches!(*byte, b'\r' | b'\n')) else {
            return (bytes.len() <= HEADER_LIMIT).then_some(bytes.len());
        };
        let at = from + found;
        let after = bytes.get(at + 1..).unwrap_or_default();
        if bytes.get(at) == Some(&b'\r') || starts_segment(after, field) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// Whether a segment starts here, after blank lines, or nothing follows at all.
fn starts_segment(bytes: &[u8], field: u8) -> bool {
    match bytes.trim_ascii_start() {
        [] => true,
        [a, b, c, separator, ..] => {
            a.is_ascii_alphabetic() && b.is_ascii_alphanumeric() && c.is_ascii_alphanumeric() && *separator == field
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{HEADER_LIMIT, RawHeader};

    #[test]
    fn a_header_beyond_the_limit_is_none() {
        let header = |filler: usize| format!("MSH|^~\\&|{}|B\rPID|1", "A".repeat(filler)).into_bytes();
        assert!(RawHeader::read(&header(HEADER_LIMIT - 100)).is_some());
        assert!(RawHeader::read(&header(HEADER_LIMIT)).is_none());
    }
}
