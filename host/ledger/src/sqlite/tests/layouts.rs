//! Files that earlier versions wrote.

use super::{world, world_at};
use crate::sqlite::schema::{APPLICATION, MIGRATIONS};
use crate::suite::layouts::Before;
use rusqlite::Connection;
use std::path::Path;

/// Makes a file of an earlier layout that holds what another file holds.
fn write_earlier(file: &Path, layout: usize, from: &Path) {
    let connection = Connection::open(file).unwrap();
    for migration in MIGRATIONS.iter().take(layout) {
        connection.execute_batch(migration).unwrap();
    }
    connection.pragma_update(None, "application_id", APPLICATION).unwrap();
    connection.pragma_update(None, "user_version", layout).unwrap();
    connection.execute("ATTACH ? AS newest", [from.to_str().unwrap()]).unwrap();
    let texts = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    for table in texts("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'") {
        let columns = texts(&format!("SELECT name FROM pragma_table_info('{table}', 'main')")).join(", ");
        let copy = format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newest.{table}");
        connection.execute_batch(&copy).unwrap();
    }
}

#[tokio::test]
async fn a_file_of_every_earlier_layout_goes_on_with_all_that_is_in_it() {
    for layout in 1..MIGRATIONS.len() {
        let newest = world();
        let before = Before::made(&newest).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("earlier.db");
        write_earlier(&file, layout, newest.path.as_ref().unwrap());
        before.goes_on(&world_at(&file, Box::new(folder)), layout).await;
    }
}
