//! Fields and what is inside them.

use super::escape::{Decoded, decode};
use super::segment::Head;
use super::split::{ComponentParts, FieldParts, RepetitionParts};
use super::{Delimiters, Place};
use std::borrow::Cow;

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

/// A field of a segment, possibly one that is not there.
#[derive(Debug, Clone, Copy)]
pub struct Field<'m> {
    pub(super) head: Head<'m>,
    pub(super) number: usize,
    pub(super) parts: Option<&'m FieldParts<'m>>,
}

impl<'m> Field<'m> {
    /// The repetitions, in order.
    pub fn repetitions(&self) -> impl Iterator<Item = Repetition<'m>> + use<'m> {
        let field = *self;
        (1..=self.count()).map(move |number| field.repetition(number))
    }

    /// How many repetitions there are; 0 where the field is empty.
    #[must_use]
    pub fn count(&self) -> usize {
        self.parts.filter(|parts| !parts.raw_value().is_empty()).map_or(0, |parts| parts.repeats.len())
    }

    /// One repetition, from 1.
    #[must_use]
    pub fn repetition(&self, number: usize) -> Repetition<'m> {
        let parts = number.checked_sub(1).and_then(|index| self.parts?.repeats.get(index));
        Repetition { field: *self, number, parts }
    }

    /// A component of the first repetition.
    #[must_use]
    pub fn component(&self, number: usize) -> Component<'m> {
        self.repetition(1).component(number)
    }

    /// The field as a simple value: the first component of the first repetition, addressed as the field.
    #[must_use]
    pub fn value(&self) -> Value<'m> {
        Value { component: None, subcomponent: None, ..self.component(1).value() }
    }

    /// The whole field as it came.
    #[must_use]
    pub fn raw(&self) -> &'m str {
        self.parts.map_or("", FieldParts::raw_value)
    }

    /// Whether the whole field is `""`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.raw().trim() == NULL
    }

    /// Path of the field.
    #[must_use]
    pub fn path(&self) -> String {
        self.place().to_string()
    }

    fn place(&self) -> Place {
        Place { field: Some(self.number), ..self.head.place() }
    }
}

/// One repetition of a field.
#[derive(Debug, Clone, Copy)]
pub struct Repetition<'m> {
    field: Field<'m>,
    number: usize,
    parts: Option<&'m RepetitionParts<'m>>,
}

impl<'m> Repetition<'m> {
    /// A component, from 1.
    #[must_use]
    pub fn component(&self, number: usize) -> Component<'m> {
        let parts = number.checked_sub(1).and_then(|index| self.parts?.components.get(index));
        Component { repetition: *self, number, parts }
    }

    /// How many components there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.parts.map_or(0, |parts| parts.components.len())
    }

    /// Whether there is nothing but separators and blanks in it.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        (1..=self.count()).all(|number| self.component(number).is_absent())
    }

    /// Path of the repetition.
    #[must_use]
    pub fn path(&self) -> String {
        Place { repetition: self.shown(), ..self.field.place() }.to_string()
    }

    fn shown(&self) -> Option<usize> {
        (self.field.count() > 1).then_some(self.number)
    }
}

/// One component.
#[derive(Debug, Clone, Copy)]
pub struct Component<'m> {
    repetition: Repetition<'m>,
    number: usize,
    parts: Option<&'m ComponentParts<'m>>,
}

impl<'m> Component<'m> {
    /// The component as a simple value: its first subcomponent, addressed as the component.
    #[must_use]
    pub fn value(&self) -> Value<'m> {
        Value { subcomponent: None, ..self.subcomponent(1) }
    }

    /// A subcomponent, from 1.
    #[must_use]
    pub fn subcomponent(&self, number: usize) -> Value<'m> {
        let parts = number.checked_sub(1).and_then(|index| self.parts?.subcomponents.get(index));
        self.holding(parts.map_or("", |parts| parts.value), Some(number))
    }

    /// How many subcomponents there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.parts.map_or(0, |parts| parts.subcomponents.len())
    }

    /// The component with all its subcomponents as one text: senders leave ampersands of names unescaped.
    #[must_use]
    pub fn whole(&self) -> Value<'m> {
        self.holding(self.parts.map_or("", ComponentParts::raw_value), None)
    }

    fn is_absent(&self) -> bool {
        (1..=self.count()).all(|number| self.subcomponent(number).is_absent())
    }

    fn holding(&self, raw: &'m str, subcomponent: Option<usize>) -> Value<'m> {
        Value { raw, repetition: self.repetition, component: Some(self.number), subcomponent }
    }
}

/// `""` on the wire.
const NULL: &str = "\"\"";

/// A single value with its path.
#[derive(Debug, Clone, Copy)]
pub struct Value<'m> {
    raw: &'m str,
    repetition: Repetition<'m>,
    component: Option<usize>,
    subcomponent: Option<usize>,
}

impl<'m> Value<'m> {
    /// The value as it came.
    #[must_use]
    pub fn raw(&self) -> &'m str {
        self.raw
    }

    /// What the value says.
    #[must_use]
    pub fn content(&self) -> Content<'m> {
        match self.raw.trim() {
            "" => Content::Absent,
            NULL => Content::Null,
            _ => Content::Text(self.decoded().text),
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
        let decoded = decode(self.raw.trim(), self.delimiters());
        let text = match decoded.text {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        };
        Decoded { text, unknown: decoded.unknown }
    }

    /// Whether nothing stands there.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.raw.trim().is_empty()
    }

    /// Whether it is `""`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.raw.trim() == NULL
    }

    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            repetition: self.repetition.shown(),
            component: self.component,
            subcomponent: self.subcomponent,
            ..self.repetition.field.place()
        }
    }

    /// Its path, for example `IN1[1]-49.1`.
    #[must_use]
    pub fn path(&self) -> String {
        self.place().to_string()
    }

    fn delimiters(&self) -> &'m Delimiters {
        self.repetition.field.head.delimiters
    }
}
