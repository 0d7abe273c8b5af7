//! Rules of a site: what begins, what repeats, what ends.

use super::kit::{Feed, beneficiary, chart, codes, feed, intents, profile, refusals};
use crate::chart::Chart;
use crate::facts::RuleState;
use access_contract::{CommandAction, Plan as Planned};
use access_mappings::{Condition, Profile, RuleAction, SiteRule};

/// The example site with one rule called `rule`.
fn site(action: RuleAction) -> Profile {
    let mut profile = profile();
    let when = Condition::Present("ZCN-3".parse().unwrap());
    let rule =
        SiteRule { on: true, when, action, track: String::new(), provider_referral: Some(true), switch_consent: None };
    profile.rules.insert("rule".to_owned(), rule);
    profile
}

fn says(feed: Feed, action: RuleAction, holds: bool) -> Feed {
    feed.with(|facts| {
        facts.records.rules.push(RuleState {
            name: "rule".to_owned(),
            holds,
            action,
            track: "CKM".to_owned(),
            provider_referral: Some(true),
            switch_consent: None,
            path: "ZCN-3".to_owned(),
        });
    })
}

fn person() -> Feed {
    beneficiary(&["E11.9"])
}

fn plan(feed: &Feed, action: RuleAction, charts: &[Chart]) -> Planned {
    feed.plan_in(&site(action), charts)
}

#[test]
fn a_consent_enrols_once_and_again_after_it_was_taken_back() {
    let enroll = RuleAction::Enroll;
    let first = plan(&says(person(), enroll, true), enroll, &[]);
    assert_eq!(intents(&first), ["align CKM auto enroll"]);
    assert_eq!(first.intents[0].provider_referral, Some(true));
    let again = says(person().at("2026-11-23T11:00:00"), enroll, true);
    let repeated = plan(&again, enroll, &[chart(&first)]);
    assert!(!intents(&repeated).iter().any(|intent| intent.starts_with("align")));
    let back = plan(&says(person().at("2026-11-23T11:30:00"), enroll, false), enroll, &[chart(&repeated)]);
    let anew = plan(&says(person().at("2026-11-23T11:45:00"), enroll, true), enroll, &[chart(&back)]);
    assert_eq!(intents(&anew), ["align CKM auto enroll"]);
    // A message that was late does not undo what a newer one said.
    let late = plan(&says(person().at("2026-11-23T09:00:00"), enroll, false), enroll, &[chart(&anew)]);
    assert_eq!(chart(&late).rules.len(), 1);
}

#[test]
fn what_could_not_be_followed_refuses_nobody_and_is_tried_with_the_next_feed() {
    let enroll = RuleAction::Enroll;
    let first = plan(&says(beneficiary(&[]), enroll, true), enroll, &[]);
    assert_eq!((intents(&first), refusals(&first)), (vec![], vec![]));
    assert!(codes(&first).contains(&"no-qualifying-diagnosis"), "{:?}", codes(&first));
    let second = plan(&says(person().at("2026-11-23T11:00:00"), enroll, true), enroll, &[chart(&first)]);
    assert_eq!(intents(&second), ["align CKM auto enroll"]);
}

#[test]
fn a_rule_asks_for_a_check_where_the_screen_does_not() {
    let check = RuleAction::Check;
    let quiet = person().with(|facts| facts.screens = false);
    let first = plan(&says(quiet.clone(), check, true), check, &[]);
    assert_eq!(intents(&first), ["check-eligibility CKM auto rules"]);
    let again = plan(&says(quiet.at("2026-11-23T11:00:00"), check, true), check, &[chart(&first)]);
    assert_eq!(intents(&again), Vec::<String>::new());
}

#[test]
fn nothing_is_submitted_for_a_withheld_person_until_a_feed_says_otherwise() {
    let withhold = RuleAction::DoNotSubmit;
    let first = plan(&says(person(), withhold, true), withhold, &[]);
    assert_eq!(intents(&first), Vec::<String>::new());
    assert!(codes(&first).contains(&"withheld"));
    assert_eq!(first.commands.iter().map(|command| &command.action).collect::<Vec<_>>(), [&CommandAction::Cancel]);
    // A feed that does not speak of it changes nothing; what was cancelled is not cancelled again.
    let second = plan(&person().at("2026-11-23T11:00:00"), withhold, &[chart(&first)]);
    assert_eq!((intents(&second), second.commands.len()), (vec![], 0));
    let asked = person().at("2026-11-23T11:10:00").asks("ALIGN", |request| request.provider_referral = Some(false));
    assert_eq!(refusals(&plan(&asked, withhold, &[chart(&second)])), ["withheld ZAC[1]"]);
    let freed = plan(&says(person().at("2026-11-23T11:30:00"), withhold, false), withhold, &[chart(&second)]);
    assert_eq!(intents(&freed), ["check-eligibility CKM auto screen"]);
}

#[test]
fn a_rule_that_the_profile_no_longer_has_holds_nobody_back() {
    let withhold = RuleAction::DoNotSubmit;
    let first = plan(&says(person(), withhold, true), withhold, &[]);
    let later = person().at("2026-11-23T11:00:00").plan_in(&profile(), &[chart(&first)]);
    assert_eq!(intents(&later), ["check-eligibility CKM auto screen"]);
    assert!(chart(&later).rules.is_empty());
    let quiet = feed("ADT^A03").at("2026-11-23T11:00:00").plan_in(&site(withhold), &[chart(&first)]);
    assert_eq!(chart(&quiet).rules.len(), 1);
}

/// It was a command about no chart once, and every message about such a person was refused.
#[test]
fn a_stranger_who_is_withheld_is_nobodys_business() {
    let withhold = RuleAction::DoNotSubmit;
    let stranger = person().with(|facts| (facts.mbi, facts.plans) = (None, None));
    let planned = plan(&says(stranger, withhold, true), withhold, &[]);
    assert!(planned.chart.is_none() && planned.commands.is_empty());
    assert_eq!(refusals(&planned), Vec::<String>::new());
}
