//! Own trouble: said as such, and over when its cause is over.

use super::open;
use crate::relational::{Decision, Fault};
use crate::sqlite::SqliteLedger;
use crate::suite::kit::*;
use crate::{IntakeResult, Kind, Ledger, LedgerError};
use access_contract::Track;
use bridge_types::Phi;
use rusqlite::{Connection, ffi};
use std::io::{Seek, SeekFrom, Write};

/// Something that must not appear in any error.
const SECRET: &str = "3AA1AA1AA11";

fn large(control_id: &str) -> crate::Intake {
    let mut entry = feed(control_id, &format!("MSH|{SECRET}"));
    entry.content_hash = control_id.to_owned();
    entry.bytes = Phi::new(SECRET.repeat(100_000).into_bytes());
    outside(entry, vec![newcomer(&[&format!("mbi:{SECRET}")], vec![check(Track::Bh)])])
}

/// Sets something of the writing connection.
async fn pragma(ledger: &SqliteLedger, name: &'static str, value: i64) -> i64 {
    ledger
        .writer
        .run("set", move |session| {
            let mut set = 0;
            session.connection().pragma_update_and_check(None, name, value, |row| {
                set = row.get(0)?;
                Ok(())
            })?;
            Ok(Decision::Keep(set))
        })
        .await
        .unwrap()
}

async fn read(ledger: &SqliteLedger, name: &'static str) -> i64 {
    let read = move |connection: &Connection| connection.pragma_query_value(None, name, |row| row.get(0));
    ledger.writer.run("get", move |session| Ok(Decision::Keep(read(session.connection())?))).await.unwrap()
}

fn is_own_trouble(error: &LedgerError, name: &str) {
    let LedgerError::Unavailable { source, .. } = error else { panic!("{error}") };
    assert_eq!((source.name, error.kind()), (name, Kind::Unavailable));
    let text = format!("{error} {error:?} {source}");
    assert!(!text.contains(SECRET), "{text}");
}

#[tokio::test]
async fn a_full_disk_refuses_and_recovers_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder.path().join("ledger.db")).unwrap();
    ledger.intake(outside(feed("m1", "MSH|one"), vec![])).await.unwrap();
    let pages = read(&ledger, "page_count").await;
    assert_eq!(pragma(&ledger, "max_page_count", pages + 10).await, pages + 10);
    for _ in 0..3 {
        is_own_trouble(&ledger.intake(large("m2")).await.unwrap_err(), "disk full");
        let health = ledger.health().await.unwrap();
        assert_eq!((health.feeds, health.charts), (1, 0));
    }
    // What still fits is still taken.
    ledger.intake(outside(feed("m3", "MSH|three"), vec![])).await.unwrap();
    pragma(&ledger, "max_page_count", 1_000_000).await;
    assert!(matches!(ledger.intake(large("m2")).await.unwrap(), IntakeResult::Stored(_)));
    assert_eq!(ledger.health().await.unwrap().feeds, 3);
}

#[tokio::test]
async fn a_lock_of_another_process_is_waited_for_and_then_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = open(&path).unwrap();
    pragma(&ledger, "busy_timeout", 20).await;
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    is_own_trouble(&ledger.intake(large("m1")).await.unwrap_err(), "locked by another process");
    // Reading goes on meanwhile.
    assert_eq!(ledger.health().await.unwrap().feeds, 0);
    other.execute_batch("COMMIT").unwrap();
    assert!(matches!(ledger.intake(large("m1")).await.unwrap(), IntakeResult::Stored(_)));
}

/// A job that meets an I/O error.
async fn spoil(ledger: &SqliteLedger) -> LedgerError {
    ledger
        .writer
        .run("write", |session| -> Result<Decision<()>, Fault> {
            session.connection().execute_batch("INSERT INTO feeds SELECT * FROM feeds WHERE FALSE")?;
            Err(Fault::Sqlite(rusqlite::Error::SqliteFailure(
                ffi::Error::new(ffi::SQLITE_IOERR_FSYNC),
                Some(SECRET.to_owned()),
            )))
        })
        .await
        .unwrap_err()
}

#[tokio::test]
async fn after_an_input_output_error_the_file_is_opened_anew() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder.path().join("ledger.db")).unwrap();
    pragma(&ledger, "busy_timeout", 20).await;
    is_own_trouble(&spoil(&ledger).await, "disk input or output failed");
    assert_eq!(read(&ledger, "busy_timeout").await, 5000);
    assert_eq!((read(&ledger, "synchronous").await, read(&ledger, "foreign_keys").await), (2, 1));
    assert!(matches!(ledger.intake(large("m1")).await.unwrap(), IntakeResult::Stored(_)));
}

#[tokio::test]
async fn a_file_that_vanished_is_not_replaced_by_an_empty_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = open(&path).unwrap();
    ledger.intake(outside(feed("m1", "MSH|one"), vec![])).await.unwrap();
    let away = folder.path().join("away.db");
    std::fs::rename(&path, &away).unwrap();
    spoil(&ledger).await;
    for empty in [false, true] {
        if empty {
            std::fs::write(&path, b"").unwrap();
        }
        // The log that was left alone stays as well: it holds what was acknowledged last.
        let error = ledger.intake(large("m2")).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Fatal, "{error}");
        assert!(matches!(open(&path), Err(LedgerError::Damaged { .. })));
        assert_eq!(path.exists(), empty);
        assert!(std::fs::metadata(folder.path().join("ledger.db-wal")).unwrap().len() > 0);
    }
    std::fs::rename(&away, &path).unwrap();
    assert!(matches!(ledger.intake(large("m2")).await.unwrap(), IntakeResult::Stored(_)));
    assert!(ledger.known_feed(&identity("m1")).await.unwrap().is_some());
}

#[tokio::test]
async fn a_file_that_vanished_without_a_log_is_not_replaced_either() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = open(&path).unwrap();
    let away = folder.path().join("away.db");
    std::fs::rename(&path, &away).unwrap();
    for side in ["ledger.db-wal", "ledger.db-shm"] {
        std::fs::remove_file(folder.path().join(side)).unwrap();
    }
    spoil(&ledger).await;
    is_own_trouble(&ledger.intake(large("m2")).await.unwrap_err(), "file cannot be opened");
    assert!(!path.exists());
    std::fs::write(&path, b"").unwrap();
    let error = ledger.intake(large("m2")).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Fatal, "{error}");
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
}

#[tokio::test]
async fn a_damaged_file_is_fatal_and_never_quotes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = open(&path).unwrap();
    for number in 0..3 {
        let mut intake = large(&format!("m{number}"));
        intake.subjects.clear();
        ledger.intake(intake).await.unwrap();
    }
    drop(ledger);
    let size = std::fs::metadata(&path).unwrap().len();
    let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(4096)).unwrap();
    file.write_all(&vec![0xAA; usize::try_from(size - 4096).unwrap()]).unwrap();
    drop(file);
    let error = match open(&path) {
        Err(error) => error,
        Ok(ledger) => ledger.intake(large("m9")).await.unwrap_err(),
    };
    assert!(matches!(error, LedgerError::Damaged { .. }), "{error}");
    assert_eq!((error.kind(), error.hint().is_some()), (Kind::Fatal, true));
    assert!(!format!("{error} {error:?}").contains(SECRET));
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = open(&path).unwrap();
    ledger.intake(outside(feed("m1", "MSH|one"), vec![newcomer(&["id:A|1"], vec![check(Track::Bh)])])).await.unwrap();
    Connection::open(&path).unwrap().execute("UPDATE submissions SET intent = ?", [SECRET]).unwrap();
    let error = ledger.claim("w1", MINUTE, 10).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Fatal);
    assert!(!format!("{error} {error:?}").contains(SECRET));
    // Nothing was claimed by half.
    let leased: i64 = Connection::open(&path)
        .unwrap()
        .query_row("SELECT count(*) FROM submissions WHERE lease_owner IS NOT NULL", [], |row| row.get(0))
        .unwrap();
    assert_eq!(leased, 0);
}

#[test]
fn what_is_shown_for_debugging_hides_what_is_protected() {
    let mut intake = large("m1");
    intake.subjects[0].change.as_mut().unwrap().document = Phi::new(SECRET.to_owned());
    intake.subjects[0].intents[0].conditions.push(SECRET.to_owned());
    intake.subjects[0].intents[0].visit = Some(SECRET.to_owned());
    let shown = format!("{intake:?}");
    assert!(shown.contains("Phi(…)") && !shown.contains(SECRET), "{shown}");
}

#[tokio::test]
async fn what_is_read_back_hides_what_is_protected() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder.path().join("ledger.db")).unwrap();
    let mut intake = large("m1");
    intake.subjects[0].intents[0].conditions.push(SECRET.to_owned());
    intake.subjects[0].intents[0].visit = Some(SECRET.to_owned());
    let IntakeResult::Stored(stored) = ledger.intake(intake).await.unwrap() else { panic!("not stored") };
    let claimed = ledger.claim("w1", MINUTE, 1).await.unwrap();
    let story = ledger.submission(&stored.subjects[0].submissions[0].id).await.unwrap();
    let chart = ledger.charts(PARTICIPANT, &[format!("mbi:{SECRET}")]).await.unwrap();
    assert_eq!((claimed.len(), story.is_some(), chart.len()), (1, true, 1));
    let feed = ledger.feed(&stored.feed.unwrap()).await.unwrap();
    let shown = format!("{claimed:?} {story:?} {chart:?} {feed:?}");
    assert!(!shown.contains(SECRET), "{shown}");
}

#[tokio::test]
async fn a_read_only_file_is_told_and_tried_anew() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder.path().join("ledger.db")).unwrap();
    ledger
        .writer
        .run("set", |session| {
            session.connection().pragma_update(None, "query_only", true)?;
            Ok(Decision::Keep(()))
        })
        .await
        .unwrap();
    is_own_trouble(&ledger.intake(large("m1")).await.unwrap_err(), "file is read-only");
    assert!(matches!(ledger.intake(large("m1")).await.unwrap(), IntakeResult::Stored(_)));
}
