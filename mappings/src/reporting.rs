//! When reports are due (facts of the guide) and what they need (rules of the profile).

use crate::deferred::Deferred;
use crate::profile::TriggerMode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The guide's calendar and the codes of a report. Days count from the day of the alignment, which is day 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportingFacts {
    /// First day of a quarterly report after the last accepted one.
    pub quarterly_from: u16,
    /// Last day of a quarterly report after the last accepted one.
    pub quarterly_until: u16,
    /// Days of a period of care.
    pub period_days: u16,
    /// Last day of the end-of-period report.
    pub end_until: u16,
    /// First day of the end-of-period report, by track.
    pub end_from: BTreeMap<String, u16>,
    /// `ACCESSReportTypeCS`
    pub type_system: String,
    /// The report types with their displays: `baseline`, `quarterly`, `end-of-period`.
    pub types: BTreeMap<String, String>,
    /// `ACCESSReportDataCompositionSectionCS`
    pub section_system: String,
    /// Canonical of the Bundle's profile.
    pub bundle_profile: String,
    /// Canonical of the Composition's profile.
    pub composition_profile: String,
    /// Canonical of the profile of a QuestionnaireResponse, with its version.
    pub response_profile: String,
    /// Canonical of the author's profile, with its version.
    pub practitioner_profile: String,
    /// Canonical of the custodian's profile, with its version.
    pub organization_profile: String,
    /// LOINC code of the Composition's type.
    pub composition_type: String,
    /// Its display.
    pub composition_type_display: String,
}

/// What reports need and how readings are chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReportRules {
    /// In which zone days are counted: a name from `times.zones`, a rule as POSIX has it, or `UTC`.
    pub zone: String,
    /// What each report needs.
    pub needs: Deferred<Vec<ReportNeed>>,
    /// How many of the newest readings are reported, by measure; 1 where nothing is said.
    pub readings: BTreeMap<String, u8>,
    /// How many decimals of a converted value are reported, by LOINC code as it is reported, else by part, else by measure; all where
    /// nothing is said.
    pub decimals: BTreeMap<String, u8>,
    /// Plausible values in the reported unit, by LOINC code as it is reported, else by part (`systolic`, `diastolic`), else by
    /// measure.
    pub ranges: Deferred<BTreeMap<String, PlausibleRange>>,
    /// Days before a date on which people are told of it.
    pub remind: Vec<u16>,
    /// Days before its last day on which a report that lacks something is told.
    pub late: u16,
    /// Hours that the newest reading must be old before a report goes out by itself.
    pub settle: u16,
    /// Days before the alignment from which observations count in the baseline.
    pub lookback: u16,
    /// Days that are left free at both ends of a window, since the guide does not say whether its ends count.
    pub margin: u16,
    /// How the report trigger acts.
    pub mode: Option<TriggerMode>,
    /// System of `Bundle.identifier`.
    pub identifier_system: String,
    /// Canonicals of questionnaires, by instrument, where a feed names none that is an address.
    pub canonicals: Deferred<BTreeMap<String, String>>,
    /// Questionnaires that are not public, by instrument: the FHIR Questionnaire as JSON text, which is put into the reports that have its
    /// responses. They name it by its `url`, whatever a feed or `canonicals` says.
    pub questionnaires: Deferred<BTreeMap<String, String>>,
    /// Measures and instruments that are sent as additional information, where there is one and the track section has none.
    pub additional: Vec<String>,
    /// How many items of a questionnaire may be without an answer, by instrument, instead of what the guide's facts say.
    pub may_miss: BTreeMap<String, u16>,
    /// The site's words of questions, by instrument and `linkId`, where a feed has none.
    pub questions: Deferred<BTreeMap<String, BTreeMap<String, String>>>,
    /// The site's words of answers, by answer list or `INSTRUMENT/linkId` and ordinal, where a feed has none.
    pub answers: Deferred<BTreeMap<String, BTreeMap<String, String>>>,
}

/// What one kind of report needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportNeed {
    /// Tracks.
    pub tracks: Vec<String>,
    /// Report types.
    pub kinds: Vec<String>,
    /// Codes of measures or instruments of which one is enough.
    pub any: Vec<String>,
    /// Only for people with a diagnosis that begins like one of these (dotless ICD-10-CM); empty: for all.
    #[serde(default)]
    pub diagnoses: Vec<String>,
    /// Whether the report waits for it; otherwise it is sent where there is one.
    #[serde(default = "yes")]
    pub required: bool,
}

const fn yes() -> bool {
    true
}

/// What values are plausible. Decimals, in the reported unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlausibleRange {
    /// Least plausible value.
    pub low: String,
    /// Greatest plausible value.
    pub high: String,
    /// `warn` reports it with a warning, `refuse` leaves it out.
    pub beyond: RangeRule,
    /// What becomes of what is below `low`, where that is another.
    #[serde(default)]
    pub below: Option<RangeRule>,
}

/// What becomes of an implausible value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RangeRule {
    /// Reported, with a warning.
    Warn,
    /// Left out, with a warning.
    Refuse,
}

/// Who answers for a participant's reports: `Composition.author`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportAuthor {
    /// National Provider Identifier, ten digits.
    pub npi: String,
    /// Family name.
    pub family: String,
    /// Given name.
    #[serde(default)]
    pub given: String,
}

impl ReportRules {
    /// How many of the newest readings of a measure are reported; at least one.
    #[must_use]
    pub fn readings_of(&self, measure: &str) -> usize {
        self.readings.get(measure).map_or(1, |count| usize::from(*count).max(1))
    }

    /// How many decimals of a converted value are reported; see [`Self::decimals`].
    #[must_use]
    pub fn decimals_of(&self, loinc: &str, part: &str, measure: &str) -> Option<u8> {
        [loinc, part, measure].into_iter().find_map(|name| self.decimals.get(name)).copied()
    }

    /// What values are plausible; see [`Self::ranges`].
    #[must_use]
    pub fn range_of(&self, loinc: &str, part: &str, measure: &str) -> Option<&PlausibleRange> {
        [loinc, part, measure].into_iter().find_map(|name| self.ranges.get(name))
    }
}
