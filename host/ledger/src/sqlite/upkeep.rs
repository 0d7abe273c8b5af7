//! Looking after the file: a copy while it is in use, its own check, and giving free space back.

use super::SqliteLedger;
use super::connection::{Place, new_file};
use super::failure::translate;
use crate::{Backend, BackendFailure, LedgerError, Violation};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::fs::File;
use std::path::Path;

const BACKUP: &str = "copy the file";
const VACUUM: &str = "give free space back";
/// Findings of SQLite's own check that are told.
const FINDINGS: usize = 20;

impl SqliteLedger {
    /// Copies the ledger into a new file (mode 0600), while services go on writing: the copy is of one moment. It stands under a name of
    /// its own until it is whole, on disk and looked through. Blocks meanwhile.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Invalid`] if something stands at `to`, [`LedgerError::Unavailable`] if it cannot be written,
    /// [`LedgerError::Damaged`] if the copy does not hold what it should.
    pub fn backup(&self, to: &Path) -> Result<(), LedgerError> {
        if to.exists() {
            return Err(LedgerError::Invalid { what: "something stands where the copy should go" });
        }
        let mut unfinished = to.as_os_str().to_owned();
        unfinished.push(".unfinished");
        let unfinished = Path::new(&unfinished);
        let copied = self.copy(unfinished).and_then(|()| {
            std::fs::rename(unfinished, to).map_err(|error| unavailable("copy cannot be named", &error))?;
            sync_folder(to)
        });
        if copied.is_err() {
            let _ = std::fs::remove_file(unfinished);
        }
        copied
    }

    fn copy(&self, to: &Path) -> Result<(), LedgerError> {
        let fail = |error: rusqlite::Error| translate(&error, BACKUP);
        let file = new_file(to).map_err(|error| unavailable("copy cannot be made", &error))?;
        let from = Place::new(&self.path).reader()?;
        let mut copy = Connection::open(to).map_err(fail)?;
        // In one step, so that it is of one moment and never begins anew because a service wrote meanwhile.
        let done = Backup::new(&from, &mut copy).and_then(|backup| backup.step(-1)).map_err(fail)?;
        if !matches!(done, StepResult::Done) {
            let source = BackendFailure::named(Backend::File, "locked by another process");
            return Err(LedgerError::Unavailable { step: BACKUP, source });
        }
        // No log stands beside a copy.
        copy.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(())).map_err(fail)?;
        if !findings(&copy, "quick_check").map_err(fail)?.is_empty() {
            let source = BackendFailure::named(Backend::File, "copy is not whole");
            return Err(LedgerError::Damaged { step: BACKUP, source });
        }
        drop(copy);
        file.sync_all().map_err(|error| unavailable("copy cannot be made durable", &error))
    }

    /// Gives the space of what was deleted back to the system. No service may work on the file meanwhile. Blocks.
    ///
    /// # Errors
    ///
    /// [`LedgerError::InUse`], [`LedgerError::Unavailable`]
    pub fn vacuum(&self) -> Result<(), LedgerError> {
        let _alone = super::presence::alone(&self.path)?;
        let attempt = || {
            let connection = Place::new(&self.path).reopen()?;
            connection
                .execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
                .map_err(|error| translate(&error, VACUUM))
        };
        attempt()
    }
}

/// What SQLite's own check finds in a file, with references that lead nowhere.
pub(crate) fn own_check(connection: &Connection) -> rusqlite::Result<Vec<Violation>> {
    let mut violations = findings(connection, "integrity_check")?;
    let lost: u64 = connection
        .prepare("SELECT count(*) FROM pragma_foreign_key_check")?
        .query_row([], |row| row.get::<_, i64>(0))
        .map(|count| count.try_into().unwrap_or(0))?;
    if lost > 0 {
        violations.push(Violation { rule: "a reference leads to a row that is there".to_owned(), rows: lost });
    }
    Ok(violations)
}

fn findings(connection: &Connection, check: &str) -> rusqlite::Result<Vec<Violation>> {
    let mut statement = connection.prepare(&format!("PRAGMA {check}({FINDINGS})"))?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    // It names pages, tables and indexes, never content.
    Ok(rows
        .into_iter()
        .filter(|finding| finding != "ok")
        .map(|finding| Violation { rule: format!("the file is whole: {finding}"), rows: 1 })
        .collect())
}

fn sync_folder(of: &Path) -> Result<(), LedgerError> {
    let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| unavailable("folder of the copy cannot be made durable", &error))
}

fn unavailable(name: &'static str, error: &std::io::Error) -> LedgerError {
    LedgerError::Unavailable { step: BACKUP, source: BackendFailure::of_system(Backend::File, name, error) }
}
