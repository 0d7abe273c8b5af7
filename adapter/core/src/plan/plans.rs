//! The plans of a chart, in the order of the senders' clocks.
//!
//! A set of plans replaces the earlier set. Where plans are stated one by one (FHIR Coverage), each replaces what was known of
//! itself and leaves the others alone.

use super::apply::{Times, takes};
use super::moment::is_older;
use crate::chart::field;
use crate::facts::{Facts, Plan};

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
