//! The payloads of a feed, line by line.

use super::{escape, issues};
use crate::commands::explain::model::Submission;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Deepest level of a payload that is shown.
const MAX_DEPTH: usize = 64;

/// Writes a payload with what asked for it.
pub(super) fn payload(page: &mut String, submission: &Submission, lines: &Lines) {
    let _ = writeln!(
        page,
        "<h3>${} {}</h3>\n<p class=\"why\">{} <span class=\"dim\">rule {} ({})</span></p>",
        escape(&submission.operation),
        escape(&submission.track),
        escape(&submission.why),
        escape(&submission.rule),
        escape(&submission.mode)
    );
    issues(page, &submission.issues.iter().collect::<Vec<_>>());
    let sources: BTreeMap<&str, String> = submission
        .provenance
        .iter()
        .map(|from| {
            let feed = if from.feed.is_empty() { String::new() } else { format!(" of {}", from.feed) };
            (from.element.as_str(), format!("{}{feed} ({})", from.source, from.rule))
        })
        .collect();
    page.push_str("<pre>");
    for line in &lines.lines {
        let source = sources.get(line.element.as_str());
        let title = source.map(|source| format!(" title=\"{}\"", escape(source))).unwrap_or_default();
        let class = if source.is_some() { "line from" } else { "line" };
        let _ = write!(page, "<span class=\"{class}\" id=\"{}\"{title}>{}</span>", escape(&line.id), line.html);
    }
    page.push_str("</pre>\n");
}

/// A payload line by line, each with its element.
pub(super) struct Lines {
    lines: Vec<Line>,
    /// The line of an element.
    pub(super) ids: BTreeMap<String, String>,
    prefix: String,
}

struct Line {
    id: String,
    element: String,
    html: String,
}

impl Lines {
    pub(super) fn of(payload: &Value, prefix: &str) -> Self {
        let mut lines = Self { lines: Vec::new(), ids: BTreeMap::new(), prefix: prefix.to_owned() };
        lines.write(payload, "Parameters", 0, "", "");
        lines
    }

    fn add(&mut self, element: &str, depth: usize, html: &str) {
        let id = format!("{}e{}", self.prefix, self.lines.len());
        self.ids.entry(element.to_owned()).or_insert_with(|| id.clone());
        let html = format!("{}{html}\n", "  ".repeat(depth));
        self.lines.push(Line { id, element: element.to_owned(), html });
    }

    fn write(&mut self, value: &Value, element: &str, depth: usize, key: &str, comma: &str) {
        if depth == MAX_DEPTH {
            return self.add(element, depth, &format!("{key}…{comma}"));
        }
        match value {
            Value::Object(members) if !members.is_empty() => {
                self.add(element, depth, &format!("{key}{{"));
                let last = members.len().saturating_sub(1);
                for (number, (name, member)) in members.iter().enumerate() {
                    let key =
                        format!("<span class=\"key\">{}</span>: ", escape(&Value::from(name.as_str()).to_string()));
                    let comma = if number == last { "" } else { "," };
                    self.write(member, &format!("{element}.{name}"), depth + 1, &key, comma);
                }
                self.add("", depth, &format!("}}{comma}"));
            }
            Value::Array(items) if !items.is_empty() => {
                self.add(element, depth, &format!("{key}["));
                let last = items.len().saturating_sub(1);
                for (number, item) in items.iter().enumerate() {
                    let comma = if number == last { "" } else { "," };
                    self.write(item, &format!("{element}[{number}]"), depth + 1, "", comma);
                }
                self.add("", depth, &format!("]{comma}"));
            }
            leaf => self.add(
                element,
                depth,
                &format!("{key}<span class=\"leaf\">{}</span>{comma}", escape(&leaf.to_string())),
            ),
        }
    }
}
