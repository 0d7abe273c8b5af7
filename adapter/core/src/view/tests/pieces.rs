//! Which pieces there are, and which were looked at.

use super::HEADER;
use crate::view::{Content, Message, Text};

const MESSAGE: &str = "PID|1||A^^^H&2.16&ISO^MR~B||ROE^ANN| ||\"\"\rOBX|1|ST|X||a&b\rOBX|2|ST|Y||c";

fn text() -> String {
    format!("{HEADER}\r{MESSAGE}")
}

fn paths<'m>(pieces: impl Iterator<Item = crate::view::Value<'m>>) -> Vec<String> {
    pieces.filter(|piece| piece.place().segment != "MSH").map(|piece| piece.path()).collect()
}

#[test]
fn populated_pieces_come_in_order_with_their_shortest_path() {
    let text = text();
    let text = Text::normalise(&text).unwrap();
    let message = Message::parse(&text).unwrap();
    let expected = [
        "PID-1",
        "PID-3[1].1",
        "PID-3[1].4.1",
        "PID-3[1].4.2",
        "PID-3[1].4.3",
        "PID-3[1].5",
        "PID-3[2]",
        "PID-5.1",
        "PID-5.2",
        "PID-8",
        "OBX[1]-1",
        "OBX[1]-2",
        "OBX[1]-3",
        "OBX[1]-5.1.1",
        "OBX[1]-5.1.2",
        "OBX[2]-1",
        "OBX[2]-2",
        "OBX[2]-3",
        "OBX[2]-5",
    ];
    assert_eq!(paths(message.populated()), expected);
    let header: Vec<String> = message.populated().map(|piece| piece.path()).take(3).collect();
    assert_eq!(header, ["MSH-1", "MSH-2", "MSH-3"]);
}

#[test]
fn what_was_looked_at_is_remembered_in_message_order() {
    let text = text();
    let text = Text::normalise(&text).unwrap();
    let message = Message::watched(&text).unwrap();
    assert!(paths(message.touched()).is_empty());
    let obx = message.segments("OBX").nth(1).unwrap();
    assert_eq!(obx.field(5).value().text(), "c");
    let pid = message.segment("PID").unwrap();
    assert_eq!(pid.field(3).repetition(1).component(4).subcomponent(2).text(), "2.16");
    assert_eq!(pid.field(5).component(2).value().content(), Content::Text("ANN".into()));
    assert!(pid.field(8).is_null());
    // A simple value is the first piece of its field.
    assert_eq!(message.get("PID-3").unwrap().unwrap().text(), "A");
    assert_eq!(paths(message.touched()), ["PID-3[1].1", "PID-3[1].4.2", "PID-5.2", "PID-8", "OBX[2]-5"]);
}

#[test]
fn a_component_taken_whole_is_a_look_at_all_of_it() {
    let text = text();
    let text = Text::normalise(&text).unwrap();
    let message = Message::watched(&text).unwrap();
    let whole = message.segment("OBX").unwrap().field(5).component(1).whole();
    assert_eq!(whole.text(), "a&b");
    assert!(whole.is_touched());
    assert_eq!(paths(message.touched()), ["OBX[1]-5.1.1", "OBX[1]-5.1.2"]);
}

#[test]
fn asking_whether_something_is_there_is_no_look() {
    let text = text();
    let text = Text::normalise(&text).unwrap();
    let message = Message::watched(&text).unwrap();
    for segment in message.all() {
        for field in segment.fields() {
            assert!(!field.is_null() || field.path() == "PID-8");
            for component in field.repetitions().flat_map(|repetition| repetition.components()) {
                let value = component.value();
                let _ = (value.is_absent(), component.is_absent(), value.raw(), value.path());
                assert!(!value.is_null() || field.path() == "PID-8");
            }
        }
    }
    // A deletion is all that a field of two double quotes can say.
    assert_eq!(paths(message.touched()), ["PID-8"]);
}

#[test]
fn nothing_is_remembered_unless_asked_for() {
    let text = text();
    let text = Text::normalise(&text).unwrap();
    let message = Message::parse(&text).unwrap();
    assert!(message.populated().all(|piece| !piece.text().is_empty() || piece.is_null()));
    assert_eq!(message.touched().count(), 0);
}

#[test]
fn nothing_that_is_printed_for_debugging_tells_a_value() {
    let text = format!("{HEADER}\rPID|1||SECRET^SECRET");
    let text = Text::normalise(&text).unwrap();
    let message = Message::watched(&text).unwrap();
    let field = message.segment("PID").unwrap().field(3);
    let repetition = field.repetition(1);
    let component = repetition.component(2);
    let value = component.value();
    let _ = value.text();
    let printed = format!("{text:?} {message:?} {field:?} {repetition:?} {component:?} {value:?}");
    assert!(!printed.contains("SECRET") && printed.contains("Value(PID-3.2)"), "{printed}");
}
