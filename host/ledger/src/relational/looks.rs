//! Charts to look at without news: when their calendar says so, and again after a submission ended.

use super::fault::Fault;
use super::session::{Session, View};
use super::sql::params;
use crate::{Bounds, Look};
use bridge_types::Timestamp;
use std::time::Duration;

/// Takes those whose time has come, those of ended submissions first.
pub(super) fn claim(session: &Session<'_>, owner: &str, lease: Duration, limit: usize) -> Result<Vec<Look>, Fault> {
    let limit = limit.clamp(1, Bounds::ROWS);
    let skipping = if session.is_shared() { "FOR NO KEY UPDATE SKIP LOCKED" } else { "" };
    let until = session.now.plus(lease);
    let mut looks: Vec<Look> = session.all(
        &format!(
            "SELECT id, participant, chart FROM submissions WHERE look_at <= ? ORDER BY look_at, seq LIMIT ? {skipping}"
        ),
        params![session.millis(), i64::try_from(limit).unwrap_or(i64::MAX)],
        |row| {
            Ok(Look {
                submission: Some(row.get("id")?),
                participant: row.get("participant")?,
                chart: row.get("chart")?,
                until,
            })
        },
    )?;
    for look in &looks {
        session.run(
            "UPDATE submissions SET look_at = ?, look_owner = ? WHERE id = ?",
            params![until.as_millis(), owner, look.submission],
        )?;
    }
    let room = limit.saturating_sub(looks.len());
    let charts: Vec<Look> = session.all(
        &format!("SELECT id, participant FROM charts WHERE look_at <= ? ORDER BY look_at, seq LIMIT ? {skipping}"),
        params![session.millis(), i64::try_from(room).unwrap_or(i64::MAX)],
        |row| Ok(Look { submission: None, participant: row.get("participant")?, chart: row.get("id")?, until }),
    )?;
    for look in &charts {
        session.run(
            "UPDATE charts SET look_at = ?, look_leased = 1, look_owner = ? WHERE id = ?",
            params![until.as_millis(), owner, look.chart],
        )?;
    }
    looks.extend(charts);
    Ok(looks)
}

/// It was done. A time that was set meanwhile stays.
pub(super) fn done(session: &Session<'_>, look: &Look) -> Result<(), Fault> {
    let until = look.until.as_millis();
    match &look.submission {
        Some(submission) => {
            session.run("UPDATE submissions SET look_at = NULL, look_owner = NULL WHERE id = ?", params![submission])?
        }
        None => session.run(
            "UPDATE charts SET look_at = NULL, look_leased = 0, look_owner = NULL WHERE id = ? AND look_at = ?",
            params![look.chart, until],
        )?,
    };
    Ok(())
}

/// It failed, and is done at another time. A time that was set meanwhile stays.
pub(super) fn put_off(session: &Session<'_>, look: &Look, at: Timestamp) -> Result<(), Fault> {
    let (at, until) = (at.as_millis(), look.until.as_millis());
    match &look.submission {
        Some(submission) => session.run(
            "UPDATE submissions SET look_at = ?, look_owner = NULL WHERE id = ? AND look_at IS NOT NULL",
            params![at, submission],
        )?,
        None => session.run(
            "UPDATE charts SET look_at = ?, look_leased = 0, look_owner = NULL WHERE id = ? AND look_at = ?",
            params![at, look.chart, until],
        )?,
    };
    Ok(())
}

/// Ends the leases of those who are gone; gives how many there were. A chart whose day has not come keeps it.
pub(super) fn give_back(session: &Session<'_>) -> Result<usize, Fault> {
    let now = session.millis();
    let ended =
        session.run("UPDATE submissions SET look_at = ?1, look_owner = NULL WHERE look_at > ?1", params![now])?;
    let charts = session.run(
        "UPDATE charts SET look_at = ?1, look_leased = 0, look_owner = NULL WHERE look_leased = 1 AND look_at > ?1",
        params![now],
    )?;
    Ok(ended + charts)
}

/// When a chart is to be looked at next.
pub(super) fn next(view: &View<'_>) -> Result<Option<i64>, Fault> {
    let of_charts: Option<Option<i64>> =
        view.value("SELECT min(look_at) FROM charts WHERE look_at IS NOT NULL", &[])?;
    let of_submissions: Option<Option<i64>> =
        view.value("SELECT min(look_at) FROM submissions WHERE look_at IS NOT NULL", &[])?;
    Ok(of_charts.flatten().into_iter().chain(of_submissions.flatten()).min())
}
