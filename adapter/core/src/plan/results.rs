//! Feeds that only bring results: what they measure goes beside the chart, and of the person only identifiers are taken.
//!
//! A laboratory knows people by its own record, often an old one, so its `PID` corrects nobody's name or birth date. A person without
//! a chart gets one only by a Medicare number: otherwise the model has nothing to do with them.

use super::apply;
use super::case::Case;
use super::entries;
use super::identity::{self, Features, Stop};
use super::join::{self, Draft, Found};
use super::moment::Moment;
use super::reports;
use crate::chart::Chart;
use crate::facts::Facts;
use access_contract::{ChartChange, Entry, Issue, Plan, Severity};
use access_mappings::{EventEffect, Participant, Profile};

/// Whether the facts only bring results.
pub(super) fn is_all(facts: &Facts) -> bool {
    facts.effect == EventEffect::Results && facts.requests.is_empty()
}

/// Plans what follows from them.
pub(super) fn follow(
    profile: &Profile,
    participant: &Participant,
    now: Moment,
    facts: &Facts,
    found: Vec<Found>,
    stored: &[Entry],
    mut plan: Plan,
) -> Result<Plan, Issue> {
    if crate::entries::stated(profile, facts).is_empty() {
        return Ok(plan);
    }
    if found.is_empty() && facts.mbi.is_none() {
        let message = "the person has no chart and no Medicare number; the results were not kept";
        plan.issues.push(Issue::new(Severity::Information, "results-not-kept", "PID-3", message));
        return Ok(plan);
    }
    let draft = join::draft(facts, found).and_then(|draft| identity::check(draft, facts));
    let Draft { id, absorbed, before, mut chart } = match draft.and_then(|draft| check(draft, facts)) {
        Ok(draft) => draft,
        Err(stop) => {
            stop.tell(&participant.id, facts, &mut plan);
            return Ok(plan);
        }
    };
    apply::identifiers(&mut chart, facts, &mut plan.issues);
    let taken = entries::take(profile, participant, &chart, facts, stored, &mut plan);
    if id.is_some() && chart == before && absorbed.is_empty() && taken.entries.is_empty() {
        return Ok(plan);
    }
    let gained = before.mbi.is_none() && chart.mbi.is_some() && id.is_some();
    if gained {
        // The number was all that kept the person from a check.
        participant.tracks.iter().for_each(|track| chart.note_answer(track, &facts.sent_at));
    }
    let is_news = gained || !absorbed.is_empty();
    let at_once = look_at(&chart, taken.matters, now).or_else(|| is_news.then(|| now.written()));
    // What changes nothing must not take the place of the look that the calendar has.
    let case = Case::new(profile, participant, now, None, &before, &chart);
    let look_at = at_once.or_else(|| reports::next_look(&case, &chart.told));
    plan.chart = Some(ChartChange {
        id,
        keys: chart.keys(),
        absorbed,
        document: chart.write()?,
        entries: taken.entries,
        look_at,
    });
    Ok(plan)
}

/// When the chart is to be looked at again because of its entries: at once where a report may come out differently.
pub(super) fn look_at(chart: &Chart, matters: bool, now: Moment) -> Option<String> {
    (matters && !chart.aligned().is_empty()).then(|| now.written())
}

/// An identifier that leads to somebody else was mistaken, whenever the results were sent.
pub(super) fn check(draft: Draft, facts: &Facts) -> Result<Draft, Stop> {
    if Features::stated(facts).is_somebody_else(Features::charted(&draft.chart)) {
        Err(Stop::Another)
    } else {
        Ok(draft)
    }
}
