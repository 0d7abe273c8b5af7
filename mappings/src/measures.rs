//! What reports measure: vital signs and laboratory results, with the codes and units they may come in.

use crate::guide::Guide;
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
    /// Tracks whose section may have it; none for what is only kept to compute others (height).
    pub tracks: Vec<String>,
    /// Code of the observation category.
    pub category: String,
    /// Canonical of the Observation profile, with its version.
    pub profile: String,
    /// UCUM code of the unit that is reported.
    pub unit: String,
    /// The unit as people read it.
    pub unit_text: String,
    /// LOINC codes that are taken, the usual ones first: of two results of one instant the earlier code counts.
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
    /// Which part of a panel it is: `systolic` or `diastolic`; otherwise empty. A code of a panel without a part has both in one
    /// value (`120/80`).
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

impl MeasureFacts {
    /// The code among those that are taken.
    #[must_use]
    pub fn accepted(&self, loinc: &str) -> Option<&MeasureCode> {
        self.accepts.iter().find(|code| code.loinc == loinc)
    }

    /// How a value under this code is converted from that unit; none where it is in the reported unit already or cannot be.
    #[must_use]
    pub fn conversion(&self, loinc: &str, unit: &str) -> Option<&UnitConversion> {
        let from = self.conversions.iter().filter(|conversion| conversion.from == unit);
        from.filter(|conversion| conversion.only.is_empty() || conversion.only.iter().any(|only| only == loinc))
            .max_by_key(|conversion| !conversion.only.is_empty())
    }

    /// Whether a value may be in parts.
    #[must_use]
    pub fn is_panel(&self) -> bool {
        !self.panel.is_empty()
    }
}

impl MeasureCode {
    /// The code it is reported under.
    #[must_use]
    pub fn reported(&self) -> &str {
        if self.sent_as.is_empty() { &self.loinc } else { &self.sent_as }
    }
}

impl Guide {
    /// The measure that takes this LOINC code; a code belongs to one measure.
    #[must_use]
    pub fn measured(&self, loinc: &str) -> Option<(&MeasureFacts, &MeasureCode)> {
        let measure = self.measures.get(usize::from(*self.measured_by.get(loinc)?))?;
        Some((measure, measure.accepted(loinc)?))
    }
}
