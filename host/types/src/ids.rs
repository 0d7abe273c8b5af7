//! Ids come from outside the logic, so that tests can predict them.

use crate::{Clock, SystemClock};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};

/// A source of ids.
pub trait Ids: Send + Sync + std::fmt::Debug {
    /// A new id: lower-case letters and digits, at most 20 characters (the length HL7 v2 grants `MSH-10`), unique.
    fn next(&self) -> String;
}

/// Crockford's alphabet in lower case: no i, l, o, u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Characters that tell the time, in milliseconds: enough until the year 3084.
const TIME: usize = 9;
/// Characters from the random source: 55 bits for each millisecond.
const CHANCE: usize = 11;

/// Ids that nobody guesses and that ascend with time, so that what is stored under them lies together in an index: 20 characters, the
/// time and 55 bits of the operating system's random source.
#[derive(Debug, Default, Clone, Copy)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn next(&self) -> String {
        let mut bytes = [0_u8; CHANCE];
        // The operating system's source fails only where there is none at all; then ids must not repeat silently.
        if getrandom::fill(&mut bytes).is_err() {
            std::process::abort();
        }
        let now = SystemClock.now().as_millis();
        let time =
            (0..TIME).rev().map(|place| (now >> (5 * place)) & 31).filter_map(|digit| usize::try_from(digit).ok());
        let chance = bytes.iter().map(|byte| usize::from(byte & 31));
        time.chain(chance).filter_map(|digit| ALPHABET.get(digit).map(|letter| char::from(*letter))).collect()
    }
}

/// Ids that count up: for tests and for output that must be the same every time.
#[derive(Debug, Default)]
pub struct SequentialIds(AtomicU64);

impl Ids for SequentialIds {
    fn next(&self) -> String {
        format!("id{:08}", self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// SHA-256 of some bytes, as 64 lower-case hexadecimal digits.
#[must_use]
pub fn content_hash(bytes: &[u8]) -> String {
    let digits = |byte: u8| [byte >> 4, byte & 15].map(|digit| char::from_digit(u32::from(digit), 16));
    Sha256::digest(bytes).iter().copied().flat_map(digits).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::{Ids, RandomIds, content_hash};
    use std::collections::BTreeSet;

    #[test]
    fn random_ids_are_short_and_unlike() {
        let ids: BTreeSet<String> = (0..1000).map(|_| RandomIds.next()).collect();
        assert_eq!(ids.len(), 1000);
        assert!(
            ids.iter()
                .all(|id| id.len() == 20 && id.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase()))
        );
    }

    #[test]
    fn random_ids_ascend_with_time() {
        let before = RandomIds.next();
        std::thread::sleep(std::time::Duration::from_millis(3));
        assert!(before < RandomIds.next());
    }

    #[test]
    fn a_hash_is_written_in_hexadecimal() {
        assert_eq!(content_hash(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
