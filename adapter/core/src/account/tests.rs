//! The account on the fixtures of every format, and on arbitrary messages.

use super::{MAX_LINES, MAX_TEXT_BYTES, account};
use crate::read::read;
use crate::view::{Message, Text};
use access_contract::{Account, AccountLine, Fate, Verdict};
use access_mappings::Profile;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

static EXAMPLE: LazyLock<Profile> = LazyLock::new(|| access_mappings::example().unwrap());

const HEADER: &str = "MSH|^~\\&|EPIC|MAIN|B|C|20260714091500||ADT^A08|77|P|2.5.1";
const PERSON: &str = "PID|1||400112^^^MAIN^MR||HALVORSEN^RUTH||19470912|F";

fn message(segments: &[&str]) -> String {
    [HEADER, PERSON].iter().chain(segments).copied().collect::<Vec<_>>().join("\r")
}

fn of(text: &str) -> Account {
    account(&EXAMPLE, text.as_bytes(), true).unwrap()
}

fn line<'a>(account: &'a Account, path: &str) -> &'a AccountLine {
    account.lines.iter().find(|line| line.path == path).unwrap_or_else(|| panic!("{path} is not accounted for"))
}

fn paths(account: &Account, fate: &Fate) -> Vec<String> {
    account.lines.iter().filter(|line| line.fate == *fate).map(|line| line.path.clone()).collect()
}

/// The feeds of a folder of fixtures, by name.
fn fixtures(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(folder);
    let is_feed =
        |path: &Path| path.extension().is_some_and(|ending| ["hl7", "json", "xml"].iter().any(|one| ending == *one));
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| is_feed(path)).collect();
    files.sort();
    let named =
        |path: PathBuf| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap());
    files.into_iter().map(named).collect()
}

#[test]
fn a_used_field_names_its_rule_and_its_fact() {
    let account = of(&message(&[]));
    let born = line(&account, "PID-7");
    assert_eq!(born.name, "Date/Time of Birth");
    assert_eq!(born.fate, Fate::Used);
    assert_eq!(born.rules, ["identity.birth-date"]);
    assert_eq!(born.facts, ["birth_date"]);
    assert_eq!(born.value.as_deref(), Some("19470912"));
}

#[test]
fn a_listed_field_is_ignored_by_the_line_that_names_it() {
    let account = of(&message(&["NK1|1|HALVORSEN^PETER"]));
    let relative = line(&account, "NK1[1]-2.1");
    assert_eq!((&relative.fate, relative.rules.as_slice()), (&Fate::Ignored, &["account.ignored NK1".to_owned()][..]));
    assert_eq!(relative.name, "Next of Kin / Associated Parties");
}

#[test]
fn what_nobody_looked_at_is_unused_and_a_site_can_list_or_read_it() {
    let text = message(&["ZPD|1|PORTAL"]);
    assert_eq!(paths(&of(&text), &Fate::Unused), ["ZPD[1]-1", "ZPD[1]-2"]);
    let mut profile = EXAMPLE.clone();
    profile.account.ignored.push("ZPD-1".to_owned());
    profile.mbi.carriers.push(access_mappings::MbiCarrier::Path("ZPD-2".to_owned()));
    let account = account(&profile, text.as_bytes(), false).unwrap();
    assert_eq!(line(&account, "ZPD[1]-1").fate, Fate::Ignored);
    assert_eq!(line(&account, "ZPD[1]-2").fate, Fate::Used);
}

#[test]
fn the_copy_of_pid_for_notices_is_no_use_of_it() {
    let account = of(&message(&[]).replace("PID|1|", "PID|SETID|"));
    assert_eq!(line(&account, "PID-1").fate, Fate::Ignored);
}

#[test]
fn texts_are_given_only_where_asked_for_and_never_at_length() {
    let text = message(&[&format!("NTE|1||{}", "ä".repeat(MAX_TEXT_BYTES))]);
    assert!(account(&EXAMPLE, text.as_bytes(), false).unwrap().lines.iter().all(|line| line.value.is_none()));
    let note = line(&of(&text), "NTE[1]-3").value.clone().unwrap();
    assert!(note.len() <= MAX_TEXT_BYTES + '…'.len_utf8() && note.ends_with('…'));
}

#[test]
fn an_account_is_cut_where_it_says_so() {
    let row = format!("ZZZ|{}", "A^B^C^D^E~".repeat(900));
    let text = message(&[row.as_str(); MAX_LINES / 4500 + 1]);
    let account = of(&text);
    assert_eq!((account.lines.len(), account.truncated), (MAX_LINES, true));
}

/// What the fixtures rightly leave unused: an address that has ended, a code beside the ICD-10-CM one, a maiden name, and what
/// belongs to diagnoses that were not taken.
const LEFT: [(&str, &str); 7] = [
    ("a08-relocated.hl7", "PID-11[2]"),
    ("a28-bh.hl7", "DG1[1]-3.1"),
    ("a31-updated.hl7", "PID-5[2]"),
    ("icd9.hl7", "DG1[1]-5"),
    ("icd9.hl7", "DG1[1]-6"),
    ("icd9.hl7", "DG1[2]-5"),
    ("icd9.hl7", "DG1[2]-6"),
];

#[test]
fn ordinary_messages_leave_only_what_senders_invented() {
    for (name, bytes) in fixtures("hl7") {
        let Ok(account) = account(&EXAMPLE, &bytes, false) else { continue };
        let left = |path: &str| LEFT.iter().any(|(file, start)| name == *file && path.starts_with(start));
        let mut surprising = paths(&account, &Fate::Unused);
        surprising.retain(|path| !path.starts_with('Z') && !left(path));
        assert_eq!(surprising, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn every_leaf_of_the_other_formats_has_one_line() {
    for (folder, least) in [("fhir", 40), ("ccda", 15)] {
        for (name, bytes) in fixtures(folder) {
            let Ok(account) = account(&EXAMPLE, &bytes, true) else { continue };
            let distinct: BTreeSet<&String> = account.lines.iter().map(|line| &line.path).collect();
            assert_eq!(distinct.len(), account.lines.len(), "{name}");
            assert!(account.lines.len() >= least, "{name}");
            assert!(!paths(&account, &Fate::Used).is_empty(), "{name}");
        }
    }
}

#[test]
fn other_formats_name_rules_and_facts_by_their_own_paths() {
    let (_, bytes) = fixtures("fhir").into_iter().find(|(name, _)| name == "patient.json").unwrap();
    let account = account(&EXAMPLE, &bytes, true).unwrap();
    let born = line(&account, "Patient.birthDate");
    assert_eq!((&born.fate, born.facts.as_slice()), (&Fate::Used, &["birth_date".to_owned()][..]));
    assert_eq!(line(&account, "Patient.meta.profile[0]").rules, ["account.ignored *.meta"]);
    let (_, bytes) = fixtures("ccda").into_iter().find(|(name, _)| name == "ccd-medicare.xml").unwrap();
    let account = super::account(&EXAMPLE, &bytes, true).unwrap();
    let born = line(&account, "/ClinicalDocument/recordTarget/patientRole/patient/birthTime/@value");
    assert_eq!((&born.fate, born.facts.as_slice()), (&Fate::Used, &["birth_date".to_owned()][..]));
}

#[test]
fn other_formats_leave_little_unused() {
    for folder in ["fhir", "ccda"] {
        let (mut all, mut unused) = (0, 0);
        for (_, bytes) in fixtures(folder) {
            let Ok(account) = account(&EXAMPLE, &bytes, false) else { continue };
            all += account.lines.len();
            unused += paths(&account, &Fate::Unused).len();
        }
        assert!(unused * 10 < all, "{folder}: {unused} of {all}");
    }
}

#[test]
fn a_strict_profile_refuses_doubts_and_unused_fields_in_every_format() {
    let mut strict = EXAMPLE.clone();
    strict.strict = true;
    assert!(read(&strict, message(&[]).as_bytes()).is_ok());
    for (text, code) in [
        (message(&["ZPD|1"]), "field-unused"),
        (message(&[]).replace("|77|", "||"), "control-id-missing"),
        (message(&["OBX|1|NM|WST^Waist^99LAB||93|cm|||||F"]), "observation-unmapped"),
        (
            r#"{"resourceType":"Patient","id":"7","meta":{"lastUpdated":"2026-07-14T09:15:00Z"},"nickname":"R"}"#
                .to_owned(),
            "field-unused",
        ),
    ] {
        let refusal = read(&strict, text.as_bytes()).unwrap_err();
        assert_eq!(refusal.verdict, Verdict::NeedsPerson, "{code}");
        assert!(refusal.issues.iter().any(|issue| issue.code == code && issue.blocks()), "{code}");
        assert!(read(&EXAMPLE, text.as_bytes()).is_ok(), "{code}");
        // Strictness is about the feed, not about its account.
        assert!(account(&strict, text.as_bytes(), false).is_ok(), "{code}");
    }
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), Just("\"\"".to_owned()), "[A-Z0-9 ]{1,8}", Just("\\T\\".to_owned())]
}

fn segment() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        Just("PV1"),
        Just("DG1"),
        Just("IN1"),
        Just("IN2"),
        Just("OBX"),
        Just("ZAC"),
        Just("ZZ1"),
        Just("NK1")
    ];
    let field = prop::collection::vec(piece(), 0..4)
        .prop_flat_map(|parts| prop::sample::select(vec!["^", "~", "&"]).prop_map(move |between| parts.join(between)));
    (name, prop::collection::vec(field, 0..20)).prop_map(|(name, fields)| format!("{name}|{}", fields.join("|")))
}

proptest! {
    #[test]
    fn every_populated_piece_appears_exactly_once(segments in prop::collection::vec(segment(), 0..8)) {
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let text = message(&segments);
        let normal = Text::normalise(&text).unwrap();
        let populated: Vec<String> = Message::parse(&normal).unwrap().populated().map(|piece| piece.path()).collect();
        if let Ok(account) = account(&EXAMPLE, text.as_bytes(), false) {
            let accounted: Vec<String> = account.lines.iter().map(|line| line.path.clone()).collect();
            prop_assert_eq!(accounted, populated);
            for line in &account.lines {
                prop_assert_eq!(line.fate == Fate::Unused, line.rules.is_empty());
                prop_assert!(line.facts.is_empty() || line.fate == Fate::Used);
            }
        }
    }
}
