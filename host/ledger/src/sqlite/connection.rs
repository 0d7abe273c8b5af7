//! Opening the file: permissions, pragmas, migrations.

use super::failure::translate;
use super::schema;
use crate::{Backend, BackendFailure, LedgerError};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a connection waits for another process to finish its transaction.
const BUSY: Duration = Duration::from_secs(5);
/// How often, and after which time, a file that was in use is tried again.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(20);
/// Statements kept prepared for each connection.
const STATEMENTS: usize = 128;
/// Pages kept in memory for each connection, in KiB.
const CACHE: i64 = 16 * 1024;
/// Pages in the write-ahead log after which it is copied into the file: 16 MiB. A page that changes often is copied once for all the
/// times, and the log is then written from its start again, which costs the file system less than a log that grows.
const LOG_PAGES: i64 = 4096;
const STEP: &str = "open the file";

/// Where the ledger is.
#[derive(Debug, Clone)]
pub(super) struct Place(PathBuf);

impl Place {
    pub(super) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Opens the file for the first time in this process; makes and migrates it as needed.
    pub(super) fn create(&self) -> Result<Connection, LedgerError> {
        self.refuse_lone_log()?;
        self.make_file()?;
        let mut connection = self.open(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        schema::recognise(&connection)?;
        // Only now: a path that leads to somebody else's file must not change who may read it.
        self.make_private()?;
        patiently(|| prepare_writer(&connection)).map_err(|error| translate(&error, STEP))?;
        schema::migrate(&mut connection)?;
        Ok(connection)
    }

    /// Opens it again after a failure. Never makes a file: if it vanished, an empty one must not take its place.
    pub(super) fn reopen(&self) -> Result<Connection, LedgerError> {
        self.refuse_lone_log()?;
        let connection = self.open(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        schema::require_current(&connection)?;
        prepare_writer(&connection).map_err(|error| translate(&error, STEP))?;
        Ok(connection)
    }

    /// Opens it for reading only.
    pub(super) fn reader(&self) -> Result<Connection, LedgerError> {
        self.refuse_lone_log()?;
        self.open(OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    fn open(&self, mode: OpenFlags) -> Result<Connection, LedgerError> {
        let attempt = || {
            let connection = Connection::open_with_flags(&self.0, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
            connection.busy_timeout(BUSY)?;
            connection.set_prepared_statement_cache_capacity(STATEMENTS);
            connection.pragma_update(None, "foreign_keys", true)?;
            // Else every statement that compares with a parameter is planned anew each time it is run.
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
            connection.pragma_update(None, "cache_size", -CACHE)?;
            Ok(connection)
        };
        attempt().map_err(|error: rusqlite::Error| translate(&error, STEP))
    }

    /// Refuses a write-ahead log whose file is missing or empty: SQLite would delete the log, and with it what was
    /// acknowledged last.
    fn refuse_lone_log(&self) -> Result<(), LedgerError> {
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        let mut log = self.0.clone().into_os_string();
        log.push("-wal");
        if size(&self.0) == 0 && size(Path::new(&log)) > 0 {
            let source = BackendFailure::named(Backend::File, "there is a log, but its file is missing or empty");
            return Err(LedgerError::Damaged { step: STEP, source });
        }
        Ok(())
    }

    /// Makes the file, if it is missing.
    fn make_file(&self) -> Result<(), LedgerError> {
        private(std::fs::OpenOptions::new().create(true), &self.0).map(drop).map_err(|error| refused(&error))
    }

    /// Makes the file readable and writable by its owner alone. SQLite gives its side files (`-wal`, `-shm`) the same mode.
    fn make_private(&self) -> Result<(), LedgerError> {
        #[cfg(unix)]
        std::fs::set_permissions(&self.0, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .map_err(|error| refused(&error))?;
        Ok(())
    }
}

/// A file that only its owner can read and write, and that was not there before.
pub(super) fn new_file(path: &Path) -> std::io::Result<File> {
    private(std::fs::OpenOptions::new().create_new(true), path)
}

fn private(options: &mut std::fs::OpenOptions, path: &Path) -> std::io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.read(true).write(true).truncate(false).open(path)
}

/// What the system said of the file.
fn refused(error: &std::io::Error) -> LedgerError {
    let name = match error.kind() {
        std::io::ErrorKind::NotFound => "its folder does not exist",
        std::io::ErrorKind::PermissionDenied => "permission denied",
        std::io::ErrorKind::IsADirectory => "it is a folder",
        std::io::ErrorKind::StorageFull => "disk full",
        std::io::ErrorKind::ReadOnlyFilesystem => "file system is read-only",
        _ => "file cannot be opened",
    };
    LedgerError::Unavailable { step: STEP, source: BackendFailure::of_system(Backend::File, name, error) }
}

/// Repeats what found the file in use. To turn the log of a new file on needs the file alone for a moment, and where two do so at once,
/// SQLite tells one of them that it is busy without waiting.
fn patiently(prepare: impl Fn() -> rusqlite::Result<()>) -> rusqlite::Result<()> {
    for _ in 0..TRIES {
        match prepare() {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => std::thread::sleep(PAUSE),
            other => return other,
        }
    }
    prepare()
}

/// What only the writing connection sets.
fn prepare_writer(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "full")?;
    // What a document held before it changed does not linger in free pages.
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", 64 * 1024 * 1024, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", LOG_PAGES, |_| Ok(()))?;
    // What a savepoint remembers stays in memory: it is of no use after a crash.
    connection.pragma_update(None, "temp_store", "memory")?;
    Ok(())
}
