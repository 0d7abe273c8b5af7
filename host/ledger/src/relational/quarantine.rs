//! Refused feeds.

use super::fault::Fault;
use super::feeds::identity_row;
use super::notices::{Topic, store_all};
use super::session::{Listing, Session, View, moment, moment_if_any};
use super::sql::{Row, params};
use crate::{
    Cursor, LedgerError, NewQuarantineEntry, Page, QuarantineEntry, QuarantineFilter, Quarantined,
    StoredQuarantineEntry,
};
use access_contract::Verdict;
use bridge_types::Phi;

/// Keeps a refused feed, or counts it.
pub(super) fn store(session: &Session<'_>, entry: &NewQuarantineEntry) -> Result<Quarantined, Fault> {
    let identity = &entry.identity;
    let known = session.value::<String>(
        "SELECT id FROM quarantine WHERE application = ? AND facility = ? AND control_id = ? AND content_hash = ?",
        params![identity.application, identity.facility, identity.control_id, entry.content_hash],
    )?;
    if let Some(id) = known {
        session.run(
            "UPDATE quarantine SET count = count + 1, last_at = ?, verdict = ?, code = ?, location = ?, text = ?,
             replayed_at = NULL, replayed_as = NULL WHERE id = ?",
            params![entry.received_at.as_millis(), entry.verdict.as_str(), entry.code, entry.location, entry.text, id],
        )?;
        let count = session.value("SELECT count FROM quarantine WHERE id = ?", params![id])?.unwrap_or_default();
        return Ok(Quarantined { id, count });
    }
    let id = session.id();
    session.run(
        "INSERT INTO quarantine (id, received_at, last_at, count, source, participant, application, facility, control_id,
         content_hash, event, verdict, code, location, text, bytes) VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            id,
            entry.received_at.as_millis(),
            entry.received_at.as_millis(),
            entry.source,
            entry.participant,
            identity.application,
            identity.facility,
            identity.control_id,
            entry.content_hash,
            entry.event,
            entry.verdict.as_str(),
            entry.code,
            entry.location,
            entry.text,
            entry.bytes.expose(),
        ],
    )?;
    store_all(session, &entry.notices, Topic { quarantine: Some(&id), ..Topic::default() })?;
    Ok(Quarantined { id, count: 1 })
}

const COLUMNS: &str =
    "SELECT seq, id, received_at, last_at, count, source, participant, application, facility, control_id,
    content_hash, event, verdict, code, location, text, replayed_at, replayed_as FROM quarantine";

fn entry_row(row: &Row<'_>) -> Result<QuarantineEntry, Fault> {
    Ok(QuarantineEntry {
        id: row.get("id")?,
        identity: identity_row(row)?,
        received_at: moment(row, "received_at")?,
        last_at: moment(row, "last_at")?,
        count: row.get("count")?,
        source: row.get("source")?,
        participant: row.get("participant")?,
        event: row.get("event")?,
        content_hash: row.get("content_hash")?,
        verdict: Verdict::from(row.get::<_, String>("verdict")?),
        code: row.get("code")?,
        location: row.get("location")?,
        text: row.get("text")?,
        replayed_at: moment_if_any(row, "replayed_at")?,
        replayed_as: row.get("replayed_as")?,
    })
}

/// A page of refused feeds.
pub(super) fn page(
    view: &View<'_>,
    filter: &QuarantineFilter,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<QuarantineEntry>, Fault> {
    Listing::of(COLUMNS)
        .filter("participant = ?", filter.participant.as_deref())
        .filter("code = ?", filter.code.as_deref())
        .only(!filter.replayed, "replayed_at IS NULL")
        .page(view, after, limit, entry_row)
}

/// One refused feed with its bytes.
pub(super) fn show(view: &View<'_>, id: &str) -> Result<Option<StoredQuarantineEntry>, Fault> {
    view.one("SELECT * FROM quarantine WHERE id = ?", params![id], |row| {
        Ok(StoredQuarantineEntry { entry: entry_row(row)?, bytes: Phi::new(row.get("bytes")?) })
    })
}

/// Marks it as replayed with success.
pub(super) fn replayed(session: &Session<'_>, id: &str, feed: Option<&str>) -> Result<(), Fault> {
    if let Some(feed) = feed
        && session.value::<i64>("SELECT seq FROM feeds WHERE id = ?", params![feed])?.is_none()
    {
        return Err(LedgerError::NotFound { what: "feed" }.into());
    }
    let rows = session.run(
        "UPDATE quarantine SET replayed_at = ?, replayed_as = ? WHERE id = ?",
        params![session.millis(), feed, id],
    )?;
    if rows == 0 { Err(LedgerError::NotFound { what: "quarantine entry" }.into()) } else { Ok(()) }
}
