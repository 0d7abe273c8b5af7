//! Which participant a feed belongs to.

use crate::profile::{Participant, PatientCodes, PatientElement, PatientRules, Profile, Sender, TimeRules};

impl Sender {
    /// Whether a feed with this `MSH-3.1` and `MSH-4.1` is meant.
    #[must_use]
    pub fn matches(&self, application: &str, facility: &str) -> bool {
        self.application.as_deref().is_none_or(|wanted| wanted == application)
            && self.facility.as_deref().is_none_or(|wanted| wanted == facility)
    }

    /// How many parts are set: the more, the stronger the claim.
    #[must_use]
    pub fn specificity(&self) -> u8 {
        u8::from(self.application.is_some()) + u8::from(self.facility.is_some())
    }
}

impl Participant {
    /// How strongly this participant claims feeds of that sender; nothing when it does not.
    ///
    /// A sender with both parts claims more strongly than one with a single part, and any sender more strongly than the
    /// participant without senders, which takes what nobody else claims.
    #[must_use]
    pub fn claim(&self, application: &str, facility: &str) -> Option<u8> {
        if self.senders.is_empty() {
            return Some(0);
        }
        let matching = self.senders.iter().filter(|sender| sender.matches(application, facility));
        matching.map(|sender| sender.specificity() + 1).max()
    }
}

impl Profile {
    /// The participant that a feed with this `MSH-3.1` and `MSH-4.1` belongs to: the strongest claim, and the first in the
    /// file among equals.
    #[must_use]
    pub fn participant_of(&self, application: &str, facility: &str) -> Option<&Participant> {
        let mut best: Option<(u8, &Participant)> = None;
        for participant in &self.participants {
            if let Some(claim) = participant.claim(application, facility)
                && best.is_none_or(|(strongest, _)| claim > strongest)
            {
                best = Some((claim, participant));
            }
        }
        best.map(|(_, participant)| participant)
    }
}

/// How strongly a row with these parts claims a sender's feeds; nothing when it does not.
fn claim(row: [Option<&str>; 2], sender: [&str; 2]) -> Option<usize> {
    let mut parts = row.into_iter().zip(sender);
    let matches = parts.all(|(wanted, found)| wanted.is_none_or(|wanted| wanted == found));
    matches.then(|| row.iter().flatten().count())
}

/// The row with the strongest claim, the first in the file among equals.
fn strongest<'a, R>(
    rows: &'a [R],
    parts: impl Fn(&'a R) -> [Option<&'a str>; 2],
    application: &str,
    facility: &str,
) -> Option<&'a R> {
    let claims = rows.iter().filter_map(|row| Some((claim(parts(row), [application, facility])?, row)));
    claims.rev().max_by_key(|(claim, _)| *claim).map(|(_, row)| row)
}

impl PatientRules {
    /// The codes of a sender of its own.
    #[must_use]
    pub fn codes_of(&self, application: &str, facility: &str) -> Option<&PatientCodes> {
        strongest(&self.senders, |row| [row.application.as_deref(), row.facility.as_deref()], application, facility)
    }
}

impl TimeRules {
    /// The rule of a sender's zone as POSIX has it, if one is configured.
    #[must_use]
    pub fn zone_of(&self, application: &str, facility: &str) -> Option<&str> {
        let row = strongest(
            &self.senders,
            |row| [row.application.as_deref(), row.facility.as_deref()],
            application,
            facility,
        );
        let zone = row.map_or(self.zone.as_str(), |row| row.zone.as_str());
        Some(self.zones.get(zone).unwrap_or(zone)).filter(|zone| !zone.is_empty())
    }
}

impl Profile {
    /// The character set configured for a sender.
    #[must_use]
    pub fn charset_of(&self, application: &str, facility: &str) -> Option<&str> {
        let row = strongest(
            &self.charsets,
            |row| [row.application.as_deref(), row.facility.as_deref()],
            application,
            facility,
        );
        row.map(|row| row.charset.as_str())
    }

    /// Whether an element is sent for a participant.
    #[must_use]
    pub fn sends(&self, participant: &Participant, element: PatientElement) -> bool {
        participant.send.as_ref().unwrap_or(&self.patient.send).contains(&element)
    }
}
