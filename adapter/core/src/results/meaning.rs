//! What the profile makes of the codes of a value of which none is one that the guide measures.

use crate::questionnaires::{Known, LOINC, Token};
use access_mappings::{ObservationCode, Profile, SenderRules};

/// The tables that give codes a meaning: the guide's and the profile's.
pub(crate) struct Meaning<'p> {
    profile: &'p Profile,
    sender: SenderRules<'p>,
}

/// What is known of a code and those beside it.
pub(crate) enum Meant<'p> {
    /// What a row of the profile says, of this one of the codes.
    Row(&'p ObservationCode, usize),
    /// The sender's own code, for which there is no row.
    Unmapped,
    /// Nothing that a row could change.
    Nothing,
}

impl<'p> Meaning<'p> {
    pub(crate) fn new(profile: &'p Profile, sender: SenderRules<'p>) -> Self {
        Self { profile, sender }
    }

    /// Whether the guide measures a LOINC code.
    pub(crate) fn is_measured(&self, loinc: &str) -> bool {
        self.profile.guide.measured(loinc).is_some()
    }

    /// What the profile has for the codes of one value, each with its system; `loinc` is one of LOINC that the guide does not measure, or
    /// empty. A row beats such a code only where it leads to a measure, and such a code alone is another test, which needs no row. A code
    /// of the sender that stands beside it may be meant as a measure, as one that stands alone may be.
    pub(crate) fn of(&self, own: [&str; 2], loinc: [&str; 2], unit: &str) -> Meant<'p> {
        let is_other = !loinc[0].is_empty();
        let rows = [own, loinc].into_iter().enumerate().filter(|(_, [code, _])| !code.is_empty());
        let mut rows = rows.filter_map(|(place, [code, system])| Some((self.sender.loinc(code, system, unit)?, place)));
        if let Some((row, place)) = rows.find(|(row, _)| !is_other || self.is_measured(&row.loinc)) {
            return Meant::Row(row, place);
        }
        let [code, system] = own;
        let is_question = || Known::new(self.profile, self.sender).is_known(Token { code: loinc[0], system: LOINC });
        let has_row = || self.sender.loinc(code, system, unit).is_some();
        if code.is_empty() || (is_other && (is_snomed(system) || has_row() || is_question())) {
            return Meant::Nothing;
        }
        Meant::Unmapped
    }
}

/// Whether a coding system is SNOMED CT, which is no sender's own.
fn is_snomed(system: &str) -> bool {
    let names = ["SCT", "SNM", "SNOMED", "SNOMED-CT", "http://snomed.info/sct", "2.16.840.1.113883.6.96"];
    let system = system.strip_prefix("urn:oid:").unwrap_or(system);
    names.iter().any(|name| name.eq_ignore_ascii_case(system))
}
