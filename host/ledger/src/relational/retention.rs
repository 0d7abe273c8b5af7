//! What a ledger need not keep for ever. Charts, their entries, submissions with their outcomes and histories, and the rows by which
//! feeds are known again stay: calendar, reports and duplicates need them. What goes is content, and notices that everybody has.

use super::fault::Fault;
use super::session::Session;
use super::sql::params;
use crate::{Bounds, Pruned, Retention};
use std::time::Duration;

/// Takes away what is older than the policy says, at most `limit` of each kind.
pub(super) fn prune(session: &Session<'_>, retention: Retention, limit: usize) -> Result<Pruned, Fault> {
    let limit = limit.clamp(1, Bounds::ROWS);
    let before = |age: Duration| {
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        session.millis().saturating_sub(age)
    };
    let mut pruned = Pruned::default();
    if let Some(age) = retention.feeds {
        pruned.feeds += session.run(
            "UPDATE feeds SET bytes = ?1 WHERE id IN (SELECT id FROM feeds f WHERE received_at < ?2 AND length(bytes) > 0
             AND NOT EXISTS (SELECT 1 FROM submissions s WHERE s.feed = f.id
                 AND s.state IN ('held', 'ready', 'sending', 'polling', 'waiting', 'uncertain'))
             ORDER BY received_at LIMIT ?3)",
            params![Vec::<u8>::new(), before(age), limit],
        )?;
        pruned.quarantine += session.run(
            "UPDATE quarantine SET bytes = ?1 WHERE id IN (SELECT id FROM quarantine
             WHERE replayed_at IS NOT NULL AND last_at < ?2 AND length(bytes) > 0 ORDER BY last_at LIMIT ?3)",
            params![Vec::<u8>::new(), before(age), limit],
        )?;
    }
    if let Some(age) = retention.quarantine {
        pruned.quarantine += session.run(
            "UPDATE quarantine SET bytes = ?1 WHERE id IN (SELECT id FROM quarantine
             WHERE last_at < ?2 AND length(bytes) > 0 ORDER BY last_at LIMIT ?3)",
            params![Vec::<u8>::new(), before(age), limit],
        )?;
    }
    if let Some(age) = retention.payloads {
        pruned.payloads += session.run(
            "UPDATE payloads SET body = '', provenance = '[]', issues = '[]' WHERE (submission, attempt) IN
             (SELECT p.submission, p.attempt FROM payloads p JOIN submissions s ON s.id = p.submission
              WHERE p.at < ?1 AND p.body <> '' AND s.changed_at < ?1 AND s.state IN ('done', 'failed', 'cancelled')
              ORDER BY p.at LIMIT ?2)",
            params![before(age), limit],
        )?;
    }
    if let Some(age) = retention.notices {
        let ids: Vec<String> = session.all(
            "SELECT id FROM notices n WHERE at < ?1
             AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.notice = n.id AND d.state <> 'delivered')
             ORDER BY at LIMIT ?2",
            params![before(age), limit],
            |row| row.get(0),
        )?;
        for id in ids {
            // One that somebody has delivered again meanwhile stays.
            let left = "DELETE FROM deliveries WHERE notice = ? AND state = 'delivered'";
            session.run(left, params![id])?;
            pruned.notices += session.run(
                "DELETE FROM notices WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM deliveries WHERE notice = ?1)",
                params![id],
            )?;
        }
    }
    Ok(pruned)
}
