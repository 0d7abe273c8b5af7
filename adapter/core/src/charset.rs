//! From bytes to text: which character set a feed is in.
//!
//! Tried in this order: a byte order mark, the label in `MSH-18` (HL7 table 0211 and the spellings senders use instead), what
//! is configured for the sender, UTF-8 (also with broken bytes, where letters in UTF-8 are no fewer), the profile's default. A
//! label that the bytes contradict is told with a warning; another set is taken where the bytes prove it or the sender has one
//! configured. Bytes that cannot be decoded become U+FFFD. Feeds in ASCII or UTF-8 are not copied.

mod header;
mod label;
mod wide;

pub use label::{Label, label_of};

use access_contract::{Issue, Severity};
use encoding_rs::{Encoding, ISO_8859_15, UTF_8, WINDOWS_1252};
use header::Header;
use std::borrow::Cow;

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

/// Decodes a feed. `default_charset` is a WHATWG label; one that is unknown means `windows-1252`.
#[must_use]
pub fn decode<'f>(feed: &'f [u8], default_charset: &str) -> Decoded<'f> {
    decode_from(feed, default_charset, |_, _| None)
}

/// Decodes a feed as [`decode`] does. `configured` gives the WHATWG label that is set for a sender by its `MSH-3.1` and
/// `MSH-4.1`; it is asked where the feed itself does not say what it is in.
#[must_use]
pub fn decode_from<'f, 'p>(
    feed: &'f [u8],
    default_charset: &str,
    configured: impl FnOnce(&str, &str) -> Option<&'p str>,
) -> Decoded<'f> {
    if let Some(text) = wide::decode(feed) {
        // Hexadecimal escapes are bytes of the message's character set; nobody writes wide ones.
        return Decoded { text, charset: UTF_8, issues: Vec::new() };
    }
    if let Some(rest) = feed.strip_prefix(b"\xef\xbb\xbf") {
        return Decoded { text: String::from_utf8_lossy(rest), charset: UTF_8, issues: Vec::new() };
    }
    let header = Header::of(feed);
    let label = header.label().map(label_of);
    let bytes = Bytes { feed, utf_8: std::str::from_utf8(feed).ok() };
    let (chosen, issue) = match label {
        Some(Label::Known(charset)) => match bytes.decode(charset) {
            Some(text) => return Decoded { text, charset, issues: Vec::new() },
            None => (bytes.contradicting(charset), Some(mismatch())),
        },
        Some(Label::Unknown) => (None, Some(unknown())),
        Some(Label::Wide) => (None, Some(mismatch())),
        Some(Label::Ascii) if !feed.is_ascii() => (None, Some(mismatch())),
        Some(Label::Ascii) | None => (None, None),
    };
    let set = || header.sender().and_then(|(application, facility)| configured(&application, &facility));
    let charset = chosen
        .or_else(|| Encoding::for_label(set()?.as_bytes()))
        // Any bytes can be read with one letter for each, so that it works is no sign that it is right: without a word of
        // the operator, what is declared as UTF-8 is damaged and does not become a name.
        .or_else(|| (label == Some(Label::Known(UTF_8))).then_some(UTF_8))
        .or_else(|| (bytes.utf_8.is_some() || bytes.is_damaged_utf_8(WINDOWS_1252)).then_some(UTF_8))
        .or_else(|| Encoding::for_label(default_charset.as_bytes()))
        .unwrap_or(WINDOWS_1252);
    let text = match bytes.utf_8 {
        Some(text) if charset == UTF_8 => Cow::Borrowed(text),
        _ => charset.decode_without_bom_handling(feed).0,
    };
    let damaged = charset == UTF_8 && bytes.utf_8.is_none();
    let issue = issue.or_else(|| damaged.then(damage));
    Decoded { text, charset, issues: issue.into_iter().collect() }
}

/// The bytes of a feed, and the same as text where they are UTF-8.
struct Bytes<'f> {
    feed: &'f [u8],
    utf_8: Option<&'f str>,
}

impl<'f> Bytes<'f> {
    /// Decodes by what the header declares. None where all that is not ASCII contradicts it.
    fn decode(&self, declared: &'static Encoding) -> Option<Cow<'f, str>> {
        if declared == UTF_8 {
            let garbled = || String::from_utf8_lossy(self.feed);
            return self.utf_8.map(Cow::Borrowed).or_else(|| self.has_utf_8().then(garbled));
        }
        let is_ascii = self.feed.is_ascii();
        // Text of one byte for each letter is UTF-8 by chance only where it is all ASCII.
        if declared.is_single_byte() && !is_ascii && (self.utf_8.is_some() || self.is_damaged_utf_8(declared)) {
            return None;
        }
        if declared == ISO_8859_15 && self.has_controls() {
            return None;
        }
        let (text, damaged) = declared.decode_without_bom_handling(self.feed);
        if damaged && self.utf_8.is_some() && !is_ascii { None } else { Some(text) }
    }

    /// What bytes that contradict the declared set are certainly in.
    fn contradicting(&self, declared: &'static Encoding) -> Option<&'static Encoding> {
        if self.utf_8.is_some() || (declared.is_single_byte() && self.is_damaged_utf_8(declared)) {
            return Some(UTF_8);
        }
        (declared == ISO_8859_15).then_some(WINDOWS_1252)
    }

    /// Whether it is UTF-8 in which some bytes are broken.
    fn is_damaged_utf_8(&self, otherwise: &'static Encoding) -> bool {
        self.utf_8.is_none() && is_damaged_utf_8(self.feed, otherwise)
    }

    /// Whether any letter beyond ASCII is in UTF-8, although not all are.
    fn has_utf_8(&self) -> bool {
        self.feed.utf8_chunks().any(|chunk| !chunk.valid().is_ascii())
    }

    /// Whether there are bytes that ISO 8859 keeps for control characters and Windows uses for quotes and dashes.
    fn has_controls(&self) -> bool {
        self.feed.iter().any(|byte| matches!(byte, 0x80..=0x9f))
    }
}

/// Whether bytes are UTF-8 in which some are broken, and not text in a set of one byte for each letter: the letters of several bytes
/// are more than the places that are no UTF-8. In Western sets, where a pair of bytes that looks like UTF-8 is hardly ever a text
/// (`CAFÉ’`), as many are enough.
pub(crate) fn is_damaged_utf_8(feed: &[u8], otherwise: &'static Encoding) -> bool {
    let (mut whole, mut broken) = (0_usize, 0_usize);
    for chunk in feed.utf8_chunks() {
        whole += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    let is_western = otherwise == WINDOWS_1252 || otherwise == ISO_8859_15;
    broken > 0 && (whole > broken || (is_western && whole > 0 && whole == broken))
}

fn mismatch() -> Issue {
    Issue::new(Severity::Warning, "charset-mismatch", "MSH-18", "the bytes are not in the declared character set")
        .hint("the character set was chosen by the bytes; the sender should declare the one it uses")
}

fn damage() -> Issue {
    let message = "the bytes are UTF-8, but some of them are broken";
    Issue::new(Severity::Warning, "charset-mismatch", "MSH-18", message).hint(
        "what could not be read stands as U+FFFD; look for what cuts or changes bytes between the sender and here",
    )
}

fn unknown() -> Issue {
    Issue::new(Severity::Warning, "charset-unknown", "MSH-18", "the declared character set is not supported")
        .hint("the character set was chosen by the bytes; add the sender to charsets in the profile")
}

#[cfg(test)]
mod tests;
