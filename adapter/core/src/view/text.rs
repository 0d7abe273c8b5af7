//! The normal form of a message's text.
//!
//! What feeds do to a message on its way, undone: byte order marks and MLLP bytes left in, line feeds or both characters
//! as segment ends, blank lines, trailing blanks, lower-case segment ids, short `MSH-2`, batch envelopes around a single
//! message. A line that is no segment is text of the field before it.

use super::limits::{MAX_BYTES, MAX_SEGMENTS};
use super::{Delimiters, ViewError};
use access_contract::{Issue, Severity};
use encoding_rs::Encoding;
use std::borrow::Cow;

/// Segments of batch and file envelopes.
const ENVELOPES: [&str; 4] = ["FHS", "BHS", "BTS", "FTS"];

/// A text in normal form: `MSH` first with exactly four encoding characters, each segment on a line that ends with a
/// carriage return, no empty lines, segment ids in upper case, line breaks inside a field as line feeds.
#[derive(Debug)]
pub struct Text<'t> {
    normal: Cow<'t, str>,
    delimiters: Delimiters,
    notes: Vec<Issue>,
}

/// A line of the text as it came.
struct Line<'t> {
    text: &'t str,
    /// Whether it begins a segment.
    is_segment: bool,
    /// Whether the normal form has it like this.
    is_normal: bool,
}

impl<'t> Text<'t> {
    /// Brings a text into normal form. Borrows it where it is normal already.
    ///
    /// # Errors
    /// Where there is no message header, more than one, or more than a message may hold.
    pub fn normalise(text: &'t str) -> Result<Self, ViewError> {
        if text.len() > MAX_BYTES {
            return Err(ViewError::Bytes);
        }
        let body = without_envelope(text.trim_matches(is_frame));
        let (delimiters, encoding) = header(body)?;
        let mut notes = Vec::new();
        if encoding.chars().count() < 4 {
            notes.push(
                Issue::new(
                    Severity::Warning,
                    "separators-short",
                    "MSH-2",
                    "not all four encoding characters are declared",
                )
                .hint("the usual ones were assumed for the rest"),
            );
        }
        let lines = lines(body, delimiters.field)?;
        let is_normal = encoding == delimiters.encoding_characters() && lines.iter().all(|line| line.is_normal);
        let normal = if is_normal {
            Cow::Borrowed(body)
        } else {
            Cow::Owned(rebuild(&lines, &delimiters, encoding, &mut notes))
        };
        Ok(Self { normal, delimiters, notes })
    }

    /// Says which character set hexadecimal escapes are in; UTF-8 unless told.
    #[must_use]
    pub fn in_charset(mut self, charset: &'static Encoding) -> Self {
        self.delimiters.charset = charset;
        self
    }

    /// The text in normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.normal
    }

    /// The separators the header declares.
    #[must_use]
    pub fn delimiters(&self) -> &Delimiters {
        &self.delimiters
    }

    /// What had to be repaired.
    #[must_use]
    pub fn notes(&self) -> &[Issue] {
        &self.notes
    }
}

/// Blanks, line ends, MLLP bytes, NULs and byte order marks around a message.
fn is_frame(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{b}' | '\u{1c}' | '\0' | '\u{feff}')
}

/// Passes over `FHS` and `BHS` lines.
fn without_envelope(mut text: &str) -> &str {
    while ENVELOPES.iter().any(|name| text.starts_with(name)) {
        let Some(end) = text.find(['\r', '\n']) else { return "" };
        text = text.get(end..).unwrap_or_default().trim_start_matches(is_frame);
    }
    text
}

/// Reads the separators, and `MSH-2` as it came.
fn header(text: &str) -> Result<(Delimiters, &str), ViewError> {
    let (name, rest) = text.split_at_checked(3).ok_or(ViewError::NotHl7)?;
    if !name.eq_ignore_ascii_case("MSH") {
        return Err(ViewError::NotHl7);
    }
    let field = rest.chars().next().ok_or(ViewError::NotHl7)?;
    let rest = rest.get(field.len_utf8()..).unwrap_or_default();
    let encoding = rest.split([field, '\r', '\n']).next().unwrap_or_default();
    let delimiters = Delimiters::declared(field, encoding).ok_or(ViewError::Separators)?;
    Ok((delimiters, encoding))
}

/// Splits into lines and says which of them begin a segment.
fn lines(text: &str, field: char) -> Result<Vec<Line<'_>>, ViewError> {
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
        let upper = text.bytes().take(3).all(|letter| !letter.is_ascii_lowercase());
        let name = text.get(..3).unwrap_or_default();
        if is_segment && ENVELOPES.iter().any(|envelope| name.eq_ignore_ascii_case(envelope)) {
            found.push(Line { text: "", is_segment: false, is_normal: false });
        } else {
            if is_segment {
                segments += 1;
                headers += usize::from(name.eq_ignore_ascii_case("MSH"));
                if segments > MAX_SEGMENTS {
                    return Err(ViewError::Segments);
                }
            }
            let is_normal = is_segment && upper && text.len() == line.len() && text.len() > 3 && broken_by == "\r";
            found.push(Line { text, is_segment, is_normal });
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
fn rebuild(lines: &[Line<'_>], delimiters: &Delimiters, encoding: &str, notes: &mut Vec<Issue>) -> String {
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
                Severity::Information,
                "line-not-a-segment",
                "",
                "lines that are no segments were read as text of the field before",
            )
            .hint("the sender breaks lines inside a field; HL7 writes them as an escape sequence"),
        );
    }
    normal
}
