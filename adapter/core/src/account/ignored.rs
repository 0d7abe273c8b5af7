//! What the profile lists as of no concern.

use crate::view::Place;
use access_mappings::Pattern;
use std::collections::{BTreeMap, BTreeSet};

/// Lines about HL7 v2, looked up by segment.
pub(super) struct Fields<'p>(BTreeMap<String, Vec<(Pattern, &'p str)>>);

impl<'p> Fields<'p> {
    pub(super) fn of(lines: &'p [String]) -> Self {
        let mut fields: BTreeMap<String, Vec<(Pattern, &str)>> = BTreeMap::new();
        for line in lines {
            // What cannot be read names nothing; the linter has told.
            let Ok(pattern) = line.parse::<Pattern>() else { continue };
            fields.entry(pattern.segment.clone()).or_default().push((pattern, line.as_str()));
        }
        Self(fields)
    }

    /// The line that names a place.
    pub(super) fn naming(&self, place: &Place) -> Option<&'p str> {
        let place_of = [place.field.unwrap_or(0), place.component.unwrap_or(1), place.subcomponent.unwrap_or(1)];
        self.0.get(&place.segment)?.iter().find(|(pattern, _)| pattern.names(place_of)).map(|(_, line)| *line)
    }
}

/// Lines about elements of a tree.
pub(super) struct Elements<'p> {
    lines: BTreeSet<&'p str>,
    separator: char,
    /// Before an absolute path.
    root: &'static str,
    /// Before a name that may stand anywhere.
    anywhere: &'static str,
}

impl<'p> Elements<'p> {
    pub(super) fn of_fhir(lines: &'p [String]) -> Self {
        Self { lines: lines.iter().map(String::as_str).collect(), separator: '.', root: "", anywhere: "**." }
    }

    pub(super) fn of_ccda(lines: &'p [String]) -> Self {
        Self { lines: lines.iter().map(String::as_str).collect(), separator: '/', root: "/", anywhere: "//" }
    }

    /// The line that names an element or one above it, by the names from the root on.
    pub(super) fn naming(&self, steps: &[&str]) -> Option<&'p str> {
        let mut path = self.root.to_owned();
        let mut other = "*".to_owned();
        for (position, step) in steps.iter().enumerate() {
            if position > 0 {
                path.push(self.separator);
                other.push(self.separator);
                other.push_str(step);
            }
            path.push_str(step);
            let anywhere = format!("{}{step}", self.anywhere);
            let line = [path.as_str(), other.as_str(), anywhere.as_str()]
                .into_iter()
                .find_map(|candidate| self.lines.get(candidate));
            if line.is_some() {
                return line.copied();
            }
        }
        None
    }
}
