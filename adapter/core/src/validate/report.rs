//! The document of a report: what the ACCESS profiles, US Core and the service demand of it.
//!
//! A [`Document`] is the Bundle with its entries by name. What is demanded of a resource follows from where the Composition points to it
//! from, and from the profile it declares.

mod composition;
mod document;
mod observation;
mod people;
mod references;
mod response;

use super::findings::Findings;
use super::json::Node;
use access_mappings::{Guide, MbiRules};
use std::collections::BTreeMap;

pub(super) use document::check as check_document;

/// Most entries of a document.
pub const MAX_ENTRIES: usize = 2000;

/// A Bundle with its entries by the names that references use.
pub(super) struct Document<'a, 't> {
    guide: &'a Guide,
    mbi: &'a MbiRules,
    /// FHIRPath of the Bundle.
    at: &'a str,
    bundle: &'a Node<'t>,
    entries: &'a [Node<'t>],
    /// Position of each entry, by `fullUrl` and by type and id.
    known: BTreeMap<String, usize>,
}

impl<'a, 't> Document<'a, 't> {
    fn of(guide: &'a Guide, mbi: &'a MbiRules, bundle: &'a Node<'t>, at: &'a str) -> Self {
        let entries = bundle.items_of("entry");
        let mut known = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            let full = entry.text_of("fullUrl");
            known.extend(full.map(|full| (full.to_owned(), index)));
            let Some(resource) = entry.get("resource") else { continue };
            if let (Some(kind), Some(id)) = (resource.text_of("resourceType"), resource.text_of("id")) {
                let name = format!("{kind}/{id}");
                // A web address that ends otherwise is another resource's, so a relative reference does not lead here.
                if full.is_none_or(|full| !full.starts_with("http") || full.ends_with(&format!("/{name}"))) {
                    known.insert(name, index);
                }
            }
        }
        Self { guide, mbi, at, bundle, entries, known }
    }

    /// Where the resource of an entry stands.
    fn place(&self, index: usize) -> String {
        format!("{}.entry[{index}].resource", self.at)
    }

    /// The entry a reference leads to.
    fn find(&self, reference: &str) -> Option<(usize, &'a Node<'t>)> {
        let index = *self.known.get(reference)?;
        Some((index, self.entries.get(index)?.get("resource")?))
    }

    /// The resources of a type, with their positions.
    fn of_type(&self, kind: &'a str) -> impl Iterator<Item = (usize, &'a Node<'t>)> {
        let resources =
            self.entries.iter().enumerate().filter_map(|(index, entry)| Some((index, entry.get("resource")?)));
        resources.filter(move |(_, resource)| resource.text_of("resourceType") == Some(kind))
    }
}

/// The codings of a concept as system and code.
fn codings<'n>(concept: &'n Node<'_>) -> impl Iterator<Item = (&'n str, &'n str)> {
    let pair = |coding: &'n Node<'_>| {
        (coding.text_of("system").unwrap_or_default(), coding.text_of("code").unwrap_or_default())
    };
    concept.items_of("coding").iter().map(pair)
}

/// Whether a concept has a coding.
fn has_coding(concept: Option<&Node<'_>>, system: &str, code: &str) -> bool {
    concept.is_some_and(|concept| codings(concept).any(|known| known == (system, code)))
}

/// The names of the profiles a resource declares: what stands after the last slash, without a version.
fn declared<'n>(resource: &'n Node<'_>) -> impl Iterator<Item = &'n str> {
    let profiles = resource.get("meta").map_or(&[][..], |meta| meta.items_of("profile"));
    profiles.iter().filter_map(Node::text).map(|canonical| {
        let bare = canonical.split('|').next().unwrap_or(canonical);
        bare.rsplit('/').next().unwrap_or(bare)
    })
}

/// The type and position of what `Reference` leads to; problems are noted where it leads nowhere, or to another type than `kinds`.
fn follow<'a, 't>(
    document: &Document<'a, 't>,
    reference: Option<&Node<'_>>,
    kinds: &[&str],
    at: &str,
    findings: &mut Findings,
) -> Option<(usize, &'a Node<'t>)> {
    let found = document.find(reference?.text_of("reference")?)?;
    let kind = found.1.text_of("resourceType").unwrap_or_default();
    if kinds.contains(&kind) {
        return Some(found);
    }
    let message = format!("this points to a {}", kinds.join(" or a "));
    findings.error("reference-type", format!("{at}.reference"), &message);
    None
}
