//! Sets of ICD-10-CM codes, kept as text that is searched in place.
//!
//! A guide version lists some 3,300 codes. Building a hash table of them each time a profile is loaded would cost more
//! than the work of a message, so a set stays one string of fixed-width records in ascending order.

use serde::{Deserialize, Serialize};

/// Width of one record in bytes: the longest ICD-10-CM code without its dot.
const WIDTH: usize = 7;

/// A set of ICD-10-CM codes: dotless, padded with blanks to seven bytes each, ascending, nothing between them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeSet(Box<str>);

impl CodeSet {
    /// Builds a set from dotted or dotless codes in any order. Codes longer than seven characters are left out.
    #[must_use]
    pub fn from_codes<'a>(codes: impl IntoIterator<Item = &'a str>) -> Self {
        let mut dotless: Vec<String> = codes
            .into_iter()
            .map(|code| code.replace('.', ""))
            .filter(|code| code.is_ascii() && code.len() <= WIDTH)
            .collect();
        dotless.sort_unstable();
        dotless.dedup();
        Self(dotless.iter().map(|code| format!("{code:<WIDTH$}")).collect::<String>().into())
    }

    /// Whether `code` (dotted or not, upper case) is in the set.
    #[must_use]
    pub fn contains(&self, code: &str) -> bool {
        let mut wanted = [b' '; WIDTH];
        for (used, byte) in code.bytes().filter(|byte| *byte != b'.').enumerate() {
            let Some(place) = wanted.get_mut(used) else { return false };
            *place = byte;
        }
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            let Some(record) = self.0.as_bytes().get(middle * WIDTH..(middle + 1) * WIDTH) else { return false };
            match record.cmp(wanted.as_slice()) {
                std::cmp::Ordering::Equal => return true,
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        false
    }

    /// How many codes it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len() / WIDTH
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The codes, dotless, ascending.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|n| self.0.get(n * WIDTH..(n + 1) * WIDTH)).map(str::trim_end)
    }
}

#[cfg(test)]
mod tests {
    use super::CodeSet;

    #[test]
    fn finds_every_member_dotted_or_not_and_nothing_else() {
        let set = CodeSet::from_codes(["I10", "E11.9", "I1A.0", "E08.3211"]);
        assert_eq!(set.len(), 4);
        for code in ["I10", "E11.9", "E119", "I1A.0", "E08.3211"] {
            assert!(set.contains(code), "{code}");
        }
        for code in ["", "I1", "I100", "E11", "E11.90", "Z99.2", "E08.32111", "........."] {
            assert!(!set.contains(code), "{code}");
        }
        assert_eq!(set.iter().collect::<Vec<_>>(), ["E083211", "E119", "I10", "I1A0"]);
    }
}
