//! Text of our own, made fit to stand in a field.

use crate::Delimiters;

/// ASCII on one line: typographic characters become their plain ones, anything else a question mark. Longer text is cut
/// after a word.
pub(super) fn plain(text: &str, limit: usize) -> String {
    let mut line = String::new();
    for character in text.chars() {
        match character {
            '\u{2018}' | '\u{2019}' => line.push('\''),
            '\u{201C}' | '\u{201D}' => line.push('"'),
            '\u{2010}'..='\u{2015}' => line.push('-'),
            '\u{2026}' => line.push_str("..."),
            ' '..='~' => line.push(character),
            _ if character.is_whitespace() || character.is_control() => line.push(' '),
            _ => line.push('?'),
        }
    }
    let line = line.trim();
    match line.get(..limit) {
        Some(head) if line.len() > limit => {
            let head = head.get(..limit.saturating_sub(3)).unwrap_or(head);
            let words = head.rfind(' ').and_then(|at| head.get(..at)).unwrap_or(head);
            format!("{}...", words.trim_end())
        }
        _ => line.to_owned(),
    }
}

/// Escapes delimiters. A delimiter that cannot be escaped, because the message has no escape character, becomes a blank.
pub(super) fn escape(text: &str, delimiters: &Delimiters) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text.bytes() {
        let name = if byte == delimiters.field {
            b'F'
        } else if Some(byte) == delimiters.component {
            b'S'
        } else if Some(byte) == delimiters.repetition {
            b'R'
        } else if Some(byte) == delimiters.escape {
            b'E'
        } else if Some(byte) == delimiters.subcomponent {
            b'T'
        } else if Some(byte) == delimiters.truncation {
            b'P'
        } else {
            out.push(byte);
            continue;
        };
        match delimiters.escape {
            Some(escape) => out.extend_from_slice(&[escape, name, escape]),
            None => out.push(b' '),
        }
    }
    out
}
