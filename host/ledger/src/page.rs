//! Pages: every list is read in slices by an index, however long it is.

use crate::Bounds;

/// Where a page ended. Opaque; valid for the list it came from, forever, whatever is added meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub(crate) i64);

impl Cursor {
    /// Reads what `Display` wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A slice of a list, newest first unless the method says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page starts; unset at the end of the list.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Cuts rows that were read with one more than the limit.
    pub(crate) fn cut(mut rows: Vec<(i64, T)>, limit: usize) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(|(seq, _)| Cursor(*seq)) } else { None };
        Self { items: rows.into_iter().map(|(_, row)| row).collect(), next }
    }
}

/// A limit between one row and the bound.
pub(crate) fn rows(limit: usize) -> usize {
    limit.clamp(1, Bounds::ROWS)
}
