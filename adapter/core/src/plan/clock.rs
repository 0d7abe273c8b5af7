//! Clocks that are wrong. A feed from the future would stand before everything that follows it until then, so a time more than a
//! day ahead is no time: the feed is taken in the order it came, and people are told of the clock once for each person.

use super::case::Case;
use super::moment::{Moment, is_older};
use super::notice::{Word, feed_problem};
use super::watch::Told;
use crate::chart::Chart;
use crate::facts::Facts;
use access_contract::{Issue, Plan, Severity};

/// Hours that a sender's clock may be ahead.
const AHEAD: u16 = 24;
/// Key of `told`: the sender's clock is wrong.
const CLOCK: &str = "clock";

/// The latest time that is believed, as a time of a feed.
pub(super) fn limit(now: Moment) -> String {
    now.plus_hours(AHEAD).unwrap_or_default()
}

/// Takes out of the facts times that are not believed. Whether that of the feed was one.
pub(super) fn disbelieve(facts: &mut Facts, limit: &str, plan: &mut Plan) -> bool {
    if is_older(limit, &facts.records.person_updated) {
        facts.records.person_updated.clear();
    }
    let records = &mut facts.records.times;
    let mut wrong = false;
    for at in records.values_mut().chain([&mut facts.sent_at]).filter(|at| is_older(limit, at)) {
        at.clear();
        wrong = true;
    }
    if !wrong {
        return false;
    }
    let message =
        "the time of the message is more than a day ahead; it was taken as the newest that came, without a time";
    plan.issues.push(
        Issue::new(Severity::Warning, "sent-at-future", "MSH-7", message)
            .hint("correct the clock of the sender; newer messages are told from older ones by it"),
    );
    true
}

/// Forgets times that were taken before they were known to be wrong.
pub(super) fn heal(chart: &mut Chart, limit: &str) {
    if !is_older(limit, &chart.newest) {
        return;
    }
    chart.newest.clear();
    chart.stated.retain(|_, at| !is_older(limit, at));
    for renamed in chart.renamed_visits.values_mut().filter(|renamed| is_older(limit, &renamed.at)) {
        renamed.at.clear();
    }
}

/// Tells of a wrong clock, until it is right again.
pub(super) fn tell(case: &Case<'_>, facts: &Facts, is_wrong: bool, told: &mut Told, plan: &mut Plan) {
    if !is_wrong {
        told.remove(CLOCK);
        return;
    }
    if told.insert(CLOCK.to_owned(), "ahead".to_owned()).is_some() {
        return;
    }
    let word = Word {
        severity: &Severity::Error,
        code: "sent-at-future",
        display: "Sender's clock is wrong",
        text: "a message is dated more than a day ahead, so newer messages cannot be told from older ones by their time",
        next_step: "correct the clock of the sender, and look whether the patient's data are the newest",
    };
    plan.notices.push(feed_problem(&case.participant.id, Some(facts), Some(case.chart), &word));
}
