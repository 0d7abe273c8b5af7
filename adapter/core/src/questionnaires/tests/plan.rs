//! Responses on their way into a chart, and what is told when a reported one changes.

use super::kit::{SITE, csv, example, hl7v2, order, oru, read, resource, rows};
use crate::chart::{Chart, Reported};
use crate::entries::Answered;
use crate::plan::plan;
use access_contract::{ChartRecord, Entry, Plan, PlanRequest, ReportPeriod};
use serde_json::json;

/// Follows a feed about one person.
fn follow(feed: &str, chart: Option<&str>, stored: &[Entry]) -> Plan {
    let reading = read(feed);
    let subject = reading.subjects[0].clone();
    let known = |entry: &&Entry| subject.entry_keys.contains(&entry.key);
    let request = PlanRequest {
        participant: reading.participant,
        feed: reading.header.control_id,
        facts: subject.facts,
        charts: chart
            .map(|document| ChartRecord { id: "c1".to_owned(), document: document.to_owned() })
            .into_iter()
            .collect(),
        entries: stored.iter().filter(known).cloned().collect(),
        now: "2026-02-01T12:00:00Z".to_owned(),
    };
    plan(&SITE, &request).unwrap()
}

#[test]
fn a_feed_of_each_format_puts_its_response_beside_the_chart_once() {
    let patient = json!({"resourceType": "Patient", "id": "p", "identifier": [{"system": "http://hl7.org/fhir/sid/us-mbi", "value": super::kit::MBI}]});
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "timestamp": "2026-01-15T10:45:00Z", "entry": [
        {"resource": patient}, {"resource": resource(&example("PHQ-9"))}
    ]});
    for feed in [hl7v2(&example("PHQ-9")), bundle.to_string(), csv(&example("PHQ-9"))] {
        let first = follow(&feed, None, &[]).chart.unwrap();
        assert_eq!(first.entries.iter().map(|entry| entry.code.as_str()).collect::<Vec<_>>(), ["PHQ-9"], "{feed}");
        assert!(first.keys.contains(&format!("mbi:{}", super::kit::MBI)));
        let again = follow(&feed, Some(&first.document), &first.entries).chart;
        assert!(again.is_none_or(|change| change.entries.is_empty()), "{feed}");
    }
}

/// Of one response under two orders only the rows of the second were kept.
#[test]
fn rows_of_one_response_under_two_orders_of_a_feed_are_joined() {
    let rows: Vec<String> =
        rows(&example("PHQ-9").score("")).into_iter().map(|row| format!("{row}|||20260114100000+0000")).collect();
    let mut both = order("V1", "44249-1^^LN", "20260113080000+0000", &rows[..5]);
    both.extend(order("V1", "44249-1^^LN", "20260113090000+0000", &rows[5..]));
    let feed = oru("20260115104500+0000", &both);
    let first = follow(&feed, None, &[]).chart.unwrap();
    let answers = |entry: &Entry| serde_json::from_str::<Answered>(&entry.document).unwrap().answers.len();
    assert_eq!(first.entries.iter().map(answers).collect::<Vec<_>>(), [10]);
    let again = follow(&feed, Some(&first.document), &first.entries).chart;
    assert!(again.is_none_or(|change| change.entries.is_empty()));
}

#[test]
fn what_an_accepted_report_carried_is_told_when_it_changes_or_is_withdrawn() {
    let first = follow(&hl7v2(&example("PHQ-9")), None, &[]).chart.unwrap();
    let mut chart = Chart::parse(&first.document).unwrap();
    let period = ReportPeriod {
        kind: "baseline".to_owned(),
        period: "baseline".to_owned(),
        alignment: "A1".to_owned(),
        from: "2026-01-01".to_owned(),
        until: "2026-03-01".to_owned(),
    };
    let report = Reported {
        period,
        code: "success".to_owned(),
        at: "2026-01-20T00:00:00Z".to_owned(),
        since: String::new(),
        submission: "s1".to_owned(),
        cms_submission: String::new(),
        entries: vec![first.entries[0].key.clone()],
        missing: Vec::new(),
    };
    chart.reports.insert("BH".to_owned(), vec![report]);
    let document = chart.write().unwrap();
    let told = |feed: &str| {
        let plan = follow(feed, Some(&document), &first.entries);
        let notices: Vec<String> =
            plan.notices.iter().map(|notice| format!("{} {}", notice.code, notice.text)).collect();
        notices.into_iter().filter(|notice| notice.starts_with("reported-value-changed")).collect::<Vec<_>>()
    };
    let later = |text: String| text.replace("20260115104500", "20260121104500");
    let corrected = later(hl7v2(&example("PHQ-9").answer("phq9-1", "2").score("8"))).replace("||||||F", "||||||C");
    assert_eq!(
        told(&corrected),
        ["reported-value-changed PHQ-9: what the baseline report of track BH carried was changed at its source"]
    );
    let withdrawn = later(hl7v2(&example("PHQ-9"))).replace("||||||F", "||||||D");
    assert_eq!(
        told(&withdrawn),
        ["reported-value-changed PHQ-9: what the baseline report of track BH carried was withdrawn at its source"]
    );
    // The same again, and an older one, change nothing.
    assert_eq!(told(&later(hl7v2(&example("PHQ-9")))), [""; 0]);
    assert_eq!(told(&hl7v2(&example("PHQ-9").score("9")).replace("20260115104500", "20260115104400")), [""; 0]);
}
