//! What only shows in the merged profile: values that contradict each other or the guide, and settings a person should have
//! meant.

mod account;
mod needs;
mod participants;
mod person;
mod questionnaires;
mod reports;
mod rules;
mod sites;

use super::{
    finding::{Finding, Severity},
    tree::{At, Node, Texts},
};
use crate::guide::Guide;

/// Lints the merged profile. Without a guide (unknown or damaged) what depends on it is left out.
pub(super) fn lint(texts: &Texts, root: &Node, guide: Option<&Guide>) -> Vec<Finding> {
    let mut linter = Linter { texts, root, guide, findings: Vec::new() };
    linter.participants();
    linter.profile();
    linter.events();
    linter.mbi();
    linter.identity();
    linter.patient();
    linter.times();
    linter.coverage();
    linter.diagnoses();
    linter.account();
    linter.triggers();
    linter.needs();
    linter.reports();
    linter.sites();
    linter.reported_questionnaires();
    linter.findings
}

struct Linter<'a> {
    texts: &'a Texts,
    root: &'a Node,
    guide: Option<&'a Guide>,
    findings: Vec<Finding>,
}

impl<'a> Linter<'a> {
    fn error(&mut self, at: At, message: impl Into<String>, hint: Option<String>) {
        self.findings.push(self.texts.finding(Severity::Error, at, message.into(), hint));
    }

    fn warn(&mut self, at: At, message: impl Into<String>, hint: Option<String>) {
        self.findings.push(self.texts.finding(Severity::Warning, at, message.into(), hint));
    }

    /// The elements of the list at a dotted path that are texts.
    fn texts_at(&self, path: &str) -> Vec<(At, &'a str)> {
        let items = self.root.find(path).map_or(&[][..], Node::items);
        items.iter().filter_map(|item| Some((item.at, item.text()?))).collect()
    }
}
