use super::support::{at, facts, facts_by, issues, issues_by, profile, segment, update};
use access_mappings::{PlanClass, PlanEntry, PlanTable};

fn class_of(set: &[(usize, &str)]) -> PlanClass {
    facts(&update(&[&segment("IN1", &[&[(1, "1")], set].concat())])).plans.unwrap()[0].class
}

#[test]
fn codes_tell_the_kind_of_plan() {
    for (code, class) in [
        ("MA", PlanClass::OriginalMedicare),
        ("MB", PlanClass::OriginalMedicare),
        ("ma", PlanClass::OriginalMedicare),
        ("121", PlanClass::OriginalMedicare),
        ("16", PlanClass::MedicareAdvantage),
        ("111", PlanClass::MedicareAdvantage),
        ("OF", PlanClass::Drug),
        ("MC", PlanClass::Medicaid),
        ("WC", PlanClass::Other),
        ("ZZ", PlanClass::Other),
    ] {
        assert_eq!(class_of(&[(15, code)]), class, "{code}");
        assert_eq!(class_of(&[(2, "X"), (47, code)]), class, "{code}");
    }
}

#[test]
fn words_tell_the_kind_of_plan_where_no_code_does() {
    for (name, class) in [
        ("MEDICARE", PlanClass::OriginalMedicare),
        ("Medicare Part A and B", PlanClass::OriginalMedicare),
        ("MEDICARE A&B", PlanClass::OriginalMedicare),
        ("RAILROAD MEDICARE", PlanClass::OriginalMedicare),
        ("NOVITAS MEDICARE", PlanClass::OriginalMedicare),
        ("PALMETTO GBA MEDICARE", PlanClass::OriginalMedicare),
        ("NOVITAS", PlanClass::Other),
        ("HUMANA MEDICARE", PlanClass::MedicareAdvantage),
        ("AETNA MEDICARE ADVANTAGE", PlanClass::MedicareAdvantage),
        ("MEDICARE REPLACEMENT", PlanClass::MedicareAdvantage),
        ("UHC MEDICARE HMO", PlanClass::MedicareAdvantage),
        ("MEDICARE-PPO", PlanClass::MedicareAdvantage),
        ("HUMANA GOLD PLUS", PlanClass::MedicareAdvantage),
        ("MEDICARE SUPPLEMENT PLAN G", PlanClass::Supplement),
        ("Medigap", PlanClass::Supplement),
        ("MEDICARE PART D", PlanClass::Drug),
        ("WELLCARE PDP", PlanClass::Drug),
        ("MEDICAID OF ILLINOIS", PlanClass::Medicaid),
        ("AETNA PPO", PlanClass::Other),
        ("BLUE CROSS", PlanClass::Other),
        ("MEDICARECOM", PlanClass::Other),
        ("ADVANCED CARE", PlanClass::Other),
    ] {
        for field in [(2, format!("X^{name}")), (4, name.to_owned()), (9, name.to_owned())] {
            assert_eq!(class_of(&[(field.0, field.1.as_str())]), class, "{name} in IN1-{}", field.0);
        }
    }
    assert_eq!(class_of(&[(4, "MEDICARE"), (9, "ADVANTAGE GROUP")]), PlanClass::MedicareAdvantage);
    assert_eq!(class_of(&[(4, "MEDICARE PART"), (9, "D GROUP")]), PlanClass::OriginalMedicare);
}

#[test]
fn contract_numbers_tell_advantage_and_drug_plans() {
    for (number, class) in [
        ("H1234", PlanClass::MedicareAdvantage),
        ("H1234-001", PlanClass::MedicareAdvantage),
        ("R5826", PlanClass::MedicareAdvantage),
        ("S4802-113", PlanClass::Drug),
        ("H123", PlanClass::Other),
        ("H12345", PlanClass::Other),
        ("T1234", PlanClass::Other),
    ] {
        assert_eq!(class_of(&[(2, number)]), class, "{number}");
        assert_eq!(class_of(&[(2, "X"), (8, number)]), class, "{number}");
    }
    assert_eq!(class_of(&[(2, "H1234"), (4, "MEDICARE")]), PlanClass::MedicareAdvantage);
}

#[test]
fn a_guess_says_so_and_names_its_signal() {
    let warned = |set: &[(usize, &str)]| issues(&update(&[&segment("IN1", &[&[(1, "1")], set].concat())]));
    assert_eq!(warned(&[(4, "MEDICARE")]), [at("coverage-probable", "IN1[1]-4.1")]);
    assert_eq!(warned(&[(2, "X^MEDICARE")]), [at("coverage-probable", "IN1[1]-2.2")]);
    assert_eq!(warned(&[(2, "H1234")]), [at("coverage-probable", "IN1[1]-2.1")]);
    assert_eq!(warned(&[(15, "MA")]), []);
    assert_eq!(warned(&[(4, "BLUE CROSS")]), []);
    assert_eq!(warned(&[(15, "MA"), (4, "MEDICARE ADVANTAGE")]), [at("coverage-contradiction", "IN1[1]-15.1")]);
}

#[test]
fn the_sites_plan_table_beats_every_other_signal() {
    let mut profile = profile();
    let entry = |plan: Option<&str>, company: Option<&str>, class| PlanEntry {
        plan: plan.map(str::to_owned),
        company: company.map(str::to_owned),
        class,
    };
    profile.coverage.plans = PlanTable::from(vec![
        entry(Some("100"), Some("UHC"), PlanClass::Supplement),
        entry(Some("100"), None, PlanClass::MedicareAdvantage),
        entry(None, Some("NGS1"), PlanClass::OriginalMedicare),
        entry(None, None, PlanClass::Medicaid),
    ]);
    let plan = |set: &[(usize, &str)]| {
        let text = update(&[&segment("IN1", &[&[(1, "1")], set].concat())]);
        assert_eq!(issues_by(&profile, &text), []);
        facts_by(&profile, &text).plans.unwrap().remove(0)
    };
    assert_eq!(plan(&[(2, "100^MEDICARE"), (15, "MA")]).class, PlanClass::MedicareAdvantage);
    assert_eq!(plan(&[(2, "100"), (3, "UHC")]).class, PlanClass::Supplement);
    let original = plan(&[(2, "7"), (3, "NGS1"), (4, "MEDICARE ADVANTAGE")]);
    assert_eq!(original.class, PlanClass::OriginalMedicare);
    assert_eq!((original.from.path.as_str(), original.from.rule.as_str()), ("IN1[1]-3.1", "coverage.plans"));
}

#[test]
fn plans_are_ordered_by_their_priority() {
    let row = |set: &[(usize, &str)]| segment("IN1", &[&[(15, "MA")], set].concat());
    let priorities = |rows: &[String]| {
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        facts(&update(&rows)).plans.unwrap().iter().map(|plan| plan.priority).collect::<Vec<_>>()
    };
    assert_eq!(priorities(&[row(&[]), row(&[]), row(&[])]), [1, 2, 3]);
    assert_eq!(priorities(&[row(&[(22, "2")]), row(&[(22, "1")])]), [2, 1]);
    assert_eq!(priorities(&[row(&[(22, "P")]), row(&[(22, "S")]), row(&[(22, "100")])]), [1, 2, 99]);
}

#[test]
fn plans_keep_their_dates() {
    let plan = |set: &[(usize, &str)]| {
        facts(&update(&[&segment("IN1", &[&[(15, "MA")], set].concat())])).plans.unwrap().remove(0)
    };
    let dated = plan(&[(12, "20160101"), (13, "2026-12-31")]);
    assert_eq!((dated.starts.as_deref(), dated.ends.as_deref()), (Some("2016-01-01"), Some("2026-12-31")));
    assert_eq!(plan(&[(12, "201601"), (13, "\"\"")]).starts.as_deref(), Some("2016-01"));
    let text = update(&[&segment("IN1", &[(15, "MA"), (13, "20261341")])]);
    assert_eq!(facts(&text).plans.unwrap()[0].ends, None);
    assert_eq!(issues(&text), [at("coverage-date", "IN1[1]-13")]);
}

#[test]
fn nothing_said_no_plan_and_plans_are_told_apart() {
    assert_eq!(facts(&update(&[])).plans, None);
    assert_eq!(facts(&update(&["IN1|1"])).plans, None);
    assert_eq!(facts(&update(&["IN1|1|\"\""])).plans, Some(Vec::new()));
    assert_eq!(facts(&update(&["IN1|1|\"\"", "IN1|2|MCR^MEDICARE"])).plans.unwrap().len(), 1);
}

#[test]
fn action_codes_change_single_plans() {
    let row = |plan: &str, action: &str| segment("IN1", &[(2, plan), (15, "MA"), (55, action)]);
    let records = |rows: &[&str]| {
        let facts = facts(&update(rows));
        (facts.plans.map_or(0, |plans| plans.len()), facts.records.single_plans, facts.records.withdrawn_plans)
    };
    assert_eq!(records(&[&row("X", "D")]), (0, true, vec!["in1:X|||MA".to_owned()]));
    assert_eq!(records(&[&row("X", "a"), &row("Y", "D")]), (1, true, vec!["in1:Y|||MA".to_owned()]));
    assert_eq!(records(&[&row("X", "U"), &row("Y", "")]), (2, true, Vec::new()));
    assert_eq!(records(&[&row("X", "X"), &row("Y", "X")]), (0, true, Vec::new()));
    assert_eq!(records(&[&row("X", "")]), (1, false, Vec::new()));
}

#[test]
fn plans_without_ids_are_told_apart_by_their_names_and_policies() {
    let row = |name: &str, policy: &str| segment("IN1", &[(4, name), (36, policy), (55, "A")]);
    let text = update(&[&row("AETNA", "A1"), &row("CIGNA", "A1"), &row("CIGNA", "B2"), &row("CIGNA", "B2")]);
    let statements: Vec<String> = facts(&text).plans.unwrap().into_iter().map(|plan| plan.statement).collect();
    assert!(statements.windows(2).take(2).all(|two| two[0] != two[1]), "{statements:?}");
    assert_eq!(statements[2], statements[3]);
    assert!(statements.iter().all(|statement| !statement.contains("B2")), "{statements:?}");
    // Where plan and company are named, a corrected policy number is the same plan.
    let named = |policy: &str| segment("IN1", &[(2, "X"), (36, policy), (55, "U")]);
    let plans = facts(&update(&[&named("1"), &named("2")])).plans.unwrap();
    assert_eq!(plans[0].statement, plans[1].statement);
}

#[test]
fn a_fhir_code_counts_in_its_own_system_only() {
    let class = |coding: &str| {
        let text = format!(
            r#"{{"resourceType":"Bundle","type":"collection","timestamp":"2026-07-14T09:15:00Z","entry":[
            {{"resource":{{"resourceType":"Patient","id":"7","identifier":[{{"system":"urn:x","value":"400112"}}],
            "name":[{{"family":"HALVORSEN","given":["RUTH"]}}],"gender":"female","birthDate":"1947-09-12"}}}},
            {{"resource":{{"resourceType":"Coverage","id":"9","status":"active","beneficiary":{{"reference":"Patient/7"}},
            "type":{{"coding":[{{{coding}}}]}}}}}}]}}"#
        );
        facts(&text).plans.unwrap()[0].class
    };
    for (coding, wanted) in [
        (r#""code":"MA""#, PlanClass::OriginalMedicare),
        (r#""system":"https://codesystem.x12.org/005010/1032","code":"MA""#, PlanClass::OriginalMedicare),
        (r#""system":"urn:oid:1.2.840.114350.1.13.0.1","code":"MA""#, PlanClass::Other),
        (r#""system":"https://nahdo.org/sopt","code":"121""#, PlanClass::OriginalMedicare),
        (r#""system":"https://nahdo.org/sopt","code":"14""#, PlanClass::MedicareAdvantage),
        (r#""system":"urn:oid:2.16.840.1.113883.3.221.5","code":"2""#, PlanClass::Medicaid),
        (
            r#""system":"http://example.org/plans","code":"121","display":"Medicare Advantage""#,
            PlanClass::MedicareAdvantage,
        ),
    ] {
        assert_eq!(class(coding), wanted, "{coding}");
    }
}

#[test]
fn the_insurance_segments_belong_together_by_order() {
    let rows = [
        segment("IN1", &[(1, "1"), (15, "WC")]),
        segment("IN1", &[(1, "2"), (15, "MA")]),
        segment("IN2", &[(6, super::support::MBI)]),
        segment("IN2", &[(6, super::support::OTHER_MBI)]),
    ];
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let mbi = facts(&update(&rows)).mbi.unwrap();
    assert_eq!((mbi.value.as_str(), mbi.from.path.as_str()), (super::support::MBI, "IN2[1]-6"));
}

#[test]
fn too_many_plans_are_cut_off_with_a_warning() {
    let row = segment("IN1", &[(15, "MA")]);
    let rows = vec![row.as_str(); 70];
    assert_eq!(facts(&update(&rows)).plans.unwrap().len(), 64);
    assert_eq!(issues(&update(&rows)), [at("limit-rows", "IN1[65]")]);
}

#[test]
fn an_insurers_plan_is_not_made_original_medicare_by_a_code_or_financial_class() {
    let visit = segment("PV1", &[(2, "O"), (20, "MCR")]);
    for (rows, class, issue) in [
        (vec![segment("IN1", &[(2, "X"), (4, "HUMANA"), (15, "MA")])], PlanClass::MedicareAdvantage, "IN1[1]-15.1"),
        (vec![segment("IN1", &[(2, "X^AETNA"), (47, "MB")])], PlanClass::MedicareAdvantage, "IN1[1]-47.1"),
        (vec![visit.clone(), segment("IN1", &[(4, "HUMANA")])], PlanClass::Other, "PV1-20.1"),
    ] {
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let text = update(&rows);
        assert_eq!(facts(&text).plans.unwrap()[0].class, class, "{rows:?}");
        assert_eq!(issues(&text), [at("coverage-contradiction", issue)], "{rows:?}");
    }
    // The name of a group is an employer's.
    let employer = segment("IN1", &[(2, "X"), (4, "PALMETTO GBA"), (9, "UNITED AIRLINES RETIREES"), (15, "MB")]);
    assert_eq!(facts(&update(&[&employer])).plans.unwrap()[0].class, PlanClass::OriginalMedicare);
    // Nor does the agency speak of Medicaid.
    for name in ["Centers for Medicare & Medicaid Services", "CENTERS FOR MEDICARE AND MEDICAID SERVICES (CMS)"] {
        let agency = segment("IN1", &[(2, "X"), (4, &name.replace('&', "\\T\\"))]);
        assert_eq!(facts(&update(&[&agency])).plans.unwrap()[0].class, PlanClass::OriginalMedicare, "{name}");
        let beside = segment("IN1", &[(2, "X^Medicaid"), (4, &name.replace('&', "\\T\\"))]);
        assert_eq!(facts(&update(&[&beside])).plans.unwrap()[0].class, PlanClass::Medicaid, "{name}");
    }
    let text = update(&[&visit, &segment("IN1", &[(4, "PLAN X")])]);
    assert_eq!(facts(&text).plans.unwrap()[0].class, PlanClass::OriginalMedicare);
}

#[test]
fn a_cleared_plan_id_clears_no_plan_that_is_described_otherwise() {
    for set in [(2, "\"\"^MEDICARE"), (4, "MEDICARE"), (9, "MEDICARE"), (15, "MA")] {
        let text = update(&[&segment("IN1", &[(1, "1"), (2, "\"\""), set])]);
        assert_eq!(facts(&text).plans.unwrap().len(), 1, "{set:?}");
    }
    // A number that is left over describes none, whatever the financial class says.
    let visit = segment("PV1", &[(2, "O"), (20, "MCR")]);
    for set in [(3, "00831"), (4, "\"\""), (36, "A1"), (47, "MA")] {
        let empty = segment("IN1", &[(1, "1"), (2, "\"\""), set]);
        assert_eq!(facts(&update(&[&visit, &empty])).plans, Some(Vec::new()), "{set:?}");
    }
}

#[test]
fn the_set_id_says_the_order_where_nothing_else_does() {
    let row = |id: &str, order: &str| segment("IN1", &[(1, id), (2, "X"), (15, "MA"), (22, order), (55, "U")]);
    let priorities = |rows: &[String]| {
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let plans = facts(&update(&rows)).plans.unwrap();
        plans.iter().map(|plan| (plan.priority, plan.ordered)).collect::<Vec<_>>()
    };
    assert_eq!(priorities(&[row("2", "")]), [(2, false)]);
    assert_eq!(priorities(&[row("2", "1")]), [(1, true)]);
    assert_eq!(priorities(&[row("3", ""), row("2", "")]), [(3, false), (2, false)]);
    // Set ids that do not tell every row from the others say nothing.
    for ids in [["1", "1"], ["7", "A"], ["0", "1"], ["", "3"]] {
        assert_eq!(priorities(&ids.map(|id| row(id, ""))), [(1, false), (2, false)], "{ids:?}");
    }
}
