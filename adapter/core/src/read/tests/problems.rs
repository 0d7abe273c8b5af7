//! Problem lists: what code and words beside it make of a row.

use super::support::{at, facts, issues, message, profile, reading, update};
use crate::facts::Certainty;

fn row(coded: &str) -> String {
    format!("PRB|AD|20260714|{coded}|P1^EPIC")
}

/// Certainty by instance or for every visit, as the row states it.
fn certainties(coded: &str) -> Vec<(bool, Certainty)> {
    let rows = facts(&update(&[&row(coded)])).diagnoses.unwrap();
    rows.into_iter().map(|row| (row.statement.is_empty(), row.certainty)).collect()
}

/// A problem list used to take "Hypertension, ruled out" as hypertension: words were read beside `DG1` only.
#[test]
fn words_of_doubt_and_denial_count_in_problem_lists_too() {
    for coded in ["I10^Hypertension, ruled out^I10C", "I10^^I10C^38341003^Hypertension ruled out^SCT"] {
        assert_eq!(certainties(coded), [(false, Certainty::Withdrawn)], "{coded}");
        assert_eq!(issues(&update(&[&row(coded)])), [at("diagnosis-ruled-out", "PRB[1]")], "{coded}");
    }
    for (coded, path) in [
        ("I10^Rule out hypertension^I10C", "PRB[1]-3.2"),
        ("I10^Suspected hypertension^I10C", "PRB[1]-3.2"),
        ("I10^^I10C^38341003^Possible hypertension^SCT", "PRB[1]-3.5"),
    ] {
        assert_eq!(certainties(coded), [(false, Certainty::Provisional)], "{coded}");
        assert_eq!(issues(&update(&[&row(coded)])), [at("diagnosis-doubtful", path)], "{coded}");
    }
    assert_eq!(certainties("I10^Hypertension^I10C"), [(false, Certainty::Confirmed)]);
}

#[test]
fn codes_of_history_are_no_problems_that_go_on() {
    for coded in ["Z86.73^History of stroke^I10C", "Z8719^History^I10C"] {
        assert_eq!(certainties(coded), [(false, Certainty::Withdrawn)], "{coded}");
        assert_eq!(issues(&update(&[&row(coded)])), [at("diagnosis-history", "PRB[1]")], "{coded}");
    }
}

#[test]
fn codes_of_death_and_of_care_are_noticed() {
    let text = update(&[&row("R99^Unknown cause of death^I10C")]);
    assert_eq!(super::support::stated(&facts(&text).deceased), "true");
    let doubted = update(&[&row("R99^Possible death^I10C")]);
    assert_eq!(super::support::stated(&facts(&doubted).deceased), "nothing");
    let over = format!("{}||||||||||RESOLVED", row("R99^^I10C"));
    assert_eq!(super::support::stated(&facts(&update(&[&over])).deceased), "nothing");
    for (coded, code) in [("N18.6^^I10C", "advisory-kidney-failure"), ("Z51.5^^I10C", "advisory-palliative-care")] {
        let pid = "PID|1||400112^^^MAIN^MR||HALVORSEN^RUTH||19470912|F";
        let diagnosis = format!("DG1|1||{coded}|||F");
        // Beside DG1 it is told once.
        let text = message("A08", &[pid, &diagnosis, &row(coded)]);
        let told = reading(&profile(), &text).issues.iter().filter(|issue| issue.code == code).count();
        assert_eq!(told, 1, "{coded}");
        assert_eq!(issues(&update(&[&row(coded)])), [at(code, "PRB[1]-3.1")], "{coded}");
    }
}
