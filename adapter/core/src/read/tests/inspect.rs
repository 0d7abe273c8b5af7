//! What the rules refuse is read for those who only look at it, and nothing can be planned from it.

use super::support::{all_facts, message, places, profile, reading, refused, update};
use crate::account::account;
use crate::plan::plan;
use access_contract::{Fate, PlanRequest, Severity};
use access_mappings::Profile;

fn inspecting() -> Profile {
    Profile { inspects: true, ..profile() }
}

const TRAINING: &str = "MSH|^~\\&|EPIC|MAIN|B|C|20260714091500||ADT^A08|77|T|2.5.1\r\
    PID|1||400112^^^MAIN^MR||HALVORSEN^RUTH||19470912|F\rDG1|1||E11.9^Diabetes^I10C|||F";

#[test]
fn what_a_rule_refuses_is_read_with_the_reason_as_an_error() {
    let pid = "PID|1||400112^^^MAIN^MR||HALVORSEN^RUTH||19470912|F";
    for (text, people, code) in [
        (TRAINING.to_owned(), 1, "training-message"),
        (TRAINING.replace("|T|", "|P|").replace("2.5.1", "3.0"), 1, "version-unsupported"),
        (TRAINING.replace("|T|", "|P|").replace("ADT^A08", "XYZ^O01"), 0, "type-unsupported"),
        (TRAINING.replace("|T|", "|P|").replace("ADT^A08", "ADT^A99"), 1, "event-unsupported"),
        (message("A08", &["PV1|1|I"]), 0, "patient-missing"),
        (message("A08", &["PID|1||||HALVORSEN^RUTH"]), 0, "patient-unidentified"),
        (message("A40", &[pid]), 1, "merge-side-missing"),
        (message("A40", &[pid, "MRG|"]), 1, "merge-side-missing"),
        (update(&["IN1|1|A|MEDICARE|MEDICARE PART A AND B", "IN2|1|||||3AA1AA1"]), 1, "mbi-form"),
    ] {
        let reason = &refused(&profile(), &text).issues[0];
        assert_eq!(reason.code, code);
        let read = reading(&inspecting(), &text);
        assert_eq!(read.subjects.len(), people, "{code}");
        let found = read.issues.iter().find(|issue| issue.code == code).unwrap();
        assert!(found.blocks() && found.location == reason.location, "{code}: {}", found.location);
    }
    let facts = &all_facts(&reading(&inspecting(), TRAINING))[0];
    assert_eq!(facts.diagnoses.as_ref().unwrap().len(), 1);
}

#[test]
fn what_is_refused_is_accounted_for() {
    assert!(account(&profile(), TRAINING.as_bytes(), false).is_err());
    let account = account(&inspecting(), TRAINING.as_bytes(), false).unwrap();
    let fate = |path: &str| account.lines.iter().find(|line| line.path.starts_with(path)).map(|line| &line.fate);
    assert_eq!((fate("PID-5"), fate("DG1[1]-3")), (Some(&Fate::Used), Some(&Fate::Used)));
}

#[test]
fn what_no_rule_refuses_reads_the_same() {
    let text = update(&["DG1|1||E11.9^Diabetes^I10C|||F", "ZZZ|1"]);
    assert_eq!(reading(&inspecting(), &text), reading(&profile(), &text));
    let strict = Profile { strict: true, ..inspecting() };
    assert_eq!(reading(&strict, &text), reading(&profile(), &text), "strictness is for refusing");
}

#[test]
fn what_is_no_message_stays_refused() {
    let fragment = TRAINING.to_owned() + "\rADD|more";
    for text in ["undefined", "MSH undefined", fragment.as_str()] {
        assert_eq!(places(&refused(&inspecting(), text).issues), places(&refused(&profile(), text).issues));
    }
}

#[test]
fn nothing_is_planned_from_it() {
    let read = reading(&inspecting(), TRAINING);
    let request = PlanRequest {
        entries: Vec::new(),
        participant: read.participant,
        feed: read.header.control_id,
        facts: read.subjects[0].facts.clone(),
        charts: Vec::new(),
        now: "2026-07-15T12:00:00Z".to_owned(),
    };
    let issue = plan(&inspecting(), &request).unwrap_err();
    assert_eq!((issue.severity, issue.code.as_str()), (Severity::Fatal, "profile-inspects"));
    assert!(plan(&profile(), &request).is_ok());
}
