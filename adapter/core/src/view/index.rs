//! The index of a message: where its segments and fields are, found in one pass over its bytes.
//!
//! Finer parts are found inside a field when they are asked for. Separators are ASCII, so their bytes never stand inside
//! another character.

use super::limits::{MAX_FIELDS, MAX_PARTS, MAX_REPETITIONS, MAX_SEGMENTS};
use super::place::SINGLE;
use super::text::ENVELOPES;
use super::{Delimiters, ViewError};

/// Segments and fields of a text in normal form. Positions are bytes; no message has as many as a `u32` can count.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) spans: Vec<Span>,
    /// Every field separator.
    pub(super) fields: Vec<u32>,
}

/// Where a segment is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Its first field separator among those of the index; the last is before the first of the next segment.
    pub(super) first: u32,
}

/// Whether a text is known to be in normal form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// It was just brought there; line feeds are text.
    Normal,
    /// It has to be looked at.
    Unknown,
}

impl Index {
    /// Indexes a text. None where it turns out not to be in normal form.
    pub(super) fn of(text: &str, delimiters: &Delimiters, form: Form) -> Result<Option<Self>, ViewError> {
        let bytes = text.as_bytes();
        let field = byte(delimiters.field);
        if bytes.len() > MAX_PARTS && parts(bytes, delimiters) > MAX_PARTS {
            return match form {
                Form::Unknown => Ok(None),
                // What a single segment has too many of says more than the sum.
                Form::Normal => Err(Self::measure(text, delimiters).err().unwrap_or(ViewError::Parts)),
            };
        }
        // About what admissions have: a field for every eight bytes, a segment for every ninety.
        let mut index =
            Self { spans: Vec::with_capacity(bytes.len() / 64 + 4), fields: Vec::with_capacity(bytes.len() / 6 + 16) };
        let mut line = Line { start: 0, first: 0, messages: 0, form };
        for (at, letter) in bytes.iter().enumerate() {
            // One comparison sends nearly every byte on.
            if *letter > b'\r' && *letter != field {
                continue;
            }
            if *letter == field {
                index.fields.push(position(at));
            } else if *letter == b'\r' {
                if !index.close(text, &mut line, at, delimiters)? {
                    return Ok(None);
                }
            } else if *letter == b'\n' && form == Form::Unknown {
                return Ok(None);
            }
        }
        Ok(index.close(text, &mut line, bytes.len(), delimiters)?.then_some(index))
    }

    /// Only looks whether a single segment or field of a text in normal form is too big.
    fn measure(text: &str, delimiters: &Delimiters) -> Result<(), ViewError> {
        let mut index = Self::default();
        let mut line = Line { start: 0, first: 0, messages: 0, form: Form::Normal };
        let field = byte(delimiters.field);
        for segment in text.split('\r') {
            let start = line.start;
            let marks = segment.bytes().enumerate().filter(|(_, letter)| *letter == field);
            // One more than the limit is enough to pass it.
            index.fields.extend(marks.take(MAX_FIELDS + 1).map(|(at, _)| position(start + at)));
            index.close(text, &mut line, start + segment.len(), delimiters)?;
        }
        Ok(())
    }

    /// Ends the segment that began last. False where it is not in normal form.
    fn close(&mut self, text: &str, line: &mut Line, end: usize, delimiters: &Delimiters) -> Result<bool, ViewError> {
        let raw = text.get(line.start..end).unwrap_or_default();
        if line.form == Form::Unknown && !line.is_normal(raw, byte(delimiters.field)) {
            return Ok(false);
        }
        if self.spans.len() == MAX_SEGMENTS {
            return Err(ViewError::Segments);
        }
        let marks = self.fields.get(line.first..).unwrap_or_default();
        if marks.len() > MAX_FIELDS {
            return Err(ViewError::Fields { path: self.path(text, raw) });
        }
        if raw.len() > MAX_REPETITIONS
            && let Some(number) = repeating(raw, marks, line.start, byte(delimiters.repetition))
        {
            return Err(ViewError::Repetitions { path: format!("{}-{number}", self.path(text, raw)) });
        }
        self.spans.push(Span { start: position(line.start), end: position(end), first: position(line.first) });
        line.start = end + 1;
        line.first = self.fields.len();
        Ok(true)
    }

    /// The path of the segment that follows those already indexed.
    fn path(&self, text: &str, raw: &str) -> String {
        let name = raw.get(..3).unwrap_or_default();
        if SINGLE.contains(&name) {
            return name.to_owned();
        }
        let before = self.spans.iter().filter(|span| span.of(text).starts_with(name)).count();
        format!("{name}[{}]", before + 1)
    }
}

impl Span {
    /// The segment in the text that was indexed.
    pub(super) fn of<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// The segment being read.
struct Line {
    start: usize,
    /// Its first field separator.
    first: usize,
    /// Message headers so far.
    messages: usize,
    form: Form,
}

impl Line {
    /// Whether a segment needs no repair: an id in upper case, a separator, no blanks at its end. Envelopes and second
    /// messages are looked at closely elsewhere.
    fn is_normal(&mut self, raw: &str, field: u8) -> bool {
        let [first, second, third, separator, rest @ ..] = raw.as_bytes() else { return false };
        let is_name = first.is_ascii_uppercase()
            && [second, third].iter().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit());
        let is_padded = matches!(rest.last().unwrap_or(separator), b' ' | b'\t' | 0 | 0xb | 0x1c);
        if !is_name || *separator != field || is_padded {
            return false;
        }
        let name = raw.get(..3).unwrap_or_default();
        self.messages += usize::from(name == "MSH");
        self.messages < 2 && !(matches!(third, b'S') && ENVELOPES.contains(&name))
    }
}

/// The separators are ASCII.
pub(super) fn byte(separator: char) -> u8 {
    u8::try_from(separator).unwrap_or_default()
}

fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// How many separators there are.
fn parts(bytes: &[u8], delimiters: &Delimiters) -> usize {
    let Delimiters { field, component, repetition, subcomponent, .. } = *delimiters;
    let separators = [field, component, repetition, subcomponent].map(byte);
    bytes.iter().filter(|letter| separators.contains(letter)).count()
}

/// The number of a field that repeats too often. Only fields long enough for that are looked through.
fn repeating(raw: &str, marks: &[u32], start: usize, repetition: u8) -> Option<usize> {
    let ends = marks.iter().skip(1).map(|mark| *mark as usize - start).chain([raw.len()]);
    let mut fields = marks.iter().zip(ends).enumerate();
    let header = usize::from(raw.starts_with("MSH"));
    fields.find_map(|(number, (mark, end))| {
        let field = raw.as_bytes().get(*mark as usize - start + 1..end)?;
        let many = field.len() >= MAX_REPETITIONS
            && field.iter().filter(|letter| **letter == repetition).count() >= MAX_REPETITIONS;
        many.then_some(number + 1 + header)
    })
}
