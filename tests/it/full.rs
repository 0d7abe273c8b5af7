//! A disk without room: nothing is acknowledged, nothing is damaged, and all goes on when there is room again.
#![cfg(target_os = "linux")]

use kit::{Reply, Stage, fixture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_costs_no_feed_and_no_ledger() {
    let stage = Stage::set("").await;
    // The compiled component is in the cache after a first start.
    stage.start().await.kill();
    let program = stage.start_in_shell().await;
    assert_eq!(program.send(&fixture("zac-align-ckm.hl7")).await, "CA");
    stage.engine.notice("LKS000118", "aligned").await;

    program.limit_files(Some(4096));
    let feed = fixture("zac-align-msk.hl7");
    for _ in 0..3 {
        assert_eq!(program.exchange(&feed).await, Reply::Nothing, "an answer although nothing could be stored");
    }
    // What is refused is not answered either where it cannot be kept.
    assert_eq!(program.exchange(&fixture("training.hl7")).await, Reply::Nothing);

    let log = program.log();
    assert!(log.contains("the ledger cannot be used error=the ledger is unavailable while trying to "), "{log}");
    assert!(log.contains("disk full (code ") || log.contains("disk input or output failed (code "), "{log}");

    program.limit_files(None);
    assert_eq!(program.send(&feed).await, "CA");
    stage.engine.notice("LKS000119", "aligned").await;
    assert_eq!(program.exchange(&fixture("training.hl7")).await.code(), "CR");
    assert!(program.log().contains("the ledger can be used again"), "{}", program.log());
    program.kill();
    let program = stage.start().await;
    let states: Vec<String> = stage.submissions().iter().map(|one| one["state"].to_string()).collect();
    assert!(states.iter().all(|state| state == "\"done\""), "{states:?}");
    assert!(stage.cms().all_accepted().iter().all(|one| one.count == 1), "{:?}", stage.cms().all_accepted());
    program.kill();
    let ledger = rusqlite::Connection::open(stage.folder().join("access-bridge.sqlite")).unwrap();
    let verdict: String = ledger.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
}

/// A cache that could not be written kept the service from starting.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cache_without_room_costs_only_time() {
    let mut stage = Stage::set("").await;
    let nowhere = stage.folder().join("a-file");
    std::fs::write(&nowhere, "x").unwrap();
    stage.vary("RUNTIME__CACHE", &nowhere.join("cache").display().to_string());
    let program = stage.start().await;
    assert_eq!(program.send(&fixture("a01-ckm.hl7")).await, "CA");
    assert!(program.log().contains("compiled code cannot be kept"), "{}", program.log());
}
