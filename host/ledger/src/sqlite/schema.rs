//! Numbered migrations. The number of the last one is the file's `user_version`; `application_id` marks the file as ours.

use super::failure::translate;
use crate::{Backend, BackendFailure, LedgerError};
use rusqlite::{Connection, TransactionBehavior};

/// Marks a ledger of this product (`ABLG`).
pub(super) const APPLICATION: i64 = 0x4142_4c47;
/// Every migration, in order. Released ones are never edited.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
    include_str!("migrations/0006.sql"),
    include_str!("migrations/0007.sql"),
    include_str!("migrations/0008.sql"),
    include_str!("migrations/0009.sql"),
    include_str!("migrations/0010.sql"),
    include_str!("migrations/0011.sql"),
    include_str!("migrations/0012.sql"),
    include_str!("migrations/0013.sql"),
    include_str!("migrations/0014.sql"),
];
const STEP: &str = "read or migrate the schema";

/// The schema this version writes.
pub(super) fn current() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// Refuses a file of another product or of a newer version. An empty file is neither.
pub(super) fn recognise(connection: &Connection) -> Result<u32, LedgerError> {
    let (application, version, tables) = marks(connection).map_err(|error| translate(&error, STEP))?;
    if application != APPLICATION && (application != 0 || version != 0 || tables != 0) {
        return Err(LedgerError::Damaged {
            step: STEP,
            source: BackendFailure::named(Backend::File, "file belongs to another program"),
        });
    }
    let found = u32::try_from(version).unwrap_or(u32::MAX);
    if found > current() { Err(LedgerError::NewerSchema { found, supported: current() }) } else { Ok(found) }
}

/// Refuses a file whose schema is not exactly the current one.
pub(super) fn require_current(connection: &Connection) -> Result<(), LedgerError> {
    if recognise(connection)? == current() {
        Ok(())
    } else {
        Err(LedgerError::Damaged {
            step: STEP,
            source: BackendFailure::named(Backend::File, "file was replaced by an older one"),
        })
    }
}

/// Brings the file to the current schema, in one transaction: a crash leaves the old one.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), LedgerError> {
    if recognise(connection)? == current() {
        return Ok(());
    }
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|error| translate(&error, STEP))?;
    // Another process may have done it while this one waited for the lock.
    let found = recognise(&transaction)?;
    let attempt = || {
        for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(usize::MAX)) {
            transaction.execute_batch(migration)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", current())?;
        Ok(())
    };
    attempt().map_err(|error: rusqlite::Error| translate(&error, STEP))?;
    transaction.commit().map_err(|error| translate(&error, STEP))
}

/// `application_id`, `user_version`, and how many tables there are. One statement sees one state of the file, whoever
/// migrates it at the same time.
fn marks(connection: &Connection) -> rusqlite::Result<(i64, i64, i64)> {
    connection.query_row(
        "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
         FROM pragma_application_id, pragma_user_version",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}
