//! Bringing a text into normal form.
//!
//! What feeds do to a message on its way, undone: byte order marks and MLLP bytes left in, line feeds or both characters
//! as segment ends, blank lines, trailing blanks, lower-case segment ids, short `MSH-2`, batch envelopes around a single
//! message. A line that is no segment is text of the field before it.

use super::limits::MAX_SEGMENTS;
use super::text::ENVELOPES;
use super::{Delimiters, ViewError};
use access_contract::{Issue, Severity};

/// A line of the text as it came.
pub(super) struct Line<'t> {
    text: &'t str,
    /// Whether it begins a segment.
    is_segment: bool,
}

/// Splits into lines and says which of them begin a segment.
pub(super) fn lines(text: &str, field: char) -> Result<Vec<Line<'_>>, ViewError> {
    let has_returns = text.contains('\r');
    let mut found: Vec<Line<'_>> = Vec::new();
    let (mut rest, mut headers, mut segments) = (text, 0_usize, 0_usize);
    // The break before the current line.
    let mut broken_by = "\r";
    loop {
        let end = rest.find(['\r', '\n']).unwrap_or(rest.len());
        let (line, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let bare_feed = broken_by == "\n";
        // Inside text a line feed ends a line; it ends a segment only where a segment follows.
        let trimmed = line.trim_end_matches([' ', '\t', '\0', '\u{b}', '\u{1c}']);
        let started = if bare_feed && has_returns { trimmed } else { trimmed.trim_start_matches([' ', '\t', '\u{b}']) };
        let is_segment = begins_segment(started, field, bare_feed, has_returns);
        let text = if is_segment { started } else { trimmed };
        let name = text.get(..3).unwrap_or_default();
        if is_segment && ENVELOPES.iter().any(|envelope| name.eq_ignore_ascii_case(envelope)) {
            found.push(Line { text: "", is_segment: false });
        } else {
            if is_segment {
                segments += 1;
                headers += usize::from(name.eq_ignore_ascii_case("MSH"));
                if segments > MAX_SEGMENTS {
                    return Err(ViewError::Segments);
                }
            }
            found.push(Line { text, is_segment });
        }
        broken_by = if after.starts_with("\r\n") {
            "\r\n"
        } else if after.starts_with('\r') {
            "\r"
        } else if after.starts_with('\n') {
            "\n"
        } else {
            break;
        };
        rest = after.get(broken_by.len()..).unwrap_or_default();
    }
    if headers > 1 {
        return Err(ViewError::Several { count: headers });
    }
    Ok(found)
}

/// Whether a line begins a segment: an id, then the field separator. After a carriage return, and in files that have none,
/// lower case and a bare id are taken too.
fn begins_segment(line: &str, field: char, bare_feed: bool, has_returns: bool) -> bool {
    let strict = bare_feed && has_returns;
    let mut letters = line.chars();
    let id = [letters.next(), letters.next(), letters.next()];
    let fits = id.iter().enumerate().all(|(position, letter)| {
        letter.is_some_and(|letter| {
            letter.is_ascii_uppercase()
                || (!strict && letter.is_ascii_lowercase())
                || (position > 0 && letter.is_ascii_digit())
        })
    });
    match letters.next() {
        Some(next) => fits && next == field,
        None => fits && !bare_feed && id.iter().flatten().all(|letter| !letter.is_ascii_lowercase()),
    }
}

/// Writes the lines in normal form.
pub(super) fn rebuild(lines: &[Line<'_>], delimiters: &Delimiters, encoding: &str, notes: &mut Vec<Issue>) -> String {
    let mut normal = String::with_capacity(lines.iter().map(|line| line.text.len() + 2).sum());
    let mut strays = 0_usize;
    for (number, line) in lines.iter().filter(|line| !line.text.is_empty()).enumerate() {
        if !line.is_segment {
            strays += 1;
            normal.push('\n');
            normal.push_str(line.text);
            continue;
        }
        let (name, rest) = line.text.split_at_checked(3).unwrap_or((line.text, ""));
        if number == 0 {
            normal.push_str("MSH");
            normal.push(delimiters.field);
            normal.push_str(&delimiters.encoding_characters());
            // MSH-1 is one byte; MSH-2 stands right after it.
            normal.push_str(rest.get(1 + encoding.len()..).unwrap_or_default());
            continue;
        }
        normal.push('\r');
        normal.push_str(&name.to_ascii_uppercase());
        normal.push_str(rest);
        if rest.is_empty() {
            normal.push(delimiters.field);
        }
    }
    if strays > 0 {
        notes.push(
            Issue::new(
                Severity::Warning,
                "line-not-a-segment",
                "",
                "lines that are no segments were read as text of the field before",
            )
            .hint("the sender breaks lines inside a field; HL7 writes them as an escape sequence"),
        );
    }
    normal
}
