//! Whatever comes in, the reading answers, and the answer is bounded and the same every time.

use super::fixtures::all;
use super::support::{profile, same_both_ways};
use crate::read::{read, read_text};
use crate::view::limits::MAX_ISSUES;
use access_mappings::Profile;
use proptest::prelude::*;
use std::sync::LazyLock;

static PROFILE: LazyLock<Profile> = LazyLock::new(profile);
static FIXTURES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| all().into_iter().map(|(_, bytes)| bytes).collect());

/// Reads a feed twice and looks at what must always hold.
fn answers(feed: &[u8]) -> Result<(), TestCaseError> {
    let answer = read(&PROFILE, feed);
    prop_assert_eq!(&answer, &read(&PROFILE, feed));
    match answer {
        Ok(reading) => {
            prop_assert!(reading.issues.len() <= MAX_ISSUES);
            for subject in &reading.subjects {
                prop_assert!(!subject.keys.is_empty());
                prop_assert!(serde_json::from_str::<crate::facts::Facts>(&subject.facts).is_ok());
            }
        }
        Err(refusal) => {
            prop_assert!(refusal.issues.first().is_some_and(|issue| issue.blocks() && issue.condition.is_some()));
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_are_answered(feed in proptest::collection::vec(any::<u8>(), 0..400)) {
        answers(&feed)?;
    }

    #[test]
    fn any_text_after_a_header_is_answered(tail in "([|^~&\\\\\r\n]|PID|IN1|IN2|DG1|MRG|ZAC|[A-Z0-9\"]{1,4}|\\PC){0,80}") {
        let text = format!("MSH|^~\\&|A|B|C|D|20260714||ADT^A40|1|P|2.5\rPID|1||1^^^A~{tail}");
        answers(text.as_bytes())?;
        prop_assert!(same_both_ways(&PROFILE, &text));
    }

    #[test]
    fn a_damaged_message_is_answered(
        which in any::<prop::sample::Index>(),
        places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..12),
    ) {
        let mut feed = which.get(&FIXTURES).clone();
        for (place, byte, change) in places {
            let position = place.index(feed.len().max(1)).min(feed.len().saturating_sub(1));
            match change {
                0 => feed[position] = byte,
                1 => { feed.remove(position); }
                2 => feed.insert(position, byte),
                _ => feed.truncate(position.max(1)),
            }
            if feed.is_empty() {
                feed.push(byte);
            }
        }
        answers(&feed)?;
    }

    #[test]
    fn separators_anywhere_are_answered(
        which in any::<prop::sample::Index>(),
        places in proptest::collection::vec((any::<prop::sample::Index>(), "[|^~&\\\\\r\n\"]"), 1..8),
    ) {
        let mut text = String::from_utf8_lossy(which.get::<Vec<u8>>(&FIXTURES)).into_owned();
        for (place, separator) in places {
            let mut position = place.index(text.len());
            while !text.is_char_boundary(position) {
                position -= 1;
            }
            text.insert_str(position, &separator);
        }
        answers(text.as_bytes())?;
        prop_assert_eq!(read(&PROFILE, text.as_bytes()).is_ok(), read_text(&PROFILE, &text).is_ok());
    }
}
