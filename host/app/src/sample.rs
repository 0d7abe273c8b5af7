//! Invented HL7 v2 messages: a stream that depends on its seed only, made one person at a time, so that any number of messages
//! takes the memory of one.
//!
//! Names, addresses and numbers are put together from lists and digits; nobody is meant. The Medicare numbers have the form
//! that CMS prescribes, so one may by chance be somebody's: the stream is for test systems.

mod person;
mod random;
mod story;

use random::Random;
use std::collections::VecDeque;

/// What kinds of messages are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Registrations, updates, discharges, merges and the like.
    Adt,
    /// Results.
    Oru,
    /// Both, referrals and accounts among them.
    Mixed,
}

/// The messages of one seed, without end. Segments end with CR.
#[derive(Debug)]
pub struct Messages {
    seed: u64,
    kind: Kind,
    person: u64,
    number: u64,
    waiting: VecDeque<String>,
}

impl Messages {
    /// The stream of a seed.
    #[must_use]
    pub fn new(seed: u64, kind: Kind) -> Self {
        Self { seed, kind, person: 0, number: 0, waiting: VecDeque::new() }
    }
}

impl Iterator for Messages {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        while self.waiting.is_empty() {
            self.person += 1;
            let mut random = Random::new(self.seed, self.person);
            let person = person::invent(&mut random, self.person);
            self.waiting.extend(story::tell(&mut random, &person, self.kind, &mut self.number));
        }
        self.waiting.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Messages};
    use std::collections::BTreeSet;

    fn some(seed: u64, kind: Kind) -> Vec<String> {
        Messages::new(seed, kind).take(2_000).collect()
    }

    fn events(messages: &[String]) -> BTreeSet<&str> {
        messages.iter().map(|message| message.split('|').nth(8).unwrap()).collect()
    }

    #[test]
    fn a_seed_gives_the_same_stream_and_another_seed_another() {
        assert_eq!(some(1, Kind::Mixed), some(1, Kind::Mixed));
        assert_ne!(some(1, Kind::Mixed), some(2, Kind::Mixed));
    }

    #[test]
    fn kinds_hold_what_they_say() {
        assert!(events(&some(1, Kind::Adt)).iter().all(|event| event.starts_with("ADT^")));
        assert!(events(&some(1, Kind::Oru)).iter().all(|event| *event == "ORU^R01^ORU_R01"));
        let mixed = some(1, Kind::Mixed);
        let mixed = events(&mixed);
        let expected = ["ADT^A04^ADT_A01", "ADT^A40^ADT_A39", "ORU^R01^ORU_R01", "REF^I12^REF_I12", "BAR^P01^BAR_P01"];
        assert!(expected.iter().all(|event| mixed.contains(event)), "{mixed:?}");
    }

    #[test]
    fn control_ids_do_not_repeat() {
        let messages = some(1, Kind::Mixed);
        let ids: BTreeSet<&str> = messages.iter().map(|message| message.split('|').nth(9).unwrap()).collect();
        assert_eq!(ids.len(), messages.len());
    }
}
