//! The account of a FHIR feed: every leaf of its JSON, by resource.

use super::ignored::Elements;
use super::{Found, Lines};
use crate::fhir::json::Node;
use access_contract::{Account, Reading};
use access_mappings::Profile;

/// Accounts for a document after it was read.
pub(super) fn account(profile: &Profile, reading: &Reading, root: &Node<'_>, values: bool) -> Account {
    let ignored = Elements::of_fhir(&profile.account.ignored_fhir);
    let mut walk = Walk { lines: Lines::new(reading, values, &|_| ("fhir", "")), ignored };
    walk.visit(root, String::new(), &[]);
    walk.lines.finish()
}

struct Walk<'p, 'r> {
    lines: Lines<'r>,
    ignored: Elements<'p>,
}

impl Walk<'_, '_> {
    /// Visits a value. `steps` are the names from its resource on. The parser bounds the depth.
    fn visit(&mut self, node: &Node<'_>, path: String, steps: &[&str]) {
        if self.lines.is_full() {
            self.lines.account.truncated = true;
            return;
        }
        match node {
            Node::Null => {}
            Node::Bool(flag, seen) => self.leaf(path, steps, seen.is_set(), || flag.to_string()),
            Node::Number(number, seen) => self.leaf(path, steps, seen.is_set(), || (*number).to_owned()),
            Node::Text(text, _) if text.trim().is_empty() => {}
            Node::Text(text, seen) => self.leaf(path, steps, seen.is_set(), || text.clone().into_owned()),
            Node::List(items) => {
                for (number, item) in items.iter().enumerate() {
                    self.visit(item, format!("{path}[{number}]"), steps);
                }
            }
            Node::Object(members) => {
                let kind = members.iter().find_map(|(name, value)| match value {
                    Node::Text(text, _) if name == "resourceType" => Some(text.as_ref()),
                    _ => None,
                });
                // A resource begins anew, wherever it stands.
                let start = [kind.unwrap_or_default()];
                let steps = if kind.is_some() { &start[..] } else { steps };
                let path = match kind {
                    Some(kind) if path.is_empty() => kind.to_owned(),
                    _ => path,
                };
                for (name, value) in members {
                    let steps: Vec<&str> = steps.iter().copied().chain([name.as_ref()]).collect();
                    self.visit(value, format!("{path}.{name}"), &steps);
                }
            }
        }
    }

    fn leaf(&mut self, path: String, steps: &[&str], touched: bool, text: impl FnOnce() -> String) {
        // What kind of resource it is decides everything, and is asked in passing.
        let touched = touched || steps.last().is_some_and(|step| *step == "resourceType");
        let near = near(&path, steps.len());
        let found = Found { path, name: "".into(), touched, ignored: self.ignored.naming(steps) };
        self.lines.add(found, &near, text);
    }
}

/// The elements that a leaf is in, down to but without its resource.
fn near(path: &str, depth: usize) -> Vec<String> {
    let ends = path.char_indices().rev().filter(|(_, letter)| matches!(letter, '.' | '[')).map(|(at, _)| at);
    ends.filter_map(|at| path.get(..at)).take(depth.saturating_sub(2) * 2).map(str::to_owned).collect()
}
