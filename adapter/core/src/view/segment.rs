//! One segment.

use super::field::{At, Field, push_number};
use super::watch::Watch;
use super::{Delimiters, Place};
use std::fmt;
use std::rc::Rc;

/// A segment of a message. Knows where its fields are; what is inside them is found when asked for.
#[derive(Clone)]
pub struct Segment<'t> {
    pub(super) raw: &'t str,
    /// Where the segment begins in the text.
    pub(super) start: usize,
    /// Field separators, by their place in the text.
    pub(super) marks: &'t [u32],
    pub(super) delimiters: &'t Delimiters,
    pub(super) watch: Option<Rc<Watch>>,
    /// Its position among all.
    pub(super) position: u32,
    /// Position of the next segment of this name; 0 is none, since the header comes first.
    pub(super) next: u32,
    pub(super) occurrence: u32,
    pub(super) shows_occurrence: bool,
    pub(super) is_header: bool,
}

impl<'t> Segment<'t> {
    /// The same segment, with looks at it not remembered: for copies that are no use of a value.
    #[must_use]
    pub fn unwatched(&self) -> Self {
        Self { watch: None, ..self.clone() }
    }

    /// The segment id.
    #[must_use]
    pub fn name(&self) -> &str {
        self.raw.get(..3).unwrap_or_default()
    }

    /// Which segment of this name in the message it is, from 1.
    #[must_use]
    pub fn occurrence(&self) -> usize {
        self.occurrence as usize
    }

    /// The whole segment in normal form.
    #[must_use]
    pub fn raw(&self) -> &str {
        self.raw
    }

    /// Where the segment is.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            segment: self.name().to_owned(),
            occurrence: self.shows_occurrence.then_some(self.occurrence()),
            field: None,
            repetition: None,
            component: None,
            subcomponent: None,
        }
    }

    /// Its path, for example `IN1[2]` or `PID`.
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = String::with_capacity(20);
        path.push_str(self.name());
        if self.shows_occurrence {
            path.push('[');
            push_number(&mut path, self.occurrence);
            path.push(']');
        }
        path
    }

    /// A field, from 1. `MSH-1` and `MSH-2` are the separators.
    #[must_use]
    pub fn field(&self, number: usize) -> Field<'_> {
        Field { at: At::field(self, number), raw: self.slice(number).unwrap_or_default() }
    }

    /// The fields, in order.
    pub fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        (1..=self.count()).map(|number| self.field(number))
    }

    /// How many fields there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.marks.len() + usize::from(self.is_header)
    }

    /// The separators in force.
    #[must_use]
    pub fn delimiters(&self) -> &Delimiters {
        self.delimiters
    }

    fn slice(&self, number: usize) -> Option<&'t str> {
        if self.is_header && number == 1 {
            return self.raw.get(3..4);
        }
        let index = number.checked_sub(1 + usize::from(self.is_header))?;
        let start = *self.marks.get(index)? as usize + 1 - self.start;
        match self.marks.get(index + 1) {
            Some(mark) => self.raw.get(start..*mark as usize - self.start),
            None => self.raw.get(start..),
        }
    }
}

/// Tells where it is, never what stands there.
impl fmt::Debug for Segment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Segment({})", self.place())
    }
}
