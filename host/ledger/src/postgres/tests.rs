//! The common suite on PostgreSQL, and what only a server can do.

mod commits;
mod crashes;
mod hosts;
mod layouts;
mod tls;

use super::{PostgresLedger, PostgresSettings, Time};
use crate::LedgerError;
use crate::suite::kit::{START, World};
use bridge_types::{Ids, RandomIds, SequentialIds, TestClock};
use postgres_kit::Server;
use std::sync::Arc;

/// Opens a database with a clock that stands still.
fn open(address: &str) -> Result<PostgresLedger, LedgerError> {
    connect(address, &TestClock::at(START), Arc::new(RandomIds))
}

fn connect(address: &str, clock: &TestClock, ids: Arc<dyn Ids>) -> Result<PostgresLedger, LedgerError> {
    let settings = PostgresSettings::new(address, None, None).unwrap().with_connections(4);
    PostgresLedger::open(settings, Time::Given(Arc::new(clock.clone())), ids)
}

/// The name of a database in its address.
fn database(address: &str) -> String {
    address.rsplit_once("@/").unwrap().1.split('?').next().unwrap().to_owned()
}

/// A fresh database, opened twice.
fn world_on(server: &'static Server) -> World {
    world_at(server, &server.database())
}

/// A database, opened twice.
fn world_at(server: &'static Server, address: &str) -> World {
    let clock = TestClock::at(START);
    let ids = Arc::new(SequentialIds::default());
    let open = || Arc::new(connect(address, &clock, ids.clone()).unwrap());
    let (ledger, other) = (open(), open());
    let name = database(address);
    let past = Box::new(move |sql: &str| drop(server.psql(&name, sql)));
    World { ledger, other, clock, past, path: None, _keep: Box::new(()) }
}

fn world_of(test: &str) -> Option<World> {
    Server::shared(test).map(world_on)
}

crate::suite::behaviours!(crate::postgres::tests::world_of);

#[test]
fn random_merges_lose_nothing() {
    if let Some(server) = Server::shared("random_merges_lose_nothing") {
        crate::suite::joins::run(12, || world_on(server));
    }
}

#[test]
fn random_work_follows_the_model() {
    if let Some(server) = Server::shared("random_work_follows_the_model") {
        crate::suite::model::run(12, || world_on(server));
    }
}
