use super::support::{at, facts, facts_by, issues, message, profile, reading, segment, stated, update, with_pid};
use crate::facts::{Facts, Name, Stated};

fn name(facts: &Facts) -> String {
    match &facts.name {
        None => "nothing".to_owned(),
        Some(Stated::Clear) => "clear".to_owned(),
        Some(Stated::Set(name)) => text(&name.value),
    }
}

fn text(name: &Name) -> String {
    format!("{}|{}|{}", name.family, name.given.join("+"), name.suffix)
}

fn named(value: &str) -> (String, Vec<(String, String)>) {
    let text = with_pid(5, value);
    (name(&facts(&text)), issues(&text))
}

#[test]
fn the_primary_name_is_chosen_by_its_type() {
    for (value, expected) in [
        ("Halvorsen^Ruth^Elaine^JR^^^L", "Halvorsen|Ruth+Elaine|JR"),
        ("Alias^A^^^^^A~Legal^B^^^^^L", "Legal|B|"),
        ("Maiden^A^^^^^M~Plain^B", "Plain|B|"),
        ("Maiden^A^^^^^m~Display^B^^^^^D", "Display|B|"),
        ("Display^A^^^^^D~Plain^B", "Plain|B|"),
        ("van Beek&van&Beek^Ruth", "van Beek|Ruth|"),
        ("O'Shea-Byrne^Joan", "O'Shea-Byrne|Joan|"),
        ("Halvorsen", "Halvorsen||"),
        ("^Ruth", "|Ruth|"),
        ("Halvorsen^\"\"^\"\"^\"\"", "Halvorsen||"),
        ("UNKNOWN^Ruth", "|Ruth|"),
    ] {
        assert_eq!(named(value).0, expected, "{value}");
    }
}

#[test]
fn names_that_are_no_card_names_are_not_taken() {
    assert_eq!(named("Alias^A^^^^^A~Maiden^B^^^^^M"), ("nothing".to_owned(), vec![at("name-not-primary", "PID-5")]));
    assert_eq!(named(""), ("nothing".to_owned(), vec![]));
    assert_eq!(named("\"\"").0, "clear");
    assert_eq!(named("\"\"^\"\"").0, "clear");
    assert_eq!(named("UNKNOWN^UNKNOWN").0, "nothing");
}

#[test]
fn a_name_in_one_part_is_split_at_its_comma() {
    assert_eq!(named("HALVORSEN, RUTH E"), ("HALVORSEN|RUTH+E|".to_owned(), vec![at("name-in-one-part", "PID-5")]));
    assert_eq!(named("HALVORSEN,RUTH^R").0, "HALVORSEN,RUTH|R|");
    assert_eq!(
        named("LINDQVIST JR^DENNIS"),
        ("LINDQVIST|DENNIS|JR".to_owned(), vec![at("name-suffix-in-family", "PID-5")])
    );
}

#[test]
fn test_patients_stop_here() {
    for value in [
        "TEST^RUTH",
        "Halvorsen^Test",
        "ZZTEST^ANNA",
        "HALVORSEN^BABYBOY",
        "Patient^Test^^^^^L",
        "HALVORSEN^BABY GIRL A",
        "TEST^ONE~A^B^^^^^A",
    ] {
        let (name, issues) = named(value);
        assert_eq!((name.as_str(), issues[0].0.as_str()), ("nothing", "test-patient"), "{value}");
    }
    for value in ["TESTA^RUTH", "HALVORSEN^TESTER", "BABYAK^RUTH"] {
        assert_ne!(named(value).0, "nothing", "{value}");
    }
}

#[test]
fn a_name_that_cannot_be_decoded_is_a_blocking_issue() {
    let (name, found) = named("M\u{fffd}LLER^RUTH");
    assert_eq!(name, "nothing");
    assert_eq!(found, [at("undecodable-character", "PID-5"), at("undecodable-name", "PID-5")]);
    let bytes = with_pid(5, "MULLER^RUTH").replace("|2.5.1", "|2.5.1||||||UTF-8").replace("MULLER", "M*LLER");
    let bytes: Vec<u8> = bytes.bytes().map(|byte| if byte == b'*' { 0xfc } else { byte }).collect();
    let reading = crate::read::read(&profile(), &bytes).unwrap();
    assert!(reading.issues.iter().any(|issue| issue.code == "undecodable-name" && issue.blocks()));
}

#[test]
fn the_insureds_name_replaces_the_patients_where_they_are_one() {
    let row = |set: &[(usize, &str)]| {
        update(&[&segment("IN1", &[&[(1, "1"), (16, "Halvorsen-Brandt^Ruth^E^^^^L")], set].concat())])
    };
    let taken = facts(&row(&[(15, "MA"), (17, "SEL")]));
    assert_eq!(name(&taken), "Halvorsen-Brandt|Ruth+E|");
    let Some(Stated::Set(sourced)) = &taken.name else { panic!() };
    assert_eq!((sourced.from.path.as_str(), sourced.from.rule.as_str()), ("IN1[1]-16", "identity.prefer_insured_name"));
    for set in [
        vec![(15, "MA")],
        vec![(15, "MA"), (17, "SPO")],
        vec![(15, "16"), (17, "SEL")],
        vec![(15, "MA"), (17, "SEL"), (18, "19300101")],
        vec![(15, "MA"), (17, "SEL"), (16, "Halvorsen")],
        vec![(15, "MA"), (17, "SEL"), (16, "Halvorsen^Peter")],
        vec![(15, "MA"), (17, "SEL"), (16, "Brandt^Ruth")],
        vec![(15, "MA"), (17, "SEL"), (16, "Brandt^Ruth"), (18, "1947")],
    ] {
        assert_eq!(name(&facts(&row(&set))), "HALVORSEN|RUTH|", "{set:?}");
    }
    // A name without what follows the given name is a shorter form.
    let shorter = |insured: &str| {
        let in1 = segment("IN1", &[(1, "1"), (15, "MA"), (16, insured), (17, "SEL")]);
        let pid = "PID|1||1^^^MAIN^MR||SMITH^JOHN^Q^JR||19470912|M";
        name(&facts(&message("A08", &[pid, &in1])))
    };
    for insured in ["Smith^John", "Smith^John^Q", "Smith^John^^JR"] {
        assert_eq!(shorter(insured), "SMITH|JOHN+Q|JR", "{insured}");
    }
    assert_eq!(shorter("Smith^John^Quincy^Jr"), "Smith|John+Quincy|Jr");
    // An ampersand that cuts the insured's name off leaves the patient's own.
    for insured in ["Smith^John & Ann^Q^JR", "Smith & Jones^John^Q^JR"] {
        assert_eq!(shorter(insured), "SMITH|JOHN+Q|JR", "{insured}");
    }
    // Another family name needs the birth date beside the relationship to be the same person's for certain.
    let married = row(&[(15, "MA"), (16, "Brandt^Ruth"), (17, "SEL"), (18, "19470912")]);
    assert_eq!(name(&facts(&married)), "Brandt|Ruth|");
    let mut profile = profile();
    profile.identity.prefer_insured_name = false;
    assert_eq!(name(&facts_by(&profile, &row(&[(15, "MA"), (17, "SEL")]))), "HALVORSEN|RUTH|");
}

#[test]
fn birth_dates_are_taken_as_written() {
    for (value, expected) in [
        ("19470912", "1947-09-12"),
        ("19470912000000", "1947-09-12"),
        ("19470912233000-0500", "1947-09-12"),
        ("194709", "1947-09"),
        ("1947", "1947"),
        ("19470101^Y", "1947"),
        ("1947-09-12", "1947-09-12"),
        ("09/12/1947", "nothing"),
        ("09/13/1947", "1947-09-13"),
        ("13/09/1947", "nothing"),
        ("9/13/47", "nothing"),
        ("19471341", "nothing"),
        ("20300101", "nothing"),
        ("18000101", "nothing"),
        ("19000101", "nothing"),
        ("19000101000000", "nothing"),
        ("00000000", "nothing"),
        ("\"\"", "clear"),
        ("", "nothing"),
    ] {
        assert_eq!(stated(&facts(&with_pid(7, value)).birth_date), expected, "{value}");
    }
    for (value, code) in [
        ("09/12/1947", "birth-date-invalid"),
        ("20300101", "birth-date-invalid"),
        ("19471341", "birth-date-invalid"),
        ("1947-09-12", "date-form"),
        ("1947", "birth-date-partial"),
        ("19000101000000", "filler"),
    ] {
        assert_eq!(issues(&with_pid(7, value)), [at(code, "PID-7")], "{value}");
    }
}

#[test]
fn the_insureds_birth_date_fills_a_missing_one() {
    let pid = "PID|1||400112^^^MAIN^MR||HALVORSEN^RUTH";
    let text = message("A08", &[pid, &segment("IN1", &[(15, "MA"), (17, "SEL"), (18, "19470912")])]);
    let Some(Stated::Set(born)) = facts(&text).birth_date else { panic!() };
    assert_eq!((born.value.as_str(), born.from.path.as_str()), ("1947-09-12", "IN1[1]-18"));
    let text = message("A08", &[pid, &segment("IN1", &[(15, "MA"), (18, "19470912")])]);
    assert_eq!(stated(&facts(&text).birth_date), "nothing");
}

#[test]
fn sex_goes_through_the_table() {
    for (value, expected) in [
        ("F", "female"),
        ("m", "male"),
        ("Female", "female"),
        ("F^Female^HL70001", "female"),
        ("O", "other"),
        ("A", "other"),
        ("N", "other"),
        ("X", "other"),
        ("U", "unknown"),
        ("UNKNOWN", "unknown"),
        ("\"\"", "clear"),
        ("", "nothing"),
        ("1", "nothing"),
    ] {
        assert_eq!(stated(&facts(&with_pid(8, value)).gender), expected, "{value}");
    }
    assert_eq!(issues(&with_pid(8, "1")), [at("sex-unmapped", "PID-8")]);
}

#[test]
fn unreliable_values_are_not_taken() {
    let pid = |flag: &str| {
        let text = with_pid(32, flag);
        text.replace("|F|||", "|F|||^^Oak Park^IL^60302")
    };
    for (flag, code) in [("UD", "birth-date-unreliable"), ("AL", "name-unreliable"), ("UA", "address-unreliable")] {
        assert_eq!(issues(&pid(flag)), [at(code, "PID-32")], "{flag}");
    }
    let flagged = facts(&pid("ud~AL~UA"));
    assert!(flagged.birth_date.is_none() && flagged.name.is_none() && flagged.address.is_none());
    assert_eq!(issues(&pid("US")), []);
}

fn home(value: &str) -> String {
    match facts(&with_pid(11, value)).address {
        None => "nothing".to_owned(),
        Some(Stated::Clear) => "clear".to_owned(),
        Some(Stated::Set(home)) => format!("{} {} {}", home.value.state, home.value.postal_code, home.from.path),
    }
}

#[test]
fn the_residence_is_chosen_among_the_addresses() {
    for (value, expected) in [
        ("1 Elm^^Oak Park^IL^60302^USA^H", "IL 60302 PID-11"),
        ("1 Elm^^Oak Park^il^603021234", "IL 60302-1234 PID-11"),
        ("1 Elm^^Oak Park^Illinois^60302-1234", "IL 60302-1234 PID-11"),
        ("PO Box^^X^WI^53202^^M~1 Elm^^Y^IL^60302^^H", "IL 60302 PID-11[2]"),
        ("PO Box^^X^WI^53202^^M", "WI 53202 PID-11"),
        ("1^^X^WI^53202^^BA~1^^X^WI^53202^^O", "nothing"),
        ("1^^X^WI^53202^^H^^^^^^^20200101~1^^X^IL^60302^^H", "IL 60302 PID-11[2]"),
        ("1^^X^WI^53202^^H^^^^^20100101&20200101~1^^X^IL^60302^^H", "IL 60302 PID-11[2]"),
        ("1^^X^WI^53202^^H^^^^^^20260901~1^^X^IL^60302^^H", "IL 60302 PID-11[2]"),
        ("1^^X^WI^53202^^H^^^^^20260901&20301231~1^^X^IL^60302^^H", "IL 60302 PID-11[2]"),
        ("1^^X^WI^53202^^H^^^^^^20260714~1^^X^IL^60302^^H", "WI 53202 PID-11[1]"),
        ("1^^X^MA^2139", "MA 02139 PID-11"),
        ("1^^APO^AE^09021", "AE 09021 PID-11"),
        ("1^^X^ZZ^60302", " 60302 PID-11"),
        ("1^^X^ON^K1A 0B1^CAN", "nothing"),
        ("1^^X^IL^ABC", "IL  PID-11"),
        ("1^^X", "nothing"),
        ("\"\"", "clear"),
        ("\"\"^\"\"^\"\"^\"\"", "clear"),
        ("", "nothing"),
    ] {
        assert_eq!(home(value), expected, "{value}");
    }
    for (value, code, path) in [
        ("1^^X^ZZ^60302", "state-unknown", "PID-11.4"),
        ("1^^X^MA^2139", "postal-code-zero", "PID-11.5"),
        ("1^^X^IL^ABC", "postal-code-form", "PID-11.5"),
    ] {
        assert_eq!(issues(&with_pid(11, value)), [at(code, path)], "{value}");
    }
    assert_eq!(issues(&with_pid(11, "1^^X^ON^K1A 0B1^CAN")), []);
}

#[test]
fn death_is_read_from_date_flag_and_disposition() {
    let dead = |date: &str, flag: &str, disposition: &str| {
        let pid = segment("PID", &[(1, "1"), (3, "1^^^M^MR"), (7, "19470912"), (29, date), (30, flag)]);
        message("A08", &[&pid, &segment("PV1", &[(1, "1"), (36, disposition)])])
    };
    for (date, flag, disposition, expected) in [
        ("", "", "", "nothing"),
        ("20260710", "", "", "true"),
        ("20260710", "Y", "", "true"),
        ("", "Y", "", "true"),
        ("", "yes", "", "true"),
        ("", "N", "", "false"),
        ("", "\"\"", "", "clear"),
        ("\"\"", "", "", "clear"),
        ("20260710", "N", "", "clear"),
        ("20260710", "\"\"", "", "clear"),
        ("soon", "", "", "true"),
        ("soon", "Y", "", "true"),
        ("00000000", "", "", "nothing"),
        ("19400101", "", "", "true"),
        ("", "", "20", "true"),
        ("", "", "41", "true"),
        ("", "N", "20", "true"),
        ("", "", "01", "nothing"),
    ] {
        assert_eq!(stated(&facts(&dead(date, flag, disposition)).deceased), expected, "{date} {flag} {disposition}");
    }
    for (text, code) in [
        (dead("20260710", "N", ""), "death-contradiction"),
        (dead("soon", "", ""), "death-date-invalid"),
        (dead("19400101", "", ""), "death-before-birth"),
    ] {
        assert_eq!(issues(&text), [at(code, "PID-29")]);
    }
    assert_eq!(issues(&dead("", "perhaps", "")), [at("flag-unknown", "PID-30")]);
}

#[test]
fn hospice_is_read_from_the_disposition() {
    let text = |disposition: &str| update(&[&segment("PV1", &[(1, "1"), (36, disposition)])]);
    for disposition in ["50", "51", "050"] {
        assert_eq!(
            facts(&text(disposition)).hospice.map(|hospice| (hospice.value, hospice.from.path)),
            Some((true, "PV1-36".to_owned()))
        );
    }
    // A discharge that is taken back or only expected says nothing of the kind.
    for event in ["A13", "A14", "A15", "A16"] {
        for (disposition, destination) in [("50", ""), ("20", ""), ("", "MORGUE")] {
            let visit = segment("PV1", &[(1, "1"), (36, disposition), (37, destination)]);
            let text = message(event, &["PID|1||400112^^^MAIN^MR||HALVORSEN^RUTH", &visit]);
            let found = facts(&text);
            assert_eq!((found.hospice, found.deceased), (None, None), "{event} {disposition} {destination}");
        }
    }
    assert_eq!(facts(&text("01")).hospice, None);
    assert_eq!(facts(&text("")).hospice, None);
}

fn keys(text: &str) -> Vec<String> {
    reading(&profile(), text).subjects[0].keys.clone()
}

#[test]
fn identifiers_keep_their_authority() {
    assert_eq!(
        keys(&with_pid(3, "1^^^MAIN^MR~2^^^&2.16.1&ISO^PI~3~1^^^MAIN^XX")),
        ["id:MAIN|1", "id:2.16.1|2", "id:MAIN|3"]
    );
    let elsewhere = with_pid(3, "1").replace("|MAIN|B|", "||B|");
    assert_eq!(keys(&elsewhere), ["id:EPIC|1"]);
}

#[test]
fn numbers_that_must_not_or_cannot_lead_to_a_chart_are_left_out() {
    let value = "1^^^MAIN^MR~123456789^^^SSA^SS~D1^^^IL^DL~S1^^^BC^SN~A1^^^MAIN^AN~V1^^^MAIN^VN~OLD^^^MAIN^MR^^20200101~UNKNOWN^^^MAIN^MR~X^^^MAIN^PI^^^20200101";
    assert_eq!(keys(&with_pid(3, value)), ["id:MAIN|1", "id:MAIN|OLD"]);
}

#[test]
fn the_old_single_identifiers_are_read_in_old_versions_or_without_a_list() {
    let pid = |version: &str, list: &str| {
        message("A08", &[&format!("PID|1|EXT1^^^OUT|{list}|ALT1||19470912")]).replace("2.5.1", version)
    };
    assert_eq!(keys(&pid("2.3", "1")), ["id:MAIN|1", "id:OUT|EXT1", "id:MAIN|ALT1"]);
    assert_eq!(keys(&pid("2.7", "1")), ["id:MAIN|1"]);
    assert_eq!(keys(&pid("2.8.2", "")), ["id:OUT|EXT1", "id:MAIN|ALT1"]);
}

#[test]
fn the_patient_segment_for_notices_has_standard_separators_and_no_secrets() {
    let pid = "PID|1|3AA1AA1AA11|400112^^^MAIN^MR~3AA1-AA1-AA11^^^CMS^MC~123-45-6789^^^SSA^SS~3AA1AA1AA11^^^MAIN^PI|3AA1-AA1-AA11|HALVORSEN&x^RUTH^^|\"\"|19470912|F||||||||||3AA1AA1AA11|123-45-6789|D123|||";
    let patient = facts(&message("A08", &[pid])).patient;
    assert_eq!(patient, "PID|1||400112^^^MAIN^MR||HALVORSEN&x^RUTH|\"\"|19470912|F");
    let own = "MSH#:*!+#EPIC#MAIN#B#C#20260714091500##ADT:A08#77#P#2.5.1\rPID#1##400112:::MAIN:MR##O|SHEA+x:A!S!B!F!^";
    assert_eq!(facts(own).patient, "PID|1||400112^^^MAIN^MR||O\\F\\SHEA&x^A:B#\\S\\");
}

#[test]
fn a_patient_segment_beyond_the_limit_is_left_out() {
    let long = "1234567890".repeat(300);
    let text = with_pid(21, &[long.as_str(); 8].join("~"));
    assert_eq!(facts(&text).patient, "");
    assert_eq!(issues(&text), [at("value-too-long", "PID")]);
}

#[test]
fn values_beyond_their_limit_are_left_out() {
    let text = with_pid(5, &format!("{}^RUTH", "A".repeat(5_000)));
    assert_eq!(name(&facts(&text)), "|RUTH|");
    assert_eq!(issues(&text), [at("value-too-long", "PID-5.1")]);
    let text = with_pid(3, &format!("1~{}", "9".repeat(300)));
    assert_eq!(issues(&text), [at("value-too-long", "PID-3[2].1")]);
}

#[test]
fn escapes_are_decoded_and_unknown_ones_are_told() {
    assert_eq!(named("O\\T\\SHEA^RUTH").0, "O&SHEA|RUTH|");
    assert_eq!(
        named("O\\Q\\SHEA^RUTH"),
        ("nothing".to_owned(), vec![at("escape-unknown", "PID-5.1"), at("name-characters", "PID-5")])
    );
}

#[test]
fn the_character_set_of_the_feed_reaches_the_name() {
    let text = with_pid(5, "M*LLER^RUTH");
    let bytes: Vec<u8> = text.bytes().map(|byte| if byte == b'*' { 0xdc } else { byte }).collect();
    let reading = crate::read::read(&profile(), &bytes).unwrap();
    assert_eq!(name(&super::support::all_facts(&reading)[0]), "MÜLLER|RUTH|");
}

#[test]
fn issues_are_bounded() {
    let rows = vec!["DG1|1||250.00^^I9"; 500];
    let found = issues(&update(&rows));
    assert_eq!(found.len(), 200);
    assert_eq!(found[199], at("issues-truncated", ""));
}
