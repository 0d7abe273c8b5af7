//! Look-ups by sender.

use super::{LocalCodes, ObservationTable, PlanTable, SenderSection, Senders, UnitTable};
use crate::coverage::{PlanClass, PlanEntry};
use std::collections::BTreeMap;

fn observations(rows: &str) -> ObservationTable {
    serde_json::from_str(rows).unwrap()
}

fn units(rows: &[(&str, &str)]) -> UnitTable {
    UnitTable::from(
        rows.iter().map(|(text, code)| ((*text).to_owned(), (*code).to_owned())).collect::<BTreeMap<_, _>>(),
    )
}

fn section(application: Option<&str>, facility: Option<&str>) -> SenderSection {
    SenderSection {
        application: application.map(str::to_owned),
        facility: facility.map(str::to_owned),
        ..SenderSection::default()
    }
}

#[test]
fn the_most_specific_section_is_taken() {
    let senders = Senders::from(vec![
        section(None, Some("MAIN")),
        section(Some("LAB"), None),
        section(Some("LAB"), Some("MAIN")),
        section(Some("LAB"), Some("MAIN")),
    ]);
    let found = |application, facility| {
        let found = senders.find(application, facility)?;
        Some((found.application.as_deref(), found.facility.as_deref()))
    };
    assert_eq!(found("LAB", "MAIN"), Some((Some("LAB"), Some("MAIN"))));
    assert_eq!(found("LAB", "EAST"), Some((Some("LAB"), None)));
    assert_eq!(found("ADT", "MAIN"), Some((None, Some("MAIN"))));
    assert_eq!(found("", "MAIN"), Some((None, Some("MAIN"))));
    assert_eq!(found("LAB", ""), Some((Some("LAB"), None)));
    assert_eq!(found("ADT", "EAST"), None);
    assert_eq!(found("", ""), None);
}

#[test]
fn a_row_that_says_more_of_a_code_beats_one_that_says_less() {
    let table = observations(
        r#"[{"code":"GLU","loinc":"2345-7"},{"code":"GLU","unit":"mmol/L","loinc":"14749-6"},
            {"code":"GLU","system":"L","loinc":"1558-6"},{"code":"GLU","system":"L","unit":"mmol/L","loinc":"14771-0"},
            {"code":"A1C","loinc":"4548-4","ucum":"%"},{"code":"GLU","loinc":"1-8"}]"#,
    );
    let find = |code, system, unit: &str| table.find(code, system, |row| row == unit).map(|row| row.loinc.as_str());
    assert_eq!(find("GLU", "", "mg/dL"), Some("2345-7"));
    assert_eq!(find("GLU", "X", "mmol/L"), Some("14749-6"));
    assert_eq!(find("GLU", "L", "mg/dL"), Some("1558-6"));
    assert_eq!(find("GLU", "L", "mmol/L"), Some("14771-0"));
    assert_eq!(find("A1C", "L", ""), Some("4548-4"));
    assert_eq!(find("GL", "", ""), None);
    assert_eq!(find("glu", "", ""), None);
}

#[test]
fn units_are_found_however_they_are_spelt_and_never_guessed() {
    let table = units(&[
        ("mm[Hg]", "mm[Hg]"),
        ("10*3/uL", "10*3/uL"),
        ("K/uL", "10*3/uL"),
        ("kg/m2", "kg/m2"),
        ("U/L", "U/L"),
        ("IU/L", "[IU]/L"),
    ]);
    for (text, code) in [
        ("mmHg", Some("mm[Hg]")),
        ("mm Hg", Some("mm[Hg]")),
        ("MM(HG)", Some("mm[Hg]")),
        ("x10^3/µL", Some("10*3/uL")),
        ("10*3/μl", Some("10*3/uL")),
        ("k/ul", Some("10*3/uL")),
        ("kg/m^2", Some("kg/m2")),
        ("kg/m²", Some("kg/m2")),
        ("u/l", Some("U/L")),
        ("[IU]/L", Some("[IU]/L")),
        ("kg{dry}/m2", Some("kg/m2")),
        ("U/L{37C}", Some("U/L")),
        ("U/L{1.73_m2}", None),
        ("U/L{bsa m2}", None),
        ("{ratio}", None),
        ("", None),
        ("mg/dL", None),
    ] {
        assert_eq!(table.find(text), code, "{text}");
    }
    let unsure = units(&[("A", "[in_i]"), ("a", "[ft_i]")]);
    assert_eq!(
        (unsure.find("A"), unsure.find("a"), unsure.find(" a ")),
        (Some("[in_i]"), Some("[ft_i]"), Some("[ft_i]"))
    );
    let unsure = units(&[("A", "[in_i]"), ("a ", "[ft_i]")]);
    assert_eq!(unsure.find("a"), None);
    assert_eq!(table.find(&"m".repeat(65)), None);
}

#[test]
fn a_plan_with_its_company_beats_the_plan_and_that_the_company() {
    let row = |plan: Option<&str>, company: Option<&str>, class| PlanEntry {
        plan: plan.map(str::to_owned),
        company: company.map(str::to_owned),
        class,
    };
    let table = PlanTable::from(vec![
        row(None, Some("C"), PlanClass::Other),
        row(Some("P"), None, PlanClass::MedicareAdvantage),
        row(Some("P"), Some("C"), PlanClass::OriginalMedicare),
        row(Some("P"), None, PlanClass::Drug),
    ]);
    let class = |plan, company| table.find(plan, company).map(|row| row.class);
    assert_eq!(class("P", "C"), Some(PlanClass::OriginalMedicare));
    assert_eq!(class("P", "D"), Some(PlanClass::MedicareAdvantage));
    assert_eq!(class("Q", "C"), Some(PlanClass::Other));
    assert_eq!(class("Q", ""), None);
}

#[test]
fn tables_travel_as_the_lists_they_were() {
    let codes = LocalCodes { units: units(&[("K/uL", "10*3/uL")]), ..LocalCodes::default() };
    let text = serde_json::to_string(&codes).unwrap();
    assert_eq!(serde_json::from_str::<LocalCodes>(&text).unwrap(), codes);
}
