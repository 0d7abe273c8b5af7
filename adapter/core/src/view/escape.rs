//! Escape sequences (HL7 v2 chapter 2, use of escape sequences in text fields).

use super::Delimiters;
use super::index::byte;
use super::split::divides;
use encoding_rs::UTF_8;
use std::borrow::Cow;

/// Longest body of an escape sequence; a lone escape character further away from the next one is text.
const MAX_BODY: usize = 512;
/// Most lines or blanks that `.sp` and `.sk` may ask for.
const MAX_SKIP: usize = 50;

/// A decoded value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'m> {
    /// The text.
    pub text: Cow<'m, str>,
    /// Whether a lone escape character or an unknown sequence was kept as it came.
    pub unknown: bool,
    /// Whether a hexadecimal escape held bytes that are none in the message's character set; they are U+FFFD now.
    pub undecodable: bool,
}

/// What a sequence stands for.
enum Meaning {
    Text(String),
    /// Bytes of which some are no text.
    Damaged(String),
    /// A sequence that is known but cannot be followed, such as a local one: kept with both its escape characters.
    Kept,
    /// No sequence: the escape character is text.
    None,
}

/// Decodes every escape sequence of `raw`, once.
pub(super) fn decode<'m>(raw: &'m str, delimiters: &Delimiters) -> Decoded<'m> {
    let escape = delimiters.escape;
    if !divides(raw, byte(escape)) {
        return Decoded { text: Cow::Borrowed(raw), unknown: false, undecodable: false };
    }
    let mut text = String::with_capacity(raw.len());
    let (mut unknown, mut undecodable) = (false, false);
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once(escape) {
        text.push_str(before);
        let sequence = after.find(escape).filter(|end| *end <= MAX_BODY).and_then(|end| {
            let (body, tail) = (after.get(..end)?, after.get(end + escape.len_utf8()..)?);
            Some((body, tail))
        });
        let Some((body, tail)) = sequence else {
            unknown = true;
            text.push(escape);
            rest = after;
            continue;
        };
        match meaning(body, delimiters) {
            Meaning::Text(decoded) => {
                text.push_str(&decoded);
                rest = tail;
            }
            Meaning::Damaged(decoded) => {
                undecodable = true;
                text.push_str(&decoded);
                rest = tail;
            }
            Meaning::Kept => {
                unknown = true;
                text.push(escape);
                text.push_str(body);
                text.push(escape);
                rest = tail;
            }
            Meaning::None => {
                unknown = true;
                text.push(escape);
                rest = after;
            }
        }
    }
    text.push_str(rest);
    Decoded { text: Cow::Owned(text), unknown, undecodable }
}

fn meaning(body: &str, delimiters: &Delimiters) -> Meaning {
    let one = |text: char| Meaning::Text(text.to_string());
    match body {
        "F" => one(delimiters.field),
        "S" => one(delimiters.component),
        "T" => one(delimiters.subcomponent),
        "R" => one(delimiters.repetition),
        "E" => one(delimiters.escape),
        "P" => one(delimiters.truncation),
        "H" | "N" => Meaning::Text(String::new()),
        _ => match body.chars().next() {
            Some('.') => formatting(body.get(1..).unwrap_or_default()),
            Some('X') => hexadecimal(body.get(1..).unwrap_or_default(), delimiters),
            Some('C' | 'M') if is_switch(body.get(1..).unwrap_or_default()) => Meaning::Kept,
            Some('Z') if body.chars().all(|letter| letter.is_ascii_alphanumeric()) => Meaning::Kept,
            _ => Meaning::None,
        },
    }
}

/// A formatting command, without its full stop.
fn formatting(command: &str) -> Meaning {
    let lower = command.to_ascii_lowercase();
    let (name, argument) = lower.split_at_checked(2).unwrap_or(("", ""));
    let count = || argument.trim().parse::<usize>().unwrap_or(1).clamp(1, MAX_SKIP);
    let is_number =
        argument.is_empty() || argument.trim().trim_start_matches(['+', '-']).bytes().all(|b| b.is_ascii_digit());
    match name {
        _ if !is_number => Meaning::None,
        "br" => Meaning::Text("\n".to_owned()),
        "sp" => Meaning::Text("\n".repeat(count())),
        "sk" => Meaning::Text(" ".repeat(count())),
        "in" | "ti" | "fi" | "nf" | "ce" => Meaning::Text(String::new()),
        _ => Meaning::None,
    }
}

/// Bytes in the message's character set.
fn hexadecimal(digits: &str, delimiters: &Delimiters) -> Meaning {
    if digits.is_empty() || !digits.len().is_multiple_of(2) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Meaning::None;
    }
    let bytes: Vec<u8> = digits
        .as_bytes()
        .chunks(2)
        .filter_map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    let charset = if bytes.is_ascii() { UTF_8 } else { delimiters.charset };
    let (text, damaged) = charset.decode_without_bom_handling(&bytes);
    let text = text.replace('\r', "\n");
    if damaged { Meaning::Damaged(text) } else { Meaning::Text(text) }
}

/// The body of a switch of character sets (`\Cxxyy\`, `\Mxxyyzz\`).
fn is_switch(digits: &str) -> bool {
    matches!(digits.len(), 4 | 6) && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// Encodes text for a field with the separators `|^~\&`.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    encode_into(text, &mut encoded);
    encoded
}

/// The same, behind what is already written.
pub(crate) fn encode_into(text: &str, encoded: &mut String) {
    if !text.bytes().any(|letter| matches!(letter, b'|' | b'^' | b'~' | b'\\' | b'&' | b'\n' | b'\r')) {
        encoded.push_str(text);
        return;
    }
    for letter in text.chars() {
        match letter {
            '|' => encoded.push_str("\\F\\"),
            '^' => encoded.push_str("\\S\\"),
            '~' => encoded.push_str("\\R\\"),
            '\\' => encoded.push_str("\\E\\"),
            '&' => encoded.push_str("\\T\\"),
            '\n' => encoded.push_str("\\.br\\"),
            '\r' => encoded.push_str("\\X0D\\"),
            other => encoded.push(other),
        }
    }
}
