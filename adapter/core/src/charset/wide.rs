//! UTF-16 and UTF-32, known by a byte order mark or by how the beginning of a message looks in them.

use encoding_rs::{UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// Decodes a feed. None where it is not in one of these.
pub(super) fn decode(feed: &[u8]) -> Option<Cow<'_, str>> {
    let start = feed.first_chunk::<2>()?;
    // A mark, or a letter beside a zero.
    if !matches!(start, [0xff, 0xfe] | [0xfe, 0xff] | [0, _] | [_, 0]) {
        return None;
    }
    Some(match *feed.get(..8).unwrap_or(feed) {
        [0xff, 0xfe, 0, 0, ..] => Cow::Owned(utf_32(feed, u32::from_le_bytes)),
        [0, 0, 0xfe, 0xff, ..] => Cow::Owned(utf_32(feed, u32::from_be_bytes)),
        [0xff, 0xfe, ..] => UTF_16LE.decode_with_bom_removal(feed).0,
        [0xfe, 0xff, ..] => UTF_16BE.decode_with_bom_removal(feed).0,
        [first, 0, 0, 0, second, 0, 0, 0] if begins(first, second) => Cow::Owned(utf_32(feed, u32::from_le_bytes)),
        [0, 0, 0, first, 0, 0, 0, second] if begins(first, second) => Cow::Owned(utf_32(feed, u32::from_be_bytes)),
        [first, 0, second, 0, ..] if begins(first, second) => UTF_16LE.decode_with_bom_removal(feed).0,
        [0, first, 0, second, ..] if begins(first, second) => UTF_16BE.decode_with_bom_removal(feed).0,
        _ => return None,
    })
}

/// Whether two letters are the first of `MSH`, of an envelope, or of a start byte and either.
fn begins(first: u8, second: u8) -> bool {
    matches!(
        (first.to_ascii_uppercase(), second.to_ascii_uppercase()),
        (b'M', b'S') | (b'F' | b'B', b'H') | (0xb | b'\r' | b'\n', b'M' | b'F' | b'B')
    )
}

/// Four bytes a letter; what is none, or is cut off, becomes U+FFFD.
fn utf_32(feed: &[u8], number: fn([u8; 4]) -> u32) -> String {
    let letters = feed
        .chunks(4)
        .map(|chunk| <[u8; 4]>::try_from(chunk).ok().map(number).and_then(char::from_u32).unwrap_or('\u{fffd}'));
    letters.filter(|letter| *letter != '\u{feff}').collect()
}
