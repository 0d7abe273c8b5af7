//! Measures: results and vital signs on their way from a feed to a report.

mod selection;

pub use selection::{Amount, Measure, Measured, Measurement, Part, Selection};

/// For which report readings are chosen.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Track code.
    pub track: &'a str,
    /// First day whose observations count, ISO date.
    pub from: &'a str,
    /// When the report was asked for, RFC 3339.
    pub at: &'a str,
    /// Day of birth, ISO date.
    pub born: Option<&'a str>,
    /// Day of death, ISO date.
    pub died: Option<&'a str>,
}

impl<'a> Asked<'a> {
    /// The question about a chart.
    #[must_use]
    pub fn of(chart: &'a crate::chart::Chart, track: &'a str, from: &'a str, at: &'a str) -> Self {
        let born = chart.birth_date.as_ref().map(|born| born.value.as_str());
        Self { track, from, at, born, died: None }
    }
}

/// Chooses.
#[must_use]
pub fn select<'p>(
    _profile: &'p access_mappings::Profile,
    _asked: &Asked<'_>,
    _entries: &[access_contract::Entry],
) -> Selection<'p> {
    Selection::default()
}
