//! Messages that hold as many of something as they may: whatever takes time in proportion to the square of their number would not end.

use super::support::{MBI, at, facts, issues, message, update};
use crate::view::limits::{MAX_IDENTIFIERS, MAX_PARTS, MAX_REPETITIONS};

/// Numbers of the right form, all different.
fn numbers() -> impl Iterator<Item = String> {
    (0..).map(|n| format!("3AA{}AA{}AA{:02}", n / 1000 % 10, n / 100 % 10, n % 100))
}

/// As many identifiers as a message has room for, over segments with as many repetitions as a field may have.
fn many(segment: &str, one: &str, separators: usize) -> Vec<String> {
    let repetitions = vec![one; MAX_REPETITIONS - 1].join("~");
    let count = MAX_PARTS / ((separators + 1) * MAX_REPETITIONS) - 2;
    vec![format!("{segment}{repetitions}"); count]
}

#[test]
fn as_many_medicare_numbers_as_there_is_room_for_are_weighed() {
    let mut numbers = numbers();
    let rows: Vec<String> = (0..64)
        .map(|_| {
            let list: Vec<String> = numbers.by_ref().take(900).map(|number| format!("{number}^^^^MC")).collect();
            format!("IN1|1{}MA{}{}", "|".repeat(14), "|".repeat(34), list.join("~"))
        })
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let text = update(&rows);
    assert!(facts(&text).mbi.is_none());
    assert_eq!(issues(&text)[0], at("mbi-conflict", "IN1[1]-49[1].1"));
    // The same number over and over is one.
    let same = format!("IN1|1{}MA{}{MBI}", "|".repeat(14), "|".repeat(34));
    assert_eq!(facts(&update(&vec![same.as_str(); 64])).mbi.unwrap().from.path, "IN1[1]-49.1");
}

#[test]
fn as_many_identifiers_as_there_is_room_for_are_told_apart() {
    let known: Vec<String> = (1..=MAX_IDENTIFIERS).map(|n| format!("{n}^^^MAIN^MR")).collect();
    let pid = "PID|1||9^^^MAIN^MR~10^^^MAIN^MR||HALVORSEN^RUTH||19470912|F";
    let first = format!("MRG|{}", known.join("~"));
    let again = many("MRG|", "150^^^MAIN^MR", 4);
    let mut segments = vec![pid, first.as_str()];
    segments.extend(again.iter().map(String::as_str));
    let facts = facts(&message("A40", &segments));
    assert_eq!(facts.prior_aliases.len(), MAX_IDENTIFIERS - 2);
}

#[test]
fn a_patient_segment_with_as_many_parts_as_there_is_room_for_is_looked_through_for_every_number() {
    let list: Vec<String> = numbers().take(900).map(|number| format!("{number}^^^^MC")).collect();
    let pid = format!(
        "PID|1||400112^^^MAIN^MR~{}||HALVORSEN^RUTH||19470912|F|||{}",
        list.join("~"),
        "3AA1AA1AA11 Street^".repeat(300_000)
    );
    let reading = super::support::reading(&super::support::profile(), &message("A08", &[&pid]));
    assert!(reading.issues.iter().any(|issue| issue.code == "value-too-long" && issue.location == "PID"));
}

#[test]
fn rows_of_every_kind_are_read_up_to_their_limits() {
    for (segment, code) in [
        ("DG1|1||E11.{}^^I10C|||F", "limit-rows"),
        ("PRB|AD|20260714|E11.{}^^I10C|P{}", "limit-rows"),
        ("IN1|1|P{}|C{}|MEDICARE", "limit-rows"),
        ("OBX|1|NM|4548-4^^LN|{}|7.0|%|||||F", "limit-rows"),
        ("ZAC|1|CHECK", "limit-rows"),
    ] {
        let rows: Vec<String> = (0..19_000).map(|n| segment.replace("{}", &format!("{:04}", n % 10_000))).collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let found = issues(&update(&rows));
        assert!(found.iter().any(|issue| issue.0 == code), "{segment}: {found:?}");
    }
}
