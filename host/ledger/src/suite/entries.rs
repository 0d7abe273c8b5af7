//! Dated pieces of charts, and charts that are looked at when their time comes.

use super::kit::*;
use crate::*;
use access_contract::{Entry, EntryKind};
use std::time::Duration;

fn entry(key: &str, code: &str, at: &str) -> Entry {
    let (key, code, at) = (key.to_owned(), code.to_owned(), at.to_owned());
    Entry { document: format!("{{\"n\":\"{key}\"}}"), key, kind: EntryKind::Measure, code, at }
}

/// Changes a chart by entries and a time to look at it.
async fn put(world: &World, chart: &SeenChart, entries: Vec<Entry>, look_at: Option<bridge_types::Timestamp>) {
    let stored = world.ledger.chart(&chart.id).await.unwrap().unwrap();
    let keys: Vec<&str> = stored.keys.expose().iter().map(String::as_str).collect();
    let change = ChartChange { entries, look_at, ..change(Some(&stored.seen()), &keys, "{}") };
    let subject = SubjectIntake { seen: vec![stored.seen()], change: Some(change), ..SubjectIntake::default() };
    world.store(inside(vec![subject])).await;
}

async fn newest(world: &World, chart: &SeenChart, of_each: usize) -> Vec<String> {
    let found = world.other.newest_entries(&chart.id, of_each).await.unwrap();
    found.into_iter().map(|entry| entry.key).collect()
}

pub(crate) async fn an_entry_takes_the_place_of_the_one_under_its_key(world: &World) {
    let (chart, other) = (world.person(&["id:A|1"]).await, world.person(&["id:B|1"]).await);
    put(world, &chart, vec![entry("m:1", "weight", "2026-01-02"), entry("m:2", "weight", "2026-01-03")], None).await;
    put(world, &other, vec![entry("m:1", "weight", "2026-05-01")], None).await;
    let corrected = Entry { document: "{\"n\":\"new\"}".to_owned(), ..entry("m:1", "weight", "2026-01-04") };
    put(world, &chart, vec![corrected.clone()], None).await;
    let keys = ["m:2", "m:9", "m:1"].map(str::to_owned);
    let found = world.ledger.entries(&chart.id, &keys).await.unwrap();
    assert!(found.iter().all(|(_, changed)| *changed == world.now()));
    let found: Vec<Entry> = found.into_iter().map(|(entry, _)| entry).collect();
    assert_eq!(found, [entry("m:2", "weight", "2026-01-03"), corrected]);
    assert_eq!(newest(world, &chart, 9).await, ["m:1", "m:2"]);
}

pub(crate) async fn the_newest_of_each_code_are_found(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let mut entries: Vec<Entry> =
        (10..30).map(|day| entry(&format!("b{day}"), "blood-pressure", &format!("2026-01-{day}"))).collect();
    entries.push(entry("w1", "weight", "2025-12-31T10:00:00Z"));
    entries.push(entry("h1", "HbA1c", ""));
    put(world, &chart, entries, None).await;
    assert_eq!(newest(world, &chart, 3).await, ["h1", "b29", "b28", "b27", "w1"]);
    assert!(newest(world, &world.person(&["id:B|1"]).await, 3).await.is_empty());
}

pub(crate) async fn entries_follow_their_chart_into_a_merge(world: &World) {
    let (a, b) = (world.person(&["id:A|1"]).await, world.person(&["id:B|1"]).await);
    put(world, &a, vec![entry("m:1", "weight", "2026-01-01"), entry("m:2", "weight", "2026-01-02")], None).await;
    world.clock.advance(MINUTE);
    put(world, &b, vec![entry("m:2", "weight", "2026-01-05"), entry("m:3", "waist", "2026-01-03")], None).await;
    let (a, b) = (
        world.ledger.chart(&a.id).await.unwrap().unwrap().seen(),
        world.ledger.chart(&b.id).await.unwrap().unwrap().seen(),
    );
    let joined = ChartChange { absorbed: vec![b.id.clone()], ..change(Some(&a), &["id:A|1"], "{}") };
    let subject = SubjectIntake { seen: vec![a.clone(), b.clone()], change: Some(joined), ..SubjectIntake::default() };
    world.store(inside(vec![subject])).await;
    // Of two under one key the later statement counts.
    let found = world.ledger.newest_entries(&a.id, 9).await.unwrap();
    let shown: Vec<(&str, &str)> = found.iter().map(|entry| (entry.key.as_str(), entry.at.as_str())).collect();
    assert_eq!(shown, [("m:3", "2026-01-03"), ("m:2", "2026-01-05"), ("m:1", "2026-01-01")]);
    assert!(newest(world, &b, 9).await.is_empty());
}

pub(crate) async fn a_chart_is_looked_at_when_its_time_comes(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    let due = world.now().plus(Duration::from_secs(600));
    put(world, &chart, vec![], Some(due)).await;
    assert!(world.ledger.claim_looks("w1", MINUTE, 10).await.unwrap().is_empty());
    assert_eq!(world.other.next_due().await.unwrap(), Some(due));
    world.clock.advance(Duration::from_secs(600));
    for _ in 0..2 {
        let looks = world.other.claim_looks("w1", MINUTE, 10).await.unwrap();
        assert_eq!(looks.iter().map(|look| look.chart.as_str()).collect::<Vec<_>>(), [chart.id.as_str()]);
        assert!(looks.iter().all(|look| look.submission.is_none() && look.participant == PARTICIPANT));
        // Nobody else does it at the same time; where nobody says that it was done, somebody does it again.
        assert!(world.ledger.claim_looks("w1", MINUTE, 10).await.unwrap().is_empty());
        world.clock.advance(MINUTE);
    }
    let look = world.ledger.claim_looks("w1", MINUTE, 10).await.unwrap().remove(0);
    // What the chart's next change says stays, also if the look ends afterwards.
    let next = world.now().plus(Duration::from_secs(3600));
    put(world, &chart, vec![], Some(next)).await;
    world.ledger.looked(&look).await.unwrap();
    assert_eq!(world.ledger.next_due().await.unwrap(), Some(next));
    world.clock.advance(Duration::from_secs(3600));
    // News do not put off a look that is due; what the look itself leads to does.
    let tomorrow = world.now().plus(Duration::from_secs(86_400));
    let seen = world.ledger.chart(&chart.id).await.unwrap().unwrap().seen();
    let later = ChartChange { look_at: Some(tomorrow), ..change(Some(&seen), &["id:A|1"], "{}") };
    let subject = SubjectIntake { seen: vec![seen], change: Some(later), ..SubjectIntake::default() };
    world.store(outside(feed("later", "{}"), vec![subject])).await;
    // Nor do results that come without a feed.
    put(world, &chart, vec![entry("m:late", "weight", "2026-07-01")], Some(tomorrow)).await;
    let look = world.ledger.claim_looks("w1", MINUTE, 10).await.unwrap().remove(0);
    put(world, &chart, vec![], None).await;
    world.ledger.looked(&look).await.unwrap();
    assert_eq!(world.ledger.next_due().await.unwrap(), None);
    // A look that led to nothing is not repeated with the next news.
    put(world, &chart, vec![], Some(world.now())).await;
    let look = world.ledger.claim_looks("w1", MINUTE, 10).await.unwrap().remove(0);
    world.ledger.looked(&look).await.unwrap();
    let seen = world.ledger.chart(&chart.id).await.unwrap().unwrap().seen();
    let news = change(Some(&seen), &["id:A|1"], "{}");
    let subject = SubjectIntake { seen: vec![seen], change: Some(news), ..SubjectIntake::default() };
    world.store(outside(feed("news", "{}"), vec![subject])).await;
    assert_eq!(world.ledger.next_due().await.unwrap(), None);
}

/// A look that failed cleared the calendar of its chart.
pub(crate) async fn a_look_that_failed_is_put_off_and_not_lost(world: &World) {
    let chart = world.person(&["id:A|1"]).await;
    put(world, &chart, vec![], Some(world.now())).await;
    let look = world.ledger.claim_looks("w1", MINUTE, 10).await.unwrap().remove(0);
    let later = world.now().plus(Duration::from_secs(3600));
    world.ledger.put_off_look(&look, later).await.unwrap();
    assert_eq!(world.other.next_due().await.unwrap(), Some(later));
    assert!(world.other.claim_looks("w1", MINUTE, 10).await.unwrap().is_empty());
    world.clock.advance(Duration::from_secs(3600));
    let again = world.other.claim_looks("w1", MINUTE, 10).await.unwrap().remove(0);
    assert_eq!(again.chart, look.chart);
    // What was set meanwhile stays.
    let sooner = world.now().plus(Duration::from_secs(5));
    put(world, &chart, vec![], Some(sooner)).await;
    world.ledger.put_off_look(&again, world.now().plus(Duration::from_secs(3600))).await.unwrap();
    assert_eq!(world.ledger.next_due().await.unwrap(), Some(sooner));
}
