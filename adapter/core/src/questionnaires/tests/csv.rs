//! Files of questionnaires.

use super::kit::{MBI, SITE, answered, answered_by, at, csv, entries, example, facts, found, read, read_by, values};
use crate::account::account;
use crate::read::{read as read_bytes, read_text};
use access_contract::{Fate, Refusal, Verdict};
use access_mappings::QuestionCode;
use proptest::prelude::*;

fn refused(text: &str) -> Refusal {
    read_text(&SITE, text).unwrap_err()
}

#[test]
fn a_file_is_known_by_its_header_in_any_order_and_case() {
    let text = "\u{feff}\"Authored\", Instrument ,MBI,nrs-1\r\n2026-01-15,promis nrs,3AA1AA1AA11,6\r\n";
    let found = &answered(text)[0];
    assert_eq!(
        (found.instrument.as_str(), found.authored.as_str(), values(found)),
        ("PROMIS-NRS", "2026-01-15", vec![("nrs-1", "6")])
    );
    let header = read(text).header;
    assert_eq!((header.message_type.as_str(), header.event.as_str()), ("CSV", "QUESTIONNAIRES"));
    // The same bytes have the same name, others another one.
    assert_eq!(header.control_id, read(text).header.control_id);
    assert_ne!(header.control_id, read(&text.replace(",6", ",7")).header.control_id);
    for other in ["a,b,c\n1,2,3\n", "instrument\nPHQ-9\n", "authored,instrumental\n"] {
        assert_ne!(refused(other).issues[0].code, "csv-header", "{other}");
    }
}

#[test]
fn the_items_are_known_in_any_case() {
    let text = "MBI,Instrument,AUTHORED,NRS-1\n3AA1AA1AA11,PROMIS-NRS,2026-01-15,6\n";
    assert_eq!(values(&answered(text)[0]), [("nrs-1", "6")]);
    let twice = "mbi,instrument,authored,nrs-1,NRS-1\n3AA1AA1AA11,PROMIS-NRS,2026-01-15,6,6\n";
    assert_eq!(refused(twice).issues[0].message, "another column has the same name");
}

#[test]
fn what_is_wrong_with_a_whole_file_is_named() {
    for (text, place, says) in [
        ("mbi;instrument;authored;nrs-1\n3AA1AA1AA11;PROMIS-NRS;2026-01-15;6\n", "row 1", "semicolons"),
        ("mbi\tinstrument\tauthored\n3AA1AA1AA11\tPROMIS-NRS\t2026-01-15\n", "row 1", "tabs"),
        ("mbi,instrument,nrs-1\n3AA1AA1AA11,PROMIS-NRS,6\n", "row 1", "authored is missing"),
        ("mbi,authored,nrs-1\n3AA1AA1AA11,2026-01-15,6\n", "row 1", "instrument is missing"),
        ("mbi,instrument,authored,nrs-1\n3AA1AA1AA11,PROMIS-NRS,2026-01-15,\"6\n3AA1AA1AA11,x,y,z\n", "row 2", "quote"),
    ] {
        let issue = refused(text).issues.remove(0);
        assert_eq!((issue.code.as_str(), issue.location.as_str()), ("csv-header", place), "{text}");
        assert!(issue.message.contains(says), "{}", issue.message);
    }
    // Quotes that are written twice, and quotes within a cell that does not begin with one.
    for cell in ["\"a \"\"b\"\"\"", "5\" tall"] {
        let text = format!("mbi,instrument,authored,nrs-1,note\n3AA1AA1AA11,PROMIS-NRS,2026-01-15,6,{cell}\n");
        assert_eq!(values(&answered(&text)[0]), [("nrs-1", "6")]);
    }
}

#[test]
fn rows_of_one_person_are_one_subject_and_others_others() {
    let text = "mbi,patient_id,authority,instrument,authored,nrs-1,pgic-1\n\
                3AA1AA1AA11,,,PROMIS-NRS,2026-01-15,6,\n\
                ,17,CLINIC,PROMIS-NRS,2026-01-15,5,\n\
                3AA1AA1AA11,,,PGIC-MSK,2026-01-16,,2\n\
                ,17,CLINIC,PROMIS-NRS,2026-01-17,4,\n\
                ,17,OTHER,PROMIS-NRS,2026-01-17,3,\n";
    let reading = read(text);
    let people: Vec<(Vec<String>, usize)> = reading
        .subjects
        .iter()
        .zip(facts(&reading))
        .map(|(subject, facts)| (subject.keys.clone(), facts.questionnaires.len()))
        .collect();
    let keys = |text: &str| vec![text.to_owned()];
    assert_eq!(people, [(keys("mbi:3AA1AA1AA11"), 2), (keys("id:CLINIC|17"), 2), (keys("id:OTHER|17"), 1)]);
    assert_eq!((reading.observations, found(&reading.issues).len()), (5, 0));
    let first = &facts(&reading)[0];
    assert_eq!((first.event.as_str(), first.patient.as_str(), first.screens), ("CSV^QUESTIONNAIRES", "", false));
    assert_eq!(first.effect, access_mappings::EventEffect::Results);
    assert_eq!(first.mbi.as_ref().unwrap().from.path, "row 2, column 1");
}

#[test]
fn what_cannot_be_used_is_told_by_row_and_column_and_the_others_are_used() {
    let text = "mbi,instrument,authored,status,nrs-1,phq9-1\n\
                3AA1AA1AA11,PROMIS-NRS,2026-01-15,,6,\n\
                3AA1AA1AA11,PAIN,2026-01-15,,6,\n\
                3AA1AA1AA11,,2026-01-15,,6,\n\
                3AA1AA1AA11,PROMIS-NRS,,,6,\n\
                3AA1AA1AA11,PROMIS-NRS,someday,,6,\n\
                3AA1AA1AA11,PROMIS-NRS,2026-01,,6,\n\
                3AA1AA1AA11,PROMIS-NRS,2026-01-15,done,6,\n\
                3AA1AA1AA11,PROMIS-NRS,2026-01-15,,6,,7\n\
                ,PROMIS-NRS,2026-01-15,,6,\n\
                3AA1AA1AA11,PROMIS-NRS,2026-01-16,,12,\n\
                3AA1AA1AA11,PROMIS-NRS,2026-01-17,,6,1\n\
                \n\
                3AA1AA1AA11,PROMIS-NRS,2026-01-18,,six,\n\
                3AA1AA1AA11,PROMIS-NRS,2026-01-19,entered-in-error,,\n";
    let reading = read(text);
    let mut places: Vec<(String, String)> = found(&reading.issues);
    places.extend(
        reading
            .issues
            .iter()
            .filter(|issue| issue.code == "patient-unidentified")
            .map(|issue| at(&issue.code, &issue.location)),
    );
    assert_eq!(
        places,
        [
            at("csv-row", "row 3, column 2"),
            at("csv-row", "row 4, column 2"),
            at("csv-row", "row 5, column 3"),
            at("csv-row", "row 6, column 3"),
            at("csv-row", "row 7, column 3"),
            at("csv-row", "row 8, column 4"),
            at("csv-row", "row 9, column 7"),
            at("questionnaire-answer-range", "row 11, column 5"),
            at("questionnaire-item-unknown", "row 12, column 6"),
            at("questionnaire-answer-unknown", "row 13, column 5"),
            at("patient-unidentified", "row 10"),
        ]
    );
    let statuses: Vec<String> =
        answered(text).into_iter().map(|one| format!("{} {}", one.authored, one.status)).collect();
    assert_eq!(
        statuses,
        [
            "2026-01-15 completed",
            "2026-01-16 completed",
            "2026-01-17 completed",
            "2026-01-18 completed",
            "2026-01-19 entered-in-error"
        ]
    );
    for issue in &reading.issues {
        assert!(!issue.message.contains("someday") && !issue.message.contains(MBI), "{}", issue.message);
    }
}

#[test]
fn a_file_that_cannot_be_used_is_refused_with_its_reason() {
    for (text, code, verdict) in [
        ("instrument,authored\nPHQ-9,2026-01-15\n", "csv-header", Verdict::Reject),
        ("mbi,instrument,authored,MBI\n", "csv-header", Verdict::Reject),
        ("mbi,instrument,authored,phq9-1,phq9-1\n", "csv-header", Verdict::Reject),
        ("mbi,instrument,authored\n", "csv-without-rows", Verdict::NeedsPerson),
        ("mbi,instrument,authored\n3AA1AA1AA11,PAIN,2026-01-15\n", "csv-without-rows", Verdict::NeedsPerson),
        ("mbi,instrument,authored,nrs-1\nNONUMBER,PROMIS-NRS,2026-01-15,6\n", "csv-without-rows", Verdict::NeedsPerson),
    ] {
        let refusal = refused(text);
        assert_eq!((refusal.issues[0].code.as_str(), &refusal.verdict), (code, &verdict), "{text}");
    }
    let latin = b"mbi,instrument,authored\n3AA1AA1AA11,\xe9,2026-01-15\n";
    assert_eq!(read_bytes(&SITE, latin).unwrap_err().issues[0].code, "csv-not-utf8");
    let mut profile = SITE.clone();
    profile.participants[0].senders =
        vec![access_mappings::Sender { application: Some("X".to_owned()), facility: None }];
    let refusal = read_text(&profile, &csv(&example("PHQ-9"))).unwrap_err();
    assert_eq!(refusal.issues[0].code, "participant-unknown");
}

#[test]
fn rows_and_columns_are_bounded() {
    let row = "3AA1AA1AA11,PROMIS-NRS,2026-01-15,6\n";
    let head = "mbi,instrument,authored,nrs-1\n";
    assert_eq!(refused(&format!("{head}{}", row.repeat(1_001))).issues[0].code, "csv-limit");
    let wide: Vec<String> = (0..600).map(|number| format!("c{number}")).collect();
    assert_eq!(refused(&format!("mbi,instrument,authored,{}\n", wide.join(","))).issues[0].code, "csv-limit");
    let long = "x".repeat(5_000);
    let text = format!("{head}{row}3AA1AA1AA11,PROMIS-NRS,2026-01-16,{long}\n");
    assert_eq!(found(&read(&text).issues), [at("csv-row", "row 3, column 4")]);
    let people: Vec<String> = (1..=900).map(|number| format!("{number},PROMIS-NRS,2026-01-15,6\n")).collect();
    let reading = read(&format!("patient_id,instrument,authored,nrs-1\n{}", people.concat()));
    assert_eq!(reading.subjects.len(), 900);
}

#[test]
fn sender_zone_and_own_names_of_columns_come_from_the_profile() {
    let mut profile = SITE.clone();
    profile.times.zone = "CST6CDT,M3.2.0,M11.1.0".to_owned();
    let question = |code: &str, link: Option<&str>| QuestionCode {
        code: code.to_owned(),
        system: None,
        instrument: "PROMIS-NRS".to_owned(),
        link: link.map(str::to_owned),
    };
    profile.codes.questionnaires = vec![question("PAIN", None), question("How bad", Some("nrs-1"))].into();
    let text = "application,patient_id,instrument,authored,How bad,Colour\nREDCAP,17,PAIN,2026-01-15 10:30,\"6\",red\n";
    let response = &answered_by(&profile, text)[0];
    assert_eq!((response.authored.as_str(), values(response)), ("2026-01-15T10:30:00-06:00", vec![("nrs-1", "6")]));
    let reading = read_by(&profile, text);
    assert_eq!(reading.header.sending_application, "REDCAP");
    assert_eq!(reading.subjects[0].keys, ["id:REDCAP|17"]);
    assert_eq!(found(&reading.issues), [at("csv-column-unknown", "row 1, column 6")]);
    let entry = &super::kit::entries_by(&profile, text)[0];
    assert_eq!(entry.key, "q:REDCAP||PROMIS-NRS|@2026-01-15T10:30:00");
    // With an offset it is the same one.
    for other in ["10:30:00-06:00", "16:30:00Z"] {
        let text = text.replace(" 10:30", &format!("T{other}"));
        assert_eq!(super::kit::entries_by(&profile, &text)[0].key, entry.key, "{other}");
    }
}

#[test]
fn the_account_of_a_file_names_every_cell() {
    let text = "mbi,instrument,authored,nrs-1,Colour\n3AA1AA1AA11,PROMIS-NRS,2026-01-15,6,red\n";
    let lines = account(&SITE, text.as_bytes(), true).unwrap().lines;
    let shown: Vec<(&str, &Fate, Option<&str>)> =
        lines.iter().map(|line| (line.path.as_str(), &line.fate, line.value.as_deref())).collect();
    assert_eq!(shown[3], ("row 2, column 4", &Fate::Used, Some("6")));
    assert_eq!(shown[4], ("row 2, column 5", &Fate::Unused, Some("red")));
    assert_eq!(lines[3].rules, ["questionnaires"]);
    let mut strict = SITE.clone();
    strict.make_strict();
    let refusal = read_text(&strict, text).unwrap_err();
    assert!(refusal.issues.iter().any(|issue| issue.code == "field-unused"));
}

#[test]
fn the_same_row_is_the_same_entry() {
    let text = csv(&example("PHQ-9"));
    let entry = &entries(&text)[0];
    assert_eq!(entry.key, "q:||PHQ-9|F200");
    assert_eq!(super::super::join(Some(entry), entry), None);
}

#[test]
fn the_example_of_the_documentation_is_read() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/questionnaires.md")).unwrap();
    let (_, section) = page.split_once("## CSV").unwrap();
    let lines: Vec<&str> = section.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    let text = lines.join("\n");
    assert_eq!(found(&read(&text).issues), []);
    let response = &answered(&text)[0];
    assert_eq!((response.instrument.as_str(), response.answers.len(), response.scores.len()), ("PHQ-9", 9, 1));
}

proptest! {
    #[test]
    fn any_cells_are_read_or_told(
        cells in prop::collection::vec(prop::collection::vec("[ -~é\\n\"]{0,12}", 0..8), 0..6), names in prop::collection::vec("[a-z0-9-]{0,9}", 0..4),
    ) {
        let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
        let rows: Vec<String> = cells.iter().map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(",")).collect();
        let text = format!("mbi,instrument,authored,phq9-1,{}\n{}", names.join(","), rows.join("\n"));
        match read_text(&SITE, &text) {
            Ok(reading) => {
                prop_assert!(!reading.subjects.is_empty());
                prop_assert!(reading.subjects.iter().all(|subject| !subject.keys.is_empty()));
            }
            Err(refusal) => prop_assert!(!refusal.issues.is_empty()),
        }
        prop_assert_eq!(read_text(&SITE, &text), read_bytes(&SITE, text.as_bytes()));
    }
}

/// Rows of one day replaced each other, and one that took back the row of 12:03 took back the whole day.
#[test]
fn rows_of_one_day_are_told_apart_by_their_time() {
    let row = |time: &str, status: &str| format!("3AA1AA1AA11,PROMIS-NRS,2026-01-15T{time},{status},6\n");
    let text =
        format!("mbi,instrument,authored,status,nrs-1\n{}{}", row("12:00", ""), row("12:03:00", "entered-in-error"));
    let keys: Vec<String> = entries(&text).into_iter().map(|entry| entry.key).collect();
    assert_eq!(
        keys,
        ["q:|| PROMIS-NRS|@2026-01-15T12:00:00", "q:||PROMIS-NRS|@2026-01-15T12:03:00"].map(|key| key.replace(' ', ""))
    );
    assert!(answered(&text).iter().all(|one| one.authored == "2026-01-15"));
    assert_eq!(read(&text).issues.iter().filter(|issue| issue.code == "zone-unknown").count(), 1);
    let offset = text.replace(",entered", "Z,entered").replace("12:00,", "12:00Z,");
    assert!(read(&offset).issues.iter().all(|issue| issue.code != "zone-unknown"));
}

#[test]
fn two_numbers_of_one_patient_are_a_conflict_and_neither_is_taken() {
    let text = "mbi,patient_id,authority,instrument,authored,nrs-1\n\
                3AA1AA1AA11,17,CLINIC,PROMIS-NRS,2026-01-15,6\n\
                3AA1-AA1-AA11,17,CLINIC,PROMIS-NRS,2026-01-16,5\n\
                4CC2CC2CC22,17,CLINIC,PROMIS-NRS,2026-01-17,5\n";
    let reading = read(text);
    let issue = reading.issues.iter().find(|issue| issue.code == "mbi-conflict").unwrap();
    assert_eq!(issue.location, "row 2, column 1");
    assert!(issue.message.ends_with("row 4, column 1"), "{}", issue.message);
    let facts = facts(&reading).remove(0);
    assert!(facts.mbi.is_none() && facts.records.mbi_conflict);
    assert_eq!(reading.subjects[0].keys, ["id:CLINIC|17"]);
    let spelt = text.lines().take(3).collect::<Vec<_>>().join("\n");
    assert_eq!(found(&read(&spelt).issues), []);
}
