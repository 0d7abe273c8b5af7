//! Visits that go on under another number.
//!
//! Feeds come late, so the chart remembers the old number with the time of the change: what an earlier feed says under the old
//! number is about the visit that has the new one. A later feed under the old number is about another visit.

use super::cancel::withdrawal;
use super::diagnoses;
use super::moment::is_older;
use crate::chart::{Chart, Renamed};
use crate::facts::Facts;
use access_contract::Command;
use std::borrow::Cow;

/// Most old numbers that one chart remembers; the oldest go.
const MAX_RENAMED: usize = 64;

/// The facts with the numbers that their visits have now.
pub(super) fn resolve<'f>(chart: &Chart, facts: &'f Facts) -> Cow<'f, Facts> {
    if chart.renamed_visits.is_empty() {
        return Cow::Borrowed(facts);
    }
    let mut facts = facts.clone();
    let at = facts.sent_at.clone();
    let rows = facts.diagnoses.iter_mut().flatten().filter_map(|row| row.visit.as_mut());
    for visit in facts.visit.iter_mut().chain(rows).chain(&mut facts.records.cancelled_visits) {
        *visit = current(chart, visit, &at).to_owned();
    }
    Cow::Owned(facts)
}

/// The number a visit has now, where it was named in a feed sent at `at`.
fn current<'v>(chart: &'v Chart, visit: &'v str, at: &str) -> &'v str {
    let mut visit = visit;
    // A chain is never longer than the table.
    for _ in 0..chart.renamed_visits.len() {
        match chart.renamed_visits.get(visit) {
            Some(renamed) if !is_older(&renamed.at, at) => visit = &renamed.to,
            _ => break,
        }
    }
    visit
}

/// Writes the new numbers into the chart.
pub(super) fn rename(chart: &mut Chart, facts: &Facts) {
    let at = facts.sent_at.as_str();
    for visit in &facts.records.renamed_visits {
        if chart.renamed_visits.get(&visit.from).is_some_and(|known| is_older(at, &known.at)) {
            continue;
        }
        // A number that is given again is a visit of its own again.
        if chart.renamed_visits.get(&visit.to).is_some_and(|known| !is_older(at, &known.at)) {
            chart.renamed_visits.remove(&visit.to);
        }
        chart.renamed_visits.insert(visit.from.clone(), Renamed { to: visit.to.clone(), at: at.to_owned() });
        let to = current(chart, &visit.to, at).to_owned();
        diagnoses::rename(chart, &visit.from, &to, at);
    }
    while chart.renamed_visits.len() > MAX_RENAMED {
        let oldest = chart.renamed_visits.iter().min_by_key(|(from, renamed)| (&renamed.at, *from));
        let Some(oldest) = oldest.map(|(from, _)| from.clone()) else { break };
        chart.renamed_visits.remove(&oldest);
    }
}

/// Withdraws what came from a visit, under every number it had.
pub(super) fn withdrawals(chart: &Chart, visit: &str) -> Vec<Command> {
    let former = chart.renamed_visits.keys().filter(|from| current(chart, from, "") == visit);
    std::iter::once(visit).chain(former.map(String::as_str)).map(withdrawal).collect()
}
