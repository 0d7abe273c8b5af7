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
    let new = beneficiary(&["F32.9"]).dead().plan(&[]);
    assert!(new.notices.is_empty() && new.commands.is_empty(), "nothing is known that could be pointless now");
}

/// What asks for something, and the whole of a move.
const REQUESTS: [&str; 3] = ["progress", "check-eligibility", "align"];

/// What is taken back, as the operation or rule that it is limited to.
fn withdrawn(plan: &access_contract::Plan) -> Vec<&str> {
    let all = plan.commands.iter().filter(|command| command.action == access_contract::CommandAction::Cancel);
    all.map(|command| match (&command.operation, &command.rule) {
        (Some(operation), _) => operation.as_str(),
        (None, Some(rule)) => rule,
        (None, None) => "all",
    })
    .collect()
}

#[test]
fn death_hospice_and_lost_coverage_withdraw_what_was_not_sent() {
    let known = beneficiary(&["F32.9"]).at("2026-01-01T00:00:00").write(&[]);
    let death = feed("ADT^A08").dead().plan(std::slice::from_ref(&known));
    assert_eq!((notices(&death), withdrawn(&death)), (vec!["death"], vec!["all"]));
    assert_eq!(death.notices[0].severity, Severity::Information, "nobody is aligned");
    let hospice = feed("ADT^A03").with(|facts| facts.hospice = Some(sourced(true, "PV1-36")));
    let hospice = hospice.plan(std::slice::from_ref(&known));
    assert_eq!((notices(&hospice), withdrawn(&hospice)), (vec!["hospice"], REQUESTS.to_vec()));
    let advantage = feed("ADT^A08").plans(vec![coverage(PlanClass::MedicareAdvantage, 1)]);
    let lost = advantage.plan(std::slice::from_ref(&known));
    assert_eq!((notices(&lost), withdrawn(&lost)), (vec![], REQUESTS.to_vec()));
    let asked = standing(known, "BH", "eligible", "2026-08-02T09:00:00Z");
    let lost = advantage.plan(&[asked]);
    assert_eq!((notices(&lost), &lost.notices[0].severity), (vec!["coverage-lost"], &Severity::Information));
    let again = advantage.at("2026-11-23T11:00:00").plan(&[super::kit::chart(&lost)]);
    assert!(again.notices.is_empty() && again.commands.is_empty(), "once");
}

#[test]
fn coverage_that_the_calendar_ends_is_noticed_without_news() {
    let mut plan = coverage(PlanClass::OriginalMedicare, 1);
    plan.ends = Some("2026-11-30".to_owned());
    let chart = feed("ADT^A08").plans(vec![plan]).write(&[aligned("BH", &["F32.9"])]);
    let mut request = plan_request(String::new(), std::slice::from_ref(&chart));
    let today = super::super::plan(site(), &request).unwrap();
    assert_eq!(notices(&today), Vec::<&str>::new());
    request.now = "2026-12-01T12:00:00Z".to_owned();
    let later = super::super::plan(site(), &request).unwrap();
    assert_eq!((notices(&later), withdrawn(&later)), (vec!["coverage-lost"], REQUESTS.to_vec()));
    let notice = &later.notices[0];
    assert_eq!(notice.dates[0].date, "2026-11-30");
    assert_eq!((notice.control_id.as_str(), notice.reply_application.as_str()), ("M1", "EPIC"));
    request.charts = plan_request(String::new(), &[super::kit::chart(&later)]).charts;
    assert!(notices(&super::super::plan(site(), &request).unwrap()).is_empty(), "once");
}

#[test]
fn a_medicare_patient_who_cannot_be_submitted_is_told_once_until_it_changes() {
    let nameless = feed("ADT^A04").medicare().diagnosed(&["F32.9"]);
    let first = nameless.plan(&[]);
    assert_eq!(notices(&first), ["mbi-missing"]);
    let missing: Vec<&str> = first.notices[0].issues.iter().map(|issue| issue.code.as_str()).collect();
    assert_eq!(missing, ["mbi-missing", "birth-date-missing", "name-missing", "gender-missing"]);
    assert_eq!(first.notices[0].severity, Severity::Warning);
    let chart = super::kit::chart(&first);
    let again = nameless.clone().at("2026-11-23T11:00:00");
    assert!(notices(&again.plan(std::slice::from_ref(&chart))).is_empty(), "once");
    let named = again.person("SMITH", "ANN", "female", "1950-03-07").plan(std::slice::from_ref(&chart));
    assert_eq!(notices(&named), ["mbi-missing"], "something else is missing now");
    let whole = feed("ADT^A08").mbi(MBI).at("2026-11-23T11:30:00").plan(&[super::kit::chart(&named)]);
    assert!(notices(&whole).is_empty());
    assert!(!super::kit::chart(&whole).told.contains_key("identity"));
    let advantage = feed("ADT^A04").plans(vec![coverage(PlanClass::MedicareAdvantage, 1)]).mbi(MBI);
    assert!(notices(&advantage.plan(&[])).is_empty(), "no business of the model");
}

#[test]
fn notices_carry_the_mbi_only_where_the_profile_says_so() {
    let chart = aligned("BH", &["F32.9"]);
    assert_eq!(feed("ADT^A08").dead().plan(std::slice::from_ref(&chart)).notices[0].mbi, None);
    let mut profile = profile();
    profile.notices.include_mbi = true;
    let plan = feed("ADT^A08").dead().plan_in(&profile, &[chart]);
    assert_eq!(plan.notices[0].mbi.as_deref(), Some(MBI));
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

/// A mistyped number took the place of a good one, and checks went out with it.
#[test]
fn a_number_that_breaks_the_form_replaces_none_that_keeps_it_and_is_told_once() {
    let wrong = "2AAOAA0AA34";
    let chart = beneficiary(&["I10"]).at("2026-01-01T00:00:00").write(&[]);
    let plan = beneficiary(&["I10"]).mbi(wrong).plan(std::slice::from_ref(&chart));
    assert_eq!(notices(&plan), ["mbi-doubtful"]);
    assert!(plan.issues.iter().any(|issue| issue.code == "mbi-doubtful" && issue.location == "PID-3[2].1"));
    assert!(!format!("{:?}", plan.notices[0].issues).contains(wrong));
    let kept = super::kit::chart(&plan);
    assert_eq!((&kept.mbi, kept.former_mbis.len()), (&chart.mbi, 0));
    assert!(plan.chart.unwrap().keys.contains(&format!("mbi:{MBI}")));
    let later = |mbi: &str, at: &str| beneficiary(&["I10"]).mbi(mbi).at(at);
    let again = later(wrong, "2026-11-23T11:00:00").plan(std::slice::from_ref(&kept));
    assert!(notices(&again).is_empty(), "once");
    let other = later("2AASAA0AA34", "2026-11-23T11:00:00").plan(std::slice::from_ref(&kept));
    assert_eq!(notices(&other), ["mbi-doubtful"], "another one");
    let right = later(MBI, "2026-11-23T11:00:00").write(std::slice::from_ref(&kept));
    assert!(!right.told.contains_key("number"));
    // A first number is taken for want of a better one, and a good one takes its place.
    let doubted = beneficiary(&["I10"]).mbi(wrong).at("2026-01-01T00:00:00").write(&[]);
    assert_eq!(doubted.mbi.as_ref().unwrap().value, wrong);
    assert_eq!(notices(&beneficiary(&["I10"]).plan(std::slice::from_ref(&doubted))), ["identity-changed"]);
    let worse = beneficiary(&["I10"]).mbi("2AASAA0AA34").plan(&[doubted]);
    assert_eq!(notices(&worse), ["identity-changed"]);
    assert_eq!(worse.notices[0].issues[0].code, "mbi-positions");
}

/// Beside the truth a notice said that no number is known and should be sent in PID-3, where one stood.
#[test]
fn two_numbers_that_contradict_are_told_as_that_and_not_as_missing() {
    let torn = feed("ADT^A04")
        .medicare()
        .diagnosed(&["F32.9"])
        .person("SMITH", "ANN", "female", "1950-03-07")
        .with(|facts| facts.records.mbi_conflict = true);
    let first = torn.plan(&[]);
    assert_eq!(notices(&first), ["mbi-conflict"]);
    assert_eq!(first.notices[0].patient, "PID|1||A1^^^H^MR");
    let chart = super::kit::chart(&first);
    let without = feed("ADT^A08").medicare().at("2026-11-23T11:00:00").plan(&[chart]);
    assert_eq!(notices(&without), ["mbi-missing"], "now none is stated");
}

/// A deleted person's alignment went out when CMS could be reached again.
#[test]
fn a_deleted_record_withdraws_what_was_not_sent() {
    let chart = aligned("BH", &["F32.9"]);
    let plan = feed("ADT^A29").effect(EventEffect::Review).plan(std::slice::from_ref(&chart));
    assert_eq!((notices(&plan), withdrawn(&plan)), (vec!["record-deleted"], vec!["all"]));
    let mut after = super::kit::chart(&plan);
    after.restore();
    assert_eq!(after, chart);
    let linked = feed("ADT^A24").effect(EventEffect::Review).plan(&[chart]);
    assert_eq!((notices(&linked), withdrawn(&linked)), (vec!["record-review"], vec![]));
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
