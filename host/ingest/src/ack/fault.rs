//! The ERR segments of a refusal.

use super::location::Location;
use super::text::{escape, plain};
use crate::Delimiters;
use bridge_types::contract::{Issue, Severity};

/// Most issues that are explained in one answer.
const ISSUES: usize = 20;
/// Longest text of one component.
const TEXT: usize = 250;

/// Issues worth telling: those that block, or all if none does.
pub(super) fn relevant(issues: &[Issue]) -> Vec<&Issue> {
    let blocking: Vec<&Issue> = issues.iter().filter(|issue| issue.blocks()).take(ISSUES).collect();
    if blocking.is_empty() { issues.iter().take(ISSUES).collect() } else { blocking }
}

/// Before 2.5: one segment, ERR-1 repeats.
pub(super) fn write_single(issues: &[&Issue], delimiters: &Delimiters) -> Vec<u8> {
    let mut segment = b"ERR".to_vec();
    segment.push(delimiters.field);
    for (index, issue) in issues.iter().enumerate() {
        if index > 0 {
            match delimiters.repetition {
                Some(repetition) => segment.push(repetition),
                None => break,
            }
        }
        segment.extend(code_and_location(issue, delimiters));
    }
    segment.push(b'\r');
    segment
}

/// From 2.5 on: one segment per issue.
pub(super) fn write_each(issues: &[&Issue], delimiters: &Delimiters) -> Vec<u8> {
    let mut segments = Vec::new();
    for issue in issues {
        let code = condition(issue);
        let fields = [
            code_and_location(issue, delimiters),
            Location::read(&issue.location).map(|at| join(&at.components(), delimiters)).unwrap_or_default(),
            join(&[code.to_string(), meaning(code).to_owned(), "HL70357".to_owned()], delimiters),
            severity(&issue.severity).as_bytes().to_vec(),
            escape(&plain(&issue.code, TEXT), delimiters),
            Vec::new(),
            issue.hint.as_deref().map(|hint| escape(&plain(hint, TEXT), delimiters)).unwrap_or_default(),
            escape(&plain(&issue.message, TEXT), delimiters),
        ];
        segments.extend_from_slice(b"ERR");
        for field in fields {
            segments.push(delimiters.field);
            segments.extend(field);
        }
        segments.push(b'\r');
    }
    segments
}

/// ERR-1 (ELD): segment, sequence, field, and code as subcomponents `code & text & system`.
fn code_and_location(issue: &Issue, delimiters: &Delimiters) -> Vec<u8> {
    let at = Location::read(&issue.location);
    let code = condition(issue);
    let mut out = at.as_ref().map(|at| at.segment.clone().into_bytes()).unwrap_or_default();
    let sequence = at.as_ref().map(|at| at.sequence.to_string()).unwrap_or_default();
    let field = at.as_ref().and_then(|at| at.field).map(|field| field.to_string()).unwrap_or_default();
    let Some(component) = delimiters.component else { return code.to_string().into_bytes() };
    for part in [sequence, field, code.to_string()] {
        out.push(component);
        out.extend(part.bytes());
    }
    if let Some(subcomponent) = delimiters.subcomponent {
        for part in [meaning(code), "HL70357"] {
            out.push(subcomponent);
            out.extend(escape(part, delimiters));
        }
    }
    out
}

fn join(components: &[String], delimiters: &Delimiters) -> Vec<u8> {
    let mut out = Vec::new();
    for (index, part) in components.iter().enumerate() {
        if index > 0 {
            match delimiters.component {
                Some(component) => out.push(component),
                None => break,
            }
        }
        out.extend(escape(part, delimiters));
    }
    out
}

/// Table 0516.
const fn severity(severity: &Severity) -> &'static str {
    match severity {
        Severity::Information => "I",
        Severity::Warning => "W",
        Severity::Error | Severity::Fatal | Severity::Other(_) => "E",
    }
}

fn condition(issue: &Issue) -> u16 {
    issue.condition.unwrap_or(207)
}

/// Table 0357.
const fn meaning(code: u16) -> &'static str {
    match code {
        0 => "Message accepted",
        100 => "Segment sequence error",
        101 => "Required field missing",
        102 => "Data type error",
        103 => "Table value not found",
        104 => "Value too long",
        200 => "Unsupported message type",
        201 => "Unsupported event code",
        202 => "Unsupported processing id",
        203 => "Unsupported version id",
        204 => "Unknown key identifier",
        205 => "Duplicate key identifier",
        206 => "Application record locked",
        _ => "Application error",
    }
}
