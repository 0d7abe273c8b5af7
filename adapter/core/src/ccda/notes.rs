//! What is noticed while a document is written down.

use super::limits::{MAX_ENTRIES, MAX_LISTED};
use access_contract::{Issue, Severity};
use std::collections::BTreeSet;

/// Issues of the document itself.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) issues: Vec<Issue>,
    listed: usize,
    said: BTreeSet<&'static str>,
}

impl Notes {
    /// Goes on from what was noticed before.
    pub(super) fn after(issues: Vec<Issue>) -> Self {
        Self { issues, ..Self::default() }
    }

    /// Notes an issue.
    pub(super) fn note(&mut self, issue: Issue) {
        if self.room() {
            self.issues.push(issue);
        }
    }

    /// Notes something worth knowing.
    pub(super) fn inform(&mut self, code: &str, location: String, message: &str) {
        if self.room() {
            self.issues.push(Issue::new(Severity::Information, code, location, message));
        }
    }

    /// Notes something doubted or left out.
    pub(super) fn warn(&mut self, code: &str, location: String, message: &str, hint: &str) {
        if self.room() {
            self.issues.push(Issue::new(Severity::Warning, code, location, message).hint(hint));
        }
    }

    /// Lists a kind of content that is not read.
    pub(super) fn list(&mut self, code: &str, location: String, message: &str) {
        self.listed += 1;
        if self.listed <= MAX_LISTED {
            self.inform(code, location, message);
        }
    }

    /// Says once that there was more than is looked at.
    pub(super) fn too_many(&mut self, what: &'static str, location: String) {
        if self.said.insert(what) {
            let message = format!("there are more than {MAX_ENTRIES} {what}; the rest was left out");
            self.warn("limit-rows", location, &message, "send the current ones");
        }
    }

    fn room(&self) -> bool {
        self.issues.len() < crate::view::limits::MAX_ISSUES / 2
    }
}
