//! When each statement of a feed was made.
//!
//! A server's records are changed one by one, so what each says counts from its own `meta.lastUpdated` on: a record that has not
//! changed for years must not beat yesterday's news because it came in the same Bundle as one of today. The time of the Bundle
//! stands for records without a time.

use super::person::Person;
use super::scope::Scope;
use crate::facts::{Facts, Stated};
use std::collections::BTreeMap;

/// The times of one person's statements.
#[derive(Debug, Default)]
pub(super) struct Times {
    /// Of the Patient, else of the feed; in UTC, or empty.
    pub(super) person: String,
    /// By the names under which the chart keeps them.
    fields: BTreeMap<String, String>,
}

impl Times {
    pub(super) fn of(scope: &Scope<'_, '_>, person: &Person<'_>) -> Self {
        let own = person.patient.map_or(scope.sent.as_str(), |position| scope.time(position));
        Self { person: own.to_owned(), fields: BTreeMap::new() }
    }

    /// Notes when something was stated; of two records under one name the later counts.
    pub(super) fn note(&mut self, name: String, at: &str) {
        let known = self.fields.entry(name).or_default();
        if known.as_str() < at {
            at.clone_into(known);
        }
    }

    /// Those that differ from the person's.
    pub(super) fn others(mut self) -> BTreeMap<String, String> {
        self.fields.retain(|_, at| *at != self.person);
        self.fields
    }

    /// Notes the times of fields that other records than the Patient may state.
    pub(super) fn note_fields(&mut self, scope: &Scope<'_, '_>, person: &Person<'_>, facts: &Facts) {
        let set = |stated: &Option<Stated<bool>>| match stated {
            Some(Stated::Set(value)) => Some(value.from.path.clone()),
            _ => None,
        };
        let fields = [
            ("mbi", facts.mbi.as_ref().map(|mbi| mbi.from.path.clone())),
            ("deceased", set(&facts.deceased)),
            ("hospice", facts.hospice.as_ref().map(|hospice| hospice.from.path.clone())),
            ("referral", facts.referral.as_ref().map(|referral| referral.from.path.clone())),
        ];
        let records = || person.coverages.iter().chain(&person.encounters).chain(&person.services).copied();
        for (name, place) in fields {
            if let Some(at) = place.and_then(|place| scope.time_at(&place, records())) {
                self.note(name.to_owned(), at);
            }
        }
    }
}
