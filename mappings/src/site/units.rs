//! How feeds spell units, and the UCUM codes they mean.

use crate::dense::TextTable;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// Longest text that is looked up as a unit, in bytes.
const MAX_UNIT_BYTES: usize = 64;

/// Spellings of units with their UCUM codes.
///
/// A text is looked up as it stands, then folded: without case, blanks, brackets and signs for powers, the two micro signs
/// as `u`; then without UCUM's annotations in braces, which change no unit (`%{HbA1c}`). Every code in the table is a spelling of
/// itself. Where two codes fold to the same text, only exact spellings find them: nothing is guessed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitTable {
    exact: TextTable,
    /// Without those that several codes fold to.
    folded: TextTable,
}

impl UnitTable {
    /// The UCUM code of a text.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<&str> {
        let text = text.trim();
        if text.is_empty() || text.len() > MAX_UNIT_BYTES || self.exact.is_empty() {
            return None;
        }
        let known = |text: &str| self.exact.get(text).or_else(|| self.folded.get(&fold(text)));
        known(text).or_else(|| known(&unannotated(text)?))
    }

    /// The spellings as the file has them, with their codes.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &str)> {
        self.exact.iter()
    }
}

impl From<BTreeMap<String, String>> for UnitTable {
    fn from(rows: BTreeMap<String, String>) -> Self {
        let codes: Vec<String> = rows.values().cloned().collect();
        let mut exact = rows;
        for code in codes {
            exact.entry(code.clone()).or_insert(code);
        }
        let mut folded: BTreeMap<String, Option<String>> = BTreeMap::new();
        for (text, code) in &exact {
            let entry = folded.entry(fold(text)).or_insert_with(|| Some(code.clone()));
            if entry.as_ref() != Some(code) {
                *entry = None;
            }
        }
        let folded: BTreeMap<String, String> =
            folded.into_iter().filter_map(|(text, code)| Some((text, code?))).collect();
        Self { exact: exact.into(), folded: folded.into() }
    }
}

impl Serialize for UnitTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            self.exact.serialize(serializer)
        } else {
            (&self.exact, &self.folded).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for UnitTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return BTreeMap::<String, String>::deserialize(deserializer).map(Self::from);
        }
        let (exact, folded) = Deserialize::deserialize(deserializer)?;
        Ok(Self { exact, folded })
    }
}

/// The text without its annotations; none where it has none, or nothing is left of it. What names the surface of a body is no mere
/// annotation: it tells a rate from one that is referred to 1.73 m2.
fn unannotated(text: &str) -> Option<String> {
    let mut rest = text;
    let mut plain = String::with_capacity(text.len());
    while let Some((before, after)) = rest.split_once('{') {
        let (annotation, behind) = after.split_once('}')?;
        if annotation.contains("1.73") || annotation.to_ascii_lowercase().contains("m2") {
            return None;
        }
        plain.push_str(before);
        rest = behind;
    }
    plain.push_str(rest);
    let plain = plain.trim();
    (plain.len() < text.len() && !plain.is_empty()).then(|| plain.to_owned())
}

/// What is the same for every usual spelling of a unit.
fn fold(text: &str) -> String {
    let letters = text.chars().filter_map(|letter| match letter {
        'µ' | 'μ' => Some('u'),
        '²' => Some('2'),
        '³' => Some('3'),
        '×' => Some('x'),
        '^' | '*' | '_' | '(' | ')' | '[' | ']' | '{' | '}' => None,
        letter if letter.is_whitespace() => None,
        letter => Some(letter.to_ascii_lowercase()),
    });
    let folded: String = letters.collect();
    // x10^3/uL is 10*3/uL.
    match folded.strip_prefix("x10") {
        Some(rest) => format!("10{rest}"),
        None => folded,
    }
}
