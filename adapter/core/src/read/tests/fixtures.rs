//! The messages of tests/fixtures/hl7, and what is read from them.

use super::support::{EXAMPLE, all_facts, at, places, stated};
use crate::facts::{Certainty, Facts, Stated};
use crate::read::read;
use access_contract::{Reading, Verdict};
use access_mappings::{EventEffect, PlanClass};
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/hl7")
}

/// Every fixture with its name, in order.
pub(super) fn all() -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "hl7")).collect();
    files.sort();
    files
        .into_iter()
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap()))
        .collect()
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(format!("{name}.hl7"))).unwrap()
}

fn fixture(name: &str) -> (Reading, Facts) {
    let reading = read(&EXAMPLE, &bytes(name)).unwrap();
    let mut facts = all_facts(&reading);
    assert_eq!(facts.len(), 1, "{name}");
    (reading, facts.remove(0))
}

fn codes(facts: &Facts) -> Vec<String> {
    facts
        .diagnoses
        .iter()
        .flatten()
        .filter(|row| row.certainty == Certainty::Confirmed)
        .map(|row| row.code.clone())
        .collect()
}

#[test]
fn all_but_the_ones_meant_to_be_refused_are_read() {
    for (name, feed) in all() {
        let answer = read(&EXAMPLE, &feed);
        match name.as_str() {
            "training" => assert_eq!(answer.unwrap_err().issues[0].condition, Some(202)),
            "batch-three" => {
                let refusal = answer.unwrap_err();
                assert_eq!((refusal.verdict, refusal.issues[0].code.as_str()), (Verdict::Reject, "several-messages"));
                assert_eq!(refusal.header.control_id, "LKS000201");
            }
            _ => assert_eq!(answer.map(|reading| reading.participant).unwrap(), "ACCES12345", "{name}"),
        }
    }
}

#[test]
fn the_readme_lists_exactly_the_files() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let mut listed: Vec<&str> =
        readme.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(".hl7 |").map(|(name, _)| name)).collect();
    listed.sort_unstable();
    assert_eq!(listed, all().iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>());
}

#[test]
fn segments_end_with_a_carriage_return_alone() {
    for (name, feed) in all() {
        assert!(feed.ends_with(b"\r") && !feed.contains(&b'\n'), "{name}");
    }
}

#[test]
fn the_benchmark_messages_have_their_size() {
    for (name, size) in [("bench-700", 700), ("bench-2500", 2_500), ("bench-8600", 8_600)] {
        let actual = bytes(name).len();
        assert!(actual.abs_diff(size) * 20 <= size, "{name} has {actual} bytes");
    }
}

#[test]
fn the_admission_gives_everything_a_check_needs() {
    let (reading, facts) = fixture("a01-ckm");
    assert_eq!(places(&reading.issues), []);
    assert_eq!(reading.subjects[0].keys, ["mbi:2FH7GT4MN61", "id:LAKESHORE|400112"]);
    assert_eq!((facts.event.as_str(), facts.effect, facts.screens), ("ADT^A01", EventEffect::Snapshot, true));
    assert_eq!(facts.sent_at, "2026-07-14T14:15:00.000000Z");
    assert_eq!(facts.visit.as_deref(), Some("LAKESHORE|V26070101"));
    let mbi = facts.mbi.as_ref().unwrap();
    assert_eq!(
        (mbi.value.as_str(), mbi.from.path.as_str(), mbi.from.feed.as_str()),
        ("2FH7GT4MN61", "PID-3[2].1", "LKS000101")
    );
    let Some(Stated::Set(name)) = &facts.name else { panic!() };
    assert_eq!(
        (name.value.family.as_str(), name.value.given.join(" ").as_str(), name.from.path.as_str()),
        ("Halvorsen", "Ruth Elaine", "IN1[1]-16")
    );
    assert_eq!(stated(&facts.gender), "female");
    assert_eq!(stated(&facts.birth_date), "1947-09-12");
    assert_eq!(codes(&facts), ["E11.9", "I10"]);
    let plans: Vec<(PlanClass, u32)> = facts.plans.iter().flatten().map(|plan| (plan.class, plan.priority)).collect();
    assert_eq!(plans, [(PlanClass::OriginalMedicare, 1), (PlanClass::OriginalMedicare, 2)]);
    assert!(facts.patient.starts_with("PID|1||400112^^^LAKESHORE^MR||Halvorsen^Ruth^Elaine^^^^L||19470912|F|"));
    assert!(!facts.patient.contains("2FH7"));
}

#[test]
fn each_fixture_says_what_its_name_says() {
    assert_eq!(codes(&fixture("a04-eckm").1), ["E78.5", "I10"]);
    let msk = fixture("a04-msk").1;
    assert_eq!(
        (codes(&msk), msk.mbi.unwrap().from.path.as_str()),
        (vec!["M17.11".to_owned(), "M54.50".to_owned()], "IN2[1]-6")
    );
    assert_eq!(codes(&fixture("a28-bh").1), ["F32.1", "F41.1"]);
    assert_eq!(codes(&fixture("a08-progressed").1), ["E11.9", "I10"]);
    assert_eq!(codes(&fixture("a08-excluded").1), ["N18.6", "E11.9"]);
    assert_eq!(codes(&fixture("a05-preadmit").1), Vec::<String>::new());
    let Some(Stated::Set(home)) = fixture("a08-relocated").1.address else { panic!() };
    assert_eq!((home.value.state.as_str(), home.value.postal_code.as_str()), ("IN", "46402"));
    assert_eq!(fixture("a03-hospice").1.hospice.map(|hospice| hospice.value), Some(true));
    assert_eq!(stated(&fixture("a03-died").1.deceased), "true");
    assert_eq!(stated(&fixture("a03-discharged").1.deceased), "nothing");
    assert_eq!(fixture("a11-cancelled").1.effect, EventEffect::Cancel);
    assert_eq!(fixture("a11-cancelled").1.visit, fixture("a01-ckm").1.visit);
    assert_eq!(fixture("a13-discharge-cancelled").1.effect, EventEffect::Snapshot);
    let Some(Stated::Set(name)) = fixture("a31-updated").1.name else { panic!() };
    assert_eq!(name.value.family, "O'Shea-Byrne");
    assert_eq!(fixture("a40-merged").0.subjects[0].prior_keys, ["id:LAKESHORE|400999"]);
    assert_eq!(
        fixture("ref-i12").1.referral.map(|referral| (referral.value, referral.from.path)),
        Some((true, "RF1-1".to_owned()))
    );
    let advantage = fixture("medicare-advantage").1;
    assert_eq!(advantage.plans.unwrap()[0].class, PlanClass::MedicareAdvantage);
    let without = fixture("no-mbi").1;
    assert!(without.mbi.is_none() && without.plans.unwrap()[0].class == PlanClass::OriginalMedicare);
    let (reading, icd9) = fixture("icd9");
    assert_eq!(places(&reading.issues), [at("icd9-ignored", "DG1[1]-3.1"), at("icd9-ignored", "DG1[2]-3.1")]);
    assert_eq!(icd9.diagnoses, Some(Vec::new()));
    assert_eq!(fixture("bench-8600").0.observations, 34);
}

#[test]
fn the_requests_are_read() {
    let asked = |name: &str| {
        let request = fixture(name).1.requests.remove(0);
        (request.action, request.track, request.reason, request.provider_referral, request.switch_consent)
    };
    let expected = |action: &str, track: &str, reason: &str, referral, consent| {
        (action.to_owned(), track.to_owned(), reason.to_owned(), referral, consent)
    };
    assert_eq!(asked("zac-align-eckm"), expected("ALIGN", "eCKM", "", Some(true), Some(false)));
    assert_eq!(asked("zac-align-ckm"), expected("ALIGN", "CKM", "", Some(true), None));
    assert_eq!(asked("zac-align-msk"), expected("ALIGN", "MSK", "", Some(false), None));
    assert_eq!(asked("zac-align-bh"), expected("ALIGN", "BH", "", Some(false), None));
    assert_eq!(asked("zac-align-switch"), expected("ALIGN", "MSK", "", Some(false), Some(true)));
    assert_eq!(asked("zac-unalign-loss-of-contact"), expected("UNALIGN", "MSK", "loss-of-contact", None, None));
    assert_eq!(
        asked("zac-unalign-not-eligible"),
        expected("UNALIGN", "CKM", "no-longer-clinically-eligible", None, None)
    );
}

#[test]
fn no_issue_holds_a_value_of_its_message() {
    for (name, feed) in all() {
        let (Ok(Reading { issues, .. }) | Err(access_contract::Refusal { issues, .. })) = read(&EXAMPLE, &feed);
        let told = serde_json::to_string(&issues).unwrap();
        for secret in ["Halvorsen", "Okafor", "Lindqvist", "2FH7", "5KC2", "400112", "1947", "250.00", "E11.9"] {
            assert!(!told.contains(secret), "{name}");
        }
    }
}
