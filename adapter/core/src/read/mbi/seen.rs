//! The Medicare numbers of a message, of any kind: they must not show in what is kept for notices, nor stand among other identifiers.

use super::form::normalise;
use std::collections::BTreeSet;

/// Normalised numbers.
#[derive(Debug, Default)]
pub(in crate::read) struct Seen(BTreeSet<String>);

impl Seen {
    /// Notes a number that is normalised already.
    pub(super) fn note(&mut self, number: String) {
        self.0.insert(number);
    }

    /// Whether a text is one of them, in whatever way it is written.
    pub(in crate::read) fn has(&self, text: &str) -> bool {
        // Most texts of a segment are shorter than any number.
        self.0.iter().any(|number| number.len() <= text.len()) && self.0.contains(&normalise(text))
    }
}
