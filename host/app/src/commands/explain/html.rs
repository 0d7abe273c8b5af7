//! An explanation as one page that needs nothing else: the feed on the left, the payloads on the right.
//!
//! It reads without scripts: sources link to their targets, and a target that is linked to is marked. With the script, pointing
//! at a source or a target marks what belongs to it, and a click keeps the mark. Every text is escaped, and the page's own
//! policy lets nothing run or load but its one script and style.

mod payload;
mod pieces;

use super::groups::groups;
use super::model::Explanation;
use access_contract::{Issue, Severity};
use base64::Engine;
use payload::{Lines, payload};
use pieces::{Sides, anchor};
use sha2::{Digest, Sha256};
use std::fmt::Write;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Unused pieces that are named at the top of a feed.
const MAX_NAMED: usize = 40;

/// What becomes of a piece, with the words for it. The page can leave each out.
const FATES: [(&str, &str); 3] = [("used", "used"), ("ignored", "ignored on purpose"), ("unused", "unused")];

fn legend((fate, words): (&str, &str)) -> String {
    format!("<label class=\"key {fate}\"><input type=\"checkbox\" id=\"show-{fate}\" checked>{words}</label>")
}

/// Everything before the first feed.
pub(super) fn head() -> String {
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(SCRIPT.as_bytes()));
    let policy = format!("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; base-uri 'none'");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>access-bridge: feeds explained</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header><h1>Feeds explained</h1><p class=\"legend\">{}</p></header>\n<main>",
        escape(&policy),
        FATES.map(legend).concat()
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
    let answer = explanation.answer;
    let state = if explanation.refused {
        format!("<span class=\"refused\">refused, answered {answer}</span>")
    } else {
        String::new()
    };
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
    unused(&mut page, explanation, number);
    issues(&mut page, &untold);
    let alone = if explanation.submissions.is_empty() { " alone" } else { "" };
    let _ = write!(
        page,
        "<div class=\"sides{alone}\">\n<section class=\"feed\" aria-label=\"The feed\">\n\
         <div class=\"heads\"><b>Field</b><b>Value</b><b>Rule and fact</b><b>Goes into</b></div>\n"
    );
    let sides = Sides { explanation, payloads: &payloads, number };
    for group in groups(&explanation.pieces) {
        sides.group(&mut page, &group);
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

/// Names what nothing uses, each with a link to its row.
fn unused(page: &mut String, explanation: &Explanation, number: usize) {
    let mut pieces = explanation.pieces.iter().filter(|piece| piece.fate == "unused").peekable();
    if pieces.peek().is_none() {
        return;
    }
    page.push_str("<p class=\"jumps\">Unused:");
    for piece in pieces.by_ref().take(MAX_NAMED) {
        let _ = write!(page, " <a href=\"#{}\">{}</a>", anchor(number, &piece.path), escape(&piece.path));
    }
    let rest = pieces.count();
    if rest > 0 {
        let _ = write!(page, " and {rest} more");
    }
    page.push_str("</p>\n");
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
