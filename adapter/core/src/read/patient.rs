//! The patient segment as it is kept for notices: standard separators, and without what must not leave by that door.

use super::context::Context;
use super::mbi;
use crate::view::limits::MAX_PATIENT_BYTES;
use crate::view::{Component, Repetition, Segment, encode};

/// Fields that are left out: social security number, driver's licence.
const LEFT_OUT: [usize; 2] = [19, 20];
/// Types of identifiers that are left out.
const TYPES: [&str; 3] = ["SS", "SSN", "DL"];

/// Writes the segment. `seen` are the Medicare numbers of the message; they are blanked wherever they stand.
pub(super) fn render(context: &Context<'_>, pid: &Segment<'_>, seen: &[String]) -> String {
    let mut fields: Vec<String> = (1..=pid.count()).map(|number| field(context, pid, number, seen)).collect();
    trim(&mut fields);
    let segment = format!("PID|{}", fields.join("|"));
    if segment.len() > MAX_PATIENT_BYTES {
        let hint = "notices about this patient go out without PID";
        context.warn("value-too-long", pid.path(), "the patient segment is too long to be kept for notices", hint);
        return String::new();
    }
    segment
}

fn field(context: &Context<'_>, pid: &Segment<'_>, number: usize, seen: &[String]) -> String {
    if LEFT_OUT.contains(&number) {
        return String::new();
    }
    let is_list = matches!(number, 2..=4);
    let kept = pid.field(number).repetitions().filter(|repetition| {
        let is_secret = || {
            TYPES.contains(&mbi::kind_of(repetition).as_str())
                || mbi::is_medicare(context, repetition)
                || is_seen(&repetition.component(1).value().text(), seen)
        };
        !(is_list && is_secret())
    });
    let mut repetitions: Vec<String> = kept.map(|kept| repetition(&kept, seen)).collect();
    trim(&mut repetitions);
    repetitions.join("~")
}

fn repetition(repetition: &Repetition<'_>, seen: &[String]) -> String {
    let mut components: Vec<String> = repetition.components().map(|part| component(&part, seen)).collect();
    trim(&mut components);
    components.join("^")
}

fn component(component: &Component<'_>, seen: &[String]) -> String {
    let mut parts: Vec<String> = component
        .subcomponents()
        .map(|value| {
            if value.is_null() {
                return "\"\"".to_owned();
            }
            let text = value.text();
            if is_seen(&text, seen) { String::new() } else { encode(&text) }
        })
        .collect();
    trim(&mut parts);
    parts.join("&")
}

/// Whether a text is a Medicare number of the message, however it is written.
fn is_seen(text: &str, seen: &[String]) -> bool {
    !seen.is_empty() && seen.contains(&mbi::normalise(text))
}

/// Drops empty parts at the end.
fn trim(parts: &mut Vec<String>) {
    while parts.last().is_some_and(String::is_empty) {
        parts.pop();
    }
}
