//! Checks `measures.toml`: codes with a wrong check digit, codes that two measures claim, unknown tracks, numbers that are none.

use crate::heritage::has_check_digit;
use crate::measures::MeasureFacts;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

/// The parts of a panel.
pub(super) const PARTS: [&str; 2] = ["systolic", "diastolic"];
/// Categories of observations that the guide uses.
const CATEGORIES: [&str; 2] = ["vital-signs", "laboratory"];
const LOINC: &str = "http://loinc.org";

/// What is wrong, each with the offset of its measure.
pub(super) fn faults(measures: &[Spanned<MeasureFacts>], tracks: &[&str]) -> Vec<(usize, String)> {
    let mut faults = Vec::new();
    let mut codes = BTreeSet::new();
    let mut claimed: BTreeMap<&str, &str> = BTreeMap::new();
    for spanned in measures {
        let (measure, at) = (spanned.get_ref(), spanned.span().start);
        let mut wrong = |what: String| faults.push((at, format!("measure `{}`: {what}", measure.code)));
        if measure.code.is_empty() || !codes.insert(measure.code.as_str()) {
            wrong("the code is missing or there twice".to_owned());
        }
        for track in measure.tracks.iter().filter(|track| !tracks.contains(&track.as_str())) {
            wrong(format!("the guide has no track `{track}`"));
        }
        words(measure, &mut wrong);
        for code in &measure.accepts {
            match claimed.insert(&code.loinc, &measure.code) {
                Some(other) if other == measure.code => wrong(format!("`{}` is there twice", code.loinc)),
                Some(other) => wrong(format!("`{}` belongs to measure `{other}` as well", code.loinc)),
                None => {}
            }
        }
        codes_of(measure, &mut wrong);
        conversions(measure, &mut wrong);
    }
    faults
}

fn words(measure: &MeasureFacts, wrong: &mut impl FnMut(String)) {
    let texts = [&measure.title, &measure.section.system, &measure.section.code, &measure.unit, &measure.unit_text];
    if texts.iter().any(|text| text.trim().is_empty()) {
        wrong("title, section, unit or unit_text is empty".to_owned());
    }
    if !CATEGORIES.contains(&measure.category.as_str()) {
        wrong(format!("`{}` is no category; known are {}", measure.category, CATEGORIES.join(", ")));
    }
    if !measure.profile.split_once('|').is_some_and(|(canonical, version)| !canonical.is_empty() && !version.is_empty())
    {
        wrong("the profile is a canonical with its version, joined by |".to_owned());
    }
}

fn codes_of(measure: &MeasureFacts, wrong: &mut impl FnMut(String)) {
    let section = (measure.section.system == LOINC).then_some(&measure.section.code);
    let panel = Some(&measure.panel).filter(|panel| !panel.is_empty());
    let sent = measure.accepts.iter().map(|code| &code.sent_as).filter(|code| !code.is_empty());
    let taken = measure.accepts.iter().map(|code| &code.loinc);
    for code in section.into_iter().chain(panel).chain(taken).chain(sent).collect::<BTreeSet<_>>() {
        if !is_loinc(code) {
            wrong(format!("`{code}` is not a LOINC code: digits, a dash and the check digit"));
        }
    }
    if measure.accepts.iter().all(|code| code.beside) {
        wrong("no code satisfies it".to_owned());
    }
    for code in &measure.accepts {
        if !code.part.is_empty() && (!measure.is_panel() || !PARTS.contains(&code.part.as_str())) {
            wrong(format!("`{}` is of part `{}`; panels have {}", code.loinc, code.part, PARTS.join(" and ")));
        }
        let fits = |other: &&crate::MeasureCode| {
            other.sent_as.is_empty() && other.part == code.part && other.beside == code.beside
        };
        if !code.sent_as.is_empty() && measure.accepted(&code.sent_as).filter(fits).is_none() {
            wrong(format!("`{}` is sent as `{}`, which is no such code of the measure", code.loinc, code.sent_as));
        }
    }
    for part in PARTS.iter().filter(|_| measure.is_panel()) {
        if !measure.accepts.iter().any(|code| code.part == *part) {
            wrong(format!("no code is of part `{part}`"));
        }
    }
}

fn conversions(measure: &MeasureFacts, wrong: &mut impl FnMut(String)) {
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    for conversion in &measure.conversions {
        let from = conversion.from.as_str();
        if from.is_empty() || !from.bytes().all(|byte| byte.is_ascii_graphic()) {
            wrong(format!("`{from}` is not a UCUM code"));
        }
        if from == measure.unit && conversion.only.is_empty() {
            wrong(format!("`{from}` is the unit that is reported; name the codes it is converted for"));
        }
        let offset = conversion.offset.as_str();
        if !is_decimal(&conversion.factor) || !conversion.factor.bytes().any(|byte| matches!(byte, b'1'..=b'9')) {
            wrong(format!("the factor of `{from}` is not a decimal above nothing"));
        }
        if !offset.is_empty() && !is_decimal(offset) {
            wrong(format!("the offset of `{from}` is not a decimal"));
        }
        let every = [""];
        let only: Vec<&str> = conversion.only.iter().map(String::as_str).collect();
        for code in if only.is_empty() { &every[..] } else { &only } {
            if !code.is_empty() && measure.accepted(code).is_none() {
                wrong(format!("`{from}` is converted for `{code}`, which is no code of the measure"));
            }
            if !seen.insert((from, *code)) {
                wrong(format!("`{from}` is converted twice"));
            }
        }
    }
}

/// One to seven digits, a dash and their check digit.
pub(super) fn is_loinc(code: &str) -> bool {
    code.split_once('-').is_some_and(|(digits, check)| digits.len() <= 7 && has_check_digit(digits, check))
}

/// Digits with at most one point between them, and a sign before.
pub(super) fn is_decimal(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    match text.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(text),
    }
}

#[cfg(test)]
mod tests {
    use super::faults;
    use crate::measures::MeasureFacts;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct File {
        measures: Vec<toml::Spanned<MeasureFacts>>,
    }

    const WEIGHT: &str = r#"
[[measures]]
code = "weight"
title = "Weight"
section = { system = "http://loinc.org", code = "29463-7" }
tracks = ["CKM"]
category = "vital-signs"
profile = "http://example.org/weight|1"
unit = "kg"
unit_text = "kg"
accepts = [{ loinc = "29463-7" }, { loinc = "3141-9", sent_as = "29463-7" }]
conversions = [{ from = "g", factor = "0.001" }]
"#;

    fn found(text: &str) -> Vec<String> {
        let file: File = toml::from_str(text).unwrap();
        faults(&file.measures, &["CKM"]).into_iter().map(|(_, message)| message).collect()
    }

    #[test]
    fn what_is_right_has_no_fault() {
        assert_eq!(found(WEIGHT), Vec::<String>::new());
    }

    #[test]
    fn every_mistake_is_named() {
        for (right, wrong, message) in [
            (r#"code = "weight""#, r#"code = """#, "measure ``: the code is missing or there twice"),
            (r#"title = "Weight""#, r#"title = " ""#, "title, section, unit or unit_text is empty"),
            (r#"["CKM"]"#, r#"["CKD"]"#, "the guide has no track `CKD`"),
            ("vital-signs", "vitals", "`vitals` is no category; known are vital-signs, laboratory"),
            ("weight|1", "weight", "the profile is a canonical with its version, joined by |"),
            (
                r#"loinc = "3141-9""#,
                r#"loinc = "3141-8""#,
                "`3141-8` is not a LOINC code: digits, a dash and the check digit",
            ),
            (r#"loinc = "3141-9""#, r#"loinc = "29463-7""#, "`29463-7` is there twice"),
            (
                r#"sent_as = "29463-7""#,
                r#"sent_as = "8302-2""#,
                "`3141-9` is sent as `8302-2`, which is no such code of the measure",
            ),
            (
                r#"sent_as = "29463-7""#,
                r#"part = "systolic""#,
                "`3141-9` is of part `systolic`; panels have systolic and diastolic",
            ),
            (r#"unit = "kg""#, "unit = \"kg\"\npanel = \"85354-9\"", "no code is of part `systolic`"),
            (
                r#"{ loinc = "29463-7" }"#,
                r#"{ loinc = "29463-7", beside = true }"#,
                "`3141-9` is sent as `29463-7`, which is no such code of the measure",
            ),
            ("0.001", "0,001", "the factor of `g` is not a decimal above nothing"),
            ("0.001", "0.000", "the factor of `g` is not a decimal above nothing"),
            (r#""0.001""#, r#""0.001", offset = "x""#, "the offset of `g` is not a decimal"),
            (
                r#"from = "g""#,
                r#"from = "kg""#,
                "`kg` is the unit that is reported; name the codes it is converted for",
            ),
            (r#"from = "g""#, r#"from = "a b""#, "`a b` is not a UCUM code"),
            (
                r#""0.001""#,
                r#""0.001", only = ["8302-2"]"#,
                "`g` is converted for `8302-2`, which is no code of the measure",
            ),
            (r#"{ from = "g""#, r#"{ from = "g", factor = "1" }, { from = "g""#, "`g` is converted twice"),
        ] {
            let text = WEIGHT.replacen(right, wrong, 1);
            assert_ne!(text, WEIGHT, "{right}");
            let found = found(&text);
            assert!(found.iter().any(|fault| fault.ends_with(message)), "{message}: {found:?}");
        }
    }

    #[test]
    fn a_code_belongs_to_one_measure() {
        let text = format!("{WEIGHT}{}", WEIGHT.replace(r#"code = "weight""#, r#"code = "heft""#));
        assert!(found(&text).contains(&"measure `heft`: `29463-7` belongs to measure `weight` as well".to_owned()));
        assert!(found(&format!("{WEIGHT}{WEIGHT}")).iter().any(|fault| fault.contains("there twice")));
    }
}
