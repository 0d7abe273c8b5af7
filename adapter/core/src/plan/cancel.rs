//! An event that takes back an earlier one.

use super::apply::{Times, takes};
use super::{diagnoses, referral, visits};
use crate::chart::{Chart, field};
use crate::facts::{Facts, Sourced};
use access_contract::{Command, CommandAction, Issue, Plan, Severity};

/// Events that take back a movement while the visit itself goes on (HL7 v2 chapter 3): transfer, discharge, pending
/// transfer and discharge, leave of absence, change of the attending or consulting doctor.
const VISIT_GOES_ON: [&str; 10] = ["A12", "A13", "A25", "A26", "A32", "A33", "A52", "A53", "A55", "A62"];

/// Withdraws what came from the visit and has not been sent. Where the visit itself is void, its diagnoses are too. A cancellation
/// that comes late, after the visit or the referral was stated anew, withdraws nothing: what is waiting may be newer work.
pub(super) fn withdraw(chart: &mut Chart, facts: &Facts, plan: &mut Plan) {
    let referral = facts.event.starts_with("REF^");
    let mut is_late = false;
    if referral {
        is_late = !takes(&mut chart.stated, "referral", &facts.sent_at);
        if !is_late {
            referral::end(chart);
        }
    }
    let Some(visit) = &facts.visit else {
        if referral {
            return;
        }
        plan.issues.push(
            Issue::new(
                Severity::Warning,
                "visit-missing",
                "PV1-19",
                "a cancelled event without visit number withdraws nothing",
            )
            .rule("triggers.cancel"),
        );
        return;
    };
    if is_late || (!referral && diagnoses::is_restated(chart, visit, &facts.sent_at)) {
        let message = "the visit or referral was stated anew after it was cancelled; nothing was withdrawn";
        let issue = Issue::new(Severity::Information, "older-than-chart", "MSH-7", message);
        plan.issues.push(issue.rule("triggers.cancel"));
        return;
    }
    plan.commands.extend(visits::withdrawals(chart, visit));
    if !referral && !VISIT_GOES_ON.contains(&event(facts)) {
        diagnoses::void(chart, visit, &facts.sent_at);
    }
}

/// Withdraws what came from visits that a record says were cancelled or never took place.
pub(super) fn withdraw_records(chart: &mut Chart, facts: &Facts, plan: &mut Plan) {
    for visit in &facts.records.cancelled_visits {
        let at = facts.time_of(&field::visit(visit));
        if diagnoses::is_restated(chart, visit, at) {
            continue;
        }
        plan.commands.extend(visits::withdrawals(chart, visit));
        diagnoses::void(chart, visit, at);
    }
}

pub(super) fn withdrawal(visit: &str) -> Command {
    Command {
        action: CommandAction::Withdraw,
        reference: None,
        operation: None,
        track: None,
        visit: Some(visit.to_owned()),
        rule: None,
    }
}

/// What a discharge said about death and hospice is taken back with it (A13). Whoever is admitted again has left hospice as far as
/// feeds tell; CMS knows better, and is asked. Hospice that the plans said is over when they no longer say it.
pub(super) fn reopen(chart: &mut Chart, facts: &Facts) {
    let (times, at) = (&mut chart.stated, facts.sent_at.as_str());
    match event(facts) {
        "A13" => {
            forget(&mut chart.deceased, times, "deceased", at, DISPOSITION);
            forget(&mut chart.hospice, times, "hospice", at, DISPOSITION);
        }
        "A01" if facts.hospice.is_none() => forget(&mut chart.hospice, times, "hospice", at, DISPOSITION),
        _ => {}
    }
    if facts.plans.is_some() && !facts.records.single_plans && facts.hospice.is_none() {
        forget(&mut chart.hospice, times, "hospice", at, PAYER);
    }
}

/// Where a discharge says what became of the person.
const DISPOSITION: &str = "PV1";
/// Where plans say it.
const PAYER: &str = "IN1";

fn event(facts: &Facts) -> &str {
    facts.event.rsplit('^').next().unwrap_or_default()
}

/// Forgets what was said in a segment.
fn forget(field: &mut Option<Sourced<bool>>, times: &mut Times, name: &str, at: &str, segment: &str) {
    let said_there = field.as_ref().is_some_and(|stated| stated.from.path.starts_with(segment));
    if said_there && takes(times, name, at) {
        *field = None;
    }
}
