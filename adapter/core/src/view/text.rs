//! The text of a message, in normal form and indexed.

use super::index::{Form, Index};
use super::limits::MAX_BYTES;
use super::normal::{lines, rebuild};
use super::{Delimiters, ViewError};
use access_contract::{Issue, Severity};
use encoding_rs::Encoding;
use std::borrow::Cow;
use std::fmt;

/// Segments of batch and file envelopes.
pub(super) const ENVELOPES: [&str; 4] = ["FHS", "BHS", "BTS", "FTS"];

/// A text in normal form: `MSH` first with exactly four encoding characters, each segment on a line that ends with a
/// carriage return, no empty lines, segment ids in upper case, line breaks inside a field as line feeds.
pub struct Text<'t> {
    normal: Cow<'t, str>,
    delimiters: Delimiters,
    index: Index,
    notes: Vec<Issue>,
}

impl<'t> Text<'t> {
    /// Brings a text into normal form. Borrows it where it is normal already, which the pass that indexes it finds out.
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
        if encoding.chars().nth(3).is_none() {
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
        if encoding.chars().eq(delimiters.in_order())
            && let Some(index) = Index::of(body, &delimiters, Form::Unknown)?
        {
            return Ok(Self { normal: Cow::Borrowed(body), delimiters, index, notes });
        }
        let lines = lines(body, delimiters.field)?;
        let normal = rebuild(&lines, &delimiters, encoding, &mut notes);
        let index = Index::of(&normal, &delimiters, Form::Normal)?.unwrap_or_default();
        Ok(Self { normal: Cow::Owned(normal), delimiters, index, notes })
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

    pub(super) fn index(&self) -> &Index {
        &self.index
    }
}

/// Tells how much there is, never what it says.
impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Text")
            .field("bytes", &self.normal.len())
            .field("segments", &self.index.spans.len())
            .finish_non_exhaustive()
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
