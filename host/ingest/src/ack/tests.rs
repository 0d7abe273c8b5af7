//! Golden answers.

use super::{Acknowledger, Decision, Mode};
use bridge_types::contract::{Issue, Severity, Verdict};
use bridge_types::{SequentialIds, TestClock, Timestamp};
use proptest::prelude::*;
use std::sync::Arc;

fn acknowledger() -> Acknowledger {
    let noon = Timestamp::parse("2026-11-23T12:00:00Z").unwrap();
    Acknowledger::new("ACCESS-BRIDGE", Arc::new(SequentialIds::default()), Arc::new(TestClock::at(noon)))
}

fn text(bytes: Option<Vec<u8>>) -> String {
    String::from_utf8(bytes.expect("an answer")).unwrap().replace('\r', "\n")
}

fn accept(message: &str) -> String {
    text(acknowledger().answer(message.as_bytes(), Decision::Accepted))
}

fn needs_person(message: &str, issues: &[Issue]) -> String {
    text(acknowledger().answer(message.as_bytes(), Decision::NeedsPerson(issues)))
}

fn adt(version: &str) -> String {
    format!(
        "MSH|^~\\&|EPIC^1.2^ISO|MERCY|BRIDGE|CARE|20261123||ADT^A01^ADT_A01|MSG00001|P|{version}\rPID|1||4711^^^MERCY^MR\r"
    )
}

fn missing_mbi() -> Issue {
    Issue::new(Severity::Error, "mbi-missing", "PID-3[2].1", "No Medicare number was found.").condition(101)
}

#[test]
fn acceptance_is_a_header_and_an_msa_in_every_version() {
    for (version, kind) in [
        ("2.1", "ACK"),
        ("2.2", "ACK"),
        ("2.3", "ACK"),
        ("2.3.1", "ACK"),
        ("2.4", "ACK^A01^ACK"),
        ("2.5", "ACK^A01^ACK"),
        ("2.5.1", "ACK^A01^ACK"),
        ("2.6", "ACK^A01^ACK"),
        ("2.7", "ACK^A01^ACK"),
        ("2.7.1", "ACK^A01^ACK"),
        ("2.8", "ACK^A01^ACK"),
        ("2.5.1^USA", "ACK^A01^ACK"),
        ("2.3^^", "ACK"),
    ] {
        assert_eq!(
            accept(&adt(version)),
            format!(
                "MSH|^~\\&|BRIDGE|CARE|EPIC^1.2^ISO|MERCY|20261123120000+0000||{kind}|id00000001|P|{version}\nMSA|AA|MSG00001\n"
            ),
        );
    }
}

#[test]
fn before_2_5_a_refusal_has_one_err_with_repetitions_of_err_1() {
    let issues = [
        missing_mbi(),
        Issue::new(Severity::Error, "date-unreadable", "PID-7", "The birth date is not a date.").condition(102),
        Issue::new(Severity::Warning, "name-odd", "PID-5", "Not told, since it blocks nothing."),
    ];
    assert_eq!(
        needs_person(&adt("2.3.1"), &issues),
        "MSH|^~\\&|BRIDGE|CARE|EPIC^1.2^ISO|MERCY|20261123120000+0000||ACK|id00000001|P|2.3.1\n\
         MSA|AE|MSG00001|No Medicare number was found.\n\
         ERR|PID^1^3^101&Required field missing&HL70357~PID^1^7^102&Data type error&HL70357\n"
    );
}

#[test]
fn from_2_5_on_every_issue_has_its_err_segment() {
    let issues = [
        missing_mbi().hint("Send it in PID-3 with type MC."),
        Issue::new(Severity::Fatal, "payload-odd", "Parameters.parameter[2]", "It cannot be built."),
    ];
    for version in ["2.5", "2.5.1", "2.6", "2.7", "2.8", "", "nonsense"] {
        let claimed = if version.is_empty() { "2.5.1" } else { version };
        assert_eq!(
            needs_person(&adt(version), &issues),
            format!(
                "MSH|^~\\&|BRIDGE|CARE|EPIC^1.2^ISO|MERCY|20261123120000+0000||ACK^A01^ACK|id00000001|P|{claimed}\n\
                 MSA|AE|MSG00001|No Medicare number was found.\n\
                 ERR|PID^1^3^101&Required field missing&HL70357|PID^1^3^2^1|101^Required field missing^HL70357|E|mbi-missing||\
                 Send it in PID-3 with type MC.|No Medicare number was found.\n\
                 ERR|^^^207&Application error&HL70357||207^Application error^HL70357|E|payload-odd|||It cannot be built.\n"
            ),
        );
    }
}

#[test]
fn the_verdict_decides_between_ae_and_ar() {
    let issues = [missing_mbi()];
    for (verdict, code) in
        [(Verdict::Reject, "MSA|AR|"), (Verdict::NeedsPerson, "MSA|AE|"), (Verdict::Other("later".into()), "MSA|AE|")]
    {
        let answer = acknowledger().answer(adt("2.5").as_bytes(), Decision::refused(&verdict, &issues));
        assert!(text(answer).contains(code));
    }
    assert!(
        needs_person(&adt("2.5"), &[]).ends_with("MSA|AE|MSG00001|The message is kept; a person must look at it.\n")
    );
}

#[test]
fn odd_delimiters_are_kept_and_used() {
    let message = "MSH#*!/%#EPIC*1#MERCY#BRIDGE#CARE#2026##ADT*A01#7!8#P#2.5\r";
    let issue = Issue::new(Severity::Error, "odd", "PID-3", "A * here # and / there.").condition(101);
    assert_eq!(
        needs_person(message, &[issue]),
        "MSH#*!/%#BRIDGE#CARE#EPIC*1#MERCY#20261123120000+0000##ACK*A01*ACK#id00000001#P#2.5\n\
         MSA#AE#7!8#A /S/ here /F/ and /E/ there.\n\
         ERR#PID*1*3*101%Required field missing%HL70357#PID*1*3*1#101*Required field missing*HL70357#E#odd###A /S/ here /F/ and /E/ there.\n"
    );
}

#[test]
fn short_or_missing_encoding_characters_take_their_defaults() {
    let head = |message: &str| accept(message).lines().next().unwrap().to_owned();
    assert!(head("MSH|^~|A|B|C|D|||ADT^A01|1|P|2.5\r").starts_with("MSH|^~|C|D|A|B|"));
    assert!(head("MSH||A|B|C|D|||ADT^A01|1|P|2.5\r").starts_with("MSH|^~\\&|C|D|A|B|"));
    assert!(head("MSH^|A^B^C^D^^^ADT^1^P^2.5\r").starts_with("MSH^"));
    assert!(head("MSH|^~\\&#|A|B|C|D|||ADT^A01|1|P|2.7\r").starts_with("MSH|^~\\&#|C|D|A|B|"));
    // The message's own field separator is never given a second meaning.
    assert!(head("MSH^^^B^C^D^^^ADT^1^P^2.5\r").starts_with("MSH^~\\&^C^D^^B^"));
}

#[test]
fn the_control_id_comes_back_byte_for_byte() {
    for id in
        [&b"MSG 1 "[..], b"a^b&c~d\\F\\", b"\xE9\xFF\x80", b"", b"00000000000000000000000000000000000000001", b"\"\""]
    {
        let message = [b"MSH|^~\\&|A|B|C|D|||ADT^A01|", id, b"|P|2.5.1\r"].concat();
        let answer = acknowledger().answer(&message, Decision::Accepted).unwrap();
        let tail = [b"\rMSA|AA|", id, b"\r"].concat();
        assert!(answer.ends_with(&tail), "{id:?}");
    }
}

#[test]
fn the_character_set_is_named_again_and_names_keep_their_bytes() {
    let message = b"MSH|^~\\&|H\xD4PITAL|B|C|D|||ADT^A01|1|P|2.5|||||USA|8859/1~ISO IR87\r";
    let answer = acknowledger().answer(message, Decision::Accepted).unwrap();
    assert!(answer.starts_with(
        b"MSH|^~\\&|C|D|H\xD4PITAL|B|20261123120000+0000||ACK^A01^ACK|id00000001|P|2.5||||||8859/1~ISO IR87\r"
    ));
}

#[test]
fn utf_16_is_answered_in_utf_16() {
    for (mark, big_endian) in [(true, true), (true, false), (false, true), (false, false)] {
        let encode = |text: &str| -> Vec<u8> {
            mark.then_some(0xFEFF)
                .into_iter()
                .chain(text.encode_utf16())
                .flat_map(|unit| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect()
        };
        let answer =
            acknowledger().answer(&encode("MSH|^~\\&|Żółć|B|C|D|||ADT^A01|nº1|P|2.5\rPID|1\r"), Decision::Accepted);
        let expected = "MSH|^~\\&|C|D|Żółć|B|20261123120000+0000||ACK^A01^ACK|id00000001|P|2.5\rMSA|AA|nº1\r";
        assert_eq!(answer.unwrap(), encode(expected));
    }
}

#[test]
fn bytes_that_are_not_hl7_get_a_header_of_ours() {
    for message in [
        &b"undefined"[..],
        b"",
        b"{\"resourceType\":\"Patient\"}",
        b"\x06",
        b"PID|1\rMSH|^~\\&|A\r",
        b"MSHello there",
        b"MSH",
    ] {
        let issue = Issue::new(Severity::Fatal, "not-hl7", "", "This is not an HL7 v2 message.").condition(200);
        assert_eq!(
            text(acknowledger().answer(message, Decision::Rejected(&[issue]))),
            "MSH|^~\\&|ACCESS-BRIDGE||||20261123120000+0000||ACK|id00000001|P|2.5.1\nMSA|AR||This is not an HL7 v2 message.\n\
             ERR|^^^200&Unsupported message type&HL70357||200^Unsupported message type^HL70357|E|not-hl7|||This is not an HL7 v2 message.\n"
        );
    }
}

#[test]
fn one_answer_at_most_and_the_one_that_is_asked_for() {
    // MSH-15, MSH-16, answer when accepted, answer when refused
    for (accept, application, good, bad) in [
        ("", "", Some("AA"), Some("AE")),
        ("AL", "NE", Some("CA"), Some("CE")),
        ("AL", "AL", Some("CA"), Some("CE")),
        ("AL", "", Some("CA"), Some("CE")),
        ("NE", "AL", Some("AA"), Some("AE")),
        ("", "AL", Some("AA"), Some("AE")),
        ("NE", "NE", None, None),
        ("NE", "", None, None),
        ("ER", "NE", None, Some("CE")),
        ("SU", "NE", Some("CA"), None),
        ("ER", "AL", Some("AA"), Some("CE")),
        ("NE", "ER", None, Some("AE")),
        ("al", "ne", Some("CA"), Some("CE")),
        ("Y", "N", Some("AA"), Some("AE")),
    ] {
        let message = format!("MSH|^~\\&|A|B|C|D|||ADT^A01|1|P|2.5|||{accept}|{application}\rPID|1\r");
        let code = |answer: Option<Vec<u8>>| {
            answer.map(|bytes| {
                let answer = String::from_utf8(bytes).unwrap();
                assert_eq!(answer.matches("\rMSA|").count(), 1);
                answer.split("\rMSA|").nth(1).unwrap()[..2].to_owned()
            })
        };
        let acknowledger = acknowledger();
        assert_eq!(
            code(acknowledger.answer(message.as_bytes(), Decision::Accepted)).as_deref(),
            good,
            "{accept}/{application}"
        );
        let refused = Decision::NeedsPerson(&[]);
        assert_eq!(code(acknowledger.answer(message.as_bytes(), refused)).as_deref(), bad, "{accept}/{application}");
        let original = acknowledger.with_mode(Mode::Original);
        assert_eq!(code(original.answer(message.as_bytes(), refused)).as_deref(), Some("AE"));
    }
}

#[test]
fn long_and_typographic_text_becomes_short_and_plain() {
    let issue = Issue::new(
        Severity::Error,
        "long",
        "",
        "The plan\u{2019}s name \u{2014} as sent \u{2014} is not one that this site\nhas listed, so nobody can tell whether it is Original Medicare.",
    );
    let answer = needs_person(&adt("2.5"), &[issue]);
    assert!(
        answer.contains(
            "MSA|AE|MSG00001|The plan's name - as sent - is not one that this site has listed, so nobody...\n"
        )
    );
    assert!(answer.ends_with("|The plan's name - as sent - is not one that this site has listed, so nobody can tell whether it is Original Medicare.\n"));
}

#[test]
fn line_feeds_end_the_header_only_before_a_segment() {
    assert!(accept("MSH|^~\\&|A|B|C|D|||ADT^A01|1|P|2.5\nPID|1\n").contains("|P|2.5\nMSA|AA|1\n"));
    assert!(accept("MSH|^~\\&|A\nlong name|B|C|D|||ADT^A01|1|P|2.5\nPID|1\n").ends_with("\nMSA|AA|1\n"));
}

proptest! {
    #[test]
    fn any_bytes_get_a_whole_answer(message in prop::collection::vec(any::<u8>(), 0..200), wrapped in any::<bool>()) {
        let message = if wrapped { [b"MSH", message.as_slice()].concat() } else { message };
        let answer = acknowledger().with_mode(Mode::Original).answer(&message, Decision::Rejected(&[missing_mbi()])).unwrap();
        prop_assert!(answer.windows(3).any(|window| window == b"MSA") || answer.windows(5).any(|window| window == b"M\0S\0A"));
    }

    #[test]
    fn nothing_of_the_message_but_its_header_comes_back(secret in "[a-z]{12}") {
        let message = format!("MSH|^~\\&|A|B|C|D|||ADT^A01|1|P|2.5|||||||{secret}\rPID|1||{secret}||{secret}\r");
        let answer = needs_person(&message, &[missing_mbi()]);
        prop_assert_eq!(answer.matches(secret.as_str()).count(), 0, "{}", answer);
    }
}
