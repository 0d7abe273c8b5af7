//! The common suite on SQLite, and what only a file can do.

mod copies;
mod crashes;
mod files;
mod groups;
mod growth;
mod layouts;
mod presence;
mod trouble;

use super::SqliteLedger;
use crate::suite::kit::{START, World};
use bridge_types::{SequentialIds, TestClock};
use std::any::Any;
use std::path::Path;
use std::sync::Arc;

/// Opens a ledger with a clock that stands still.
fn open(path: &Path) -> Result<SqliteLedger, crate::LedgerError> {
    SqliteLedger::open(path, Arc::new(TestClock::at(START)), Arc::new(bridge_types::RandomIds))
}

/// A fresh file, opened twice.
fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    world_at(&path, Box::new(folder))
}

/// A file, opened twice.
fn world_at(path: &Path, keep: Box<dyn Any>) -> World {
    let path = path.to_owned();
    let clock = TestClock::at(START);
    let ids = Arc::new(SequentialIds::default());
    let open = || Arc::new(SqliteLedger::open(&path, Arc::new(clock.clone()), ids.clone()).unwrap());
    let (ledger, other) = (open(), open());
    let file = path.clone();
    let past = Box::new(move |sql: &str| rusqlite::Connection::open(&file).unwrap().execute_batch(sql).unwrap());
    World { ledger, other, clock, past, path: Some(path), _keep: keep }
}

fn world_of(_test: &str) -> Option<World> {
    Some(world())
}

crate::suite::behaviours!(crate::sqlite::tests::world_of);

#[test]
fn random_merges_lose_nothing() {
    crate::suite::joins::run(48, world);
}

#[test]
fn random_work_follows_the_model() {
    crate::suite::model::run(64, world);
}
