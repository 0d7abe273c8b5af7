//! From bytes to text: which character set a feed is in.
//!
//! Tried in this order: a byte order mark, the label in `MSH-18` (HL7 table 0211 and the spellings senders use instead),
//! valid UTF-8, the profile's default. Bytes that cannot be decoded become U+FFFD, with a warning.

use crate::view::Delimiters;
use access_contract::{Issue, Severity};
use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// Bytes of the header that are searched for `MSH-18`.
const HEADER_BYTES: usize = 8 * 1024;

/// A decoded feed.
#[derive(Debug)]
pub struct Decoded<'f> {
    /// The text.
    pub text: Cow<'f, str>,
    /// The character set it was in.
    pub charset: &'static Encoding,
    /// What was doubtful.
    pub issues: Vec<Issue>,
}

/// What `MSH-18` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// A character set that can be decoded.
    Known(&'static Encoding),
    /// Seven bits only: nothing is said of the bytes above.
    Ascii,
    /// A form of Unicode in which the header could not have been read byte by byte.
    Wide,
    /// A character set that is not supported, or no character set.
    Unknown,
}

/// Decodes a feed. `default_charset` is a WHATWG label; one that is unknown means `windows-1252`.
#[must_use]
pub fn decode<'f>(feed: &'f [u8], default_charset: &str) -> Decoded<'f> {
    if let Some(text) = wide(feed) {
        return text;
    }
    let feed = feed.strip_prefix(b"\xef\xbb\xbf").map_or((feed, false), |rest| (rest, true));
    let (feed, marked) = feed;
    let mut issues = Vec::new();
    let label = declared(feed);
    let chosen = match label.as_deref().map(label_of) {
        _ if marked => Some(UTF_8),
        Some(Label::Known(charset)) => Some(charset),
        Some(Label::Unknown) => {
            issues.push(
                Issue::new(
                    Severity::Warning,
                    "charset-unknown",
                    "MSH-18",
                    "the declared character set is not supported",
                )
                .hint("the character set was chosen by the bytes; set default_charset in the profile for this sender"),
            );
            None
        }
        Some(Label::Wide) => {
            issues.push(charset_mismatch());
            None
        }
        Some(Label::Ascii) if !feed.is_ascii() => {
            issues.push(charset_mismatch());
            None
        }
        Some(Label::Ascii) | None => None,
    };
    let charset = chosen.unwrap_or_else(|| {
        if std::str::from_utf8(feed).is_ok() {
            UTF_8
        } else {
            Encoding::for_label(default_charset.as_bytes()).unwrap_or(WINDOWS_1252)
        }
    });
    Decoded { text: charset.decode_without_bom_handling(feed).0, charset, issues }
}

fn charset_mismatch() -> Issue {
    Issue::new(Severity::Warning, "charset-mismatch", "MSH-18", "the bytes are not in the declared character set")
        .hint("the character set was chosen by the bytes; the sender should declare the one it uses")
}

/// Reads `MSH-18`, as far as the header is readable byte by byte. None where it is empty.
fn declared(feed: &[u8]) -> Option<String> {
    let start = feed.windows(3).take(HEADER_BYTES).position(|bytes| bytes.eq_ignore_ascii_case(b"MSH"))?;
    let header = feed.get(start..)?.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    let header = header.get(..HEADER_BYTES).unwrap_or(header);
    let field = *header.get(3)?;
    let mut fields = header.split(|byte| *byte == field);
    let encoding = String::from_utf8_lossy(fields.nth(1)?).into_owned();
    // After the split, MSH-2 is the second part: MSH-18 comes sixteen later.
    let label = fields.nth(15)?;
    let delimiters = Delimiters::declared(char::from(field), &encoding)?;
    let label = String::from_utf8_lossy(label);
    let first = label.split([delimiters.repetition, delimiters.component]).next().unwrap_or_default().trim();
    (!first.is_empty() && first != "\"\"").then(|| first.to_owned())
}

/// The character set a label of `MSH-18` means.
#[must_use]
pub fn label_of(label: &str) -> Label {
    let plain: String =
        label.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect();
    match plain.as_str() {
        "ASCII" | "USASCII" | "ISOIR6" | "ISO646" | "ANSIX341968" => Label::Ascii,
        "UNICODEUTF8" | "UTF8" | "UTF" | "AL32UTF8" | "CP65001" | "65001" => Label::Known(UTF_8),
        "UNICODE" | "UNICODEUTF16" | "UNICODEUTF32" | "UTF16" | "UTF16LE" | "UTF16BE" | "UTF32" => Label::Wide,
        "WINDOWS1252" | "WIN1252" | "CP1252" | "1252" | "WE8MSWIN1252" | "ANSI" | "LATIN1" | "WE8ISO8859P1" => {
            Label::Known(WINDOWS_1252)
        }
        "ISOIR14" | "ISOIR87" | "ISOIR159" | "ISO2022JP" => Label::Known(ISO_2022_JP),
        "GB180302000" | "GB18030" => Label::Known(GB18030),
        "KSX1001" | "EUCKR" => Label::Known(EUC_KR),
        "BIG5" => Label::Known(BIG5),
        other => other
            .strip_prefix("ISO")
            .unwrap_or(other)
            .strip_prefix("8859")
            .filter(|part| {
                matches!(*part, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "10" | "13" | "14" | "15" | "16")
            })
            .and_then(|part| Encoding::for_label(format!("iso-8859-{part}").as_bytes()))
            .or_else(|| Encoding::for_label(label.trim().as_bytes()))
            .filter(|charset| charset.is_ascii_compatible())
            .map_or(Label::Unknown, Label::Known),
    }
}

/// Decodes UTF-16 and UTF-32, known by a byte order mark or by how `MSH` looks in them.
fn wide(feed: &[u8]) -> Option<Decoded<'_>> {
    let starts = |bytes: &[u8]| feed.starts_with(bytes);
    let text = if starts(b"\xff\xfe\0\0") || starts(b"M\0\0\0S\0\0\0") {
        Cow::Owned(utf32(feed, u32::from_le_bytes))
    } else if starts(b"\0\0\xfe\xff") || starts(b"\0\0\0M\0\0\0S") {
        Cow::Owned(utf32(feed, u32::from_be_bytes))
    } else if starts(b"\xff\xfe") || starts(b"M\0S\0") || starts(b"\x0b\0M\0") {
        UTF_16LE.decode_with_bom_removal(feed).0
    } else if starts(b"\xfe\xff") || starts(b"\0M\0S") || starts(b"\0\x0b\0M") {
        UTF_16BE.decode_with_bom_removal(feed).0
    } else {
        return None;
    };
    // Hexadecimal escapes are bytes of the message's character set; nobody writes wide ones.
    Some(Decoded { text, charset: UTF_8, issues: Vec::new() })
}

fn utf32(feed: &[u8], number: fn([u8; 4]) -> u32) -> String {
    let letters = feed
        .chunks(4)
        .map(|chunk| <[u8; 4]>::try_from(chunk).ok().map(number).and_then(char::from_u32).unwrap_or('\u{fffd}'));
    letters.filter(|letter| *letter != '\u{feff}').collect()
}

#[cfg(test)]
mod tests;
