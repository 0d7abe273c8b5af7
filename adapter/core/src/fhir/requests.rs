//! Referrals (ServiceRequest) and consents that ask for an enrolment. Both have consequences, so only what is explicit counts.

use super::codes;
use super::issues::Issues;
use super::json::Node;
use super::moment;
use super::references::Target;
use super::scope::Scope;
use crate::facts::{Request, Sourced};

/// Whether a request for a service is a provider's referral to the participant: an order in force whose performer is the
/// participant, or whose code or performer the profile lists (`fhir.referral_codes`, `fhir.referral_performers`).
pub(super) fn referral(scope: &Scope<'_, '_>, requests: &[usize], issues: &mut Issues) -> Option<Sourced<bool>> {
    requests.iter().find_map(|position| {
        let resource = scope.resource(*position)?;
        let (node, path) = (resource.node, resource.path.as_str());
        let status = node.text("status").unwrap_or_default();
        let order = matches!(node.text("intent"), Some("order" | "original-order" | "reflex-order" | "filler-order"));
        let void = resource.deleted || node.flag("doNotPerform") == Some(true);
        if void || matches!(status, "draft" | "revoked" | "entered-in-error") || !order {
            issues.inform(
                "referral-not-valid",
                path,
                "the request is no order in force; it was not taken as a referral",
            );
            return None;
        }
        let rules = &scope.profile.fhir;
        let coded = node.get("code").is_some_and(|code| codes::is_any(code, &rules.referral_codes));
        let named = node.items("performer").iter().any(|performer| performs(scope, *position, performer));
        if !coded && !named {
            let hint = "name the participant as performer, or list the code or performer under fhir in the profile";
            let message = "the request does not say that it refers to the participant; it was not taken as a referral";
            issues.warn("referral-doubtful", path, message, hint);
            return None;
        }
        let field = if coded { "code" } else { "performer" };
        Some(Sourced { value: true, from: scope.origin(format!("{path}.{field}"), "referral") })
    })
}

/// Whether a performer is the participant, or one that the profile lists.
fn performs<'n>(scope: &Scope<'_, 'n>, from: usize, performer: &'n Node<'n>) -> bool {
    let known = |value: &str| {
        value == scope.participant.id || scope.profile.fhir.referral_performers.iter().any(|listed| listed == value)
    };
    if performer.text("reference").is_some_and(known) {
        return true;
    }
    match scope.index.target(from, Some(performer), "Organization") {
        Target::Here(position) => scope.resource(position).is_some_and(|found| {
            found.node.items("identifier").iter().any(|identifier| identifier.text("value").is_some_and(known))
        }),
        Target::Named(identifier) => identifier.text("value").is_some_and(known),
        Target::Outside { local, .. } => known(&local),
        Target::Unresolved | Target::Absent => {
            performer.get("identifier").and_then(|identifier| identifier.text("value")).is_some_and(known)
        }
    }
}

/// Consents in force that the profile takes as a request for enrolment (`fhir.enrol_consents`).
pub(super) fn consents(scope: &Scope<'_, '_>, consents: &[usize], issues: &mut Issues) -> Vec<Request> {
    let mut requests = Vec::new();
    for position in consents {
        let Some(resource) = scope.resource(*position) else { continue };
        let (node, path) = (resource.node, resource.path.as_str());
        let categories = || node.items("category").iter();
        let rules = scope.profile.fhir.enrol_consents.iter();
        let Some(rule) = rules
            .into_iter()
            .find(|rule| categories().any(|category| codes::is_any(category, std::slice::from_ref(&rule.category))))
        else {
            let message = "the profile takes no consent of this category as a request";
            issues.inform("consent-ignored", path, message);
            continue;
        };
        if resource.deleted || !is_given(scope, node) || node.text("status") != Some("active") {
            issues.inform("consent-not-given", path, "the consent is not in force or denies; nothing was asked for");
            continue;
        }
        if requests.len() == crate::view::limits::MAX_REQUESTS {
            break;
        }
        let given = node.text("dateTime").and_then(|text| text.get(..10)).filter(|date| moment::utc(date).is_some());
        requests.push(Request {
            action: "ALIGN".to_owned(),
            track: rule.track.clone(),
            reason: String::new(),
            provider_referral: None,
            switch_consent: rule.switch.then_some(true),
            effective: given.map(str::to_owned),
            reference: String::new(),
            path: path.to_owned(),
        });
    }
    requests
}

/// Whether a consent denies nothing, also in part, has not run out when the feed was sent, and is not said to be unverified.
fn is_given(scope: &Scope<'_, '_>, consent: &Node<'_>) -> bool {
    let over = |provision: &Node<'_>| {
        let end = provision.get("period").and_then(|period| period.text("end"));
        end.is_some_and(|end| moment::is_over(end, &scope.sent))
    };
    let verified = |state: bool| consent.items("verification").iter().any(|one| one.flag("verified") == Some(state));
    let unverified = verified(false) && !verified(true);
    !denies(consent) && !consent.items("provision").iter().any(over) && !unverified
}

/// Whether a provision, or one below it, denies. The depth is bounded by that of the JSON.
fn denies(node: &Node<'_>) -> bool {
    node.items("provision").iter().any(|provision| provision.text("type") == Some("deny") || denies(provision))
}
