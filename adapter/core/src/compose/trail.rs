//! Keeps, while a payload is made, where each element comes from and what is missing.

use crate::facts::Origin;
use access_contract::{Issue, Provenance, Severity};

/// Source of a value that is configured.
const PROFILE: &str = "profile";

/// Source of a value that the rule or a person decided.
const INTENT: &str = "intent";

/// Origins and problems so far.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    /// One entry for each element.
    pub(crate) origins: Vec<Provenance>,
    /// Why the payload cannot be made.
    pub(crate) problems: Vec<Issue>,
}

impl Trail {
    /// `element` was read from a feed.
    pub(crate) fn read(&mut self, element: impl Into<String>, from: &Origin) {
        self.note(element, &from.path, &from.feed, &from.rule);
    }

    /// `element` is configured; `rule` is the setting.
    pub(crate) fn configured(&mut self, element: impl Into<String>, rule: &str) {
        self.note(element, PROFILE, "", rule);
    }

    /// `element` was decided by the rule that made the intent.
    pub(crate) fn decided(&mut self, element: impl Into<String>, rule: &str) {
        self.note(element, INTENT, "", rule);
    }

    /// Notes where an element comes from.
    pub(crate) fn note(&mut self, element: impl Into<String>, source: &str, feed: &str, rule: &str) {
        self.origins.push(Provenance {
            element: element.into(),
            source: source.to_owned(),
            feed: feed.to_owned(),
            rule: rule.to_owned(),
        });
    }

    /// Something that makes the payload impossible.
    pub(crate) fn refuse(&mut self, code: &str, location: impl Into<String>, message: &str, hint: &str) {
        self.problems.push(Issue::new(Severity::Error, code, location, message).hint(hint));
    }
}
