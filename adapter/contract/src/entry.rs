//! Dated pieces of a chart, and what is made of them.

use crate::{Intent, Track, redact::redacted, words::vocabulary};
use serde::{Deserialize, Serialize};

vocabulary! {
    /// What kind of dated piece of a chart.
    EntryKind {
        /// A vital sign or a result.
        Measure = "measure",
        /// An answered questionnaire.
        Questionnaire = "questionnaire",
    }
}

impl EntryKind {
    /// How the keys of measures begin.
    pub const MEASURE_KEYS: &'static str = "m:";
    /// How the keys of questionnaires begin.
    pub const QUESTIONNAIRE_KEYS: &'static str = "q:";
}

/// A dated piece of a chart: a vital sign, a result, an answered questionnaire. Kept beside the chart, in a row of its own.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What tells it from the chart's others; a later statement under the same key takes its place.
    pub key: String,
    /// What kind.
    pub kind: EntryKind,
    /// Code of the measure or instrument in the guide, for example `HbA1c` or `PHQ-9`.
    pub code: String,
    /// When it was observed, for putting in order: UTC as `YYYY-MM-DDTHH:MM:SSZ`; as it was written
    /// (`YYYY-MM-DDTHH:MM:SS`) where nothing tells its offset, so that only its day is known; a date where no more is known, and of a
    /// response without an offset; or empty.
    pub at: String,
    /// The piece as JSON text; opaque outside the component.
    pub document: String,
}

redacted!(Entry { show kind, code; hide key, at, document });

/// What a report is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportPeriod {
    /// Report type (`ACCESSReportTypeCS`): `baseline`, `quarterly`, `end-of-period`.
    pub kind: String,
    /// Name of the period within the alignment: `baseline`, `quarterly-1`, `end-of-period`.
    pub period: String,
    /// The id CMS gave the alignment, or empty.
    pub alignment: String,
    /// First day whose observations count, ISO date.
    pub from: String,
    /// Last day on which it may be sent, ISO date.
    pub until: String,
}

/// Everything `compose-report` needs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRequest {
    /// The participant (`ACCES#####`).
    pub participant: String,
    /// The intent, with its report period.
    pub intent: Intent,
    /// The chart document.
    pub chart: String,
    /// The newest entries of each code.
    pub entries: Vec<Entry>,
    /// When the report was asked for, RFC 3339. The same time, chart and entries give the same bytes.
    pub at: String,
}

redacted!(ReportRequest { show participant, intent, entries, at; hide chart });

/// One date of the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// The track.
    pub track: Track,
    /// `baseline`, `quarterly`, `end-of-period`, `lock-in-end`, `control-group-end` or `renewal`.
    pub kind: String,
    /// Name of the period, for reports; otherwise empty.
    pub period: String,
    /// The id CMS gave the alignment, or empty.
    pub alignment: String,
    /// First day, ISO date; unset where it may be done at any time before.
    pub opens: Option<String>,
    /// First day whose observations count, ISO date; empty for what is no report.
    pub from: String,
    /// Last day, ISO date.
    pub due: String,
    /// `upcoming`, `open`, `sent`, `done`, `missed`.
    pub state: String,
    /// What a report still needs, by name.
    pub missing: Vec<String>,
}
