//! Good payloads pass; each of many faults is refused where it stands.

mod accepted;
mod demographics;
mod mutants;
mod refused;

use super::validate;
use crate::compose::samples::{alignment, eligibility, profile, unalignment};
use access_contract::Issue;
use serde_json::Value;

/// A payload to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    /// `$check-eligibility`: 0 participant, 1 payer, 2 patient, 3 track, 4 condition.
    Eligibility,
    /// `$align`: as before, 5 referral, 6 attestation.
    Alignment,
    /// `$unalign`: 4 reason, 5 condition.
    Unalignment,
}

impl Base {
    fn text(self) -> String {
        match self {
            Self::Eligibility => eligibility().body,
            Self::Alignment => alignment().body,
            Self::Unalignment => unalignment().body,
        }
    }

    fn json(self) -> Value {
        serde_json::from_str(&self.text()).unwrap()
    }
}

fn issues(resource: &Value) -> Vec<Issue> {
    validate(profile(), &resource.to_string())
}
