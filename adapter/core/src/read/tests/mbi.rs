use super::support::{
    MBI, OTHER_MBI, at, facts, facts_by, issues, issues_by, message, places, profile, refused, segment, update,
    with_pid,
};
use access_contract::Verdict;
use access_mappings::{MbiCarrier, PositionRule};

const ORIGINAL: (usize, &str) = (15, "MA");

fn number(text: &str) -> Option<(String, String)> {
    facts(text).mbi.map(|mbi| (mbi.value, mbi.from.path))
}

fn found(path: &str) -> Option<(String, String)> {
    Some((MBI.to_owned(), path.to_owned()))
}

#[test]
fn the_number_is_found_at_every_carrier() {
    let mrn = "400112^^^MAIN^MR";
    let in1 = |field: (usize, &str)| segment("IN1", &[(1, "1"), ORIGINAL, field]);
    let in2 = segment("IN2", &[(6, MBI)]);
    for (text, path) in [
        (with_pid(3, &format!("{mrn}~{MBI}^^^CMS^MC")), "PID-3[2].1"),
        (with_pid(3, &format!("{mrn}~3aa1-aa1-aa11^^^^MC")), "PID-3[2].1"),
        (with_pid(3, &format!("{mrn}~{MBI}^^^&2.16.840.1.113883.4.927&ISO")), "PID-3[2].1"),
        (with_pid(3, &format!("{mrn}~{MBI}^^^medicare^PI")), "PID-3[2].1"),
        (with_pid(3, &format!("{MBI}^^^^MC")), "PID-3.1"),
        (with_pid(3, &format!("{mrn}~{MBI}^^^MAIN^MBI")), "PID-3[2].1"),
        (with_pid(3, &format!("{mrn}~{MBI}^^^MAIN^HIC")), "PID-3[2].1"),
        (update(&[&in1((2, "X")), &in2]), "IN2[1]-6"),
        (update(&[&in1((49, MBI))]), "IN1[1]-49.1"),
        (update(&[&in1((49, &format!("other^^^^MA~{MBI}^^^CMS^MC")))]), "IN1[1]-49[2].1"),
        (update(&[&in1((36, MBI))]), "IN1[1]-36"),
    ] {
        assert_eq!(number(&text), found(path), "{path}");
    }
}

#[test]
fn a_more_trusted_carrier_is_named_as_the_source() {
    let in1 = segment("IN1", &[(1, "1"), ORIGINAL, (36, MBI), (49, MBI)]);
    assert_eq!(number(&update(&[&in1, &segment("IN2", &[(6, MBI)])])), found("IN2[1]-6"));
    let mut profile = profile();
    profile.mbi.carriers.reverse();
    let facts = facts_by(&profile, &update(&[&in1]));
    assert_eq!(facts.mbi.unwrap().from.path, "IN1[1]-36");
}

#[test]
fn fields_of_the_site_are_looked_at_where_the_profile_names_them() {
    let text = update(&[&format!("ZIN|1|x|y|a^{MBI}"), &format!("ZIN|2|x|y|a^{MBI}")]);
    assert_eq!(number(&text), None);
    let mut profile = profile();
    profile.mbi.carriers.push(MbiCarrier::Path("ZIN-4.2".to_owned()));
    let mbi = facts_by(&profile, &text).mbi.unwrap();
    assert_eq!((mbi.from.path.as_str(), mbi.from.rule.as_str()), ("ZIN[1]-4.2", "mbi.path"));
}

#[test]
fn numbers_of_other_plans_are_taken_only_where_the_profile_says_so() {
    for plan in [(15, "16"), (2, "X^AARP MEDICARE SUPPLEMENT")] {
        let text = update(&[&segment("IN1", &[(1, "1"), plan, (36, MBI)])]);
        assert_eq!(number(&text), None);
        let mut profile = profile();
        profile.mbi.from_other_plans = true;
        assert_eq!(facts_by(&profile, &text).mbi.unwrap().from.path, "IN1[1]-36");
    }
    let commercial = update(&[&segment("IN1", &[(1, "1"), (15, "WC"), (36, MBI)])]);
    let mut profile = profile();
    profile.mbi.from_other_plans = true;
    assert_eq!(facts_by(&profile, &commercial).mbi, None);
}

#[test]
fn an_untyped_identifier_is_no_medicare_number() {
    assert_eq!(number(&with_pid(3, MBI)), None);
    assert_eq!(number(&with_pid(3, &format!("{MBI}^^^MAIN^MR"))), None);
    assert_eq!(number(&with_pid(2, MBI)), None);
}

#[test]
fn expired_identifiers_are_passed_over() {
    assert_eq!(number(&with_pid(3, &format!("400112^^^MAIN^MR~{MBI}^^^CMS^MC^^^20200101"))), None);
    assert_eq!(number(&with_pid(3, &format!("400112^^^MAIN^MR~{MBI}^^^CMS^MC^^^20300101"))), found("PID-3[2].1"));
    for kind in ["CMS^MC", "MAIN^MBI", "CMS^MBI"] {
        let text = with_pid(3, &format!("400112^^^MAIN^MR~{MBI}^^^{kind}^^^20200101"));
        assert_eq!(issues(&text), [at("mbi-expired", "PID-3[2].8")], "{kind}");
    }
}

#[test]
fn a_wrong_form_where_only_the_number_can_stand_is_for_a_person() {
    let in1 = segment("IN1", &[(1, "1"), ORIGINAL]);
    for (text, path) in [
        (with_pid(3, "400112^^^MAIN^MR~3AA1AA1AA1^^^CMS^MC"), "PID-3[2].1"),
        (with_pid(3, "400112^^^MAIN^MR~MEDICARE^^^CMS^MC"), "PID-3[2].1"),
        (update(&[&in1, &segment("IN2", &[(6, "3AA1AA1AA111")])]), "IN2[1]-6"),
    ] {
        let refusal = refused(&profile(), &text);
        assert_eq!(refusal.verdict, Verdict::NeedsPerson);
        assert_eq!(places(&refusal.issues)[0], at("mbi-form", path));
        assert_eq!(refusal.issues[0].condition, Some(102));
    }
}

#[test]
fn a_wrong_form_is_only_a_warning_beside_a_good_number_or_in_a_cancellation() {
    let in1 = segment("IN1", &[(1, "1"), ORIGINAL]);
    let in2 = segment("IN2", &[(6, MBI)]);
    let pid = "PID|1||400112^^^MAIN^MR~12^^^CMS^MC||HALVORSEN^RUTH";
    let text = message("A08", &[pid, &in1, &in2]);
    assert_eq!(number(&text), found("IN2[1]-6"));
    assert_eq!(issues(&text), [at("mbi-form", "PID-3[2].1")]);
    assert_eq!(issues(&message("A11", &[pid])), [at("mbi-form", "PID-3[2].1")]);
}

#[test]
fn a_value_that_may_be_something_else_is_only_a_warning() {
    for set in [(36, "POLICY1"), (49, "MEMBER1")] {
        let text = update(&[&segment("IN1", &[(1, "1"), ORIGINAL, set])]);
        assert_eq!(number(&text), None);
        assert_eq!(issues(&text).len(), 1);
        assert_eq!(issues(&text)[0].0, "mbi-form");
    }
    let advantage = update(&[&segment("IN1", &[(1, "1"), (15, "16")]), &segment("IN2", &[(6, "MEMBER1")])]);
    assert_eq!(issues(&advantage), [at("mbi-form", "IN2[1]-6")]);
}

#[test]
fn a_broken_position_is_taken_at_medicares_own_carriers_with_a_warning() {
    let broken = "3AO1AA1AA11";
    let pid = with_pid(3, &format!("400112^^^MAIN^MR~{broken}^^^CMS^MC"));
    let in1 = segment("IN1", &[(1, "1"), ORIGINAL]);
    let in2 = update(&[&in1, &segment("IN2", &[(6, broken)])]);
    for text in [&pid, &in2] {
        assert_eq!(facts(text).mbi.unwrap().value, broken);
        let issues = &super::support::reading(&profile(), text).issues;
        assert_eq!(issues[0].code, "mbi-position");
        assert!(issues[0].message.starts_with("position 3 "));
        let mut strict = profile();
        strict.mbi.positions = PositionRule::Refuse;
        assert_eq!(facts_by(&strict, text).mbi, None);
        assert_eq!(issues_by(&strict, text)[0].0, "mbi-position");
    }
    for text in [
        update(&[&segment("IN1", &[(1, "1"), ORIGINAL, (36, broken)])]),
        with_pid(3, &format!("400112^^^MAIN^MR~{broken}^^^MAIN^MBI")),
    ] {
        assert_eq!(number(&text), None);
        assert_eq!(issues(&text)[0].0, "mbi-position");
    }
}

#[test]
fn the_member_number_of_another_plan_is_not_stretched_into_one() {
    let medicaid = segment("IN1", &[(1, "1"), (15, "MC")]);
    let text = |number: &str| update(&[&medicaid, &segment("IN2", &[(6, number)])]);
    assert_eq!(number(&text("ZYX1234589-1")), None);
    assert_eq!(issues(&text("ZYX1234589-1")), [at("mbi-position", "IN2[1]-6")]);
    assert_eq!(number(&text(MBI)), found("IN2[1]-6"));
}

#[test]
fn a_broken_number_gives_way_to_a_good_one() {
    let text = message(
        "A08",
        &[
            "PID|1||400112^^^MAIN^MR~3AO1AA1AA11^^^CMS^MC||HALVORSEN^RUTH",
            &segment("IN1", &[(1, "1"), ORIGINAL, (36, MBI)]),
        ],
    );
    assert_eq!(number(&text), found("IN1[1]-36"));
    assert_eq!(issues(&text), [at("mbi-position", "PID-3[2].1")]);
}

#[test]
fn claim_numbers_are_dropped_and_never_kept() {
    let claim = "123-45-6789-A";
    let in1 = segment("IN1", &[(1, "1"), ORIGINAL, (36, claim)]);
    for (text, path) in [
        (with_pid(3, &format!("400112^^^MAIN^MR~{claim}^^^CMS^MC")), "PID-3[2].1"),
        (with_pid(3, &format!("400112^^^MAIN^MR~{claim}^^^MAIN^HIC")), "PID-3[2].1"),
        (update(&[&segment("IN1", &[(1, "1"), ORIGINAL]), &segment("IN2", &[(6, "WCA123456")])]), "IN2[1]-6"),
        (update(&[&in1]), "IN1[1]-36"),
    ] {
        assert_eq!(issues(&text), [at("hicn-dropped", path)]);
        let reading = super::support::reading(&profile(), &text);
        let told = serde_json::to_string(&reading).unwrap();
        assert!(!told.contains("45-6789") && !told.contains("123456"), "{path}");
    }
}

#[test]
fn a_claim_number_is_blanked_wherever_else_it_stands() {
    let text = message(
        "A08",
        &["PID|1|123456789A|400112^^^MAIN^MR~123-45-6789-A^^^CMS^MC~123456789A^^^MAIN^PI|123 45 6789A|HALVORSEN^RUTH"],
    );
    let told = serde_json::to_string(&super::support::reading(&profile(), &text)).unwrap();
    assert!(!told.contains("6789"));
}

#[test]
fn sample_numbers_are_refused_unless_allowed() {
    let text = with_pid(3, "400112^^^MAIN^MR~1EG4-TE5-MK73^^^CMS^MC");
    assert_eq!(number(&text), None);
    assert_eq!(issues(&text), [at("mbi-placeholder", "PID-3[2].1")]);
    let mut profile = profile();
    profile.mbi.allow_placeholders = true;
    assert_eq!(facts_by(&profile, &text).mbi.unwrap().value, "1EG4TE5MK73");
}

#[test]
fn fillers_are_no_numbers() {
    for filler in ["NONE", "n/a", "XXXXXXXXXXX", "UNKNOWN"] {
        let text = with_pid(3, &format!("400112^^^MAIN^MR~{filler}^^^CMS^MC"));
        assert_eq!(issues(&text), [at("filler", "PID-3[2].1")], "{filler}");
    }
    for nothing in ["\"\"", " ", "-"] {
        let text = with_pid(3, &format!("400112^^^MAIN^MR~{nothing}^^^CMS^MC"));
        assert_eq!((number(&text), issues(&text).len()), (None, usize::from(nothing == "-")), "{nothing}");
    }
}

#[test]
fn two_different_numbers_stop_with_both_positions_named() {
    let text = message(
        "A08",
        &[
            &format!("PID|1||400112^^^MAIN^MR~{MBI}^^^CMS^MC||HALVORSEN^RUTH"),
            &segment("IN1", &[(1, "1"), ORIGINAL, (36, OTHER_MBI)]),
        ],
    );
    assert_eq!(number(&text), None);
    let reading = super::support::reading(&profile(), &text);
    let issue = &reading.issues[0];
    assert_eq!((issue.code.as_str(), issue.location.as_str()), ("mbi-conflict", "PID-3[2].1"));
    assert!(issue.blocks() && issue.message.contains("IN1[1]-36"));
    assert_eq!(reading.subjects[0].keys, ["id:MAIN|400112"]);
    assert!(super::support::facts(&text).records.mbi_conflict);
    assert!(!reading.subjects[0].facts.contains(MBI) && !reading.subjects[0].facts.contains(OTHER_MBI));
}

#[test]
fn several_carriers_outweigh_a_single_less_trusted_one() {
    let pid = format!("PID|1||400112^^^MAIN^MR~{MBI}^^^CMS^MC||HALVORSEN^RUTH");
    let in1 = segment("IN1", &[(1, "1"), ORIGINAL, (36, OTHER_MBI)]);
    let text = message("A08", &[&pid, &in1, &segment("IN2", &[(6, MBI)])]);
    assert_eq!(number(&text), found("PID-3[2].1"));
    assert_eq!(issues(&text), [at("mbi-conflict-settled", "IN1[1]-36")]);
    // Two against two is no majority, and neither is one trusted carrier with the number twice.
    let even = segment("IN1", &[(1, "1"), ORIGINAL, (36, OTHER_MBI), (49, OTHER_MBI)]);
    assert_eq!(number(&message("A08", &[&pid, &even, &segment("IN2", &[(6, MBI)])])), None);
    let twice = format!("PID|1||{MBI}^^^CMS^MC~400112^^^MAIN^MR~{MBI}^^^^MC||HALVORSEN^RUTH");
    assert_eq!(number(&message("A08", &[&twice, &in1])), None);
}

#[test]
fn a_number_of_somebody_else_is_not_taken() {
    let pid = "PID|1||400112^^^MAIN^MR||HALVORSEN^RUTH||19470912|F";
    let carried = |set: &[(usize, &str)]| {
        let mut fields = vec![(1, "1"), ORIGINAL, (36, MBI), (49, MBI)];
        fields.extend(set);
        message("A08", &[pid, &segment("IN1", &fields), &segment("IN2", &[(6, MBI)])])
    };
    for (set, path) in [
        (vec![(17, "SPO")], "IN1[1]-17"),
        (vec![(17, "01")], "IN1[1]-17"),
        (vec![(18, "19451103")], "IN1[1]-18"),
        (vec![(17, "SEL"), (18, "19451103")], "IN1[1]-18"),
        (vec![(16, "HALVORSEN^PETER")], "IN1[1]-16"),
        (vec![(16, "BRANDT^RUTH")], "IN1[1]-16"),
        (vec![(16, "BRANDT^PETER"), (17, "SEL")], "IN1[1]-16"),
        // The relationship was left at self, and the spouse shares the family name.
        (vec![(16, "HALVORSEN^PETER"), (17, "SEL")], "IN1[1]-16"),
        (vec![(16, "HALVORSEN^PETER"), (17, "SEL"), (18, "1947")], "IN1[1]-16"),
        (vec![(16, "HALVORSEN^PETER"), (17, "SEL"), (18, "19470912")], "IN1[1]-16"),
        (vec![(16, "BRANDT^PETER"), (18, "19470912")], "IN1[1]-16"),
        (vec![(16, "BRANDT^RUTH"), (18, "1947")], "IN1[1]-16"),
        (vec![(16, "HALVORSEN^P"), (17, "SEL")], "IN1[1]-16"),
        (vec![(16, "HALVORSEN^RUTHANNE"), (17, "SEL")], "IN1[1]-16"),
        (vec![(16, "BRANDT"), (17, "SEL")], "IN1[1]-16"),
    ] {
        let text = carried(&set);
        assert_eq!(number(&text), None, "{set:?}");
        assert!(issues(&text).contains(&at("insured-not-patient", path)), "{set:?}");
    }
    for set in [
        vec![],
        vec![(17, "SEL")],
        vec![(17, "18")],
        vec![(17, "self^Self")],
        vec![(16, "Halvorsen^Ruth^E"), (18, "19470912")],
        vec![(16, "HALVORSEN^R")],
        vec![(16, "HALVORSEN,RUTH E")],
        vec![(16, "BRANDT^RUTH"), (17, "SEL")],
        vec![(16, "BRANDT^RUTH"), (18, "19470912")],
        vec![(16, "HALVORSEN-BRANDT^RUTH")],
        vec![(16, "HALVORSEN JR^RUTH")],
        vec![(16, "HALVORSEN^EVA^RUTH"), (17, "SEL")],
        vec![(16, "HALVORSEN^RUTHANNE"), (18, "19470912")],
    ] {
        assert_eq!(number(&carried(&set)), found("IN2[1]-6"), "{set:?}");
    }
}

#[test]
fn a_number_that_cannot_be_decoded_is_a_blocking_issue() {
    let text = with_pid(3, "400112^^^MAIN^MR~3AA1AA1\u{fffd}A11^^^CMS^MC");
    assert_eq!(number(&text), None);
    assert_eq!(issues(&text), [at("undecodable-character", "PID-3"), at("undecodable-identifier", "PID-3[2].1")]);
}

#[test]
fn keys_begin_with_the_number() {
    let text = with_pid(3, &format!("400112^^^MAIN^MR~{MBI}^^^CMS^MC~E7^^^ENT&2.1&ISO^PI"));
    let keys = super::support::reading(&profile(), &text).subjects[0].keys.clone();
    assert_eq!(keys, [format!("mbi:{MBI}"), "id:MAIN|400112".to_owned(), "id:ENT|E7".to_owned()]);
}

/// A path of the site used to be read whoever the plan insures.
#[test]
fn a_field_of_the_site_in_a_plan_or_guarantor_is_the_patients_only_where_that_is_the_patient() {
    let mut profile = profile();
    profile.mbi.carriers.extend(["IN1-10", "IN2-61", "IN3-2", "GT1-19"].map(|path| MbiCarrier::Path(path.to_owned())));
    let pid = "PID|1||400112^^^MAIN^MR||HALVORSEN^RUTH||19470912|F";
    let own = segment("IN1", &[(1, "1"), (2, "AETNA")]);
    let spouse = segment("IN1", &[(1, "2"), ORIGINAL, (16, "HALVORSEN^PETER"), (17, "SPO"), (18, "19520101")]);
    let carried = [
        vec![segment("IN1", &[(1, "1"), ORIGINAL, (10, MBI), (16, "HALVORSEN^PETER"), (17, "SPO")])],
        vec![own.clone(), spouse.clone(), segment("IN2", &[(61, MBI)])],
        vec![own.clone(), spouse.clone(), segment("IN2", &[(1, "1")]), segment("IN3", &[(2, MBI)])],
        vec![segment("GT1", &[(3, "HALVORSEN^PETER"), (19, MBI)])],
        vec![segment("GT1", &[(8, "19520101"), (19, MBI)])],
        vec![segment("GT1", &[(11, "SPO"), (19, MBI)])],
    ];
    for rows in carried {
        let segments: Vec<&str> = std::iter::once(pid).chain(rows.iter().map(String::as_str)).collect();
        let text = message("A08", &segments);
        assert_eq!(facts_by(&profile, &text).mbi, None, "{rows:?}");
        assert!(issues_by(&profile, &text).iter().any(|issue| issue.0 == "insured-not-patient"), "{rows:?}");
    }
    for rows in [
        vec![segment("IN1", &[(1, "1"), ORIGINAL, (10, MBI), (17, "SEL")])],
        vec![spouse, own, segment("IN2", &[(61, MBI)])],
        vec![segment("GT1", &[(3, "HALVORSEN^RUTH"), (8, "19470912"), (11, "SEL"), (19, MBI)])],
        vec![segment("GT1", &[(19, MBI)])],
    ] {
        let segments: Vec<&str> = std::iter::once(pid).chain(rows.iter().map(String::as_str)).collect();
        assert_eq!(facts_by(&profile, &message("A08", &segments)).mbi.unwrap().value, MBI, "{rows:?}");
    }
}
