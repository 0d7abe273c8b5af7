//! Business keys: what was accepted, so that a test can show that nothing was submitted twice.
//!
//! People appear by a fingerprint that holds for this run only: a digest with a random salt, since a bare digest of a
//! Medicare number is undone by trying all of them.

use crate::operation::Operation;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;

/// Longest Bundle identifier that is shown as it is.
const MAX_SHOWN: usize = 256;
/// Bytes of a digest that make a fingerprint.
const FINGERPRINT: usize = 16;

/// One accepted submission: answered 202, or accepted before a fault took the answer away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AcceptedKey {
    /// When, in the sandbox's time, RFC 3339.
    pub at: String,
    /// Participant id.
    pub participant: String,
    /// Fingerprint of the MBI; the same person has the same one as long as the sandbox runs.
    pub beneficiary: String,
    /// Track family: `CKM` for eCKM too.
    pub family: String,
    /// Operation without its `$`.
    pub operation: String,
    /// `system|value` of a report's Bundle.identifier; its fingerprint where it holds the MBI or is longer than 256 bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bundle: Option<String>,
    /// The result code, or the status of the poll where there is none.
    pub result: String,
}

/// How often an operation ended in a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResultCount {
    /// Operation without its `$`.
    pub operation: String,
    /// The result code, or the status of the poll where there is none.
    pub result: String,
    /// How often.
    pub count: u64,
}

/// The newest keys, and counts of all.
pub(crate) struct Keys {
    salt: String,
    keys: VecDeque<AcceptedKey>,
    limit: usize,
    forgotten: u64,
    counts: BTreeMap<(Operation, String), u64>,
}

impl Keys {
    pub(crate) const fn new(limit: usize, salt: String) -> Self {
        Self { salt, keys: VecDeque::new(), limit, forgotten: 0, counts: BTreeMap::new() }
    }

    /// A digest that tells nothing of the text.
    pub(crate) fn fingerprint(&self, text: &str) -> String {
        let digest = Sha256::new().chain_update(&self.salt).chain_update(text).finalize();
        digest.iter().take(FINGERPRINT).fold(String::new(), |mut shown, byte| {
            // Writing to a text does not fail.
            let _ = write!(shown, "{byte:02x}");
            shown
        })
    }

    /// A Bundle identifier that may be shown.
    pub(crate) fn shown(&self, identifier: &str, mbi: &str) -> String {
        let plain: String = identifier.chars().filter(char::is_ascii_alphanumeric).collect();
        if identifier.len() > MAX_SHOWN || plain.to_ascii_uppercase().contains(mbi) {
            format!("withheld-{}", self.fingerprint(identifier))
        } else {
            identifier.to_owned()
        }
    }

    pub(crate) fn add(&mut self, operation: Operation, key: AcceptedKey) {
        *self.counts.entry((operation, key.result.clone())).or_default() += 1;
        while self.keys.len() >= self.limit.max(1) {
            self.keys.pop_front();
            self.forgotten += 1;
        }
        self.keys.push_back(key);
    }

    /// The newest, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &AcceptedKey> {
        self.keys.iter()
    }

    /// How many older ones there were.
    pub(crate) const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    pub(crate) fn counts(&self) -> Vec<ResultCount> {
        let count = |((operation, result), count): (&(Operation, String), &u64)| ResultCount {
            operation: operation.code().to_owned(),
            result: result.clone(),
            count: *count,
        };
        self.counts.iter().map(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Keys;

    #[test]
    fn fingerprints_differ_by_person_and_by_run() {
        let (one, other) = (Keys::new(1, "salt".to_owned()), Keys::new(1, "other".to_owned()));
        assert_eq!(one.fingerprint("2CC1DD2EE34"), one.fingerprint("2CC1DD2EE34"));
        assert_ne!(one.fingerprint("2CC1DD2EE34"), one.fingerprint("2CC1DD2EE35"));
        assert_ne!(one.fingerprint("2CC1DD2EE34"), other.fingerprint("2CC1DD2EE34"));
        assert_eq!(one.fingerprint("").len(), 32);
    }

    #[test]
    fn an_identifier_that_holds_the_mbi_is_not_shown() {
        let keys = Keys::new(1, "salt".to_owned());
        assert_eq!(keys.shown("urn:x|report-1", "2CC1DD2EE34"), "urn:x|report-1");
        for identifier in ["urn:x|2CC1DD2EE34-1", "urn:x|2cc1-dd2-ee34", &"x".repeat(300)] {
            assert!(keys.shown(identifier, "2CC1DD2EE34").starts_with("withheld-"), "{identifier}");
        }
    }
}
