//! Dated pieces of charts. A look-up costs the same however many a chart has: by key, or the newest of each code from an index.

use super::fault::Fault;
use super::session::{Session, View};
use super::sql::{Row, params};
use access_contract::{Entry, EntryKind};
use bridge_types::Timestamp;

const COLUMNS: &str = "SELECT key, kind, code, at, document, changed_at FROM entries";

fn entry_row(row: &Row<'_>) -> Result<Entry, Fault> {
    Ok(Entry {
        key: row.get("key")?,
        kind: EntryKind::from(row.get::<_, String>("kind")?),
        code: row.get("code")?,
        at: row.get("at")?,
        document: row.get("document")?,
    })
}

/// Those under the keys, each once, in the order of the keys, with when each was last changed.
pub(super) fn under(view: &View<'_>, chart: &str, keys: &[String]) -> Result<Vec<(Entry, Timestamp)>, Fault> {
    let dated = |row: &Row<'_>| Ok((entry_row(row)?, Timestamp::from_millis(row.get("changed_at")?)));
    let mut found = Vec::new();
    for key in keys {
        found.extend(view.one(&format!("{COLUMNS} WHERE chart = ? AND key = ?"), params![chart, key], dated)?);
    }
    Ok(found)
}

/// The newest of each code, by code, the newest first.
pub(super) fn newest(view: &View<'_>, chart: &str, of_each: usize) -> Result<Vec<Entry>, Fault> {
    let limit = i64::try_from(of_each).unwrap_or(i64::MAX);
    let mut found = Vec::new();
    let mut last = String::new();
    // One step in the index for each code, so that a chart of thousands of rows costs no more than its codes.
    while let Some(code) = view
        .value::<Option<String>>("SELECT min(code) FROM entries WHERE chart = ? AND code > ?", params![chart, last])?
    {
        let Some(code) = code else { break };
        found.extend(view.all(
            &format!("{COLUMNS} WHERE chart = ? AND code = ? ORDER BY at DESC, key LIMIT ?"),
            params![chart, code, limit],
            entry_row,
        )?);
        last = code;
    }
    Ok(found)
}

/// Stores entries, each in place of the one under its key.
pub(super) fn store(session: &Session<'_>, chart: &str, entries: &[Entry]) -> Result<(), Fault> {
    for entry in entries {
        session.run(
            "INSERT INTO entries (chart, key, kind, code, at, document, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (chart, key) DO UPDATE SET kind = excluded.kind, code = excluded.code, at = excluded.at,
             document = excluded.document, changed_at = excluded.changed_at",
            params![chart, entry.key, entry.kind.as_str(), entry.code, entry.at, entry.document, session.millis()],
        )?;
    }
    Ok(())
}

/// Brings the entries of a joined chart to the survivor; of two under one key the one that was stored later counts.
pub(super) fn bring(session: &Session<'_>, survivor: &str, absorbed: &str) -> Result<(), Fault> {
    session.run(
        "INSERT INTO entries (chart, key, kind, code, at, document, changed_at)
         SELECT CAST(?1 AS TEXT), key, kind, code, at, document, changed_at FROM entries WHERE chart = ?2
         ON CONFLICT (chart, key) DO UPDATE SET kind = excluded.kind, code = excluded.code, at = excluded.at,
             document = excluded.document, changed_at = excluded.changed_at
         WHERE excluded.changed_at > entries.changed_at",
        params![survivor, absorbed],
    )?;
    session.run("DELETE FROM entries WHERE chart = ?", params![absorbed])?;
    Ok(())
}
