//! Whether a provider referred the patient to the participant. Only an explicit statement counts: a filled referring
//! doctor (`PV1-8`) is none. What a request says (`ZAC-5`) is about its own alignment and no fact about the patient.

use super::context::Context;
use super::dates::{DateFault, Moment};
use super::groups::Group;
use crate::facts::Sourced;
use crate::view::{Segment, Value};
use access_mappings::EventEffect;

/// What is said about referrals.
#[derive(Debug, Default)]
pub(super) struct Referral {
    pub(super) stated: Option<Sourced<bool>>,
    /// Its last day as an ISO date, or empty.
    pub(super) until: String,
    /// Whether an earlier one no longer holds.
    pub(super) ended: bool,
    /// Whether it is to somebody else, or nobody can tell whether it holds.
    pub(super) elsewhere: bool,
}

/// Reads `RF1`, `PRD` and the event itself.
pub(super) fn read(context: &Context<'_>, group: &Group<'_, '_>) -> Referral {
    if let Some(path) = invalid(context, group) {
        let hint = "an accepted or pending referral counts";
        let message = "the referral has expired or was rejected; it was not taken";
        context.warn("referral-not-valid", path, message, hint);
        return Referral { ended: true, ..Referral::default() };
    }
    if let Some((path, message, hint)) = doubtful(context, group) {
        context.warn("referral-doubtful", path, message, hint);
        return Referral { elsewhere: true, ..Referral::default() };
    }
    if let Some(path) = elsewhere(context, group) {
        let hint = "list who takes referrals for the participant in referrals.recipients of the profile";
        let message = "the referral names somebody else as its recipient; it was not taken";
        context.warn("referral-doubtful", path, message, hint);
        return Referral { elsewhere: true, ..Referral::default() };
    }
    Referral { stated: stated(context, group), until: until(context, group), ..Referral::default() }
}

/// The last day on which the referral holds, as an ISO date. A year far away is none.
fn until(context: &Context<'_>, group: &Group<'_, '_>) -> String {
    let rf1 = group.first("RF1").filter(|_| is_told(context));
    let until = rf1.and_then(|rf1| Moment::parse(&rf1.field(8).value().text()).ok());
    until.map(|until| until.date()).unwrap_or_default()
}

/// Path of the provider that the patient is referred to (role RT), where the site says who takes referrals for the participant and
/// no such provider is one of them.
fn elsewhere(context: &Context<'_>, group: &Group<'_, '_>) -> Option<String> {
    let recipients = &context.profile.referrals.recipients;
    if recipients.is_empty() || !is_told(context) {
        return None;
    }
    let to: Vec<&Segment<'_>> = group.all("PRD").filter(|prd| has_role(prd, "RT").is_some()).collect();
    let is_listed = |text: &str| recipients.iter().any(|listed| listed.trim().to_uppercase() == text.to_uppercase());
    let is_own = |prd: &&Segment<'_>| {
        [2, 7]
            .into_iter()
            .any(|number| prd.field(number).repetitions().any(|named| is_listed(&named.component(1).value().text())))
    };
    if to.iter().any(is_own) { None } else { to.first().map(|prd| prd.path()) }
}

/// The value that gives a provider a role (table 0286).
fn has_role<'m>(prd: &'m Segment<'_>, role: &str) -> Option<Value<'m>> {
    let mut roles = prd.field(1).repetitions().map(|role| role.component(1).value());
    roles.find(|stated| stated.text().eq_ignore_ascii_case(role))
}

fn is_told(context: &Context<'_>) -> bool {
    matches!(context.rule.effect, EventEffect::Referral | EventEffect::Snapshot)
}

/// Path of what says that the referral does not hold: its status (table 0283: expired, rejected), or its last day.
fn invalid(context: &Context<'_>, group: &Group<'_, '_>) -> Option<String> {
    let rf1 = group.first("RF1").filter(|_| is_told(context))?;
    let (status, until) = (status(rf1), rf1.field(8).value());
    if matches!(status.text().to_ascii_uppercase().as_str(), "E" | "EXPIRED" | "R" | "REJECTED") {
        return Some(status.path());
    }
    let expired =
        Moment::parse(&until.text()).is_ok_and(|until| context.sent.as_ref().is_some_and(|sent| sent.is_after(&until)));
    expired.then(|| until.path())
}

/// What leaves open whether the referral holds: a status that nobody knows, or a last day that cannot be read.
fn doubtful(context: &Context<'_>, group: &Group<'_, '_>) -> Option<(String, &'static str, &'static str)> {
    let rf1 = group.first("RF1").filter(|_| is_told(context))?;
    let (status, until) = (status(rf1), rf1.field(8).value());
    let word = context.text(&status).unwrap_or_default().to_ascii_uppercase();
    if !matches!(word.as_str(), "" | "A" | "ACCEPTED" | "P" | "PENDING") {
        let message = "the status of the referral is not known; it was not taken";
        return Some((status.path(), message, "send A, P, R or E of table 0283 in RF1-1"));
    }
    let text = context.text(&until)?;
    let message = "the last day of the referral cannot be read; it was not taken";
    // A year far away is how senders say that there is no end.
    let unreadable = Moment::parse(&text).is_err_and(|fault| fault != DateFault::Range);
    unreadable.then(|| (until.path(), message, "send YYYYMMDD in RF1-8"))
}

/// The status of a referral, or its text where there is no code.
fn status<'m>(rf1: &'m Segment<'_>) -> Value<'m> {
    let field = rf1.field(1);
    let code = field.value();
    if code.text().is_empty() && !field.component(2).value().is_absent() { field.component(2).value() } else { code }
}

fn stated(context: &Context<'_>, group: &Group<'_, '_>) -> Option<Sourced<bool>> {
    if !is_told(context) {
        return None;
    }
    if let Some(status) = group.first("RF1").map(|rf1| rf1.field(1).value()) {
        return Some(context.sourced(true, status.path(), "referral"));
    }
    let referring = group.all("PRD").find_map(|prd| has_role(prd, "RP"));
    if let Some(role) = referring {
        return Some(context.sourced(true, role.path(), "referral"));
    }
    (context.rule.effect == EventEffect::Referral).then(|| context.sourced(true, "MSH-9", "referral"))
}
