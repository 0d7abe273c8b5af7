//! How feeds spell units, and the UCUM codes they mean.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Longest text that is looked up as a unit, in bytes.
const MAX_UNIT_BYTES: usize = 64;

/// Spellings of units with their UCUM codes.
///
/// A text is looked up as it stands, then folded: without case, blanks, brackets and signs for powers, the two micro signs
/// as `u`. Every code in the table is a spelling of itself. Where two codes fold to the same text, only exact spellings
/// find them: nothing is guessed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct UnitTable {
    exact: BTreeMap<String, String>,
    folded: BTreeMap<String, Option<String>>,
}

impl UnitTable {
    /// The UCUM code of a text.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<&str> {
        let text = text.trim();
        if text.is_empty() || text.len() > MAX_UNIT_BYTES || self.exact.is_empty() {
            return None;
        }
        let exact = self.exact.get(text);
        exact.or_else(|| self.folded.get(&fold(text))?.as_ref()).map(String::as_str)
    }

    /// The spellings as the file has them, with their codes.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &str)> {
        self.exact.iter().map(|(text, code)| (text.as_str(), code.as_str()))
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
        Self { exact, folded }
    }
}

impl From<UnitTable> for BTreeMap<String, String> {
    fn from(table: UnitTable) -> Self {
        table.exact
    }
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
