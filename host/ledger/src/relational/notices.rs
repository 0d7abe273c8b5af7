//! Notices.

use super::fault::Fault;
use super::history::{Present, intent};
use super::session::{Listing, Session, View, moment, moment_if_any, record};
use super::sql::{Row, params};
use crate::bounds::{cut, written};
use crate::{
    About, Bounds, Cursor, Delivery, DeliveryState, LedgerError, NewNotice, NoticeFilter, NoticeSummary, Page,
    StoredNotice,
};
use access_contract::{Notice, NoticeKind};
use bridge_types::Phi;

/// What a notice belongs to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Topic<'a> {
    pub(super) submission: Option<&'a str>,
    pub(super) chart: Option<&'a str>,
    pub(super) feed: Option<&'a str>,
    pub(super) quarantine: Option<&'a str>,
}

/// Stores a notice and its way to each route; gives its id.
pub(super) fn store(session: &Session<'_>, new: &NewNotice, topic: Topic<'_>) -> Result<String, Fault> {
    let id = session.id();
    let mut notice = new.notice.expose().clone();
    if notice.submission.is_empty()
        && let Some(submission) = topic.submission
    {
        submission.clone_into(&mut notice.submission);
    }
    let submission = Some(notice.submission.as_str()).filter(|submission| !submission.is_empty());
    session.run(
        "INSERT INTO notices (id, at, participant, kind, severity, code, submission, chart, feed, control_id, quarantine, document)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            id,
            session.millis(),
            notice.participant,
            notice.kind.as_str(),
            notice.severity.as_str(),
            notice.code,
            submission,
            topic.chart,
            topic.feed,
            cut(&notice.control_id, Bounds::NAME_BYTES),
            topic.quarantine,
            written(&notice)?,
        ],
    )?;
    for route in &new.routes {
        session.run(
            "INSERT INTO deliveries (notice, route, state, due_at, changed_at) VALUES (?1, ?2, 'pending', ?3, ?3)
             ON CONFLICT DO NOTHING",
            params![id, route, session.millis()],
        )?;
    }
    Ok(id)
}

/// A notice with everything that names a submission: also the message and the reference that it was asked for with, which are not those of
/// what led to the notice. Where no message asked for it, the notice keeps its own.
pub(super) fn naming(session: &Session<'_>, notice: Notice, of: &Present) -> Result<Notice, Fault> {
    let row = session.one("SELECT track, control_id FROM submissions WHERE id = ?", params![of.id], |row| {
        Ok((row.get::<_, String>("track")?, row.get::<_, String>("control_id")?))
    })?;
    let (track, asked_by) = row.ok_or(LedgerError::NotFound { what: "submission" })?;
    let control_id = if asked_by.is_empty() { notice.control_id.clone() } else { asked_by };
    let reference = intent(session, &of.id)?.reference;
    let (submission, operation) = (of.id.clone(), of.operation.clone());
    Ok(Notice { submission, operation, track, control_id, reference, ..notice })
}

/// Stores notices that are not about an intent; gives their ids.
pub(super) fn store_all(session: &Session<'_>, notices: &[NewNotice], topic: Topic<'_>) -> Result<Vec<String>, Fault> {
    notices
        .iter()
        .map(|notice| match notice.about {
            About::AsWritten => store(session, notice, topic),
            About::Intent(_) | About::Carried(_) | About::Joined(_) | About::Command(_) | About::Withdrawn(_) => {
                Err(LedgerError::Invalid { what: "a notice is about an intent where there is none" }.into())
            }
        })
        .collect()
}

const SUMMARY: &str = "SELECT seq, id, at, participant, kind, severity, code, submission, chart, feed, control_id, quarantine FROM notices";

fn summary_row(row: &Row<'_>) -> Result<NoticeSummary, Fault> {
    Ok(NoticeSummary {
        id: row.get("id")?,
        at: moment(row, "at")?,
        participant: row.get("participant")?,
        kind: NoticeKind::from(row.get::<_, String>("kind")?),
        severity: row.get("severity")?,
        code: row.get("code")?,
        submission: row.get("submission")?,
        chart: row.get("chart")?,
        feed: row.get("feed")?,
        control_id: row.get("control_id")?,
        quarantine: row.get("quarantine")?,
    })
}

/// A page of notices.
pub(super) fn page(
    view: &View<'_>,
    filter: &NoticeFilter,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<NoticeSummary>, Fault> {
    Listing::of(SUMMARY)
        .filter("submission = ?", filter.submission.as_deref())
        .one_of("chart", filter.charts.iter().map(String::as_str))
        .filter("control_id = ?", filter.control_id.as_deref())
        .filter("participant = ?", filter.participant.as_deref())
        .filter("kind = ?", filter.kind.as_ref().map(NoticeKind::as_str))
        .page(view, after, limit, summary_row)
}

/// One notice with its deliveries.
pub(super) fn show(view: &View<'_>, id: &str) -> Result<Option<StoredNotice>, Fault> {
    let Some((summary, notice)) = view.one("SELECT * FROM notices WHERE id = ?", params![id], |row| {
        Ok((summary_row(row)?, Phi::new(record(&row.get::<_, String>("document")?)?)))
    })?
    else {
        return Ok(None);
    };
    let deliveries = view.all("SELECT * FROM deliveries WHERE notice = ? ORDER BY route", params![id], |row| {
        let state: String = row.get("state")?;
        Ok(Delivery {
            route: row.get("route")?,
            state: DeliveryState::parse(&state).ok_or(Fault::Foreign("unknown delivery state"))?,
            failures: row.get("failures")?,
            next_at: moment_if_any(row, "due_at")?,
            delivered_at: moment_if_any(row, "delivered_at")?,
            note: row.get("note")?,
        })
    })?;
    Ok(Some(StoredNotice { summary, notice, deliveries }))
}
