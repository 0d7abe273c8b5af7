//! What is chosen: the newest, converted, with what belongs to it.

use super::support::*;
use crate::chart::Chart;
use crate::measures::{Asked, Measure, select};

#[test]
fn every_measure_of_the_track_is_found_in_the_unit_of_the_guide() {
    let selection = chosen(&[
        "OBX|1|NM|8480-6^SBP^LN||132|mm[Hg]|||||F|||20260713080000-0500",
        "OBX|2|NM|8462-4^DBP^LN||84|mm[Hg]|||||F|||20260713080000-0500",
        "OBX|3|NM|29463-7^Weight^LN||85.0|kg|||||F|||20260713080000-0500",
        "OBX|4|NM|39156-5^BMI^LN||27.5|kg/m2|||||F|||20260713080000-0500",
        "OBX|5|NM|8280-0^Waist^LN||95|cm|||||F|||20260713080000-0500",
        "OBX|6|NM|4548-4^HbA1c^LN||6.5|%|||||F|||20260713080000-0500",
        "OBX|7|NM|98979-8^eGFR^LN||75|mL/min/{1.73_m2}|||||F|||20260713080000-0500",
        "OBX|8|NM|14959-1^uACR^LN||45|mg/g|||||F|||20260713080000-0500",
        "OBX|9|NM|18262-6^LDL^LN||140|mg/dL|||||F|||20260713080000-0500",
    ]);
    assert_eq!(remarks(&selection), Vec::<String>::new());
    let at = "2026-07-13T08:00:00-05:00 final";
    for (code, expected) in [
        ("blood-pressure", "85354-9 8480-6=132/8462-4=84"),
        ("weight", "29463-7 85.0 kg"),
        ("BMI", "39156-5 27.5 kg/m2"),
        ("waist", "8280-0 95 cm"),
        ("HbA1c", "4548-4 6.5 %"),
        ("eGFR", "98979-8 75 mL/min/{1.73_m2}"),
        ("uACR", "14959-1 45 mg/g"),
        ("lipids", "18262-6 140 mg/dL"),
    ] {
        assert_eq!(lines(&selection, code), [format!("{expected} {at}")], "{code}");
    }
    let order: Vec<&str> = selection.measures.iter().map(|one| one.measure.code.as_str()).collect();
    assert_eq!(order, ["blood-pressure", "weight", "BMI", "waist", "HbA1c", "eGFR", "uACR", "lipids"]);
    // eCKM has no eGFR and no uACR, and the other tracks measure nothing.
    let entries = rows(&["OBX|1|NM|98979-8^eGFR^LN||75|mL/min/{1.73_m2}|||||F|||20260713"]);
    for track in ["eCKM", "MSK", "BH", "unknown"] {
        assert!(select(&EXAMPLE, &Asked { track, ..ASKED }, &entries).measures.is_empty(), "{track}");
    }
}

#[test]
fn other_units_are_converted_and_rounded_with_a_warning() {
    for (row, code, expected) in [
        ("NM|29463-7^Weight^LN||187|lbs", "weight", "29463-7 84.8 kg"),
        ("NM|3141-9^Weight^LN||2992|oz", "weight", "29463-7 84.8 kg"),
        ("NM|56086-2^Waist^LN||37.5|in", "waist", "8280-0 95.3 cm"),
        ("NM|59261-8^HbA1c^LN||48|mmol/mol", "HbA1c", "4548-4 6.5 %"),
        ("NM|4548-4^HbA1c^LN||48|mmol/mol", "HbA1c", "4548-4 6.5 %"),
        ("NM|59261-8^HbA1c^LN||4.8|%", "HbA1c", "4548-4 6.5 %"),
        ("NM|32294-1^uACR^LN||5.0|mg/mmol", "uACR", "32294-1 44.2 mg/g"),
        ("NM|22748-8^LDL^LN||3.6|mmol/L", "lipids", "2089-1 139 mg/dL"),
        ("NM|13457-7^LDL^LN||3.6|mmol/L", "lipids", "13457-7 139 mg/dL"),
    ] {
        let selection = chosen(&[&format!("OBX|1|{row}|||||F|||20260713")]);
        assert_eq!(lines(&selection, code), [format!("{expected} 2026-07-13 final")], "{row}");
        assert!(
            remarks(&selection).contains(&format!("measure-converted {code} OBX[1]-5")),
            "{row}: {:?}",
            selection.issues
        );
        let Measure::Single(amount) = &selection.measures[0].readings[0].value else { panic!() };
        assert!(amount.converted && !selection.issues.iter().any(|issue| issue.message.contains("84.8")));
    }
}

#[test]
fn codes_of_laboratories_stay_and_those_of_vital_signs_become_the_profiles() {
    for (code, sent) in [("13457-7", "13457-7"), ("2089-1", "2089-1"), ("18262-6", "18262-6"), ("96259-7", "96259-7")] {
        let selection = chosen(&[&format!("OBX|1|NM|{code}^LDL^LN||140|mg/dL|||||F|||20260713")]);
        assert_eq!(selection.measures[0].readings[0].loinc, sent);
        assert_eq!(remarks(&selection), Vec::<String>::new());
    }
    let selection = chosen(&["OBX|1|NM|56086-2^Waist^LN||95|cm|||||F|||20260713"]);
    let reading = &selection.measures[0].readings[0];
    assert_eq!(
        (reading.loinc.as_str(), reading.display.as_str()),
        ("8280-0", "Waist Circumference at umbilicus by Tape measure")
    );
    assert_eq!(remarks(&selection), ["measure-code-replaced waist OBX[1]-5"]);
}

#[test]
fn the_newest_reading_counts_and_three_of_blood_pressures() {
    let mut all = Vec::new();
    for (number, day) in ["0610", "0612", "0620", "0701"].iter().enumerate() {
        all.push(format!("OBX|1|NM|4548-4^HbA1c^LN|{number}|7.{number}|%|||||F|||2026{day}0800-0500"));
        all.push(format!("OBX|1|NM|8480-6^SBP^LN|{number}|13{number}|mm[Hg]|||||F|||2026{day}0800-0500"));
        all.push(format!("OBX|1|NM|8462-4^DBP^LN|{number}|8{number}|mm[Hg]|||||F|||2026{day}0800-0500"));
    }
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let selection = chosen(&all);
    assert_eq!(lines(&selection, "HbA1c"), ["4548-4 7.3 % 2026-07-01T08:00:00-05:00 final"]);
    let pressures = lines(&selection, "blood-pressure");
    assert_eq!(
        pressures,
        [
            "85354-9 8480-6=131/8462-4=81 2026-06-12T08:00:00-05:00 final",
            "85354-9 8480-6=132/8462-4=82 2026-06-20T08:00:00-05:00 final",
            "85354-9 8480-6=133/8462-4=83 2026-07-01T08:00:00-05:00 final",
        ]
    );
    let mut profile = EXAMPLE.clone();
    profile.reports.readings.insert("blood-pressure".to_owned(), 1);
    profile.reports.readings.insert("HbA1c".to_owned(), 9);
    let entries = rows(&all);
    let selection = select(&profile, &ASKED, &entries);
    assert_eq!(lines(&selection, "blood-pressure").len(), 1);
    assert_eq!(lines(&selection, "HbA1c").len(), 4);
    // The window begins with its first day.
    let selection = select(&profile, &Asked { from: "2026-06-12", ..ASKED }, &entries);
    assert_eq!(lines(&selection, "HbA1c").len(), 3);
    assert_eq!(remarks(&selection), Vec::<String>::new());
}

#[test]
fn the_rest_of_the_panel_goes_beside_the_value_that_counts() {
    let selection = chosen(&[
        "OBX|1|NM|2093-3^Total^LN|1|219|mg/dL|||||F|||20260713080000-0500",
        "OBX|2|NM|2085-9^HDL^LN|2|42|mg/dL|||||F|||20260713080000-0500",
        "OBX|3|NM|2571-8^TG^LN|3|185|mg/dL|||||F|||20260713081000-0500",
        "OBX|4|NM|13457-7^LDL^LN|4|140|mg/dL|||||F|||20260713080000-0500",
        "OBX|5|NM|2085-9^HDL^LN|5|50|mg/dL|||||F|||20260601080000-0500",
    ]);
    let at = "2026-07-13T08:00:00-05:00";
    assert_eq!(
        lines(&selection, "lipids"),
        [
            format!("13457-7 140 mg/dL {at} final"),
            format!("+2093-3 219 mg/dL {at} final"),
            format!("+2085-9 42 mg/dL {at} final"),
            "+2571-8 185 mg/dL 2026-07-13T08:10:00-05:00 final".to_owned(),
        ]
    );
    let alone = chosen(&["OBX|2|NM|2085-9^HDL^LN|2|42|mg/dL|||||F|||20260713080000-0500"]);
    assert!(alone.measures.is_empty());
    assert_eq!(remarks(&alone), ["measure-beside-only lipids OBX[1]-5"]);
}

#[test]
fn a_direct_and_a_calculated_value_of_one_time_do_not_contradict_each_other() {
    let selection = chosen(&[
        "OBX|1|NM|13457-7^LDL^LN|1|138|mg/dL|||||F|||20260713080000-0500",
        "OBX|2|NM|18262-6^LDL^LN|2|140|mg/dL|||||F|||20260713080000-0500",
    ]);
    assert_eq!(lines(&selection, "lipids"), ["18262-6 140 mg/dL 2026-07-13T08:00:00-05:00 final"]);
    assert_eq!(remarks(&selection), Vec::<String>::new());
}

#[test]
fn what_two_senders_say_alike_is_one_reading_and_what_differs_is_told() {
    let row = "OBX|1|NM|4548-4^HbA1c^LN|1|7.0|%|||||F|||20260713080000-0500";
    let other = message("20260715091500-0500", &[row]).replace("|LAB|MAIN|", "|EPIC|EAST|");
    let mut entries = rows(&[row]);
    entries.extend(entries_of(&EXAMPLE, &other));
    let selection = select(&EXAMPLE, &ASKED, &entries);
    assert_eq!(lines(&selection, "HbA1c"), ["4548-4 7.0 % 2026-07-13T08:00:00-05:00 final"]);
    assert_eq!(
        selection.measures[0].readings[0].entries,
        ["m:EPIC/EAST|4548-4|F200/1@2026-07-13T13:00:00Z", "m:LAB/MAIN|4548-4|F200/1@2026-07-13T13:00:00Z"]
    );
    let mut entries = rows(&[row]);
    entries.extend(entries_of(&EXAMPLE, &other.replace("7.0", "7.4")));
    let selection = select(&EXAMPLE, &ASKED, &entries);
    assert_eq!(lines(&selection, "HbA1c"), ["4548-4 7.4 % 2026-07-13T08:00:00-05:00 final"]);
    assert_eq!(remarks(&selection), ["measures-differ HbA1c OBX[1]-5"]);
}

#[test]
fn a_repeat_that_lost_its_time_of_day_is_no_second_reading() {
    let mut profile = EXAMPLE.clone();
    profile.reports.readings.insert("HbA1c".to_owned(), 5);
    let entries = rows(&[
        "OBX|1|NM|4548-4^HbA1c^LN|1|7.0|%|||||F|||20260713080000-0500",
        "OBX|1|NM|4548-4^HbA1c^LN|2|7.0|%|||||F|||20260713",
        "OBX|1|NM|4548-4^HbA1c^LN|3|7.2|%|||||F|||20260713",
    ]);
    let selection = select(&profile, &ASKED, &entries);
    assert_eq!(
        lines(&selection, "HbA1c"),
        ["4548-4 7.2 % 2026-07-13 final", "4548-4 7.0 % 2026-07-13T08:00:00-05:00 final"]
    );
}

#[test]
fn a_body_mass_index_is_computed_where_none_is_stated_and_says_so() {
    let (weight, height) = (
        "OBX|1|NM|29463-7^Weight^LN||187|lb|||||F|||20260713080000-0500",
        "OBX|2|NM|8302-2^Height^LN||64|in|||||F|||20260602080000-0500",
    );
    let selection = chosen(&[weight, height]);
    assert_eq!(lines(&selection, "BMI"), ["39156-5 32.1 kg/m2 2026-07-13T08:00:00-05:00 derived"]);
    let reading = &selection.measures.iter().find(|one| one.measure.code == "BMI").unwrap().readings[0];
    assert_eq!(
        reading.entries,
        ["m:LAB/MAIN|29463-7|F200@2026-07-13T13:00:00Z", "m:LAB/MAIN|8302-2|F200@2026-06-02T13:00:00Z"]
    );
    assert_eq!(reading.derived_from.as_ref().map(|from| from.path.as_str()), Some("OBX[2]-5"));
    assert!(remarks(&selection).contains(&"measure-derived BMI OBX[1]-5".to_owned()));
    assert!(!selection.measures.iter().any(|one| one.measure.code == "height"));
    // A stated one is not computed over; an old height, or none, computes nothing.
    let stated = "OBX|3|NM|39156-5^BMI^LN||31.9|kg/m2|||||F|||20260702080000-0500";
    assert_eq!(
        lines(&chosen(&[weight, height, stated]), "BMI"),
        ["39156-5 31.9 kg/m2 2026-07-02T08:00:00-05:00 final"]
    );
    assert_eq!(lines(&chosen(&[weight, &height.replace("20260602", "20260501")]), "BMI"), Vec::<String>::new());
    assert_eq!(lines(&chosen(&[weight]), "BMI"), Vec::<String>::new());
    // Why there is none is told.
    let selection = chosen(&[weight, &height.replace("|in|", "||")]);
    assert_eq!(lines(&selection, "BMI"), Vec::<String>::new());
    assert!(remarks(&selection).contains(&"measure-unit-missing height OBX[2]-5".to_owned()));
}

#[test]
fn bounds_are_kept_as_bounds() {
    for row in ["NM|98979-8^eGFR^LN||>60", "SN|98979-8^eGFR^LN||>^60", "ST|98979-8^eGFR^LN||> 60"] {
        let selection = chosen(&[&format!("OBX|1|{row}|mL/min/1.73m2|||||F|||20260713")]);
        assert_eq!(lines(&selection, "eGFR"), ["98979-8 >60 mL/min/{1.73_m2} 2026-07-13 final"], "{row}");
        assert!(remarks(&selection)[0].starts_with("measure-comparator eGFR OBX[1]-5"));
    }
}

#[test]
fn method_and_performer_go_along() {
    let selection =
        chosen(&["OBX|1|NM|4548-4^HbA1c^LN||7.0|%|||||F|||20260713||1234567893^HUNT^^^^^^^NPI|HPLC^Chromatography^L"]);
    let reading = &selection.measures[0].readings[0];
    assert_eq!((reading.method.as_str(), reading.performer.as_str()), ("Chromatography", "1234567893"));
}

#[test]
fn the_zone_of_the_site_says_which_day_it_is() {
    let entries = rows(&["OBX|1|NM|4548-4^HbA1c^LN||7.0|%|||||F|||20260601030000+0000"]);
    let found = |zone: &str| {
        let mut profile = EXAMPLE.clone();
        profile.reports.zone = zone.to_owned();
        select(&profile, &ASKED, &entries).measures.len()
    };
    assert_eq!((found("UTC"), found("America/Chicago")), (1, 0));
}

#[test]
fn the_life_of_the_charts_person_is_taken_along() {
    let mut chart = Chart::empty();
    let asked = Asked::of(&chart, "CKM", "2026-06-01", "2026-08-01T00:00:00Z");
    assert_eq!((asked.born, asked.died), (None, None));
    let from = crate::facts::Origin { feed: String::new(), path: String::new(), rule: String::new() };
    chart.birth_date = Some(crate::facts::Sourced { value: "1947-09-12".to_owned(), from });
    assert_eq!(Asked::of(&chart, "CKM", "", "").born, Some("1947-09-12"));
}
