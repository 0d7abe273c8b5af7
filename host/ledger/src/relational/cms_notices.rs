//! Mails and messages of CMS.

use super::charts;
use super::fault::Fault;
use super::locks;
use super::notices::{Topic, store_all};
use super::session::{Decision, Listing, Session, View, moment, moment_if_any};
use super::sql::{Row, params};
use crate::{
    CmsFacts, CmsFate, CmsMatch, CmsNoticeFilter, CmsNoticeSummary, CmsTaken, Cursor, LedgerError, NewCmsNotice,
    NewNotice, Page, StoredCmsNotice,
};
use bridge_types::Phi;

const MATCHED: LedgerError = LedgerError::Invalid { what: "the notice of CMS is matched already" };

/// Stores one, unless it is known or its chart moved.
pub(super) fn store(session: &Session<'_>, new: &NewCmsNotice) -> Result<Decision<CmsTaken>, Fault> {
    let known = session.value(
        "SELECT id FROM cms_notices WHERE identity = ?1 OR content_hash = ?2 ORDER BY seq LIMIT 1",
        params![new.identity, new.content_hash],
    )?;
    if let Some(id) = known {
        return Ok(Decision::Undo(CmsTaken::Duplicate(id)));
    }
    let (about, reason, text) = match &new.fate {
        CmsFate::Matched(found) => (Some(found), "", ""),
        CmsFate::Doubted { found, reason, text } => (Some(found), reason.as_str(), text.as_str()),
        CmsFate::Unmatched { reason, text } => (None, reason.as_str(), text.as_str()),
    };
    if let Some(found) = about
        && !follow(session, found)?
    {
        return Ok(Decision::Undo(CmsTaken::Conflict));
    }
    // What waits for a person names no submission here.
    let found = about.filter(|_| reason.is_empty());
    session.run(
        "INSERT INTO cms_notices (id, received_at, source, identity, content_hash, event, cms_submission, participant,
         deadline, attachments, submission, chart, reason, text, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            new.id,
            new.received_at.as_millis(),
            new.source,
            new.identity,
            new.content_hash,
            new.facts.event,
            new.facts.cms_submission,
            new.facts.participant,
            new.facts.deadline,
            new.facts.attachments,
            found.map(|found| &found.submission),
            found.map(|found| &found.seen.id),
            reason,
            text,
            new.bytes.expose(),
        ],
    )?;
    tell(session, about, &new.notices)
}

/// Matches one that waits for a person.
pub(super) fn connect(
    session: &Session<'_>,
    id: &str,
    found: &CmsMatch,
    notices: &[NewNotice],
    who: &str,
) -> Result<Decision<CmsTaken>, Fault> {
    let Some(summary) = show(session, id)?.map(|stored| stored.summary) else {
        return Err(LedgerError::NotFound { what: "notice of CMS" }.into());
    };
    if summary.submission.is_some() {
        return Err(MATCHED.into());
    }
    if !follow(session, found)? {
        return Ok(Decision::Undo(CmsTaken::Conflict));
    }
    let rows = session.run(
        "UPDATE cms_notices SET submission = ?, chart = ?, matched_at = ?, matched_by = ? WHERE id = ? AND submission IS NULL",
        params![found.submission, found.seen.id, session.millis(), super::history::clip(who), id],
    )?;
    // Somebody else may have matched it while the chart was waited for.
    if rows == 0 {
        return Err(MATCHED.into());
    }
    tell(session, Some(found), notices)
}

/// Writes the chart; false if it moved, or the submission is another chart's now.
fn follow(session: &Session<'_>, found: &CmsMatch) -> Result<bool, Fault> {
    let owner = locks::submission(session, &found.submission)?;
    if owner.chart != found.seen.id || !charts::unmoved(session, &owner.participant, &found.seen)? {
        return Ok(false);
    }
    if let Some(document) = &found.document {
        charts::replace(session, &owner.chart, document)?;
        // What was held for an alignment that is over is not to be approved.
        charts::look_now(session, &owner.chart)?;
    }
    Ok(true)
}

fn tell(session: &Session<'_>, found: Option<&CmsMatch>, notices: &[NewNotice]) -> Result<Decision<CmsTaken>, Fault> {
    let topic = Topic {
        submission: found.map(|found| found.submission.as_str()),
        chart: found.map(|found| found.seen.id.as_str()),
        ..Topic::default()
    };
    Ok(Decision::Keep(CmsTaken::Stored(store_all(session, notices, topic)?)))
}

const SUMMARY: &str = "SELECT seq, id, received_at, source, event, cms_submission, participant, deadline, attachments,
    submission, chart, reason, text, matched_at, matched_by FROM cms_notices";

fn summary_row(row: &Row<'_>) -> Result<CmsNoticeSummary, Fault> {
    Ok(CmsNoticeSummary {
        id: row.get("id")?,
        received_at: moment(row, "received_at")?,
        source: row.get("source")?,
        facts: CmsFacts {
            event: row.get("event")?,
            cms_submission: row.get("cms_submission")?,
            participant: row.get("participant")?,
            deadline: row.get("deadline")?,
            attachments: row.get("attachments")?,
        },
        submission: row.get("submission")?,
        chart: row.get("chart")?,
        reason: row.get("reason")?,
        text: row.get("text")?,
        matched_at: moment_if_any(row, "matched_at")?,
        matched_by: row.get("matched_by")?,
    })
}

/// A page of them.
pub(super) fn page(
    view: &View<'_>,
    filter: &CmsNoticeFilter,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<CmsNoticeSummary>, Fault> {
    Listing::of(SUMMARY)
        .filter("participant = ?", filter.participant.as_deref())
        .filter("submission = ?", filter.submission.as_deref())
        .only(filter.unmatched, "submission IS NULL")
        .page(view, after, limit, summary_row)
}

/// One with its bytes.
pub(super) fn show(view: &View<'_>, id: &str) -> Result<Option<StoredCmsNotice>, Fault> {
    view.one("SELECT * FROM cms_notices WHERE id = ?", params![id], |row| {
        Ok(StoredCmsNotice { summary: summary_row(row)?, bytes: Phi::new(row.get("bytes")?) })
    })
}

/// How far a source has been read.
pub(super) fn mark(view: &View<'_>, name: &str) -> Result<Option<String>, Fault> {
    view.value("SELECT mark FROM marks WHERE name = ?", params![name])
}

/// Remembers how far a source has been read.
pub(super) fn set_mark(session: &Session<'_>, name: &str, mark: &str) -> Result<(), Fault> {
    session.run(
        "INSERT INTO marks (name, mark, changed_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET mark = excluded.mark, changed_at = excluded.changed_at",
        params![name, mark, session.millis()],
    )?;
    Ok(())
}

/// Sets a mark where it is missing or empty, or empties it where it is set. Whether it did.
pub(super) fn turn_mark(session: &Session<'_>, name: &str, to: Option<&str>) -> Result<bool, Fault> {
    let rows = match to {
        // Whoever comes second waits for the first, and then sees its mark.
        Some(mark) => session.run(
            "INSERT INTO marks (name, mark, changed_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (name) DO UPDATE SET mark = excluded.mark, changed_at = excluded.changed_at WHERE marks.mark = ''",
            params![name, mark, session.millis()],
        )?,
        None => session.run(
            "UPDATE marks SET mark = '', changed_at = ?2 WHERE name = ?1 AND mark <> ''",
            params![name, session.millis()],
        )?,
    };
    Ok(rows > 0)
}
