//! Numbered migrations, under a lock of the database's, so that hosts may start at the same time. `ledger_schema` holds the number of
//! the last one.

use super::failure::{Failure, Nature};
use super::line::{Line, cell};
use crate::LedgerError;
use crate::relational::params;

/// Every migration, in order. Released ones are never edited.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
    include_str!("migrations/0006.sql"),
    include_str!("migrations/0007.sql"),
];
const STEP: &str = "read or migrate the schema";
/// The lock that whoever migrates holds (`ABLG`).
const LOCK: i64 = 0x4142_4c47;

/// The schema this version writes.
pub(super) fn current() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// The schema that is there; 0 where there is none.
fn found(line: &Line) -> Result<u32, Failure> {
    let there = line.rows("SELECT to_regclass('ledger_schema') IS NOT NULL", &[])?;
    if !there.first().map_or(Ok(false), |row| cell(row, 0))? {
        return Ok(0);
    }
    let rows = line.rows("SELECT version FROM ledger_schema", &[])?;
    let version: i64 = rows.first().map_or(Ok(0), |row| cell(row, 0))?;
    Ok(u32::try_from(version).unwrap_or(u32::MAX))
}

/// Whether the database holds what this version reads and writes.
pub(super) fn require_current(line: &Line) -> Result<(), LedgerError> {
    let found = found(line).map_err(|failure| failure.into_error(STEP))?;
    if found > current() {
        return Err(LedgerError::NewerSchema { found, supported: current() });
    }
    if found < current() {
        return Err(Failure::of(Nature::Broken, "database was replaced by an older one").into_error(STEP));
    }
    Ok(())
}

/// Brings the database to the current schema, in one transaction: a crash leaves the old one.
pub(super) fn migrate(line: &Line) -> Result<(), LedgerError> {
    let fail = |failure: Failure| failure.into_error(STEP);
    if found(line).map_err(fail)? == current() {
        return Ok(());
    }
    line.begin("BEGIN").map_err(fail)?;
    // A new index of a large table takes its time.
    line.at_leisure().map_err(fail)?;
    let result = within(line);
    let end = line.batch(if result.is_ok() { "COMMIT" } else { "ROLLBACK" });
    result?;
    end.map_err(fail)
}

fn within(line: &Line) -> Result<(), LedgerError> {
    let fail = |failure: Failure| failure.into_error(STEP);
    // Whoever comes second waits here, and finds it done.
    line.rows("SELECT pg_advisory_xact_lock(?) IS NULL", params![LOCK]).map_err(fail)?;
    let encoding = line.rows("SELECT current_setting('server_encoding') = 'UTF8'", &[]).map_err(fail)?;
    if !encoding.first().map_or(Ok(false), |row| cell(row, 0)).map_err(fail)? {
        return Err(fail(Failure::of(Nature::Broken, "the database's encoding is not UTF8")));
    }
    let found = found(line).map_err(fail)?;
    if found > current() {
        return Err(LedgerError::NewerSchema { found, supported: current() });
    }
    if found == 0 {
        line.batch("CREATE TABLE ledger_schema (version BIGINT NOT NULL); INSERT INTO ledger_schema VALUES (0)")
            .map_err(fail)?;
    }
    for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(usize::MAX)) {
        line.batch(migration).map_err(fail)?;
    }
    line.run("UPDATE ledger_schema SET version = ?", params![current()]).map(drop).map_err(fail)
}
