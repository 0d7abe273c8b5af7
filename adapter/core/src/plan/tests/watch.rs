//! News that only people can act on.

use super::kit::*;
use access_contract::{NoticeKind, Severity};
use access_mappings::{EventEffect, PlanClass};

#[test]
fn death_and_hospice_of_the_aligned_are_told_once() {
    let chart = aligned("BH", &["F32.9"]);
    let death = feed("ADT^A08").dead().plan(std::slice::from_ref(&chart));
    assert_eq!(notices(&death), ["death"]);
    assert!(death.intents.is_empty());
    assert!(feed("ADT^A08").dead().at("2026-11-23T11:00:00").plan(&[super::kit::chart(&death)]).notices.is_empty());
    let hospice = feed("ADT^A03").with(|facts| facts.hospice = Some(sourced(true, "PV1-36"))).plan(&[chart]);
    assert_eq!(notices(&hospice), ["hospice"]);
    let stranger = beneficiary(&["F32.9"]).dead().plan(&[beneficiary(&["F32.9"]).at("2026-01-01T00:00:00").write(&[])]);
    assert!(stranger.notices.is_empty());
}

#[test]
fn lost_coverage_of_the_aligned_is_told_with_its_end() {
    let chart = aligned("BH", &["F32.9"]);
    let mut ended = coverage(PlanClass::OriginalMedicare, 1);
    ended.ends = Some("2026-10-31".to_owned());
    let lost = feed("ADT^A08").plans(vec![ended]).plan(std::slice::from_ref(&chart));
    assert_eq!(notices(&lost), ["coverage-lost"]);
    assert_eq!(lost.notices[0].dates[0].date, "2026-10-31");
    let advantage = feed("ADT^A08").plans(vec![coverage(PlanClass::MedicareAdvantage, 1)]);
    assert_eq!(notices(&advantage.plan(std::slice::from_ref(&chart))), ["coverage-lost"]);
    assert!(feed("ADT^A08").medicare().plan(&[chart]).notices.is_empty());
}

#[test]
fn a_notice_answers_the_feed() {
    let plan = feed("ADT^A08").dead().plan(&[aligned("BH", &["F32.9"])]);
    let notice = &plan.notices[0];
    assert_eq!((&notice.kind, &notice.severity), (&NoticeKind::FeedProblem, &Severity::Warning));
    assert_eq!((notice.participant.as_str(), notice.track.as_str()), (PARTICIPANT, "BH"));
    assert_eq!((notice.control_id.as_str(), notice.reply_application.as_str()), ("M1", "EPIC"));
    assert_eq!((notice.reply_facility.as_str(), notice.patient.as_str()), ("MAIN", "PID|1||A1^^^H^MR"));
    assert!(!notice.text.is_empty() && !notice.next_step.is_empty() && notice.submission.is_empty());
}

#[test]
fn a_deleted_or_linked_record_changes_nothing_and_is_told() {
    let chart = aligned("BH", &["F32.9"]);
    let plan = beneficiary(&["I10"]).effect(EventEffect::Review).plan(std::slice::from_ref(&chart));
    assert_eq!(notices(&plan), ["record-review"]);
    assert_eq!(super::kit::chart(&plan), chart);
    let linked = beneficiary(&["I10"]).known_as(&["B7"]).at("2026-01-01T00:00:00").write(&[]);
    let plan = beneficiary(&["I10"]).effect(EventEffect::Review).plan(&[chart, linked]);
    assert!(plan.chart.unwrap().absorbed.is_empty(), "linked records stay two");
}

#[test]
fn a_replaced_number_is_told_and_the_former_kept_but_no_key() {
    let chart = beneficiary(&["I10"]).at("2026-01-01T00:00:00").write(&[]);
    let plan = beneficiary(&["I10"]).mbi(OTHER_MBI).plan(std::slice::from_ref(&chart));
    assert_eq!(notices(&plan), ["identity-changed"]);
    let changed = super::kit::chart(&plan);
    assert_eq!(changed.former_mbis, [MBI]);
    assert!(!plan.chart.unwrap().keys.contains(&format!("mbi:{MBI}")));
    let stale = beneficiary(&["I10"]).at("2026-06-01T00:00:00").plan(std::slice::from_ref(&changed));
    assert!(stale.notices.is_empty());
    assert_eq!(super::kit::chart(&stale).mbi, changed.mbi);
    let back = beneficiary(&["I10"]).at("2026-11-24T00:00:00").write(&[changed]);
    assert_eq!(back.former_mbis, [OTHER_MBI], "a mistyped number can be corrected");
}
