//! What every part of the reading of a FHIR feed needs.

use super::feed::{Feed, Resource};
use super::patient::MBI_SYSTEMS;
use super::references::{Index, Target};
use crate::facts::{Alias, Origin};
use crate::view::limits::MAX_IDENTIFIER_BYTES;
use access_contract::Header;
use access_mappings::{Participant, Profile};

/// The surroundings of one reading.
pub(super) struct Scope<'s, 'n> {
    pub(super) profile: &'s Profile,
    pub(super) participant: &'s Participant,
    pub(super) header: &'s Header,
    pub(super) feed: &'s Feed<'n>,
    pub(super) index: &'s Index<'n>,
    /// When the feed was sent, in UTC, or empty.
    pub(super) sent: String,
}

impl<'n> Scope<'_, 'n> {
    /// A resource that may be used.
    pub(super) fn resource(&self, position: usize) -> Option<&Resource<'n>> {
        self.feed.resources.get(position).filter(|resource| !resource.dropped)
    }

    /// What tells this record from others of the person: its id, else its first identifier, unless that is the person's own
    /// Medicare number; else nothing.
    pub(super) fn statement(&self, position: usize) -> String {
        let Some(resource) = self.resource(position) else { return String::new() };
        let local = resource.local();
        if !local.is_empty() || resource.container.is_some() {
            return local;
        }
        let own = resource.node.items("identifier").iter().find_map(|identifier| {
            let system = identifier.text("system").filter(|system| !MBI_SYSTEMS.contains(system))?;
            Some(format!("{}:{system}|{}", resource.kind, identifier.text("value")?))
        });
        own.filter(|own| own.len() <= MAX_IDENTIFIER_BYTES).unwrap_or_default()
    }

    /// The name under which other feeds know what a reference leads to: `Encounter/5`.
    pub(super) fn name_of(&self, target: &Target<'n>) -> Option<String> {
        let name = match target {
            Target::Here(position) => {
                let statement = self.statement(*position);
                if statement.is_empty() { self.resource(*position)?.url.to_owned() } else { statement }
            }
            Target::Outside { local, .. } => local.clone(),
            Target::Named(identifier) => {
                format!("{}|{}", identifier.text("system").unwrap_or_default(), identifier.text("value")?)
            }
            Target::Unresolved | Target::Absent => return None,
        };
        Some(name).filter(|name| !name.is_empty() && name.len() <= MAX_IDENTIFIER_BYTES)
    }

    /// What a server calls a person: base URL, else the sender, and `Patient/17`. None where it would be too long.
    pub(super) fn alias(&self, base: &str, local: &str) -> Option<Alias> {
        let server = if base.is_empty() { self.header.sending_application.as_str() } else { base };
        let alias = Alias { authority: format!("fhir:{server}"), value: local.to_owned(), kind: String::new() };
        (alias.authority.len() <= MAX_IDENTIFIER_BYTES && alias.value.len() <= MAX_IDENTIFIER_BYTES).then_some(alias)
    }

    /// Where a fact came from.
    pub(super) fn origin(&self, path: String, rule: &str) -> Origin {
        Origin { feed: self.header.control_id.clone(), path, rule: rule.to_owned() }
    }
}
