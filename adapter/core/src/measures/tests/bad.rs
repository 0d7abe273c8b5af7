//! Results that must not reach a report, and what is said of each.

use super::support::*;
use crate::measures::{Asked, select};

/// What is said of one row of HbA1c, which is not chosen.
fn said(row: &str) -> Vec<String> {
    said_of(&ASKED, row)
}

fn said_of(asked: &Asked<'_>, row: &str) -> Vec<String> {
    let selection = select(&EXAMPLE, asked, &rows(&[row]));
    assert!(selection.measures.is_empty(), "{row}");
    for issue in &selection.issues {
        assert!(!issue.blocks() && issue.message.starts_with("HbA1c: "), "{}", issue.message);
        assert!(!issue.message.contains("7.0") && issue.message.contains("M20260714091500-0500"), "{}", issue.message);
    }
    remarks(&selection)
}

#[test]
fn what_cannot_be_reported_is_told_with_its_reason() {
    for (row, code) in [
        ("NM|4548-4^HbA1c^LN||7.0|%|||||F|||", "measure-time-missing"),
        ("NM|4548-4^HbA1c^LN||7.0|%|||||F|||202607", "measure-time-missing"),
        ("NM|4548-4^HbA1c^LN||7.0||||||F|||20260713", "measure-unit-missing"),
        ("NM|4548-4^HbA1c^LN||7.0|furlong|||||F|||20260713", "measure-unit-unknown"),
        ("NM|4548-4^HbA1c^LN||7.0|mg/dL|||||F|||20260713", "measure-unit-unknown"),
        ("NM|4548-4^HbA1c^LN||7.0|%|||||P|||20260713", "measure-not-final"),
        ("NM|4548-4^HbA1c^LN||7.0|%|||||I|||20260713", "measure-not-final"),
        ("NM|4548-4^HbA1c^LN||7.0|%||||||||20260713", "measure-not-final"),
        ("NM|4548-4^HbA1c^LN||PEND|%|||||F|||20260713", "measure-value-missing"),
        ("ST|4548-4^HbA1c^LN||high|%|||||F|||20260713", "measure-not-a-number"),
        ("SN|4548-4^HbA1c^LN||^6^-^7|%|||||F|||20260713", "measure-not-a-number"),
        ("CWE|4548-4^HbA1c^LN||H^high^L||||||F|||20260713", "measure-not-a-number"),
        ("NM|4548-4^HbA1c^LN||70|%|||||F|||20260713", "measure-implausible"),
        ("NM|4548-4^HbA1c^LN||-7.0|%|||||F|||20260713", "measure-implausible"),
        ("NM|4548-4^HbA1c^LN||7.0|%|||||F|||20260802", "measure-in-future"),
        ("NM|4548-4^HbA1c^LN||7.0|%|||||F|||20260801080000-0500", "measure-in-future"),
    ] {
        let found = said(&format!("OBX|1|{row}"));
        assert_eq!(found.len(), 1, "{row}: {found:?}");
        assert!(found[0].starts_with(&format!("{code} HbA1c OBX[1]-5")), "{row}: {found:?}");
    }
}

#[test]
fn what_was_taken_back_or_cancelled_is_silent() {
    for status in ["D", "W", "X"] {
        assert_eq!(said(&format!("OBX|1|NM|4548-4^HbA1c^LN||7.0|%|||||{status}|||20260713")), Vec::<String>::new());
    }
    assert_eq!(said("OBX|1|NM|4548-4^HbA1c^LN|||%|||||U|||20260713"), Vec::<String>::new());
    // Before the window, and another measure's code.
    assert_eq!(said("OBX|1|NM|4548-4^HbA1c^LN||7.0|%|||||F|||20260531"), Vec::<String>::new());
    assert_eq!(said("OBX|1|NM|2823-3^Potassium^LN||7.0|mmol/L|||||F|||20260713"), Vec::<String>::new());
}

#[test]
fn a_code_with_a_wrong_check_digit_is_warned_of_and_not_taken() {
    let text = message("20260714091500-0500", &["OBX|1|NM|4548-5^HbA1c^LN||7.0|%|||||F|||20260713"]);
    let reading = crate::read::read_text(&EXAMPLE, &text).unwrap();
    assert_eq!(reading.issues[0].code, "loinc-invalid");
    assert!(reading.subjects[0].entry_keys.is_empty());
}

#[test]
fn nothing_is_measured_before_birth_or_after_death() {
    let row = "OBX|1|NM|4548-4^HbA1c^LN||7.0|%|||||F|||20260713080000-0500";
    for (born, died, code) in [
        (Some("2026-07-14"), None, "measure-before-birth"),
        (Some("2027"), None, "measure-before-birth"),
        (None, Some("2026-07-12"), "measure-after-death"),
        (None, Some("2026-07-12T10:00:00-05:00"), "measure-after-death"),
        (None, Some("2026-06"), "measure-after-death"),
    ] {
        assert_eq!(said_of(&Asked { born, died, ..ASKED }, row), [format!("{code} HbA1c OBX[1]-5")]);
    }
    // Also long before the window.
    let row_before = "OBX|1|NM|4548-4^HbA1c^LN||7.0|%|||||F|||19010713";
    assert_eq!(
        said_of(&Asked { born: Some("1950-03-07"), ..ASKED }, row_before),
        ["measure-before-birth HbA1c OBX[1]-5"]
    );
    assert_eq!(said_of(&ASKED, row_before), Vec::<String>::new());
    // The days themselves, and dates that go only as far as the year.
    for (born, died) in [("2026-07-13", "2026-07-13"), ("2026", "2026-07"), ("1947-09-12", "2026")] {
        let asked = Asked { born: Some(born), died: Some(died), ..ASKED };
        assert_eq!(select(&EXAMPLE, &asked, &rows(&[row])).measures.len(), 1, "{born} {died}");
    }
}

#[test]
fn an_implausible_value_is_left_out_or_reported_as_the_site_says() {
    let row = "OBX|1|NM|98979-8^eGFR^LN||250|mL/min/{1.73_m2}|||||F|||20260713";
    let selection = chosen(&[row]);
    assert_eq!(lines(&selection, "eGFR"), ["98979-8 250 mL/min/{1.73_m2} 2026-07-13 final"]);
    assert_eq!(remarks(&selection), ["measure-implausible eGFR OBX[1]-5"]);
    let mut profile = EXAMPLE.clone();
    profile.reports.ranges.get_mut("eGFR").unwrap().beyond = access_mappings::RangeRule::Refuse;
    assert!(select(&profile, &ASKED, &rows(&[row])).measures.is_empty());
    profile.reports.ranges.clear();
    assert_eq!(remarks(&select(&profile, &ASKED, &rows(&[row]))), Vec::<String>::new());
    // Looked at after the conversion: 187 stone are no pounds.
    assert_eq!(
        remarks(&chosen(&["OBX|1|NM|29463-7^Weight^LN||1870|lb|||||F|||20260713"])),
        ["measure-implausible weight OBX[1]-5"]
    );
}

#[test]
fn what_no_living_person_has_is_refused() {
    for (row, measure) in [
        ("18262-6^LDL^LN||9|mg/dL", "lipids"),
        ("2093-3^CHOL^LN||8|mg/dL", "lipids"),
        ("2571-8^TRIG^LN||9.9|mg/dL", "lipids"),
        ("4548-4^HbA1c^LN||1.9|%", "HbA1c"),
        ("98979-8^eGFR^LN||0|mL/min/{1.73_m2}", "eGFR"),
        ("14959-1^uACR^LN||0.0|mg/g", "uACR"),
    ] {
        let selection = chosen(&[&format!("OBX|1|NM|{row}|||||F|||20260713")]);
        assert!(selection.measures.is_empty(), "{row}");
        assert_eq!(remarks(&selection), [format!("measure-implausible {measure} OBX[1]-5")], "{row}");
    }
    let high = chosen(&["OBX|1|NM|18262-6^LDL^LN||1200|mg/dL|||||F|||20260713"]);
    assert_eq!(lines(&high, "lipids").len(), 1, "what is too high is reported with a warning");
}

#[test]
fn an_older_usable_value_is_taken_and_the_newer_unusable_one_is_told() {
    let selection = chosen(&[
        "OBX|1|NM|4548-4^HbA1c^LN|1|7.0|%|||||F|||20260701",
        "OBX|2|NM|4548-4^HbA1c^LN|2|7.1||||||F|||20260713",
        "OBX|3|NM|4548-4^HbA1c^LN|3|7.2||||||F|||20260615",
    ]);
    assert_eq!(lines(&selection, "HbA1c"), ["4548-4 7.0 % 2026-07-01 final"]);
    // What is older than what is reported is nobody's concern.
    assert_eq!(remarks(&selection), ["measure-unit-missing HbA1c OBX[2]-5"]);
}

#[test]
fn a_half_without_a_unit_leaves_the_other_alone() {
    let selection = chosen(&[
        "OBX|1|NM|8480-6^SBP^LN|1|132|mm[Hg]|||||F|||20260713",
        "OBX|2|NM|8462-4^DBP^LN|1|84||||||F|||20260713",
    ]);
    assert!(selection.measures.is_empty());
    assert_eq!(
        remarks(&selection),
        ["measure-unit-missing blood-pressure/diastolic OBX[2]-5", "measure-half blood-pressure/systolic OBX[1]-5"]
    );
}

#[test]
fn many_issues_end_with_one_that_says_so() {
    let all: Vec<String> = (0..300)
        .map(|number| {
            format!("OBX|1|NM|4548-4^HbA1c^LN|{number}|7.0||||||F|||20260713{:02}{:02}", number / 60, number % 60)
        })
        .collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let selection = chosen(&all);
    assert_eq!(selection.issues.len(), 100);
    assert_eq!(selection.issues[99].code, "issues-truncated");
}

#[test]
fn entries_that_cannot_be_read_are_passed_over() {
    let mut entries = rows(&["OBX|1|NM|4548-4^HbA1c^LN|1|7.0|%|||||F|||20260701"]);
    entries[0].document = "{\"measure\":1}".to_owned();
    assert!(select(&EXAMPLE, &ASKED, &entries).measures.is_empty());
}
