//! What explicit requests lead to.

use super::kit::*;
use crate::chart::Chart;
use access_contract::{CommandAction, Mode, Track};
use access_mappings::{EventEffect, TriggerMode};

/// A beneficiary's feed without a screen, so that only the request acts.
fn plain(codes: &[&str]) -> Feed {
    beneficiary(codes).with(|facts| facts.screens = false)
}

#[test]
fn check_asks_even_when_the_answer_is_fresh() {
    let first = beneficiary(&["I10"]).plan(&[]);
    let mut charted = chart(&first);
    charted = standing(charted, "eCKM", "eligible", NOW);
    let known = charted.standing.get_mut("eCKM").unwrap();
    known.checked_at = NOW.to_owned();
    known.basis = first.intents[0].basis.clone();
    let plan = beneficiary(&["I10"]).asks("CHECK", |_| {}).plan(&[charted]);
    assert_eq!(intents(&plan), ["check-eligibility eCKM auto request"]);
}

#[test]
fn the_screen_does_not_repeat_what_a_request_asks_for() {
    let check = beneficiary(&["I10"]).asks("CHECK", |_| {}).plan(&[]);
    assert_eq!(intents(&check), ["check-eligibility eCKM auto request"]);
    let align = beneficiary(&["I10"]).asks("ALIGN", |request| request.provider_referral = Some(false)).plan(&[]);
    assert_eq!(intents(&align), ["align eCKM auto enroll"]);
}

#[test]
fn the_track_comes_from_the_request_or_is_the_only_one_that_fits() {
    for (codes, track, wanted) in [
        (&["I10"][..], "", Ok("eCKM")),
        (&["I10", "E11.9"], "", Ok("CKM")),
        (&["I10", "E11.9"], "eCKM", Ok("eCKM")),
        (&["I10", "F32.9"], "", Err("track-ambiguous ZAC[1]-3")),
        (&["S93.401A"], "", Err("track-ambiguous ZAC[1]-3")),
        (&["I10"], "ECKM", Err("track-unknown ZAC[1]-3")),
    ] {
        let plan = plain(codes).asks("CHECK", |request| request.track = track.to_owned()).plan(&[]);
        match wanted {
            Ok(track) => assert_eq!(plan.intents[0].track.as_str(), track, "{codes:?}"),
            Err(refusal) => {
                assert_eq!(refusals(&plan), [refusal]);
                assert!(plan.intents.is_empty());
            }
        }
    }
    let mut profile = profile();
    profile.participants[0].tracks = vec!["MSK".to_owned()];
    let plan = plain(&["I10"]).asks("CHECK", |request| request.track = "CKM".to_owned()).plan_in(&profile, &[]);
    assert_eq!(refusals(&plan), ["track-not-offered ZAC[1]-3"]);
}

#[test]
fn align_carries_what_was_stated_and_nothing_that_was_not() {
    for (consent, wanted) in [(None, None), (Some(false), None), (Some(true), Some(true))] {
        let plan = plain(&["I10"]).asks("ALIGN", |request| {
            request.provider_referral = Some(false);
            request.switch_consent = consent;
        });
        let plan = plan.plan(&[]);
        assert_eq!(intents(&plan), ["align eCKM auto enroll"]);
        assert_eq!(plan.intents[0].provider_referral, Some(false));
        assert_eq!(plan.intents[0].switch_consent, wanted);
        assert_eq!(plan.intents[0].after, None);
    }
}

#[test]
fn align_without_evidence_of_a_referral_is_refused_and_with_it_goes_out() {
    let plan = plain(&["I10"]).asks("ALIGN", |_| {}).plan(&[]);
    assert_eq!(refusals(&plan), ["referral-unknown ZAC[1]-5"]);
    assert!(plan.intents.is_empty());
    assert!(plan.chart.is_some(), "what the feed said is kept");
    let referred = feed("REF^I12").effect(EventEffect::Referral).at("2026-11-01T00:00:00").write(&[]);
    let plan = plain(&["I10"]).asks("ALIGN", |_| {}).plan(&[referred]);
    assert_eq!(plan.intents[0].provider_referral, Some(true));
}

/// What one request said went to Medicare with another one's alignment, in another track or days later.
#[test]
fn what_a_request_says_of_a_referral_is_about_its_own_alignment() {
    let of = |action: &'static str, track: &'static str, said: Option<bool>| {
        move |feed: Feed| {
            feed.asks(action, |request| (request.track, request.provider_referral) = (track.to_owned(), said))
        }
    };
    let both = || plain(&["E11.9", "M17.11"]);
    let charted = of("ALIGN", "CKM", Some(true))(both()).write(&[]);
    assert_eq!(charted.referral, None);
    let later = of("ALIGN", "MSK", None)(both().at("2026-11-24T10:00:00")).plan(&[charted]);
    assert_eq!((refusals(&later), later.intents.len()), (vec!["referral-unknown ZAC[1]-5".to_owned()], 0));
    let checked = of("ALIGN", "MSK", None)(of("CHECK", "CKM", Some(true))(both())).plan(&[]);
    assert_eq!(refusals(&checked), ["referral-unknown ZAC[2]-5"]);
    let before = of("ALIGN", "CKM", Some(false))(of("ALIGN", "MSK", None)(both())).plan(&[]);
    assert_eq!((refusals(&before), before.intents.len()), (vec!["referral-unknown ZAC[1]-5".to_owned()], 1));
    assert_eq!(before.intents[0].provider_referral, Some(false));
}

#[test]
fn a_chart_of_an_earlier_build_forgets_a_referral_that_a_request_stated() {
    for (rule, stays) in [("request", false), ("referral.request", false), ("referral", true)] {
        let mut charted = plain(&["I10"]).write(&[]);
        let mut referral = sourced(true, "ZAC[1]-5");
        referral.from.rule = rule.to_owned();
        charted.referral = Some(referral);
        let read = Chart::parse(&charted.write().unwrap()).unwrap();
        assert_eq!(read.referral.is_some(), stays, "{rule}");
    }
}

#[test]
fn align_names_everything_that_is_missing_at_its_field() {
    let nobody = feed("ADT^A08").asks("ALIGN", |request| request.track = "CKM".to_owned()).plan(&[]);
    assert_eq!(
        refusals(&nobody),
        [
            "mbi-missing PID-3",
            "birth-date-missing PID-7",
            "name-missing PID-5",
            "gender-missing PID-8",
            "no-qualifying-diagnosis DG1",
            "referral-unknown ZAC[1]-5",
        ]
    );
    assert!(nobody.chart.is_none());
    assert!(nobody.issues.iter().filter(|issue| issue.blocks()).all(|issue| issue.condition.is_some()));
    let dead = plain(&["I10"]).dead().asks("ALIGN", |request| request.provider_referral = Some(true)).plan(&[]);
    assert_eq!(refusals(&dead), ["deceased PID-30"]);
}

#[test]
fn align_is_doubted_but_sent_without_original_medicare() {
    let uncovered = plain(&["I10"]).plans(Vec::new()).asks("ALIGN", |request| request.provider_referral = Some(true));
    let plan = uncovered.plan(&[]);
    assert_eq!(codes(&plan), ["coverage-not-original-medicare"]);
    assert_eq!(plan.intents.len(), 1);
    let told: Vec<(&str, &str)> =
        plan.notices.iter().map(|notice| (notice.code.as_str(), notice.track.as_str())).collect();
    assert_eq!(told, [("coverage-not-original-medicare", "eCKM")]);
}

/// It was told to go out also where it waited for approval or behind a check.
#[test]
fn what_is_told_of_a_doubted_alignment_is_what_becomes_of_it() {
    let asks = plain(&["I10"]).plans(Vec::new()).asks("ALIGN", |request| {
        request.provider_referral = Some(true);
        request.reference = "ENR-5002".to_owned();
    });
    for (mode, check_first, wanted) in [
        (TriggerMode::Auto, false, "goes out as it was asked for;"),
        (TriggerMode::Auto, true, "goes out if the check before it allows that;"),
        (TriggerMode::Hold, false, "goes out once it is approved;"),
        (TriggerMode::Hold, true, "goes out once the check before it allows that and it is approved;"),
    ] {
        let mut profile = profile();
        profile.triggers.enroll.mode = mode;
        profile.triggers.enroll.check_first = check_first;
        let plan = asks.plan_in(&profile, &[]);
        let told = plan.notices.iter().find(|notice| notice.code == "coverage-not-original-medicare").unwrap();
        assert!(told.next_step.contains(wanted), "{}", told.next_step);
        assert_eq!((told.operation.as_str(), told.reference.as_deref()), ("align", Some("ENR-5002")));
    }
}

/// A number in the reference went to every route, though notices were to hold none.
#[test]
fn a_number_in_a_reference_is_withheld_like_in_a_text() {
    let mut profile = profile();
    profile.triggers.enroll.mode = TriggerMode::Hold;
    for (reference, shown) in [
        (MBI.to_owned(), "[MBI withheld]".to_owned()),
        ("order 1EG4-TE5-MK73".to_owned(), "order [MBI withheld]".to_owned()),
        ("ENR-5002".to_owned(), "ENR-5002".to_owned()),
    ] {
        let asks = plain(&["I10"]).plans(Vec::new()).asks("ALIGN", |request| {
            request.provider_referral = Some(true);
            request.reference.clone_from(&reference);
        });
        for (include_mbi, wanted) in [(false, &shown), (true, &reference)] {
            profile.notices.include_mbi = include_mbi;
            let plan = asks.plan_in(&profile, &[]);
            let found: Vec<_> = plan.intents.iter().map(|intent| &intent.reference).collect();
            let told: Vec<_> = plan.notices.iter().map(|notice| &notice.reference).collect();
            let wanted = Some(wanted.clone());
            assert_eq!((found, told), (vec![&wanted], vec![&wanted, &wanted]));
        }
    }
}

/// The reference was read and lost, so that nobody could tell which of their requests an outcome belongs to.
#[test]
fn what_is_asked_for_keeps_the_reference_of_the_request() {
    let named = plain(&["I10"]).asks("ALIGN", |request| {
        request.provider_referral = Some(true);
        request.reference = "ENR-5002".to_owned();
    });
    let plan = named.plan(&[]);
    let references: Vec<Option<&str>> = plan.intents.iter().map(|intent| intent.reference.as_deref()).collect();
    assert!(
        !references.is_empty() && references.iter().all(|reference| *reference == Some("ENR-5002")),
        "{references:?}"
    );
    let unnamed = plain(&["I10"]).asks("ALIGN", |request| request.provider_referral = Some(true)).plan(&[]);
    assert!(unnamed.intents.iter().all(|intent| intent.reference.is_none()));
}

#[test]
fn align_waits_for_a_check_where_the_profile_wants_one_unless_the_answer_is_fresh() {
    let mut profile = profile();
    profile.triggers.enroll.check_first = true;
    profile.triggers.enroll.mode = TriggerMode::Hold;
    let asks = plain(&["I10"]).asks("ALIGN", |request| request.provider_referral = Some(true));
    let plan = asks.plan_in(&profile, &[]);
    assert_eq!(intents(&plan), ["check-eligibility eCKM hold enroll", "align eCKM hold enroll"]);
    assert_eq!(plan.intents[1].after, Some(0));
    for (state, checked_at, wanted) in
        [("eligible", NOW, 1), ("eligible", "2026-01-01T00:00:00Z", 2), ("not-eligible", NOW, 2)]
    {
        let mut charted = standing(chart(&plan), "eCKM", state, NOW);
        let known = charted.standing.get_mut("eCKM").unwrap();
        known.checked_at = checked_at.to_owned();
        known.basis.clone_from(&plan.intents[0].basis);
        let again = asks.plan_in(&profile, &[charted]);
        assert_eq!(again.intents.len(), wanted, "{state} {checked_at}");
    }
}

/// The check was refused since the patient is aligned, and with it the request whose answer would have taken the alignment up.
#[test]
fn align_waits_for_no_check_where_a_wrong_number_hid_the_alignment() {
    let mut profile = profile();
    profile.triggers.enroll.check_first = true;
    let asks = plain(&["I10"]).asks("ALIGN", |request| request.provider_referral = Some(true));
    for (track, number, wanted) in [
        ("eCKM", OTHER_MBI, &["align eCKM auto enroll"] as &[_]),
        ("CKM", OTHER_MBI, &["align eCKM auto enroll"]),
        ("BH", OTHER_MBI, &["check-eligibility eCKM auto enroll", "align eCKM auto enroll"]),
        ("eCKM", MBI, &["check-eligibility eCKM auto enroll", "align eCKM auto enroll"]),
    ] {
        let mut charted = standing(chart(&asks.plan_in(&profile, &[])), track, "unaligned", NOW);
        charted.standing.get_mut(track).unwrap().unknown_under = number.to_owned();
        assert_eq!(intents(&asks.plan_in(&profile, &[charted])), wanted, "{track} {number}");
    }
}

#[test]
fn align_respects_the_standing() {
    let asks = |track: &'static str, codes: &[&str]| {
        plain(codes).asks("ALIGN", |request| {
            request.provider_referral = Some(true);
            request.track = track.to_owned();
        })
    };
    let repeated = asks("MSK", &["M19.90"]).plan(&[aligned("MSK", &["M19.90"])]);
    assert!(repeated.intents.is_empty() && refusals(&repeated).is_empty());
    assert_eq!(codes(&repeated), ["already-aligned"]);
    // What is there needs nothing said anew.
    let silent = plain(&["M19.90"]).asks("ALIGN", |request| request.track = "MSK".to_owned());
    assert_eq!(codes(&silent.plan(&[aligned("MSK", &["M19.90"])])), ["already-aligned"]);
    let back = asks("eCKM", &["I10"]).plan(&[aligned("CKM", &["E11.9", "I10"])]);
    assert_eq!(refusals(&back), ["family-aligned ZAC[1]-3"]);
    let control = standing(plain(&["I10"]).write(&[]), "eCKM", "control-group", "2026-06-01T00:00:00Z");
    assert_eq!(refusals(&asks("eCKM", &["I10"]).plan(&[control])), ["control-group ZAC[1]-3"]);
}

#[test]
fn aligning_to_ckm_while_aligned_to_eckm_is_the_held_move_of_two() {
    let chart = aligned("eCKM", &["I10", "E11.9"]);
    let plan = plain(&["I10", "E11.9"]).asks("ALIGN", |request| request.provider_referral = Some(false)).plan(&[chart]);
    assert_eq!(intents(&plan), ["unalign eCKM hold progress", "align CKM hold progress"]);
    assert_eq!(plan.intents[0].reason.as_deref(), Some("no-longer-clinically-eligible"));
    assert_eq!(plan.intents[0].conditions, ["E11.9"]);
    assert_eq!((plan.intents[1].after, plan.intents[1].provider_referral), (Some(0), Some(false)));
}

fn leave(codes: &[&str], track: &'static str, reason: &'static str) -> Feed {
    plain(codes).asks("UNALIGN", |request| {
        request.track = track.to_owned();
        request.reason = reason.to_owned();
    })
}

#[test]
fn unalign_takes_the_reason_and_the_track_one_is_aligned_in() {
    let plan = leave(&["I10"], "", "patient-initiated").plan(&[aligned("eCKM", &["I10"])]);
    assert_eq!(plan.intents[0].reason.as_deref(), Some("patient-initiated"));
    assert_eq!((&plan.intents[0].track, plan.intents[0].rule.as_str()), (&Track::ECkm, "leave"));
    assert!(plan.intents[0].conditions.is_empty());
    let strangers = leave(&["I10"], "", "patient-initiated").plan(&[]);
    assert_eq!(refusals(&strangers), ["track-ambiguous ZAC[1]-3"]);
    let named = leave(&["I10"], "BH", "patient-initiated").plan(&[]);
    assert_eq!(named.intents.len(), 1);
    assert!(codes(&named).is_empty(), "the alignment may be older than this installation");
}

#[test]
fn unalign_is_doubted_where_the_standing_says_otherwise() {
    let chart = standing(plain(&["I10"]).write(&[]), "eCKM", "unaligned", NOW);
    let plan = leave(&["I10"], "eCKM", "loss-of-contact").plan(&[chart]);
    assert_eq!(codes(&plan), ["not-aligned-here"]);
    assert_eq!(plan.intents.len(), 1);
}

#[test]
fn unalign_needs_a_reason_of_the_guide_and_its_condition() {
    let chart = |codes: &[&str], track| aligned(track, codes);
    for reason in ["", "moved"] {
        let plan = leave(&["I10"], "eCKM", reason).plan(&[chart(&["I10"], "eCKM")]);
        assert_eq!(refusals(&plan), ["reason-unknown ZAC[1]-4"]);
        assert!(plan.issues[0].hint.as_ref().unwrap().contains("patient-initiated"));
    }
    let clinical = "no-longer-clinically-eligible";
    let without = leave(&["M19.90"], "MSK", clinical).plan(&[chart(&["M19.90"], "MSK")]);
    assert_eq!(refusals(&without), ["no-excluding-diagnosis DG1"]);
    let with = leave(&["E11.9", "N18.6"], "CKM", clinical).plan(&[chart(&["E11.9", "N18.6"], "CKM")]);
    assert_eq!(with.intents[0].conditions, ["N18.6"]);
    let outgrown = leave(&["I10", "E11.9"], "eCKM", clinical).plan(&[chart(&["I10", "E11.9"], "eCKM")]);
    assert_eq!(outgrown.intents[0].conditions, ["E11.9"]);
}

#[test]
fn approve_and_cancel_are_orders() {
    let plan = plain(&["I10"])
        .asks("APPROVE", |request| request.reference = "id7".to_owned())
        .asks("CANCEL", |request| request.track = "BH".to_owned())
        .asks("CANCEL", |request| request.track = "bh".to_owned())
        .plan(&[]);
    assert_eq!(plan.commands.len(), 2);
    assert_eq!(plan.commands[0].action, CommandAction::Approve);
    assert_eq!((plan.commands[0].reference.as_deref(), &plan.commands[0].track), (Some("id7"), &None));
    assert_eq!((plan.commands[1].reference.as_deref(), &plan.commands[1].track), (None, &Some(Track::Bh)));
    assert_eq!(refusals(&plan), ["track-unknown ZAC[3]-3"]);
}

/// An order without id or track approved once whatever waited for the patient.
#[test]
fn an_order_says_what_it_is_about() {
    let plan = plain(&["I10"]).asks("APPROVE", |_| {}).asks("CANCEL", |_| {}).plan(&[]);
    assert!(plan.commands.is_empty());
    assert_eq!(refusals(&plan), ["order-unclear ZAC[1]-8", "order-unclear ZAC[2]-8"]);
}

/// It was stored as a command about no chart once, which the ledger refused with words about its inside.
#[test]
fn an_order_about_a_stranger_is_refused_at_its_field() {
    let plan = plain(&["I10"])
        .with(|facts| (facts.mbi, facts.plans) = (None, None))
        .asks("APPROVE", |request| request.reference = "id7".to_owned())
        .plan(&[]);
    assert!(plan.chart.is_none() && plan.commands.is_empty() && plan.notices.is_empty());
    assert_eq!(refusals(&plan), ["order-without-chart ZAC[1]-2"]);
}

#[test]
fn every_order_has_a_notice_in_case_it_changes_nothing() {
    let plan = beneficiary(&["I10"])
        .asks("APPROVE", |request| request.reference = "id7".to_owned())
        .asks("CANCEL", |request| request.track = "BH".to_owned())
        .plan(&[]);
    let told: Vec<(&str, &str, &str)> = plan
        .notices
        .iter()
        .map(|notice| (notice.code.as_str(), notice.submission.as_str(), notice.track.as_str()))
        .collect();
    assert_eq!(told, [("order-without-effect", "id7", ""), ("order-without-effect", "", "BH")]);
    assert!(plan.notices[0].text.contains("approve") && plan.notices[1].text.contains("cancel"));
}

#[test]
fn what_cannot_be_done_is_refused_at_its_field() {
    let plan = plain(&["I10"]).asks("REPORT", |_| {}).asks("DANCE", |_| {}).plan(&[]);
    assert_eq!(refusals(&plan), ["track-ambiguous ZAC[1]-3", "action-unknown ZAC[2]-2"]);
    let mut profile = profile();
    profile.triggers.enroll.mode = TriggerMode::Off;
    profile.triggers.leave.mode = TriggerMode::Off;
    let plan = plain(&["I10"]).asks("ALIGN", |_| {}).asks("UNALIGN", |_| {}).plan_in(&profile, &[]);
    assert_eq!(refusals(&plan), ["trigger-off ZAC[1]-2", "trigger-off ZAC[2]-2"]);
    let many = (0..17).fold(plain(&["I10"]), |feed, _| feed.asks("CHECK", |_| {}));
    assert_eq!(refusals(&many.plan(&[])), ["too-many-requests ZAC"]);
}

#[test]
fn one_feed_does_not_ask_twice_for_a_family() {
    let plan = plain(&["I10", "E11.9"])
        .asks("ALIGN", |request| (request.track, request.provider_referral) = ("CKM".to_owned(), Some(true)))
        .asks("ALIGN", |request| (request.track, request.provider_referral) = ("eCKM".to_owned(), Some(true)))
        .plan(&[]);
    assert_eq!(intents(&plan), ["align CKM auto enroll"]);
    assert_eq!(refusals(&plan), ["track-repeated ZAC[2]-3"]);
}

#[test]
fn an_event_without_effect_still_describes_the_person_a_request_is_about() {
    let plan = beneficiary(&["I10"]).effect(EventEffect::Ignore).asks("CHECK", |_| {}).plan(&[]);
    assert_eq!(plan.intents[0].mode, Mode::Auto);
    assert_eq!(chart(&plan).mbi.map(|mbi| mbi.value), Some(MBI.to_owned()));
}

#[test]
fn an_effective_date_is_not_silently_dropped() {
    let plan = plain(&["I10"]).asks("CHECK", |request| request.effective = Some("2026-12-01".to_owned())).plan(&[]);
    assert_eq!(codes(&plan), ["effective-date-unused"]);
    let _: Chart = chart(&plan);
}
