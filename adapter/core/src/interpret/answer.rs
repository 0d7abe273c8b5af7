//! Reads the body of an answer: a result, issues, or something else.

use crate::MIB;
use crate::validate::json::{Fault, MAX_BYTES, Node};
use access_contract::{Issue, Severity};
use std::borrow::Cow;

/// Most issues kept of one answer; the rest is counted.
pub const MAX_ISSUES: usize = 100;

/// Longest text kept of one answer's texts, in characters.
pub const MAX_TEXT: usize = 4000;

/// Longest code kept, in bytes.
const MAX_CODE: usize = 64;

/// Most expressions kept of one issue.
const MAX_EXPRESSIONS: usize = 16;

/// One coding of the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Coded {
    pub(super) system: String,
    pub(super) code: String,
}

/// What a body holds.
#[derive(Debug)]
pub(super) enum Answer {
    /// A `Parameters` with one result.
    Result { codings: Vec<Coded>, text: String, issues: Vec<Issue> },
    /// An OperationOutcome, bare or as the `issues` of a `Parameters` without a result.
    Issues(Vec<Issue>),
    /// Neither; the word says what it is instead.
    Unreadable(Cow<'static, str>),
}

/// Reads a body. `content_type` only helps to say what an unreadable one is.
pub(super) fn read(body: &str, content_type: &str) -> Answer {
    // A byte order mark is legal in front of JSON on the wire and unknown to parsers.
    let body = body.trim_start_matches('\u{feff}').trim();
    if body.is_empty() {
        return unreadable("the answer has no body");
    }
    let node = match Node::parse(body) {
        Ok(node) => node,
        Err(Fault::Size) => {
            let what = format!("the body of the answer is longer than {} MiB", MAX_BYTES / MIB);
            return Answer::Unreadable(what.into());
        }
        Err(Fault::Depth) => return unreadable("the body of the answer is nested too deeply"),
        Err(Fault::Members { .. }) => return unreadable("an object in the body of the answer has too many members"),
        Err(Fault::Repeated { .. }) => {
            return unreadable("the body of the answer contradicts itself: a member occurs twice");
        }
        Err(Fault::Syntax { .. }) => return unreadable(name_foreign(body, content_type)),
    };
    match node.text_of("resourceType") {
        Some("OperationOutcome") => match read_issues(&node) {
            issues if issues.is_empty() => unreadable("the body of the answer is an OperationOutcome without issues"),
            issues => Answer::Issues(issues),
        },
        Some("Parameters") => read_parameters(&node),
        Some(_) => {
            unreadable("the body of the answer is a FHIR resource, but neither a result nor an OperationOutcome")
        }
        None => unreadable("the body of the answer is JSON, but not FHIR"),
    }
}

const fn unreadable(what: &'static str) -> Answer {
    Answer::Unreadable(Cow::Borrowed(what))
}

/// What a body that is not JSON looks like.
fn name_foreign(body: &str, content_type: &str) -> &'static str {
    let start = body.get(..body.len().min(64)).unwrap_or_default().to_ascii_lowercase();
    let page = start.starts_with("<!doctype html") || start.starts_with("<html");
    if page || content_type.to_ascii_lowercase().contains("html") {
        "the body of the answer is a web page; a proxy or a gateway may have written it"
    } else if start.starts_with('<') {
        "the body of the answer is XML, not JSON"
    } else {
        "the body of the answer is not JSON"
    }
}

fn read_parameters(node: &Node) -> Answer {
    let named =
        |name: &'static str| node.items_of("parameter").iter().filter(move |item| item.text_of("name") == Some(name));
    // The guide's second example has the OperationOutcome in the list itself, without a name.
    let stray = |item: &&Node| item.text_of("resourceType") == Some("OperationOutcome");
    let outcomes = node.items_of("parameter").iter().filter_map(|item| match item.text_of("name") {
        Some("issues") => item.get("resource"),
        None => Some(item).filter(stray).or_else(|| item.get("resource").filter(stray)),
        Some(_) => None,
    });
    let issues: Vec<Issue> = outcomes.flat_map(read_issues).take(MAX_ISSUES).collect();
    let mut results = named("result");
    let Some(result) = results.next() else {
        if issues.is_empty() {
            return unreadable("the body of the answer is a Parameters without a result");
        }
        return Answer::Issues(issues);
    };
    if results.next().is_some() {
        return unreadable("the body of the answer has more than one result");
    }
    let Some(concept) = result.get("valueCodeableConcept") else {
        return unreadable("the result of the answer has no code");
    };
    let read = |coding: &Node| Coded {
        system: text(coding.text_of("system").unwrap_or_default()),
        code: code(coding.text_of("code").unwrap_or_default()),
    };
    let codings: Vec<Coded> =
        concept.items_of("coding").iter().take(8).map(read).filter(|coded| !coded.code.is_empty()).collect();
    if codings.is_empty() {
        return unreadable("the result of the answer has no code");
    }
    Answer::Result { codings, text: text(concept.text_of("text").unwrap_or_default()), issues }
}

/// Every issue of an OperationOutcome, in order.
fn read_issues(outcome: &Node) -> Vec<Issue> {
    let all = outcome.items_of("issue");
    let mut issues: Vec<Issue> = all.iter().take(MAX_ISSUES).map(read_issue).collect();
    if all.len() > MAX_ISSUES {
        let message = format!("{} further issues of the answer are left out", all.len() - MAX_ISSUES);
        issues.pop();
        issues.push(Issue::new(Severity::Warning, "issues-left-out", "", message));
    }
    issues
}

fn read_issue(node: &Node) -> Issue {
    let severity = match node.text_of("severity") {
        Some("fatal") => Severity::Fatal,
        Some("warning") => Severity::Warning,
        Some("information") => Severity::Information,
        _ => Severity::Error,
    };
    let kind = match code(node.text_of("code").unwrap_or_default()) {
        known if known.is_empty() => "unknown".to_owned(),
        known => known,
    };
    let details = node.get("details");
    let coding = details.and_then(|details| details.items_of("coding").first());
    let said = details
        .and_then(|details| details.text_of("text"))
        .or_else(|| coding.and_then(|coding| coding.text_of("display")))
        .map(text)
        .filter(|said| !said.is_empty());
    let diagnostics = node.text_of("diagnostics").map(text).filter(|said| !said.is_empty());
    // An array by FHIR, a bare text in an example of the guide.
    let texts = |name: &str| -> Vec<&str> {
        let one = node.text_of(name).into_iter();
        one.chain(node.items_of(name).iter().filter_map(Node::text)).take(MAX_EXPRESSIONS).collect()
    };
    let places = Some(texts("expression")).filter(|places| !places.is_empty()).unwrap_or_else(|| texts("location"));
    let (message, added) = match (said, diagnostics) {
        (Some(said), added) => (said, added),
        (None, Some(diagnostics)) => (diagnostics, None),
        (None, None) => ("CMS gave no text".to_owned(), None),
    };
    let issue = Issue::new(severity, &kind, text(&places.join(", ")), message);
    match added {
        Some(added) => issue.hint(format!("CMS adds: {added}")),
        None => issue,
    }
}

/// A text of CMS without control characters, cut to [`MAX_TEXT`].
fn text(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).take(MAX_TEXT).collect()
}

/// A code; empty where it has not the form of one.
fn code(code: &str) -> String {
    let fits = code.len() <= MAX_CODE && code.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { code.to_owned() } else { String::new() }
}
