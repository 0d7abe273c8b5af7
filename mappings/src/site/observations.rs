//! Codes of results and vital signs that senders made up themselves, and the LOINC codes they mean.

use serde::{Deserialize, Serialize};

/// One row: a code of a sender (`OBX-3.1`) and what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObservationCode {
    /// `OBX-3.1`, exactly.
    pub code: String,
    /// `OBX-3.3`, exactly. Unset: whatever it is.
    #[serde(default)]
    pub system: Option<String>,
    /// `OBX-6.1`, in any spelling that means the same unit. Unset: whatever it is.
    #[serde(default)]
    pub unit: Option<String>,
    /// The LOINC code.
    pub loinc: String,
    /// The unit that is meant, in UCUM, whatever `OBX-6` says: for senders that leave it out or write a wrong one.
    #[serde(default)]
    pub ucum: Option<String>,
}

/// The rows, found by code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<ObservationCode>", into = "Vec<ObservationCode>")]
pub struct ObservationTable(Vec<ObservationCode>);

impl ObservationTable {
    /// The row that fits best: system and unit named, then system, then unit, then neither; the first among equals.
    pub(super) fn find(&self, code: &str, system: &str, same_unit: impl Fn(&str) -> bool) -> Option<&ObservationCode> {
        let from = self.0.partition_point(|row| row.code.as_str() < code);
        let rows = self.0.get(from..)?.iter().take_while(|row| row.code == code);
        let fitting = rows.filter(|row| {
            row.system.as_deref().is_none_or(|wanted| wanted == system) && row.unit.as_deref().is_none_or(&same_unit)
        });
        let mut best: Option<(u8, &ObservationCode)> = None;
        for row in fitting {
            let strength = u8::from(row.system.is_some()) * 2 + u8::from(row.unit.is_some());
            if best.is_none_or(|(strongest, _)| strength > strongest) {
                best = Some((strength, row));
            }
        }
        best.map(|(_, row)| row)
    }

    /// The rows by code, those of one code in the order of the file.
    #[must_use]
    pub fn rows(&self) -> &[ObservationCode] {
        &self.0
    }
}

impl From<Vec<ObservationCode>> for ObservationTable {
    fn from(mut rows: Vec<ObservationCode>) -> Self {
        rows.sort_by(|left, right| left.code.cmp(&right.code));
        Self(rows)
    }
}

impl From<ObservationTable> for Vec<ObservationCode> {
    fn from(table: ObservationTable) -> Self {
        table.0
    }
}
