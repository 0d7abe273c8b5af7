//! The patient segment as it is kept for notices: standard separators, and without what must not leave by that door.

use super::context::Context;
use super::mbi::{self, Seen};
use crate::view::limits::MAX_PATIENT_BYTES;
use crate::view::{Component, Repetition, Segment, encode_into};

/// Fields that are left out: social security number, driver's licence.
const LEFT_OUT: [usize; 2] = [19, 20];
/// Types of identifiers that are left out.
const TYPES: [&str; 3] = ["SS", "SSN", "DL"];

/// Writes the segment. `seen` are the Medicare numbers of the message; they are blanked wherever they stand.
pub(super) fn render(context: &Context<'_>, pid: &Segment<'_>, seen: &Seen) -> String {
    // A copy for notices is no use of a field.
    let pid = &pid.unwatched();
    let mut segment = String::with_capacity(pid.raw().len() + 16);
    segment.push_str("PID|");
    join(&mut segment, '|', 1..=pid.count(), |segment, number| field(context, pid, number, seen, segment));
    if segment.len() > MAX_PATIENT_BYTES {
        let hint = "notices about this patient go out without PID";
        context.warn("value-too-long", pid.path(), "the patient segment is too long to be kept for notices", hint);
        return String::new();
    }
    segment
}

fn field(context: &Context<'_>, pid: &Segment<'_>, number: usize, seen: &Seen, segment: &mut String) {
    if LEFT_OUT.contains(&number) {
        return;
    }
    let is_list = matches!(number, 2..=4);
    let kept = pid.field(number).repetitions().filter(|repetition| {
        let is_secret = || {
            TYPES.contains(&mbi::kind_of(repetition).as_str())
                || mbi::is_medicare(context, repetition)
                || seen.has(&repetition.component(1).value().text())
        };
        !(is_list && is_secret())
    });
    join(segment, '~', kept, |segment, kept| repetition(&kept, seen, segment));
}

fn repetition(repetition: &Repetition<'_>, seen: &Seen, segment: &mut String) {
    join(segment, '^', repetition.components(), |segment, part| component(&part, seen, segment));
}

fn component(component: &Component<'_>, seen: &Seen, segment: &mut String) {
    join(segment, '&', component.subcomponents(), |segment, value| {
        if value.is_null() {
            return segment.push_str("\"\"");
        }
        let text = value.text();
        if !seen.has(&text) {
            encode_into(&text, segment);
        }
    });
}

/// Writes parts with a separator between them, without the empty ones at the end.
fn join<T>(segment: &mut String, separator: char, parts: impl Iterator<Item = T>, write: impl Fn(&mut String, T)) {
    let mut end = segment.len();
    for (number, part) in parts.enumerate() {
        if number > 0 {
            segment.push(separator);
        }
        let before = segment.len();
        write(segment, part);
        if segment.len() > before {
            end = segment.len();
        }
    }
    segment.truncate(end);
}
