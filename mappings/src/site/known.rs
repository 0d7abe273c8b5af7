//! Whether a code that had no row has one now.

use crate::dense::TextTable;
use crate::profile::Profile;

/// A code that came without a row, as a reading lists it.
#[derive(Debug, Clone, Copy)]
pub struct LocalCode<'c> {
    /// The table it is missing in: `observation`, `unit`, `plan`, `company`, `race`, `ethnicity`, `languages`.
    pub table: &'c str,
    /// The code.
    pub code: &'c str,
    /// The coding system, or the company of a plan; or empty.
    pub system: &'c str,
    /// The unit, or empty.
    pub unit: &'c str,
}

impl Profile {
    /// Whether the profile has a row for a code of this sender. A table that is not known has none.
    #[must_use]
    pub fn knows(&self, application: &str, facility: &str, local: LocalCode<'_>) -> bool {
        let rules = self.for_sender(application, facility);
        let own = self.patient.codes_of(application, facility);
        let listed = |own: Option<&TextTable>, site: &TextTable| {
            let code = local.code.trim().to_uppercase();
            own.is_some_and(|own| own.contains_key(&code)) || site.contains_key(&code)
        };
        match local.table {
            "observation" => rules.loinc(local.code, local.system, local.unit).is_some(),
            "unit" => rules.unit(local.code).is_some(),
            "plan" => rules.plan(local.code, local.system).is_some(),
            "company" => rules.plan("", local.code).is_some(),
            "race" => listed(own.map(|own| &own.race), &self.patient.race),
            "ethnicity" => listed(own.map(|own| &own.ethnicity), &self.patient.ethnicity),
            "languages" => listed(own.map(|own| &own.languages), &self.patient.languages),
            _ => false,
        }
    }
}
