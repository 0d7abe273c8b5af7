//! The plans of a chart, in the order of the senders' clocks.
//!
//! A set of plans replaces the earlier set. Where plans are stated one by one (FHIR Coverage), each replaces what was known of
//! itself and leaves the others alone.

use super::apply::{Times, takes};
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

/// Joins the plans of two charts: of each plan the newer statement stands. A set speaks of every plan, also of those that are not in it.
pub(super) fn join(chart: &mut Chart, other: &Chart) {
    let mut plans = Vec::new();
    let statements: BTreeSet<&str> =
        chart.plans.iter().chain(&other.plans).map(|plan| plan.statement.as_str()).collect();
    for statement in statements {
        let of = |chart: &Chart| chart.plans.iter().filter(|plan| plan.statement == statement).cloned().collect();
        let [own, others]: [Vec<Plan>; 2] = [of(chart), of(other)];
        let is_newer = match (stated_at(chart, statement), stated_at(other, statement)) {
            (Some(at), Some(other_at)) => is_older(at, other_at),
            (Some(_), None) => false,
            (None, _) => own.is_empty(),
        };
        plans.extend(if is_newer { others } else { own });
    }
    arrange(&mut plans);
    chart.plans = plans;
}

/// When a chart was told last of a plan, by itself or by a set.
fn stated_at<'c>(chart: &'c Chart, statement: &str) -> Option<&'c str> {
    let time = |name: &str| chart.stated.get(name).map(String::as_str);
    match (time(&field::plan(statement)), time(SET)) {
        (Some(single), Some(set)) => Some(if is_older(single, set) { set } else { single }),
        (single, set) => single.or(set),
    }
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
