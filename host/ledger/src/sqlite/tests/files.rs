//! The file: who may read it, whose it is, and what it refuses by itself.

use super::{open, world};
use crate::suite::kit::*;
use crate::{Kind, Ledger, LedgerError, SqliteLedger};
use access_contract::Track;
use rusqlite::Connection;
use std::path::Path;

/// A ledger with something in it, closed again.
async fn written(path: &Path) {
    let ledger = open(path).unwrap();
    ledger.intake(outside(feed("m1", "MSH|one"), vec![newcomer(&["id:A|1"], vec![check(Track::Bh)])])).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_file_and_its_side_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    // Even where an operator made it readable for all.
    std::fs::write(&path, b"").unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    let ledger = open(&path).unwrap();
    ledger.intake(outside(feed("m1", "MSH|one"), vec![])).await.unwrap();
    let mut files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap()).collect();
    files.sort_by_key(std::fs::DirEntry::file_name);
    assert_eq!(files.len(), 3);
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.file_name());
    }
}

/// A path that led to another file by mistake took that file away from everybody else.
#[cfg(unix)]
#[tokio::test]
async fn a_file_that_is_no_ledger_keeps_its_mode_and_its_bytes() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("passwd");
    std::fs::write(&path, b"root:x:0:0::/root:/bin/sh\n").unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    assert!(matches!(open(&path), Err(LedgerError::Damaged { .. })));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
    assert_eq!(std::fs::read(&path).unwrap(), b"root:x:0:0::/root:/bin/sh\n");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_cannot_be_made_is_told_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    for (path, why) in [("nowhere/ledger.db", "its folder does not exist (code 2)"), (".", "it is a folder (code 21)")]
    {
        let error = open(&folder.path().join(path)).unwrap_err().to_string();
        assert!(error.ends_with(why), "{error}");
    }
}

#[tokio::test]
async fn a_ledger_opened_again_is_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    written(&path).await;
    let ledger = open(&path).unwrap();
    let health = ledger.health().await.unwrap();
    assert_eq!((health.feeds, health.charts, health.schema), (1, 1, crate::sqlite::schema::current()));
    let claimed = ledger.claim("w1", MINUTE, 10).await.unwrap();
    assert_eq!(claimed.len(), 1);
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let supported = crate::sqlite::schema::current();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    written(&path).await;
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = open(&path).unwrap_err();
    assert_eq!(error, LedgerError::NewerSchema { found: 99, supported });
    assert_eq!(error.to_string(), format!("the ledger has schema 99, this version knows schemas up to {supported}"));
    assert_eq!((error.kind(), error.hint().is_some()), (Kind::Fatal, true));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn files_of_others_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text");
    std::fs::write(
        &text,
        "this is no database, but long enough to be read as the header of one, or so one might think",
    )
    .unwrap();
    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    let marked = folder.path().join("marked.db");
    Connection::open(&marked).unwrap().pragma_update(None, "application_id", 7).unwrap();
    for path in [text, other, marked] {
        let before = std::fs::read(&path).unwrap();
        let error = open(&path).unwrap_err();
        assert!(matches!(error, LedgerError::Damaged { .. }), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before, "{path:?}");
    }
}

#[test]
fn a_place_that_cannot_be_opened_is_own_trouble() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("missing/ledger.db")] {
        let error = open(&path).unwrap_err();
        assert_eq!(error.kind(), Kind::Unavailable, "{error}");
        assert!(!error.to_string().contains("missing"), "{error}");
    }
}

#[test]
fn many_may_open_a_new_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let opened: Vec<Result<SqliteLedger, LedgerError>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| open(&path))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for ledger in opened {
        ledger.unwrap();
    }
}

#[tokio::test]
async fn the_file_itself_keeps_ids_and_history() {
    let world = world();
    let id = world.one(check(Track::Bh)).await;
    world.bring_to_polling(&id).await;
    let path = Connection::open(world.path.as_ref().unwrap()).unwrap();
    for tampering in [
        "UPDATE submissions SET location = 'elsewhere'",
        "UPDATE submissions SET location = NULL, cms_submission = NULL",
        "UPDATE submissions SET cms_submission = 'other'",
        "DELETE FROM submissions",
        "UPDATE events SET cause = 'nothing happened'",
        // A state without what belongs to it.
        "UPDATE submissions SET due_at = NULL",
        "UPDATE submissions SET state = 'unheard-of'",
        "UPDATE submissions SET blocked_by = id",
        "INSERT INTO submissions SELECT NULL, 'twin', participant, chart, operation, track, family, slot, state, due_at,
         lease_owner, lease_until, lease_number, sent_under, blocked_by, needs_approval, rule, why, basis, visit, feed,
         control_id, retry_of, cause, attempts, polls, failures, location, cms_submission, accepted_at, polling_since, class,
         code, created_at, changed_at, intent, outcome, answer, told_operator, told_overdue, look_at, look_owner,
         matter FROM submissions",
    ] {
        let error = path.execute_batch(tampering).unwrap_err();
        assert_eq!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::ConstraintViolation), "{tampering}: {error}");
    }
    assert_eq!(world.story(&id).await.submission.cms_submission, Some(format!("cms-{id}")));
}
