//! What is told of codes of results that the profile has no row for.

use access_contract::{Issue, Severity, UnmappedCode};
use std::collections::BTreeSet;

/// Issues about them: one for each code, kept apart, so that the hundreds of a laboratory crowd out nothing else.
#[derive(Debug, Default)]
pub(crate) struct Rowless {
    told: BTreeSet<[String; 2]>,
    issues: Vec<Issue>,
}

impl Rowless {
    /// Tells of a code; `is_alone` where no code of LOINC beside it says what the result is.
    pub(crate) fn tell(&mut self, code: &UnmappedCode, is_alone: bool, path: impl Into<String>) {
        if !self.told.insert([code.code.clone(), code.system.clone()]) {
            return;
        }
        let (severity, message) = if is_alone {
            (Severity::Warning, "the profile has no row for the sender's own code; the result is in no report")
        } else {
            (Severity::Information, "the profile has no row for the sender's own code beside one of LOINC")
        };
        let hint = "add a row to codes.observations; `access-bridge unmapped` prints those of what a service took";
        self.issues.push(Issue::new(severity, "observation-unmapped", path, message).hint(hint));
    }

    /// Everything told, in the order of the feed.
    pub(crate) fn into_issues(self) -> Vec<Issue> {
        self.issues
    }
}
