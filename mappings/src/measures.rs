//! What reports measure: vital signs and laboratory results, with the codes and units they may come in.

use serde::{Deserialize, Serialize};

/// A code with its system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeIn {
    /// System, as a URI.
    pub system: String,
    /// The code.
    pub code: String,
}

/// One measure: a subsection of the report's track section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureFacts {
    /// Name of the subsection's slice, for example `HbA1c`.
    pub code: String,
    /// What it is called in notices and titles.
    pub title: String,
    /// Code of the subsection.
    pub section: CodeIn,
    /// Tracks whose section may have it.
    pub tracks: Vec<String>,
    /// Code of the observation category.
    pub category: String,
    /// Canonical of the Observation profile, with its version.
    pub profile: String,
    /// UCUM code of the unit that is reported.
    pub unit: String,
    /// The unit as people read it.
    pub unit_text: String,
    /// LOINC codes that are taken, the usual one first.
    pub accepts: Vec<MeasureCode>,
    /// LOINC code of the panel, where the value is in parts (blood pressure); otherwise empty.
    #[serde(default)]
    pub panel: String,
    /// Display of the panel's code.
    #[serde(default)]
    pub panel_display: String,
    /// Units that are converted, exactly.
    #[serde(default)]
    pub conversions: Vec<UnitConversion>,
}

/// A LOINC code under which a measure may come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureCode {
    /// The code.
    pub loinc: String,
    /// Its display in LOINC, or empty.
    #[serde(default)]
    pub display: String,
    /// The code it is reported under, where that is another one.
    #[serde(default)]
    pub sent_as: String,
    /// Which part of a panel it is: `systolic` or `diastolic`; otherwise empty.
    #[serde(default)]
    pub part: String,
    /// Whether it belongs to the panel of the measure without satisfying it (HDL beside LDL).
    #[serde(default)]
    pub beside: bool,
}

/// A unit that is converted: value × `factor` + `offset`, both decimals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitConversion {
    /// UCUM code it comes in.
    pub from: String,
    /// Decimal.
    pub factor: String,
    /// Decimal, or empty for 0.
    #[serde(default)]
    pub offset: String,
    /// Only for these LOINC codes; empty: for all.
    #[serde(default)]
    pub only: Vec<String>,
}
