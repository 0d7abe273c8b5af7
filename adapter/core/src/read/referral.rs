//! Whether a provider referred the patient to the participant. Only an explicit statement counts: a filled referring
//! doctor (`PV1-8`) is none.

use super::context::Context;
use super::dates::Moment;
use super::groups::Group;
use crate::facts::{Request, Sourced};
use access_mappings::EventEffect;

/// What is said about referrals.
#[derive(Debug, Default)]
pub(super) struct Referral {
    pub(super) stated: Option<Sourced<bool>>,
    /// Whether an earlier one no longer holds.
    pub(super) ended: bool,
}

/// Reads `RF1`, `PRD`, the event itself, and what explicit requests say.
pub(super) fn read(context: &Context<'_>, group: &Group<'_, '_>, requests: &[Request]) -> Referral {
    if let Some(path) = invalid(context, group) {
        let hint = "an accepted or pending referral counts";
        let message = "the referral has expired or was rejected; it was not taken";
        context.warn("referral-not-valid", path, message, hint);
        return Referral { stated: asked(context, requests), ended: true };
    }
    Referral { stated: asked(context, requests).or_else(|| stated(context, group)), ended: false }
}

fn is_told(context: &Context<'_>) -> bool {
    matches!(context.rule.effect, EventEffect::Referral | EventEffect::Snapshot)
}

/// Path of what says that the referral does not hold: its status (table 0283: expired, rejected), or its last day.
fn invalid(context: &Context<'_>, group: &Group<'_, '_>) -> Option<String> {
    let rf1 = group.first("RF1").filter(|_| is_told(context))?;
    let (status, until) = (rf1.field(1).value(), rf1.field(8).value());
    if matches!(status.text().to_ascii_uppercase().as_str(), "E" | "R") {
        return Some(status.path());
    }
    let expired =
        Moment::parse(&until.text()).is_ok_and(|until| context.sent.as_ref().is_some_and(|sent| sent.is_after(&until)));
    expired.then(|| until.path())
}

fn asked(context: &Context<'_>, requests: &[Request]) -> Option<Sourced<bool>> {
    let (request, stated) = requests.iter().find_map(|request| Some((request, request.provider_referral?)))?;
    Some(context.sourced(stated, format!("{}-5", request.path), "referral.request"))
}

fn stated(context: &Context<'_>, group: &Group<'_, '_>) -> Option<Sourced<bool>> {
    if !is_told(context) {
        return None;
    }
    if let Some(status) = group.first("RF1").map(|rf1| rf1.field(1).value()) {
        return Some(context.sourced(true, status.path(), "referral"));
    }
    let referring = group.all("PRD").find_map(|prd| {
        let roles = prd.field(1).repetitions().map(|role| role.component(1).value());
        roles.into_iter().find(|role| role.text().eq_ignore_ascii_case("RP"))
    });
    if let Some(role) = referring {
        return Some(context.sourced(true, role.path(), "referral"));
    }
    (context.rule.effect == EventEffect::Referral).then(|| context.sourced(true, "MSH-9", "referral"))
}
