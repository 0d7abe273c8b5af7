//! One record of the beneficiary file.

use crate::measures::ReportType;
use access_mappings::Guide;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt;

/// A beneficiary on record: `[[beneficiary]]`. What is left out is not compared with what is submitted.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beneficiary {
    /// Eleven upper-case letters and digits.
    pub mbi: String,
    /// Family name. Compared without case, every other character exactly.
    #[serde(default)]
    pub family: Option<String>,
    /// First given name, or all of them separated by blanks. Compared like the family name.
    #[serde(default)]
    pub given: Option<String>,
    /// `YYYY-MM-DD`
    #[serde(default)]
    pub birth_date: Option<String>,
    /// `male`, `female`, `other`, `unknown`.
    #[serde(default)]
    pub gender: Option<String>,
    /// Whether Medicare parts A and B are there and pay first.
    #[serde(default = "yes")]
    pub medicare: bool,
    /// Whether services are received that prevent eligibility: hospice, dialysis, PACE.
    #[serde(default)]
    pub services: bool,
    /// Assignment to the control group.
    #[serde(default)]
    pub control_group: Option<ControlGroup>,
    /// Tracks the beneficiary is clinically excluded from, whatever is submitted.
    #[serde(default)]
    pub excluded_from: Vec<String>,
    /// ICD-10-CM diagnoses on record: they qualify where a request brings none, and they exclude.
    #[serde(default)]
    pub diagnoses: Vec<String>,
    /// Alignments, at most one for each track family.
    #[serde(default)]
    pub alignments: Vec<Alignment>,
    /// Whether an unalignment goes to a review instead of being done.
    #[serde(default)]
    pub pending_unalign: bool,
    /// Replaces `wire.pending_polls` for this beneficiary.
    #[serde(default)]
    pub pending_polls: Option<u32>,
    /// Replaces `wire.answer_delay_ms` for this beneficiary.
    #[serde(default)]
    pub answer_delay_ms: Option<u64>,
}

/// Assignment to the control group; it ends after the guide's months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlGroup {
    /// Days before the scenario starts.
    pub days_ago: u16,
}

/// An alignment on record.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alignment {
    /// Participant id.
    pub participant: String,
    /// Track code.
    pub track: String,
    /// Days before the scenario starts.
    pub days_ago: u16,
    /// Submission id of the alignment, which notices name. Unset: `sub-record-` and a number.
    #[serde(default)]
    pub submission: Option<String>,
    /// Reports that were taken. Unset: a baseline on its last day, where that day is past; without one the alignment would
    /// not stand any more.
    #[serde(default)]
    pub reports: Option<Vec<PastReport>>,
}

/// A report that was taken before the scenario starts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastReport {
    /// `baseline`, `quarterly`, `end-of-period`.
    #[serde(rename = "type")]
    pub report_type: String,
    /// Days before the scenario starts.
    pub days_ago: u16,
}

const fn yes() -> bool {
    true
}

impl Beneficiary {
    /// Somebody with Original Medicare of whom nothing else is on record.
    #[must_use]
    pub fn new(mbi: impl Into<String>) -> Self {
        Self {
            mbi: mbi.into(),
            family: None,
            given: None,
            birth_date: None,
            gender: None,
            medicare: true,
            services: false,
            control_group: None,
            excluded_from: Vec::new(),
            diagnoses: Vec::new(),
            alignments: Vec::new(),
            pending_unalign: false,
            pending_polls: None,
            answer_delay_ms: None,
        }
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        if !is_mbi(&self.mbi) {
            return Err("`mbi` must be eleven upper-case letters and digits".to_owned());
        }
        if self.birth_date.as_deref().is_some_and(|date| !is_date(date)) {
            return Err("`birth_date` must be a date like 1950-01-31".to_owned());
        }
        if self.gender.as_deref().is_some_and(|gender| !is_gender(gender)) {
            return Err("`gender` must be male, female, other or unknown".to_owned());
        }
        if self.alignments.iter().any(|alignment| !is_participant(&alignment.participant)) {
            return Err("`participant` must be ACCES and five digits".to_owned());
        }
        self.alignments.iter().try_for_each(Alignment::check)
    }

    /// Tracks are the guide's, and no two alignments are of one family.
    pub(crate) fn check_tracks(&self, guide: &Guide) -> Result<(), String> {
        if self.excluded_from.iter().any(|track| guide.track(track).is_none()) {
            return Err("`excluded_from` names a track the guide does not have".to_owned());
        }
        let mut families = BTreeSet::new();
        for alignment in &self.alignments {
            let Some(track) = guide.track(&alignment.track) else {
                return Err("`alignments` name a track the guide does not have".to_owned());
            };
            if !families.insert(&track.family) {
                return Err("two `alignments` are in one track family".to_owned());
            }
        }
        Ok(())
    }
}

impl Alignment {
    fn check(&self) -> Result<(), String> {
        if !self.submission.iter().all(|id| is_submission(id)) {
            return Err("`submission` must be up to 64 letters, digits and hyphens".to_owned());
        }
        for report in self.reports.iter().flatten() {
            if ReportType::from_code(&report.report_type).is_none() {
                return Err("`type` of a report must be baseline, quarterly or end-of-period".to_owned());
            }
            if report.days_ago > self.days_ago {
                return Err("a report cannot be older than its alignment".to_owned());
            }
        }
        Ok(())
    }
}

/// Shows that there is a record, and nothing of it.
impl fmt::Debug for Beneficiary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Beneficiary").finish_non_exhaustive()
    }
}

/// Eleven upper-case letters and digits; which of them stand where is left to CMS.
pub(crate) fn is_mbi(text: &str) -> bool {
    text.len() == 11 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Up to 64 letters, digits and hyphens.
pub(crate) fn is_submission(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// `ACCES` and five digits.
pub(crate) fn is_participant(text: &str) -> bool {
    text.strip_prefix("ACCES")
        .is_some_and(|digits| digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A whole date that exists.
pub(crate) fn is_date(text: &str) -> bool {
    text.len() == 10 && text.is_ascii() && text.parse::<jiff::civil::Date>().is_ok()
}

/// One of FHIR's administrative genders.
pub(crate) fn is_gender(text: &str) -> bool {
    matches!(text, "male" | "female" | "other" | "unknown")
}
