//! Fields and what is inside them.

use super::Place;
use super::index::byte;
use super::segment::Segment;
use super::split::{Parts, count, divides, part};
use super::value::{Depth, NULL, Value};
use super::watch::Spot;
use std::fmt;

/// Where something is. Numbers that are not settled yet are 1.
#[derive(Clone, Copy)]
pub(super) struct At<'m> {
    pub(super) segment: &'m Segment<'m>,
    field: u32,
    repetition: u32,
    component: u32,
    /// Whether the field has more than one repetition.
    repeats: bool,
    /// Whether the component is the only one of its repetition.
    alone: bool,
}

impl<'m> At<'m> {
    pub(super) fn field(segment: &'m Segment<'m>, number: usize) -> Self {
        Self { segment, field: small(number), repetition: 1, component: 1, repeats: false, alone: false }
    }

    /// The field's place.
    fn place(&self) -> Place {
        Place { field: Some(self.field as usize), ..self.segment.place() }
    }

    /// The place with as much as is shown at a depth.
    pub(super) fn place_at(&self, depth: Depth, subcomponent: u32) -> Place {
        Place {
            repetition: self.repeats.then_some(self.repetition as usize),
            component: (depth != Depth::Field).then_some(self.component as usize),
            subcomponent: (depth == Depth::Subcomponent).then_some(subcomponent as usize),
            ..self.place()
        }
    }

    /// The path of [`At::place_at`], written without a detour: origins of facts are many.
    pub(super) fn path_at(&self, depth: Depth, subcomponent: u32) -> String {
        let mut path = self.path();
        if self.repeats {
            path.push('[');
            push_number(&mut path, self.repetition);
            path.push(']');
        }
        if depth != Depth::Field {
            path.push('.');
            push_number(&mut path, self.component);
        }
        if depth == Depth::Subcomponent {
            path.push('.');
            push_number(&mut path, subcomponent);
        }
        path
    }

    /// The field's path.
    fn path(&self) -> String {
        let mut path = self.segment.path();
        path.push('-');
        push_number(&mut path, self.field);
        path
    }

    pub(super) fn spot(&self, subcomponent: u32) -> Spot {
        Spot {
            segment: self.segment.position,
            field: self.field,
            repetition: self.repetition,
            component: self.component,
            subcomponent,
        }
    }

    /// Whether this is `MSH-1` or `MSH-2`, which say what separates and are not separated.
    pub(super) fn is_literal(&self) -> bool {
        self.segment.is_header && self.field <= 2
    }

    /// A separator in force here. No text in normal form ends in or is separated by a NUL.
    fn separator(&self, separator: char) -> u8 {
        if self.is_literal() { 0 } else { byte(separator) }
    }

    fn between_repetitions(&self) -> u8 {
        self.separator(self.segment.delimiters.repetition)
    }

    fn between_components(&self) -> u8 {
        self.separator(self.segment.delimiters.component)
    }

    fn between_subcomponents(&self) -> u8 {
        self.separator(self.segment.delimiters.subcomponent)
    }
}

/// Writes a number in decimal digits.
pub(super) fn push_number(text: &mut String, number: u32) {
    if number > 9 {
        push_number(text, number / 10);
    }
    text.extend(char::from_digit(number % 10, 10));
}

/// Numbers as they are kept.
fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A field of a segment, possibly one that is not there.
#[derive(Clone, Copy)]
pub struct Field<'m> {
    pub(super) at: At<'m>,
    pub(super) raw: &'m str,
}

impl<'m> Field<'m> {
    /// The repetitions, in order.
    pub fn repetitions(&self) -> impl Iterator<Item = Repetition<'m>> + use<'m> {
        let at = At { repeats: divides(self.raw, self.at.between_repetitions()), ..self.at };
        Parts::of(self.raw, at.between_repetitions())
            .map(move |(number, raw)| Repetition { at: At { repetition: small(number), ..at }, raw })
    }

    /// How many repetitions there are; 0 where the field is empty.
    #[must_use]
    pub fn count(&self) -> usize {
        count(self.raw, self.at.between_repetitions())
    }

    /// One repetition, from 1. To go through all of them, [`Field::repetitions`] is faster.
    #[must_use]
    pub fn repetition(&self, number: usize) -> Repetition<'m> {
        let separator = self.at.between_repetitions();
        let raw = part(self.raw, separator, number);
        let repeats = match raw {
            // Only a field that goes on behind its first repetition has others.
            Some(first) if number == 1 => first.len() < self.raw.len(),
            Some(_) => true,
            None => divides(self.raw, separator),
        };
        Repetition { at: At { repetition: small(number), repeats, ..self.at }, raw: raw.unwrap_or_default() }
    }

    /// A component of the first repetition.
    #[must_use]
    pub fn component(&self, number: usize) -> Component<'m> {
        self.repetition(1).component(number)
    }

    /// The field as a simple value: the first component of the first repetition, addressed as the field.
    #[must_use]
    pub fn value(&self) -> Value<'m> {
        Value { depth: Depth::Field, ..self.component(1).value() }
    }

    /// The number of the field.
    #[must_use]
    pub fn number(&self) -> usize {
        self.at.field as usize
    }

    /// The whole field as it came.
    #[must_use]
    pub fn raw(&self) -> &'m str {
        self.raw
    }

    /// Whether the whole field is `""`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        let is_null = self.raw.trim() == NULL;
        if is_null {
            self.value().note();
        }
        is_null
    }

    /// Where the field is.
    #[must_use]
    pub fn place(&self) -> Place {
        self.at.place()
    }

    /// Path of the field.
    #[must_use]
    pub fn path(&self) -> String {
        self.at.path()
    }
}

/// One repetition of a field.
#[derive(Clone, Copy)]
pub struct Repetition<'m> {
    at: At<'m>,
    raw: &'m str,
}

impl<'m> Repetition<'m> {
    /// A component, from 1. To go through all of them, [`Repetition::components`] is faster.
    #[must_use]
    pub fn component(&self, number: usize) -> Component<'m> {
        let raw = part(self.raw, self.at.between_components(), number).unwrap_or_default();
        let alone = raw.len() == self.raw.len();
        Component { at: At { component: small(number), alone, ..self.at }, raw }
    }

    /// The components, in order.
    pub fn components(&self) -> impl Iterator<Item = Component<'m>> + use<'m> {
        let (at, whole) = (self.at, self.raw);
        Parts::of(whole, at.between_components()).map(move |(number, raw)| Component {
            at: At { component: small(number), alone: raw.len() == whole.len(), ..at },
            raw,
        })
    }

    /// How many components there are; 0 where the repetition is empty.
    #[must_use]
    pub fn count(&self) -> usize {
        count(self.raw, self.at.between_components())
    }

    /// The whole repetition as it came.
    #[must_use]
    pub fn raw(&self) -> &'m str {
        self.raw
    }

    /// Whether there is nothing but separators and blanks in it.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.components().all(|component| component.is_absent())
    }

    /// Where the repetition is.
    #[must_use]
    pub fn place(&self) -> Place {
        self.at.place_at(Depth::Field, 0)
    }

    /// Path of the repetition.
    #[must_use]
    pub fn path(&self) -> String {
        self.at.path_at(Depth::Field, 0)
    }
}

/// One component.
#[derive(Clone, Copy)]
pub struct Component<'m> {
    at: At<'m>,
    raw: &'m str,
}

impl<'m> Component<'m> {
    /// The component as a simple value: its first subcomponent, addressed as the component.
    #[must_use]
    pub fn value(&self) -> Value<'m> {
        Value { depth: Depth::Component, ..self.subcomponent(1) }
    }

    /// A subcomponent, from 1. To go through all of them, [`Component::subcomponents`] is faster.
    #[must_use]
    pub fn subcomponent(&self, number: usize) -> Value<'m> {
        let raw = part(self.raw, self.at.between_subcomponents(), number).unwrap_or_default();
        Value { raw, at: self.at, subcomponent: small(number), depth: Depth::Subcomponent }
    }

    /// The subcomponents, in order.
    pub fn subcomponents(&self) -> impl Iterator<Item = Value<'m>> + use<'m> {
        let at = self.at;
        Parts::of(self.raw, at.between_subcomponents()).map(move |(number, raw)| Value {
            raw,
            at,
            subcomponent: small(number),
            depth: Depth::Subcomponent,
        })
    }

    /// How many subcomponents there are; 0 where the component is empty.
    #[must_use]
    pub fn count(&self) -> usize {
        count(self.raw, self.at.between_subcomponents())
    }

    /// The whole component as it came.
    #[must_use]
    pub fn raw(&self) -> &'m str {
        self.raw
    }

    /// The component with all its subcomponents as one text: senders leave ampersands of names unescaped.
    #[must_use]
    pub fn whole(&self) -> Value<'m> {
        Value { raw: self.raw, at: self.at, subcomponent: 0, depth: Depth::Component }
    }

    /// Whether there is nothing but separators and blanks in it.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.subcomponents().all(|value| value.is_absent())
    }

    /// Its populated pieces, each with the shortest path that leads to it.
    pub(super) fn pieces(&self) -> impl Iterator<Item = Value<'m>> + use<'m> {
        let whole = self.raw.len();
        self.subcomponents().filter(|value| !value.is_absent()).map(move |value| {
            let depth = match (value.raw.len() == whole, value.at.alone) {
                (true, true) => Depth::Field,
                (true, false) => Depth::Component,
                (false, _) => Depth::Subcomponent,
            };
            Value { depth, ..value }
        })
    }
}

impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Field({})", self.place())
    }
}

impl fmt::Debug for Repetition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Repetition({})", self.place())
    }
}

impl fmt::Debug for Component<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Component({})", self.at.place_at(Depth::Component, 0))
    }
}
