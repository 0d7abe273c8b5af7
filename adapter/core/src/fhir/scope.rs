//! What every part of the reading of a FHIR feed needs.

use super::feed::{Feed, Resource};
use super::patient::MBI_SYSTEMS;
use super::questionnaire::Forms;
use super::references::{Index, Target};
use crate::facts::{Alias, Origin};
use crate::view::limits::MAX_IDENTIFIER_BYTES;
use access_contract::Header;
use access_mappings::{Participant, Profile, SenderRules};

/// The surroundings of one reading.
pub(super) struct Scope<'s, 'n> {
    pub(super) profile: &'s Profile,
    pub(super) participant: &'s Participant,
    pub(super) header: &'s Header,
    pub(super) feed: &'s Feed<'n>,
    pub(super) index: &'s Index<'n>,
    /// The sender's section over the tables of the site.
    pub(super) sender: SenderRules<'s>,
    /// When the feed was sent, in UTC, or empty.
    pub(super) sent: String,
    /// The Questionnaires of the feed.
    pub(super) forms: Forms<'n>,
}

impl<'n> Scope<'_, 'n> {
    /// A resource that may be used.
    pub(super) fn resource(&self, position: usize) -> Option<&Resource<'n>> {
        self.feed.resources.get(position).filter(|resource| !resource.dropped)
    }

    /// When a record was changed last, in UTC: by itself, else by what it is contained in, else as the feed says.
    pub(super) fn time(&self, position: usize) -> &str {
        let updated = |position: usize| self.resource(position).map(|resource| resource.updated.as_str());
        let container = self.resource(position).and_then(|resource| resource.container);
        let stated = [Some(position), container].into_iter().flatten().filter_map(updated);
        stated.into_iter().find(|updated| !updated.is_empty()).unwrap_or(&self.sent)
    }

    /// As [`Self::time`], of that one of some records in which a place is; none where it is in none of them.
    pub(super) fn time_at(&self, place: &str, positions: impl Iterator<Item = usize>) -> Option<&str> {
        let holds = |position: &usize| self.resource(*position).is_some_and(|resource| is_in(place, resource));
        positions.into_iter().find(holds).map(|position| self.time(position))
    }

    /// What the feed is known by: its id, else the innermost record around a place that has one.
    pub(super) fn feed_at(&self, place: &str) -> String {
        if !self.header.control_id.is_empty() {
            return self.header.control_id.clone();
        }
        let around = self.feed.resources.iter().filter(|resource| !resource.id.is_empty() && is_in(place, resource));
        around.max_by_key(|resource| resource.path.len()).map(Resource::local).unwrap_or_default()
    }

    /// What a server calls a record: base URL, else the sender, and `Condition/17`, which says nothing by itself.
    fn on_server(&self, base: &str, local: &str) -> String {
        match self.server(base) {
            "" => local.to_owned(),
            server => format!("{}/{local}", server.trim_end_matches('/')),
        }
    }

    fn server<'b>(&'b self, base: &'b str) -> &'b str {
        if base.is_empty() { self.header.sending_application.as_str() } else { base }
    }

    /// What tells this record from others of the person: what its server calls it, else its first identifier, unless that is the
    /// person's own Medicare number; else nothing.
    pub(super) fn statement(&self, position: usize) -> String {
        let Some(resource) = self.resource(position) else { return String::new() };
        let fits = |own: &String| own.len() <= MAX_IDENTIFIER_BYTES;
        let local = resource.local();
        if let Some(container) = resource.container {
            // An id of something contained says which one within its container.
            let container = self.resource(container).filter(|container| !container.local().is_empty());
            let name = container
                .filter(|_| !local.is_empty())
                .map(|container| format!("{}#{}", self.on_server(container.base, &container.local()), resource.id));
            return name.filter(fits).unwrap_or_default();
        }
        if !local.is_empty() {
            return Some(self.on_server(resource.base, &local)).filter(fits).unwrap_or_default();
        }
        let own = resource.node.items("identifier").iter().find_map(|identifier| {
            let system = identifier.text("system").filter(|system| !MBI_SYSTEMS.contains(system))?;
            Some(format!("{}:{system}|{}", resource.kind, identifier.text("value")?))
        });
        own.filter(fits).unwrap_or_default()
    }

    /// The name under which other feeds know what a reference leads to: `https://ehr.example/fhir/Encounter/5`.
    pub(super) fn name_of(&self, target: &Target<'n>) -> Option<String> {
        let name = match target {
            Target::Here(position) => {
                let statement = self.statement(*position);
                if statement.is_empty() { self.resource(*position)?.url.to_owned() } else { statement }
            }
            Target::Outside { base, local } => self.on_server(base, local),
            Target::Named(identifier) => {
                format!("{}|{}", identifier.text("system").unwrap_or_default(), identifier.text("value")?)
            }
            Target::Unresolved | Target::Absent => return None,
        };
        Some(name).filter(|name| !name.is_empty() && name.len() <= MAX_IDENTIFIER_BYTES)
    }

    /// What a server calls a person: base URL, else the sender, and `Patient/17`. None where it would be too long.
    pub(super) fn alias(&self, base: &str, local: &str) -> Option<Alias> {
        let alias =
            Alias { authority: format!("fhir:{}", self.server(base)), value: local.to_owned(), kind: String::new() };
        (alias.authority.len() <= MAX_IDENTIFIER_BYTES && alias.value.len() <= MAX_IDENTIFIER_BYTES).then_some(alias)
    }

    /// Where a fact came from.
    pub(super) fn origin(&self, path: String, rule: &str) -> Origin {
        Origin { feed: self.feed_at(&path), path, rule: rule.to_owned() }
    }
}

/// Whether a place is in a record.
fn is_in(place: &str, resource: &Resource<'_>) -> bool {
    place.strip_prefix(resource.path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
