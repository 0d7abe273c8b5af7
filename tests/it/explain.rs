//! `explain` and strict reading, run as a user runs them. The golden files are `tests/golden/explain`; with `UPDATE_GOLDEN=1` the
//! test writes them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const NOW: &str = "2026-07-28T13:00:00Z";

fn tests() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn run(arguments: &[&str]) -> Output {
    let cache = tempfile::tempdir().unwrap();
    let mut command = Command::new(kit::program());
    command.current_dir(tests().join("fixtures")).args(arguments).stdin(Stdio::null()).env("COLUMNS", "120");
    command.env("XDG_CACHE_HOME", cache.path()).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn golden(name: &str) -> PathBuf {
    tests().join("golden/explain").join(name)
}

#[test]
fn every_format_is_explained_as_the_golden_files_show() {
    for (feed, name) in [
        ("hl7/a01-ckm.hl7", "a01-ckm.txt"),
        ("hl7/zac-align-ckm.hl7", "zac-align-ckm.txt"),
        ("hl7/icd9.hl7", "icd9.txt"),
        ("fhir/patient.json", "patient.txt"),
        ("ccda/ccd-minimal.xml", "ccd-minimal.txt"),
        ("hl7/a01-ckm.hl7", "a01-ckm.json"),
    ] {
        let mut arguments = vec!["explain", "--now", NOW, feed];
        arguments.extend(name.ends_with(".json").then_some("--json"));
        let shown = out(&run(&arguments));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(golden(name), &shown).unwrap();
        }
        let expected = std::fs::read_to_string(golden(name)).unwrap();
        assert!(shown == expected, "{name} differs:\n{shown}");
        assert!(!shown.contains('\u{1b}'), "{name} has colours without a terminal");
    }
}

#[test]
fn a_page_of_several_feeds_is_one_document() {
    let page = out(&run(&["explain", "--html", "--now", NOW, "hl7/a01-ckm.hl7", "fhir/patient.json"]));
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    assert_eq!((page.matches("<article>").count(), page.matches("<script").count()), (2, 1));
    let hidden = out(&run(&["explain", "--html", "--no-values", "--now", NOW, "hl7/a01-ckm.hl7"]));
    assert!(page.contains("Halvorsen") && !hidden.contains("Halvorsen") && !hidden.contains("2FH7"));
}

#[test]
fn strict_reading_refuses_doubts_and_unused_fields_with_an_ending_of_its_own() {
    let plain = run(&["convert", "--now", NOW, "hl7/bench-2500.hl7"]);
    assert_eq!(plain.status.code(), Some(0));
    let strict = run(&["convert", "--strict", "--now", NOW, "hl7/bench-2500.hl7"]);
    assert_eq!(strict.status.code(), Some(3));
    let line: serde_json::Value = serde_json::from_str(&out(&strict)).unwrap();
    let issues = line["issues"].as_array().unwrap();
    assert!(
        issues.iter().any(|issue| issue["code"] == "field-unused" && issue["location"] == "ZPD[1]-2"),
        "{issues:?}"
    );
    // A refusal for its form is still explained, piece by piece.
    let explained = run(&["explain", "--strict", "--now", NOW, "hl7/bench-2500.hl7"]);
    assert_eq!(explained.status.code(), Some(3));
    assert!(out(&explained).contains("! ZPD[1]-2") && out(&explained).contains("nothing would be submitted"));
    let clean = run(&["convert", "--strict", "--now", NOW, "hl7/a01-ckm.hl7"]);
    assert_eq!(clean.status.code(), Some(0), "{}", out(&clean));
}

#[test]
fn codes_are_explained_one_by_one_and_all_together() {
    let one = run(&["explain", "--code", "field-unused"]);
    assert!(
        out(&one).starts_with("field-unused (error; Opening a feed)\n") && out(&one).contains("What to do: "),
        "{}",
        out(&one)
    );
    assert_eq!(run(&["explain", "--code", "no-such-code"]).status.code(), Some(2));
    let all = out(&run(&["explain", "--codes", "--json"]));
    assert!(all.lines().count() > 250);
    let page = out(&run(&["explain", "--codes", "--markdown"]));
    assert_eq!(page, std::fs::read_to_string(tests().parent().unwrap().join("docs/issues.md")).unwrap());
}
