//! Ids come from outside the logic, so that tests can predict them.

use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};

/// A source of ids.
pub trait Ids: Send + Sync + std::fmt::Debug {
    /// A new id: lower-case letters and digits, at most 20 characters (the length HL7 v2 grants `MSH-10`), unique.
    fn next(&self) -> String;
}

/// Crockford's alphabet in lower case: no i, l, o, u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Ids from the operating system's random source: 20 characters, 100 bits.
#[derive(Debug, Default, Clone, Copy)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn next(&self) -> String {
        let mut bytes = [0_u8; 20];
        // The operating system's source fails only where there is none at all; then ids must not repeat silently.
        if getrandom::fill(&mut bytes).is_err() {
            std::process::abort();
        }
        bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte & 31)).map(|c| char::from(*c))).collect()
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
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
