//! Rules of a site: when a feed fulfils a condition, something is done.
//!
//! Conditions are a closed set on fields of the message, not a language: they can be checked before they are used, and a
//! person can read them.

use crate::path::FieldPath;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most rules for one sender.
pub const MAX_SITE_RULES: usize = 64;
/// Deepest nesting of a condition.
pub const MAX_CONDITION_DEPTH: usize = 8;
/// Most conditions in one rule, nested ones counted.
pub const MAX_CONDITIONS: usize = 64;
/// Most values in one list.
pub const MAX_CONDITION_VALUES: usize = 1_000;

/// What a condition says about a feed. A path means every occurrence of the segment and every repetition of the field: it
/// is enough that one of them fits. Values are compared exactly, after decoding and without outer blanks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// The field has a value.
    Present(FieldPath),
    /// The field has this value.
    Equals {
        /// The field.
        path: FieldPath,
        /// The value.
        value: String,
    },
    /// The field has one of these values.
    OneOf {
        /// The field.
        path: FieldPath,
        /// The values.
        values: BTreeSet<String>,
    },
    /// The field has a value that stands in a list of `[tables]`.
    MatchesTable {
        /// The field.
        path: FieldPath,
        /// Name of the list.
        table: String,
    },
    /// All of them hold.
    All(Vec<Condition>),
    /// At least one of them holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
}

impl Condition {
    /// Calls `each` for every path, in the order of the file.
    pub fn each_path<'c>(&'c self, each: &mut impl FnMut(&'c FieldPath)) {
        self.paths_to(0, each);
    }

    fn paths_to<'c>(&'c self, depth: usize, each: &mut impl FnMut(&'c FieldPath)) {
        if depth >= MAX_CONDITION_DEPTH {
            return;
        }
        match self {
            Self::Present(path)
            | Self::Equals { path, .. }
            | Self::OneOf { path, .. }
            | Self::MatchesTable { path, .. } => each(path),
            Self::All(inner) | Self::Any(inner) => inner.iter().for_each(|inner| inner.paths_to(depth + 1, each)),
            Self::Not(inner) => inner.paths_to(depth + 1, each),
        }
    }
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleAction {
    /// As `ZAC` action ALIGN: the trigger `enroll` decides how.
    Enroll,
    /// As `REF^I12`: a provider refers the person.
    Referral,
    /// As `ZAC` action CHECK.
    Check,
    /// Nothing is submitted for the person, until a feed that has the fields of the condition no longer fulfils it.
    DoNotSubmit,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteRule {
    /// Whether it is switched on.
    #[serde(default = "on")]
    pub on: bool,
    /// When it acts.
    pub when: Condition,
    /// What it does.
    #[serde(rename = "do")]
    pub action: RuleAction,
    /// Track code, for `enroll` and `check`. Empty: the one track that fits.
    #[serde(default)]
    pub track: String,
    /// What the condition says about a provider's referral (`enroll` only).
    #[serde(default)]
    pub provider_referral: Option<bool>,
    /// Whether the condition is the person's consent to switch participants (`enroll` only).
    #[serde(default)]
    pub switch_consent: Option<bool>,
}

fn on() -> bool {
    true
}
