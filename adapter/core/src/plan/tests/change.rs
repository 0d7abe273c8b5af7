//! What news means for the aligned.

use super::kit::*;
use crate::facts::Stated;
use access_contract::{Mode, NoticeKind};
use access_mappings::{EventEffect, TriggerMode};

fn update(codes: &[&str]) -> Feed {
    feed("ADT^A08").mbi(MBI).diagnosed(codes)
}

#[test]
fn a_move_out_of_the_licensed_states_proposes_to_unalign_once() {
    let chart = aligned("BH", &["F32.9"]);
    let moved = feed("ADT^A31").lives_in("TX").plan(std::slice::from_ref(&chart));
    assert_eq!(intents(&moved), ["unalign BH hold relocate"]);
    assert_eq!(moved.intents[0].reason.as_deref(), Some("geographic-relocated"));
    let again = feed("ADT^A31").lives_in("TX").at("2026-11-23T11:00:00").plan(&[super::kit::chart(&moved)]);
    assert!(again.intents.is_empty());
    assert!(feed("ADT^A31").lives_in("WI").plan(std::slice::from_ref(&chart)).intents.is_empty());
    let stale = feed("ADT^A31").lives_in("TX").at("2026-07-01T00:00:00").plan(&[chart]);
    assert!(stale.intents.is_empty(), "an older address is no news");
    // A mailing address tells of no home.
    let mailed = |state: &str, at: &str| {
        feed("ADT^A31").lives_in(state).at(at).with(|facts| {
            if let Some(Stated::Set(address)) = &mut facts.address {
                address.value.stands_in = true;
            }
        })
    };
    let mut nowhere = aligned("BH", &["F32.9"]);
    nowhere.address = None;
    let known = mailed("IL", "2026-11-23T09:00:00").write(&[nowhere]);
    assert!(mailed("TX", "2026-11-23T11:00:00").plan(&[known]).intents.is_empty());
}

#[test]
fn a_move_concerns_every_alignment_and_nobody_who_is_not_aligned() {
    let two = standing(aligned("BH", &["F32.9", "M19.90"]), "MSK", "aligned", "2026-08-02T09:00:00Z");
    let moved = feed("ADT^A31").lives_in("TX").plan(&[two]);
    assert_eq!(intents(&moved), ["unalign BH hold relocate", "unalign MSK hold relocate"]);
    let chart = standing(aligned("BH", &["F32.9"]), "BH", "unaligned", NOW);
    assert!(!intents(&feed("ADT^A31").lives_in("TX").plan(&[chart])).iter().any(|line| line.starts_with("unalign")));
}

#[test]
fn without_states_a_move_is_not_watched_and_modes_are_followed() {
    let chart = aligned("BH", &["F32.9"]);
    let moved = feed("ADT^A31").lives_in("TX");
    let mut profile = profile();
    profile.triggers.relocate.mode = TriggerMode::Auto;
    assert_eq!(moved.plan_in(&profile, std::slice::from_ref(&chart)).intents[0].mode, Mode::Auto);
    profile.triggers.relocate.mode = TriggerMode::Off;
    assert!(moved.plan_in(&profile, std::slice::from_ref(&chart)).intents.is_empty());
    profile.triggers.relocate.mode = TriggerMode::Hold;
    profile.participants[0].states.clear();
    assert!(moved.plan_in(&profile, &[chart]).intents.is_empty());
}

#[test]
fn a_newly_stated_exclusion_proposes_to_unalign_with_it() {
    let chart = aligned("CKM", &["E11.9"]);
    let plan = update(&["E11.9", "N18.6"]).plan(std::slice::from_ref(&chart));
    assert_eq!(intents(&plan), ["unalign CKM hold exclude"]);
    assert_eq!(plan.intents[0].reason.as_deref(), Some("no-longer-clinically-eligible"));
    assert_eq!(plan.intents[0].conditions, ["N18.6"]);
    let again = update(&["E11.9", "N18.6"]).at("2026-11-23T11:00:00").plan(&[super::kit::chart(&plan)]);
    assert!(again.intents.is_empty());
    let stranger = update(&["E11.9", "N18.6"]).medicare().plan(&[]);
    assert!(stranger.intents.iter().all(|intent| intent.rule == "screen"));
}

#[test]
fn an_exclusion_goes_before_the_progress_to_ckm() {
    let plan = update(&["I10", "E11.9", "N18.6"]).plan(&[aligned("eCKM", &["I10"])]);
    assert_eq!(intents(&plan), ["unalign eCKM hold exclude"]);
}

#[test]
fn a_ckm_diagnosis_while_aligned_to_eckm_proposes_the_move() {
    let chart = aligned("eCKM", &["I10"]);
    let plan = update(&["I10", "E11.9"]).plan(std::slice::from_ref(&chart));
    assert_eq!(intents(&plan), ["unalign eCKM hold progress", "align CKM hold progress"]);
    assert_eq!(plan.intents[0].conditions, ["E11.9"]);
    assert_eq!(plan.intents[1].after, Some(0));
    assert_eq!(plan.intents[1].provider_referral, None, "nothing proves one");
    assert_eq!(codes(&plan), ["referral-unknown"]);
    let again = update(&["I10", "E11.9"]).at("2026-11-23T11:00:00").plan(&[super::kit::chart(&plan)]);
    assert!(again.intents.is_empty());

    let referred = feed("REF^I12").effect(EventEffect::Referral).at("2026-08-05T00:00:00").write(&[chart]);
    let plan = update(&["I10", "E11.9"]).plan(&[referred]);
    assert_eq!(plan.intents[1].provider_referral, Some(true));
    assert!(codes(&plan).is_empty());
}

#[test]
fn the_move_is_not_proposed_where_ckm_is_not_offered() {
    let mut profile = profile();
    profile.participants[0].tracks = vec!["eCKM".to_owned()];
    assert!(update(&["I10", "E11.9"]).plan_in(&profile, &[aligned("eCKM", &["I10"])]).intents.is_empty());
}

#[test]
fn for_the_dead_nothing_is_proposed() {
    let plan = update(&["I10", "E11.9", "N18.6"]).lives_in("TX").dead().plan(&[aligned("eCKM", &["I10"])]);
    assert!(plan.intents.is_empty());
}

#[test]
fn a_request_and_a_rule_do_not_unalign_twice() {
    let leave = update(&["E11.9", "N18.6"])
        .asks("UNALIGN", |request| request.reason = "no-longer-clinically-eligible".to_owned());
    assert_eq!(intents(&leave.plan(&[aligned("CKM", &["E11.9"])])), ["unalign CKM auto leave"]);
}

/// A patient with kidney failure was to be moved to CKM, which excludes it, one feed after the exclusion had been held.
#[test]
fn whoever_is_excluded_from_ckm_does_not_progress_to_it() {
    let excluded = update(&["I10", "N18.6"]).plan(&[aligned("eCKM", &["I10"])]);
    assert_eq!(intents(&excluded), ["unalign eCKM hold exclude"]);
    let both = update(&["I10", "N18.6", "E11.9"]).at("2026-11-23T11:00:00").plan(&[super::kit::chart(&excluded)]);
    assert!(both.intents.is_empty(), "{:?}", intents(&both));
    // It follows when the exclusion is taken back.
    let freed = update(&["I10", "E11.9"]).at("2026-11-23T11:30:00").plan(&[super::kit::chart(&both)]);
    assert_eq!(intents(&freed), ["unalign eCKM hold progress", "align CKM hold progress"]);
    assert_eq!(freed.intents[0].conditions, ["E11.9"]);
}

/// Somebody who had moved out and back was unaligned all the same, by whoever approved what was held.
#[test]
fn what_is_held_goes_with_its_reason() {
    let away = feed("ADT^A31").lives_in("TX").plan(&[aligned("BH", &["F32.9"])]);
    let silent = feed("ADT^A08").at("2026-11-23T11:00:00").plan(&[super::kit::chart(&away)]);
    assert!(lapses(&silent).is_empty());
    let back = feed("ADT^A31").lives_in("IL").at("2026-11-23T11:30:00").plan(&[super::kit::chart(&away)]);
    assert_eq!((intents(&back), lapses(&back)), (vec![], vec!["relocate BH".to_owned()]));
    let notice = back.notices.iter().find(|notice| notice.code == "reason-lapsed").unwrap();
    assert_eq!((&notice.kind, notice.track.as_str()), (&NoticeKind::FeedProblem, "BH"));
    let again = feed("ADT^A31").lives_in("IL").at("2026-11-23T11:45:00").plan(&[super::kit::chart(&back)]);
    assert!(lapses(&again).is_empty(), "once");

    let excluded = update(&["E11.9", "N18.6"]).plan(&[aligned("CKM", &["E11.9"])]);
    let healed = update(&["E11.9"]).at("2026-11-23T11:00:00").plan(&[super::kit::chart(&excluded)]);
    assert_eq!((intents(&healed), lapses(&healed)), (vec![], vec!["exclude CKM".to_owned()]));

    let moving = update(&["I10", "E11.9"]).plan(&[aligned("eCKM", &["I10"])]);
    let mistaken = update(&["I10"]).at("2026-11-23T11:00:00").plan(&[super::kit::chart(&moving)]);
    assert_eq!((intents(&mistaken), lapses(&mistaken)), (vec![], vec!["progress ".to_owned()]));
}

#[test]
fn another_cause_takes_the_place_of_one_that_is_gone() {
    let moving = update(&["I10", "E11.9"]).plan(&[aligned("eCKM", &["I10"])]);
    // Excluded from both tracks: the held one is renewed, and what followed it is dropped by the ledger.
    let excluded = update(&["I10", "E11.9", "N18.6"]).at("2026-11-23T11:00:00").plan(&[super::kit::chart(&moving)]);
    assert_eq!((intents(&excluded), lapses(&excluded)), (vec!["unalign eCKM hold exclude".to_owned()], vec![]));
    // A move out took the place of the progress, which comes back with the patient.
    let away = update(&["I10", "E11.9"]).lives_in("TX").at("2026-11-23T11:00:00").plan(&[super::kit::chart(&moving)]);
    assert_eq!(intents(&away), ["unalign eCKM hold relocate"]);
    let back = update(&["I10", "E11.9"]).lives_in("IL").at("2026-11-23T11:30:00").plan(&[super::kit::chart(&away)]);
    assert_eq!(intents(&back), ["unalign eCKM hold progress", "align CKM hold progress"]);
    assert!(lapses(&back).is_empty());
}

/// A person had approved the exclusion for the diagnosis that was taken back; the other one was never proposed.
#[test]
fn what_is_left_of_a_cause_is_proposed_when_a_part_of_it_has_gone() {
    let excluded = update(&["E11.9", "N18.6", "Z99.2"]).plan(&[aligned("CKM", &["E11.9"])]);
    assert_eq!(excluded.intents[0].conditions, ["N18.6", "Z99.2"]);
    let left = update(&["E11.9", "Z99.2"]).at("2026-11-23T11:00:00").plan(&[super::kit::chart(&excluded)]);
    assert_eq!((intents(&left), lapses(&left)), (vec!["unalign CKM hold exclude".to_owned()], vec![]));
    assert_eq!(left.intents[0].conditions, ["Z99.2"]);
    let again = update(&["E11.9", "Z99.2"]).at("2026-11-23T11:30:00").plan(&[super::kit::chart(&left)]);
    assert!(again.intents.is_empty());
    // Another cause, which somebody declined, stays declined.
    let away = aligned("CKM", &["E11.9", "N18.6", "Z99.2"]);
    let away = feed("ADT^A31").lives_in("TX").at("2026-08-01T09:00:00").write(&[away]);
    let left = update(&["E11.9", "Z99.2"]).at("2026-11-23T11:00:00").plan(&[away]);
    assert_eq!(intents(&left), ["unalign CKM hold exclude"]);
}

/// News that came while the alignment was under way found nobody aligned, and was never looked at again.
#[test]
fn an_alignment_that_has_become_known_is_looked_at_once() {
    let mut chart = aligned("eCKM", &["I10"]);
    chart = feed("ADT^A31").lives_in("TX").at("2026-08-01T09:00:00").write(&[chart]);
    assert!(look(&chart).intents.is_empty(), "what was declined is not proposed again");
    chart.note_alignment("eCKM", NOW);
    let looked = look(&chart);
    assert_eq!(intents(&looked), ["unalign eCKM hold relocate"]);
    assert_eq!(notices(&looked), ["held"]);
    assert!(look(&super::kit::chart(&looked)).intents.is_empty(), "once");
    // So does a feed that comes first.
    let fed = feed("ADT^A08").at("2026-11-23T11:00:00").plan(std::slice::from_ref(&chart));
    assert_eq!(intents(&fed), ["unalign eCKM hold relocate"]);
    assert!(look(&super::kit::chart(&fed)).intents.is_empty());
    let quiet = {
        let mut chart = aligned("eCKM", &["I10"]);
        chart.note_alignment("eCKM", NOW);
        chart
    };
    assert!(look(&quiet).intents.is_empty());
}
