//! What answers to reports leave in the chart.

use crate::chart::{Chart, Reported, Standing};
use crate::compose::samples::profile;
use crate::settle::report::MAX_REPORTS;
use crate::settle::settle;
use access_contract::{Issue, Notice, Operation, Outcome, OutcomeClass, ReportPeriod, Settlement, Severity, Track};

const AT: &str = "2026-11-23T10:00:00Z";

fn period(name: &str) -> ReportPeriod {
    ReportPeriod {
        kind: name.split('-').next().unwrap().to_owned(),
        period: name.to_owned(),
        alignment: "A1".to_owned(),
        from: "2026-09-01".to_owned(),
        until: "2026-12-01".to_owned(),
    }
}

fn outcome(code: &str) -> Outcome {
    let facts = profile().guide.result("report-data", code).unwrap();
    Outcome {
        class: OutcomeClass::from(facts.class.as_str()),
        code: code.to_owned(),
        system: profile().guide.operation("report-data").unwrap().result_system.clone(),
        display: facts.display.clone(),
        meaning: facts.meaning.clone(),
        next_step: facts.next_step.clone(),
        text: String::new(),
        issues: Vec::new(),
    }
}

fn settlement(id: &str, outcome: Outcome) -> Settlement {
    Settlement {
        participant: "ACCES12345".to_owned(),
        operation: Operation::ReportData,
        track: Track::Ckm,
        submission: id.to_owned(),
        cms_submission: format!("cms-{id}"),
        control_id: "M1".to_owned(),
        basis: String::new(),
        outcome,
        at: AT.to_owned(),
        accepted_at: String::new(),
        attempted_at: String::new(),
        report: Some(period("quarterly-1")),
        entries: vec!["m:1".to_owned(), "m:2".to_owned()],
        payload: String::new(),
    }
}

fn aligned() -> Chart {
    let standing = Standing {
        state: "aligned".to_owned(),
        code: "aligned".to_owned(),
        alignment: "A1".to_owned(),
        aligned_at: "2026-09-01T00:00:00Z".to_owned(),
        ..Standing::default()
    };
    Chart { standing: [("CKM".to_owned(), standing)].into(), ..Chart::empty() }
}

fn after(chart: &Chart, settlement: &Settlement) -> (Chart, Notice) {
    let mut settled = settle(profile(), &chart.write().unwrap(), settlement).unwrap();
    (Chart::parse(&settled.document).unwrap(), settled.notices.remove(0))
}

#[test]
fn an_accepted_report_is_kept_with_what_it_carried() {
    let (chart, notice) = after(&aligned(), &settlement("s1", outcome("success")));
    let [report] = chart.reports["CKM"].as_slice() else { panic!() };
    assert_eq!((report.code.as_str(), report.at.as_str()), ("success", AT));
    assert_eq!((report.submission.as_str(), report.cms_submission.as_str()), ("s1", "cms-s1"));
    assert_eq!((report.period.clone(), report.entries.len()), (period("quarterly-1"), 2));
    assert!(report.is_delivered() && report.missing.is_empty());
    assert_eq!((chart.standing["CKM"].state.as_str(), chart.standing["CKM"].code.as_str()), ("aligned", "aligned"));
    assert_eq!(notice.severity, Severity::Information);
    assert!(notice.text.ends_with("Report: quarterly-1."), "{}", notice.text);
}

#[test]
fn a_duplicate_counts_as_delivered_and_a_late_report_does_not() {
    for (code, delivered) in [
        ("duplicate", true),
        ("success", true),
        ("reporting-period-closed", false),
        ("incomplete-data", false),
        ("incorrect-track", false),
    ] {
        let (chart, _) = after(&aligned(), &settlement("s1", outcome(code)));
        assert_eq!(chart.reports["CKM"][0].is_delivered(), delivered, "{code}");
        assert_eq!(chart.standing["CKM"].state, "aligned", "{code}");
    }
}

#[test]
fn a_report_counts_from_its_acceptance_and_a_duplicate_from_the_first_attempt() {
    let (accepted, attempted) = ("2026-11-20T09:00:00Z", "2026-11-19T08:00:00Z");
    let answered = |code: &str| Settlement {
        accepted_at: accepted.to_owned(),
        attempted_at: attempted.to_owned(),
        ..settlement("s1", outcome(code))
    };
    let since = |chart: &Chart| chart.reports["CKM"].last().unwrap().counts_from().to_owned();
    assert_eq!(since(&after(&aligned(), &answered("success")).0), accepted);
    assert_eq!(since(&after(&aligned(), &answered("duplicate")).0), attempted);
    assert_eq!(since(&after(&aligned(), &settlement("s1", outcome("success"))).0), AT);
    // An attempt that ended here as a failure is what CMS may have.
    let mut failed = aligned();
    let known = after(&aligned(), &answered("success")).0.reports["CKM"][0].clone();
    let first = Reported {
        code: String::new(),
        at: "2026-11-18T08:00:00Z".to_owned(),
        since: String::new(),
        submission: "s0".to_owned(),
        ..known
    };
    failed.reports.insert("CKM".to_owned(), vec![first]);
    assert_eq!(since(&after(&failed, &answered("duplicate")).0), "2026-11-18T08:00:00Z");
    assert_eq!(since(&after(&failed, &answered("success")).0), accepted);
}

#[test]
fn nobody_aligned_ends_the_alignment() {
    let (chart, notice) = after(&aligned(), &settlement("s1", outcome("patient-not-aligned")));
    assert_eq!((chart.standing["CKM"].state.as_str(), chart.standing["CKM"].alignment.as_str()), ("unaligned", "A1"));
    assert_eq!(chart.reports["CKM"][0].code, "patient-not-aligned");
    assert_eq!(notice.severity, Severity::Warning);
}

#[test]
fn what_is_missing_is_kept_and_told_by_name() {
    let issue = |code: &str, rule: &str| Issue::new(Severity::Warning, code, "", "x").rule(rule);
    let issues = vec![
        issue("required", "HbA1c"),
        issue("incomplete", "blood-pressure, HbA1c"),
        issue("value", "BMI"),
        issue("required", "something"),
        Issue::new(Severity::Error, "required", "", "x"),
    ];
    let (chart, notice) = after(&aligned(), &settlement("s1", Outcome { issues, ..outcome("incomplete-data") }));
    assert_eq!(chart.reports["CKM"][0].missing, ["HbA1c", "Blood Pressure"]);
    assert!(notice.text.ends_with("Report: quarterly-1. Missing: HbA1c, Blood Pressure."), "{}", notice.text);
    assert_eq!(notice.issues.len(), 5);
}

/// What came while CMS dealt with a report was taken for asked, and the report that lacked it was not sent again.
#[test]
fn what_was_asked_for_meanwhile_may_be_asked_for_again_once_cms_has_answered() {
    let mut chart = aligned();
    let key = crate::plan::reports::asked_key("CKM", &period("quarterly-1"));
    chart.told.insert(key.clone(), "newer".to_owned());
    let answered = |basis: &str| {
        let settlement = Settlement { basis: basis.to_owned(), ..settlement("s1", outcome("incomplete-data")) };
        after(&chart, &settlement).0.told.contains_key(&key)
    };
    // The one that was asked for last is not asked for again as it is.
    assert_eq!([answered("sent"), answered("newer"), answered("")], [false, true, false]);
    // What failed here is a person's to repeat.
    let system = crate::interpret::ISSUE_TYPES.to_owned();
    let failed = Outcome { class: OutcomeClass::Failed, code: "exception".to_owned(), system, ..outcome("success") };
    let failed = Settlement { basis: "sent".to_owned(), ..settlement("s1", failed) };
    assert!(after(&chart, &failed).0.told.contains_key(&key));
}

#[test]
fn a_technical_failure_is_kept_without_a_code_and_a_later_answer_takes_its_place() {
    let failed = Outcome {
        class: OutcomeClass::Failed,
        code: "exception".to_owned(),
        system: crate::interpret::ISSUE_TYPES.to_owned(),
        ..outcome("success")
    };
    let (chart, _) = after(&aligned(), &settlement("s1", failed));
    assert_eq!(chart.reports["CKM"][0].code, "");
    assert!(!chart.reports["CKM"][0].is_delivered());
    let (chart, _) = after(&chart, &settlement("s1", outcome("success")));
    assert_eq!(chart.reports["CKM"].iter().map(|report| report.code.as_str()).collect::<Vec<_>>(), ["success"]);
    let (chart, _) = after(&chart, &settlement("s2", outcome("duplicate")));
    assert_eq!(chart.reports["CKM"].len(), 2);
}

#[test]
fn a_result_that_is_not_known_is_an_answer_and_delivers_nothing() {
    // People were told that it counts as not done, and the calendar went on.
    for code in ["later", "success", "reporting-period-closed"] {
        let (code, system) = (code.to_owned(), "x".to_owned());
        let unknown = Outcome { class: OutcomeClass::Unknown, code, system, ..outcome("success") };
        let (chart, _) = after(&aligned(), &settlement("s1", unknown));
        assert_eq!(chart.reports["CKM"][0].code, "result-unknown");
        assert!(!chart.reports["CKM"][0].is_delivered());
    }
}

/// The answer to a report of the alignment before ended the one that had followed it.
#[test]
fn an_answer_about_a_former_alignment_leaves_the_present_one() {
    let mut chart = aligned();
    let standing = chart.standing.get_mut("CKM").unwrap();
    (standing.alignment, standing.former_alignments) = ("A2".to_owned(), vec!["A1".to_owned()]);
    let before = chart.standing.clone();
    let (chart, notice) = after(&chart, &settlement("s1", outcome("patient-not-aligned")));
    assert_eq!((&chart.standing, chart.ended().len()), (&before, 0));
    assert_eq!((chart.reports["CKM"][0].period.alignment.as_str(), chart.reports["CKM"].len()), ("A1", 1));
    assert_eq!(notice.issues.iter().map(|issue| issue.code.as_str()).collect::<Vec<_>>(), ["alignment-former"]);
}

#[test]
fn only_reports_are_kept() {
    let other = Settlement { operation: Operation::CheckEligibility, ..settlement("s1", outcome("success")) };
    assert!(after(&aligned(), &other).0.reports.is_empty());
    let unsaid = Settlement { report: None, ..settlement("s1", outcome("success")) };
    assert!(after(&aligned(), &unsaid).0.reports.is_empty());
}

#[test]
fn the_list_is_bounded_and_keeps_what_was_delivered() {
    let reported = |number: usize, code: &str| Reported {
        period: period("baseline"),
        code: code.to_owned(),
        at: AT.to_owned(),
        since: String::new(),
        submission: format!("old-{number}"),
        cms_submission: String::new(),
        entries: Vec::new(),
        missing: Vec::new(),
    };
    let mut chart = aligned();
    let codes =
        (0..MAX_REPORTS).map(|number| reported(number, if number == 0 { "success" } else { "incomplete-data" }));
    chart.reports.insert("CKM".to_owned(), codes.collect());
    let (chart, _) = after(&chart, &settlement("s1", outcome("incomplete-data")));
    let kept: Vec<&str> = chart.reports["CKM"].iter().map(|report| report.submission.as_str()).collect();
    assert_eq!((kept.len(), kept[0], kept[1]), (MAX_REPORTS, "old-0", "old-2"));
}
