use super::support::{MBI, OTHER_MBI, all_facts, at, issues, message, places, profile, reading, refused};
use access_contract::Verdict;

const SURVIVOR: &str = "PID|1||400112^^^MAIN^MR||HALVORSEN^RUTH";

fn keys(segments: &[&str]) -> Vec<(Vec<String>, Vec<String>)> {
    reading(&profile(), &message("A40", segments))
        .subjects
        .into_iter()
        .map(|subject| (subject.keys, subject.prior_keys))
        .collect()
}

fn owned(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

#[test]
fn the_patient_survives_and_the_prior_identifiers_cease() {
    assert_eq!(keys(&[SURVIVOR, "MRG|400999^^^MAIN^MR"]), [(owned(&["id:MAIN|400112"]), owned(&["id:MAIN|400999"]))]);
    let two = ["MRG|400999^^^MAIN^MR~400998^^^MAIN^MR~123456789^^^SSA^SS"];
    assert_eq!(keys(&[SURVIVOR, two[0]])[0].1, ["id:MAIN|400999", "id:MAIN|400998"]);
}

#[test]
fn old_forms_are_read_too() {
    for event in ["A18", "A30", "A34", "A36", "A39", "A47"] {
        let text = message(event, &["PID|1||400112", "MRG|400999"]).replace("2.5.1", "2.2");
        let subject = reading(&profile(), &text).subjects.remove(0);
        assert_eq!(
            (subject.keys, subject.prior_keys),
            (owned(&["id:MAIN|400112"]), owned(&["id:MAIN|400999"])),
            "{event}"
        );
    }
    let text = message("A34", &["PID|1||400112", "MRG||400998||400999"]).replace("2.5.1", "2.2");
    assert_eq!(reading(&profile(), &text).subjects[0].prior_keys, ["id:MAIN|400998", "id:MAIN|400999"]);
}

#[test]
fn an_identifier_without_authority_is_of_the_survivors_only_one() {
    let found = keys(&["PID|1||400112^^^ENT^PI", "MRG|400999"]);
    assert_eq!(found, [(owned(&["id:ENT|400112"]), owned(&["id:ENT|400999"]))]);
}

#[test]
fn numbers_that_cease_are_read() {
    let pid = format!("{SURVIVOR}|");
    let text = message("A40", &[&pid, &format!("MRG|400999^^^MAIN^MR~{MBI}^^^CMS^MC")]);
    let reading = reading(&profile(), &text);
    assert_eq!(reading.subjects[0].prior_keys, [format!("mbi:{MBI}"), "id:MAIN|400999".to_owned()]);
    assert_eq!(all_facts(&reading)[0].prior_mbi.as_ref().unwrap().from.path, "MRG-1[2].1");
    let both = format!("PID|1||400112^^^MAIN^MR~{MBI}^^^CMS^MC||HALVORSEN^RUTH");
    let same = keys(&[&both, &format!("MRG|400999^^^MAIN^MR~{MBI}^^^CMS^MC")]);
    assert_eq!(same[0].1, ["id:MAIN|400999"]);
    // A second number is kept too, in the same row or another.
    let numbers = |first: &str, second: &str| format!("MRG|400999^^^MAIN^MR~{first}^^^CMS^MC{second}");
    let further = |rows: &[&str]| {
        all_facts(&super::support::reading(&profile(), &message("A40", rows)))[0].records.further_prior_mbis.clone()
    };
    assert_eq!(further(&[&pid, &numbers(MBI, &format!("~{OTHER_MBI}^^^CMS^MC"))]), [OTHER_MBI]);
    assert_eq!(further(&[&pid, &numbers(MBI, ""), &numbers(OTHER_MBI, "")]), [OTHER_MBI]);
    assert!(further(&[&pid, &numbers(MBI, ""), &numbers(MBI, "")]).is_empty());
    // One that has run out contradicts none.
    let over = format!("~{OTHER_MBI}^^^CMS^MC^^20200101^20240101");
    assert!(further(&[&pid, &numbers(MBI, &over)]).is_empty());
}

#[test]
fn several_groups_are_several_people() {
    let segments = ["PID|1||1^^^MAIN^MR", "PD1|", "MRG|2^^^MAIN^MR", "PID|2||3^^^MAIN^MR", "MRG|4^^^MAIN^MR"];
    assert_eq!(
        keys(&segments),
        [(owned(&["id:MAIN|1"]), owned(&["id:MAIN|2"])), (owned(&["id:MAIN|3"]), owned(&["id:MAIN|4"]))]
    );
}

#[test]
fn a_missing_side_is_for_a_person() {
    for (segments, path) in [
        (vec![SURVIVOR], "MRG"),
        (vec![SURVIVOR, "MRG|"], "MRG-1"),
        (vec![SURVIVOR, "MRG|\"\""], "MRG-1"),
        (vec![SURVIVOR, "MRG|400112^^^MAIN^MR"], "MRG-1"),
        (vec![SURVIVOR, "MRG|400999^^^NORTH^MR"], "MRG-1"),
        (vec!["PID|1||", "MRG|400999^^^MAIN^MR"], "PID-3"),
        (vec![SURVIVOR, "MRG|400999^^^MAIN^MR", "PID|2||7^^^MAIN^MR"], "MRG"),
    ] {
        let refusal = refused(&profile(), &message("A40", &segments));
        assert_eq!(refusal.verdict, Verdict::NeedsPerson, "{segments:?}");
        assert_eq!(places(&refusal.issues)[0], at("merge-side-missing", path), "{segments:?}");
        assert_eq!(refusal.issues[0].condition, Some(101));
    }
}

#[test]
fn identifiers_that_cannot_cease_are_left_out_with_a_warning() {
    let same = message("A40", &[SURVIVOR, "MRG|400112^^^MAIN^MR~400999^^^MAIN^MR"]);
    assert_eq!(issues(&same), [at("merge-same-identifier", "MRG-1")]);
    let foreign = message("A40", &[SURVIVOR, "MRG|400999^^^NORTH^MR~400998^^^MAIN^MR"]);
    assert_eq!(issues(&foreign), [at("merge-authority", "MRG-1")]);
    assert_eq!(reading(&profile(), &foreign).subjects[0].prior_keys, ["id:MAIN|400998"]);
}

#[test]
fn one_number_on_two_patients_is_nobodys() {
    let pid = |set: u8, record: &str, number: &str| format!("PID|{set}||{record}^^^MAIN^MR~{number}^^^CMS^MC");
    let text = message("A40", &[&pid(1, "1", MBI), "MRG|2^^^MAIN^MR", &pid(2, "3", MBI), "MRG|4^^^MAIN^MR"]);
    assert_eq!(issues(&text), [at("mbi-shared", "PID[1]"), at("mbi-shared", "PID[2]")]);
    assert!(all_facts(&reading(&profile(), &text)).iter().all(|facts| facts.mbi.is_none()));
    let text = message("A40", &[&pid(1, "1", MBI), "MRG|2^^^MAIN^MR", &pid(2, "3", OTHER_MBI), "MRG|4^^^MAIN^MR"]);
    assert_eq!(issues(&text), []);
}

#[test]
fn merge_segments_of_other_events_say_nothing() {
    let text = message("A08", &[SURVIVOR, "MRG|400999^^^MAIN^MR"]);
    assert!(reading(&profile(), &text).subjects[0].prior_keys.is_empty());
}
