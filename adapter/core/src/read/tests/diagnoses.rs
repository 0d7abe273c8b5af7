use super::support::{at, facts, facts_by, issues, profile, segment, update};
use crate::facts::Certainty;

fn row(set: &[(usize, &str)]) -> String {
    segment("DG1", &[&[(1, "1"), (6, "F")], set].concat())
}

fn codes(rows: &[String]) -> Vec<String> {
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    facts(&update(&rows)).diagnoses.unwrap().into_iter().map(|diagnosis| diagnosis.code).collect()
}

#[test]
fn the_code_is_found_whatever_the_system_is_called_and_wherever_it_stands() {
    for (set, path) in [
        (vec![(3, "E119^text^I10")], "DG1[1]-3.1"),
        (vec![(3, "E11.9^text^I10C")], "DG1[1]-3.1"),
        (vec![(3, "e11.9^text^icd-10-cm")], "DG1[1]-3.1"),
        (vec![(3, "E11.9^^ICD10")], "DG1[1]-3.1"),
        (vec![(3, "E11.9^^2.16.840.1.113883.6.90")], "DG1[1]-3.1"),
        (vec![(3, "44054006^text^SCT^E11.9^text^I10C")], "DG1[1]-3.4"),
        (vec![(3, "250.00^text^I9^E119^text^I10")], "DG1[1]-3.4"),
        (vec![(3, "^text^^E119^text^I10")], "DG1[1]-3.4"),
        (vec![(3, "DM2^Diabetes^I10^E11.9^Type 2^I10C")], "DG1[1]-3.4"),
        (vec![(3, "E11.9^Diabetes^I10^DM2^Type 2^I10C")], "DG1[1]-3.1"),
        (vec![(2, "I10"), (3, "E119")], "DG1[1]-3.1"),
        (vec![(2, "I9"), (3, "E119^text^I10")], "DG1[1]-3.1"),
    ] {
        let text = update(&[&row(&set)]);
        let diagnosis = facts(&text).diagnoses.unwrap().remove(0);
        assert_eq!((diagnosis.code.as_str(), diagnosis.from.path.as_str()), ("E11.9", path), "{set:?}");
        assert_eq!(issues(&text), [], "{set:?}");
    }
}

#[test]
fn a_code_without_a_system_is_judged_by_its_form() {
    let text = update(&[&row(&[(3, "I1A0^Resistant hypertension")])]);
    assert_eq!(facts(&text).diagnoses.unwrap()[0].code, "I1A.0");
    assert_eq!(issues(&text), [at("diagnosis-system-missing", "DG1[1]-3.1")]);
}

#[test]
fn what_cannot_be_taken_is_told_and_states_the_set_all_the_same() {
    for (set, code) in [
        (vec![(3, "250.00^Diabetes^I9")], "icd9-ignored"),
        (vec![(3, "4019^Hypertension^I9CDX")], "icd9-ignored"),
        (vec![(2, "I9"), (3, "V5867")], "icd9-ignored"),
        (vec![(3, "25000")], "icd9-ignored"),
        (vec![(3, "DIABETES^^I10")], "diagnosis-form"),
        (vec![(3, "E1^^I10")], "diagnosis-form"),
        (vec![(3, "DM2^^I10^DM^^I10")], "diagnosis-form"),
        (vec![(3, "XX")], "diagnosis-form"),
        (vec![(3, "44054006^Diabetes^SCT")], "diagnosis-system"),
        (vec![(3, "5A1D^Dialysis^I10P")], "diagnosis-system"),
        (vec![(3, "^Diabetes")], "diagnosis-without-code"),
        (vec![(4, "Diabetes")], "diagnosis-without-code"),
    ] {
        let text = update(&[&row(&set)]);
        assert_eq!(issues(&text).iter().map(|issue| issue.0.as_str()).collect::<Vec<_>>(), [code], "{set:?}");
        assert_eq!(facts(&text).diagnoses, Some(Vec::new()), "{set:?}");
    }
}

#[test]
fn the_type_says_how_sure_a_diagnosis_is() {
    for (kind, certainty) in [
        ("F", Certainty::Confirmed),
        ("final", Certainty::Confirmed),
        ("", Certainty::Confirmed),
        ("A", Certainty::Provisional),
        ("W", Certainty::Provisional),
        ("Working", Certainty::Provisional),
        ("8", Certainty::Provisional),
    ] {
        let text = update(&[&segment("DG1", &[(1, "1"), (3, "I10^^I10"), (6, kind)])]);
        assert_eq!(facts(&text).diagnoses.unwrap()[0].certainty, certainty, "{kind}");
        let warned = if kind == "8" { vec![at("diagnosis-type", "DG1[1]-6")] } else { vec![] };
        assert_eq!(issues(&text), warned, "{kind}");
    }
    let mut profile = profile();
    profile.diagnoses.admitting_confirmed = true;
    profile.diagnoses.working_confirmed = true;
    for kind in ["A", "W"] {
        let text = update(&[&segment("DG1", &[(1, "1"), (3, "I10^^I10"), (6, kind)])]);
        assert_eq!(facts_by(&profile, &text).diagnoses.unwrap()[0].certainty, Certainty::Confirmed);
    }
}

#[test]
fn the_surer_of_two_rows_of_one_code_stays() {
    let admitting = segment("DG1", &[(1, "1"), (3, "E119^^I10"), (6, "A")]);
    let finale = segment("DG1", &[(1, "2"), (3, "E11.9^^I10C"), (6, "F")]);
    for rows in [[&admitting, &finale], [&finale, &admitting]] {
        let diagnoses = facts(&update(&[rows[0], rows[1]])).diagnoses.unwrap();
        assert_eq!(diagnoses.len(), 1);
        assert_eq!((diagnoses[0].certainty, diagnoses[0].rank), (Certainty::Confirmed, 2));
    }
}

#[test]
fn rows_are_ordered_by_rank() {
    let rows = [
        segment("DG1", &[(1, "1"), (3, "I10^^I10"), (15, "2")]),
        segment("DG1", &[(1, "2"), (3, "E119^^I10"), (15, "1")]),
        segment("DG1", &[(1, "3"), (3, "E785^^I10")]),
        segment("DG1", &[(3, "E669^^I10"), (15, "0")]),
    ];
    assert_eq!(codes(&rows), ["E11.9", "I10", "E78.5", "E66.9"]);
}

#[test]
fn action_codes_make_changes_of_rows() {
    let text = update(&[&row(&[(3, "I10^^I10"), (21, "A")]), &row(&[(3, "E119^^I10"), (21, "D")])]);
    let facts = facts(&text);
    assert!(facts.diagnoses_are_changes);
    let certainties: Vec<Certainty> = facts.diagnoses.unwrap().iter().map(|diagnosis| diagnosis.certainty).collect();
    assert_eq!(certainties, [Certainty::Confirmed, Certainty::Withdrawn]);
    assert!(!super::support::facts(&update(&[&row(&[(3, "I10^^I10")])])).diagnoses_are_changes);
    let unchanged = |rows: &[String]| {
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        super::support::facts(&update(&rows)).records.unchanged_diagnoses
    };
    let (kept, added) = (row(&[(3, "I10^^I10"), (21, "X")]), row(&[(3, "I10^^I10"), (21, "A")]));
    assert_eq!(unchanged(std::slice::from_ref(&kept)), ["I10"]);
    assert!(unchanged(&[kept, added]).is_empty());
    let again = update(&[&row(&[(3, "I10^^I10"), (21, "D")]), &row(&[(3, "I10^^I10"), (21, "A")])]);
    assert_eq!(super::support::facts(&again).diagnoses.unwrap()[0].certainty, Certainty::Confirmed);
}

#[test]
fn history_and_what_was_ruled_out_are_no_active_diseases() {
    for (set, code) in [
        (vec![(3, "Z86.73^History^I10")], "diagnosis-history"),
        (vec![(3, "Z8719^History^I10")], "diagnosis-history"),
        (vec![(3, "E119^Diabetes, ruled out^I10")], "diagnosis-ruled-out"),
        (vec![(3, "E119^^I10"), (4, "RULED OUT")], "diagnosis-ruled-out"),
    ] {
        let text = update(&[&row(&set)]);
        assert_eq!(facts(&text).diagnoses, Some(Vec::new()), "{set:?}");
        assert_eq!(issues(&text), [at(code, "DG1[1]")], "{set:?}");
    }
    for text in ["rule out diabetes", "R/O diabetes"] {
        let text = update(&[&row(&[(3, "E119^^I10"), (4, text)])]);
        assert_eq!(facts(&text).diagnoses.unwrap()[0].certainty, Certainty::Provisional);
        assert_eq!(issues(&text), [at("diagnosis-doubtful", "DG1[1]-4")]);
    }
}

#[test]
fn nothing_said_and_cleared_are_told_apart() {
    assert_eq!(facts(&update(&[])).diagnoses, None);
    assert_eq!(facts(&update(&["DG1|1"])).diagnoses, None);
    assert_eq!(facts(&update(&["DG1|1||\"\""])).diagnoses, Some(Vec::new()));
}

#[test]
fn dates_and_the_visit_are_kept() {
    let text = update(&[
        "PV1|1|I|||||||||||||||||V77^^^MAIN^VN",
        &row(&[(3, "I10^^I10"), (5, "202607140915"), (19, "20260701")]),
    ]);
    let diagnosis = facts(&text).diagnoses.unwrap().remove(0);
    assert_eq!((diagnosis.recorded.as_deref(), diagnosis.visit.as_deref()), (Some("2026-07-14"), Some("MAIN|V77")));
    let text = update(&[&row(&[(3, "I10^^I10"), (19, "20260701")])]);
    assert_eq!(facts(&text).diagnoses.unwrap()[0].recorded.as_deref(), Some("2026-07-01"));
    let text = update(&[&row(&[(3, "I10^^I10"), (5, "soon")])]);
    assert_eq!(issues(&text), [at("diagnosis-date", "DG1[1]-5")]);
}

#[test]
fn too_many_diagnoses_are_cut_off_with_a_warning() {
    let rows: Vec<String> =
        (0..1_100).map(|number| row(&[(3, &format!("M{:02}.{:03}^^I10", number % 100, number))])).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let text = update(&rows);
    assert_eq!(facts(&text).diagnoses.unwrap().len(), 1_000);
    assert_eq!(issues(&text), [at("limit-rows", "DG1[1001]")]);
}
