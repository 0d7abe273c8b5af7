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
