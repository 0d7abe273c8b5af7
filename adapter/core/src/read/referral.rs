//! Whether a provider referred the patient to the participant. Only an explicit statement counts: a filled referring
//! doctor (`PV1-8`) is none.

use super::context::Context;
use super::groups::Group;
use crate::facts::{Request, Sourced};
use access_mappings::EventEffect;

/// Reads `RF1`, `PRD`, the event itself, and what explicit requests say.
pub(super) fn read(context: &Context<'_>, group: &Group<'_, '_>, requests: &[Request]) -> Option<Sourced<bool>> {
    if let Some((request, stated)) = requests.iter().find_map(|request| Some((request, request.provider_referral?))) {
        return Some(context.sourced(stated, format!("{}-5", request.path), "referral.request"));
    }
    if !matches!(context.rule.effect, EventEffect::Referral | EventEffect::Snapshot) {
        return None;
    }
    if let Some(status) = group.first("RF1").map(|rf1| rf1.field(1).value()) {
        // Table 0283: expired, rejected.
        if matches!(status.text().to_ascii_uppercase().as_str(), "E" | "R") {
            let hint = "an accepted or pending referral counts";
            context.warn(
                "referral-not-valid",
                status.path(),
                "the referral has expired or was rejected; it was not taken",
                hint,
            );
            return None;
        }
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
