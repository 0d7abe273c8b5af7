//! Disks that fail: nothing is acknowledged that is not durable, nothing is damaged, and all goes on by itself.
#![cfg(target_os = "linux")]

use access_bridge::config::{Config, EXAMPLE};
use access_bridge::ledger::Stored;
use bridge_types::{RandomIds, SystemClock};
use kit::disk::{Disk, Fate, Trouble};
use kit::people::{Ask, Person};
use kit::{Reply, Stage, fixture};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// Feeds of the power test: enough for the log to be written back into the ledger several times.
const FEEDS: usize = 90;

async fn stored(folder: &Path) -> Vec<String> {
    let config = Config::parse(&folder.join("access-bridge.toml"), EXAMPLE, &[].into_iter().collect()).unwrap();
    let ledger = Stored::of(&config, Arc::new(SystemClock)).unwrap().open(Arc::new(RandomIds)).unwrap();
    let mut ids = Vec::new();
    let mut after = None;
    loop {
        let page = ledger.feeds_page(None, after, usize::MAX).await.unwrap();
        ids.extend(page.items.into_iter().map(|feed| feed.identity.application + &feed.identity.control_id));
        after = page.next;
        if after.is_none() {
            return ids;
        }
    }
}

/// The power fails before and after every sync, and what was not durable is lost, arrived, torn or out of order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_power_may_fail_at_any_sync() {
    let mut stage = Stage::set("").await;
    let disk = Disk::under(&mut stage);
    let program = stage.start().await;
    let mut acknowledged = Vec::new();
    for person in (0..FEEDS).map(Person) {
        let feed = person.feed(Ask::Align);
        assert!(matches!(program.exchange(&feed.bytes).await.code(), "AA" | "CA"));
        acknowledged.push((disk.changes(), person.application().to_owned() + &feed.control_id));
    }
    program.kill();
    let journal = disk.journal();
    let folder = TempDir::new().unwrap();
    let (mut states, mut last) = (0, 0);
    // The beginning makes the file; from the first acknowledgement on there is something to lose.
    for place in journal.places().into_iter().filter(|place| *place > acknowledged[0].0).step_by(29) {
        for fate in Fate::ALL {
            journal.power_fails_after(place, fate, folder.path());
            let ids = stored(folder.path()).await;
            let due: Vec<&String> = acknowledged.iter().take_while(|(at, _)| *at <= place).map(|(_, id)| id).collect();
            let missing: Vec<&&String> = due.iter().filter(|id| !ids.contains(id)).collect();
            assert!(missing.is_empty(), "power lost after change {place} ({fate:?}): {missing:?}");
            let ledger = rusqlite::Connection::open(folder.path().join("access-bridge.sqlite")).unwrap();
            let verdict: String = ledger.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
            assert_eq!(verdict, "ok", "after change {place} ({fate:?})");
            (states, last) = (states + 1, due.len());
        }
    }
    println!("{states} states of the disk, {last} feeds acknowledged before the last of them");
    assert!(states > 60 && last > FEEDS / 2, "{states} states, {last} feeds");
}

/// Plays a trouble of the disk: no answer while it lasts, and everything again afterwards, without a restart.
async fn trouble(trouble: Trouble, told: &str) {
    let mut stage = Stage::set("").await;
    let disk = Disk::under(&mut stage);
    let program = stage.start().await;
    assert_eq!(program.send(&fixture("zac-align-ckm.hl7")).await, "CA");
    stage.engine.notice("LKS000118", "aligned").await;
    disk.set(trouble);
    let feed = fixture("zac-align-msk.hl7");
    for _ in 0..3 {
        assert_eq!(program.exchange(&feed).await, Reply::Nothing, "an answer although nothing could be stored");
    }
    assert_eq!(program.exchange(&fixture("training.hl7")).await, Reply::Nothing);
    let log = program.log();
    assert!(log.contains("the ledger cannot be used") && log.contains(told), "{log}");
    disk.set(Trouble::None);
    assert_eq!(program.send(&feed).await, "CA");
    let told =
        tokio::time::timeout(std::time::Duration::from_secs(30), stage.engine.notice("LKS000119", "aligned")).await;
    assert!(told.is_ok(), "{}", program.log());
    assert!(stage.cms().all_accepted().iter().all(|one| one.count == 1), "{:?}", stage.cms().all_accepted());
    program.kill();
    let ledger = rusqlite::Connection::open(stage.folder().join("access-bridge.sqlite")).unwrap();
    let verdict: String = ledger.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_fails_acknowledges_nothing_and_is_survived() {
    trouble(Trouble::Syncs, "disk input or output failed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_fails_acknowledges_nothing_and_is_survived() {
    trouble(Trouble::Writes, "disk full").await;
}
