//! The account of a file of questionnaires: every populated cell.

use super::{Found, Lines};
use crate::questionnaires::Known;
use crate::read::csv::{place, table::Table};
use access_contract::{Account, Reading};
use access_mappings::Profile;
use std::borrow::Cow;

/// Accounts for a file after it was read.
pub(super) fn account(profile: &Profile, reading: &Reading, text: &str, values: bool) -> Account {
    let mut lines = Lines::new(reading, values, &|_| ("csv", ""));
    // What was read can be taken apart.
    let Ok(table) = Table::parse(text) else { return lines.finish() };
    let header = &reading.header;
    let known = Known::new(profile, profile.for_sender(&header.sending_application, &header.sending_facility));
    let read = table.read(known);
    for row in &table.rows {
        for (column, cell) in row.cells() {
            let (path, near) = (place(row.number, column), [format!("row {}", row.number)]);
            let touched = read.get(column).copied().unwrap_or(false);
            lines.add(Found { path, name: Cow::Borrowed(""), touched, ignored: None }, &near, || cell.to_owned());
        }
    }
    lines.finish()
}
