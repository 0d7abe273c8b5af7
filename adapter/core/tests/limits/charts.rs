//! Plans and charts.

use super::{EXAMPLE, count, read, rows};
use access_contract::{ChartRecord, Plan, PlanRequest};
use access_core::chart::{Chart, MAX_DOCUMENT_BYTES};
use access_core::plan::{MAX_CHARTS, plan};

/// A message about a person with a Medicare number.
fn message(event: &str, rows: &[String]) -> String {
    super::message(event, rows).replace("^^^MAIN^MR", "^^^MAIN^MR~3AA1AA1AA11^^^CMS^MC")
}

/// Plans one feed over charts.
fn follow(feed: &str, charts: Vec<String>) -> Result<Plan, access_contract::Issue> {
    let reading = read(feed);
    let charts = charts.into_iter().enumerate();
    let charts = charts.map(|(number, document)| ChartRecord { id: format!("c{number}"), document }).collect();
    plan(
        &EXAMPLE,
        &PlanRequest {
            entries: Vec::new(),
            participant: reading.participant,
            feed: reading.header.control_id,
            facts: reading.subjects[0].facts.clone(),
            charts,
            now: "2026-07-15T12:00:00Z".to_owned(),
        },
    )
}

/// The chart after feeds, one after the other.
fn chart(feeds: impl IntoIterator<Item = String>) -> (Chart, Plan) {
    let mut charts = Vec::new();
    let mut last = None;
    for feed in feeds {
        let planned = follow(&feed, charts).unwrap();
        charts = vec![planned.chart.as_ref().unwrap().document.clone()];
        last = Some(planned);
    }
    (Chart::parse(&charts[0]).unwrap(), last.unwrap())
}

/// A message that was sent at a minute.
fn sent(minute: usize, feed: &str) -> String {
    let (day, hour, minute) = (1 + minute / 1_440, minute / 60 % 24, minute % 60);
    feed.replace("20260714091500", &format!("202607{day:02}{hour:02}{minute:02}00"))
}

#[test]
fn a_chart_beyond_4_mib_is_not_read() {
    let feed = message("ADT^A08", &[]);
    let mut document = follow(&feed, Vec::new()).unwrap().chart.unwrap().document;
    assert!(follow(&feed, vec![document.clone()]).is_ok());
    document.push_str(&" ".repeat(MAX_DOCUMENT_BYTES));
    assert_eq!(follow(&feed, vec![document]).unwrap_err().code, "chart-too-large");
}

#[test]
fn more_than_64_charts_are_not_one_person() {
    let feed = message("ADT^A08", &[]);
    let document = follow(&feed, Vec::new()).unwrap().chart.unwrap().document;
    assert_eq!(follow(&feed, vec![document; MAX_CHARTS + 1]).unwrap_err().code, "too-many-charts");
}

#[test]
fn a_feed_with_more_than_16_requests_orders_nothing() {
    let asked = |requests: usize| {
        follow(&message("ADT^A08", &vec!["ZAC|1|CHECK|MSK".to_owned(); requests]), Vec::new()).unwrap()
    };
    assert_eq!(count(&asked(16).issues, "too-many-requests"), 0);
    let beyond = asked(17);
    assert_eq!((count(&beyond.issues, "too-many-requests"), beyond.intents.len()), (1, 0));
    assert!(beyond.issues.iter().any(access_contract::Issue::blocks), "the sender learns of it");
}

#[test]
fn a_chart_remembers_64_renamed_visits() {
    let feeds = (0..100).map(|number| {
        sent(number, &message("ADT^A50", &[format!("MRG|||||OLD{number}\rPV1|1|I|||||||||||||||||NEW{number}")]))
    });
    let (chart, _) = chart(feeds);
    assert_eq!(chart.renamed_visits.len(), 64);
    assert!(chart.renamed_visits.keys().all(|visit| !visit.contains("OLD0")), "the oldest go");
}

#[test]
fn a_chart_remembers_16_former_numbers() {
    let numbers = ('A'..='Z').filter(|letter| !"SLOIBZ".contains(*letter));
    let feeds = numbers.enumerate().map(|(minute, letter)| {
        let feed = message("ADT^A08", &[]).replace("3AA1AA1AA11", &format!("3{letter}A1AA1AA11"));
        sent(minute, &feed)
    });
    let (chart, _) = chart(feeds);
    assert_eq!(chart.former_mbis.len(), 16);
    assert!(!chart.former_mbis.iter().any(|former| former == "3AA1AA1AA11"), "the oldest go");
}

#[test]
fn a_chart_holds_1000_diagnoses_and_64_plans() {
    let visit = |number: usize, count: usize| {
        let mut all = vec![format!("PV1|1|I|||||||||||||||||V{number}")];
        all.extend((0..count).map(|code| format!("DG1|{code}||S{:02}.{number}{}XA^^I10C|||F", code % 100, code / 100)));
        sent(number, &message("ADT^A01", &all))
    };
    let (held, _) = chart([visit(0, 900)]);
    assert_eq!(held.diagnoses.len() + held.further_diagnoses.len(), 900);
    let (full, last) = chart([visit(0, 900), visit(1, 900)]);
    assert_eq!(full.diagnoses.len() + full.further_diagnoses.len(), 1_000);
    assert_eq!(count(&last.issues, "chart-full"), 1);
    let coverages = |from: usize| -> String {
        let entries: Vec<String> = (from..from + 40)
            .map(|number| {
                format!(
                    r##"{{"resource":{{"resourceType":"Coverage","id":"c{number}","status":"active","beneficiary":{{"reference":"Patient/p"}},
                        "payor":[{{"display":"Mutual {number}"}}]}}}}"##
                )
            })
            .collect();
        format!(
            r#"{{"resourceType":"Bundle","type":"collection","id":"b{from}","timestamp":"2026-07-14T09:{:02}:00Z","entry":[
                {{"resource":{{"resourceType":"Patient","id":"p","identifier":[{{"system":"http://hl7.org/fhir/sid/us-mbi","value":"3AA1AA1AA11"}}]}}}},{}]}}"#,
            from % 60,
            entries.join(",")
        )
    };
    let (insured, last) = chart([coverages(0), coverages(40)]);
    assert_eq!((insured.plans.len(), count(&last.issues, "chart-full")), (64, 1));
}

#[test]
fn a_chart_remembers_1000_times_of_statements() {
    let feeds = (0..12).map(|number| {
        let codes = rows(100, &format!("PRB|AD|20260714|E11.9^^I10C|P{number}_#"));
        sent(number, &message("PPR^PC1", &codes))
    });
    let (chart, _) = chart(feeds);
    assert!(chart.stated.len() <= 1_000, "{}", chart.stated.len());
    assert!(chart.stated.len() > 900);
}
