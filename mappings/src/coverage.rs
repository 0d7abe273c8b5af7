//! What kind of plan a coverage is: the rules of a profile, and the classes they tell apart.

use crate::dense::{Table, TextList};
use crate::phrases::Phrases;
use crate::site::PlanTable;
use serde::{Deserialize, Serialize};

/// What kind of plan an `IN1` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanClass {
    /// Medicare fee-for-service, Part A, Part B or both.
    OriginalMedicare,
    /// Medicare Advantage (Part C).
    MedicareAdvantage,
    /// Medigap.
    Supplement,
    /// Part D.
    Drug,
    /// Medicaid.
    Medicaid,
    /// Anything else that is known.
    Other,
}

impl PlanClass {
    /// The word under which charts know a plan that has no name of its own. Stored charts hold it, so it never changes, whatever the
    /// variant is called; profiles spell the class differently (`original-medicare`).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OriginalMedicare => "OriginalMedicare",
            Self::MedicareAdvantage => "MedicareAdvantage",
            Self::Supplement => "Supplement",
            Self::Drug => "Drug",
            Self::Medicaid => "Medicaid",
            Self::Other => "Other",
        }
    }
}

/// A plan known to a site; beats every other signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanEntry {
    /// `IN1-2.1`, exactly.
    #[serde(default)]
    pub plan: Option<String>,
    /// `IN1-3.1`, exactly.
    #[serde(default)]
    pub company: Option<String>,
    /// What it is.
    pub class: PlanClass,
}

/// Which coverage is which. The site's own table beats every other signal; where codes and words contradict each other about
/// Original Medicare, it is not taken as such.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoverageRules {
    /// The site's own plan table.
    #[serde(default)]
    pub plans: PlanTable,
    /// X12 claim filing indicators and payment typology codes (`IN1-15`, `IN1-47`) to a class.
    pub codes: Table<PlanClass>,
    /// Names of coding systems (`IN1-15.3`, `IN1-47.3`; FHIR `Coding.system`) whose codes stand in `codes`, upper case.
    #[serde(default)]
    pub filing_systems: TextList,
    /// Names of the Source of Payment Typology, upper case.
    #[serde(default)]
    pub typology_systems: TextList,
    /// Codes of the typology to a class, where the system says that it is one; a row stands for all codes that begin with it.
    #[serde(default)]
    pub typology: Table<PlanClass>,
    /// Codes of the typology that pay for hospice care; each stands for all that begin with it.
    #[serde(default)]
    pub hospice_codes: TextList,
    /// Financial classes of the visit (`PV1-20.1`, upper case) to a class, for a first plan that nothing else tells.
    #[serde(default)]
    pub financial_classes: Table<PlanClass>,
    /// Words that make a Medicare plan an Advantage plan (in `IN1-2.2`, `IN1-4.1`, `IN1-9.1`), upper case.
    pub advantage_words: Phrases,
    /// Words of supplements.
    pub supplement_words: Phrases,
    /// Words of drug plans.
    pub drug_words: Phrases,
    /// Words of Medicaid.
    pub medicaid_words: Phrases,
    /// Names of insurers; beside a word of Medicare they make an Advantage plan.
    #[serde(default)]
    pub insurer_words: Phrases,
    /// Words that say beside a word of Medicare that it is not Original Medicare, or not the payer.
    #[serde(default)]
    pub other_words: Phrases,
    /// Codes (`IN1-15`, `IN1-47`) that other payers than Original Medicare are filed under: a name alone does not make it that.
    #[serde(default)]
    pub commercial_codes: TextList,
    /// Words of Original Medicare.
    pub medicare_words: Phrases,
    /// `IN1-17.1` values that mean the insured is the patient, upper case.
    pub self_relationships: TextList,
    /// Whether Original Medicare that is not the first plan still triggers (Medicare as secondary payer).
    pub accept_secondary: bool,
}
