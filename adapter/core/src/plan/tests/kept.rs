//! Results of kept feeds, gathered one feed after the other and stored at the end.

use super::kit::{MBI, NOW, PARTICIPANT, aligned, beneficiary, plan_request, site};
use super::reports::answered;
use crate::chart::Chart;
use crate::entries::Reading;
use crate::facts::Observed;
use crate::plan::{gather, take_up};
use access_contract::{ChartRecord, DatedEntry, Entry, GatherRequest, Plan, TakeUpRequest};

/// Whose chart it is.
const ANN: [&str; 2] = ["SMITH^ANN", "19500307"];

/// A weight of one order, as a feed that was sent then and received then states it.
struct Said {
    sent: &'static str,
    received: &'static str,
    value: &'static str,
    status: &'static str,
}

/// Before and after the feeds were received.
const BEFORE: &str = "2026-11-19T12:00:00Z";
const AFTER: &str = "2026-11-21T12:00:00Z";

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

fn record(chart: &Chart) -> ChartRecord {
    ChartRecord { id: "c1".to_owned(), document: chart.write().unwrap() }
}

/// What is stored since a moment.
fn stored_at(changed_at: &str, entries: &[Entry]) -> Vec<DatedEntry> {
    entries.iter().map(|entry| DatedEntry { entry: entry.clone(), changed_at: changed_at.to_owned() }).collect()
}

fn request(
    charts: &[&Chart],
    stored: &[DatedEntry],
    found: &[DatedEntry],
    facts: String,
    received: &str,
) -> GatherRequest {
    GatherRequest {
        participant: PARTICIPANT.to_owned(),
        facts,
        received_at: received.to_owned(),
        charts: charts.iter().map(|chart| record(chart)).collect(),
        stored: stored.to_vec(),
        found: found.to_vec(),
        now: NOW.to_owned(),
    }
}

/// What kept feeds come to.
fn all(chart: &Chart, stored: &[DatedEntry], feeds: &[Said]) -> Vec<DatedEntry> {
    feeds.iter().fold(Vec::new(), |found, said| {
        let gathered = gather(site(), &request(&[chart], stored, &found, facts(said, ANN), said.received)).unwrap();
        assert!(gathered.issues.iter().all(|issue| !issue.blocks()));
        gathered.found
    })
}

/// The entries of feeds as they are stored when nothing is there.
fn entries(feeds: &[Said]) -> Vec<Entry> {
    all(&person(), &[], feeds).into_iter().map(|one| one.entry).collect()
}

fn store(chart: &Chart, stored: &[DatedEntry], found: &[DatedEntry]) -> Plan {
    let request = TakeUpRequest {
        participant: PARTICIPANT.to_owned(),
        chart: record(chart),
        stored: stored.to_vec(),
        found: found.to_vec(),
        now: NOW.to_owned(),
    };
    take_up(site(), &request).unwrap()
}

/// Value and status of what is stored for these feeds; none where nothing is.
fn outcome(stored: &[DatedEntry], feeds: &[Said]) -> Option<(String, String)> {
    let chart = person();
    let found = all(&chart, stored, feeds);
    store(&chart, stored, &found).chart.map(|change| told(&change.entries))
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
    let change = store(&chart, &[], &found).chart.unwrap();
    assert_eq!((told(&change.entries), change.document), (pair("81.2", "corrected"), chart.write().unwrap()));
    let found = all(&chart, &found, &[gone]);
    assert_eq!(told(&[found[0].entry.clone()]).1, "entered-in-error");
    // What has no time, or the same, counts in the order it came.
    for sent in ["", "20261110100000-0500"] {
        let feeds = [said(sent, "80.1", "F"), said("20261110100000-0500", "81.2", "F"), said(sent, "82.3", "F")];
        assert_eq!(outcome(&[], &feeds), Some(pair("82.3", "final")), "{sent}");
    }
    // Out of order, the older one came late.
    let late = [said("20261110100000-0500", "81.2", "F"), said("20261110090000-0500", "80.1", "F")];
    assert_eq!(outcome(&[], &late), Some(pair("81.2", "final")));
}

/// A feed that is read once more is no news beside what came after it.
#[test]
fn what_was_stored_after_a_feed_gives_way_only_to_what_is_dated_later() {
    let chart = person();
    let timed = stored_at(AFTER, &entries(&[said("20261110100000-0500", "81.2", "F")]));
    let untimed = stored_at(AFTER, &entries(&[said("", "81.2", "F")]));
    for (stored, sent) in
        [(&timed, ""), (&timed, "20261110100000-0500"), (&timed, "20261110090000-0500"), (&untimed, "")]
    {
        assert_eq!(outcome(stored, &[said(sent, "80.1", "F")]), None, "{sent}");
        // Neither does what was stored while the feeds were read.
        let found = all(&chart, &[], &[said(sent, "80.1", "F")]);
        assert_eq!(store(&chart, stored, &found).chart, None, "{sent}");
    }
    let later = [said("20261110110000-0500", "80.1", "C")];
    assert_eq!(outcome(&timed, &later), Some(pair("80.1", "corrected")));
    // A time that was not believed when the feed came is none later on.
    let ahead = Said { received: "2026-11-10T16:00:00Z", ..said("20261115090000-0500", "80.1", "F") };
    assert_eq!(outcome(&timed, &[ahead]), None);
}

/// What is stored may be older than a feed whose code had no row.
#[test]
fn a_feed_that_came_after_what_is_stored_goes_on_from_it() {
    for (sent, before) in [("", ""), ("", "20261110100000-0500"), ("20261110100000-0500", "20261110100000-0500")] {
        let stored = stored_at(BEFORE, &entries(&[said(before, "81.2", "F")]));
        assert_eq!(outcome(&stored, &[said(sent, "80.1", "C")]), Some(pair("80.1", "corrected")), "{sent} {before}");
        assert_eq!(outcome(&stored, &[said(sent, "81.2", "W")]).unwrap().1, "entered-in-error", "{sent} {before}");
        // Read again, it changes nothing.
        let chart = person();
        let change = store(&chart, &stored, &all(&chart, &stored, &[said(sent, "80.1", "C")])).chart.unwrap();
        assert_eq!(outcome(&stored_at(NOW, &change.entries), &[said(sent, "80.1", "C")]), None, "{sent} {before}");
    }
    // What came meanwhile was said later, unless it is dated earlier.
    let chart = person();
    let stored = stored_at(BEFORE, &entries(&[said("20261110090000-0500", "81.2", "F")]));
    let found = all(&chart, &stored, &[said("20261110100000-0500", "80.1", "C")]);
    let meanwhile = stored_at(AFTER, &entries(&[said("20261110100000-0500", "79.9", "C")]));
    assert_eq!(store(&chart, &meanwhile, &found).chart, None);
}

/// A unit or an answer that had no row was stored as it could not be reported.
#[test]
fn what_a_feed_said_itself_it_may_say_better_by_another_profile() {
    let mut stored = entries(&[said("20261110100000-0500", "81.2", "F")]);
    stored[0].document = stored[0].document.replace("\"code\":\"kg\"", "\"code\":\"\"");
    let stored = stored_at(AFTER, &stored);
    let again = said("20261110100000-0500", "81.2", "F");
    assert_eq!(outcome(&stored, &[again]), Some(pair("81.2", "final")));
    // Not what another feed said at the same time.
    let other = said("20261110100000-0500", "80.1", "F");
    assert_eq!(outcome(&stored, &[other]), None);
}

#[test]
fn the_change_of_a_value_that_a_report_carried_is_told() {
    let stored = stored_at(BEFORE, &entries(&[said("20261110100000-0500", "81.2", "F")]));
    let found = all(&person(), &stored, &[said("20261110110000-0500", "80.1", "C")]);
    let mut reported = answered(aligned("BH", &["F32.9"]), "baseline", "2026-11-12", "success");
    reported.reports.get_mut("BH").unwrap()[0].entries = vec![stored[0].entry.key.clone()];
    let plan = store(&reported, &stored, &found);
    let codes = |plan: &Plan| plan.notices.iter().map(|notice| notice.code.clone()).collect::<Vec<_>>();
    assert_eq!(codes(&plan), ["reported-value-changed"]);
    // It is looked at, since the next report may carry it.
    let change = plan.chart.unwrap();
    assert!(change.look_at.is_some());
    // While CMS deals with the report, there is none that it could be told of: the look after the answer does, though it is dated before.
    let mut reported = answered(aligned("BH", &["F32.9"]), "baseline", "2026-11-23", "success");
    let report = &mut reported.reports.get_mut("BH").unwrap()[0];
    (report.at, report.since) = ("2026-11-23T14:00:00Z".to_owned(), "2026-11-23T11:00:00Z".to_owned());
    report.entries = vec![stored[0].entry.key.clone()];
    let mut look = plan_request(String::new(), std::slice::from_ref(&reported));
    (look.now, look.entries) = ("2026-11-23T14:00:05Z".to_owned(), change.entries);
    assert!(codes(&super::super::plan(site(), &look).unwrap()).contains(&"reported-value-changed".to_owned()));
}

#[test]
fn results_of_nobody_for_sure_are_left_alone() {
    let (chart, said) = (person(), said("20261110100000-0500", "81.2", "F"));
    let ask = |charts: &[&Chart], person: [&str; 2]| {
        let request = request(charts, &[], &[], facts(&said, person), said.received);
        let gathered = gather(site(), &request).unwrap();
        let blocking = gathered.issues.iter().find(|issue| issue.blocks());
        (gathered.found.len(), blocking.map(|issue| issue.code.clone()))
    };
    assert_eq!(ask(&[&chart], ANN), (1, None));
    assert_eq!(ask(&[], ANN), (0, None));
    assert_eq!(ask(&[&chart, &chart.clone()], ANN), (0, Some("results-of-several".to_owned())));
    assert_eq!(ask(&[&chart], ["DOE^ROB", "19620401"]), (0, Some("identity-conflict".to_owned())));
}
