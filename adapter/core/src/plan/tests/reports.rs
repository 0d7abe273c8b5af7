//! Reports that go out, and dates that are told, as time passes over a chart.

use super::kit::*;
use crate::chart::{Chart, Reported};
use access_contract::{Mode, Operation, Plan, ReportPeriod};
use access_mappings::{EventEffect, Profile, TriggerMode};

/// The example site in UTC, which needs nothing for its reports unless a test says so.
fn plain() -> Profile {
    let mut profile = profile();
    "UTC".clone_into(&mut profile.reports.zone);
    (profile.reports.margin, profile.reports.late) = (0, 10);
    profile.reports.remind = vec![14, 3];
    profile.reports.needs.clear();
    profile
}

/// Looks at a chart on a day.
fn on(profile: &Profile, chart: &Chart, day: &str) -> Plan {
    let mut request = plan_request(String::new(), std::slice::from_ref(chart));
    request.now = format!("{day}T12:00:00Z");
    super::super::plan(profile, &request).unwrap()
}

fn reports(plan: &Plan) -> Vec<&ReportPeriod> {
    plan.intents.iter().filter_map(|intent| intent.report.as_ref()).collect()
}

fn answered(mut chart: Chart, period: &str, day: &str, code: &str) -> Chart {
    let kind = period.split("-1").next().unwrap_or_default();
    let report = Reported {
        period: ReportPeriod {
            kind: kind.to_owned(),
            period: period.to_owned(),
            alignment: chart.standing["BH"].alignment.clone(),
            from: String::new(),
            until: String::new(),
        },
        code: code.to_owned(),
        at: format!("{day}T09:00:00Z"),
        submission: String::new(),
        cms_submission: String::new(),
        entries: Vec::new(),
        missing: Vec::new(),
    };
    chart.reports.entry("BH".to_owned()).or_default().push(report);
    chart
}

#[test]
fn a_complete_baseline_goes_out_once() {
    let chart = aligned("BH", &["F32.9"]);
    let plan = on(&plain(), &chart, "2026-08-10");
    let sent = reports(&plan);
    assert_eq!((sent.len(), sent[0].kind.as_str(), sent[0].period.as_str()), (1, "baseline", "baseline"));
    assert_eq!((sent[0].from.as_str(), sent[0].until.as_str()), ("2026-08-02", "2026-10-01"));
    assert_eq!((&plan.intents[0].operation, &plan.intents[0].mode), (&Operation::ReportData, &Mode::Auto));
    assert!(deadlines(&plan).is_empty(), "what goes out by itself needs no reminder");
    let again = on(&plain(), &super::kit::chart(&plan), "2026-08-11");
    assert!(reports(&again).is_empty(), "once for the same readings");
}

#[test]
fn a_report_is_held_where_the_site_or_the_participant_says_so() {
    let chart = aligned("BH", &["F32.9"]);
    let mut profile = plain();
    profile.participants[0].report = Some(TriggerMode::Hold);
    let plan = on(&profile, &chart, "2026-08-10");
    assert_eq!((plan.intents[0].mode.clone(), notices(&plan)), (Mode::Hold, vec!["held"]));
    profile.participants[0].report = None;
    profile.reports.mode = Some(TriggerMode::Off);
    assert!(reports(&on(&profile, &chart, "2026-08-10")).is_empty());
}

#[test]
fn a_quarterly_report_waits_for_its_window_and_names_its_period() {
    let chart = answered(aligned("BH", &["F32.9"]), "baseline", "2026-08-20", "success");
    let early = on(&plain(), &chart, "2026-10-28");
    assert!(reports(&early).is_empty());
    assert_eq!(early.chart.as_ref().unwrap().look_at.as_deref(), Some("2026-10-29T00:00:00Z"));
    let open = on(&plain(), &chart, "2026-10-29");
    let sent = reports(&open)[0];
    assert_eq!(
        (sent.period.as_str(), sent.from.as_str(), sent.until.as_str()),
        ("quarterly-1", "2026-08-21", "2026-12-08")
    );
}

#[test]
fn an_end_of_period_report_goes_out_by_itself_only_when_the_period_is_over() {
    let mut chart = answered(aligned("BH", &["F32.9"]), "baseline", "2026-08-20", "success");
    chart = answered(chart, "quarterly-1", "2027-06-01", "success");
    let asked = |day: &str| {
        let plan = on(&plain(), &chart, day);
        reports(&plan).iter().any(|report| report.kind == "end-of-period")
    };
    assert_eq!([asked("2027-02-03"), asked("2027-08-01"), asked("2027-08-02")], [false, false, true]);
    // A person may ask for it as soon as its window is open.
    let zac = |day: &str| {
        let asks = feed("ADT^A08").effect(EventEffect::Ignore).asks("REPORT", |request| {
            (request.track, request.reason) = ("BH".to_owned(), "end-of-period".to_owned());
        });
        let mut request = plan_request(asks.text(), std::slice::from_ref(&chart));
        request.now = format!("{day}T12:00:00Z");
        super::super::plan(&plain(), &request).unwrap()
    };
    let early = zac("2027-02-02");
    assert_eq!((refusals(&early), early.intents.len()), (vec!["report-not-open ZAC[1]-2".to_owned()], 0));
    assert_eq!(reports(&zac("2027-02-03"))[0].kind, "end-of-period");
}

#[test]
fn what_is_incomplete_is_told_in_time_and_what_is_missed_once() {
    let mut profile = plain();
    profile.reports.needs = access_mappings::example().unwrap().reports.needs.clone();
    let mut chart = aligned("BH", &["F32.9"]);
    let mut told = Vec::new();
    for day in
        ["2026-08-10", "2026-09-17", "2026-09-18", "2026-09-21", "2026-09-28", "2026-10-01", "2026-10-02", "2026-10-03"]
    {
        let plan = on(&profile, &chart, day);
        told.extend(deadlines(&plan).into_iter().map(|line| format!("{day} {line}")));
        chart = super::kit::chart(&plan);
    }
    assert_eq!(
        told,
        [
            "2026-09-17 report-due BH 2026-10-01",
            "2026-09-21 report-incomplete BH 2026-10-01",
            "2026-10-02 report-missed BH 2026-10-01",
        ]
    );
}

#[test]
fn the_end_of_the_lock_in_is_told_before_and_when_it_has_come() {
    let mut chart = answered(aligned("BH", &["F32.9"]), "baseline", "2026-08-20", "success");
    let mut told = Vec::new();
    for day in ["2026-10-16", "2026-10-17", "2026-10-20", "2026-10-28", "2026-10-31", "2026-11-01"] {
        let plan = on(&plain(), &chart, day);
        told.extend(deadlines(&plan).into_iter().map(|line| format!("{day} {line}")));
        chart = super::kit::chart(&plan);
    }
    assert_eq!(
        told,
        [
            "2026-10-17 lock-in-ends BH 2026-10-31",
            "2026-10-28 lock-in-ends BH 2026-10-31",
            "2026-10-31 lock-in-ended BH 2026-10-31",
        ]
    );
}
