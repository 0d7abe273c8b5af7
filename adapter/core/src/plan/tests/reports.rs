//! Reports that go out, and dates that are told, as time passes over a chart.

use super::kit::*;
use crate::chart::{Chart, Reported};
use access_contract::{Entry, EntryKind, Mode, Operation, Plan, ReportPeriod};
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

pub(super) fn answered(mut chart: Chart, period: &str, day: &str, code: &str) -> Chart {
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
        since: String::new(),
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
fn no_report_of_a_deleted_record_goes_out_and_its_dates_are_told() {
    let chart = aligned("BH", &["F32.9"]);
    let deleted = feed("ADT^A29").effect(EventEffect::Review).at("2026-08-09T09:00:00").write(&[chart]);
    let looked = on(&plain(), &deleted, "2026-09-20");
    assert!(looked.intents.is_empty());
    assert_eq!(deadlines(&looked).len(), 1);
    let back = feed("ADT^A08").at("2026-08-09T10:00:00").write(&[super::kit::chart(&looked)]);
    assert_eq!(reports(&on(&plain(), &back, "2026-09-20")).len(), 1);
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

/// Notices of looks on the given days, one after the other.
fn told_on(profile: &Profile, mut chart: Chart, days: &[&str]) -> Vec<String> {
    let mut told = Vec::new();
    for day in days {
        let plan = on(profile, &chart, day);
        let reports = deadlines(&plan).into_iter().filter(|line| line.starts_with("report-"));
        told.extend(reports.map(|line| format!("{day} {line}")));
        chart = super::kit::chart(&plan);
    }
    told
}

#[test]
fn a_complete_report_that_does_not_arrive_is_reminded_of() {
    let days = ["2026-09-16", "2026-09-17", "2026-09-21", "2026-10-01"];
    let reminded = ["2026-09-17 report-due BH 2026-10-01", "2026-09-21 report-unsent BH 2026-10-01"];
    let chart = aligned("BH", &["F32.9"]);
    for mode in [TriggerMode::Off, TriggerMode::Hold, TriggerMode::Auto] {
        let mut profile = plain();
        profile.reports.mode = Some(mode);
        // What goes out by itself has a day to arrive.
        let first = usize::from(mode == TriggerMode::Auto);
        assert_eq!(told_on(&profile, chart.clone(), &days), reminded[first..], "{mode:?}");
    }
    // Refused, or found incomplete.
    for code in ["incomplete-data", "incorrect-track", ""] {
        let sent = super::kit::chart(&on(&plain(), &chart, "2026-09-16"));
        let refused = answered(sent, "baseline", "2026-09-16", code);
        assert_eq!(told_on(&plain(), refused, &days[1..]), reminded, "{code}");
    }
}

/// A report that CMS had accepted in time, and had not answered, was told as missed.
#[test]
fn a_report_without_an_answer_is_told_as_that_when_its_last_day_has_passed() {
    let chart = aligned("BH", &["F32.9"]);
    let after = |mode: TriggerMode, answer: Option<&str>| {
        let mut profile = plain();
        profile.reports.mode = Some(mode);
        let mut chart = super::kit::chart(&on(&profile, &chart, "2026-10-01"));
        if let Some(code) = answer {
            chart = answered(chart, "baseline", "2026-10-01", code);
        }
        let told = told_on(&profile, chart.clone(), &["2026-10-02", "2026-10-03", "2026-10-04"]);
        // Once CMS has refused it, it is missed.
        chart = super::kit::chart(&on(&profile, &chart, "2026-10-02"));
        let refused = answered(chart, "baseline", "2026-10-03", "reporting-period-closed");
        (told, told_on(&profile, refused, &["2026-10-03"]))
    };
    let line = |day: &str, code: &str| vec![format!("{day} {code} BH 2026-10-01")];
    let (auto, late) = (TriggerMode::Auto, "2026-10-02");
    // A submission that was cancelled or given up has no answer: it does not stay awaited for ever.
    let in_vain = [line(late, "report-unanswered"), line("2026-10-04", "report-missed")].concat();
    assert_eq!(after(auto, None), (in_vain, line("2026-10-03", "report-missed")));
    assert_eq!(after(auto, Some("incomplete-data")), (line(late, "report-missed"), vec![]));
    assert_eq!(after(auto, Some("success")).0, Vec::<String>::new());
    // Nobody let it go.
    assert_eq!(after(TriggerMode::Hold, None).0, line(late, "report-missed"));
}

/// A baseline that was approved forty days after its last day was posted.
#[test]
fn what_is_held_is_withdrawn_when_its_last_day_has_passed() {
    let mut profile = plain();
    profile.reports.mode = Some(TriggerMode::Hold);
    let held = super::kit::chart(&on(&profile, &aligned("BH", &["F32.9"]), "2026-08-10"));
    let open = on(&profile, &held, "2026-10-01");
    assert!(lapses(&open).is_empty());
    let missed = on(&profile, &super::kit::chart(&open), "2026-10-02");
    assert_eq!(lapses(&missed), ["report BH"]);
    assert!(lapses(&on(&profile, &super::kit::chart(&missed), "2026-10-03")).is_empty(), "once");
    // Where nothing was asked for there is nothing to withdraw.
    assert!(lapses(&on(&profile, &aligned("BH", &["F32.9"]), "2026-10-02")).is_empty());
}

/// Each new reading sent the same wrong report anew.
#[test]
fn only_what_was_incomplete_goes_out_again_by_itself() {
    let mut profile = plain();
    profile.reports.needs = access_mappings::example().unwrap().reports.needs.clone();
    profile.reports.needs.retain(|need| need.any == ["weight"]);
    let chart = standing(beneficiary(&["E66.9"]).write(&[]), "eCKM", "aligned", "2026-08-02T09:00:00Z");
    let sent = |code: &str| {
        let mut report = answered(aligned("BH", &[]), "baseline", "2026-08-10", code).reports["BH"][0].clone();
        report.period.alignment = "sub-eCKM".to_owned();
        report.entries = vec!["m:old".to_owned()];
        let mut chart = chart.clone();
        chart.reports.insert("eCKM".to_owned(), vec![report]);
        let mut request = plan_request(String::new(), std::slice::from_ref(&chart));
        request.now = "2026-08-10T12:00:00Z".to_owned();
        request.entries = vec![weighed("2026-08-10T08:00:00Z")];
        reports(&super::super::plan(&profile, &request).unwrap()).len()
    };
    let codes = ["incomplete-data", "incorrect-track", "result-unknown", "reporting-period-closed"];
    assert_eq!(codes.map(sent), [1, 0, 0, 0]);
    // Who is aligned again after this answer was asked about under another number.
    assert_eq!(sent("patient-not-aligned"), 1);
}

/// A report that went out a day too early was given up for good, with its window before it.
#[test]
fn a_report_whose_period_is_closed_too_early_is_held_on_the_next_day() {
    let chart = aligned("BH", &["F32.9"]);
    let sent = super::kit::chart(&on(&plain(), &chart, "2026-08-10"));
    let closed = answered(sent, "baseline", "2026-08-10", "reporting-period-closed");
    let same = on(&plain(), &closed, "2026-08-10");
    assert!(reports(&same).is_empty());
    assert_eq!(same.chart.as_ref().unwrap().look_at.as_deref(), Some("2026-08-11T00:00:00Z"));
    let next = on(&plain(), &super::kit::chart(&same), "2026-08-11");
    assert_eq!(intents(&next), ["report-data BH hold report"]);
    let after = super::kit::chart(&next);
    assert!(reports(&on(&plain(), &after, "2026-08-12")).is_empty(), "once");
    // A second time it is a person's again, on a later day.
    let again = answered(after, "baseline", "2026-08-12", "reporting-period-closed");
    assert!(reports(&on(&plain(), &again, "2026-08-12")).is_empty());
    assert_eq!(intents(&on(&plain(), &again, "2026-08-13")), ["report-data BH hold report"]);
    // After its last day nothing goes out by itself, and whoever names it may send it.
    let late = "2026-10-02";
    assert!(reports(&on(&plain(), &again, late)).is_empty());
    let zac = |kind: &str| {
        let asks = feed("ADT^A08").effect(EventEffect::Ignore).asks("REPORT", |request| {
            (request.track, request.reason) = ("BH".to_owned(), kind.to_owned());
        });
        let mut request = plan_request(asks.text(), std::slice::from_ref(&again));
        request.now = format!("{late}T12:00:00Z");
        let plan = super::super::plan(&plain(), &request).unwrap();
        plan.intents.iter().filter(|intent| intent.operation == Operation::ReportData).count()
    };
    assert_eq!([zac("baseline"), zac("")], [1, 0]);
}

/// On day 365 the end-of-period report went out, and CMS closed the quarter whose window was open.
#[test]
fn an_end_of_period_report_waits_for_the_last_quarter_while_there_is_time() {
    // Aligned on 2 August: the period ends on 2 August, the quarter is open from 20 July to 29 August.
    let mut chart = answered(aligned("BH", &["F32.9"]), "baseline", "2026-08-20", "success");
    chart = answered(chart, "quarterly-1", "2027-05-11", "success");
    let sent = |chart: &Chart, day: &str| -> Vec<String> {
        reports(&on(&plain(), chart, day)).into_iter().map(|report| report.period.clone()).collect()
    };
    assert_eq!(sent(&chart, "2027-08-02"), ["quarterly-2"]);
    // Neither does it go out while the quarter is on its way.
    let polled = super::kit::chart(&on(&plain(), &chart, "2027-08-02"));
    assert!(sent(&polled, "2027-08-29").is_empty());
    for (quarter, day) in [("success", "2027-08-03"), ("incorrect-track", "2027-08-30")] {
        let answered = answered(polled.clone(), "quarterly-2", "2027-08-03", quarter);
        assert_eq!(sent(&answered, day), ["end-of-period"], "{quarter}");
    }
    // It is not late for it: a site that wants much time before the last day gets it.
    let mut hasty = plain();
    hasty.reports.late = 50;
    let days = ["2027-08-11", "2027-08-12"].map(|day| reports(&on(&hasty, &polled, day)).len());
    assert_eq!(days, [0, 1]);
}

#[test]
fn a_report_on_its_way_needs_no_reminder_for_a_day() {
    let chart = aligned("BH", &["F32.9"]);
    assert_eq!(
        told_on(&plain(), chart.clone(), &["2026-09-21", "2026-09-22", "2026-09-23"]),
        ["2026-09-23 report-unsent BH 2026-10-01"]
    );
    let plan = on(&plain(), &chart, "2026-09-21");
    assert_eq!(plan.chart.as_ref().unwrap().look_at.as_deref(), Some("2026-09-23T00:00:00Z"));
    let refused = answered(super::kit::chart(&plan), "baseline", "2026-09-21", "incomplete-data");
    assert_eq!(told_on(&plain(), refused, &["2026-09-21"]), ["2026-09-21 report-unsent BH 2026-10-01"]);
}

/// The answer named what was missing, the calendar did not, and the same report went out once more by itself.
#[test]
fn what_cms_finds_missing_is_missing_until_there_is_a_newer_reading() {
    let mut profile = plain();
    profile.reports.needs = access_mappings::example().unwrap().reports.needs.clone();
    profile.reports.needs.retain(|need| need.any == ["weight"]);
    let chart = standing(beneficiary(&["E66.9"]).write(&[]), "eCKM", "aligned", "2026-08-02T09:00:00Z");
    let weighed = |key: &str, stated: &str| Entry {
        key: key.to_owned(),
        kind: EntryKind::Measure,
        code: "weight".to_owned(),
        at: "2026-08-09".to_owned(),
        document: serde_json::json!({
            "measure": "weight", "loinc": "29463-7", "status": "final", "at": "2026-08-09", "stated": stated,
            "value": {"quantity": {"value": "82", "comparator": "", "unit": "kg", "code": "kg"}},
            "from": {"feed": "M1", "path": "OBX[1]", "rule": ""},
        })
        .to_string(),
    };
    let refused = |missing: &[&str]| {
        let mut chart = chart.clone();
        let mut report =
            answered(aligned("BH", &[]), "baseline", "2026-08-10", "incomplete-data").reports["BH"][0].clone();
        report.period.alignment = "sub-eCKM".to_owned();
        report.entries = vec!["m:1".to_owned()];
        report.missing = missing.iter().map(|name| (*name).to_owned()).collect();
        chart.reports.insert("eCKM".to_owned(), vec![report]);
        chart
    };
    let look = |chart: &Chart, entry: Entry| {
        let mut request = plan_request(String::new(), std::slice::from_ref(chart));
        request.now = "2026-08-10T12:00:00Z".to_owned();
        request.entries = vec![entry.clone()];
        let sent = reports(&super::super::plan(&profile, &request).unwrap()).len();
        let document = chart.write().unwrap();
        let dates = crate::calendar::calendar(&profile, PARTICIPANT, &document, &[entry], &request.now).unwrap();
        (sent, dates.into_iter().find(|date| date.kind == "baseline").unwrap().missing)
    };
    let old = || weighed("m:1", "2026-08-09T10:00:00Z");
    assert_eq!(look(&chart, old()), (1, vec![]));
    assert_eq!(look(&refused(&["Weight"]), old()), (0, vec!["Weight".to_owned()]));
    // Where CMS names nothing that is known here, the same readings are not sent twice either.
    assert_eq!(look(&refused(&[]), old()), (0, vec![]));
    for newer in [weighed("m:2", "2026-08-09T10:00:00Z"), weighed("m:1", "2026-08-10T10:00:00Z")] {
        assert_eq!(look(&refused(&["Weight"]), newer), (1, vec![]));
    }
    assert_eq!(look(&refused(&["Waist Circumference"]), old()), (0, vec!["Waist Circumference".to_owned()]));
}

/// The reminder of a renewal and CMS's own notice advised a request to align, which sends nothing for somebody who is aligned.
#[test]
fn a_renewal_is_asked_of_cms_and_no_order_is_advised_that_sends_nothing() {
    let chart = aligned("BH", &["F32.9"]);
    let mut profile = plain();
    profile.reports.mode = Some(TriggerMode::Off);
    let looked = on(&profile, &chart, "2027-07-20");
    let told = looked.notices.iter().find(|notice| notice.code == "renewal-due").unwrap();
    let event = profile.guide.notification("alignment-renewal").unwrap();
    for advice in [&told.next_step, &event.next_step] {
        assert!(advice.contains("ask CMS") && !advice.contains("ALIGN"), "{advice}");
    }
    let order = beneficiary(&["F32.9"]).at("2027-07-20T09:00:00").asks("ALIGN", |request| {
        request.provider_referral = Some(true);
        request.track = "BH".to_owned();
    });
    let plan = order.plan(&[super::kit::chart(&looked)]);
    assert!(plan.intents.iter().all(|intent| intent.operation != Operation::Align));
}

/// CMS missed something that the rows of the profile do not ask for: it came, was never sent, and the report waited for it for good.
#[test]
fn what_only_cms_asks_for_is_sent_when_it_comes() {
    let mut profile = plain();
    profile.reports.needs = access_mappings::example().unwrap().reports.needs.clone();
    profile.reports.needs.retain(|need| need.any == ["waist-circumference"]);
    profile.reports.needs.iter_mut().for_each(|need| need.required = false);
    let mut chart = standing(beneficiary(&["E66.9"]).write(&[]), "eCKM", "aligned", "2026-08-02T09:00:00Z");
    let refusal = |day: &str, entries: &[&str], missing: &[&str]| {
        let mut report = answered(aligned("BH", &[]), "baseline", day, "incomplete-data").reports["BH"][0].clone();
        report.period.alignment = "sub-eCKM".to_owned();
        report.entries = entries.iter().map(|key| (*key).to_owned()).collect();
        report.missing = missing.iter().map(|name| (*name).to_owned()).collect();
        report
    };
    chart.reports.insert("eCKM".to_owned(), vec![refusal("2026-08-10", &["w"], &["Weight"])]);
    let look = |chart: &Chart, entries: &[Entry]| {
        let mut request = plan_request(String::new(), std::slice::from_ref(chart));
        (request.now, request.entries) = ("2026-08-12T12:00:00Z".to_owned(), entries.to_vec());
        let plan = super::super::plan(&profile, &request).unwrap();
        let document = chart.write().unwrap();
        let dates = crate::calendar::calendar(&profile, PARTICIPANT, &document, entries, &request.now).unwrap();
        (reports(&plan).len(), dates.into_iter().find(|date| date.kind == "baseline").unwrap().missing)
    };
    let came = weighed("2026-08-11T08:00:00Z");
    assert_eq!(look(&chart, &[]), (0, vec!["Weight".to_owned()]));
    assert_eq!(look(&chart, std::slice::from_ref(&came)), (1, vec![]));
    // What an earlier answer named is in the next report, too: without it this one would carry nothing.
    chart.reports.get_mut("eCKM").unwrap().push(refusal("2026-08-11", &["w", &came.key], &[]));
    let newer = Entry { key: "m:newer".to_owned(), ..came };
    assert_eq!(look(&chart, &[newer]), (1, vec![]));
}

/// A correction that came between the POST of a report and its answer found no report that it could be told of.
#[test]
fn what_is_corrected_while_cms_deals_with_a_report_is_told_after_its_answer() {
    let entry = |status: &str, stated: &str| {
        let weight = weighed("2026-08-09T08:00:00Z");
        let mut said: serde_json::Value = serde_json::from_str(&weight.document).unwrap();
        (said["status"], said["stated"]) = (status.into(), stated.into());
        Entry { document: said.to_string(), ..weight }
    };
    let mut chart = answered(aligned("BH", &["F32.9"]), "baseline", "2026-08-10", "success");
    let report = &mut chart.reports.get_mut("BH").unwrap()[0];
    "s1".clone_into(&mut report.submission);
    "2026-08-10T08:00:00Z".clone_into(&mut report.since);
    report.entries = vec![entry("", "").key];
    let look = |chart: &Chart, now: &str, entry: Entry| {
        let mut request = plan_request(String::new(), std::slice::from_ref(chart));
        (request.now, request.entries) = (now.to_owned(), vec![entry]);
        let plan = super::super::plan(&plain(), &request).unwrap();
        let told = plan.notices.iter().filter(|notice| notice.code == "reported-value-changed");
        (told.map(|notice| notice.text.clone()).collect::<Vec<_>>(), super::kit::chart(&plan))
    };
    let (soon, meanwhile) = ("2026-08-10T09:00:05Z", "2026-08-10T08:30:00Z");
    for (status, word) in [("corrected", "changed"), ("entered-in-error", "withdrawn")] {
        let (told, after) = look(&chart, soon, entry(status, meanwhile));
        assert_eq!(told, [format!("Weight: what the baseline report of track BH carried was {word} at its source")]);
        // Once; what comes later is told when it comes.
        assert!(look(&after, "2026-08-10T09:10:00Z", entry(status, "2026-08-10T09:09:00Z")).0.is_empty());
    }
    assert!(look(&chart, soon, entry("corrected", "2026-08-10T07:59:00Z")).0.is_empty());
    assert!(look(&chart, soon, entry("final", meanwhile)).0.is_empty());
    // Of a report of long ago it was told long ago.
    assert!(look(&chart, "2026-08-12T09:00:00Z", entry("corrected", meanwhile)).0.is_empty());
}

/// A weight that was taken then.
fn weighed(at: &str) -> Entry {
    let observation = serde_json::json!({
        "measure": "weight", "loinc": "29463-7", "status": "final", "at": at, "identifier": "", "method": "",
        "performer": "", "stated": "", "confirmed": "",
        "value": {"quantity": {"value": "82", "comparator": "", "unit": "kg", "code": "kg"}},
        "from": {"feed": "M1", "path": "OBX[1]", "rule": ""},
    });
    Entry {
        key: format!("m:{at}"),
        kind: EntryKind::Measure,
        code: "weight".to_owned(),
        at: at.to_owned(),
        document: observation.to_string(),
    }
}

/// CMS takes the report of a period once: what came a minute after it was complete never got there.
#[test]
fn a_report_waits_for_what_comes_with_its_newest_reading() {
    let mut profile = plain();
    profile.reports.settle = 24;
    profile.reports.needs = access_mappings::example().unwrap().reports.needs.clone();
    profile.reports.needs.retain(|need| need.any == ["weight"]);
    let chart = standing(beneficiary(&["E66.9"]).write(&[]), "eCKM", "aligned", "2026-08-02T09:00:00Z");
    let look = |taken: &[&str], now: &str| {
        let mut request = plan_request(String::new(), std::slice::from_ref(&chart));
        request.now = now.to_owned();
        request.entries = taken.iter().map(|at| weighed(at)).collect();
        let plan = super::super::plan(&profile, &request).unwrap();
        (reports(&plan).len(), plan.chart.unwrap().look_at.unwrap_or_default())
    };
    let (first, second) = ("2026-08-10T08:00:00Z", "2026-08-10T15:00:00Z");
    assert_eq!(look(&[first], "2026-08-10T12:00:00Z"), (0, "2026-08-11T08:00:00Z".to_owned()));
    assert_eq!(look(&[first, second], "2026-08-10T16:00:00Z"), (0, "2026-08-11T15:00:00Z".to_owned()));
    assert_eq!(look(&[first, second], "2026-08-11T15:00:00Z").0, 1);
    // Within the last days there is no time for it.
    assert_eq!(look(&["2026-09-21T08:00:00Z"], "2026-09-21T12:00:00Z").0, 1);
    assert_eq!(look(&["2026-09-20T08:00:00Z"], "2026-09-20T12:00:00Z").0, 0);
}

#[test]
fn what_is_dated_ahead_of_our_clock_completes_the_report_when_its_time_comes() {
    let mut profile = plain();
    profile.reports.needs = access_mappings::example().unwrap().reports.needs.clone();
    profile.reports.needs.retain(|need| need.any == ["weight"]);
    let chart = standing(beneficiary(&["E66.9"]).write(&[]), "eCKM", "aligned", "2026-08-02T09:00:00Z");
    let look = |at: &str, chart: &Chart, now: &str| {
        let mut request = plan_request(String::new(), std::slice::from_ref(chart));
        request.now = now.to_owned();
        request.entries = vec![weighed(at)];
        super::super::plan(&profile, &request).unwrap()
    };
    // A clock that is four minutes ahead is none of the future.
    assert_eq!(reports(&look("2026-08-10T12:04:00Z", &chart, "2026-08-10T12:00:00Z")).len(), 1);
    let early = look("2026-08-10T12:20:30Z", &chart, "2026-08-10T12:00:00Z");
    assert!(reports(&early).is_empty());
    assert_eq!(early.chart.as_ref().unwrap().look_at.as_deref(), Some("2026-08-10T12:15:30Z"));
    // News in between that measures nothing does not forget it.
    let news = feed("ADT^A08").at("2026-08-10T12:01:00");
    let mut request = plan_request(news.text(), &[super::kit::chart(&early)]);
    request.now = "2026-08-10T12:01:00Z".to_owned();
    let between = super::super::plan(&profile, &request).unwrap();
    assert_eq!(between.chart.as_ref().unwrap().look_at.as_deref(), Some("2026-08-10T12:15:30Z"));
    let due = look("2026-08-10T12:20:30Z", &super::kit::chart(&between), "2026-08-10T12:15:30Z");
    assert_eq!(reports(&due).len(), 1);
    assert_ne!(due.chart.as_ref().unwrap().look_at.as_deref(), Some("2026-08-10T12:15:30Z"));
    // A date comes with its day.
    let dated = look("2026-08-12", &chart, "2026-08-10T12:00:00Z");
    assert_eq!(dated.chart.as_ref().unwrap().look_at.as_deref(), Some("2026-08-12T00:00:00Z"));
}

#[test]
fn only_where_reports_go_out_by_themselves_is_that_said() {
    let chart = aligned("BH", &["F32.9"]);
    let mut profile = plain();
    profile.reports.needs = access_mappings::example().unwrap().reports.needs.clone();
    for (mode, says) in [(TriggerMode::Auto, true), (TriggerMode::Hold, false), (TriggerMode::Off, false)] {
        profile.reports.mode = Some(mode);
        let plan = on(&profile, &chart, "2026-09-17");
        assert_eq!(plan.notices[0].next_step.contains("the report goes out by itself"), says, "{mode:?}");
    }
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
