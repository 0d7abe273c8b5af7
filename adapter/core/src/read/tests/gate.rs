use super::support::{at, facts, issues, issues_by, message, places, profile, reading, refused, update};
use crate::read::read;
use access_contract::{Severity, Verdict};
use access_mappings::{EventEffect, Participant, Sender, TrainingRule};

const PID: &str = "PID|1||400112^^^MAIN^MR||HALVORSEN^RUTH||19470912|F";

/// A header with the type, control id, processing id and version given.
fn header(kind: &str, id: &str, processing: &str, version: &str) -> String {
    format!("MSH|^~\\&|EPIC|MAIN|B|C|20260714091500||{kind}|{id}|{processing}|{version}\r{PID}")
}

#[test]
fn what_engines_send_in_place_of_a_message_is_named() {
    for (text, message, hint) in [
        ("undefined", "the message is the word undefined and nothing else", "preprocessing script"),
        (" \r\n", "the message is empty", "channel"),
        ("hello there", "the message does not begin with an MSH segment", "MSH"),
    ] {
        let issue = refused(&profile(), text).issues.remove(0);
        assert_eq!((issue.code.as_str(), issue.message.as_str()), ("not-hl7", message));
        assert!(issue.hint.is_some_and(|told| told.contains(hint)), "{text}");
    }
}

#[test]
fn refusals_say_which_acknowledgement_is_true_and_why() {
    let profile = profile();
    for (text, verdict, code, location, condition) in [
        (String::new(), Verdict::Reject, "not-hl7", "MSH", 100),
        ("undefined".to_owned(), Verdict::Reject, "not-hl7", "MSH", 100),
        ("MSH undefined".to_owned(), Verdict::Reject, "not-hl7", "MSH-2", 100),
        (
            header("ADT^A08", "1", "P", "2.5") + "\r" + &header("ADT^A08", "1", "P", "2.5"),
            Verdict::Reject,
            "several-messages",
            "",
            100,
        ),
        (header("ADT^A08", "1", "P", "2.5") + "\rADD|more", Verdict::Reject, "fragmented", "ADD[1]", 100),
        (header("ADT^A08", "1", "P", "2.5") + "\rDSC|abc", Verdict::Reject, "fragmented", "DSC[1]-1", 100),
        (header("ADT^A08", "1", "P", "2.5||CONT"), Verdict::Reject, "fragmented", "MSH-14", 100),
        (header("XYZ^O01", "1", "P", "2.5"), Verdict::Reject, "type-unsupported", "MSH-9.1", 200),
        (header("", "1", "P", "2.5"), Verdict::Reject, "type-missing", "MSH-9.1", 200),
        (header("ADT^A99", "1", "P", "2.5"), Verdict::Reject, "event-unsupported", "MSH-9.2", 201),
        (header("ADT", "1", "P", "2.5"), Verdict::Reject, "event-missing", "MSH-9.2", 201),
        (header("ADT^A08", "1", "T", "2.5"), Verdict::Reject, "training-message", "MSH-11", 202),
        (header("ADT^A08", "1", "d", "2.5"), Verdict::Reject, "training-message", "MSH-11", 202),
        (header("ADT^A08", "1", "TEST", "2.5"), Verdict::Reject, "training-message", "MSH-11", 202),
        (header("ADT^A08", "1", "Training", "2.5"), Verdict::Reject, "training-message", "MSH-11", 202),
        (header("ADT^A08", "1", "debug^T", "2.5"), Verdict::Reject, "training-message", "MSH-11", 202),
        (header("ADT^A08", "1", "P", "3.0"), Verdict::Reject, "version-unsupported", "MSH-12", 203),
        (header("ADT^A08", "1", "P", "V2"), Verdict::Reject, "version-unsupported", "MSH-12", 203),
        (header("ADT^A08", &"9".repeat(300), "P", "2.5"), Verdict::Reject, "limit-value", "MSH-10.1", 104),
        (
            header("ADT^A08", "1", "P", "2.5").replace(PID, "PV1|1|I"),
            Verdict::NeedsPerson,
            "patient-missing",
            "PID",
            100,
        ),
        (
            header("ADT^A08", "1", "P", "2.5").replace(PID, "PID|1||||HALVORSEN^RUTH"),
            Verdict::NeedsPerson,
            "patient-unidentified",
            "PID-3",
            101,
        ),
    ] {
        let refusal = refused(&profile, &text);
        let issue = &refusal.issues[0];
        let told = (refusal.verdict, issue.code.as_str(), issue.location.as_str(), issue.condition);
        assert_eq!(told, (verdict, code, location, Some(condition)), "{code}");
        assert!(issue.blocks() && issue.hint.is_some(), "{code}");
    }
}

#[test]
fn a_refusal_keeps_as_much_of_the_header_as_there_is() {
    let profile = profile();
    let refusal = refused(&profile, &header("XYZ^O01", "4711", "P", "2.5"));
    assert_eq!(refusal.header.control_id, "4711");
    assert_eq!((refusal.header.message_type.as_str(), refusal.header.event.as_str()), ("XYZ", "O01"));
    let two = header("ADT^A08", "first", "P", "2.5") + "\r" + &header("ADT^A08", "second", "P", "2.5");
    assert_eq!(refused(&profile, &two).header.control_id, "first");
    assert_eq!(refused(&profile, &format!("FHS|x\rBHS|y\r{two}")).header.control_id, "first");
    assert_eq!(refused(&profile, "undefined").header.control_id, "");
    let fields = header("ADT^A08", "many", "P", "2.5") + &"|".repeat(2_000);
    let refusal = refused(&profile, &fields);
    assert_eq!((refusal.issues[0].code.as_str(), refusal.header.control_id.as_str()), ("limit-fields", "many"));
}

#[test]
fn bytes_beyond_the_limit_are_refused() {
    let refusal = read(&profile(), &vec![b'x'; 16 * 1024 * 1024 + 1]).unwrap_err();
    assert_eq!((refusal.verdict, refusal.issues[0].code.as_str()), (Verdict::Reject, "limit-bytes"));
}

#[test]
fn the_header_is_read_by_the_numbers_of_the_standard() {
    let text =
        format!("MSH|^~\\&|EPIC^2.16^ISO|MAIN|LAB|NORTH|20260714091500-0500||adt^a08^ADT_A01|77|p^T|2.5.1^USA\r{PID}");
    let header = reading(&profile(), &text).header;
    assert_eq!(header.sending_application, "EPIC");
    assert_eq!(header.sending_facility, "MAIN");
    assert_eq!(header.receiving_application, "LAB");
    assert_eq!(header.receiving_facility, "NORTH");
    assert_eq!(header.sent_at, "20260714091500-0500");
    assert_eq!((header.message_type.as_str(), header.event.as_str()), ("ADT", "A08"));
    assert_eq!(
        (header.processing_id.as_str(), header.version.as_str(), header.control_id.as_str()),
        ("P", "2.5.1", "77")
    );
}

#[test]
fn the_event_comes_from_evn_where_the_header_names_none() {
    let text = header("ADT", "1", "P", "2.3").replace(PID, &format!("EVN|A04\r{PID}"));
    assert_eq!(facts(&text).event, "ADT^A04");
    let contradicting = header("ADT^A08", "1", "P", "2.3").replace(PID, &format!("EVN|A04\r{PID}"));
    assert_eq!(facts(&contradicting).event, "ADT^A08");
}

#[test]
fn the_event_table_decides_what_a_message_does() {
    let facts_of = |event: &str| facts(&message(event, &[PID]));
    assert_eq!((facts_of("A01").effect, facts_of("A01").screens), (EventEffect::Snapshot, true));
    assert_eq!((facts_of("A03").effect, facts_of("A03").screens), (EventEffect::Snapshot, false));
    assert_eq!(facts_of("A11").effect, EventEffect::Cancel);
    assert_eq!(facts_of("A29").effect, EventEffect::Review);
    assert_eq!(facts_of("A60").effect, EventEffect::Ignore);
}

#[test]
fn types_that_are_not_used_are_accepted_and_say_so() {
    let profile = profile();
    let broken_number = PID.replace("|||", "||1EG4^^^CMS^MC|");
    for kind in ["ORM^O01", "SIU^S12", "MDM^T02", "VXU^V04", "QBP^Q22", "MFN^M02", "ORM", "ADT^A60", "DFT^P05"] {
        for pid in [PID, "PV1|1|O", broken_number.as_str()] {
            if kind == "ADT^A60" && pid != PID {
                continue;
            }
            let text = header(kind, "1", "P", "2.5").replace(PID, pid);
            let reading = reading(&profile, &text);
            assert_eq!(places(&reading.issues), [at("event-not-used", "MSH-9")], "{kind}");
            assert!(!reading.issues[0].blocks());
            assert!(reading.subjects.is_empty() || kind == "ADT^A60", "{kind}");
        }
    }
}

#[test]
fn what_a_rule_refuses_is_an_error_and_what_cannot_be_read_is_fatal() {
    let profile = profile();
    let severity = |text: String| refused(&profile, &text).issues[0].severity.clone();
    for (kind, processing) in [("XYZ^A01", "P"), ("ADT^A99", "P"), ("ADT", "P"), ("", "P"), ("ADT^A08", "T")] {
        assert_eq!(severity(header(kind, "1", processing, "2.5")), Severity::Error, "{kind}");
    }
    assert_eq!(severity(header("ADT^A08", "1", "P", "3.0")), Severity::Fatal);
    assert_eq!(severity("undefined".to_owned()), Severity::Fatal);
}

#[test]
fn doubtful_headers_are_read_with_a_warning() {
    assert_eq!(issues(&header("ADT^A08", "", "P", "2.5")), [at("control-id-missing", "MSH-10")]);
    for version in ["", "2", "2.10", "2.5.x"] {
        assert_eq!(issues(&header("ADT^A08", "1", "P", version)), [at("version-unknown", "MSH-12")], "{version}");
    }
    for version in
        ["2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8", "2.9", "2.5^^", "2.5.1^USA"]
    {
        assert_eq!(issues(&header("ADT^A08", "1", "P", version)), [], "{version}");
    }
    assert_eq!(issues(&header("ADT^A08", "1", "", "2.5")), [at("processing-id-unknown", "MSH-11")]);
    let text = header("ADT^A08", "1", "P", "2.5").replace("20260714091500", "yesterday");
    assert_eq!(issues(&text), [at("sent-at-missing", "MSH-7")]);
    assert_eq!(facts(&text).sent_at, "");
}

#[test]
fn training_messages_are_read_where_the_profile_says_so() {
    let mut profile = profile();
    profile.training = TrainingRule::Submit;
    assert_eq!(issues_by(&profile, &header("ADT^A08", "1", "T", "2.5")), [at("training-message", "MSH-11")]);
}

#[test]
fn the_time_of_the_message_is_kept_in_utc() {
    let sent_by = |profile: &access_mappings::Profile, sent: &str| {
        let text = header("ADT^A08", "1", "P", "2.5").replace("20260714091500", sent);
        super::support::facts_by(profile, &text).sent_at
    };
    let unzoned = profile();
    for (sent, expected) in [
        ("20260714091500-0500", "2026-07-14T14:15:00.000000Z"),
        ("20260714231500-0500", "2026-07-15T04:15:00.000000Z"),
        ("20260714091500.1234+0530", "2026-07-14T03:45:00.123400Z"),
        ("20260714235960Z", "2026-07-14T23:59:59.000000Z"),
        // Without a zone it says so.
        ("202607140915", "2026-07-14T09:15:00.000000"),
        ("20260714091500.123", "2026-07-14T09:15:00.123000"),
        ("20260714091500-0000", "2026-07-14T09:15:00.000000"),
        ("2026071409", "2026-07-14"),
        ("20260714", "2026-07-14"),
    ] {
        assert_eq!(sent_by(&unzoned, sent), expected, "{sent}");
    }
    let mut zoned = profile();
    zoned.times.zone = "America/Chicago".to_owned();
    zoned.times.zone = zoned.times.zones.get("America/Chicago").unwrap().to_owned();
    for (sent, expected) in [
        ("20260714091500", "2026-07-14T14:15:00.000000Z"),
        ("20260114091500", "2026-01-14T15:15:00.000000Z"),
        ("20260714091500-0400", "2026-07-14T13:15:00.000000Z"),
        // The hour that daylight saving repeats.
        ("20261101013000", "2026-11-01T01:30:00.000000"),
    ] {
        assert_eq!(sent_by(&zoned, sent), expected, "{sent}");
    }
    let recorded = header("ADT^A08", "1", "P", "2.5")
        .replace("20260714091500", "")
        .replace(PID, &format!("EVN|A08|20260715101500-0500\r{PID}"));
    assert_eq!(facts(&recorded).sent_at, "2026-07-15T15:15:00.000000Z");
}

#[test]
fn the_sender_decides_on_the_participant() {
    let mut profile = profile();
    let sender = |application: Option<&str>, facility: Option<&str>| Sender {
        application: application.map(str::to_owned),
        facility: facility.map(str::to_owned),
    };
    let only = profile.participants[0].clone();
    profile.participants = vec![
        Participant { id: "ACCES00001".to_owned(), senders: vec![sender(Some("EPIC"), Some("MAIN"))], ..only.clone() },
        Participant { id: "ACCES00002".to_owned(), senders: vec![sender(None, Some("CLINIC"))], ..only },
    ];
    let from = |facility: &str| update(&[]).replace("|MAIN|B|", &format!("|{facility}|B|"));
    assert_eq!(reading(&profile, &from("MAIN")).participant, "ACCES00001");
    assert_eq!(reading(&profile, &from("CLINIC^X")).participant, "ACCES00002");
    let refusal = refused(&profile, &from("OTHER"));
    assert_eq!(refusal.verdict, Verdict::NeedsPerson);
    assert_eq!(places(&refusal.issues), [at("participant-unknown", "MSH-3")]);
    assert_eq!(refusal.issues[0].condition, Some(204));
}

#[test]
fn results_are_accepted_and_counted() {
    let text = "MSH|^~\\&|LAB|MAIN|B|C|20260714091500||ORU^R01|77|P|2.5.1\rPID|1||400112^^^MAIN^MR\rOBR|1\rOBX|1|NM\rOBX|2|NM\rZAC|1|ALIGN|CKM";
    let reading = reading(&profile(), text);
    assert_eq!(reading.observations, 2);
    assert_eq!(reading.subjects[0].keys, ["id:MAIN|400112"]);
    assert_eq!(facts(text).requests, []);
    let without = "MSH|^~\\&|LAB|MAIN|B|C|20260714091500||ORU^R01|77|P|2.5.1\rOBR|1\rOBX|1|NM";
    assert!(super::support::reading(&profile(), without).subjects.is_empty());
    assert_eq!(issues(without), [at("results-not-kept", "PID")]);
}

#[test]
fn results_of_nobody_stop_the_queue_only_where_a_measure_would_be_lost() {
    let report = |code: &str| {
        format!(
            "MSH|^~\\&|LAB|MAIN|B|C|20260714091500||ORU^R01|77|P|2.5.1\rPID|1||||HALVORSEN^RUTH\rOBX|1|NM|{code}^X^LN||7.0|%|||||F"
        )
    };
    assert_eq!(issues(&report("2160-0")), [at("patient-unidentified", "PID-3")]);
    assert!(super::support::reading(&profile(), &report("2160-0")).subjects.is_empty());
    let refusal = super::super::read_text(&profile(), &report("4548-4")).unwrap_err();
    assert_eq!((refusal.verdict, refusal.issues[0].code.as_str()), (Verdict::NeedsPerson, "patient-unidentified"));
}

#[test]
fn what_the_normal_form_repaired_is_told() {
    let text = update(&[]).replace("MSH|^~\\&|", "MSH|^~|");
    assert_eq!(issues(&text), [at("separators-short", "MSH-2")]);
    let stray = update(&["NTE|1||first", "second line"]);
    assert_eq!(issues(&stray), [at("line-not-a-segment", "")]);
}
