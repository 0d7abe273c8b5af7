//! Where several transactions write at the same time: who waits for whom.
//!
//! Whoever changes a chart, or a submission or notice of one, holds the row of the chart first (`FOR NO KEY UPDATE`), so that
//! everything about one chart happens one after the other, as it does where there is a single writer. Several charts are taken
//! in the order of their ids. What is left to meet is met at a unique index: the loser is run again and then sees the winner.

use super::fault::Fault;
use super::history::{Present, present};
use super::session::Session;
use super::sql::params;
use std::collections::BTreeSet;

/// How often a submission is followed to another chart while charts are joined.
const STEPS: usize = 16;

/// Holds charts until the transaction ends. Ids that lead to none are passed over.
pub(super) fn charts<'a>(session: &Session<'_>, ids: impl IntoIterator<Item = &'a str>) -> Result<(), Fault> {
    if !session.is_shared() {
        return Ok(());
    }
    for id in ids.into_iter().collect::<BTreeSet<_>>() {
        session.value::<String>("SELECT id FROM charts WHERE id = ? FOR NO KEY UPDATE", params![id])?;
    }
    Ok(())
}

/// Holds the chart of a submission, and gives the submission.
pub(super) fn submission(session: &Session<'_>, id: &str) -> Result<Present, Fault> {
    let mut found = present(session, id)?;
    if session.is_shared() {
        for _ in 0..STEPS {
            charts(session, [found.chart.as_str()])?;
            let now = present(session, id)?;
            if now.chart == found.chart {
                return Ok(now);
            }
            found = now;
        }
        return Err(Fault::Foreign("a submission changes its chart again and again"));
    }
    Ok(found)
}
