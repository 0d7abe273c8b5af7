//! The account of a clinical document: every text and attribute outside narrative.

use super::ignored::Elements;
use super::{Found, Lines};
use crate::ccda::Pieces;
use access_contract::{Account, Reading};
use access_mappings::Profile;

/// Accounts for a document after it was read.
pub(super) fn account(profile: &Profile, reading: &Reading, pieces: &Pieces<'_>, values: bool) -> Account {
    let ignored = Elements::of_ccda(&profile.account.ignored_ccda);
    let mut lines = Lines::new(reading, values, &|_| ("ccda", ""));
    for piece in pieces.iter() {
        if lines.is_full() {
            lines.account.truncated = true;
            break;
        }
        let steps: Vec<&str> = piece.steps.iter().map(String::as_str).collect();
        let near = near(&piece.path);
        let found =
            Found { path: piece.path, name: "".into(), touched: piece.touched, ignored: ignored.naming(&steps) };
        lines.add(found, &near, || piece.text);
    }
    lines.finish()
}

/// The three elements around a piece.
fn near(path: &str) -> Vec<String> {
    let ends = path.char_indices().rev().filter(|(_, letter)| *letter == '/').map(|(at, _)| at);
    ends.filter_map(|at| path.get(..at)).filter(|place| !place.is_empty()).take(3).map(str::to_owned).collect()
}
