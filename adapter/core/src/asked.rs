//! For which report measures and answers are chosen.

use crate::chart::Chart;

/// A report's track and window, and the person's life. A date that cannot be read bounds nothing.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Track code.
    pub track: &'a str,
    /// First day whose observations count, ISO date (`ReportPeriod::from`).
    pub from: &'a str,
    /// When the report is made, RFC 3339: nothing later counts.
    pub at: &'a str,
    /// The person's birth date as far as it is known, ISO.
    pub born: Option<&'a str>,
    /// FHIR date or dateTime of death.
    pub died: Option<&'a str>,
}

impl<'a> Asked<'a> {
    /// With the life of the chart's person.
    #[must_use]
    pub fn of(chart: &'a Chart, track: &'a str, from: &'a str, at: &'a str) -> Self {
        Self {
            track,
            from,
            at,
            born: chart.birth_date.as_ref().map(|date| date.value.as_str()),
            died: chart.particulars.died_at.as_ref().map(|date| date.value.as_str()),
        }
    }
}
