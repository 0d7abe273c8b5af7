//! A TOML file as a tree in which every key and value knows where it stands.

use super::finding::{Finding, Severity};
use std::collections::BTreeMap;
use toml::de::{DeInteger, DeTable, DeValue};

/// One file that was read: its name, and where its lines start.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub(super) name: String,
    pub(super) text: String,
}

/// A place in one of the files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    /// Position in [`Texts`].
    pub(super) file: usize,
    /// Byte offset.
    pub(super) offset: usize,
}

/// The files read so far.
#[derive(Debug, Default)]
pub(super) struct Texts(Vec<Text>);

impl Texts {
    /// Adds a file and gives its number.
    pub(super) fn add(&mut self, name: String, text: String) -> usize {
        self.0.push(Text { name, text });
        self.0.len() - 1
    }

    /// The file of that number.
    pub(super) fn get(&self, file: usize) -> Option<&Text> {
        self.0.get(file)
    }

    /// The number of the first file of that name.
    pub(super) fn number(&self, name: &str) -> usize {
        self.0.iter().position(|file| file.name == name).unwrap_or(usize::MAX)
    }

    /// A finding at a place.
    pub(super) fn finding(&self, severity: Severity, at: At, message: String, hint: Option<String>) -> Finding {
        let (name, text) = self.get(at.file).map_or(("", ""), |file| (file.name.as_str(), file.text.as_str()));
        let mut offset = at.offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = text.get(..offset).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Finding { severity, file: name.to_owned(), line, column, message, hint }
    }
}

/// A value with its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) at: At,
    pub(super) value: Value,
}

/// A table entry: the place of its key, and its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key_at: At,
    pub(super) node: Node,
}

/// The entries of a table, by key.
pub(super) type Table = BTreeMap<String, Entry>;

/// What TOML can say, as far as mappings use it.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    Flag(bool),
    Number(i64),
    List(Vec<Node>),
    Table(Table),
    /// A fraction, a date or a number that is too large: nothing in the mappings is one.
    Foreign,
}

impl Value {
    /// What it is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Flag(_) => "true or false",
            Self::Number(_) => "a whole number",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Foreign => "a fraction, a date or a number too large",
        }
    }
}

impl Node {
    /// The entry under `key`, when this is a table that has one.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Table(table) => table.get(key),
            _ => None,
        }
    }

    /// The value under the keys of a dotted path.
    pub(super) fn find(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |node, key| Some(&node.entry(key)?.node))
    }

    /// The elements, when this is a list.
    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The entries, when this is a table.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        let table = match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        };
        table.into_iter().flatten().map(|(key, entry)| (key.as_str(), entry))
    }

    /// The text, when this is one.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The flag, when this is one.
    pub(super) fn flag(&self) -> Option<bool> {
        match self.value {
            Value::Flag(flag) => Some(flag),
            _ => None,
        }
    }

    /// The number, when this is one.
    pub(super) fn number(&self) -> Option<i64> {
        match self.value {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The same without places.
    pub(super) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Text(text) => text.as_str().into(),
            Value::Flag(flag) => (*flag).into(),
            Value::Number(number) => (*number).into(),
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Table(table) => serde_json::Value::Object(
                table.iter().map(|(key, entry)| (key.clone(), entry.node.to_json())).collect(),
            ),
            Value::Foreign => serde_json::Value::Null,
        }
    }
}

/// Parses one file.
///
/// # Errors
/// A finding for each place that is not TOML.
pub(super) fn parse(texts: &Texts, file: usize) -> Result<Node, Vec<Finding>> {
    let text = texts.get(file).map_or("", |file| file.text.as_str());
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        let value = table_of(file, table.into_inner());
        return Ok(Node { at: At { file, offset: 0 }, value: Value::Table(value) });
    }
    let findings = errors.iter().map(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        let message = format!("not TOML: {}", error.message().replace('\n', ", "));
        texts.finding(Severity::Error, At { file, offset }, message, None)
    });
    Err(findings.collect())
}

fn table_of(file: usize, table: DeTable<'_>) -> Table {
    let entries = table.into_iter().map(|(key, value)| {
        let key_at = At { file, offset: key.span().start };
        let node = node_of(file, value.span().start, value.into_inner());
        (key.into_inner().into_owned(), Entry { key_at, node })
    });
    entries.collect()
}

fn node_of(file: usize, offset: usize, value: DeValue<'_>) -> Node {
    let value = match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Boolean(flag) => Value::Flag(flag),
        DeValue::Integer(number) => whole(&number).map_or(Value::Foreign, Value::Number),
        DeValue::Array(items) => {
            let nodes = items.into_iter().map(|item| node_of(file, item.span().start, item.into_inner()));
            Value::List(nodes.collect())
        }
        DeValue::Table(table) => Value::Table(table_of(file, table)),
        DeValue::Float(_) | DeValue::Datetime(_) => Value::Foreign,
    };
    Node { at: At { file, offset }, value }
}

fn whole(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}
