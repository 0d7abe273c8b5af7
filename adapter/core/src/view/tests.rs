mod agreement;
mod pieces;
mod sizes;

use super::limits::{MAX_BYTES, MAX_FIELDS, MAX_PARTS, MAX_REPETITIONS, MAX_SEGMENTS};
use super::{Content, Message, Place, PlaceError, Text, ViewError, encode};
use proptest::prelude::*;
use std::borrow::Cow;

const HEADER: &str = "MSH|^~\\&|EPIC|MAIN|B|C|20260101120000||ADT^A08^ADT_A01|77|P|2.5.1";

fn with<T>(text: &str, look: impl FnOnce(&Message<'_>) -> T) -> T {
    let text = Text::normalise(text).unwrap();
    look(&Message::parse(&text).unwrap())
}

fn at(text: &str, path: &str) -> String {
    with(text, |message| message.get(path).unwrap().map(|value| value.text().into_owned()).unwrap_or_default())
}

fn normal(text: &str) -> String {
    Text::normalise(text).unwrap().as_str().to_owned()
}

fn refused(text: &str) -> ViewError {
    match Text::normalise(text) {
        Ok(text) => Message::parse(&text).unwrap_err(),
        Err(error) => error,
    }
}

#[test]
fn header_fields_are_numbered_as_the_standard_does() {
    with(HEADER, |message| {
        let header = message.segment("MSH").unwrap();
        assert_eq!(header.field(1).raw(), "|");
        assert_eq!(header.field(2).raw(), "^~\\&");
        assert_eq!(header.field(3).raw(), "EPIC");
        assert_eq!(header.field(9).component(2).value().text(), "A08");
        assert_eq!(header.field(12).raw(), "2.5.1");
        assert_eq!(header.count(), 12);
    });
}

#[test]
fn values_are_addressed_by_path() {
    let text = format!("{HEADER}\rPID|1||A&X^^^H~B^^^K&2.16&ISO\rIN1|1|P1\rIN1|2|P2|C^D");
    for (path, expected) in [
        ("PID-3", "A"),
        ("PID-3[1].1.2", "X"),
        ("PID-3[2].1", "B"),
        ("PID-3[2].4", "K"),
        ("PID-3[2].4.2", "2.16"),
        ("IN1-2", "P1"),
        ("IN1[2]-2", "P2"),
        ("IN1[2]-3.2", "D"),
        ("IN1[2]-3[4].2", ""),
        ("IN1[3]-3", ""),
        ("ZZZ-1", ""),
        ("MSH-9.2", "A08"),
    ] {
        assert_eq!(at(&text, path), expected, "{path}");
    }
    with(&text, |message| {
        for (path, error) in [
            ("", PlaceError::Segment),
            ("pid-3", PlaceError::Segment),
            ("PID", PlaceError::Number),
            ("PID-", PlaceError::Number),
            ("PID-0", PlaceError::Number),
            ("PID-3[", PlaceError::Number),
            ("PID-3[0]", PlaceError::Number),
            ("PID-3.1.1.1", PlaceError::Depth),
            ("PID-99999999999", PlaceError::Number),
        ] {
            assert_eq!(message.get(path).unwrap_err(), error, "{path}");
        }
    });
}

#[test]
fn every_value_tells_its_path() {
    let text = format!("{HEADER}\rPID|1||A^^^H~B^^^K\rIN1|1|P1^Q\rDG1|1\rZAC|1|ALIGN");
    with(&text, |message| {
        let path = |path: &str| message.get(path).unwrap().unwrap().path();
        for whole in
            ["PID-3[2].1", "IN1[1]-2.1", "IN1[1]-2.2", "IN1[1]-49.1", "PID-7", "DG1[1]-3.3", "ZAC[1]-2", "MSH-9.2"]
        {
            assert_eq!(path(whole), whole);
        }
        assert_eq!(path("PID-5.1.2"), "PID-5.1.2");
        assert_eq!(message.segment("PID").unwrap().field(3).path(), "PID-3");
        assert_eq!(message.segment("PID").unwrap().path(), "PID");
        assert_eq!(message.segment("IN1").unwrap().path(), "IN1[1]");
    });
    let two = format!("{HEADER}\rPID|1||A\rMRG|B\rPID|2||C\rMRG|D");
    with(&two, |message| {
        assert_eq!(message.get("PID[2]-3.1").unwrap().unwrap().path(), "PID[2]-3.1");
        assert_eq!(message.get("MRG[1]-1").unwrap().unwrap().path(), "MRG[1]-1");
    });
}

#[test]
fn paths_print_as_they_are_read() {
    for path in ["PID", "PID[2]", "PID-3", "IN1[1]-49.1", "PID-3[2].1", "PID[2]-3[4].1.2"] {
        assert_eq!(path.parse::<Place>().unwrap().to_string(), path);
    }
}

#[test]
fn nothing_null_and_text_are_told_apart() {
    let text = format!("{HEADER}\rPID|||  |\"\"| \"\" |a \"\" b|x^\"\"^y");
    with(&text, |message| {
        let content = |path: &str| message.get(path).unwrap().unwrap().content();
        assert_eq!(content("PID-1"), Content::Absent);
        assert_eq!(content("PID-3"), Content::Absent);
        assert_eq!(content("PID-4"), Content::Null);
        assert_eq!(content("PID-5"), Content::Null);
        assert_eq!(content("PID-6"), Content::Text(Cow::Borrowed("a \"\" b")));
        assert_eq!(content("PID-7.2"), Content::Null);
        assert_eq!(content("PID-40"), Content::Absent);
        let pid = message.segment("PID").unwrap();
        assert!(pid.field(4).is_null() && !pid.field(7).is_null() && !pid.field(1).is_null());
        assert_eq!(pid.field(4).value().text(), "");
    });
}

#[test]
fn a_simple_value_is_its_own_first_component() {
    let text = format!("{HEADER}\rPID|1||MRN1||DOE");
    assert_eq!(at(&text, "PID-5.1.1"), "DOE");
    assert_eq!(at(&text, "PID-3[1].1"), "MRN1");
    assert_eq!(at(&text, "PID-3.2"), "");
}

#[test]
fn whole_components_keep_their_ampersands() {
    let text = format!("{HEADER}\rIN1|1|X^MEDICARE A&B");
    with(&text, |message| {
        let field = message.segment("IN1").unwrap().field(2);
        assert_eq!(field.component(2).whole().text(), "MEDICARE A&B");
        assert_eq!(field.component(2).value().text(), "MEDICARE A");
    });
}

#[test]
fn escapes_are_decoded_once_after_splitting() {
    for (raw, expected, unknown) in [
        ("a\\F\\b", "a|b", false),
        ("a\\S\\b\\T\\c\\R\\d\\E\\e", "a^b&c~d\\e", false),
        ("\\E\\F\\E\\", "\\F\\", false),
        ("a\\X41\\b", "aAb", false),
        ("a\\X0D0A\\b", "a\n\nb", false),
        ("a\\Xc3bc\\b", "aüb", false),
        ("a\\.br\\b", "a\nb", false),
        ("a\\.BR\\b", "a\nb", false),
        ("a\\.sp2\\b", "a\n\nb", false),
        ("a\\.sp\\b", "a\nb", false),
        ("a\\.sk3\\b", "a   b", false),
        ("\\.in+4\\a\\.ti-2\\b\\.fi\\c\\.nf\\d\\.ce\\e", "abcde", false),
        ("\\H\\bold\\N\\", "bold", false),
        ("a\\P\\b", "a#b", false),
        ("C:\\temp", "C:\\temp", true),
        ("C:\\temp\\new", "C:\\temp\\new", true),
        ("C:\\temp\\F\\x", "C:\\temp|x", true),
        ("a\\Q\\b", "a\\Q\\b", true),
        ("a\\Zlocal\\b", "a\\Zlocal\\b", true),
        ("a\\C2842\\b", "a\\C2842\\b", true),
        ("a\\X4\\b", "a\\X4\\b", true),
        ("a\\Xzz\\b", "a\\Xzz\\b", true),
        ("a\\.xx\\b", "a\\.xx\\b", true),
        ("a\\.sp999999\\b", &format!("a{}b", "\n".repeat(50)), false),
        ("\\", "\\", true),
        ("\\\\", "\\\\", true),
    ] {
        with(&format!("{HEADER}\rPID|{raw}"), |message| {
            let decoded = message.segment("PID").unwrap().field(1).value().decoded();
            assert_eq!((decoded.text.as_ref(), decoded.unknown), (expected, unknown), "{raw}");
        });
    }
}

#[test]
fn hexadecimal_escapes_are_in_the_character_set_of_the_message() {
    let raw = format!("{HEADER}\rPID|a\\Xfc\\b");
    let text = Text::normalise(&raw).unwrap().in_charset(encoding_rs::WINDOWS_1252);
    let message = Message::parse(&text).unwrap();
    assert_eq!(message.get("PID-1").unwrap().unwrap().text(), "aüb");
}

#[test]
fn own_separators_are_followed() {
    let text = "MSH#:*!+#EPIC#MAIN\rPID#1##A:B+C*D#x!S!y!F!z";
    assert_eq!(at(text, "MSH-3"), "EPIC");
    assert_eq!(at(text, "PID-3.2.2"), "C");
    assert_eq!(at(text, "PID-3[2].1"), "D");
    assert_eq!(at(text, "PID-4"), "x:y#z");
}

#[test]
fn short_and_long_encoding_characters_are_brought_to_four() {
    for (header, expected) in [
        ("MSH|^~\\&|A", "MSH|^~\\&|A"),
        ("MSH|^~\\&#|A", "MSH|^~\\&|A"),
        ("MSH|^~\\|A", "MSH|^~\\&|A"),
        ("MSH|^~|A", "MSH|^~\\&|A"),
        ("MSH|^|A", "MSH|^~\\&|A"),
        ("MSH||A", "MSH|^~\\&|A"),
        ("MSH|~|A", "MSH|~\u{1d}\\&|A"),
        ("MSH|^^\\&|A", "MSH|^~\\&|A"),
        ("MSH&^~\\|&A", "MSH&^~\\|&A"),
        ("MSH|^~\\", "MSH|^~\\&"),
        ("MSH|", "MSH|^~\\&"),
        ("MSH|ABCD|A", "MSH|^~\\&|A"),
    ] {
        assert_eq!(normal(header), expected, "{header}");
        let text = Text::normalise(header).unwrap();
        let message = Message::parse(&text).unwrap();
        assert_eq!(message.get("MSH-3").unwrap().unwrap().text(), if header.ends_with('A') { "A" } else { "" });
    }
    let notes =
        |text: &str| Text::normalise(text).unwrap().notes().iter().map(|note| note.code.clone()).collect::<Vec<_>>();
    assert_eq!(notes("MSH|^~|A"), ["separators-short"]);
    assert_eq!(notes("MSH|^~\\&#|A"), Vec::<String>::new());
}

#[test]
fn what_happens_on_the_way_is_undone() {
    let clean = format!("{HEADER}\rPID|1||A\rPV1|1|I");
    let lines: Vec<&str> = clean.split('\r').collect();
    for text in [
        format!("{clean}\r"),
        lines.join("\n"),
        lines.join("\r\n"),
        lines.join("\r\n") + "\r\n\r\n",
        lines.join("\r\r"),
        lines.join("\n\n"),
        lines.join("  \r"),
        lines.join("\r "),
        format!("{}\n{}\r{}", lines[0], lines[1], lines[2]),
        format!("\u{feff}{clean}"),
        format!("\u{b}{clean}\r\u{1c}\r"),
        format!("\u{b}\u{b}{clean}\u{1c}"),
        format!("\0\r\n{clean}\0"),
        clean.replace("PID", "pid").replace("MSH", "msh"),
        format!("FHS|^~\\&|X\rBHS|^~\\&|Y\r{clean}\rBTS|1\rFTS|1"),
    ] {
        assert_eq!(normal(&text), clean, "{text:?}");
    }
}

#[test]
fn a_clean_message_is_not_copied() {
    let clean = format!("{HEADER}\rPID|1||A\rPV1|1|I\r");
    let text = Text::normalise(&clean).unwrap();
    assert_eq!(text.as_str().as_ptr(), clean.as_ptr());
}

#[test]
fn a_line_feed_inside_a_field_is_text() {
    let text = format!("{HEADER}\rNTE|1||first\nsecond\nPID is no segment\nAB|no\npv1|no\rPID|1||A");
    assert_eq!(at(&text, "NTE-3"), "first\nsecond\nPID is no segment\nAB");
    assert_eq!(at(&text, "PID-3"), "A");
    let stray = format!("{HEADER}\rNTE|1||first\rsecond line\rPID|1||A");
    assert_eq!(at(&stray, "NTE-3"), "first\nsecond line");
    let text = Text::normalise(&stray).unwrap();
    assert_eq!(text.notes().iter().map(|note| note.code.as_str()).collect::<Vec<_>>(), ["line-not-a-segment"]);
}

#[test]
fn unknown_and_bare_segments_are_kept() {
    let text = format!("{HEADER}\rZZ9|x\rPD1\rPID|1||A");
    assert_eq!(at(&text, "ZZ9-1"), "x");
    with(&text, |message| {
        assert_eq!(
            message.all().iter().map(|segment| segment.name().to_owned()).collect::<Vec<_>>(),
            ["MSH", "ZZ9", "PD1", "PID"]
        );
        assert!(message.segment("PD1").unwrap().field(4).value().is_absent());
    });
}

#[test]
fn what_is_no_message_is_refused_by_name() {
    for text in [
        "",
        "undefined",
        "hello there",
        "{\"resourceType\":\"Patient\"}",
        "MS",
        "MSH",
        "FHS|x",
        "PID|1",
        "\u{b}\u{1c}\r",
    ] {
        assert_eq!(refused(text), ViewError::NotHl7, "{text:?}");
    }
    for text in ["MSHA", "MSH ^~\\&", "MSH\rPID|1", "MSHé^"] {
        assert_eq!(refused(text), ViewError::Separators, "{text:?}");
    }
    assert_eq!(refused(&format!("{HEADER}\rPID|1\r{HEADER}\rPID|1")), ViewError::Several { count: 2 });
}

#[test]
fn every_limit_holds() {
    assert_eq!(refused(&"x".repeat(MAX_BYTES + 1)), ViewError::Bytes);
    assert_eq!(refused(&format!("{HEADER}{}", "\rOBX|1".repeat(MAX_SEGMENTS))), ViewError::Segments);
    assert_eq!(
        refused(&format!("{HEADER}\rIN1{}", "|".repeat(MAX_FIELDS + 1))),
        ViewError::Fields { path: "IN1[1]".to_owned() }
    );
    assert_eq!(
        refused(&format!("{HEADER}\rPID|1||{}", "~".repeat(MAX_REPETITIONS))),
        ViewError::Repetitions { path: "PID-3".to_owned() }
    );
    assert_eq!(refused(&format!("{HEADER}\rPID|{}", "^".repeat(MAX_PARTS))), ViewError::Parts);
    assert!(
        Message::parse(&Text::normalise(&format!("{HEADER}\rPID|1||{}", "~".repeat(MAX_REPETITIONS - 1))).unwrap())
            .is_ok()
    );
}

#[test]
fn errors_tell_no_text_of_the_message() {
    for text in ["SECRETNAME", "MSHSECRET", "MSH|^~\\&|SECRET\rMSH|^~\\&|SECRET"] {
        let error = refused(text);
        assert!(!format!("{error} {error:?} {}", error.location()).contains("SECRET"));
    }
}

#[test]
fn undecodable_fields_are_named() {
    let text = format!("{HEADER}\rPID|1||A||M\u{fffd}LLER\rIN1|1|\u{fffd}\rIN1|2||\u{fffd}");
    with(&text, |message| {
        assert_eq!(message.undecodable(10), ["PID-5", "IN1[1]-2", "IN1[2]-3"]);
        assert_eq!(message.undecodable(2), ["PID-5", "IN1[1]-2"]);
    });
    with("MSH|^~\\&|A|\u{fffd}", |message| assert_eq!(message.undecodable(10), ["MSH-4"]));
}

#[test]
fn encoding_is_undone_by_decoding() {
    let text = format!("{HEADER}\rPID|{}", encode("a|b^c~d\\e&f\ng"));
    assert_eq!(at(&text, "PID-1"), "a|b^c~d\\e&f\ng");
}

proptest! {
    #[test]
    fn any_text_is_encoded_and_decoded_to_itself(text in "[^\r]{0,40}") {
        let message = format!("{HEADER}\rPID|x{}x", encode(&text));
        prop_assert_eq!(at(&message, "PID-1"), format!("x{text}x"));
    }

    #[test]
    fn the_normal_form_is_stable(text in "MSH\\|\\^~\\\\&[|\r\n PIDa-z1^~&\\\\\u{b}\u{1c}]{0,80}") {
        // Without a single carriage return, line feeds are segment ends.
        if let Ok(once) = Text::normalise(&text) && once.as_str().contains('\r') {
            let twice = Text::normalise(once.as_str()).unwrap();
            prop_assert_eq!(once.as_str(), twice.as_str());
        }
    }

    #[test]
    fn any_text_is_viewed_or_refused(text in "(MSH)?[|^~&\\\\\r\n]{0,6}\\PC{0,60}[\r\n|A-Z0-9]{0,60}", path in "[A-Z]{3}-[0-9]{1,2}(\\[[0-9]\\])?(\\.[0-9]){0,2}") {
        if let Ok(text) = Text::normalise(&text) && let Ok(message) = Message::parse(&text) {
            let _ = message.get(&path).map(|value| value.map(|value| value.decoded()));
            for segment in message.all() {
                for number in 0..=segment.count() + 1 {
                    for repetition in segment.field(number).repetitions() {
                        let _ = (repetition.path(), repetition.component(1).whole().text());
                    }
                }
            }
        }
    }
}
