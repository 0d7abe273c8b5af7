//! Which participant a feed belongs to.

use crate::profile::{Participant, Profile, Sender};

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
