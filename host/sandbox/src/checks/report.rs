//! The request of `$report-data`: report type, the document, and what it holds.

use super::document::Document;
use super::parameters::Parameters;
use super::{Identity, composition, elements, patient};
use crate::measures::ReportType;
use crate::outcome::OutcomeIssue;
use crate::refusal::Refusal;
use crate::scenario::{RefusedOn, Reporting, Wording};
use access_mappings::Guide;
use std::collections::BTreeSet;

/// A report, as far as the rules look at it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ReportFacts {
    pub(crate) kind: ReportType,
    /// `system|value` of the Bundle's identifier.
    pub(crate) bundle: Option<String>,
    /// What the poll is refused for.
    pub(crate) defects: Vec<OutcomeIssue>,
    /// Names of the measures with a value or an answer.
    pub(crate) filled: BTreeSet<&'static str>,
    /// Unanswered items of the PHQ-9, where there is one.
    pub(crate) unanswered: Option<usize>,
}

/// Reads the report of a request whose parameters have been checked up to the track.
pub(super) fn read(
    parameters: &Parameters<'_>,
    track: &str,
    guide: &Guide,
    wording: Wording,
    reporting: &Reporting,
) -> Result<(ReportFacts, Identity), Refusal> {
    let kind = parameters.report_type(guide)?;
    let document = Document::read(parameters.resource("dataBundle", "Bundle")?)?;
    let defects = document.defects();
    if !defects.is_empty() && reporting.document_errors == RefusedOn::Post {
        return Err(Refusal { status: 400, issues: defects });
    }
    // The profile compares all codings of the parameter with all of the section's.
    if elements(parameters.codings("track")).len() != 1 {
        return Err(Refusal::invariant("The track parameter must have exactly one coding"));
    }
    let content = composition::read(&document, track, guide, reporting.unknown_sections)?;
    let Some(patient) = document.patient() else {
        return Err(Refusal::profile("Bundle must have exactly one Patient entry"));
    };
    let identity = patient::read(patient, guide, wording)?;
    let bundle = document.identifier().map(|(system, value)| format!("{system}|{value}"));
    let facts = ReportFacts { kind, bundle, defects, filled: content.filled, unanswered: content.unanswered };
    Ok((facts, identity))
}
