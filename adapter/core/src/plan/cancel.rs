//! An event that takes back an earlier one.

use super::apply::{Times, takes};
use super::{diagnoses, visits};
use crate::chart::{Chart, field};
use crate::facts::{Facts, Sourced};
use access_contract::{Command, CommandAction, Issue, Plan, Severity};

/// Events that take back a movement while the visit itself goes on (HL7 v2 chapter 3): transfer, discharge, pending
/// transfer and discharge, leave of absence, change of the attending or consulting doctor.
const VISIT_GOES_ON: [&str; 10] = ["A12", "A13", "A25", "A26", "A32", "A33", "A52", "A53", "A55", "A62"];

/// Withdraws what came from the visit and has not been sent. Where the visit itself is void, its diagnoses are too.
pub(super) fn withdraw(chart: &mut Chart, facts: &Facts, plan: &mut Plan) {
    let referral = facts.event.starts_with("REF^");
    if referral && takes(&mut chart.stated, "referral", &facts.sent_at) {
        chart.referral = None;
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
    plan.commands.extend(visits::withdrawals(chart, visit));
    if !referral && !VISIT_GOES_ON.contains(&event(facts)) {
        diagnoses::void(chart, visit, &facts.sent_at);
    }
}

/// Withdraws what came from visits that a record says were cancelled or never took place.
pub(super) fn withdraw_records(chart: &mut Chart, facts: &Facts, plan: &mut Plan) {
    for visit in &facts.records.cancelled_visits {
        plan.commands.extend(visits::withdrawals(chart, visit));
        diagnoses::void(chart, visit, facts.time_of(&field::visit(visit)));
    }
}

pub(super) fn withdrawal(visit: &str) -> Command {
    Command {
        action: CommandAction::Withdraw,
        reference: None,
        operation: None,
        track: None,
        visit: Some(visit.to_owned()),
    }
}

/// A discharge taken back (A13) takes back what its disposition said about death and hospice.
pub(super) fn reopen(chart: &mut Chart, facts: &Facts) {
    if event(facts) != "A13" {
        return;
    }
    forget_disposition(&mut chart.deceased, &mut chart.stated, "deceased", &facts.sent_at);
    forget_disposition(&mut chart.hospice, &mut chart.stated, "hospice", &facts.sent_at);
}

fn event(facts: &Facts) -> &str {
    facts.event.rsplit('^').next().unwrap_or_default()
}

fn forget_disposition(field: &mut Option<Sourced<bool>>, times: &mut Times, name: &str, at: &str) {
    let disposition = field.as_ref().is_some_and(|stated| stated.from.path.starts_with("PV1"));
    if disposition && takes(times, name, at) {
        *field = None;
    }
}
