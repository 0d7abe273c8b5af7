//! Which rules made which facts of which place, as the facts themselves say.

use access_contract::Reading;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Deepest nesting of facts that is looked into.
const MAX_DEPTH: usize = 12;

/// Rule and fact, by place.
pub(super) struct Origins(BTreeMap<String, BTreeSet<(String, String)>>);

impl Origins {
    /// Collects the origins of every subject.
    pub(super) fn of(reading: &Reading) -> Self {
        let mut origins = Self(BTreeMap::new());
        for (number, subject) in reading.subjects.iter().enumerate() {
            let Ok(facts) = serde_json::from_str::<Value>(&subject.facts) else { continue };
            let name = if reading.subjects.len() > 1 { format!("subjects[{number}]") } else { String::new() };
            origins.collect(&facts, &name, MAX_DEPTH);
        }
        origins
    }

    fn collect(&mut self, value: &Value, name: &str, depth: usize) {
        if depth == 0 {
            return;
        }
        match value {
            Value::Object(members) => {
                if let Some(Value::Object(from)) = members.get("from")
                    && let (Some(Value::String(path)), Some(Value::String(rule))) = (from.get("path"), from.get("rule"))
                {
                    self.note(path, rule, name);
                }
                // A request has its place and no rule of its own.
                if let (Some(Value::String(path)), true) = (members.get("path"), members.contains_key("action")) {
                    self.note(path, "requests", name);
                }
                for (member, value) in members {
                    let inner = match member.as_str() {
                        // How a fact is stated is no part of its name.
                        "set" | "value" | "from" => name.to_owned(),
                        member if name.is_empty() => member.to_owned(),
                        member => format!("{name}.{member}"),
                    };
                    self.collect(value, &inner, depth - 1);
                }
            }
            Value::Array(items) => {
                for (number, item) in items.iter().enumerate() {
                    self.collect(item, &format!("{name}[{number}]"), depth - 1);
                }
            }
            _ => {}
        }
    }

    fn note(&mut self, path: &str, rule: &str, fact: &str) {
        self.0.entry(path.to_owned()).or_default().insert((rule.to_owned(), fact.to_owned()));
    }

    /// Rules and facts of a place: its own, those of what it is in or what is in it, else those of the places near it.
    pub(super) fn at(&self, path: &str, near: &[String]) -> (Vec<String>, Vec<String>) {
        let mut found: BTreeSet<&(String, String)> = self.within(path).collect();
        let above = path.char_indices().filter(|(_, letter)| is_separator(*letter)).map(|(at, _)| at);
        for place in above.filter_map(|at| path.get(..at)) {
            found.extend(self.0.get(place).into_iter().flatten());
        }
        for place in near {
            if !found.is_empty() {
                break;
            }
            let around: BTreeSet<_> = self.within(place).take(2).collect();
            // Several facts around a piece say nothing about it.
            if around.len() == 1 {
                found = around;
            }
        }
        let rules: BTreeSet<&String> = found.iter().map(|(rule, _)| rule).collect();
        let facts: BTreeSet<&String> = found.iter().map(|(_, fact)| fact).collect();
        (rules.into_iter().cloned().collect(), facts.into_iter().cloned().collect())
    }

    /// Origins at a place and inside it.
    fn within(&self, path: &str) -> impl Iterator<Item = &(String, String)> {
        let from = self.0.range::<str, _>((std::ops::Bound::Included(path), std::ops::Bound::Unbounded));
        let path = path.to_owned();
        let mut rest = from.take_while({
            let path = path.clone();
            move |(place, _)| place.starts_with(&path)
        });
        std::iter::from_fn(move || {
            // `PID-5` is no part of `PID-50`, which may stand between `PID-5` and `PID-5[2]`.
            rest.by_ref().find(|(place, _)| {
                place.get(path.len()..).is_some_and(|rest| rest.is_empty() || rest.starts_with(is_separator))
            })
        })
        .flat_map(|(_, origins)| origins)
    }
}

/// What ends a step of a path, in any of the three kinds.
const fn is_separator(letter: char) -> bool {
    matches!(letter, '.' | '[' | '-' | '/' | '@')
}
