//! The names under which a chart keeps when something was stated.

use crate::facts::{Diagnosis, Observation};
use crate::results::is_record;

/// Start of the name of a single plan.
pub(crate) const PLAN: &str = "plan/";
/// Start of the name of a record of a problem.
pub(crate) const PROBLEM: &str = "problem/";
/// Start of the name of a single changed code.
pub(crate) const CODE: &str = "diagnosis/";
/// Start of the name of a visit's set of diagnoses.
pub(crate) const VISIT: &str = "diagnoses/";

/// Of a single plan.
pub(crate) fn plan(statement: &str) -> String {
    format!("{PLAN}{statement}")
}

/// Of a visit's set of diagnoses.
pub(crate) fn visit(visit: &str) -> String {
    format!("{VISIT}{visit}")
}

/// Of a single changed code.
pub(crate) fn code(code: &str) -> String {
    format!("{CODE}{code}")
}

/// What governs one diagnosis: its record, else its code.
pub(crate) fn diagnosis(row: &Diagnosis) -> String {
    if row.statement.is_empty() { code(&row.code) } else { format!("{PROBLEM}{}", row.statement) }
}

/// Of one observation, by its identifier, with its code where others may share that. Kept with its entry; the name stands in facts only.
pub(crate) fn observation(row: &Observation) -> String {
    let Observation { identifier, loinc, .. } = row;
    if identifier.is_empty() || is_record(identifier) {
        format!("observation/{identifier}")
    } else {
        format!("observation/{identifier}/{loinc}")
    }
}
