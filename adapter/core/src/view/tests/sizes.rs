//! Messages of the largest size: whatever takes time in proportion to their square would not end.

use super::HEADER;
use crate::view::limits::{MAX_BYTES, MAX_FIELDS, MAX_PARTS, MAX_REPETITIONS, MAX_SEGMENTS};
use crate::view::{Message, Segment, Text, ViewError};

#[test]
fn every_segment_is_found_by_name_and_occurrence() {
    let many = format!("{HEADER}{}", "\rOBX|1".repeat(MAX_SEGMENTS - 1));
    let text = Text::normalise(&many).unwrap();
    let message = Message::parse(&text).unwrap();
    assert_eq!(message.segments("OBX").count(), MAX_SEGMENTS - 1);
    assert_eq!(message.segments("NTE").count(), 0);
    assert_eq!(message.segments("OBX").last().unwrap().path(), format!("OBX[{}]", MAX_SEGMENTS - 1));
    assert_eq!(message.get("OBX[19999]-1").unwrap().unwrap().text(), "1");
}

#[test]
fn as_many_names_as_there_can_be_are_kept_apart() {
    let letters: Vec<char> = ('A'..='Z').chain('0'..='9').collect();
    let mut all = String::from(HEADER);
    let mut names = Vec::new();
    for first in letters.iter().take(26) {
        for second in &letters {
            names.extend(letters.iter().map(|third| format!("{first}{second}{third}")));
        }
    }
    names.retain(|name| !["MSH", "FHS", "BHS", "BTS", "FTS"].contains(&name.as_str()));
    names.truncate((MAX_SEGMENTS - 1) / 2);
    for name in names.iter().chain(&names) {
        all.push_str(&format!("\r{name}|{name}"));
    }
    let text = Text::normalise(&all).unwrap();
    let message = Message::parse(&text).unwrap();
    for name in &names {
        let paths: Vec<String> = message.segments(name).map(Segment::path).collect();
        assert_eq!(paths, [format!("{name}[1]"), format!("{name}[2]")]);
    }
}

#[test]
fn every_field_repetition_and_component_can_be_gone_through() {
    let components = MAX_PARTS - MAX_FIELDS - MAX_REPETITIONS - 100;
    let big = format!(
        "{HEADER}\rZZ1|{}x\rZZ2|{}x\rZZ3|{}x",
        "|".repeat(MAX_FIELDS - 1),
        "~".repeat(MAX_REPETITIONS - 1),
        "^".repeat(components)
    );
    let text = Text::normalise(&big).unwrap();
    let message = Message::parse(&text).unwrap();
    let fields = message.segment("ZZ1").unwrap();
    assert_eq!((1..=fields.count()).filter(|number| fields.field(*number).value().text() == "x").count(), 1);
    let repeating = message.segment("ZZ2").unwrap().field(1);
    assert_eq!(repeating.repetitions().filter(|repetition| repetition.path().ends_with("[1000]")).count(), 1);
    let divided = message.segment("ZZ3").unwrap().field(1).repetition(1);
    assert_eq!(divided.components().count(), components + 1);
    assert!(!divided.is_absent());
    assert_eq!(message.get(&format!("ZZ3-1.{}", components + 1)).unwrap().unwrap().text(), "x");
}

#[test]
fn millions_of_separators_are_refused_whatever_they_are() {
    for (separator, error) in [
        ("|", ViewError::Fields { path: "ZZ1[1]".to_owned() }),
        ("~", ViewError::Repetitions { path: "ZZ1[1]-1".to_owned() }),
        ("^", ViewError::Parts),
        ("&", ViewError::Parts),
    ] {
        for (start, end) in [("\r", ""), ("\n", "\n"), ("\r", "\rtext")] {
            let text = format!("{HEADER}{start}ZZ1|{}{end}", separator.repeat(2_000_000));
            assert_eq!(super::refused(&text), error, "{separator}");
        }
    }
}

#[test]
fn a_value_as_long_as_a_message_is_read() {
    let long = format!("{HEADER}\rOBX|1|ED|||^^^Base64^{}", "A".repeat(MAX_BYTES - 200));
    let text = Text::normalise(&long).unwrap();
    let message = Message::parse(&text).unwrap();
    assert_eq!(message.get("OBX-5.5").unwrap().unwrap().text().len(), MAX_BYTES - 200);
    // As many escape characters, none of which begins a sequence.
    let odd = format!("{HEADER}\rOBX|1|ST|||{}", "\\Q".repeat((MAX_BYTES - 200) / 2));
    let text = Text::normalise(&odd).unwrap();
    let message = Message::parse(&text).unwrap();
    let decoded = message.get("OBX-5").unwrap().unwrap().decoded();
    assert!(decoded.unknown && decoded.text.len() == (MAX_BYTES - 200) / 2 * 2);
}
