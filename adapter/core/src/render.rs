//! Writes a notice down in the format a route asks for.
//!
//! * `hl7v2`: an `ORU^R01^ORU_R01` message with a `ZAC` segment ([`hl7v2`]);
//! * `json`: a CloudEvents 1.0 event ([`event`]), described by `adapter/core/schema/notice.v1.schema.json`;
//! * `fhir`: a collection Bundle ([`bundle`]).
//!
//! No format carries the MBI unless the notice has it (`notices.include_mbi` of the profile): the patient is named by the
//! identifiers the feed had for them. Texts and results of CMS are passed on as they came but for that number, and may name the patient, so what
//! is rendered is as sensitive as the feed.

pub(crate) mod answer;
pub mod bundle;
pub mod event;
pub mod hl7v2;
mod pid;
#[cfg(test)]
mod tests;

use access_contract::{Envelope, Format, Issue, Notice, Severity};
use access_mappings::Profile;
use jiff::Timestamp;

/// Most issues of a notice that are written down; the rest is counted in a last one (`hl7v2` and `fhir`).
pub const MAX_ISSUES: usize = 100;

/// Renders `notice`. The same arguments give the same bytes.
///
/// # Errors
/// An issue, where the envelope has no id (`envelope-id`) or no RFC 3339 time (`envelope-time`), the notice's `PID` segment
/// is none (`patient-segment`), or the format is not known (`format-unknown`).
pub fn render(profile: &Profile, notice: &Notice, envelope: &Envelope, format: &Format) -> Result<String, Issue> {
    if envelope.id.is_empty() {
        return Err(Issue::new(Severity::Error, "envelope-id", "envelope.id", "the envelope has no id"));
    }
    let at: Timestamp = envelope.at.parse().map_err(|_| {
        Issue::new(Severity::Error, "envelope-time", "envelope.at", "the time of the envelope is not RFC 3339")
    })?;
    if !notice.patient.is_empty() && !pid::is_segment(&notice.patient) {
        return Err(Issue::new(
            Severity::Error,
            "patient-segment",
            "notice.patient",
            "the patient of the notice is not one PID segment with standard delimiters",
        ));
    }
    match format {
        Format::Hl7v2 => Ok(hl7v2::render(profile, notice, envelope, at)),
        Format::Json => event::render(notice, envelope, at),
        Format::Fhir => bundle::render(profile, notice, envelope, at),
        Format::Other(_) => {
            Err(Issue::new(Severity::Error, "format-unknown", "", "this version does not know the format")
                .hint("use hl7v2, json or fhir"))
        }
    }
}

/// Says that a rendered form cannot be written; does not happen with the types of this version.
fn unwritable(_: serde_json::Error) -> Issue {
    Issue::new(Severity::Fatal, "notice-unwritable", "", "the notice cannot be written as JSON")
}

/// The issues to write down, the last one standing for those left out.
fn bounded(issues: &[Issue]) -> Vec<Issue> {
    let mut kept: Vec<Issue> = issues.iter().take(MAX_ISSUES).cloned().collect();
    if issues.len() > MAX_ISSUES {
        kept.pop();
        let message = format!("{} further issues are left out", issues.len() - kept.len());
        kept.push(Issue::new(Severity::Warning, "issues-left-out", "", message));
    }
    kept
}
