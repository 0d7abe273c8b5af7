//! Looking after a ledger.

use super::kit::*;
use super::wholes::whole;
use crate::{ChartFilter, Dependents, Final, NewQuarantineEntry, NoticeFilter, Pruned, Retention};
use access_contract::Track;
use serde_json::Value;
use std::collections::BTreeMap;
use tokio::sync::mpsc;

/// A ledger with something in every table that a feed reaches.
async fn lived_in(world: &World) {
    for number in 0..70 {
        world.store(whole(number)).await;
    }
    let id = world.one(check(Track::Msk)).await;
    world.bring_to_polling(&id).await;
    world.ledger.quarantine(refused("q1", "MSH|bad")).await.unwrap();
    world.ledger.set_mark("mbox", "17").await.unwrap();
}

pub(crate) async fn a_ledger_that_was_worked_on_holds_what_it_must(world: &World) {
    lived_in(world).await;
    assert_eq!(world.ledger.verify().await.unwrap(), []);
}

/// Every row with every column, as lines that other programs can read.
pub(crate) async fn everything_is_exported(world: &World) {
    lived_in(world).await;
    let (lines, mut taken) = mpsc::channel(4);
    let export = world.ledger.export(lines);
    let read = async {
        let mut lines = Vec::new();
        while let Some(line) = taken.recv().await {
            lines.push(serde_json::from_str::<Value>(&line).unwrap());
        }
        lines
    };
    let (count, lines) = tokio::join!(export, read);
    let count = count.unwrap();
    let (first, last) = (&lines[0], &lines[lines.len() - 1]);
    assert_eq!((&first["ledger"], &first["format"]), (&"access-bridge".into(), &1.into()));
    assert_eq!(lines.len() as u64, count + 2);
    let mut tables: BTreeMap<&str, u64> = BTreeMap::new();
    for line in &lines[1..lines.len() - 1] {
        *tables.entry(line["table"].as_str().unwrap()).or_default() += 1;
    }
    for (table, rows) in last["rows"].as_object().unwrap() {
        assert_eq!(tables.get(table.as_str()).copied().unwrap_or_default(), rows.as_u64().unwrap(), "{table}");
    }
    assert_eq!((tables["feeds"], tables["charts"], tables["submissions"], tables["payloads"]), (70, 71, 141, 1));
    assert_eq!((tables["quarantine"], tables["marks"]), (1, 1));
    let feed = lines.iter().find(|line| line["table"] == "feeds" && line["row"]["control_id"] == "m69").unwrap();
    assert!(feed["row"]["bytes"]["base64"].as_str().unwrap().starts_with("TVNIfDY5fHh4"), "{feed}");
    let polled = lines.iter().find(|line| line["table"] == "submissions" && line["row"]["state"] == "polling").unwrap();
    let row = polled["row"].as_object().unwrap();
    assert!(row.contains_key("lease_owner") && row["lease_owner"].is_null());
    assert!(row["location"].as_str().unwrap().starts_with("https://cms.example/"));
}

/// Content goes when it is old enough; what is open, and what makes a feed known again, stays.
pub(crate) async fn what_is_old_goes_and_what_is_needed_stays(world: &World) {
    let day = MINUTE * 60 * 24;
    let policy = Retention { feeds: Some(day), payloads: Some(day), notices: Some(day), ..Retention::default() };
    // One feed whose work ends, and one whose work stays open; both tell somebody.
    let stored = world.store(whole(0)).await;
    let ended = stored.subjects[0].submissions[0].id.clone();
    world.store(whole(1)).await;
    let lease = world.send(&ended).await;
    world.finish(&lease, ending(Final::Done, Dependents::Cancel("not needed".to_owned()))).await;
    let told = world.ledger.claim_deliveries("engine", "w1", MINUTE, 1).await.unwrap().remove(0).lease;
    world.ledger.delivered(&told, "AA").await.unwrap();

    assert_eq!(world.ledger.prune(policy, 100).await.unwrap(), Pruned::default());
    assert_eq!(world.ledger.prune(Retention::default(), 100).await.unwrap(), Pruned::default());
    world.clock.advance(day * 2);
    let pruned = world.ledger.prune(policy, 100).await.unwrap();
    assert_eq!(pruned, Pruned { feeds: 1, payloads: 1, notices: 1, ..Pruned::default() });
    assert_eq!(world.ledger.prune(policy, 100).await.unwrap(), Pruned::default());

    let known = world.ledger.known_feed(&identity("m0")).await.unwrap().unwrap();
    assert!(world.ledger.feed(&known.id).await.unwrap().unwrap().bytes.expose().is_empty());
    let open = world.ledger.known_feed(&identity("m1")).await.unwrap().unwrap();
    assert!(!world.ledger.feed(&open.id).await.unwrap().unwrap().bytes.expose().is_empty());
    let story = world.story(&ended).await;
    assert_eq!((story.payloads.len(), story.payloads[0].body.expose().as_str()), (1, ""));
    assert!(story.outcome.is_some() && story.events.len() > 2);
    let left = world.ledger.notices_page(&NoticeFilter::default(), None, 10).await.unwrap().items;
    assert_eq!(left.len(), 1);
    assert_eq!(world.ledger.charts_page(&ChartFilter::default(), None, 10).await.unwrap().items.len(), 2);
    assert_eq!(world.ledger.verify().await.unwrap(), []);
}

/// What was refused goes when its time is over, also where nobody replayed it; it is still listed, and known when it comes again.
pub(crate) async fn what_was_refused_goes_when_its_time_is_over(world: &World) {
    let day = MINUTE * 60 * 24;
    let policy = Retention { quarantine: Some(day), ..Retention::default() };
    let kept = world.ledger.quarantine(refused("m1", "MSH|broken")).await.unwrap();
    assert_eq!(world.ledger.prune(policy, 100).await.unwrap(), Pruned::default());
    world.clock.advance(day * 2);
    let later = NewQuarantineEntry { received_at: world.now(), ..refused("m2", "MSH|other") };
    let young = world.ledger.quarantine(later).await.unwrap();
    assert_eq!(world.ledger.prune(policy, 100).await.unwrap(), Pruned { quarantine: 1, ..Pruned::default() });
    assert_eq!(world.ledger.prune(policy, 100).await.unwrap(), Pruned::default());
    assert!(world.ledger.quarantined(&kept.id).await.unwrap().unwrap().bytes.expose().is_empty());
    assert!(!world.ledger.quarantined(&young.id).await.unwrap().unwrap().bytes.expose().is_empty());
}
