//! Everything there is, as lines of JSON: table after table, each row with all its columns.

use super::fault::Fault;
use super::session::View;
use super::sql::{Row, Value};
use crate::{Backend, BackendFailure, LedgerError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};
use tokio::sync::mpsc::Sender;

/// Every table with the columns of its primary key.
pub(super) const TABLES: &[(&str, &[&str])] = &[
    ("feeds", &["seq"]),
    ("charts", &["seq"]),
    ("chart_keys", &["key", "participant"]),
    ("entries", &["chart", "key"]),
    ("submissions", &["seq"]),
    ("payloads", &["submission", "attempt"]),
    ("events", &["seq"]),
    ("notices", &["seq"]),
    ("deliveries", &["seq"]),
    ("quarantine", &["seq"]),
    ("cms_notices", &["seq"]),
    ("marks", &["name"]),
    ("unmapped", &["application", "facility", "kind", "code", "system", "unit"]),
];
/// Rows read at once; feeds and mails are large.
const ROWS: usize = 64;

/// Sends a line for the ledger, one for each row, and a last one with the numbers of rows.
pub(super) fn write(view: &View<'_>, schema: u32, lines: &Sender<String>) -> Result<u64, Fault> {
    let send = |line: &Json| {
        lines.blocking_send(line.to_string()).map_err(|_| {
            let source = BackendFailure::named(Backend::Either, "nobody takes the lines any more");
            Fault::Ledger(LedgerError::Unavailable { step: "export", source })
        })
    };
    send(&json!({ "ledger": "access-bridge", "format": 1, "schema": schema }))?;
    let mut counts = Map::new();
    let mut all = 0;
    for (table, key) in TABLES {
        let count = rows(view, table, key, &mut |row| send(&json!({ "table": table, "row": row })))?;
        counts.insert((*table).to_owned(), json!(count));
        all += count;
    }
    send(&json!({ "rows": counts }))?;
    Ok(all)
}

/// Every row of a table, in the order of its key.
fn rows(
    view: &View<'_>,
    table: &str,
    key: &[&str],
    take: &mut impl FnMut(Map<String, Json>) -> Result<(), Fault>,
) -> Result<u64, Fault> {
    let columns = key.join(", ");
    let places = vec!["?"; key.len()].join(", ");
    let mut count = 0;
    let mut last: Vec<Held> = Vec::new();
    loop {
        let after = if last.is_empty() { String::new() } else { format!("WHERE ({columns}) > ({places})") };
        let sql = format!("SELECT * FROM {table} {after} ORDER BY {columns} LIMIT {ROWS}");
        let values: Vec<Value<'_>> = last.iter().map(Held::value).collect();
        let page = view.all(&sql, &values, |row| {
            let place = key.iter().map(|column| row.get::<_, Held>(*column)).collect::<Result<Vec<_>, _>>()?;
            Ok((place, object(row)?))
        })?;
        let full = page.len() == ROWS;
        for (place, row) in page {
            last = place;
            count += 1;
            take(row)?;
        }
        if !full {
            return Ok(count);
        }
    }
}

/// A value that outlives its row.
enum Held {
    Integer(i64),
    Text(String),
}

impl Held {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Integer(number) => Value::Integer(*number),
            Self::Text(text) => Value::Text(text),
        }
    }
}

impl super::sql::Column for Held {
    fn read(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Integer(number) => Some(Self::Integer(number)),
            Value::Text(text) => Some(Self::Text(text.to_owned())),
            Value::Null | Value::Bytes(_) => None,
        }
    }
}

/// A value as JSON. Bytes are an object, so that they are not taken for a text.
struct Shown(Json);

impl super::sql::Column for Shown {
    fn read(value: Value<'_>) -> Option<Self> {
        Some(Self(match value {
            Value::Null => Json::Null,
            Value::Integer(number) => json!(number),
            Value::Text(text) => json!(text),
            Value::Bytes(bytes) => json!({ "base64": STANDARD.encode(bytes) }),
        }))
    }
}

fn object(row: &Row<'_>) -> Result<Map<String, Json>, Fault> {
    let names = row.names();
    names.iter().map(|name| Ok((name.clone(), row.get::<_, Shown>(name.as_str())?.0))).collect()
}
