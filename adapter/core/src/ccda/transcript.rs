//! A document written down as the segments that say the same, with the element each part came from.
//!
//! The rules that read HL7 v2 then read the document too: one set of rules for the Medicare number, coverage, names, codes
//! and results, whichever format they came in. Places are translated back afterwards, see [`super::places`].

use super::tree::{Id, Node};
use crate::view::encode;
use std::collections::BTreeMap;

/// Field, repetition, component, subcomponent; all from 1.
pub(super) type Spot = (usize, usize, usize, usize);

/// One segment being written.
pub(super) struct Row {
    name: &'static str,
    /// What it is made of as a whole.
    whole: Id,
    cells: BTreeMap<Spot, (String, Id)>,
}

impl Row {
    /// An empty segment about an element.
    pub(super) fn new(name: &'static str, whole: Node<'_>) -> Self {
        Self { name, whole: whole.id, cells: BTreeMap::new() }
    }

    /// Sets a component of the first repetition.
    #[inline(never)]
    pub(super) fn put(&mut self, field: usize, component: usize, text: &str, from: Node<'_>) {
        self.put_at((field, 1, component, 1), text, from);
    }

    /// Sets a part. Empty text says nothing.
    #[inline(never)]
    pub(super) fn put_at(&mut self, spot: Spot, text: &str, from: Node<'_>) {
        if !text.is_empty() {
            self.cells.insert(spot, (text.to_owned(), from.id));
        }
    }

    /// Sets a component to an attribute of a child.
    pub(super) fn put_of(&mut self, field: usize, component: usize, node: Node<'_>, child: &'static str, name: &str) {
        if let Some(child) = node.child(child)
            && let Some(text) = child.attribute(name)
        {
            self.put(field, component, &text, child);
        }
    }

    /// Whether anything was set.
    pub(super) fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Whether a field was set.
    pub(super) fn has(&self, field: usize) -> bool {
        self.cells.keys().any(|spot| spot.0 == field)
    }
}

/// The segments written so far.
#[derive(Default)]
pub(super) struct Transcript {
    pub(super) text: String,
    counts: BTreeMap<&'static str, usize>,
    /// The element of each segment, by name and number.
    pub(super) segments: BTreeMap<(&'static str, usize), Id>,
    /// The element of each part.
    pub(super) parts: BTreeMap<(&'static str, usize, Spot), Id>,
}

impl Transcript {
    /// Adds a segment.
    pub(super) fn add(&mut self, row: Row) {
        let count = self.counts.entry(row.name).or_default();
        *count += 1;
        let number = *count;
        self.segments.insert((row.name, number), row.whole);
        if !self.text.is_empty() {
            self.text.push('\r');
        }
        self.text.push_str(row.name);
        // MSH-1 is the separator itself, MSH-2 stands right behind it.
        let mut at: Spot = if row.name == "MSH" {
            self.text.push_str("|^~\\&|");
            (3, 1, 1, 1)
        } else {
            self.text.push('|');
            (1, 1, 1, 1)
        };
        for (spot, (text, from)) in row.cells {
            while at.0 < spot.0 {
                self.text.push('|');
                at = (at.0 + 1, 1, 1, 1);
            }
            while at.1 < spot.1 {
                self.text.push('~');
                at = (at.0, at.1 + 1, 1, 1);
            }
            while at.2 < spot.2 {
                self.text.push('^');
                at = (at.0, at.1, at.2 + 1, 1);
            }
            while at.3 < spot.3 {
                self.text.push('&');
                at.3 += 1;
            }
            self.text.push_str(&encode(&text));
            self.parts.insert((row.name, number, spot), from);
        }
    }
}
