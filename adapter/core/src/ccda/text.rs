//! From the bytes of an XML document to its text.
//!
//! Tried in this order: a byte order mark, how `<` looks in UTF-16, what the bytes prove, the XML declaration, the profile's
//! default. Text of several bytes that is valid UTF-8 is UTF-8 whatever is declared: that does not happen by accident.

use crate::charset::is_damaged_utf_8;
use access_contract::{Issue, Severity};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// Bytes in which the XML declaration ends.
const DECLARATION_BYTES: usize = 512;
/// Where the declaration is.
const PLACE: &str = "/";

/// Whether bytes look like XML in UTF-16, which no prefix of one byte per letter shows.
pub(crate) fn is_wide(feed: &[u8]) -> bool {
    let start = |bytes: &[u8], blank: fn(&[u8; 2]) -> bool| {
        let (pairs, _) = bytes.as_chunks::<2>();
        pairs.iter().take(DECLARATION_BYTES).find(|pair| !blank(pair)).copied()
    };
    let low = |pair: &[u8; 2]| pair[1] == 0 && pair[0].is_ascii_whitespace();
    let high = |pair: &[u8; 2]| pair[0] == 0 && pair[1].is_ascii_whitespace();
    match feed {
        [0xff, 0xfe, rest @ ..] => start(rest, low) == Some([b'<', 0]),
        [0xfe, 0xff, rest @ ..] => start(rest, high) == Some([0, b'<']),
        [b'<', 0, ..] | [0, b'<', ..] => !feed.starts_with(b"<\0\0"),
        _ => false,
    }
}

/// Decodes a document. Bytes that cannot be decoded become U+FFFD, with a warning.
pub(super) fn decode<'f>(feed: &'f [u8], default_charset: &str) -> (Cow<'f, str>, Vec<Issue>) {
    let mut issues = Vec::new();
    if feed.starts_with(b"\xff\xfe") || feed.starts_with(b"<\0") {
        return (decoded(UTF_16LE, feed, &mut issues), issues);
    }
    if feed.starts_with(b"\xfe\xff") || feed.starts_with(b"\0<") {
        return (decoded(UTF_16BE, feed, &mut issues), issues);
    }
    let label = declared(feed);
    let named = label.as_deref().map(|label| Encoding::for_label(label.trim().as_bytes()));
    if let Ok(text) = std::str::from_utf8(feed) {
        let other = named.flatten().is_some_and(|charset| charset != UTF_8);
        if other && !feed.is_ascii() {
            issues.push(mismatch());
        }
        return (Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)), issues);
    }
    let charset = match named {
        _ if feed.starts_with(b"\xef\xbb\xbf") => UTF_8,
        Some(Some(charset)) if charset.is_single_byte() && is_damaged_utf_8(feed, charset) => {
            issues.push(mismatch());
            UTF_8
        }
        Some(Some(charset)) if charset.is_ascii_compatible() => charset,
        found => {
            issues.push(match found {
                Some(None) => Issue::new(
                    Severity::Warning,
                    "charset-unknown",
                    PLACE,
                    "the declared character set is not supported",
                )
                .hint("declare UTF-8 in the XML declaration and write it"),
                _ => mismatch(),
            });
            let default = Encoding::for_label(default_charset.as_bytes()).unwrap_or(WINDOWS_1252);
            if is_damaged_utf_8(feed, WINDOWS_1252) { UTF_8 } else { default }
        }
    };
    (decoded(charset, feed, &mut issues), issues)
}

fn decoded<'f>(charset: &'static Encoding, feed: &'f [u8], issues: &mut Vec<Issue>) -> Cow<'f, str> {
    let (text, faulty) = charset.decode_with_bom_removal(feed);
    if faulty {
        issues.push(
            Issue::new(Severity::Warning, "undecodable-character", PLACE, "some bytes could not be decoded")
                .hint("write the document in the character set of its XML declaration"),
        );
    }
    text
}

fn mismatch() -> Issue {
    Issue::new(
        Severity::Warning,
        "charset-mismatch",
        PLACE,
        "the bytes are not in the character set of the XML declaration",
    )
    .hint("the character set was chosen by the bytes; the sender should declare the one it uses")
}

/// `encoding` of the XML declaration.
fn declared(feed: &[u8]) -> Option<String> {
    let start = feed.get(..DECLARATION_BYTES).unwrap_or(feed);
    let start = String::from_utf8_lossy(start);
    let declaration = start.trim_start_matches('\u{feff}').trim_start().strip_prefix("<?xml")?.split("?>").next()?;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    value.get(1..)?.split(quote).next().map(str::to_owned)
}
