//! Charts to look at again after a submission ended.

use super::failure::Fault;
use super::session::Session;
use crate::{Bounds, Look};
use rusqlite::params;
use std::time::Duration;

/// Takes those that whoever ended the submission did not get to.
pub(super) fn claim(session: &Session<'_>, lease: Duration, limit: usize) -> Result<Vec<Look>, Fault> {
    let limit = i64::try_from(limit.clamp(1, Bounds::ROWS)).unwrap_or(i64::MAX);
    let looks: Vec<Look> = session.all(
        "SELECT id, participant, chart FROM submissions WHERE look_at <= ? ORDER BY look_at, seq LIMIT ?",
        params![session.millis(), limit],
        |row| Ok(Look { submission: row.get("id")?, participant: row.get("participant")?, chart: row.get("chart")? }),
    )?;
    for look in &looks {
        session.run(
            "UPDATE submissions SET look_at = ? WHERE id = ?",
            params![session.now.plus(lease).as_millis(), look.submission],
        )?;
    }
    Ok(looks)
}

/// It was done.
pub(super) fn done(session: &Session<'_>, submission: &str) -> Result<(), Fault> {
    session.run("UPDATE submissions SET look_at = NULL WHERE id = ?", [submission])?;
    Ok(())
}
