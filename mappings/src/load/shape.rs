//! What a layer may say: the shape of every key, checked file by file so that a mistake is shown where it was written.

use super::{
    condition,
    finding::{Finding, Severity},
    spelling::suggest,
    tree::{Entry, Node, Table, Texts, Value},
};
use crate::path::FieldPath;

/// The shape of a value.
#[derive(Debug)]
pub(super) enum Shape {
    /// Any text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number from 0 to this.
    Number(i64),
    /// A list of values of one shape.
    List(&'static Shape),
    /// A table whose keys the site chooses.
    Map(&'static Shape),
    /// A table with these keys.
    Table(&'static [Field]),
    /// A path such as `ZIN-4.1`.
    Path,
    /// A condition of a rule.
    Condition,
}

/// A key of a table.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    /// Whether the resolved profile must have it.
    pub(super) required: bool,
}

/// A key that must be there in the end.
pub(super) const fn required(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: true }
}

/// A key that may be left out.
pub(super) const fn optional(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: false }
}

/// The list a quoted key with a plus sign adds to.
pub(super) fn added_to(key: &str) -> Option<&str> {
    key.strip_prefix('+')
}

/// Checks `node` and takes out of it whatever is wrong, so that the rest can still be looked at.
pub(super) fn check(texts: &Texts, fields: &'static [Field], node: &mut Node) -> Vec<Finding> {
    let mut checker = Checker { texts, root: fields, findings: Vec::new() };
    if let Value::Table(table) = &mut node.value {
        checker.table(fields, table, "");
    }
    checker.findings
}

struct Checker<'a> {
    texts: &'a Texts,
    root: &'static [Field],
    findings: Vec<Finding>,
}

impl Checker<'_> {
    fn table(&mut self, fields: &'static [Field], table: &mut Table, path: &str) {
        table.retain(|key, entry| {
            let name = added_to(key).unwrap_or(key);
            let place = join(path, name);
            let Some(field) = fields.iter().find(|field| field.name == name) else {
                self.unknown(fields, name, entry, path);
                return false;
            };
            if added_to(key).is_some() && !matches!(field.shape, Shape::List(_)) {
                let message = format!("`{place}` is not a list, so nothing can be added to it");
                self.error(entry.key_at, message, Some(format!("write `{name} = …` to replace it")));
                return false;
            }
            self.value(&field.shape, &mut entry.node, &place)
        });
    }

    /// Checks one value and says whether it can be kept.
    fn value(&mut self, shape: &'static Shape, node: &mut Node, path: &str) -> bool {
        let at = node.at;
        let kind = node.value.kind();
        let wanted = match (shape, &mut node.value) {
            (Shape::Text, Value::Text(_)) | (Shape::Flag, Value::Flag(_)) => return true,
            (Shape::Word(words), Value::Text(text)) => {
                if words.contains(&text.as_str()) {
                    return true;
                }
                let hint = suggest(text, words.iter().copied());
                self.error(at, format!("`{text}` is not a value of `{path}`"), hint);
                return false;
            }
            (Shape::Number(highest), Value::Number(number)) => {
                if (0..=*highest).contains(number) {
                    return true;
                }
                self.error(at, format!("`{path}` is a whole number from 0 to {highest}"), None);
                return false;
            }
            (Shape::List(inner), Value::List(items)) => {
                items.retain_mut(|item| self.value(inner, item, path));
                return true;
            }
            (Shape::Map(inner), Value::Table(table)) => {
                table.retain(|key, entry| {
                    if added_to(key).is_some() {
                        let message = format!("`{path}` is a table: its keys are added without a plus sign");
                        self.error(entry.key_at, message, Some(format!("write `{}`", key.trim_start_matches('+'))));
                        return false;
                    }
                    self.value(inner, &mut entry.node, &join(path, key))
                });
                return true;
            }
            (Shape::Table(fields), Value::Table(table)) => {
                self.table(fields, table, path);
                return true;
            }
            (Shape::Path, Value::Text(text)) => {
                let Err(error) = text.parse::<FieldPath>() else { return true };
                self.error(at, format!("`{text}` is not a path"), Some(format!("a path such as ZIN-4.1: {error}")));
                return false;
            }
            (Shape::Condition, Value::Table(_)) => {
                let findings = condition::check(node, path);
                let sound = findings.is_empty();
                for (at, message, hint) in findings {
                    self.error(at, message, hint);
                }
                return sound;
            }
            (shape, _) => shape.kind(),
        };
        let hint = matches!((shape, &node.value), (Shape::List(_), Value::Text(_)))
            .then(|| "put it in brackets: [\"…\"]".into());
        self.error(at, format!("`{path}` is {wanted}, not {kind}"), hint);
        false
    }

    fn unknown(&mut self, fields: &'static [Field], name: &str, entry: &Entry, path: &str) {
        let message = match path {
            "" => format!("unknown key `{name}`"),
            _ => format!("unknown key `{name}` in `{path}`"),
        };
        // A key that is right but stands in the wrong table is the commoner mistake: TOML puts everything after a table
        // header into that table.
        let elsewhere = home_of(self.root, name, "");
        let hint = match elsewhere {
            Some(home) if home.is_empty() => {
                Some(format!("`{name}` belongs at the top of the file, before the first table"))
            }
            Some(home) => Some(format!("`{name}` belongs in [{home}]")),
            None => suggest(name, fields.iter().map(|field| field.name)),
        };
        self.error(entry.key_at, message, hint);
    }

    fn error(&mut self, at: super::tree::At, message: String, hint: Option<String>) {
        self.findings.push(self.texts.finding(Severity::Error, at, message, hint));
    }
}

impl Shape {
    fn kind(&self) -> &'static str {
        match self {
            Self::Text | Self::Word(_) | Self::Path => "a text",
            Self::Flag => "true or false",
            Self::Number(_) => "a whole number",
            Self::List(_) => "a list",
            Self::Map(_) | Self::Table(_) | Self::Condition => "a table",
        }
    }
}

/// The table a key belongs in, if it belongs in exactly one that is not inside a list.
fn home_of(fields: &'static [Field], name: &str, path: &str) -> Option<String> {
    let mut homes = Vec::new();
    collect_homes(fields, name, path, &mut homes);
    if homes.len() > 1 { None } else { homes.pop() }
}

fn collect_homes(fields: &'static [Field], name: &str, path: &str, homes: &mut Vec<String>) {
    if fields.iter().any(|field| field.name == name) {
        homes.push(path.to_owned());
    }
    for field in fields {
        if let Shape::Table(inner) = &field.shape {
            collect_homes(inner, name, &join(path, field.name), homes);
        }
    }
}

/// The required keys that `node` lacks, as dotted paths. Where a whole table is missing, only the table is named.
pub(super) fn missing(fields: &'static [Field], node: &Node) -> Vec<(super::tree::At, String)> {
    let mut found = Vec::new();
    collect_missing(fields, node, "", &mut found);
    found
}

fn collect_missing(fields: &'static [Field], node: &Node, path: &str, found: &mut Vec<(super::tree::At, String)>) {
    for field in fields {
        let place = join(path, field.name);
        match node.entry(field.name) {
            Some(entry) => collect_missing_value(&field.shape, &entry.node, &place, found),
            None if field.required => found.push((node.at, place)),
            None => {}
        }
    }
}

fn collect_missing_value(shape: &'static Shape, node: &Node, path: &str, found: &mut Vec<(super::tree::At, String)>) {
    match shape {
        Shape::Table(fields) => collect_missing(fields, node, path, found),
        Shape::List(inner) => node.items().iter().for_each(|item| collect_missing_value(inner, item, path, found)),
        Shape::Map(inner) => {
            node.entries().for_each(|(key, entry)| collect_missing_value(inner, &entry.node, &join(path, key), found));
        }
        _ => {}
    }
}

/// A dotted path one step deeper.
fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
