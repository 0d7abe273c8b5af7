//! The resources of a feed: one resource, an array of them, or a Bundle of any type.

use super::issues::Issues;
use super::json::Node;
use super::moment;
use access_contract::{Issue, Severity};
use std::collections::BTreeMap;

/// Resources of one feed, contained ones included: code `limit-entries`.
pub const MAX_RESOURCES: usize = 20_000;
/// Bundles inside Bundles.
pub const MAX_NESTED: usize = 3;

/// One resource and where it stands.
#[derive(Debug)]
pub(super) struct Resource<'n> {
    pub(super) node: &'n Node<'n>,
    pub(super) kind: &'n str,
    pub(super) id: &'n str,
    /// FHIRPath.
    pub(super) path: String,
    /// Absolute URL or URN of its entry, or empty.
    pub(super) url: &'n str,
    /// The server's base, as far as the URL tells it.
    pub(super) base: &'n str,
    /// The resource it is contained in.
    pub(super) container: Option<usize>,
    /// When it was changed last, in UTC, or empty.
    pub(super) updated: String,
    /// Whether it is deleted (`request.method` DELETE), so that what it says no longer holds.
    pub(super) deleted: bool,
    /// Whether it must not be used, or a newer version of it stands in the feed.
    pub(super) dropped: bool,
}

impl Resource<'_> {
    /// `Condition/17`; empty without an id.
    pub(super) fn local(&self) -> String {
        if self.id.is_empty() { String::new() } else { format!("{}/{}", self.kind, self.id) }
    }
}

/// A deletion whose resource is not in the feed.
#[derive(Debug)]
pub(super) struct Deletion {
    /// `Condition/17`, or a search.
    pub(super) target: String,
    /// The server's base, as far as the URL tells it.
    pub(super) base: String,
    pub(super) path: String,
    pub(super) updated: String,
    /// How many resources stand before it.
    before: usize,
}

/// Everything a feed holds.
#[derive(Debug)]
pub(super) struct Feed<'n> {
    /// The Bundle, where it is one.
    pub(super) bundle: Option<&'n Node<'n>>,
    /// `Bundle-collection`, `Patient`, or `array`.
    pub(super) event: String,
    pub(super) resources: Vec<Resource<'n>>,
    pub(super) deletions: Vec<Deletion>,
}

fn refuse(code: &str, location: &str, message: &str, hint: &str) -> Box<Issue> {
    Box::new(Issue::new(Severity::Fatal, code, location, message).hint(hint).condition(100))
}

/// Finds the resources.
pub(super) fn collect<'n>(root: &'n Node<'n>, issues: &mut Issues) -> Result<Feed<'n>, Box<Issue>> {
    let mut feed = Feed { bundle: None, event: String::new(), resources: Vec::new(), deletions: Vec::new() };
    match root {
        Node::List(items) => {
            "array".clone_into(&mut feed.event);
            for (number, item) in items.iter().enumerate() {
                let path = format!("[{number}]");
                if item.text("resourceType").is_none() {
                    return Err(not_fhir(&path));
                }
                feed.add(item, path, "", issues)?;
            }
            if items.is_empty() {
                return Err(not_fhir(""));
            }
        }
        _ => {
            let kind = root.text("resourceType").ok_or_else(|| not_fhir(""))?;
            if !crate::validate::is_resource_type(kind) {
                let hint = "send resources of FHIR R4";
                return Err(refuse("resource-type-unknown", "resourceType", "there is no such resource in R4", hint));
            }
            kind.clone_into(&mut feed.event);
            if kind == "Bundle" {
                feed.bundle = Some(root);
                // The type of a Bundle is a code of FHIR; anything else stays out of the header.
                let known = root.text("type").filter(|kind| TYPES.contains(kind));
                if known.is_none() {
                    let hint = "the entries were read all the same";
                    issues.warn("bundle-type", "Bundle.type", "the type of the Bundle is missing or not known", hint);
                }
                feed.event = format!("Bundle-{}", known.unwrap_or("unknown"));
                feed.add_bundle(root, "Bundle", 0, issues)?;
            } else {
                feed.add(root, kind.to_owned(), "", issues)?;
            }
        }
    }
    feed.settle_versions();
    Ok(feed)
}

/// Types of Bundles.
const TYPES: [&str; 9] = [
    "document",
    "message",
    "transaction",
    "transaction-response",
    "batch",
    "batch-response",
    "history",
    "searchset",
    "collection",
];

/// What a modifier that is not known applies to must not be used (FHIR R4, extensibility).
pub(super) fn forbid(path: &str, issues: &mut Issues) {
    let hint = "the sender must leave it out, or what it applies to must be handled by hand";
    issues.fail("modifier-unknown", path, "a modifier is not known, so what it applies to must not be used", hint);
}

fn not_fhir(location: &str) -> Box<Issue> {
    let hint = "send FHIR R4 resources, which name their type in resourceType";
    refuse("not-fhir", location, "the text is JSON but no FHIR resource", hint)
}

/// Where the Composition of a document says that it was entered in error.
fn taken_back(bundle: &Node<'_>) -> Option<String> {
    if bundle.text("type") != Some("document") {
        return None;
    }
    let resources =
        bundle.items("entry").iter().enumerate().filter_map(|(number, entry)| Some((number, entry.get("resource")?)));
    let mut compositions = resources.filter(|(_, resource)| resource.text("resourceType") == Some("Composition"));
    let (number, _) = compositions.next().filter(|(_, first)| first.text("status") == Some("entered-in-error"))?;
    Some(format!("entry[{number}].resource.status"))
}

impl<'n> Feed<'n> {
    fn add_bundle(
        &mut self,
        bundle: &'n Node<'n>,
        path: &str,
        depth: usize,
        issues: &mut Issues,
    ) -> Result<(), Box<Issue>> {
        if let Some(path) = super::known::modifier_of(bundle, path) {
            forbid(&path, issues);
            return Ok(());
        }
        if let Some(place) = taken_back(bundle) {
            let hint = "look whether the chart holds what the document said before; the sender must send what is right";
            let message = "the document was entered in error, so nothing of it was taken";
            issues.fail("document-entered-in-error", &format!("{path}.{place}"), message, hint);
            return Ok(());
        }
        for (number, entry) in bundle.items("entry").iter().enumerate() {
            let path = format!("{path}.entry[{number}]");
            if let Some(path) = super::known::modifier_of(entry, &path) {
                forbid(&path, issues);
                continue;
            }
            let request = entry.get("request");
            let deletes = request.and_then(|request| request.text("method")) == Some("DELETE");
            let modified = || entry.get("response").and_then(|response| response.text("lastModified"));
            match entry.get("resource") {
                Some(inner) if inner.text("resourceType") == Some("Bundle") => {
                    if depth == MAX_NESTED {
                        let hint = "send the resources in one Bundle";
                        issues.warn("bundle-nested", &path, "Bundles are nested too deep; this one was left out", hint);
                        continue;
                    }
                    self.add_bundle(inner, &format!("{path}.resource"), depth + 1, issues)?;
                }
                Some(resource) if resource.text("resourceType").is_some() => {
                    let position = self.resources.len();
                    self.add(resource, format!("{path}.resource"), entry.text("fullUrl").unwrap_or_default(), issues)?;
                    if let Some(added) = self.resources.get_mut(position).filter(|_| deletes) {
                        added.deleted = true;
                        added.updated = modified().and_then(moment::utc).unwrap_or_else(|| added.updated.clone());
                    }
                }
                Some(_) => {
                    let hint = "every resource names its type in resourceType";
                    issues.warn("not-fhir", &format!("{path}.resource"), "the entry holds no FHIR resource", hint);
                }
                None if deletes => {
                    let target = request.and_then(|request| request.text("url")).unwrap_or_default();
                    let (base, target) = super::references::local_of(target).unwrap_or(("", target));
                    self.deletions.push(Deletion {
                        target: target.to_owned(),
                        base: base.to_owned(),
                        path: format!("{path}.request"),
                        updated: modified().and_then(moment::utc).unwrap_or_default(),
                        before: self.resources.len(),
                    });
                    self.check_size()?;
                }
                None => {}
            }
        }
        Ok(())
    }

    fn add(&mut self, node: &'n Node<'n>, path: String, url: &'n str, issues: &mut Issues) -> Result<(), Box<Issue>> {
        let kind = node.text("resourceType").unwrap_or_default();
        if !crate::validate::is_resource_type(kind) {
            let message = "there is no such resource in R4; it was ignored";
            issues.inform("resource-type-unknown", &path, message);
            return Ok(());
        }
        let id = node.text("id").filter(|id| super::references::is_id(id)).unwrap_or_default();
        let base = super::references::local_of(url).map_or("", |(base, _)| base);
        let updated = node.get("meta").and_then(|meta| meta.text("lastUpdated")).and_then(moment::utc);
        let position = self.resources.len();
        self.resources.push(Resource {
            node,
            kind,
            id,
            path,
            url,
            base,
            container: None,
            updated: updated.unwrap_or_default(),
            deleted: false,
            dropped: false,
        });
        for (number, contained) in node.items("contained").iter().enumerate() {
            let Some(kind) = contained.text("resourceType") else { continue };
            let path = self.resources.get(position).map(|outer| format!("{}.contained[{number}]", outer.path));
            self.resources.push(Resource {
                node: contained,
                kind,
                id: contained.text("id").unwrap_or_default().trim_start_matches('#'),
                path: path.unwrap_or_default(),
                url: "",
                base,
                container: Some(position),
                updated: String::new(),
                deleted: false,
                dropped: false,
            });
        }
        self.check_size()
    }

    fn check_size(&self) -> Result<(), Box<Issue>> {
        if self.resources.len() + self.deletions.len() <= MAX_RESOURCES {
            return Ok(());
        }
        let message = format!("the feed holds more than {MAX_RESOURCES} resources");
        Err(refuse("limit-entries", "Bundle.entry", &message, "send them as NDJSON, or in several Bundles"))
    }

    /// Of several versions of one resource (history Bundles) the newest counts: the last updated, and where times do not tell,
    /// the first of a history, the last of anything else. So it is with deletions.
    fn settle_versions(&mut self) {
        let history = self.event == "Bundle-history";
        let mut newest: BTreeMap<(String, String), usize> = BTreeMap::new();
        for position in 0..self.resources.len() {
            let Some(resource) = self.resources.get(position) else { continue };
            if resource.container.is_some() || resource.id.is_empty() {
                continue;
            }
            let key = (resource.base.to_owned(), resource.local());
            let updated = resource.updated.clone();
            let Some(known) = newest.get(&key).copied() else {
                newest.insert(key, position);
                continue;
            };
            let earlier = self.resources.get(known).map(|known| known.updated.clone()).unwrap_or_default();
            let replaces = match (updated.is_empty() || earlier.is_empty(), updated.cmp(&earlier)) {
                (false, std::cmp::Ordering::Greater) => true,
                (false, std::cmp::Ordering::Less) => false,
                _ => !history,
            };
            let loser = if replaces { known } else { position };
            if replaces {
                newest.insert(key, position);
            }
            self.drop_resource(loser);
        }
        let mut locals: BTreeMap<String, Vec<(String, usize)>> = BTreeMap::new();
        for ((base, local), position) in newest {
            locals.entry(local).or_default().push((base, position));
        }
        let deletions = std::mem::take(&mut self.deletions);
        for deletion in deletions {
            // The record of the server that is named, or of none; where none is named, the only one.
            let known = locals.get(&deletion.target).and_then(|known| {
                let own = known.iter().find(|(base, _)| *base == deletion.base);
                let other =
                    || known.iter().find(|(base, _)| base.is_empty() || (deletion.base.is_empty() && known.len() == 1));
                own.or_else(other).map(|(_, position)| *position)
            });
            let found = known.and_then(|position| Some((position, self.resources.get_mut(position)?)));
            let Some((position, resource)) = found else {
                self.deletions.push(deletion);
                continue;
            };
            let timed = !deletion.updated.is_empty() && !resource.updated.is_empty();
            let counts = match deletion.updated.cmp(&resource.updated) {
                std::cmp::Ordering::Greater if timed => true,
                std::cmp::Ordering::Less if timed => false,
                // A history has the newest first.
                _ => !history || deletion.before <= position,
            };
            if counts {
                resource.deleted = true;
                resource.updated = deletion.updated;
            }
        }
    }

    /// Takes a resource out of use, with everything it contains.
    pub(super) fn drop_resource(&mut self, position: usize) {
        // What a resource contains stands right behind it.
        for (number, resource) in self.resources.iter_mut().enumerate().skip(position) {
            if number != position && resource.container != Some(position) {
                break;
            }
            resource.dropped = true;
        }
    }
}
