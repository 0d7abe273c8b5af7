//! How a stay ended, as FHIR and C-CDA code it: every coding with its system, as the code of UB-04 that `PV1-36` has.
//!
//! The same number means something else in another list, so a code counts only in a system that is known, or where none is named, or
//! where its words say the same. Words alone make nobody dead, but what they say of a death or a hospice is never lost.

use access_contract::{Issue, Severity};
use access_mappings::{IdentityRules, TextList, in_words};
use std::borrow::Cow;
use std::cmp::Reverse;

/// HL7's own codes.
const HL7: [&str; 2] =
    ["http://terminology.hl7.org/CodeSystem/discharge-disposition", "http://hl7.org/fhir/discharge-disposition"];

/// Names of SNOMED CT, with its codes of a death and of a hospice.
const SNOMED: [&str; 2] = ["http://snomed.info/sct", "2.16.840.1.113883.6.96"];
const SNOMED_DEATH: [&str; 2] = ["371828006", "419099009"];
const SNOMED_HOSPICE: [&str; 2] = ["428361000124107", "428371000124100"];

const DEATH: [&str; 6] = ["EXPIRED", "DECEASED", "DIED", "DEAD", "DEATH", "MORGUE"];
const HOSPICE: &str = "HOSPICE";

/// One coding of a disposition. Parts that are not there are empty.
#[derive(Debug, Default)]
pub(crate) struct Coding<'t> {
    pub(crate) system: Cow<'t, str>,
    pub(crate) code: Cow<'t, str>,
    pub(crate) words: Cow<'t, str>,
}

/// What becomes of a disposition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Other,
    LongTerm,
    Hospice,
    Death,
}

/// What a disposition says.
#[derive(Debug)]
pub(crate) struct Judged {
    /// The code of UB-04, or another one that is understood and says nothing; with the position of its coding.
    pub(crate) code: Option<(usize, String)>,
    /// What is doubted, at the place that was given.
    pub(crate) issue: Option<Issue>,
}

/// Whether a code of UB-04 is that of a death.
pub(crate) fn is_death(rules: &IdentityRules, code: &str) -> bool {
    weight(rules, code) == Weight::Death
}

/// Judges the codings and the text of a disposition at `path`. Of several codes the most serious counts.
pub(crate) fn judge(rules: &IdentityRules, codings: &[Coding<'_>], text: &str, path: &str) -> Judged {
    let known = codings.iter().enumerate().filter_map(|(position, coding)| {
        Some((position, in_ub04(rules, coding).or_else(|| agreed(rules, coding, text))?))
    });
    let code = known.min_by_key(|(_, code)| Reverse(weight(rules, code)));
    let found = code.as_ref().map(|(_, code)| weight(rules, code));
    let said = codings.iter().map(|coding| coding.words.as_ref()).chain([text]).filter_map(in_the_words).max();
    let doubted = said.is_some_and(|said| found.is_none_or(|found| found < said));
    let is_foreign = found.is_none() && codings.iter().any(|coding| !coding.code.is_empty());
    let issue = if doubted {
        let message = "the words of the discharge speak of a death or a hospice, and no code that is known does; it was not taken";
        let hint = "look at the record; have the sender add the code of UB-04, or add its list to identity.disposition_systems";
        Some(Issue::new(Severity::Warning, "disposition-doubtful", path, message).hint(hint))
    } else if is_foreign {
        let message = "the code of the discharge is of a list that is not known; it was not read";
        Some(Issue::new(Severity::Information, "disposition-unknown", path, message))
    } else {
        None
    };
    Judged { code, issue }
}

/// The code as UB-04 has it; none where its system is not known.
fn in_ub04(rules: &IdentityRules, coding: &Coding<'_>) -> Option<String> {
    let (code, system) = (coding.code.trim(), coding.system.trim());
    if code.is_empty() {
        return None;
    }
    if SNOMED.iter().any(|known| known.eq_ignore_ascii_case(system)) {
        let of = |codes: &TextList| codes.get(0).map(str::to_owned);
        return match code {
            _ if SNOMED_DEATH.contains(&code) => of(&rules.death_dispositions),
            _ if SNOMED_HOSPICE.contains(&code) => of(&rules.hospice_dispositions),
            _ => None,
        };
    }
    let is_hl7 = HL7.iter().any(|known| known.eq_ignore_ascii_case(system));
    if is_hl7 || system.is_empty() {
        match code {
            "exp" => return rules.death_dispositions.get(0).map(str::to_owned),
            "hosp" => return rules.hospice_dispositions.get(0).map(str::to_owned),
            // A number is none of HL7's codes.
            _ if is_hl7 => return code.bytes().all(|letter| !letter.is_ascii_digit()).then(|| code.to_owned()),
            _ => {}
        }
    }
    let is_ub04 = system.is_empty() || rules.disposition_systems.contains(&system.to_ascii_uppercase());
    is_ub04.then(|| code.to_owned())
}

/// The code of a death or a hospice in a list that is not known, where its words say the same: senders keep the numbers of UB-04 in lists
/// of their own.
fn agreed(rules: &IdentityRules, coding: &Coding<'_>, text: &str) -> Option<String> {
    let code = coding.code.trim();
    let weight = weight(rules, code);
    let words = if coding.words.trim().is_empty() { text } else { coding.words.as_ref() };
    (weight >= Weight::Hospice && in_the_words(words) == Some(weight)).then(|| code.to_owned())
}

fn weight(rules: &IdentityRules, code: &str) -> Weight {
    let listed = |codes: &TextList| codes.iter().any(|known| is_same(known, code));
    if listed(&rules.death_dispositions) {
        Weight::Death
    } else if listed(&rules.hospice_dispositions) {
        Weight::Hospice
    } else if listed(&rules.long_term_dispositions) {
        Weight::LongTerm
    } else {
        Weight::Other
    }
}

/// Whether two codes of UB-04 are the same. Senders drop leading zeros.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    one.trim_start_matches('0').eq_ignore_ascii_case(other.trim_start_matches('0'))
}

/// What words say of a death or a hospice.
fn in_the_words(text: &str) -> Option<Weight> {
    let words = in_words(text);
    let has = |wanted: &str| words.split(' ').any(|word| word == wanted);
    if DEATH.into_iter().any(has) { Some(Weight::Death) } else { has(HOSPICE).then_some(Weight::Hospice) }
}

#[cfg(test)]
mod tests {
    use super::{Coding, judge};

    const LOCAL: &str = "1.2.840.114350.1";
    const NUBC: &str = "2.16.840.1.113883.6.301.5";
    const HL7: &str = "http://terminology.hl7.org/CodeSystem/discharge-disposition";

    fn judged(codings: &[(&'static str, &'static str, &'static str)], text: &str) -> (String, String) {
        let profile = access_mappings::example().unwrap();
        let coding = |(system, code, words): &(&'static str, &'static str, &'static str)| Coding {
            system: (*system).into(),
            code: (*code).into(),
            words: (*words).into(),
        };
        let codings: Vec<Coding<'_>> = codings.iter().map(coding).collect();
        let judged = judge(&profile.identity, &codings, text, "here");
        let code = judged.code.map(|(position, code)| format!("{code} of {position}")).unwrap_or_default();
        (code, judged.issue.map(|issue| issue.code).unwrap_or_default())
    }

    #[test]
    fn every_coding_counts_in_its_own_system() {
        for (codings, code) in [
            (vec![(LOCAL, "9", "Expired"), (HL7, "exp", "")], "20 of 1"),
            (vec![(LOCAL, "9", "Hospice"), (HL7, "hosp", "")], "50 of 1"),
            (vec![(LOCAL, "9", "Expired"), (NUBC, "41", "")], "41 of 1"),
            (vec![(NUBC, "01", ""), (HL7, "exp", "")], "20 of 1"),
            (vec![(NUBC, "50", ""), ("", "20", "")], "20 of 1"),
            (vec![("HTTP://terminology.hl7.org/CodeSystem/v2-0112", "040", "")], "040 of 0"),
            (vec![("", "exp", "")], "20 of 0"),
            (vec![("", "03", "Skilled nursing facility")], "03 of 0"),
            (vec![(HL7, "home", "Home")], "home of 0"),
        ] {
            assert_eq!(judged(&codings, ""), (code.to_owned(), String::new()), "{codings:?}");
        }
    }

    #[test]
    fn a_code_of_another_list_is_told_and_nobody_is_dead_of_it() {
        for codings in
            [vec![(LOCAL, "20", "Rehab facility")], vec![(LOCAL, "50", "Home or Self Care")], vec![(HL7, "20", "")]]
        {
            assert_eq!(judged(&codings, "Home"), (String::new(), "disposition-unknown".to_owned()), "{codings:?}");
        }
        assert_eq!(judged(&[], "Home"), (String::new(), String::new()));
    }

    /// People who died were checked again where the list of the code had a name that is not known.
    #[test]
    fn a_number_whose_words_say_the_same_counts_in_any_list() {
        for (codings, text, code) in [
            (vec![(LOCAL, "20", "Expired")], "Expired", "20 of 0"),
            (vec![(LOCAL, "20", "")], "Patient expired", "20 of 0"),
            (vec![(HL7, "20", "Expired")], "", "20 of 0"),
            (vec![(LOCAL, "50", "Hospice - home")], "", "50 of 0"),
            (vec![(LOCAL, "41", "Expired in a hospice")], "", "41 of 0"),
            (vec![("2.16.840.1.113883.3.88.12.80.33", "20", "")], "", "20 of 0"),
            (vec![("2.16.840.1.113883.6.301", "20", "")], "", "20 of 0"),
            (vec![("http://www.nubc.org/CodeSystem/PatDischargeStatus", "20", "")], "", "20 of 0"),
            (vec![("http://snomed.info/sct", "371828006", "Patient deceased during stay")], "", "20 of 0"),
            (vec![("2.16.840.1.113883.6.96", "419099009", "Dead")], "", "20 of 0"),
            (vec![("http://snomed.info/sct", "428361000124107", "")], "", "50 of 0"),
        ] {
            assert_eq!(judged(&codings, text), (code.to_owned(), String::new()), "{codings:?} {text}");
        }
    }

    #[test]
    fn words_of_a_death_are_a_doubt_and_never_lost() {
        for (codings, text, code) in [
            (vec![], "Expired", ""),
            (vec![], "Patient died.", ""),
            (vec![(LOCAL, "7", "Deceased")], "", ""),
            (vec![(LOCAL, "20", "Rehab facility")], "Expired", ""),
            (vec![(LOCAL, "50", "Expired")], "", ""),
            (vec![(LOCAL, "7", "Hospice - home")], "", ""),
            (vec![(NUBC, "50", "")], "Expired", "50 of 0"),
            (vec![(NUBC, "01", "Home")], "Hospice", "01 of 0"),
        ] {
            assert_eq!(
                judged(&codings, text),
                (code.to_owned(), "disposition-doubtful".to_owned()),
                "{codings:?} {text}"
            );
        }
        assert_eq!(judged(&[(NUBC, "40", "")], "Expired, hospice").1, "");
        assert_eq!(judged(&[(NUBC, "04", "Discharged to a facility")], "").0, "04 of 0");
    }
}
