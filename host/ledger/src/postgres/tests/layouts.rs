//! Databases that earlier versions wrote.

use super::{database, world_at};
use crate::postgres::schema::MIGRATIONS;
use crate::suite::layouts::Before;
use postgres_kit::Server;

/// Puts an earlier layout with the same rows in the place of the newest one.
fn make_earlier(server: &Server, name: &str, layout: usize) {
    let made: String = MIGRATIONS.iter().take(layout).copied().collect();
    server.psql(
        name,
        &format!(
            "ALTER SCHEMA public RENAME TO newest; CREATE SCHEMA public;
             CREATE TABLE ledger_schema (version BIGINT NOT NULL); {made}
             INSERT INTO ledger_schema VALUES ({layout})"
        ),
    );
    let columns = server.psql(
        name,
        "SELECT table_name, string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name <> 'ledger_schema' GROUP BY table_name",
    );
    // References are not looked at, whatever order the tables come in.
    let mut copy = "SET session_replication_role = replica;".to_owned();
    for line in columns.lines() {
        let (table, columns) = line.split_once('|').unwrap();
        copy += &format!("INSERT INTO public.{table} ({columns}) SELECT {columns} FROM newest.{table};");
    }
    // Numbers go on after those that are taken.
    for line in server
        .psql(
            name,
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND is_identity = 'YES'",
        )
        .lines()
    {
        copy += &format!(
            "SELECT setval(pg_get_serial_sequence('public.{line}', 'seq'), coalesce(max(seq), 0) + 1) FROM public.{line};"
        );
    }
    server.psql(name, &copy);
}

#[tokio::test]
async fn a_database_of_every_earlier_layout_goes_on_with_all_that_is_in_it() {
    let test = "a_database_of_every_earlier_layout_goes_on_with_all_that_is_in_it";
    let Some(server) = Server::shared(test) else { return };
    for layout in 1..MIGRATIONS.len() {
        let address = server.database();
        let before = Before::made(&world_at(server, &address)).await;
        make_earlier(server, &database(&address), layout);
        before.goes_on(&world_at(server, &address), layout).await;
    }
}
