//! Feeds by event. The names come from the feeds, so their number and form are bounded.

use access_contract::Header;
use std::collections::BTreeMap;

/// Most names that are told apart; table 0354 has fewer.
const MAX_NAMES: usize = 400;
/// Longest name.
const MAX_BYTES: usize = 40;
/// What stands for names that are none, and for those beyond the limit.
const OTHER: &str = "other";

/// Counts by event.
#[derive(Debug, Default)]
pub(super) struct Events(BTreeMap<String, u64>);

impl Events {
    /// Counts one feed.
    pub(super) fn count(&mut self, header: &Header) {
        let name = named(header);
        if let Some(count) = self.0.get_mut(&name) {
            *count += 1;
        } else if self.0.len() < MAX_NAMES {
            self.0.insert(name, 1);
        } else {
            *self.0.entry(OTHER.to_owned()).or_default() += 1;
        }
    }

    /// The counts.
    pub(super) fn counts(&self) -> &BTreeMap<String, u64> {
        &self.0
    }
}

/// Type and event, as far as they look like codes: anything else could be a person's data in the wrong place.
fn named(header: &Header) -> String {
    let is_code = |text: &str| text.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'-');
    let (kind, event) = (header.message_type.as_str(), header.event.as_str());
    if kind.is_empty() || kind.len() + event.len() > MAX_BYTES || !is_code(kind) || !is_code(event) {
        return OTHER.to_owned();
    }
    if event.is_empty() { kind.to_owned() } else { format!("{kind}^{event}") }
}

#[cfg(test)]
mod tests {
    use super::{Events, MAX_NAMES};
    use access_contract::Header;

    fn header(kind: &str, event: &str) -> Header {
        Header { message_type: kind.to_owned(), event: event.to_owned(), ..Header::default() }
    }

    #[test]
    fn names_that_are_no_codes_are_not_repeated() {
        let mut events = Events::default();
        for (kind, event) in [("ADT", "A01"), ("ADT", "A01"), ("HALVORSEN RUTH", ""), ("", ""), ("CCDA", "CCD")] {
            events.count(&header(kind, event));
        }
        let told: Vec<(&str, u64)> = events.counts().iter().map(|(name, count)| (name.as_str(), *count)).collect();
        assert_eq!(told, [("ADT^A01", 2), ("CCDA^CCD", 1), ("other", 2)]);
    }

    #[test]
    fn a_sender_of_ever_new_names_fills_no_memory() {
        let mut events = Events::default();
        for number in 0..10_000 {
            events.count(&header("ADT", &format!("X{number}")));
        }
        assert_eq!(events.counts().len(), MAX_NAMES + 1);
        assert_eq!(events.counts().values().sum::<u64>(), 10_000);
    }
}
