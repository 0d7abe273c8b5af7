//! Who the sandbox knows: the scenario's beneficiaries and everybody met since, with alignments and what was accepted.

use crate::operation::Operation;
use crate::scenario::{Beneficiary, UnknownMbi};
use std::collections::BTreeMap;

/// One person.
pub(crate) struct Person {
    /// What is on record. Unset: met through a request only.
    pub(crate) record: Option<Beneficiary>,
    pub(crate) medicare: bool,
    /// Day of the assignment to the control group.
    pub(crate) control_since: Option<i64>,
    pub(crate) held: Vec<Held>,
    /// Submissions accepted, by operation and track.
    accepted: BTreeMap<(Operation, String), usize>,
}

/// An alignment that stands.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) participant: String,
    pub(crate) track: String,
    /// Day it began.
    pub(crate) since: i64,
}

impl Person {
    fn recorded(record: Beneficiary, today: i64) -> Self {
        Self {
            medicare: record.medicare,
            control_since: record.control_group.map(|group| today - i64::from(group.days_ago)),
            held: record
                .alignments
                .iter()
                .map(|alignment| Held {
                    participant: alignment.participant.clone(),
                    track: alignment.track.clone(),
                    since: today - i64::from(alignment.days_ago),
                })
                .collect(),
            record: Some(record),
            accepted: BTreeMap::new(),
        }
    }

    pub(crate) fn met(unknown: UnknownMbi) -> Self {
        Self {
            record: None,
            medicare: unknown == UnknownMbi::Eligible,
            control_since: None,
            held: Vec::new(),
            accepted: BTreeMap::new(),
        }
    }
}

/// Everybody, by MBI.
pub(crate) struct Registry {
    people: BTreeMap<String, Person>,
    limit: usize,
}

/// The registry is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

impl Registry {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { people: BTreeMap::new(), limit }
    }

    /// Puts a record in place of whatever was known, except the count of what was accepted.
    pub(crate) fn add(&mut self, record: Beneficiary, today: i64) -> Result<(), Full> {
        let mbi = record.mbi.clone();
        self.check_room(&mbi)?;
        let mut person = Person::recorded(record, today);
        if let Some(before) = self.people.remove(&mbi) {
            person.accepted = before.accepted;
        }
        self.people.insert(mbi, person);
        Ok(())
    }

    /// The person of that MBI, met now where not known before.
    pub(crate) fn meet(&mut self, mbi: &str, unknown: UnknownMbi) -> Result<&mut Person, Full> {
        self.check_room(mbi)?;
        Ok(self.people.entry(mbi.to_owned()).or_insert_with(|| Person::met(unknown)))
    }

    pub(crate) fn get(&self, mbi: &str) -> Option<&Person> {
        self.people.get(mbi)
    }

    fn check_room(&self, mbi: &str) -> Result<(), Full> {
        if self.people.len() >= self.limit && !self.people.contains_key(mbi) { Err(Full) } else { Ok(()) }
    }

    /// Counts of accepted submissions: operation, MBI, track, count; in ascending order of MBI.
    pub(crate) fn accepted(&self) -> impl Iterator<Item = (Operation, &str, &str, usize)> {
        self.people.iter().flat_map(|(mbi, person)| {
            person
                .accepted
                .iter()
                .map(move |((operation, track), count)| (*operation, mbi.as_str(), track.as_str(), *count))
        })
    }
}

impl Person {
    pub(crate) fn count(&mut self, operation: Operation, track: &str) {
        *self.accepted.entry((operation, track.to_owned())).or_default() += 1;
    }
}
