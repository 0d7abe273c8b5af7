//! What differs for one sender. The usual messages come from EPIC at MAIN.

use super::support::{MBI, facts_by, profile, reading, refused, segment, update};
use crate::facts::Observed;
use access_contract::Verdict;
use access_mappings::{PlanClass, PlanEntry, PlanTable, Profile, SenderSection, Senders};

/// The example site with a section for the sender of the usual messages, or for another one.
fn site(facility: &str, change: impl FnOnce(&mut SenderSection)) -> Profile {
    let mut section = SenderSection { facility: Some(facility.to_owned()), ..SenderSection::default() };
    change(&mut section);
    let mut profile = profile();
    profile.senders = Senders::from(vec![section]);
    profile
}

#[test]
fn a_plan_of_one_sender_is_nobody_elses() {
    let plans = || {
        PlanTable::from(vec![PlanEntry { plan: Some("7".into()), company: None, class: PlanClass::OriginalMedicare }])
    };
    let text = update(&[&segment("IN1", &[(1, "1"), (2, "7")])]);
    let class = |profile: &Profile| facts_by(profile, &text).plans.unwrap()[0].class;
    assert_eq!(class(&site("MAIN", |section| section.plans = plans())), PlanClass::OriginalMedicare);
    assert_eq!(class(&site("EAST", |section| section.plans = plans())), PlanClass::Other);
}

#[test]
fn a_local_code_with_a_row_is_loinc_and_no_longer_listed() {
    let rows = r#"[{"code":"GLUC","unit":"mg/dL","loinc":"2345-7"}]"#;
    let text = update(&["OBX|1|NM|GLUC^Glucose^L||98|MG/DL|||||F"]);
    let read = |facility: &str| {
        let profile = site(facility, |section| section.codes.observations = serde_json::from_str(rows).unwrap());
        let observation = facts_by(&profile, &text).observations.remove(0);
        (observation.loinc, observation.local, observation.from.rule, reading(&profile, &text).unmapped.len())
    };
    assert_eq!(read("MAIN"), ("2345-7".to_owned(), "GLUC".to_owned(), "codes.observations".to_owned(), 0));
    assert_eq!(read("EAST"), (String::new(), "GLUC".to_owned(), "unmapped".to_owned(), 1));
}

#[test]
fn a_row_says_which_unit_is_meant() {
    let rows = r#"[{"code":"A1C","loinc":"4548-4","ucum":"%"}]"#;
    let profile = site("MAIN", |section| section.codes.observations = serde_json::from_str(rows).unwrap());
    let observation = facts_by(&profile, &update(&["OBX|1|NM|A1C^HbA1c^L||7.0||||||F"])).observations.remove(0);
    assert!(matches!(&observation.value, Observed::Quantity { value, unit, .. } if value == "7.0" && unit == "%"));
}

#[test]
fn a_plan_that_nothing_knows_is_listed() {
    let listed = |profile: &Profile, set: &[(usize, &str)]| {
        let reading = reading(profile, &update(&[&segment("IN1", &[&[(1, "1")], set].concat())]));
        let codes = reading
            .unmapped
            .iter()
            .map(|code| format!("{} {} {} {}", code.table, code.code, code.display, code.system));
        let informed = reading.issues.iter().any(|issue| issue.code == "plan-unknown");
        (codes.collect::<Vec<_>>().join(";"), informed)
    };
    let none = site("EAST", |_| {});
    assert_eq!(listed(&none, &[(2, "77^Mutual"), (3, "A1")]), ("plan 77 Mutual A1".to_owned(), true));
    assert_eq!(listed(&none, &[(3, "A1"), (4, "Mutual")]), ("company A1 Mutual ".to_owned(), true));
    assert_eq!(listed(&none, &[(2, "77^MEDICARE")]), (String::new(), false));
    let plans = vec![PlanEntry { plan: Some("77".into()), company: None, class: PlanClass::Other }];
    let known = site("MAIN", |section| section.plans = PlanTable::from(plans));
    assert_eq!(listed(&known, &[(2, "77^Mutual"), (3, "A1")]), (String::new(), false));
}

#[test]
fn a_field_of_one_sender_may_hold_the_number() {
    let text = update(&[&format!("ZIN|1|||{MBI}")]);
    let found = |facility: &str| {
        let profile = site(facility, |section| section.mbi_paths = vec!["ZIN-4.1".parse().unwrap()]);
        facts_by(&profile, &text).mbi.map(|mbi| (mbi.value, mbi.from.path))
    };
    assert_eq!(found("MAIN"), Some((MBI.to_owned(), "ZIN[1]-4.1".to_owned())));
    assert_eq!(found("EAST"), None);
}

#[test]
fn a_doubt_refuses_the_feed_of_a_strict_sender() {
    let text = update(&[&segment("IN1", &[(1, "1"), (2, "1"), (4, "MEDICARE")])]);
    let profile = site("MAIN", |section| section.strict = Some(true));
    let refusal = refused(&profile, &text);
    assert_eq!((refusal.verdict, refusal.issues[0].code.as_str()), (Verdict::NeedsPerson, "coverage-probable"));
    assert!(refusal.issues[0].blocks());
    reading(&site("EAST", |section| section.strict = Some(true)), &text);
    reading(&profile, &update(&[]));
}
