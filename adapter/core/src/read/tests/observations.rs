use super::support::{all_facts, at, facts, message, places, profile, reading};
use crate::facts::{Observed, Stated};
use crate::view::limits::MAX_OBSERVATIONS;
use access_contract::{Reading, Severity};

/// A report with so many rows, all of the sender's own codes or all LOINC.
fn report(rows: usize, code: &str) -> String {
    let row = |number: usize| format!("OBX|{number}|NM|{code}||{number}.0|mg/dL|||||F");
    let rows: Vec<String> = (1..=rows).map(row).collect();
    let mut all = vec!["PID|1||400112^^^MAIN^MR||HALVORSEN^RUTH||19470912|F".to_owned(), "OBR|1||F200".to_owned()];
    all.extend(rows);
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    message("R01", &all).replace("ADT^R01", "ORU^R01")
}

/// What was noticed, beside that nothing follows from the event.
fn found(reading: &Reading) -> Vec<(String, String)> {
    places(&reading.issues).into_iter().filter(|(code, _)| code != "event-not-used").collect()
}

#[test]
fn five_thousand_rows_are_read_and_can_be_planned_with() {
    let reading = reading(&profile(), &report(5_000, "13457-7^LDL^LN"));
    let facts = &all_facts(&reading)[0];
    assert_eq!(facts.observations.len(), 5_000);
    assert_eq!(facts.observations[4_999].identifier, "F200");
    let Observed::Quantity { value, .. } = &facts.observations[4_999].value else { panic!() };
    assert_eq!(value, "5000.0");
    assert!(reading.subjects[0].facts.len() < crate::plan::MAX_FACTS_BYTES);
    assert_eq!(found(&reading), []);
}

/// A result whose own time could not be read was given that of its order, and counted for the wrong report.
#[test]
fn a_time_that_cannot_be_read_is_not_that_of_the_order() {
    let read = |own: &str| {
        let row = format!("OBX|1|NM|4548-4^HbA1c^LN||7.0|%|||||F|||{own}");
        let head = "PID|1||400112^^^MAIN^MR||HALVORSEN^RUTH||19470912|F";
        let text = message("R01", &[head, "OBR|1||F200||||20260713080000-0500", &row]).replace("ADT^R01", "ORU^R01");
        let reading = reading(&profile(), &text);
        (all_facts(&reading)[0].observations[0].at.clone(), found(&reading))
    };
    assert_eq!(read(""), ("2026-07-13T08:00:00-05:00".to_owned(), vec![]));
    for own in ["20991231", "20261301", "yesterday", "18000101"] {
        assert_eq!(read(own), (String::new(), vec![at("observation-date-invalid", "OBX[1]-14")]), "{own}");
    }
}

#[test]
fn what_is_beyond_the_limit_is_left_out() {
    let reading = reading(&profile(), &report(MAX_OBSERVATIONS + 5, "13457-7^LDL^LN"));
    assert_eq!(all_facts(&reading)[0].observations.len(), MAX_OBSERVATIONS);
    assert_eq!(found(&reading), [at("limit-rows", &format!("OBX[{}]", MAX_OBSERVATIONS + 1))]);
}

#[test]
fn long_words_are_cut_and_many_of_them_end_the_list() {
    let row = format!("OBX|1|TX|11502-2^Report^LN||{}||||||F", "word ".repeat(700));
    let rows = vec![row.as_str(); 8_000];
    let mut all = vec!["PID|1||400112^^^MAIN^MR||HALVORSEN^RUTH||19470912|F"];
    all.extend(rows);
    let facts = facts(&message("A08", &all[..2]));
    let Observed::Text(text) = &facts.observations[0].value else { panic!() };
    assert_eq!(text.chars().count(), 1_000);
    let reading = reading(&profile(), &message("A08", &all[..4_500]));
    assert!(reading.subjects[0].facts.len() < crate::plan::MAX_FACTS_BYTES);
    assert!(reading.issues.iter().any(|issue| issue.code == "limit-rows"));
}

#[test]
fn a_local_code_is_counted_for_the_profiles_author() {
    let reading = reading(&profile(), &report(100, "A1C^HbA1c^99LAB"));
    let codes: Vec<(&str, &str, &str, &str)> = reading
        .unmapped
        .iter()
        .map(|code| (code.table.as_str(), code.code.as_str(), code.display.as_str(), code.unit.as_str()))
        .collect();
    assert_eq!(codes, [("observation", "A1C", "HbA1c", "mg/dL")]);
    assert_eq!(all_facts(&reading)[0].observations[0].local, "A1C");
    assert_eq!(found(&reading), [at("observation-unmapped", "OBX[1]-3.1")]);
}

/// `convert` said nothing of a result that can reach no report.
#[test]
fn a_local_code_without_a_row_is_told_once_and_without_the_code() {
    let row = |code: &str| format!("OBX|1|NM|{code}||93|mg/dL|||||F");
    let rows =
        ["A1C^HbA1c^99LAB", "A1C^HbA1c^99LAB", "2345-7^Glucose^LN^GLU^Glucose^99LAB", "WST^Waist^99LAB"].map(row);
    let mut all = vec!["PID|1||400112^^^MAIN^MR||HALVORSEN^RUTH||19470912|F"];
    all.extend(rows.iter().map(String::as_str));
    let told = reading(&profile(), &message("A08", &all));
    let places: Vec<(&str, &str, &Severity)> = told
        .issues
        .iter()
        .filter(|issue| issue.code == "observation-unmapped")
        .map(|issue| (issue.location.as_str(), issue.message.split(' ').next_back().unwrap(), &issue.severity))
        .collect();
    assert_eq!(
        places,
        [
            ("OBX[1]-3.1", "report", &Severity::Warning),
            ("OBX[3]-3.4", "LOINC", &Severity::Information),
            ("OBX[4]-3.1", "report", &Severity::Warning)
        ]
    );
    assert!(told.issues.iter().all(|issue| !issue.message.contains("A1C") && !issue.message.contains("HbA1c")));
    let rules: Vec<String> =
        all_facts(&told)[0].observations.iter().map(|observation| observation.from.rule.clone()).collect();
    assert_eq!(rules, ["unmapped", "unmapped", "observation", "unmapped"]);
}

#[test]
fn the_sex_at_birth_may_stand_in_a_result_and_never_in_the_administrative_sex() {
    let pid = "PID|1||400112^^^MAIN^MR||HALVORSEN^RUTH||19470912|F";
    assert!(facts(&message("A08", &[pid])).demographics.birth_sex.is_none());
    let row = "OBX|1|CWE|76689-9^Sex at birth^LN||M^Male^HL70001||||||F";
    let Some(Stated::Set(sex)) = facts(&message("A08", &[pid, row])).demographics.birth_sex else { panic!() };
    assert_eq!((sex.value.as_str(), sex.from.path.as_str()), ("M", "OBX[1]-5"));
}
