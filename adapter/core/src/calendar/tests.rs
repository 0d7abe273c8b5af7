//! The calendar against a straightforward model, and its boundary days.

use super::{BASELINE, CONTROL_GROUP_END, Due, END_OF_PERIOD, LOCK_IN_END, QUARTERLY, RENEWAL, State, dates};
use crate::chart::{Chart, Reported, Standing};
use crate::plan::moment::Moment;
use access_contract::ReportPeriod;
use access_mappings::Profile;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;

const START: Date = date(2026, 1, 10);

fn profile(zone: &str, margin: u16) -> Profile {
    let mut profile = access_mappings::example().unwrap();
    zone.clone_into(&mut profile.reports.zone);
    profile.reports.margin = margin;
    profile.reports.lookback = 0;
    profile
}

fn noon(day: Date) -> String {
    format!("{day}T12:00:00Z")
}

fn report(kind: &str, period: &str, day: Date, code: &str) -> Reported {
    Reported {
        period: ReportPeriod {
            kind: kind.to_owned(),
            period: period.to_owned(),
            alignment: "sub-1".to_owned(),
            from: String::new(),
            until: String::new(),
        },
        code: code.to_owned(),
        at: noon(day),
        since: String::new(),
        submission: String::new(),
        cms_submission: String::new(),
        entries: Vec::new(),
        missing: Vec::new(),
    }
}

fn chart(track: &str, reports: Vec<Reported>) -> Chart {
    let standing = Standing {
        state: "aligned".to_owned(),
        aligned_at: noon(START),
        alignment: "sub-1".to_owned(),
        ..Standing::default()
    };
    let mut chart = Chart::empty();
    chart.standing.insert(track.to_owned(), standing);
    chart.reports.insert(track.to_owned(), reports);
    chart
}

fn on(profile: &Profile, chart: &Chart, day: Date) -> Vec<Due> {
    dates(profile, chart, Moment::parse(&noon(day)).unwrap())
}

fn day(number: i64) -> Date {
    START.checked_add(number.days()).unwrap()
}

fn the<'a>(dates: &'a [Due], kind: &str) -> &'a Due {
    dates.iter().find(|due| due.kind == kind).unwrap()
}

#[test]
fn the_days_of_the_guide_count_from_the_day_of_the_alignment() {
    let profile = profile("UTC", 0);
    let found = on(&profile, &chart("CKM", vec![]), day(5));
    let shown: Vec<(&str, Date, State)> = found.iter().map(|due| (due.kind, due.due, due.state)).collect();
    assert_eq!(
        shown,
        [
            (BASELINE, day(60), State::Open),
            (LOCK_IN_END, day(90), State::Upcoming),
            (RENEWAL, day(365), State::Upcoming),
            (END_OF_PERIOD, day(425), State::Upcoming),
        ]
    );
    assert_eq!(the(&found, END_OF_PERIOD).opens, Some(day(275)));
    let found = on(&profile, &chart("BH", vec![]), day(5));
    assert_eq!(the(&found, END_OF_PERIOD).opens, Some(day(185)));
}

#[test]
fn windows_open_and_close_on_their_days_and_a_margin_keeps_clear_of_both_and_closes_nothing() {
    let reports = vec![report(BASELINE, BASELINE, day(20), "success")];
    for (margin, opens, due) in [(0, 90, 130), (1, 91, 129)] {
        let profile = profile("UTC", margin);
        let chart = chart("CKM", reports.clone());
        let state = |number: i64| the(&on(&profile, &chart, day(number)), QUARTERLY).state;
        assert_eq!(state(opens - 1), State::Upcoming, "margin {margin}");
        assert_eq!(state(opens), State::Open, "margin {margin}");
        assert_eq!(the(&on(&profile, &chart, day(opens)), QUARTERLY).due, day(due), "margin {margin}");
        // The last day of the guide is better than none.
        assert_eq!(state(130), State::Open, "margin {margin}");
        assert_eq!(state(131), State::Missed, "margin {margin}");
    }
}

#[test]
fn only_accepted_reports_move_the_calendar_on() {
    let profile = profile("UTC", 0);
    // A period that CMS calls closed may be open tomorrow: its day and ours differ.
    for code in ["incomplete-data", "patient-not-aligned", "reporting-period-closed", ""] {
        let found = on(&profile, &chart("CKM", vec![report(BASELINE, BASELINE, day(9), code)]), day(20));
        assert_eq!(the(&found, BASELINE).state, State::Open, "{code}");
        assert!(found.iter().all(|due| due.kind != QUARTERLY), "{code}");
    }
    // An accepted duplicate is delivered. Reports of an earlier alignment are no concern.
    let found = on(&profile, &chart("CKM", vec![report(BASELINE, BASELINE, day(9), "duplicate")]), day(20));
    assert_eq!((the(&found, BASELINE).state, the(&found, QUARTERLY).opens), (State::Done, Some(day(79))));
    let mut former = report(BASELINE, BASELINE, day(9), "success");
    "sub-0".clone_into(&mut former.period.alignment);
    assert_eq!(the(&on(&profile, &chart("CKM", vec![former]), day(20)), BASELINE).state, State::Open);
}

/// A retry that CMS answered with `duplicate` counted as a second report: the next quarter got the wrong number and a later window.
#[test]
fn a_second_acceptance_of_a_period_moves_nothing() {
    let profile = profile("UTC", 0);
    let mut reports = vec![report(BASELINE, BASELINE, day(9), "success")];
    reports
        .extend([(80, "success"), (95, "duplicate")].map(|(at, code)| report(QUARTERLY, "quarterly-1", day(at), code)));
    let found = on(&profile, &chart("CKM", reports), day(100));
    let quarters: Vec<(&str, Date)> =
        found.iter().filter(|due| due.kind == QUARTERLY).map(|due| (due.period.as_str(), due.due)).collect();
    assert_eq!(quarters, [("quarterly-1", day(80)), ("quarterly-2", day(190))]);
}

/// An answer that was read days after the submission was accepted moved the last day of the next report.
#[test]
fn what_is_due_counts_from_the_acceptance_and_what_opens_from_the_answer() {
    let profile = profile("UTC", 0);
    let mut chart =
        chart("CKM", vec![Reported { since: noon(day(14)), ..report(BASELINE, BASELINE, day(20), "success") }]);
    chart.standing.get_mut("CKM").unwrap().aligned_since = noon(day(-3));
    let found = on(&profile, &chart, day(30));
    assert_eq!((the(&found, BASELINE).due, the(&found, LOCK_IN_END).due), (day(57), day(90)));
    let quarter = the(&found, QUARTERLY);
    assert_eq!((quarter.opens, quarter.from, quarter.due), (Some(day(90)), Some(day(15)), day(124)));
    let end = the(&found, END_OF_PERIOD);
    assert_eq!((end.opens, end.sends, end.due), (Some(day(275)), Some(day(365)), day(422)));
    assert_eq!(the(&found, RENEWAL).due, day(362));
}

/// A quarter whose answer was read forty days late opened after its last day, and was never open.
#[test]
fn a_report_opens_on_its_last_day_at_the_latest() {
    for margin in [0, 1] {
        let profile = profile("UTC", margin);
        let late = Reported { since: noon(day(10)), ..report(BASELINE, BASELINE, day(60), "success") };
        let chart = chart("CKM", vec![late]);
        let last = 120 - i64::from(margin);
        let quarter = |number: i64| the(&on(&profile, &chart, day(number)), QUARTERLY).clone();
        assert_eq!((quarter(61).opens, quarter(61).due), (Some(day(last)), day(last)), "margin {margin}");
        assert_eq!((quarter(last - 1).state, quarter(last).state), (State::Upcoming, State::Open), "margin {margin}");
    }
}

#[test]
fn days_begin_in_the_zone_of_the_profile() {
    // 03:30 UTC on 11 January is still 10 January in Chicago.
    let mut chart = chart("CKM", vec![]);
    "2026-01-11T03:30:00Z".clone_into(&mut chart.standing.get_mut("CKM").unwrap().aligned_at);
    let due = |zone: &str| the(&on(&profile(zone, 0), &chart, day(5)), BASELINE).due;
    assert_eq!((due("UTC"), due("CST6CDT,M3.2.0,M11.1.0")), (day(61), day(60)));
}

#[test]
fn a_control_group_ends_after_its_months() {
    let mut chart = Chart::empty();
    let standing = Standing { state: "control-group".to_owned(), since: noon(START), ..Standing::default() };
    chart.standing.insert("MSK".to_owned(), standing);
    let profile = profile("UTC", 0);
    let found = on(&profile, &chart, day(364));
    assert_eq!((found.len(), found[0].kind, found[0].due), (1, CONTROL_GROUP_END, date(2027, 1, 10)));
    assert_eq!(found[0].state, State::Upcoming);
    assert_eq!(on(&profile, &chart, day(365))[0].state, State::Done);
}

/// What the table in the module's documentation says, day by day and in whole numbers.
fn modelled(baseline: Option<i64>, quarters: &[i64], today: i64) -> Vec<(&'static str, i64, State)> {
    let at = |from: Option<i64>, due: i64| match from {
        _ if today > due => State::Missed,
        Some(from) if today < from => State::Upcoming,
        _ => State::Open,
    };
    let plain = |due: i64| if today < due { State::Upcoming } else { State::Done };
    let mut all = vec![
        (BASELINE, 60, if baseline.is_some() { State::Done } else { at(None, 60) }),
        (LOCK_IN_END, 90, plain(90)),
        (RENEWAL, 365, plain(365)),
        (END_OF_PERIOD, 425, at(Some(275), 425)),
    ];
    all.extend(quarters.iter().map(|quarter| (QUARTERLY, *quarter, State::Done)));
    if let Some(last) = baseline.into_iter().chain(quarters.iter().copied()).max()
        && last + 70 < 365
    {
        all.push((QUARTERLY, last + 110, at(Some(last + 70), last + 110)));
    }
    all
}

proptest! {
    #[test]
    fn the_calendar_agrees_with_the_model(
        baseline in proptest::option::of(1_i64..61),
        gaps in proptest::collection::vec(70_i64..111, 0..4),
        refused in proptest::collection::vec(1_i64..400, 0..3),
        today in 0_i64..500,
    ) {
        let mut reports: Vec<Reported> =
            refused.iter().map(|number| report(QUARTERLY, "quarterly-1", day(*number), "incomplete-data")).collect();
        let mut quarters = Vec::new();
        if let Some(first) = baseline {
            reports.push(report(BASELINE, BASELINE, day(first), "success"));
            let mut last = first;
            for (number, gap) in gaps.iter().enumerate() {
                last += gap;
                if last >= 365 { break }
                quarters.push(last);
                reports.push(report(QUARTERLY, &format!("quarterly-{}", number + 1), day(last), "success"));
            }
        }
        let found = on(&profile("UTC", 0), &chart("CKM", reports), day(today));
        let mut shown: Vec<(&str, Date, State)> = found.iter().map(|due| (due.kind, due.due, due.state)).collect();
        let mut wanted: Vec<(&str, Date, State)> =
            modelled(baseline, &quarters, today).into_iter().map(|(kind, due, state)| (kind, day(due), state)).collect();
        let order = |one: &(&str, Date, State)| (one.1, one.0.to_owned());
        shown.sort_by_key(order);
        wanted.sort_by_key(order);
        prop_assert_eq!(shown, wanted);
    }
}
