//! Whether the ledger answers, and numbers.

use super::claims::next_due;
use super::fault::Fault;
use super::history::state;
use super::session::View;
use crate::{Claimer, Health};
use bridge_types::Timestamp;

/// Looks at one row, or at where it would be: a look that touches no table would say nothing of the file.
pub(super) fn touch(view: &View<'_>) -> Result<(), Fault> {
    view.value::<i64>("SELECT seq FROM feeds ORDER BY seq DESC LIMIT 1", &[]).map(drop)
}

/// How the ledger is.
pub(super) fn look(view: &View<'_>, now: Timestamp, schema: u32) -> Result<Health, Fault> {
    view.at_leisure()?;
    let submissions = view.all("SELECT state, count(*) AS number FROM submissions GROUP BY state", &[], |row| {
        Ok((state(row, "state")?, row.get::<_, u64>("number")?))
    })?;
    let count = |sql: &str| view.value::<u64>(sql, &[]).map(Option::unwrap_or_default);
    Ok(Health {
        schema,
        submissions: submissions.into_iter().collect(),
        oldest_due: next_due(view, &Claimer::default(), now)?.filter(|due| *due <= now),
        quarantine: count("SELECT count(*) FROM quarantine WHERE replayed_at IS NULL")?,
        cms_unmatched: count("SELECT count(*) FROM cms_notices WHERE submission IS NULL")?,
        deliveries_pending: count("SELECT count(*) FROM deliveries WHERE state = 'pending'")?,
        deliveries_dead: count("SELECT count(*) FROM deliveries WHERE state = 'dead'")?,
        charts: count("SELECT count(*) FROM charts WHERE joined_into IS NULL")?,
        feeds: count("SELECT count(*) FROM feeds")?,
    })
}
