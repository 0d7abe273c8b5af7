//! Encounters as visits: cancelled ones, and what a discharge says of the person.

use super::codes;
use super::issues::Issues;
use super::json::Node;
use super::moment;
use super::scope::Scope;
use super::sheet::Sheet;
use crate::discharge::{self, Coding, Judged};
use access_contract::{Issue, Severity};
use access_mappings::TextList;

/// The encounters of one person.
#[derive(Debug, Default)]
pub(super) struct Visits {
    /// The only one that takes or took place.
    pub(super) current: Option<String>,
    /// Those that were cancelled or never took place, with when that was stated.
    pub(super) cancelled: Vec<(String, String)>,
}

/// Encounters of one person that are looked at.
const MAX_ENCOUNTERS: usize = 1_000;

/// Reads the encounters; a discharge to a hospice or by death goes into a `PV1`.
pub(super) fn write(scope: &Scope<'_, '_>, sheet: &mut Sheet, encounters: &[usize], issues: &mut Issues) -> Visits {
    let mut visits = Visits::default();
    if let Some(resource) = encounters.get(MAX_ENCOUNTERS).and_then(|position| scope.resource(*position)) {
        let message = "there are too many encounters; the rest was left out";
        issues.warn("limit-rows", &resource.path, message, "send them in several feeds");
    }
    let mut open = Vec::new();
    let mut dispositions = Vec::new();
    let mut told = false;
    for position in encounters.iter().take(MAX_ENCOUNTERS) {
        let Some(resource) = scope.resource(*position) else { continue };
        let Some(name) = scope.name_of(&super::references::Target::Here(*position)) else { continue };
        let status = resource.node.text("status").unwrap_or_default();
        if resource.deleted || matches!(status, "cancelled" | "entered-in-error") {
            visits.cancelled.push((name, scope.time(*position).to_owned()));
            continue;
        }
        open.push(name);
        let concept = resource.node.get("hospitalization").and_then(|stay| stay.get("dischargeDisposition"));
        let path = format!("{}.hospitalization.dischargeDisposition", resource.path);
        let ended = || when(resource.node).unwrap_or_else(|| scope.time(*position).to_owned());
        let Some(Judged { code, issue }) = concept.map(|concept| disposition(scope, concept, &path)) else { continue };
        // Senders with a list of their own have it in every encounter.
        let is_new = |issue: &Issue| issue.severity != Severity::Information || !std::mem::replace(&mut told, true);
        issue.filter(is_new).into_iter().for_each(|issue| issues.note(issue));
        dispositions.extend(code.map(|(_, code)| (code, ended(), path)));
    }
    // The latest time of each.
    visits.cancelled.sort_by(|one, other| other.cmp(one));
    visits.cancelled.dedup_by(|one, other| one.0 == other.0);
    visits.cancelled.reverse();
    let identity = &scope.profile.identity;
    let listed = |codes: &TextList, code: &str| codes.iter().any(|known| discharge::is_same(known, code));
    // A death is one for ever. Who was sent to a hospice may have left it, so there the latest discharge counts.
    let decisive = dispositions.into_iter().max_by_key(|(code, ended, _)| {
        (listed(&identity.death_dispositions, code), ended.clone(), listed(&identity.hospice_dispositions, code))
    });
    if let Some((code, _, path)) = decisive {
        sheet.open("PV1", &path);
        sheet.set(36, 1, &code, &path);
    }
    if let [only] = open.as_slice() {
        visits.current = Some(only.clone());
    }
    visits
}

/// What a disposition says, by all its codings and its text.
fn disposition(scope: &Scope<'_, '_>, concept: &Node<'_>, path: &str) -> Judged {
    let codings = concept.items("coding").iter().map(|coding| Coding {
        system: codes::system(coding).into(),
        code: coding.text("code").unwrap_or_default().into(),
        words: coding.text("display").unwrap_or_default().into(),
    });
    let codings: Vec<Coding<'_>> = codings.collect();
    discharge::judge(&scope.profile.identity, &codings, concept.text("text").unwrap_or_default(), path)
}

/// When an encounter ended, or began.
fn when(encounter: &Node<'_>) -> Option<String> {
    let period = encounter.get("period")?;
    let text = period.text("end").or_else(|| period.text("start"))?;
    Some(moment::utc(text).unwrap_or_else(|| text.to_owned()))
}
