//! How reports are judged: windows, what each must hold, and the forms in which a defect is told.

use super::Required;
use crate::measures::ReportType;
use serde::Deserialize;

/// Longest window in days.
const MAX_DAYS: u16 = 3_650;

/// How reports are judged: table `[reporting]`. Days are whole days of UTC and both ends of a window belong to it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reporting {
    /// Last day for the baseline, counted from the alignment. 60.
    pub baseline_days: u16,
    /// First and last day for a quarterly report, counted from the last baseline or quarterly report that was taken. 70 and 110.
    pub quarterly_days: [u16; 2],
    /// First and last day for the end-of-period report, counted from the alignment.
    pub end_of_period_days: EndOfPeriod,
    /// What follows when the last day for the baseline has passed without one.
    pub missing_baseline: MissingBaseline,
    /// When a document without its identifier, or with references that lead nowhere, is refused.
    pub document_errors: RefusedOn,
    /// What a section is that no track of the family knows.
    pub unknown_sections: UnknownSections,
    /// Items of a PHQ-9 that may be unanswered. 2.
    pub unanswered: u8,
    /// How the issues of a result stand in its Parameters.
    pub issues: IssuesForm,
    /// How the expression of such an issue is written.
    pub expression: ExpressionForm,
    /// What such an expression names a section by.
    pub expression_by: ExpressionBy,
    /// What each report must hold.
    pub required: Required,
}

impl Default for Reporting {
    fn default() -> Self {
        Self {
            baseline_days: 60,
            quarterly_days: [70, 110],
            end_of_period_days: EndOfPeriod::default(),
            missing_baseline: MissingBaseline::Unalign,
            document_errors: RefusedOn::Poll,
            unknown_sections: UnknownSections::Refuse,
            unanswered: 2,
            issues: IssuesForm::Parameter,
            expression: ExpressionForm::Array,
            expression_by: ExpressionBy::Code,
            required: Required::default(),
        }
    }
}

impl Reporting {
    pub(super) fn check(&self) -> Result<(), String> {
        let ends = &self.end_of_period_days;
        for [from, to] in [self.quarterly_days, ends.eckm, ends.ckm, ends.msk, ends.bh] {
            if from > to || to > MAX_DAYS {
                return Err(format!("a window must not end before it begins, nor after {MAX_DAYS} days"));
            }
        }
        if self.quarterly_days.contains(&0) {
            return Err("`quarterly_days` must be at least 1".to_owned());
        }
        if self.baseline_days > MAX_DAYS {
            return Err(format!("`baseline_days` must be at most {MAX_DAYS}"));
        }
        Ok(())
    }

    /// First and last day of a report type's window, from the day it is counted from.
    pub(crate) fn window(&self, kind: ReportType, track: &str) -> (i64, i64) {
        let [from, to] = match kind {
            ReportType::Baseline => [0, self.baseline_days],
            ReportType::Quarterly => self.quarterly_days,
            ReportType::EndOfPeriod => self.end_of_period_days.of(track),
        };
        (i64::from(from), i64::from(to))
    }
}

/// First and last day for the end-of-period report, by track.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EndOfPeriod {
    /// 275 and 425.
    #[serde(rename = "eCKM")]
    pub eckm: [u16; 2],
    /// 275 and 425.
    #[serde(rename = "CKM")]
    pub ckm: [u16; 2],
    /// 185 and 425.
    #[serde(rename = "MSK")]
    pub msk: [u16; 2],
    /// 185 and 425.
    #[serde(rename = "BH")]
    pub bh: [u16; 2],
}

impl Default for EndOfPeriod {
    fn default() -> Self {
        Self { eckm: [275, 425], ckm: [275, 425], msk: [185, 425], bh: [185, 425] }
    }
}

impl EndOfPeriod {
    fn of(&self, track: &str) -> [u16; 2] {
        match track {
            "eCKM" => self.eckm,
            "CKM" => self.ckm,
            "MSK" => self.msk,
            _ => self.bh,
        }
    }
}

/// What follows when the last day for the baseline has passed without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MissingBaseline {
    /// The alignment ends, with a notice.
    Unalign,
    /// The alignment stays; a late baseline is `reporting-period-closed`.
    Keep,
}

/// When a document is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusedOn {
    /// 400 to the POST.
    Post,
    /// Accepted, then 400 to the poll, as the live API was seen to do.
    Poll,
}

/// What a section is that no track of the family knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownSections {
    /// 400 to the POST.
    Refuse,
    /// Left alone: the profile's slices are open.
    Ignore,
}

/// How the issues of a result stand in its Parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IssuesForm {
    /// As the resource of a parameter named `issues`.
    Parameter,
    /// As an OperationOutcome that stands in the array itself, without a name.
    Stray,
}

/// How the expression of an issue is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExpressionForm {
    /// An array of texts, as FHIR has it.
    Array,
    /// One text.
    Text,
}

/// What an expression names a section by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExpressionBy {
    /// The codes of track and measure.
    Code,
    /// Their titles.
    Title,
}
