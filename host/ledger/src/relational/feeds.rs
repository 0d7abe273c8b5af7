//! Accepted feeds.

use super::fault::Fault;
use super::session::{Listing, Session, View, moment};
use super::sql::{Row, params};
use crate::{Cursor, FeedEntry, FeedIdentity, FeedSummary, KnownFeed, Page, StoredFeed};
use bridge_types::Phi;

const SUMMARY: &str =
    "SELECT seq, id, received_at, source, participant, application, facility, control_id, content_hash, event,
    acknowledgement FROM feeds";

/// How a feed relates to those stored.
pub(super) enum Relation {
    New,
    Same(KnownFeed),
    SameName(KnownFeed),
}

fn known_row(row: &Row<'_>) -> Result<KnownFeed, Fault> {
    Ok(KnownFeed {
        id: row.get("id")?,
        content_hash: row.get("content_hash")?,
        acknowledgement: row.get("acknowledgement")?,
        received_at: moment(row, "received_at")?,
    })
}

fn summary_row(row: &Row<'_>) -> Result<FeedSummary, Fault> {
    Ok(FeedSummary {
        id: row.get("id")?,
        identity: identity_row(row)?,
        received_at: moment(row, "received_at")?,
        source: row.get("source")?,
        participant: row.get("participant")?,
        event: row.get("event")?,
        content_hash: row.get("content_hash")?,
        acknowledgement: row.get("acknowledgement")?,
    })
}

/// The three parts of an identity.
pub(super) fn identity_row(row: &Row<'_>) -> Result<FeedIdentity, Fault> {
    Ok(FeedIdentity {
        application: row.get("application")?,
        facility: row.get("facility")?,
        control_id: row.get("control_id")?,
    })
}

/// The newest feed of that identity.
pub(super) fn known(view: &View<'_>, identity: &FeedIdentity) -> Result<Option<KnownFeed>, Fault> {
    if identity.control_id.is_empty() {
        return Ok(None);
    }
    view.one(
        "SELECT id, content_hash, acknowledgement, received_at FROM feeds
         WHERE application = ? AND facility = ? AND control_id = ? AND control_id <> '' ORDER BY seq DESC LIMIT 1",
        params![identity.application, identity.facility, identity.control_id],
        known_row,
    )
}

/// Compares a feed with those stored. In one statement, since another host may store it between two.
pub(super) fn compare(view: &View<'_>, entry: &FeedEntry) -> Result<Relation, Fault> {
    let identity = &entry.identity;
    if identity.control_id.is_empty() {
        // Only the newest one can be told from news: what says again what was said before another came may take that one back.
        let newest = view.one(
            "SELECT id, content_hash, acknowledgement, received_at FROM feeds
             WHERE application = ? AND facility = ? AND control_id = '' ORDER BY seq DESC LIMIT 1",
            params![identity.application, identity.facility],
            known_row,
        )?;
        return Ok(newest.filter(|feed| feed.content_hash == entry.content_hash).map_or(Relation::New, Relation::Same));
    }
    let nearest = view.one(
        "SELECT id, content_hash, acknowledgement, received_at FROM feeds
         WHERE application = ?1 AND facility = ?2 AND control_id = ?3 AND control_id <> ''
         ORDER BY CASE WHEN content_hash = ?4 THEN 0 ELSE 1 END, seq DESC LIMIT 1",
        params![identity.application, identity.facility, identity.control_id, entry.content_hash],
        known_row,
    )?;
    Ok(match nearest {
        Some(feed) if feed.content_hash == entry.content_hash => Relation::Same(feed),
        Some(feed) => Relation::SameName(feed),
        None => Relation::New,
    })
}

/// Stores a feed; gives its id.
pub(super) fn store(session: &Session<'_>, entry: &FeedEntry) -> Result<String, Fault> {
    let id = session.id();
    session.run(
        "INSERT INTO feeds (id, received_at, source, participant, application, facility, control_id, content_hash, event,
         acknowledgement, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            id,
            entry.received_at.as_millis(),
            entry.source,
            entry.participant,
            entry.identity.application,
            entry.identity.facility,
            entry.identity.control_id,
            entry.content_hash,
            entry.event,
            entry.acknowledgement,
            entry.bytes.expose(),
        ],
    )?;
    Ok(id)
}

/// One feed.
pub(super) fn show(view: &View<'_>, id: &str) -> Result<Option<StoredFeed>, Fault> {
    view.one("SELECT * FROM feeds WHERE id = ?", params![id], |row| {
        Ok(StoredFeed { summary: summary_row(row)?, bytes: Phi::new(row.get("bytes")?) })
    })
}

/// A page of feeds.
pub(super) fn page(
    view: &View<'_>,
    participant: Option<&str>,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<FeedSummary>, Fault> {
    Listing::of(SUMMARY).filter("participant = ?", participant).page(view, after, limit, summary_row)
}
