//! Questionnaires: answers and scores on their way from a feed to a report.

mod selection;

pub use selection::{Asked, Chosen, ChosenItem, ChosenScore, Form, Selection};

/// Chooses.
#[must_use]
pub fn select<'p>(
    _profile: &'p access_mappings::Profile,
    _asked: &Asked<'_>,
    _entries: &[access_contract::Entry],
) -> Selection<'p> {
    Selection::default()
}
