//! Databases that earlier versions wrote.

use super::{database, world_at};
use crate::NoticeFilter;
use crate::postgres::schema::MIGRATIONS;
use crate::suite::kit::*;
use crate::suite::layouts::Before;
use access_contract::{Intent, Notice, NoticeKind, Track};
use bridge_types::Phi;
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

/// NUL in a notice or in the visit of a report had every start fail at the migration, since PostgreSQL reads no such text of a document.
#[tokio::test]
async fn what_a_broken_sender_wrote_stops_no_migration() {
    let Some(server) = Server::shared("what_a_broken_sender_wrote_stops_no_migration") else { return };
    // As sent, and as found: also what only looks like the escape of NUL, and NUL behind a backslash.
    let sent = ["m\0\0", r"m\u0000", "m\\\0", r"m\\u0000"];
    let kept = ["m\u{FFFD}\u{FFFD}", r"m\u0000", "m\\\u{FFFD}", r"m\\u0000"];
    let address = server.database();
    let world = world_at(server, &address);
    for control_id in sent {
        let mut new = notice(NoticeKind::FeedProblem, &[]);
        let told = Notice { control_id: control_id.to_owned(), text: "a\0b".to_owned(), ..new.notice.into_inner() };
        new.notice = Phi::new(told);
        world.ledger.notify(vec![new]).await.unwrap();
    }
    let visit = Some("V\0".to_owned());
    let chart = world.person(&["id:A|1"]).await;
    let reported = Intent { visit, ..held(report(Track::Ckm, "quarterly-1", "sub-1")) };
    let reported = world.ask(&chart, vec![reported]).await.remove(0).id;
    drop(world);
    make_earlier(server, &database(&address), 5);
    let world = world_at(server, &address);
    for control_id in kept {
        let filter = NoticeFilter { control_id: Some(control_id.to_owned()), ..NoticeFilter::default() };
        assert_eq!(world.ledger.notices_page(&filter, None, 10).await.unwrap().items.len(), 1, "{control_id:?}");
    }
    let again = world.ask(&chart, vec![held(report(Track::Ckm, "quarterly-1", "sub-1"))]).await;
    assert_eq!(again[0].id, reported);
}
