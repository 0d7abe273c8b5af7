//! What each report must hold: defaults, and what a scenario puts in their place.

use crate::measures::{Measure, REPORT_TYPES, ReportType, TRACKS, named};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Vital signs and laboratory results of both cardio-kidney-metabolic tracks. A `|` stands between alternatives.
const COMMON: &[&str] = &["blood-pressure", "lipids", "weight", "BMI", "waist", "HbA1c"];
const CKM_BASELINE: &[&str] = &["blood-pressure", "lipids", "weight", "BMI", "waist", "HbA1c", "eGFR", "uACR"];
const MSK: &[&str] = &["PROMIS-PF | PROMIS-PF-CAT", "PROMIS-PI | PROMIS-PI-CAT", "PROMIS-NRS"];
const MSK_END: &[&str] = &["PROMIS-PF | PROMIS-PF-CAT", "PROMIS-PI | PROMIS-PI-CAT", "PROMIS-NRS", "PGIC"];
const BH: &[&str] = &["PHQ-9", "GAD-7", "WHODAS"];
const BH_END: &[&str] = &["PHQ-9", "GAD-7", "WHODAS", "PGIC"];

/// The guide has no formal rule. These follow its prose and examples; the rest is a plain choice.
fn default_of(track: &str, kind: ReportType) -> &'static [&'static str] {
    match (track, kind) {
        ("CKM", ReportType::Baseline) => CKM_BASELINE,
        ("CKM", ReportType::Quarterly) => &["HbA1c", "blood-pressure"],
        ("eCKM", ReportType::Quarterly) => &["blood-pressure"],
        ("CKM" | "eCKM", _) => COMMON,
        ("MSK", ReportType::EndOfPeriod) => MSK_END,
        ("MSK", _) => MSK,
        ("BH", ReportType::EndOfPeriod) => BH_END,
        ("BH", _) => BH,
        _ => &[],
    }
}

/// What each report must hold, by track and report type: table `[reporting.required.<track>]`, a list for each report type.
/// A list that is left out keeps its default.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Tables")]
pub struct Required(Vec<Rule>);

type Tables = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// What a report of one type must hold in one track.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    track: &'static str,
    kind: ReportType,
    needs: Vec<Need>,
}

/// One of these measures must be there.
pub(crate) type Need = Vec<&'static Measure>;

impl Required {
    /// What a report must hold.
    pub(crate) fn of(&self, track: &str, kind: ReportType) -> &[Need] {
        self.0.iter().find(|rule| rule.track == track && rule.kind == kind).map_or(&[], |rule| rule.needs.as_slice())
    }
}

impl Default for Required {
    fn default() -> Self {
        // The built-in names are all known, which a test shows.
        Self::try_from(Tables::new()).unwrap_or(Self(Vec::new()))
    }
}

impl TryFrom<Tables> for Required {
    type Error = String;

    fn try_from(mut tables: Tables) -> Result<Self, String> {
        let mut rules = Vec::new();
        for (track, _) in TRACKS {
            let mut lists = tables.remove(track).unwrap_or_default();
            for kind in REPORT_TYPES {
                let needs = match lists.remove(kind.code()) {
                    Some(names) => names.iter().map(|text| need(track, text)).collect::<Result<_, _>>()?,
                    None => default_of(track, kind).iter().map(|text| need(track, text)).collect::<Result<_, _>>()?,
                };
                rules.push(Rule { track, kind, needs });
            }
            if let Some(word) = lists.into_keys().next() {
                return Err(format!("`{word}` is none of the report types baseline, quarterly, end-of-period"));
            }
        }
        match tables.into_keys().next() {
            Some(word) => Err(format!("`{word}` is none of the tracks eCKM, CKM, MSK, BH")),
            None => Ok(Self(rules)),
        }
    }
}

/// One measure, or several with `|` between.
fn need(track: &'static str, text: &str) -> Result<Need, String> {
    let one =
        |name: &str| named(track, name.trim()).ok_or_else(|| format!("`{}` is no measure of {track}", name.trim()));
    text.split('|').map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::Required;
    use crate::measures::{REPORT_TYPES, ReportType, TRACKS};

    fn names(required: &Required, track: &str, kind: ReportType) -> Vec<String> {
        let alternatives = |need: &super::Need| need.iter().map(|measure| measure.name).collect::<Vec<_>>().join("|");
        required.of(track, kind).iter().map(alternatives).collect()
    }

    #[test]
    fn every_report_of_every_track_needs_something_by_default() {
        let required = Required::default();
        for (track, _) in TRACKS {
            for kind in REPORT_TYPES {
                assert!(!required.of(track, kind).is_empty(), "{track} {}", kind.code());
            }
        }
        assert_eq!(names(&required, "CKM", ReportType::Quarterly), ["HbA1c", "blood-pressure"]);
        assert_eq!(names(&required, "CKM", ReportType::Baseline).len(), 8);
        let end = ["PROMIS-PF|PROMIS-PF-CAT", "PROMIS-PI|PROMIS-PI-CAT", "PROMIS-NRS", "PGIC"];
        assert_eq!(names(&required, "MSK", ReportType::EndOfPeriod), end);
        assert_eq!(names(&required, "CKM", ReportType::EndOfPeriod), names(&required, "eCKM", ReportType::Baseline));
    }

    #[test]
    fn a_list_of_ones_own_replaces_that_list_only() {
        let required: Required = toml::from_str("[BH]\nbaseline = [\"PHQ-9|GAD-7\"]\nquarterly = []").unwrap();
        assert_eq!(names(&required, "BH", ReportType::Baseline), ["PHQ-9|GAD-7"]);
        assert!(required.of("BH", ReportType::Quarterly).is_empty());
        assert_eq!(names(&required, "BH", ReportType::EndOfPeriod).len(), 4);
        for (text, part) in
            [("[BH]\nbaseline = [\"HbA1c\"]", "HbA1c"), ("[BH]\nyearly = []", "yearly"), ("[bh]\nbaseline = []", "bh")]
        {
            assert!(toml::from_str::<Required>(text).unwrap_err().to_string().contains(part), "{text}");
        }
    }
}
