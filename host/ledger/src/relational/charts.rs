//! Charts and their keys.

use super::fault::Fault;
use super::session::{Listing, Session, View, moment, phi};
use super::sql::{Row, params};
use crate::{ChartChange, ChartFilter, Cursor, LedgerError, Page, SeenChart, StoredChart};
use bridge_types::{Phi, Timestamp};
use std::collections::BTreeSet;

const COLUMNS: &str = "SELECT seq, id, participant, version, joined_into, created_at, changed_at, document FROM charts";

fn chart_row(view: &View<'_>, row: &Row<'_>) -> Result<StoredChart, Fault> {
    let id: String = row.get("id")?;
    let keys = keys(view, &id)?;
    Ok(StoredChart {
        id,
        participant: row.get("participant")?,
        version: row.get("version")?,
        document: phi(row, "document")?,
        keys: Phi::new(keys),
        joined_into: row.get("joined_into")?,
        created_at: moment(row, "created_at")?,
        changed_at: moment(row, "changed_at")?,
    })
}

/// The keys of a chart, in order.
fn keys(view: &View<'_>, chart: &str) -> Result<Vec<String>, Fault> {
    view.all("SELECT key FROM chart_keys WHERE chart = ? ORDER BY position, key", params![chart], |row| row.get(0))
}

/// The living chart under a key.
pub(super) fn owner(view: &View<'_>, participant: &str, key: &str) -> Result<Option<String>, Fault> {
    view.value("SELECT chart FROM chart_keys WHERE participant = ? AND key = ?", params![participant, key])
}

/// The charts under some keys, each once, in the order of the keys.
pub(super) fn find(view: &View<'_>, participant: &str, keys: &[String]) -> Result<Vec<StoredChart>, Fault> {
    let mut found: Vec<StoredChart> = Vec::new();
    for key in keys {
        let Some(id) = owner(view, participant, key)? else { continue };
        if found.iter().all(|chart| chart.id != id)
            && let Some(chart) = show(view, &id)?
        {
            found.push(chart);
        }
    }
    Ok(found)
}

/// One chart.
pub(super) fn show(view: &View<'_>, id: &str) -> Result<Option<StoredChart>, Fault> {
    view.one(&format!("{COLUMNS} WHERE id = ?"), params![id], |row| chart_row(view, row))
}

/// A page of charts.
pub(super) fn page(
    view: &View<'_>,
    filter: &ChartFilter,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<StoredChart>, Fault> {
    Listing::of(COLUMNS)
        .filter("participant = ?", filter.participant.as_deref())
        .filter(
            "id IN (SELECT chart FROM chart_keys WHERE key = ?)",
            filter.key.as_ref().map(|key| key.expose().as_str()),
        )
        .only(!filter.joined, "joined_into IS NULL")
        .page(view, after, limit, |row| chart_row(view, row))
}

/// Whether a chart is still as it was seen. Where others write at the same time, the caller holds it.
pub(super) fn unmoved(view: &View<'_>, participant: &str, seen: &SeenChart) -> Result<bool, Fault> {
    let version: Option<Option<u64>> = view.value(
        "SELECT CASE WHEN joined_into IS NULL THEN version END FROM charts WHERE id = ? AND participant = ?",
        params![seen.id, participant],
    )?;
    match version {
        Some(version) => Ok(version == Some(seen.version)),
        None => Err(LedgerError::Invalid { what: "a chart that was seen does not exist" }.into()),
    }
}

/// The chart itself, or the one it was joined into.
pub(super) fn survivor(view: &View<'_>, id: &str) -> Result<Option<String>, Fault> {
    view.value("SELECT coalesce(joined_into, id) FROM charts WHERE id = ?", params![id])
}

/// A chart as it is now.
pub(super) fn seen(view: &View<'_>, id: &str) -> Result<Option<SeenChart>, Fault> {
    view.one("SELECT version FROM charts WHERE id = ?", params![id], |row| {
        Ok(SeenChart { id: id.to_owned(), version: row.get(0)? })
    })
}

/// Replaces a document.
pub(super) fn replace(session: &Session<'_>, id: &str, document: &Phi<String>) -> Result<(), Fault> {
    session.run(
        "UPDATE charts SET document = ?, version = version + 1, changed_at = ? WHERE id = ?",
        params![document.expose(), session.millis(), id],
    )?;
    Ok(())
}

/// Has a chart looked at as soon as somebody comes to it.
pub(super) fn look_now(session: &Session<'_>, id: &str) -> Result<(), Fault> {
    session.run(
        "UPDATE charts SET look_at = ?, look_leased = 0, look_owner = NULL WHERE id = ?",
        params![session.millis(), id],
    )?;
    Ok(())
}

/// Counts a change that did not touch the document.
pub(super) fn touch(session: &Session<'_>, id: &str) -> Result<(), Fault> {
    session
        .run("UPDATE charts SET version = version + 1, changed_at = ? WHERE id = ?", params![session.millis(), id])?;
    Ok(())
}

/// Stores a change without what it absorbs; gives the chart's id, or none if a key leads to a chart that is not in `known`.
pub(super) fn change(
    session: &Session<'_>,
    participant: &str,
    change: &ChartChange,
    known: &BTreeSet<String>,
    is_news: bool,
) -> Result<Option<String>, Fault> {
    let look_at = change.look_at.map(Timestamp::as_millis);
    let (id, present) = match &change.id {
        Some(id) => {
            session.run(
                // A look that is due stays due, and one that was begun is to be repeated, unless this is what it led to.
                "UPDATE charts SET document = ?1, version = version + 1, changed_at = ?2,
                 look_at = CASE WHEN CAST(?3 AS BIGINT) = 1 AND (look_leased = 1 OR look_at <= ?2) THEN ?2 ELSE CAST(?4 AS BIGINT) END, look_leased = 0, look_owner = NULL
                 WHERE id = ?5",
                params![change.document.expose(), session.millis(), i64::from(is_news), look_at, id],
            )?;
            (id.clone(), keys(session, id)?)
        }
        None => {
            let id = session.id();
            session.run(
                "INSERT INTO charts (id, participant, version, created_at, changed_at, document, look_at)
                 VALUES (?, ?, 1, ?, ?, ?, ?)",
                params![id, participant, session.millis(), session.millis(), change.document.expose(), look_at],
            )?;
            (id, Vec::new())
        }
    };
    // Most news change no key, and what stands at the beginning of the list stays where it is.
    let new = change.keys.expose().strip_prefix(present.as_slice());
    if new.is_none() {
        session.run("DELETE FROM chart_keys WHERE chart = ?", params![id])?;
    }
    let mut losers = BTreeSet::new();
    for key in new.unwrap_or(change.keys.expose()) {
        match owner(session, participant, key)? {
            Some(other) if other == id => {}
            Some(other) if !known.contains(&other) => return Ok(None),
            Some(other) => {
                take_over(session, participant, key, &id)?;
                losers.insert(other);
            }
            None => add_key(session, participant, key, &id)?,
        }
    }
    for loser in losers.iter().filter(|loser| !change.absorbed.contains(loser)) {
        touch(session, loser)?;
    }
    Ok(Some(id))
}

/// Puts a new key at the end of a chart's keys. Where somebody else was faster, the index says so.
fn add_key(session: &Session<'_>, participant: &str, key: &str, chart: &str) -> Result<(), Fault> {
    session.run(
        "INSERT INTO chart_keys (participant, key, chart, position)
         SELECT CAST(?1 AS TEXT), CAST(?2 AS TEXT), CAST(?3 AS TEXT), coalesce(max(position), 0) + 1 FROM chart_keys WHERE chart = ?3",
        params![participant, key, chart],
    )?;
    Ok(())
}

/// Puts a key of another chart, which the caller holds, at the end of a chart's keys.
pub(super) fn take_over(session: &Session<'_>, participant: &str, key: &str, chart: &str) -> Result<(), Fault> {
    session.run(
        "UPDATE chart_keys SET chart = ?3, position = (SELECT coalesce(max(position), 0) + 1 FROM chart_keys WHERE chart = ?3)
         WHERE participant = ?1 AND key = ?2",
        params![participant, key, chart],
    )?;
    Ok(())
}
