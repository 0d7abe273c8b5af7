//! The plans of a chart, in the order of the senders' clocks.
//!
//! A set of plans replaces the earlier set. Where plans are stated one by one (FHIR Coverage), each replaces what was known of
//! itself and leaves the others alone.

use super::apply::{Times, takes};
use super::join::is_newer;
use super::moment::is_older;
use crate::chart::{Chart, field};
use crate::facts::{Facts, Plan};
use std::collections::BTreeSet;

const MAX_PLANS: usize = 64;
const SET: &str = "plans";

/// Whether a time belongs to a single plan.
pub(super) fn is_part(name: &str) -> bool {
    name.starts_with(field::PLAN)
}

/// Takes the stated plans. False where some had no room.
pub(super) fn take(plans: &mut Vec<Plan>, times: &mut Times, facts: &Facts) -> bool {
    let at = facts.sent_at.as_str();
    if facts.records.single_plans {
        singly(plans, times, facts);
    } else if let Some(stated) = &facts.plans
        && takes(times, SET, at)
    {
        let newer = |plan: &Plan| times.get(&field::plan(&plan.statement)).is_some_and(|known| is_older(at, known));
        plans.retain(|plan| !plan.statement.is_empty() && newer(plan));
        plans.extend(stated.iter().cloned());
    } else {
        return true;
    }
    arrange(plans)
}

/// Joins the plans of two charts: of sets the newer one stands, and of each plan that is stated by itself its newer statement, unless a
/// set has replaced that since.
pub(super) fn join(chart: &mut Chart, other: &Chart) {
    let mut plans = Vec::new();
    let statements: BTreeSet<&str> =
        chart.plans.iter().chain(&other.plans).map(|plan| plan.statement.as_str()).collect();
    for statement in statements {
        let name = if statement.is_empty() { SET.to_owned() } else { field::plan(statement) };
        let knows = |chart: &Chart| chart.plans.iter().any(|plan| plan.statement == statement);
        let from_other = is_newer(chart, other, &name, knows(chart), knows(other));
        let (own, loser) = if from_other { (other, &*chart) } else { (&*chart, other) };
        let replaced = own.stated.get(&name).zip(loser.stated.get(SET)).is_some_and(|(at, set)| is_older(at, set));
        if statement.is_empty() || !replaced {
            plans.extend(own.plans.iter().filter(|plan| plan.statement == statement).cloned());
        }
    }
    arrange(&mut plans);
    chart.plans = plans;
}

/// Puts the plans in their order. False where some had no room.
fn arrange(plans: &mut Vec<Plan>) -> bool {
    plans.sort_by(|one, other| (one.priority, &one.statement).cmp(&(other.priority, &other.statement)));
    let room = plans.len() <= MAX_PLANS;
    plans.truncate(MAX_PLANS);
    room
}

fn singly(plans: &mut Vec<Plan>, times: &mut Times, facts: &Facts) {
    let counts = |times: &mut Times, statement: &str| {
        let name = field::plan(statement);
        let at = facts.time_of(&name);
        let replaced = times.get(SET).is_some_and(|known| is_older(at, known));
        !replaced && takes(times, &name, at)
    };
    for statement in &facts.records.withdrawn_plans {
        if counts(times, statement) {
            plans.retain(|plan| plan.statement != *statement);
        }
    }
    for stated in facts.plans.iter().flatten() {
        if counts(times, &stated.statement) {
            plans.retain(|plan| plan.statement != stated.statement);
            plans.push(stated.clone());
        }
    }
}
