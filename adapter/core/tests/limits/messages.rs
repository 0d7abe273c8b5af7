//! HL7 v2.

use super::{EXAMPLE, HEADER, PID, count, facts, message, read, rows};
use access_core::facts::{Heritage, Stated};
use access_core::read as reading;
use access_mappings::{PlanClass, Profile};

#[test]
fn an_event_moves_64_visits() {
    let moved = |visits: usize| read(&message("ADT^A50", &rows(visits, "MRG|||||OLD#\rPV1|1|I|||||||||||||||||NEW#")));
    let full = moved(64);
    assert_eq!((facts(&full).records.renamed_visits.len(), count(&full.issues, "limit-rows")), (64, 0));
    let beyond = moved(70);
    assert_eq!((facts(&beyond).records.renamed_visits.len(), count(&beyond.issues, "limit-rows")), (64, 1));
}

#[test]
fn a_reading_lists_500_unmapped_codes_of_64_letters() {
    let long = "N".repeat(80);
    let found = read(&message("ORU^R01", &rows(600, &format!("OBX|1|NM|L#^{long}^99LAB||7|mg/dL|||||F")))).unmapped;
    assert_eq!(found.len(), 500);
    assert!(found.iter().all(|code| code.display.len() == 64));
}

#[test]
fn twenty_fields_that_cannot_be_decoded_are_named() {
    let fields = "|\u{fffd}".repeat(30);
    assert_eq!(count(&read(&message("ADT^A08", &[format!("ZZZ{fields}")])).issues, "undecodable-character"), 20);
}

/// Race and ethnicity of a person with so many codes of finer groups.
fn races(codes: usize, words: &str) -> Heritage {
    // Detailed codes of the CDC, each of its category.
    let known = ["2029-7", "2030-5", "2031-3", "2032-1", "2033-9", "2034-7", "2035-4", "2036-2", "2037-0", "2038-8"];
    let more = [
        "2039-6", "2040-4", "2041-2", "2042-0", "2043-8", "2044-6", "2045-3", "2046-1", "2047-9", "2048-7", "2049-5",
        "2050-3",
    ];
    let all: Vec<String> =
        known.iter().chain(&more).take(codes).map(|code| format!("{code}^{words}{code}^CDCREC")).collect();
    let pid = format!("{PID}||{}", all.join("~"));
    let found = read(&message("ADT^A08", &[]).replace(PID, &pid));
    match facts(&found).demographics.race {
        Some(Stated::Set(race)) => race.value,
        other => panic!("{other:?}"),
    }
}

#[test]
fn twenty_finer_groups_and_500_letters_of_race_are_kept() {
    let race = races(22, &"word ".repeat(20));
    assert_eq!((race.details.len(), race.text.chars().count()), (20, 500));
    assert_eq!(races(3, "Asian").details.len(), 3);
}

#[test]
fn five_categories_of_race_are_kept() {
    let all = "1002-5~2028-9~2054-5~2076-8~2106-3~2131-1";
    let found = read(&message("ADT^A08", &[]).replace(PID, &format!("{PID}||{all}")));
    let Some(Stated::Set(race)) = facts(&found).demographics.race else { panic!("no race") };
    assert!(race.value.categories.len() <= 5, "{:?}", race.value.categories);
    assert!(race.value.categories.len() >= 5);
}

#[test]
fn a_plan_code_beyond_64_bytes_is_none() {
    let plan = |code: &str| read(&message("ADT^A08", &[format!("IN1|1|{code}|MUTUAL")]));
    assert_eq!(count(&plan(&"X".repeat(64)).issues, "plan-unknown"), 1);
    assert_eq!(count(&plan(&"X".repeat(65)).issues, "plan-unknown"), 0);
}

#[test]
fn a_priority_beyond_99_is_no_order_of_plans() {
    let issues = |first: &str| {
        let plan = |name: &str, priority: &str| format!("IN1|1|{name}||{name} MUTUAL{}{priority}", "|".repeat(18));
        read(&message("ADT^A08", &[plan("A", first), plan("B", "2")])).issues
    };
    assert_eq!(count(&issues("99"), "coverage-order"), 0);
    assert_eq!(count(&issues("100"), "coverage-order"), 1);
}

#[test]
fn a_typology_code_beyond_8_bytes_is_none() {
    let class = |code: &str| {
        let plan = format!("IN1|1|A||MUTUAL{}{code}^^2.16.840.1.113883.3.221.5", "|".repeat(11));
        facts(&read(&message("ADT^A08", &[plan]))).plans.unwrap()[0].class
    };
    assert_eq!(class("12100000"), PlanClass::OriginalMedicare);
    assert_ne!(class("121000000"), PlanClass::OriginalMedicare);
}

#[test]
fn an_escape_sequence_ends_within_512_bytes() {
    let name = |digits: usize| {
        let pid = PID.replace("RUTH", &format!("R\\X{}\\", "41".repeat(digits)));
        count(&read(&message("ADT^A08", &[]).replace(PID, &pid)).issues, "escape-unknown")
    };
    assert_eq!((name(250), name(300)), (0, 1));
}

#[test]
fn the_character_set_is_looked_for_in_8_kib() {
    let header = |filler: usize| {
        let text = format!("{}{HEADER}||ADT^A08|77|P|2.5.1||||||8859/15\r{PID}", "\r\n".repeat(filler));
        let mut bytes = text.replace("RUTH", "@").into_bytes();
        bytes.iter_mut().filter(|byte| **byte == b'@').for_each(|byte| *byte = 0xa4);
        let found = reading::read(&EXAMPLE, &bytes).unwrap();
        serde_json::to_string(&facts(&found).name).unwrap().contains('€')
    };
    assert!(header(10) && !header(5_000), "0xA4 is the euro sign in ISO 8859-15 only");
}

#[test]
fn a_strict_refusal_names_200_unused_fields() {
    let strict = Profile { strict: true, ..EXAMPLE.clone() };
    let feed = message("ADT^A08", &[format!("ZZZ{}", "|x".repeat(300))]);
    let refusal = reading::read(&strict, feed.as_bytes()).unwrap_err();
    assert_eq!(count(&refusal.issues, "field-unused"), 200);
}

#[test]
fn a_file_of_questionnaires_is_known_by_its_first_32_kib() {
    let file = |blank: usize| {
        format!("{}mbi,instrument,authored,nrs-1\n3AA1AA1AA11,PROMIS-NRS,2026-01-15,6\n", "\n".repeat(blank))
    };
    assert_eq!(read(&file(100)).header.message_type, "CSV");
    assert!(reading::read(&EXAMPLE, file(40_000).as_bytes()).is_err());
}

/// A LOINC code with its check digit.
fn loinc(number: usize) -> String {
    let digits = number.to_string();
    // From the right every second digit counts twice.
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0');
            if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
        })
        .sum();
    format!("{number}-{}", (10 - sum % 10) % 10)
}

#[test]
fn a_response_has_200_answers() {
    // Only an adaptive instrument has so many items.
    let adaptive = EXAMPLE.guide.instruments.iter().find(|facts| facts.other_items.is_some()).unwrap();
    let answers = |count: usize| {
        let mut all = vec![format!("OBR|1||F1|{}^^LN|||20260701100000+0000", adaptive.codes[0].code)];
        all.extend((0..count).map(|number| format!("OBX|{number}|NM|{}^^LN||2||||||F", loinc(90_000 + number))));
        let found = read(&message("ORU^R01", &all));
        let answered = facts(&found).questionnaires;
        (answered[0].answers.len(), super::count(&found.issues, "limit-rows"))
    };
    assert_eq!((answers(200), answers(201)), ((200, 0), (200, 1)));
}

#[test]
fn a_message_is_about_100_people() {
    let people = |count: usize| message("ADT^A08", &rows(count - 1, "PID|1||P#^^^MAIN^MR||OTHER^ANN"));
    assert_eq!(read(&people(100)).subjects.len(), 100);
    let refusal = reading::read(&EXAMPLE, people(101).as_bytes()).unwrap_err();
    assert_eq!(refusal.issues[0].code, "limit-patients");
}

#[test]
fn twenty_contacts_and_ten_addresses_are_kept() {
    let with = |contacts: usize, addresses: usize| {
        let phones = rows(contacts, "555010#^PRN^PH").join("~");
        let homes = rows(addresses, "# MAIN^^CHICAGO^IL^60601^USA^H").join("~");
        count(&read(&message("ADT^A08", &[]).replace(PID, &format!("{PID}|||{homes}||{phones}"))).issues, "limit-rows")
    };
    assert_eq!((with(20, 10), with(21, 10), with(20, 11)), (0, 1, 1));
}
