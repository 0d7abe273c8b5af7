//! A person's facts as segments, with the FHIRPath of every cell.
//!
//! The rules for numbers, names, dates, plans and codes are those of [`crate::read`]. They read segments, so that is what a
//! resource is restated as; issues and origins then get the path of the element the cell came from.

use crate::view::{Place, encode};
use std::collections::BTreeMap;

/// Segment, occurrence, field, repetition, component; zeros stand for the whole.
type Spot = (String, usize, usize, usize, usize);

/// Segments under construction.
#[derive(Debug)]
pub(super) struct Sheet {
    text: String,
    counts: BTreeMap<&'static str, usize>,
    name: &'static str,
    cells: BTreeMap<(usize, usize, usize, usize), String>,
    paths: BTreeMap<Spot, String>,
}

impl Sheet {
    /// A sheet with its header.
    pub(super) fn new() -> Self {
        Self {
            text: "MSH|^~\\&|".to_owned(),
            counts: BTreeMap::new(),
            name: "",
            cells: BTreeMap::new(),
            paths: BTreeMap::new(),
        }
    }

    /// Begins a segment that restates the element at `path`; its occurrence.
    pub(super) fn open(&mut self, name: &'static str, path: &str) -> usize {
        self.close();
        self.name = name;
        let count = self.counts.entry(name).or_default();
        *count += 1;
        let occurrence = *count;
        self.paths.insert((name.to_owned(), occurrence, 0, 0, 0), path.to_owned());
        occurrence
    }

    /// Fills a component of the first repetition.
    pub(super) fn set(&mut self, field: usize, component: usize, value: &str, path: &str) {
        self.put(field, 1, component, value, path);
    }

    /// Fills a component. Nothing is written where there is nothing to write.
    pub(super) fn put(&mut self, field: usize, repetition: usize, component: usize, value: &str, path: &str) {
        self.part(field, repetition, component, 1, value, path);
    }

    /// Fills a subcomponent.
    pub(super) fn part(
        &mut self,
        field: usize,
        repetition: usize,
        component: usize,
        subcomponent: usize,
        value: &str,
        path: &str,
    ) {
        // In a name such characters stop what depends on it; elsewhere they are blanks.
        let is_name = self.name == "PID" && field == 5;
        let is_kept = |letter: char| !letter.is_control() || (is_name && matches!(letter, '\t' | '\n' | '\r'));
        let clean: String = value.chars().map(|letter| if is_kept(letter) { letter } else { ' ' }).collect();
        let clean = clean.trim();
        // Two double quotes mean deletion in a segment, and nothing in particular in FHIR.
        if clean.is_empty() || clean == "\"\"" {
            return;
        }
        let is_rewritten = self.cells.insert((field, repetition, component, subcomponent), encode(clean)).is_some();
        let occurrence = self.counts.get(self.name).copied().unwrap_or(1);
        let spot = |(repetition, component)| (self.name.to_owned(), occurrence, field, repetition, component);
        let own = spot((repetition, component));
        // What stood there before is gone, and so is its place.
        let gone = if is_rewritten { self.paths.insert(own, path.to_owned()) } else { None };
        for spot in [(0, 0), (repetition, 0), (repetition, component)].map(spot) {
            let known = self.paths.entry(spot).or_insert_with(|| path.to_owned());
            if gone.as_ref() == Some(known) {
                path.clone_into(known);
            }
        }
    }

    fn close(&mut self) {
        if self.name.is_empty() {
            return;
        }
        let mut line = format!("\r{}|", self.name);
        let mut at = (1, 1, 1, 1);
        for ((field, repetition, component, subcomponent), value) in std::mem::take(&mut self.cells) {
            let steps =
                [(at.0, field, '|'), (at.1, repetition, '~'), (at.2, component, '^'), (at.3, subcomponent, '&')];
            let mut moved = false;
            for (from, to, separator) in steps {
                let from = if moved { 1 } else { from };
                line.extend(std::iter::repeat_n(separator, to.saturating_sub(from)));
                moved |= from != to;
            }
            line.push_str(&value);
            at = (field, repetition, component, subcomponent);
        }
        self.text.push_str(&line);
        self.name = "";
    }

    /// The text of all segments, and the paths.
    pub(super) fn finish(mut self) -> (String, Paths) {
        self.close();
        (self.text, Paths(self.paths))
    }
}

/// From cells to elements.
#[derive(Debug)]
pub(super) struct Paths(BTreeMap<Spot, String>);

impl Paths {
    /// The FHIRPath of a segment path; the text as it is where it is none.
    pub(super) fn of(&self, location: &str) -> String {
        let Ok(place) = location.parse::<Place>() else { return location.to_owned() };
        let occurrence = place.occurrence.unwrap_or(1);
        let (field, repetition) = (place.field.unwrap_or(0), place.repetition.unwrap_or(1));
        let component = place.component.unwrap_or(1);
        let spots = [(field, repetition, component), (field, repetition, 0), (field, 0, 0), (0, 0, 0)];
        let found = spots.into_iter().find_map(|(field, repetition, component)| {
            self.0.get(&(place.segment.clone(), occurrence, field, repetition, component))
        });
        found.or_else(|| self.0.get(&("PID".to_owned(), 1, 0, 0, 0))).cloned().unwrap_or_default()
    }

    /// Which occurrence of its segment a path names.
    pub(super) fn occurrence(location: &str) -> Option<usize> {
        location.parse::<Place>().ok()?.occurrence
    }
}

#[cfg(test)]
mod tests {
    use super::Sheet;

    #[test]
    fn cells_stand_where_they_belong_and_know_their_elements() {
        let mut sheet = Sheet::new();
        sheet.open("PID", "Patient");
        sheet.put(3, 1, 1, "77", "Patient.identifier[0].value");
        sheet.part(3, 1, 4, 2, "1.2.3", "Patient.identifier[0].system");
        sheet.put(3, 2, 1, "88", "Patient.identifier[2].value");
        sheet.set(5, 2, "a|b\u{b}c", "Patient.name[0].given[0]");
        sheet.set(7, 1, "\"\"", "Patient.birthDate");
        sheet.set(8, 1, "x", "Patient.one");
        sheet.set(8, 1, "y", "Patient.other");
        sheet.open("IN1", "Coverage");
        sheet.open("IN1", "Coverage");
        sheet.set(2, 2, "x", "Coverage.type.text");
        let (text, paths) = sheet.finish();
        assert_eq!(text, "MSH|^~\\&|\rPID|||77^^^&1.2.3~88||^a\\F\\b c|||y\rIN1|\rIN1||^x");
        for (location, path) in [
            ("PID-3[2].1", "Patient.identifier[2].value"),
            ("PID-3.4", "Patient.identifier[0].system"),
            ("PID-3[2]", "Patient.identifier[2].value"),
            ("PID-5", "Patient.name[0].given[0]"),
            ("PID-7", "Patient"),
            ("PID-8", "Patient.other"),
            ("PID-8.1", "Patient.other"),
            ("IN1[2]-2.2", "Coverage.type.text"),
            ("PV1-19", "Patient"),
            ("Patient.name", "Patient.name"),
        ] {
            assert_eq!(paths.of(location), path, "{location}");
        }
    }
}
