//! What was noticed about a feed, in order and bounded.

use crate::results::Rowless;
use crate::view::limits::MAX_ISSUES;
use access_contract::{Issue, Severity, UnmappedCode};

/// A bounded list of issues.
#[derive(Debug, Default)]
pub(super) struct Issues(Vec<Issue>, Rowless);

impl Issues {
    /// Notes an issue, up to the limit.
    pub(super) fn note(&mut self, issue: Issue) {
        match self.0.len() {
            count if count + 1 < MAX_ISSUES => self.0.push(issue),
            count if count + 1 == MAX_ISSUES => self.0.push(
                Issue::new(Severity::Warning, "issues-truncated", "", "there were more issues than one reading lists")
                    .hint("mend the first ones and read again"),
            ),
            _ => {}
        }
    }

    /// Something was repaired, ignored or doubted.
    pub(super) fn warn(&mut self, code: &str, location: &str, message: &str, hint: &str) {
        self.note(Issue::new(Severity::Warning, code, location, message).hint(hint));
    }

    /// Something worth knowing.
    pub(super) fn inform(&mut self, code: &str, location: &str, message: &str) {
        self.note(Issue::new(Severity::Information, code, location, message));
    }

    /// Something that cannot be used.
    pub(super) fn fail(&mut self, code: &str, location: &str, message: &str, hint: &str) {
        self.note(Issue::new(Severity::Error, code, location, message).hint(hint));
    }

    /// The profile has no row for the code of a result.
    pub(super) fn note_rowless(&mut self, code: &UnmappedCode, is_alone: bool, path: &str) {
        self.1.tell(code, is_alone, path);
    }

    /// The first issue that blocks.
    pub(super) fn first_blocking(&self) -> Option<&Issue> {
        self.0.iter().find(|issue| issue.blocks())
    }

    /// Everything noted.
    pub(super) fn into_inner(mut self) -> Vec<Issue> {
        std::mem::take(&mut self.1).into_issues().into_iter().for_each(|issue| self.note(issue));
        self.0
    }
}
