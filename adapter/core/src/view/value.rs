//! A single value.

use super::Place;
use super::escape::{Decoded, decode};
use super::field::At;
use std::borrow::Cow;
use std::fmt;

/// `""` on the wire.
pub(super) const NULL: &str = "\"\"";

/// What a value says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content<'m> {
    /// Nothing stands there: no statement.
    Absent,
    /// Two double quotes: what was known is to be deleted.
    Null,
    /// Text, decoded and without blanks around it.
    Text(Cow<'m, str>),
}

/// How far down the path of a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    Field,
    Component,
    Subcomponent,
}

/// A single value with its path.
#[derive(Clone, Copy)]
pub struct Value<'m> {
    pub(super) raw: &'m str,
    pub(super) at: At<'m>,
    /// 0 is the component as a whole.
    pub(super) subcomponent: u32,
    pub(super) depth: Depth,
}

impl<'m> Value<'m> {
    /// The value as it came. Does not count as a look at it.
    #[must_use]
    pub fn raw(&self) -> &'m str {
        self.raw
    }

    /// What the value says.
    #[must_use]
    pub fn content(&self) -> Content<'m> {
        match trimmed(self.raw) {
            "" => Content::Absent,
            NULL => {
                self.note();
                Content::Null
            }
            raw => {
                self.note();
                Content::Text(self.decode(raw).text)
            }
        }
    }

    /// The text, decoded and trimmed; empty where there is none, also for `""`.
    #[must_use]
    pub fn text(&self) -> Cow<'m, str> {
        match self.content() {
            Content::Text(text) => text,
            Content::Absent | Content::Null => Cow::Borrowed(""),
        }
    }

    /// The text with word of escape sequences that could not be decoded. Does not look for `""`.
    #[must_use]
    pub fn decoded(&self) -> Decoded<'m> {
        self.note();
        self.decode(trimmed(self.raw))
    }

    fn decode(&self, raw: &'m str) -> Decoded<'m> {
        if self.at.is_literal() {
            return Decoded { text: Cow::Borrowed(raw), unknown: false, undecodable: false };
        }
        let decoded = decode(raw, self.at.segment.delimiters);
        let text = match decoded.text {
            Cow::Borrowed(text) => Cow::Borrowed(text),
            Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        };
        Decoded { text, ..decoded }
    }

    /// Whether the sender cut it off, which the truncation character at its end says (HL7 v2.7 chapter 2).
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        let delimiters = self.at.segment.delimiters;
        delimiters.truncates && !self.at.is_literal() && self.raw.trim_end().ends_with(delimiters.truncation)
    }

    /// Whether nothing stands there.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        trimmed(self.raw).is_empty()
    }

    /// Whether it is `""`. Only a `true` counts as a look at it.
    #[must_use]
    pub fn is_null(&self) -> bool {
        let is_null = trimmed(self.raw) == NULL;
        if is_null {
            self.note();
        }
        is_null
    }

    /// Whether the content was looked at, through this value or another of the same place. Never in a message that is not
    /// [watched](super::Message::watched).
    #[must_use]
    pub fn is_touched(&self) -> bool {
        let Some(watch) = &self.at.segment.watch else { return false };
        self.at.is_literal() || watch.has(self.at.spot(self.subcomponent))
    }

    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Place {
        self.at.place_at(self.depth, self.subcomponent)
    }

    /// Its path, for example `IN1[1]-49.1`.
    #[must_use]
    pub fn path(&self) -> String {
        self.at.path_at(self.depth, self.subcomponent)
    }

    /// Notes that somebody looked, where that is watched.
    pub(super) fn note(&self) {
        if let Some(watch) = &self.at.segment.watch
            && !self.is_absent()
        {
            watch.note(self.at.spot(self.subcomponent));
        }
    }
}

/// A text without blanks around it. Most have none, and are not searched for them.
pub(super) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [] => text,
        [only] if only.is_ascii_graphic() => text,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// Tells where it is, never what stands there.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({})", self.place())
    }
}
