//! What a report can hold: report types, and the sections of each track as the Composition's profile slices them.
//!
//! Source: guide 0.9.12, pages CodeSystem-ACCESSReportTypeCS, CodeSystem-ACCESSReportDataCompositionSectionCS and
//! StructureDefinition-access-data-reporting-composition.

/// Code system of LOINC.
pub(crate) const LOINC: &str = "http://loinc.org";

/// Why a report is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ReportType {
    Baseline,
    Quarterly,
    EndOfPeriod,
}

/// All of them.
pub(crate) const REPORT_TYPES: [ReportType; 3] = [ReportType::Baseline, ReportType::Quarterly, ReportType::EndOfPeriod];

impl ReportType {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Quarterly => "quarterly",
            Self::EndOfPeriod => "end-of-period",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        REPORT_TYPES.into_iter().find(|kind| kind.code() == code)
    }
}

/// Where the code of a section comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coded {
    Loinc,
    /// `ACCESSReportDataCompositionSectionCS`
    Guide,
}

/// A section of a track: one measure or instrument.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Measure {
    /// Name of the slice, as scenarios write it.
    pub(crate) name: &'static str,
    pub(crate) coded: Coded,
    pub(crate) code: &'static str,
    /// What people call it.
    pub(crate) words: &'static str,
    /// Types of resources its entries may be.
    pub(crate) kinds: &'static [&'static str],
    /// Whether it may have one entry only.
    pub(crate) single: bool,
}

const OBSERVATION: &[&str] = &["Observation"];
const LABORATORY: &[&str] = &["DiagnosticReport", "Observation"];
const RESPONSE: &[&str] = &["QuestionnaireResponse"];

const fn loinc(name: &'static str, code: &'static str, words: &'static str, kinds: &'static [&'static str]) -> Measure {
    Measure { name, coded: Coded::Loinc, code, words, kinds, single: false }
}

/// An instrument that only the guide has a code for: name and code are the same.
const fn own(name: &'static str, words: &'static str) -> Measure {
    Measure { name, coded: Coded::Guide, code: name, words, kinds: RESPONSE, single: false }
}

const BLOOD_PRESSURE: Measure = loinc("blood-pressure", "85354-9", "blood pressure", OBSERVATION);
const LIPIDS: Measure = loinc("lipids", "18262-6", "lipids (LDL cholesterol)", LABORATORY);
const WEIGHT: Measure = loinc("weight", "29463-7", "body weight", OBSERVATION);
const BMI: Measure = loinc("BMI", "39156-5", "body mass index", OBSERVATION);
const WAIST: Measure = loinc("waist", "8280-0", "waist circumference", OBSERVATION);
const HBA1C: Measure = loinc("HbA1c", "4548-4", "hemoglobin A1c", LABORATORY);
// The same, but a DiagnosticReport is not allowed.
const ECKM_HBA1C: Measure = loinc("HbA1c", "4548-4", "hemoglobin A1c", OBSERVATION);
const EGFR: Measure = loinc("eGFR", "98979-8", "eGFR", LABORATORY);
const UACR: Measure = loinc("uACR", "14959-1", "urine albumin/creatinine ratio", LABORATORY);
const PGIC: Measure = own("PGIC", "Patient Global Impression of Change");

const CKM: &[Measure] = &[BLOOD_PRESSURE, LIPIDS, WEIGHT, BMI, WAIST, HBA1C, EGFR, UACR];
const ECKM: &[Measure] = &[BLOOD_PRESSURE, LIPIDS, WEIGHT, BMI, WAIST, ECKM_HBA1C];
const MSK: &[Measure] = &[
    loinc("PROMIS-PF", "76804-4", "PROMIS Physical Function short form", RESPONSE),
    loinc("PROMIS-PF-CAT", "91722-9", "PROMIS Physical Function CAT", RESPONSE),
    loinc("PROMIS-PI", "90973-9", "PROMIS Pain Interference short form", RESPONSE),
    loinc("PROMIS-PI-CAT", "89923-7", "PROMIS Pain Interference CAT", RESPONSE),
    loinc("ODI", "97908-8", "Oswestry Disability Index", RESPONSE),
    Measure { single: true, ..loinc("NDI", "82226-2", "Neck Disability Index", RESPONSE) },
    own("QuickDASH", "QuickDASH"),
    PGIC,
    loinc("KOOS-JR", "82324-5", "KOOS JR", RESPONSE),
    loinc("HOOS-JR", "82316-1", "HOOS JR", RESPONSE),
    loinc("PROMIS-NRS", "72514-3", "PROMIS pain intensity rating", RESPONSE),
];
const BH: &[Measure] = &[
    loinc("PHQ-9", PHQ_9, "PHQ-9", RESPONSE),
    loinc("GAD-7", "69737-5", "GAD-7", RESPONSE),
    own("WHODAS", "WHODAS 2.0"),
    PGIC,
];

/// Section code of the PHQ-9, the only instrument the guide has a rule about missing answers for.
pub(crate) const PHQ_9: &str = "44249-1";

/// Tracks with their measures.
pub(crate) const TRACKS: [(&str, &[Measure]); 4] = [("eCKM", ECKM), ("CKM", CKM), ("MSK", MSK), ("BH", BH)];

/// The measures of a track; none of a track that is not the guide's.
pub(crate) fn of_track(track: &str) -> &'static [Measure] {
    TRACKS.iter().find(|(code, _)| *code == track).map_or(&[], |(_, measures)| measures)
}

/// The measure of that name.
pub(crate) fn named(track: &str, name: &str) -> Option<&'static Measure> {
    of_track(track).iter().find(|measure| measure.name == name)
}

/// The measure of a section with that code. eCKM and CKM are told apart by requiredness only: prose of the guide lists
/// eGFR and uACR for eCKM too, and the slices are open, so they pass there.
pub(crate) fn coded(track: &str, coded: Coded, code: &str) -> Option<&'static Measure> {
    let fits = |measure: &&Measure| measure.coded == coded && measure.code == code;
    let sibling: &[Measure] = if track == "eCKM" { CKM } else { &[] };
    of_track(track).iter().find(fits).or_else(|| sibling.iter().find(fits))
}

#[cfg(test)]
mod tests {
    use super::{Coded, PHQ_9, TRACKS, coded, named};
    use std::collections::BTreeSet;

    #[test]
    fn names_and_codes_of_a_track_are_each_given_once() {
        for (track, measures) in TRACKS {
            let names: BTreeSet<&str> = measures.iter().map(|measure| measure.name).collect();
            let codes: BTreeSet<&str> = measures.iter().map(|measure| measure.code).collect();
            assert_eq!((names.len(), codes.len()), (measures.len(), measures.len()), "{track}");
        }
    }

    #[test]
    fn loinc_codes_have_their_check_digit() {
        for (_, measures) in TRACKS {
            for measure in measures.iter().filter(|measure| measure.coded == Coded::Loinc) {
                let (number, check) = measure.code.split_once('-').unwrap();
                // Mod 10: every second digit from the right is doubled.
                let sum: u32 = number
                    .chars()
                    .rev()
                    .enumerate()
                    .map(|(index, digit)| digit.to_digit(10).unwrap() * if index % 2 == 0 { 2 } else { 1 })
                    .map(|value| value / 10 + value % 10)
                    .sum();
                assert_eq!(((10 - sum % 10) % 10).to_string(), check, "{}", measure.code);
            }
        }
    }

    #[test]
    fn an_early_track_takes_the_kidney_measures_and_the_others_keep_to_their_own() {
        assert_eq!(coded("eCKM", Coded::Loinc, "98979-8").unwrap().name, "eGFR");
        assert_eq!(coded("eCKM", Coded::Loinc, "4548-4").unwrap().kinds, ["Observation"]);
        assert_eq!(named("eCKM", "eGFR"), None);
        assert_eq!(coded("MSK", Coded::Loinc, PHQ_9), None);
        assert_eq!(coded("BH", Coded::Guide, "44249-1"), None);
        assert_eq!(coded("BH", Coded::Guide, "PGIC").unwrap().name, "PGIC");
    }
}
