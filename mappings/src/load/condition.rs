//! The shape of a condition in a rule of a site.

use super::{
    spelling::suggest,
    tree::{At, Node},
};
use crate::path::FieldPath;
use crate::site::{MAX_CONDITION_DEPTH, MAX_CONDITION_VALUES, MAX_CONDITIONS};

/// The kinds of condition.
const KINDS: [&str; 7] = ["present", "equals", "one_of", "matches_table", "all", "any", "not"];

/// Where something is wrong, what, and what to do about it.
type Found = (At, String, Option<String>);

/// Checks a condition with everything in it.
pub(super) fn check(node: &Node, path: &str) -> Vec<Found> {
    let mut checker = Checker { path, count: 0, found: Vec::new() };
    checker.condition(node, 1);
    checker.found
}

/// Calls `each` with every path and every table a condition names.
pub(super) fn names<'n>(node: &'n Node, each: &mut impl FnMut(&'static str, &'n Node)) {
    names_within(node, 0, each);
}

fn names_within<'n>(node: &'n Node, depth: usize, each: &mut impl FnMut(&'static str, &'n Node)) {
    if depth >= MAX_CONDITION_DEPTH {
        return;
    }
    for (kind, entry) in node.entries() {
        match kind {
            "present" => each("path", &entry.node),
            "all" | "any" => entry.node.items().iter().for_each(|inner| names_within(inner, depth + 1, each)),
            "not" => names_within(&entry.node, depth + 1, each),
            _ => {
                for part in ["path", "table"] {
                    if let Some(inner) = entry.node.find(part) {
                        each(part, inner);
                    }
                }
            }
        }
    }
}

struct Checker<'p> {
    path: &'p str,
    count: usize,
    found: Vec<Found>,
}

impl Checker<'_> {
    fn condition(&mut self, node: &Node, depth: usize) {
        self.count += 1;
        if depth > MAX_CONDITION_DEPTH {
            return self.error(node.at, format!("conditions are nested deeper than {MAX_CONDITION_DEPTH}"), None);
        }
        if self.count > MAX_CONDITIONS {
            if self.count == MAX_CONDITIONS + 1 {
                let hint = "put values into a list of [tables], or make two rules of it";
                self.error(node.at, format!("more than {MAX_CONDITIONS} conditions in one rule"), Some(hint));
            }
            return;
        }
        let mut entries = node.entries();
        let (Some((kind, entry)), None) = (entries.next(), entries.next()) else {
            let hint = format!("one of {}; combine several with all or any", KINDS.join(", "));
            return self.error(node.at, format!("`{}` is a table with one condition", self.path), Some(&hint));
        };
        let inner = &entry.node;
        match kind {
            "present" => self.path(inner),
            "equals" => self.parts(inner, kind, "value"),
            "one_of" => self.parts(inner, kind, "values"),
            "matches_table" => self.parts(inner, kind, "table"),
            "not" => self.condition(inner, depth + 1),
            "all" | "any" => {
                if inner.items().is_empty() {
                    self.error(inner.at, format!("`{kind}` is a list of conditions"), None);
                }
                for condition in inner.items() {
                    self.condition(condition, depth + 1);
                }
            }
            _ => {
                let hint = suggest(kind, KINDS);
                self.error(entry.key_at, format!("`{kind}` is no condition"), hint.as_deref());
            }
        }
    }

    /// A table with `path` and one more key.
    fn parts(&mut self, node: &Node, kind: &str, other: &'static str) {
        let wanted = match other {
            "values" => "{ path = \"PV1-16\", values = [\"…\"] }".to_owned(),
            _ => format!("{{ path = \"PV1-16\", {other} = \"…\" }}"),
        };
        let strange = node.entries().any(|(key, _)| key != "path" && key != other);
        let (Some(path), Some(value), false) = (node.find("path"), node.find(other), strange) else {
            return self.error(node.at, format!("`{kind}` has a path and a {other}"), Some(&format!("write {wanted}")));
        };
        self.path(path);
        if other != "values" {
            if value.text().is_none_or(str::is_empty) {
                self.error(value.at, format!("`{other}` of `{kind}` is a text"), None);
            }
        } else if value.items().is_empty() || value.items().iter().any(|item| item.text().is_none_or(str::is_empty)) {
            self.error(value.at, "`values` is a list of texts".to_owned(), None);
        } else if value.items().len() > MAX_CONDITION_VALUES {
            self.error(value.at, format!("more than {MAX_CONDITION_VALUES} values"), None);
        }
    }

    fn path(&mut self, node: &Node) {
        match node.text().map(str::parse::<FieldPath>) {
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                let hint = format!("a path such as ZIN-4.1: {error}");
                self.error(node.at, format!("`{}` is not a path", node.text().unwrap_or_default()), Some(&hint));
            }
            None => self.error(node.at, "a path is a text".to_owned(), Some("a path such as ZIN-4.1")),
        }
    }

    fn error(&mut self, at: At, message: String, hint: Option<&str>) {
        self.found.push((at, message, hint.map(str::to_owned)));
    }
}
