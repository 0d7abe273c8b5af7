//! Conditions of rules: what holds, and what a feed says nothing about.

use super::support::{facts_by, profile, update};
use access_mappings::{Condition, Profile, RuleAction, SiteRule};
use proptest::prelude::*;

fn site(when: Condition, action: RuleAction) -> Profile {
    let mut profile = profile();
    let rule = SiteRule { on: true, when, action, track: String::new(), provider_referral: None, switch_consent: None };
    profile.rules.insert("rule".to_owned(), rule);
    profile.tables.insert("clinics".to_owned(), ["C1", "C2"].map(str::to_owned).into());
    profile
}

fn condition(text: &str) -> Condition {
    serde_json::from_str(text).unwrap()
}

/// Whether the rule holds, or nothing where the feed does not speak of it.
fn holds(when: &str, segments: &[&str]) -> Option<bool> {
    let facts = facts_by(&site(condition(when), RuleAction::Check), &update(segments));
    facts.records.rules.first().map(|rule| rule.holds)
}

#[test]
fn each_kind_of_condition_holds_when_it_should() {
    let zcn = &["ZCN|1|A~B^X&Y|Y|\"\"|C1", "ZCN|2||N||C9"][..];
    for (when, wanted) in [
        (r#"{"present":"ZCN-2"}"#, true),
        (r#"{"present":"ZCN-4"}"#, false),
        (r#"{"present":"ZCN-9"}"#, false),
        (r#"{"equals":{"path":"ZCN-3","value":"Y"}}"#, true),
        (r#"{"equals":{"path":"ZCN-3","value":"N"}}"#, true),
        (r#"{"equals":{"path":"ZCN-3","value":"y"}}"#, false),
        (r#"{"equals":{"path":"ZCN-2","value":"B"}}"#, true),
        (r#"{"equals":{"path":"ZCN-2.2.2","value":"Y"}}"#, true),
        (r#"{"one_of":{"path":"ZCN-5","values":["C9","C8"]}}"#, true),
        (r#"{"one_of":{"path":"ZCN-5","values":["C8"]}}"#, false),
        (r#"{"matches_table":{"path":"ZCN-5","table":"clinics"}}"#, true),
        (r#"{"matches_table":{"path":"ZCN-3","table":"clinics"}}"#, false),
        (r#"{"all":[{"present":"ZCN-1"},{"present":"ZCN-2"}]}"#, true),
        (r#"{"all":[{"present":"ZCN-1"},{"present":"ZCN-4"}]}"#, false),
        (r#"{"any":[{"present":"ZCN-4"},{"present":"ZCN-2"}]}"#, true),
        (r#"{"any":[{"present":"ZCN-4"},{"present":"ZCN-9"}]}"#, false),
        (r#"{"not":{"present":"ZCN-4"}}"#, true),
        (r#"{"not":{"present":"ZCN-2"}}"#, false),
    ] {
        assert_eq!(holds(when, zcn), Some(wanted), "{when}");
    }
}

#[test]
fn a_feed_without_the_segments_says_nothing_about_a_rule() {
    assert_eq!(holds(r#"{"present":"ZCN-2"}"#, &[]), None);
    assert_eq!(holds(r#"{"any":[{"present":"ZCN-2"},{"present":"PV1-16"}]}"#, &["PV1|1|O"]), None);
    assert_eq!(holds(r#"{"any":[{"present":"ZCN-2"},{"present":"PV1-2"}]}"#, &["PV1|1|O"]), Some(true));
    assert_eq!(holds(r#"{"present":"PV1-16"}"#, &["PV1|1|O"]), Some(false));
}

#[test]
fn a_rule_states_a_referral() {
    let profile = site(condition(r#"{"equals":{"path":"ZRF-1","value":"Y"}}"#), RuleAction::Referral);
    let referral = facts_by(&profile, &update(&["ZRF|Y"])).referral.unwrap();
    assert_eq!(
        (referral.value, referral.from.path.as_str(), referral.from.rule.as_str()),
        (true, "ZRF-1", "rules.rule")
    );
    assert_eq!(facts_by(&profile, &update(&["ZRF|N"])).referral, None);
}

#[test]
fn a_person_of_note_is_seen_where_the_site_wants_it() {
    let mut profile = profile();
    let vip = update(&["PV1|1|O||||||||||||||VIP"]);
    assert!(facts_by(&profile, &vip).records.rules.is_empty());
    profile.rules.get_mut("confidential").unwrap().on = true;
    let states = facts_by(&profile, &vip).records.rules;
    assert_eq!((states[0].holds, states[0].action), (true, RuleAction::DoNotSubmit));
}

/// A condition on three flags, and what it means.
fn formula() -> impl Strategy<Value = Condition> {
    let leaf = (1_u16..=3)
        .prop_map(|field| Condition::Equals { path: format!("ZCN-{field}").parse().unwrap(), value: "Y".to_owned() });
    leaf.prop_recursive(5, 24, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Condition::All),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Condition::Any),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}

fn means(condition: &Condition, flags: [bool; 3]) -> bool {
    match condition {
        Condition::Equals { path, .. } => flags[usize::from(path.field) - 1],
        Condition::All(inner) => inner.iter().all(|inner| means(inner, flags)),
        Condition::Any(inner) => inner.iter().any(|inner| means(inner, flags)),
        Condition::Not(inner) => !means(inner, flags),
        _ => unreachable!(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_condition_means_what_its_words_mean(when in formula(), flags in any::<[bool; 3]>()) {
        let said = flags.map(|flag| if flag { "Y" } else { "N" });
        let feed = update(&[&format!("ZCN|{}", said.join("|"))]);
        let facts = facts_by(&site(when.clone(), RuleAction::Check), &feed);
        prop_assert_eq!(facts.records.rules[0].holds, means(&when, flags));
    }
}
