//! What codes of the payer say about the kind of plan, each in its own list.

use crate::coverage::{CoverageRules, PlanClass};

/// Longest code of the Source of Payment Typology that is looked up.
const MAX_TYPOLOGY_BYTES: usize = 8;

impl CoverageRules {
    /// The class of plan by a code (`IN1-15`, `IN1-47`) and the name of its coding system, which may be empty. The same code
    /// means different things in different lists: one of a list that is not known says nothing.
    #[must_use]
    pub fn class_of(&self, code: &str, system: &str) -> Option<PlanClass> {
        let code = code.trim().to_ascii_uppercase();
        if code.is_empty() {
            return None;
        }
        let system = plain(system);
        let is_typology = self.is_typology(&system);
        if !is_typology && !system.is_empty() && !self.filing_systems.contains(&system) {
            return None;
        }
        let listed = self.codes.get(&code).copied();
        if is_typology { listed.or_else(|| self.class_in_typology(&code)) } else { listed }
    }

    /// Whether a code says that another payer than Original Medicare is filed, although not which kind of plan.
    #[must_use]
    pub fn is_commercial(&self, code: &str, system: &str) -> bool {
        let (code, system) = (code.trim().to_ascii_uppercase(), plain(system));
        (system.is_empty() || self.filing_systems.contains(&system)) && self.commercial_codes.contains(&code)
    }

    /// Whether a code says that hospice care is paid for.
    #[must_use]
    pub fn is_hospice(&self, code: &str, system: &str) -> bool {
        let code = code.trim();
        !code.is_empty()
            && self.is_typology(&plain(system))
            && self.hospice_codes.iter().any(|listed| code.starts_with(listed))
    }

    fn is_typology(&self, system: &str) -> bool {
        self.typology_systems.contains(system)
    }

    /// A code of the typology means what the longest beginning of it means that has a row: 1211 is a kind of 121.
    fn class_in_typology(&self, code: &str) -> Option<PlanClass> {
        if code.len() > MAX_TYPOLOGY_BYTES {
            return None;
        }
        (1..=code.len()).rev().find_map(|end| self.typology.get(code.get(..end)?).copied())
    }
}

/// The name of a system in upper case, without `urn:oid:`.
fn plain(system: &str) -> String {
    let system = system.trim().to_ascii_uppercase();
    system.strip_prefix("URN:OID:").map(str::to_owned).unwrap_or(system)
}

#[cfg(all(test, feature = "load"))]
mod tests {
    use crate::coverage::PlanClass;

    #[test]
    fn a_code_counts_in_its_own_list_only() {
        let rules = crate::example().unwrap().coverage;
        for (code, system, class) in [
            ("MA", "", Some(PlanClass::OriginalMedicare)),
            ("ma", "hl70086", Some(PlanClass::OriginalMedicare)),
            ("MA", "L", None),
            ("13", "", None),
            ("13", "SOPT", Some(PlanClass::OriginalMedicare)),
            ("14", "urn:oid:2.16.840.1.113883.3.221.5", Some(PlanClass::MedicareAdvantage)),
            ("1111", "https://nahdo.org/sopt", Some(PlanClass::MedicareAdvantage)),
            ("1221", "SOPT", Some(PlanClass::Drug)),
            ("12", "SOPT", Some(PlanClass::OriginalMedicare)),
            ("1", "SOPT", None),
            ("19", "SOPT", Some(PlanClass::Other)),
            ("2", "SOPT", Some(PlanClass::Medicaid)),
            ("2", "", None),
            ("3119", "SOPT", Some(PlanClass::Other)),
            ("5", "SOPT", Some(PlanClass::Other)),
            ("523", "SOPT", Some(PlanClass::Supplement)),
            ("6", "SOPT", Some(PlanClass::Other)),
            ("81", "", Some(PlanClass::Other)),
            ("é", "SOPT", None),
        ] {
            assert_eq!(rules.class_of(code, system), class, "{code} of {system}");
        }
        assert!(rules.is_hospice("13", "SOPT") && rules.is_hospice("131", "SOPT"));
        assert!(!rules.is_hospice("13", "") && !rules.is_hospice("1", "SOPT") && !rules.is_hospice("", "SOPT"));
    }
}
