//! Records of a person that another one took the place of (`Patient.link`), and those that are out of use (`Patient.active`).
//!
//! What such a record says may be wrong or somebody else's, so it states nothing and a person looks at the chart. A record that is
//! out of use because the patient died is read: a death must stop what has not been sent.

use super::feed::Resource;
use super::issues::Issues;
use super::json::Node;
use super::references::Target;
use super::scope::Scope;
use crate::facts::Alias;

/// Links of one record that are looked at.
const MAX_LINKS: usize = 50;

fn links<'n>(patient: &'n Node<'n>, kind: &'static str) -> impl Iterator<Item = (usize, &'n Node<'n>)> {
    let all = patient.items("link").iter().enumerate().take(MAX_LINKS);
    all.filter(move |(_, link)| link.text("type") == Some(kind))
}

/// Whether the record is out of use; then it says so.
pub(super) fn has_ended(record: &Resource<'_>, issues: &mut Issues) -> bool {
    let (patient, path) = (record.node, record.path.as_str());
    let hint = "a person must look whether the chart is still right; send the record that is in use";
    if let Some((number, _)) = links(patient, "replaced-by").next() {
        let message = "another record took the place of this one; it states nothing";
        issues.warn("patient-not-current", &format!("{path}.link[{number}].type"), message, hint);
        return true;
    }
    let word = patient.text("deceasedBoolean").unwrap_or_default();
    let dead = patient.flag("deceasedBoolean") == Some(true)
        || ["true", "yes", "y", "1", "t"].iter().any(|yes| yes.eq_ignore_ascii_case(word))
        || patient.text("deceasedDateTime").is_some();
    if patient.flag("active") == Some(false) && !dead {
        let message = "the record is not in use; it states nothing";
        issues.warn("patient-not-current", &format!("{path}.active"), message, hint);
        return true;
    }
    false
}

/// What the server calls the records that this one took the place of.
pub(super) fn replaced(scope: &Scope<'_, '_>, position: usize, issues: &mut Issues) -> Vec<Alias> {
    let Some(record) = scope.resource(position) else { return Vec::new() };
    if record.node.items("link").len() > MAX_LINKS {
        let hint = "join the records at the server";
        let message = "the record has too many links; the rest was left out";
        issues.warn("limit-rows", &format!("{}.link", record.path), message, hint);
    }
    let others = links(record.node, "replaces").filter_map(|(_, link)| link.get("other"));
    let aliases = others.filter_map(|other| match scope.index.target(position, Some(other), "Patient") {
        Target::Here(position) => {
            let other = scope.resource(position).filter(|other| other.kind == "Patient" && !other.id.is_empty())?;
            scope.alias(other.base, &other.local())
        }
        Target::Outside { base, local } if local.starts_with("Patient/") => scope.alias(&base, &local),
        _ => None,
    });
    aliases.collect()
}
