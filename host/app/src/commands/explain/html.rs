//! An explanation as one page that needs nothing else: the feed on the left, the payloads on the right.
//!
//! It reads without scripts: sources link to their targets, and a target that is linked to is marked. With the script, pointing
//! at a source or a target marks what belongs to it, and a click keeps the mark. Every text is escaped, and the page's own
//! policy lets nothing run or load but its one script and style.

use super::groups::{Group, groups};
use super::model::{Explanation, Piece, Submission};
use access_contract::{Issue, Severity};
use base64::Engine;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Deepest level of a payload that is shown.
const MAX_DEPTH: usize = 64;

/// Everything before the first feed.
pub(super) fn head() -> String {
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(SCRIPT.as_bytes()));
    let policy = format!("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; base-uri 'none'");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>access-bridge: feeds explained</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header><h1>Feeds explained</h1><p class=\"legend\"><span class=\"key used\">used</span>\
         <span class=\"key ignored\">ignored on purpose</span><span class=\"key unused\">unused</span></p></header>\n<main>",
        escape(&policy)
    )
}

/// Everything after the last feed.
pub(super) fn foot() -> String {
    format!("</main>\n<script>{SCRIPT}</script>\n</body>\n</html>")
}

/// One feed; `number` makes its ids its own.
pub(super) fn feed(explanation: &Explanation, number: usize) -> String {
    let mut page = String::new();
    let counts = &explanation.summary;
    let state = if explanation.refused { "<span class=\"refused\">refused</span>" } else { "" };
    let _ = write!(
        page,
        "<article>\n<div class=\"title\"><h2>{} {state}</h2><p>{} <span class=\"dim\">control id</span> {}</p>\
         <p class=\"counts\"><b>{}</b> used · <b>{}</b> ignored · <b class=\"{}\">{}</b> unused{}</p></div>\n",
        escape(&explanation.source),
        escape(&explanation.event),
        escape(&explanation.control_id),
        counts.used,
        counts.ignored,
        if counts.unused > 0 { "warn" } else { "" },
        counts.unused,
        if counts.truncated { " · cut at 20,000 pieces" } else { "" },
    );
    let payloads: Vec<Lines> = explanation
        .submissions
        .iter()
        .enumerate()
        .map(|(position, submission)| Lines::of(&submission.payload, &format!("f{number}s{position}")))
        .collect();
    let told: Vec<usize> = explanation.pieces.iter().flat_map(|piece| piece.issues.iter().copied()).collect();
    let untold: Vec<&Issue> = explanation
        .issues
        .iter()
        .enumerate()
        .filter(|(position, _)| !told.contains(position))
        .map(|(_, one)| one)
        .collect();
    issues(&mut page, &untold);
    page.push_str("<div class=\"sides\">\n<section class=\"feed\" aria-label=\"The feed\">\n");
    for group in groups(&explanation.pieces) {
        write_group(&mut page, &group, explanation, &payloads);
    }
    page.push_str("</section>\n<section class=\"payloads\" aria-label=\"What would be submitted\">\n");
    for (submission, lines) in explanation.submissions.iter().zip(&payloads) {
        payload(&mut page, submission, lines);
    }
    if explanation.submissions.is_empty() {
        page.push_str("<p class=\"dim\">Nothing would be submitted.</p>\n");
    }
    page.push_str("</section>\n</div>\n</article>");
    page
}

fn write_group(page: &mut String, group: &Group<'_>, explanation: &Explanation, payloads: &[Lines]) {
    let _ = writeln!(page, "<h3>{}</h3>\n<table>", escape(group.name));
    let (ignored, shown): (Vec<&Piece>, Vec<&Piece>) =
        group.pieces.iter().copied().partition(|piece| piece.fate == "ignored");
    for piece in shown {
        row(page, piece, explanation, payloads);
    }
    page.push_str("</table>\n");
    if !ignored.is_empty() {
        let _ = writeln!(page, "<details><summary>{} ignored</summary><table>", ignored.len());
        for piece in ignored {
            row(page, piece, explanation, payloads);
        }
        page.push_str("</table></details>\n");
    }
}

fn row(page: &mut String, piece: &Piece, explanation: &Explanation, payloads: &[Lines]) {
    let targets: Vec<(&str, &str)> = piece
        .targets
        .iter()
        .filter_map(|target| {
            let id = payloads.get(target.submission)?.ids.get(&target.element)?;
            Some((id.as_str(), explanation.submissions.get(target.submission)?.operation.as_str()))
        })
        .collect();
    let ids: Vec<&str> = targets.iter().map(|(id, _)| *id).collect();
    let data = if ids.is_empty() { String::new() } else { format!(" data-to=\"{}\"", escape(&ids.join(" "))) };
    let _ = write!(
        page,
        "<tr class=\"{}\"{data}><td class=\"path\"><code>{}</code><small>{}</small></td><td class=\"value\">{}</td><td class=\"rule\">{}",
        escape(&piece.fate),
        escape(&piece.path),
        escape(&piece.name),
        escape(piece.value.as_deref().unwrap_or_default()),
        if piece.fate == "unused" { "no rule".to_owned() } else { escape(&piece.rules.join(", ")) },
    );
    if !piece.facts.is_empty() {
        let _ = write!(page, "<small>{}</small>", escape(&piece.facts.join(", ")));
    }
    page.push_str("</td><td class=\"to\">");
    for (id, operation) in &targets {
        let _ = write!(page, "<a href=\"#{}\" title=\"${}\">→</a>", escape(id), escape(operation));
    }
    page.push_str("</td></tr>\n");
    let told: Vec<&Issue> = piece.issues.iter().filter_map(|number| explanation.issues.get(*number)).collect();
    if !told.is_empty() {
        page.push_str("<tr class=\"said\"><td colspan=\"4\">");
        issues(page, &told);
        page.push_str("</td></tr>\n");
    }
}

fn issues(page: &mut String, issues: &[&Issue]) {
    if issues.is_empty() {
        return;
    }
    page.push_str("<ul class=\"issues\">\n");
    for issue in issues {
        let class = match issue.severity {
            Severity::Error | Severity::Fatal => "error",
            Severity::Warning => "warn",
            _ => "note",
        };
        let place = if issue.location.is_empty() {
            String::new()
        } else {
            format!(" <code>{}</code>", escape(&issue.location))
        };
        let hint = issue.hint.as_ref().map(|hint| format!("<small>{}</small>", escape(hint))).unwrap_or_default();
        let _ = writeln!(
            page,
            "<li class=\"{class}\"><b>{}</b>{place} {}{hint}</li>",
            escape(&issue.code),
            escape(&issue.message)
        );
    }
    page.push_str("</ul>\n");
}

fn payload(page: &mut String, submission: &Submission, lines: &Lines) {
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
struct Lines {
    lines: Vec<Line>,
    /// The line of an element.
    ids: BTreeMap<String, String>,
    prefix: String,
}

struct Line {
    id: String,
    element: String,
    html: String,
}

impl Lines {
    fn of(payload: &Value, prefix: &str) -> Self {
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

/// A text as HTML, for elements and quoted attributes. What turns the direction of text, or is no character of XML, becomes a dot.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(letter),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => escaped.push('·'),
            letter if letter.is_control() => escaped.push('·'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn texts_are_escaped_for_elements_and_attributes() {
        assert_eq!(escape("<a b='c' d=\"e\">&\u{1}\u{202e}"), "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;··");
    }
}
