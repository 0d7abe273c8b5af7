//! One segment.

use super::split::{FieldParts, split};
use super::value::Field;
use super::{Delimiters, Place};
use std::cell::OnceCell;

/// What every value of a segment knows of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'m> {
    name: &'m str,
    occurrence: Option<usize>,
    pub(super) delimiters: &'m Delimiters,
}

impl Head<'_> {
    pub(super) fn place(&self) -> Place {
        Place {
            segment: self.name.to_owned(),
            occurrence: self.occurrence,
            field: None,
            repetition: None,
            component: None,
            subcomponent: None,
        }
    }
}

/// A segment of a message. Split into fields when first asked for one.
#[derive(Debug)]
pub struct Segment<'t> {
    raw: &'t str,
    occurrence: usize,
    shows_occurrence: bool,
    delimiters: &'t Delimiters,
    parts: OnceCell<Vec<FieldParts<'t>>>,
}

impl<'t> Segment<'t> {
    /// A segment in normal form.
    pub(super) fn new(raw: &'t str, occurrence: usize, delimiters: &'t Delimiters) -> Self {
        let shows_occurrence = !super::place::SINGLE.contains(&raw.get(..3).unwrap_or_default());
        Self { raw, occurrence, shows_occurrence, delimiters, parts: OnceCell::new() }
    }

    /// Shows the occurrence in paths although the segment usually comes alone.
    pub(super) fn show_occurrence(&mut self) {
        self.shows_occurrence = true;
    }

    /// The segment id.
    #[must_use]
    pub fn name(&self) -> &str {
        self.raw.get(..3).unwrap_or_default()
    }

    /// Which segment of this name in the message it is, from 1.
    #[must_use]
    pub fn occurrence(&self) -> usize {
        self.occurrence
    }

    /// The whole segment in normal form.
    #[must_use]
    pub fn raw(&self) -> &str {
        self.raw
    }

    /// Where the segment is.
    #[must_use]
    pub fn place(&self) -> Place {
        self.head().place()
    }

    /// Its path, for example `IN1[2]` or `PID`.
    #[must_use]
    pub fn path(&self) -> String {
        self.place().to_string()
    }

    /// A field, from 1. `MSH-1` and `MSH-2` are the separators.
    #[must_use]
    pub fn field(&self, number: usize) -> Field<'_> {
        Field { head: self.head(), number, parts: number.checked_sub(1).and_then(|index| self.parts().get(index)) }
    }

    /// How many fields there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.parts().len()
    }

    /// The separators in force.
    #[must_use]
    pub fn delimiters(&self) -> &Delimiters {
        self.delimiters
    }

    fn head(&self) -> Head<'_> {
        Head {
            name: self.name(),
            occurrence: self.shows_occurrence.then_some(self.occurrence),
            delimiters: self.delimiters,
        }
    }

    /// Every segment in normal form can be split; the header, where that could fail, is split at once by the message.
    fn parts(&self) -> &[FieldParts<'t>] {
        self.parts.get_or_init(|| split(self.raw, self.delimiters).unwrap_or_default())
    }
}
