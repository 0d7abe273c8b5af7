//! What references point to: within the feed, or outside it by a name under which other feeds will know it.
//!
//! One step only: a reference is looked up, never followed further, so that cycles and self-references cost nothing.

use super::feed::Feed;
use super::json::Node;
use std::collections::BTreeMap;

/// Longest URL that is looked at.
const MAX_URL_BYTES: usize = 1_024;
/// Longest id. FHIR allows 64; servers exceed it.
const MAX_ID_BYTES: usize = 128;

/// Servers that a resource of one name is looked for at.
const MAX_SERVERS: usize = 16;

/// Where a reference leads.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Target<'n> {
    /// To a resource of the feed.
    Here(usize),
    /// To a resource of a server: its base, or empty, and `Type/id`.
    Outside {
        /// Base URL.
        base: String,
        /// `Type/id`
        local: String,
    },
    /// To whatever has this identifier.
    Named(&'n Node<'n>),
    /// To something the feed should hold and does not.
    Unresolved,
    /// Nowhere.
    Absent,
}

/// What the resources of a feed can be found by.
pub(super) struct Index<'n> {
    urls: BTreeMap<&'n str, usize>,
    /// By `Type/id`; the base tells several apart.
    locals: BTreeMap<String, Vec<usize>>,
    identifiers: BTreeMap<(&'n str, &'n str, &'n str), usize>,
    contained: BTreeMap<(usize, &'n str), usize>,
    /// Base and container of each resource.
    places: Vec<(&'n str, usize)>,
}

impl<'n> Index<'n> {
    pub(super) fn new(feed: &Feed<'n>) -> Self {
        let mut index = Self {
            urls: BTreeMap::new(),
            locals: BTreeMap::new(),
            identifiers: BTreeMap::new(),
            contained: BTreeMap::new(),
            places: Vec::new(),
        };
        for (position, resource) in feed.resources.iter().enumerate() {
            index.places.push((resource.base, resource.container.unwrap_or(position)));
            if resource.dropped {
                continue;
            }
            if let Some(container) = resource.container {
                index.contained.insert((container, resource.id), position);
                continue;
            }
            if !resource.url.is_empty() {
                index.urls.insert(without_version(resource.url), position);
            }
            if !resource.id.is_empty() {
                index.locals.entry(resource.local()).or_default().push(position);
            }
            for identifier in resource.node.items("identifier") {
                let system = identifier.text("system").unwrap_or_default();
                if let Some(value) = identifier.text("value") {
                    index.identifiers.entry((resource.kind, system, value)).or_insert(position);
                }
            }
        }
        index
    }

    /// Follows a reference of the resource at `from`. `kind` is what it should lead to where the reference does not say.
    pub(super) fn target(&self, from: usize, reference: Option<&'n Node<'n>>, kind: &str) -> Target<'n> {
        let Some(reference) = reference else { return Target::Absent };
        let Some(text) = reference.text("reference").filter(|text| text.len() <= MAX_URL_BYTES) else {
            let Some(identifier) = reference.get("identifier") else { return Target::Absent };
            let kind = reference.text("type").unwrap_or(kind);
            let system = identifier.text("system").unwrap_or_default();
            return match identifier.text("value") {
                Some(value) => self
                    .identifiers
                    .get(&(kind, system, value))
                    .map_or(Target::Named(identifier), |position| Target::Here(*position)),
                None => Target::Absent,
            };
        };
        let (base, container) = self.places.get(from).copied().unwrap_or(("", from));
        if let Some(id) = text.strip_prefix('#') {
            if id.is_empty() {
                return Target::Here(container);
            }
            return self.contained.get(&(container, id)).map_or(Target::Unresolved, |found| Target::Here(*found));
        }
        let text = without_version(text);
        if let Some(found) = self.urls.get(text) {
            return Target::Here(*found);
        }
        if let Some((kind, query)) = text.split_once('?') {
            return self.conditional(kind, query);
        }
        match local_of(text) {
            Some(("", local)) => {
                let found = self.locals.get(local).and_then(|found| self.nearest(found, base));
                found.map_or_else(|| Target::Outside { base: base.to_owned(), local: local.to_owned() }, Target::Here)
            }
            Some((stated, local)) => {
                // The feed may leave out the URLs of its entries.
                let found = self.locals.get(local).and_then(|found| {
                    found
                        .iter()
                        .copied()
                        .take(MAX_SERVERS)
                        .find(|position| self.places.get(*position).is_some_and(|(base, _)| base.is_empty()))
                });
                found.map_or_else(|| Target::Outside { base: stated.to_owned(), local: local.to_owned() }, Target::Here)
            }
            None => Target::Unresolved,
        }
    }

    /// Of several resources of one name the one of the same server, else the only one.
    fn nearest(&self, found: &[usize], base: &str) -> Option<usize> {
        let same = |position: &&usize| self.places.get(**position).is_some_and(|(own, _)| *own == base);
        found.iter().take(MAX_SERVERS).find(same).or_else(|| found.first().filter(|_| found.len() == 1)).copied()
    }

    /// `Patient?identifier=system|value`
    fn conditional(&self, kind: &str, query: &str) -> Target<'n> {
        let wanted = query.split('&').find_map(|part| part.strip_prefix("identifier="));
        let Some(wanted) = wanted.map(unescape) else { return Target::Unresolved };
        let (system, value) = wanted.split_once('|').unwrap_or(("", &wanted));
        let kind = kind.rsplit('/').next().unwrap_or(kind);
        let found = self.identifiers.get(&(kind, system, value)).copied();
        found.map_or(Target::Unresolved, Target::Here)
    }
}

/// Takes `/_history/2` off.
fn without_version(url: &str) -> &str {
    url.split_once("/_history/").map_or(url, |(url, _)| url)
}

/// The base and `Type/id` of a URL; the base is empty where the URL is relative.
pub(super) fn local_of(url: &str) -> Option<(&str, &str)> {
    let url = without_version(url);
    if url.starts_with("urn:") || url.contains('?') {
        return None;
    }
    let (before, id) = url.rsplit_once('/')?;
    let (base, kind) = before.rsplit_once('/').unwrap_or(("", before));
    if !is_id(id) || !crate::validate::is_resource_type(kind) {
        return None;
    }
    let local = url.get(url.len() - kind.len() - 1 - id.len()..)?;
    Some((base, local))
}

/// Whether a text can be a resource's id. Longer than the standard allows and with underscores, as servers have them.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_ID_BYTES
        && text.bytes().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'.' | b'_'))
}

/// Decodes `%7C` and the like; what is no such escape stays.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = (*first == b'%').then(|| tail.get(..2)).flatten();
        let code =
            code.and_then(|code| std::str::from_utf8(code).ok()).and_then(|code| u8::from_str_radix(code, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
