//! Turns a chart and its entries into the report that is posted to `$report-data`.

use access_contract::{Issue, Payload, ReportRequest, Severity};
use access_mappings::Profile;

/// Composes the report of an intent, and checks it with [`crate::validate::validate`].
///
/// # Errors
/// Every reason why it cannot be composed or would be refused.
pub fn compose_report(_profile: &Profile, _request: &ReportRequest) -> Result<Payload, Vec<Issue>> {
    Err(vec![Issue::new(Severity::Error, "operation-unsupported", "Parameters", "reports are not composed yet")])
}

/// Names of what a report still lacks.
#[must_use]
pub fn missing(
    _profile: &Profile,
    _track: &str,
    _period: &access_contract::ReportPeriod,
    _chart: &crate::chart::Chart,
    _entries: &[access_contract::Entry],
    _at: &str,
) -> Vec<String> {
    Vec::new()
}
