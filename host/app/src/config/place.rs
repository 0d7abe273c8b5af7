//! Where things stand in the configuration file, as an editor counts.

use std::fmt;
use toml::de::{DeTable, DeValue};

/// A line and a column, from 1; columns count letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    line: usize,
    column: usize,
}

/// `12:3`
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl Place {
    /// Line and column.
    #[must_use]
    pub const fn parts(self) -> (usize, usize) {
        (self.line, self.column)
    }

    /// The place of a byte.
    #[must_use]
    pub fn of_offset(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { line: before.matches('\n').count() + 1, column }
    }

    /// The place of a key's value, by its path: `limits.requests`, `route.1.kind`. Where the file does not have the key, the place
    /// of what it would stand in, if that is there.
    #[must_use]
    pub fn of_key(text: &str, path: &str) -> Option<Self> {
        let root = DeTable::parse(text).ok()?;
        let mut found = None;
        let mut parts = path.split('.');
        let first = parts.next()?;
        let mut value = root.get_ref().get(first)?;
        loop {
            found = Some(value.span().start).filter(|offset| *offset < text.len()).or(found);
            let Some(part) = parts.next() else { break };
            let inner = match value.get_ref() {
                DeValue::Table(table) => table.get(part),
                DeValue::Array(items) => part.parse().ok().and_then(|index: usize| items.get(index)),
                _ => None,
            };
            let Some(inner) = inner else { break };
            value = inner;
        }
        found.map(|offset| Self::of_offset(text, offset))
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_value_is_found_where_it_stands_or_where_it_would() {
        let text = "a = 1\n[b]\nc = \"x\"\n[[d]]\ne = 1\n[[d]]\n  f = [1, 2]\n";
        let place = |path: &str| Place::of_key(text, path).map(|place| place.to_string());
        assert_eq!(place("a").as_deref(), Some("1:5"));
        assert_eq!(place("b.c").as_deref(), Some("3:5"));
        assert_eq!(place("b.other").as_deref(), Some("2:1"));
        assert_eq!(place("d.1.f").as_deref(), Some("7:7"));
        assert_eq!(place("d.1.g").as_deref(), Some("6:1"));
        assert_eq!(place("z"), None);
    }
}
