//! Who is checked for eligibility.

use super::super::plan;
use super::kit::*;
use crate::chart::{Chart, Standing};
use crate::facts::{Certainty, Facts, Plan};
use access_contract::{Severity, Track};
use access_mappings::{PlanClass, TriggerMode};

#[test]
fn checks_each_family_with_a_qualifying_diagnosis_once_and_prefers_ckm() {
    for (codes, wanted) in [
        (&["I10"][..], &["check-eligibility eCKM auto screen"][..]),
        (&["I10", "E11.9"], &["check-eligibility CKM auto screen"]),
        (&["E11.9", "I10", "M19.90"], &["check-eligibility CKM auto screen", "check-eligibility MSK auto screen"]),
        (&["F32.9"], &["check-eligibility BH auto screen"]),
    ] {
        assert_eq!(intents(&beneficiary(codes).plan(&[])), wanted, "{codes:?}");
    }
}

#[test]
fn an_intent_names_its_visit_and_says_why_without_a_value() {
    let plan = beneficiary(&["I10"]).plan(&[]);
    let intent = &plan.intents[0];
    assert_eq!(intent.visit.as_deref(), Some("V1"));
    assert_eq!(intent.basis.len(), 16);
    for value in [MBI, "I10", "SMITH", "1950"] {
        assert!(!intent.why.contains(value));
    }
}

#[test]
fn says_what_is_missing_of_a_beneficiary_and_of_nobody_else() {
    type Change = fn(&mut Facts);
    let changes: [(&str, Severity, Change); 8] = [
        ("mbi-missing", Severity::Warning, |facts| facts.mbi = None),
        ("birth-date-missing", Severity::Warning, |facts| facts.birth_date = None),
        ("name-missing", Severity::Warning, |facts| facts.name = None),
        ("gender-missing", Severity::Warning, |facts| facts.gender = None),
        ("no-qualifying-diagnosis", Severity::Information, |facts| facts.diagnoses = None),
        ("coverage-not-original-medicare", Severity::Information, |facts| facts.plans = None),
        ("coverage-secondary", Severity::Information, |facts| {
            facts.plans = Some(vec![coverage(PlanClass::Other, 1), coverage(PlanClass::OriginalMedicare, 2)]);
        }),
        ("not-medicare", Severity::Information, |facts| (facts.mbi, facts.plans) = (None, None)),
    ];
    for (code, severity, change) in changes {
        let plan = beneficiary(&["I10"]).with(change).plan(&[]);
        assert_eq!(codes(&plan), [code]);
        assert_eq!(plan.issues[0].severity, severity, "{code}");
        assert!(plan.intents.is_empty(), "{code}");
        assert_eq!(plan.chart.is_none(), code == "not-medicare", "{code}");
    }
}

#[test]
fn a_missing_number_comes_with_the_place_to_configure_it() {
    let plan = beneficiary(&["I10"]).with(|facts| facts.mbi = None).plan(&[]);
    assert_eq!(plan.issues[0].location, "PID-3");
    assert!(plan.issues[0].hint.as_ref().unwrap().contains("mbi.carriers"));
}

#[test]
fn only_confirmed_diagnoses_count() {
    let rows = vec![diagnosis("I10", 1, Certainty::Provisional)];
    let plan = beneficiary(&[]).with(|facts| facts.diagnoses = Some(rows)).plan(&[]);
    assert_eq!(codes(&plan), ["no-qualifying-diagnosis"]);
}

#[test]
fn coverage_counts_from_its_first_to_its_last_day() {
    for (starts, ends, current) in [
        (None, None, true),
        (Some("2026-11-23"), Some("2026-11-23"), true),
        (Some("2026-11-24"), None, false),
        (None, Some("2026-11-22"), false),
        (Some("2026"), Some("2026-11"), true),
        (Some("garbage"), Some("é"), true),
    ] {
        let mut plan = coverage(PlanClass::OriginalMedicare, 1);
        (plan.starts, plan.ends) = (starts.map(str::to_owned), ends.map(str::to_owned));
        let planned = beneficiary(&["I10"]).plans(vec![plan]).plan(&[]);
        assert_eq!(planned.intents.len() == 1, current, "{starts:?} {ends:?}");
    }
}

/// In the evening of the last day it is the next one in UTC already.
#[test]
fn the_days_of_coverage_are_those_of_the_zone() {
    for (zone, starts, ends, current) in [
        ("AAA-14", "2015-01-01", "2026-11-23", false),
        ("AAA-14", "2026-11-24", "2030-01-01", true),
        ("BBB13", "2015-01-01", "2026-11-22", true),
        ("BBB13", "2026-11-23", "2030-01-01", false),
    ] {
        let mut site = profile();
        zone.clone_into(&mut site.reports.zone);
        let mut plan = coverage(PlanClass::OriginalMedicare, 1);
        (plan.starts, plan.ends) = (Some(starts.to_owned()), Some(ends.to_owned()));
        let planned = beneficiary(&["I10"]).plans(vec![plan]).plan_in(&site, &[]);
        assert_eq!(planned.intents.len() == 1, current, "{zone} {starts} {ends}");
    }
}

#[test]
fn a_supplement_an_ended_plan_or_medicaid_before_it_does_not_make_medicare_secondary() {
    let mut ended = coverage(PlanClass::Other, 1);
    ended.ends = Some("2020-01-01".to_owned());
    for first in [coverage(PlanClass::Supplement, 1), coverage(PlanClass::Medicaid, 1), ended] {
        let plan = beneficiary(&["I10"]).plans(vec![first, coverage(PlanClass::OriginalMedicare, 2)]).plan(&[]);
        assert_eq!(plan.intents.len(), 1);
    }
}

#[test]
fn medicare_as_secondary_payer_is_checked_where_the_site_wants_it() {
    let mut profile = profile();
    profile.coverage.accept_secondary = true;
    let plans = vec![coverage(PlanClass::Other, 1), coverage(PlanClass::OriginalMedicare, 2)];
    assert_eq!(beneficiary(&["I10"]).plans(plans).plan_in(&profile, &[]).intents.len(), 1);
}

#[test]
fn follows_the_mode_of_the_trigger_and_the_tracks_on_offer() {
    let mut profile = profile();
    profile.triggers.screen.mode = TriggerMode::Hold;
    assert_eq!(intents(&beneficiary(&["I10"]).plan_in(&profile, &[])), ["check-eligibility eCKM hold screen"]);
    profile.triggers.screen.mode = TriggerMode::Off;
    assert!(beneficiary(&["I10"]).plan_in(&profile, &[]).intents.is_empty());
    profile.triggers.screen.mode = TriggerMode::Auto;
    profile.participants[0].tracks = vec!["eCKM".to_owned()];
    assert_eq!(intents(&beneficiary(&["I10", "E11.9"]).plan_in(&profile, &[])), ["check-eligibility eCKM auto screen"]);
}

#[test]
fn does_not_look_at_events_that_do_not_screen_and_not_at_the_dead() {
    assert!(beneficiary(&["I10"]).with(|facts| facts.screens = false).plan(&[]).intents.is_empty());
    let plan = beneficiary(&["I10"]).dead().plan(&[]);
    assert_eq!(codes(&plan), ["deceased"]);
    assert!(plan.intents.is_empty());
}

#[test]
fn asks_nothing_of_the_aligned_and_of_the_control_group_within_its_year() {
    let chart = beneficiary(&["I10"]).at("2026-01-01T00:00:00").write(&[]);
    for (track, state, since, asks) in [
        ("eCKM", "aligned", "2026-08-02T09:00:00Z", false),
        ("CKM", "aligned", "2026-08-02T09:00:00Z", false),
        ("eCKM", "unalignment-pending", "2026-08-02T09:00:00Z", false),
        ("MSK", "aligned", "2026-08-02T09:00:00Z", true),
        ("eCKM", "unaligned", "2026-08-02T09:00:00Z", true),
        ("eCKM", "control-group", "2025-11-24T09:00:00Z", false),
        ("eCKM", "control-group", "2025-11-23T09:00:00Z", true),
        ("eCKM", "control-group", "not a time", true),
    ] {
        let charts = [standing(chart.clone(), track, state, since)];
        assert_eq!(!beneficiary(&["I10"]).plan(&charts).intents.is_empty(), asks, "{track} {state} {since}");
    }
}

/// A chart whose eligibility for eCKM was answered.
fn answered(checked_at: &str) -> Chart {
    let first = beneficiary(&["I10"]).at("2026-01-01T00:00:00").plan(&[]);
    let mut chart = chart(&first);
    let standing = Standing {
        state: "not-eligible".to_owned(),
        since: checked_at.to_owned(),
        checked_at: checked_at.to_owned(),
        basis: first.intents[0].basis.clone(),
        ..Standing::default()
    };
    chart.standing.insert("eCKM".to_owned(), standing);
    chart
}

#[test]
fn an_answer_stays_good_for_thirty_days() {
    for (checked_at, asks) in [("2026-10-25T12:00:00Z", false), ("2026-10-24T12:00:00Z", true), ("", true)] {
        assert_eq!(!beneficiary(&["I10"]).plan(&[answered(checked_at)]).intents.is_empty(), asks, "{checked_at}");
    }
}

#[test]
fn a_change_of_identity_coverage_or_qualifying_diagnosis_asks_anew_and_nothing_else_does() {
    let same = beneficiary(&["I10"]);
    for (what, feed, asks) in [
        ("nothing", same.clone(), false),
        ("address", same.clone().lives_in("WI"), false),
        ("a diagnosis of no track", same.clone().diagnosed(&["I10", "S93.401A"]), false),
        ("number", same.clone().mbi(OTHER_MBI), true),
        ("name", same.clone().person("SMYTH", "ANN", "female", "1950-03-07"), true),
        ("sex", same.clone().person("SMITH", "ANN", "male", "1950-03-07"), true),
        ("birth date", same.clone().person("SMITH", "ANN", "female", "1950-03-08"), true),
        ("a diagnosis of the track", same.diagnosed(&["I10", "E66.9"]), true),
    ] {
        assert_eq!(!feed.plan(&[answered("2026-11-01T00:00:00Z")]).intents.is_empty(), asks, "{what}");
    }
}

#[test]
fn looking_again_asks_what_is_open_and_says_nothing() {
    let profile = profile();
    let mut chart = beneficiary(&["M19.90"]).write(&[]);
    let seen = chart.write().unwrap();
    chart.note_answer("MSK", NOW);
    let again = plan(&profile, &plan_request(String::new(), std::slice::from_ref(&chart))).unwrap();
    assert_eq!(again.intents[0].track, Track::Msk);
    assert_eq!(again.chart.unwrap().document, seen);
    let nobody = beneficiary(&["M19.90"]).with(|facts| facts.birth_date = None).write(&[]);
    let again = plan(&profile, &plan_request(String::new(), &[nobody])).unwrap();
    assert!(again.intents.is_empty() && again.issues.is_empty() && again.notices.is_empty());
}

#[test]
fn arguments_that_cannot_be_used_are_errors_without_their_values() {
    let profile = profile();
    let facts = serde_json::to_string(&beneficiary(&["I10"]).0).unwrap();
    let good = plan_request(facts, &[]);
    type Change = fn(&mut access_contract::PlanRequest);
    let changes: [(&str, Change); 6] = [
        ("participant-unknown", |request| request.participant = "SECRET".to_owned()),
        ("time-invalid", |request| request.now = "SECRET".to_owned()),
        ("facts-unreadable", |request| request.facts = r#"{"feed": "M1", "event": {"SECRET": 1}}"#.to_owned()),
        ("facts-too-large", |request| request.facts = " ".repeat(crate::plan::MAX_FACTS_BYTES + 1)),
        ("chart-unreadable", |request| {
            let document = r#"{"schema": 1, "SECRET": 1}"#.to_owned();
            request.charts.push(access_contract::ChartRecord { id: "c1".to_owned(), document });
        }),
        ("chart-newer", |request| {
            let document = r#"{"schema": 2, "SECRET": 1}"#.to_owned();
            request.charts.push(access_contract::ChartRecord { id: "c1".to_owned(), document });
        }),
    ];
    for (code, change) in changes {
        let mut request = good.clone();
        change(&mut request);
        let issue = plan(&profile, &request).unwrap_err();
        assert_eq!(issue.code, code);
        assert!(!format!("{issue:?}").contains("SECRET"), "{code}");
    }
}

#[test]
fn issues_of_a_document_name_its_places() {
    let plan = beneficiary(&["I10"]).with(|facts| {
        facts.event = "CCDA^CCD".to_owned();
        facts.plans = None;
    });
    assert_eq!(plan.plan(&[]).issues[0].location, "section[payers]");
}

#[test]
fn a_stated_second_place_is_explained_by_a_first_plan_that_does_not_pay_before() {
    let ordered = |class, priority| Plan { ordered: true, ..coverage(class, priority) };
    let medicare = ordered(PlanClass::OriginalMedicare, 2);
    let mut ended = ordered(PlanClass::Other, 1);
    ended.ends = Some("2020-01-01".to_owned());
    for (first, count) in [(Some(ended), 1), (Some(ordered(PlanClass::Supplement, 1)), 1), (None, 0)] {
        let plans = first.into_iter().chain([medicare.clone()]).collect();
        assert_eq!(beneficiary(&["I10"]).plans(plans).plan(&[]).intents.len(), count);
    }
}
