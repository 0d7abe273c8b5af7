//! Results of kept feeds, gathered one feed after the other and stored at the end.

use super::kit::{MBI, NOW, PARTICIPANT, aligned, beneficiary, site};
use super::reports::answered;
use crate::chart::Chart;
use crate::entries::Reading;
use crate::facts::Observed;
use crate::plan::take_up;
use access_contract::{ChartRecord, Entry, Plan, TakeUpRequest};

/// Whose chart it is.
const ANN: [&str; 2] = ["SMITH^ANN", "19500307"];

/// A weight of one order, as a feed that was sent then and received then states it.
struct Said {
    sent: &'static str,
    received: &'static str,
    value: &'static str,
    status: &'static str,
}

const fn said(sent: &'static str, value: &'static str, status: &'static str) -> Said {
    Said { sent, received: "2026-11-20T12:00:00Z", value, status }
}

fn facts(said: &Said, [name, birth]: [&str; 2]) -> String {
    let Said { sent, value, status, .. } = said;
    let feed = format!(
        "MSH|^~\\&|EPIC|LAKESHORE|B|C|{sent}||ORU^R01|M{value}|P|2.5.1\r\
         PID|1||A1^^^H^MR~{MBI}^^^CMS^MC||{name}||{birth}|F\r\
         OBR|1||F200|W^Weight^L|||20261110080000-0500\r\
         OBX|1|NM|29463-7^Weight^LN||{value}|kg^^UCUM|||||{status}|||20261110080000-0500"
    );
    let mut reading = crate::read::read(site(), feed.as_bytes()).unwrap();
    reading.subjects.remove(0).facts
}

fn request(charts: &[&Chart], stored: &[Entry], found: &[Entry]) -> TakeUpRequest {
    let records = charts.iter().zip(1..);
    TakeUpRequest {
        participant: PARTICIPANT.to_owned(),
        facts: String::new(),
        received_at: String::new(),
        charts: records
            .map(|(chart, number)| ChartRecord { id: format!("c{number}"), document: chart.write().unwrap() })
            .collect(),
        stored: stored.to_vec(),
        found: found.to_vec(),
        now: NOW.to_owned(),
    }
}

/// What one more feed leaves in hand.
fn gather(chart: &Chart, stored: &[Entry], found: &[Entry], said: &Said) -> Vec<Entry> {
    let request = TakeUpRequest {
        facts: facts(said, ANN),
        received_at: said.received.to_owned(),
        ..request(&[chart], stored, found)
    };
    let plan = take_up(site(), &request).unwrap();
    assert!(plan.notices.is_empty() && plan.intents.is_empty());
    plan.chart.unwrap().entries
}

fn all(chart: &Chart, stored: &[Entry], feeds: &[Said]) -> Vec<Entry> {
    feeds.iter().fold(Vec::new(), |found, said| gather(chart, stored, &found, said))
}

fn store(chart: &Chart, stored: &[Entry], found: &[Entry]) -> Plan {
    take_up(site(), &request(&[chart], stored, found)).unwrap()
}

/// Value and status of the only entry.
fn told(entries: &[Entry]) -> (String, String) {
    let [entry] = entries else { panic!("{} entries", entries.len()) };
    let reading: Reading = serde_json::from_str(&entry.document).unwrap();
    let Observed::Quantity { value, .. } = reading.value else { panic!("no quantity") };
    (value, reading.status)
}

fn pair(value: &str, status: &str) -> (String, String) {
    (value.to_owned(), status.to_owned())
}

fn person() -> Chart {
    beneficiary(&["E11.9"]).write(&[])
}

#[test]
fn of_kept_feeds_the_last_word_is_stored_and_nothing_before_it() {
    let chart = person();
    let (first, second) = (said("20261110090000-0500", "80.1", "F"), said("20261110100000-0500", "81.2", "C"));
    let gone = said("20261110110000-0500", "81.2", "W");
    let found = all(&chart, &[], &[first, second]);
    assert_eq!(told(&found), pair("81.2", "corrected"));
    let gone = gather(&chart, &[], &found, &gone);
    assert_eq!(told(&gone).1, "entered-in-error");
    let plan = store(&chart, &[], &found);
    let change = plan.chart.unwrap();
    assert_eq!((told(&change.entries), change.document), (pair("81.2", "corrected"), chart.write().unwrap()));
    // What has no time, or the same, counts in the order it came.
    for sent in ["", "20261110100000-0500"] {
        let feeds = [said(sent, "80.1", "F"), said("20261110100000-0500", "81.2", "F"), said(sent, "82.3", "F")];
        assert_eq!(told(&all(&chart, &[], &feeds)).0, "82.3", "{sent}");
    }
    // Out of order, the older one came late.
    let late = [said("20261110100000-0500", "81.2", "F"), said("20261110090000-0500", "80.1", "F")];
    assert_eq!(told(&all(&chart, &[], &late)).0, "81.2");
}

/// A feed that is read once more is no news beside what came after it.
#[test]
fn what_is_stored_gives_way_only_to_what_was_said_later() {
    let chart = person();
    let timed = all(&chart, &[], &[said("20261110100000-0500", "81.2", "F")]);
    let untimed = all(&chart, &[], &[said("", "81.2", "F")]);
    for sent in ["", "20261110100000-0500", "20261110090000-0500"] {
        assert_eq!(all(&chart, &timed, &[said(sent, "80.1", "F")]), [], "{sent}");
        // What was in hand when it was stored meanwhile is not stored over it.
        let found = all(&chart, &[], &[said(sent, "80.1", "F")]);
        assert_eq!(store(&chart, &timed, &found).chart, None, "{sent}");
    }
    // What has no time was said when it came; of one that has, it keeps the time.
    assert_eq!(all(&chart, &untimed, &[said("", "80.1", "F")]), []);
    let joined = all(&chart, &untimed, &[said("20261110100000-0500", "80.1", "F")]);
    assert_eq!(told(&store(&chart, &untimed, &joined).chart.unwrap().entries), pair("81.2", "final"));
    let later = all(&chart, &timed, &[said("20261110110000-0500", "80.1", "C")]);
    assert_eq!(told(&store(&chart, &timed, &later).chart.unwrap().entries), pair("80.1", "corrected"));
    // A time that was not believed when the feed came is none later on.
    let ahead = Said { received: "2026-11-10T16:00:00Z", ..said("20261115090000-0500", "80.1", "F") };
    assert_eq!(all(&chart, &timed, &[ahead]), []);
}

#[test]
fn the_change_of_a_value_that_a_report_carried_is_told() {
    let chart = person();
    let stored = all(&chart, &[], &[said("20261110100000-0500", "81.2", "F")]);
    let mut reported = answered(aligned("BH", &["F32.9"]), "baseline", "2026-11-12", "success");
    reported.reports.get_mut("BH").unwrap()[0].entries = vec![stored[0].key.clone()];
    let found = all(&chart, &stored, &[said("20261110110000-0500", "80.1", "C")]);
    let plan = store(&reported, &stored, &found);
    assert_eq!(plan.notices.iter().map(|notice| notice.code.as_str()).collect::<Vec<_>>(), ["reported-value-changed"]);
    // It is looked at, since the next report may carry it.
    assert!(plan.chart.unwrap().look_at.is_some());
}

#[test]
fn results_of_nobody_for_sure_are_left_alone() {
    let (chart, said) = (person(), said("20261110100000-0500", "81.2", "F"));
    let ask = |charts: &[&Chart], person: [&str; 2]| {
        let facts = facts(&said, person);
        let request = TakeUpRequest { facts, received_at: NOW.to_owned(), ..request(charts, &[], &[]) };
        let plan = take_up(site(), &request).unwrap();
        (plan.chart.is_some(), plan.issues.iter().find(|issue| issue.blocks()).map(|issue| issue.code.clone()))
    };
    assert_eq!(ask(&[&chart], ANN), (true, None));
    assert_eq!(ask(&[], ANN), (false, None));
    assert_eq!(ask(&[&chart, &chart.clone()], ANN), (false, Some("results-of-several".to_owned())));
    assert_eq!(ask(&[&chart], ["DOE^ROB", "19620401"]), (false, Some("identity-conflict".to_owned())));
}
