use super::{MAX_ISSUES, render};
use crate::compose::samples::profile;
use access_contract::{Envelope, Format, Issue, NamedDate, Notice, NoticeKind, Severity};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const RESULTS: &str = "https://dsacms.github.io/cmmi-access-model/CodeSystem/ACCESSAlignmentResultCS";

fn notice() -> Notice {
    Notice {
        kind: NoticeKind::Outcome,
        severity: Severity::Information,
        participant: "ACCES12345".to_owned(),
        operation: "align".to_owned(),
        track: "CKM".to_owned(),
        code: "aligned".to_owned(),
        system: RESULTS.to_owned(),
        display: "Aligned".to_owned(),
        text: "Enrolled: A&B | all ^ good.\nCMS says: fine.".to_owned(),
        next_step: "Report the baseline.".to_owned(),
        submission: "s-1".to_owned(),
        cms_submission: "sub-9".to_owned(),
        control_id: "F|1".to_owned(),
        reply_application: "EPIC".to_owned(),
        reply_facility: "MAIN".to_owned(),
        mbi: None,
        reference: None,
        patient: "PID|1||4711^^^MAIN&2.16.840.1.99&ISO^MR~X7^^^CLINIC^PI||Roe^Paula||19510412|F".to_owned(),
        dates: vec![
            NamedDate { name: "effective".to_owned(), date: "2026-03-01".to_owned() },
            NamedDate { name: "lock-in-ends".to_owned(), date: "2026-05-30".to_owned() },
        ],
        issues: vec![
            Issue::new(Severity::Warning, "alignment-id-missing", "PID-3", "something is odd").hint("look there"),
            Issue::new(Severity::Error, "required", "Parameters.parameter[2], Patient.name", "said CMS"),
        ],
    }
}

fn bare(kind: NoticeKind) -> Notice {
    Notice {
        kind,
        severity: Severity::Warning,
        participant: "ACCES12345".to_owned(),
        operation: String::new(),
        track: String::new(),
        code: String::new(),
        system: String::new(),
        display: String::new(),
        text: String::new(),
        next_step: String::new(),
        submission: String::new(),
        cms_submission: String::new(),
        control_id: String::new(),
        reply_application: String::new(),
        reply_facility: String::new(),
        patient: String::new(),
        mbi: None,
        reference: None,
        dates: Vec::new(),
        issues: Vec::new(),
    }
}

fn envelope() -> Envelope {
    Envelope {
        id: "n-1".to_owned(),
        at: "2026-03-01T23:30:00-06:00".to_owned(),
        sender: "ACCESS-BRIDGE".to_owned(),
        answer: None,
    }
}

fn rendered(notice: &Notice, format: &Format) -> String {
    render(profile(), notice, &envelope(), format).unwrap()
}

fn json_of(notice: &Notice, format: &Format) -> Value {
    serde_json::from_str(&rendered(notice, format)).unwrap()
}

#[test]
fn an_outcome_becomes_an_oru_with_a_zac_segment() {
    let expected = [
        r"MSH|^~\&|ACCESS-BRIDGE|ACCES12345|EPIC|MAIN|20260302053000+0000||ORU^R01^ORU_R01|n-1|P|2.5.1||||||UNICODE UTF-8",
        r"PID|1||4711^^^MAIN&2.16.840.1.99&ISO^MR~X7^^^CLINIC^PI||Roe^Paula||19510412|F",
        r"OBR|1|F\F\1|s-1|ACCESS-ALIGNMENT^CMS ACCESS alignment^99ACCESS|||20260302053000+0000|||||||||||||||20260302053000+0000|||F",
        r"OBX|1|CWE|RESULT^Result^99ACCESS||aligned^Aligned^99ACCESSAlignment||||||F|||20260302053000+0000",
        r"OBX|2|CWE|TRACK^ACCESS track^99ACCESS||CKM^Cardio-Kidney-Metabolic track^99ACCESSTrack||||||F|||20260302053000+0000",
        r"OBX|3|ST|SEVERITY^Severity^99ACCESS||information||||||F|||20260302053000+0000",
        r"OBX|4|TX|TEXT^What happened^99ACCESS||Enrolled: A\T\B \F\ all \S\ good.\X0A\CMS says: fine.||||||F|||20260302053000+0000",
        r"OBX|5|TX|NEXT-STEP^What to do next^99ACCESS||Report the baseline.||||||F|||20260302053000+0000",
        r"OBX|6|DT|EFFECTIVE^effective^99ACCESS||20260301||||||F|||20260302053000+0000",
        r"OBX|7|DT|LOCK-IN-ENDS^lock in ends^99ACCESS||20260530||||||F|||20260302053000+0000",
        r"OBX|8|ST|CMS-SUBMISSION^Submission id given by CMS^99ACCESS||sub-9||||||F|||20260302053000+0000",
        r"OBX|9|TX|ISSUE^Issue^99ACCESS|1|warning alignment-id-missing at PID-3: something is odd (look there)||||||F|||20260302053000+0000",
        r"OBX|10|TX|ISSUE^Issue^99ACCESS|2|error required at Parameters.parameter[2], Patient.name: said CMS||||||F|||20260302053000+0000",
        r"ZAC|1|STATUS|CKM|aligned|||20260301|s-1|sub-9",
    ];
    let message = rendered(&notice(), &Format::Hl7v2);
    assert!(message.ends_with('\r'));
    assert_eq!(message.trim_end_matches('\r').split('\r').collect::<Vec<_>>(), expected);
}

/// `ZAC-8` of the request was read and lost.
#[test]
fn the_reference_of_the_one_who_asked_comes_back() {
    let named = Notice { reference: Some("ENR|5002".to_owned()), ..notice() };
    let row = r"OBX|9|ST|REFERENCE^Your reference^99ACCESS||ENR\F\5002||||||F|||20260302053000+0000";
    assert!(rendered(&named, &Format::Hl7v2).split('\r').any(|segment| segment == row));
    assert_eq!(json_of(&named, &Format::Json)["data"]["reference"], "ENR|5002");
    assert!(json_of(&notice(), &Format::Json)["data"].get("reference").is_none());
}

#[test]
fn fields_of_the_oru_stand_where_a_parser_looks_for_them() {
    let message = rendered(&notice(), &Format::Hl7v2);
    let parsed = hl7_parser::Message::parse(&message).unwrap();
    let field = |path: &str| parsed.query(path).map(|found| found.raw_value().to_owned()).unwrap_or_default();
    for (path, value) in [
        ("MSH.9.3", "ORU_R01"),
        ("MSH.10", "n-1"),
        ("MSH.11", "P"),
        ("MSH.12", "2.5.1"),
        ("MSH.18", "UNICODE UTF-8"),
        ("OBR.3", "s-1"),
        ("OBR.22", "20260302053000+0000"),
        ("OBR.25", "F"),
        ("OBX[1].5.1", "aligned"),
        ("OBX[1].11", "F"),
        ("OBX[1].14", "20260302053000+0000"),
        ("ZAC.7", "20260301"),
        ("ZAC.9", "sub-9"),
    ] {
        assert_eq!(field(path), value, "{path}");
    }
}

#[test]
fn a_notice_without_patient_still_is_a_whole_message() {
    for (kind, about) in [
        (NoticeKind::HeldForApproval, "ACCESS-HELD"),
        (NoticeKind::Deadline, "ACCESS-DEADLINE"),
        (NoticeKind::CmsNotification, "ACCESS-NOTIFICATION"),
        (NoticeKind::FeedProblem, "ACCESS-FEED-PROBLEM"),
        (NoticeKind::SubmissionProblem, "ACCESS-SUBMISSION-PROBLEM"),
        (NoticeKind::from("later"), "ACCESS-STATUS"),
    ] {
        let message = rendered(&bare(kind), &Format::Hl7v2);
        let segments: Vec<&str> = message.split_terminator('\r').collect();
        assert_eq!(segments[1], "PID|1");
        assert!(segments[2].starts_with(&format!("OBR|1||n-1|{about}^")), "{}", segments[2]);
        assert_eq!(segments.last().unwrap(), &"ZAC|1|STATUS");
        assert_eq!(segments.len(), 5, "only the severity is left to say");
    }
}

#[test]
fn no_text_can_break_out_of_its_field() {
    let hostile = "a\rZAC|1|ALIGN\n|^~\\&\u{1c}\r";
    let mut notice = notice();
    for text in [
        &mut notice.participant,
        &mut notice.operation,
        &mut notice.track,
        &mut notice.code,
        &mut notice.system,
        &mut notice.display,
        &mut notice.text,
        &mut notice.next_step,
        &mut notice.submission,
        &mut notice.cms_submission,
        &mut notice.control_id,
        &mut notice.reply_application,
        &mut notice.reply_facility,
    ] {
        hostile.clone_into(text);
    }
    notice.dates = vec![NamedDate { name: hostile.to_owned(), date: hostile.to_owned() }];
    notice.issues = vec![Issue::new(Severity::from(hostile), hostile, hostile, hostile).hint(hostile)];
    let envelope = Envelope { id: hostile.to_owned(), sender: hostile.to_owned(), ..envelope() };
    let message = render(profile(), &notice, &envelope, &Format::Hl7v2).unwrap();
    let names: Vec<&str> = message.split_terminator('\r').map(|segment| &segment[..3]).collect();
    assert_eq!(names.iter().filter(|name| **name == "ZAC").count(), 1, "{message:?}");
    assert!(names.iter().all(|name| ["MSH", "PID", "OBR", "OBX", "ZAC"].contains(name)));
    assert!(!message.contains('\u{1c}') && !message.contains('\n'));
    assert!(
        message
            .split_terminator('\r')
            .filter(|segment| segment.starts_with("OBX"))
            .all(|segment| segment.matches('|').count() == 14)
    );
}

#[test]
fn a_patient_that_is_no_single_pid_segment_is_refused() {
    for patient in ["PID|1\rZAC|1|ALIGN|CKM", "ZAC|1|ALIGN|CKM", "PID|1\u{1c}"] {
        let notice = Notice { patient: patient.to_owned(), ..notice() };
        for format in [Format::Hl7v2, Format::Json, Format::Fhir] {
            assert_eq!(render(profile(), &notice, &envelope(), &format).unwrap_err().code, "patient-segment");
        }
    }
}

#[test]
fn an_envelope_without_id_or_time_and_an_unknown_format_are_refused() {
    let code = |envelope: &Envelope, format: &str| {
        render(profile(), &notice(), envelope, &Format::from(format)).unwrap_err().code
    };
    assert_eq!(code(&Envelope { id: String::new(), ..envelope() }, "json"), "envelope-id");
    for at in ["", "yesterday", "2026-03-01T23:30:00"] {
        assert_eq!(code(&Envelope { at: at.to_owned(), ..envelope() }, "hl7v2"), "envelope-time");
    }
    assert_eq!(code(&envelope(), "csv"), "format-unknown");
}

#[test]
fn the_version_is_the_profiles() {
    let mut profile = profile().clone();
    "2.7".clone_into(&mut profile.notices.hl7_version);
    let message = render(&profile, &notice(), &envelope(), &Format::Hl7v2).unwrap();
    assert!(message.contains("|P|2.7||"));
}

#[test]
fn rendering_again_gives_the_same_bytes() {
    for format in [Format::Hl7v2, Format::Json, Format::Fhir] {
        assert_eq!(rendered(&notice(), &format), rendered(&notice(), &format));
    }
}

#[test]
fn an_event_has_the_attributes_of_cloudevents() {
    let event = json_of(&notice(), &Format::Json);
    for (name, value) in [
        ("specversion", "1.0"),
        ("id", "n-1"),
        ("source", "/access-bridge/ACCES12345"),
        ("type", "org.access-bridge.outcome.v1"),
        ("subject", "s-1"),
        ("time", "2026-03-02T05:30:00Z"),
        ("datacontenttype", "application/json"),
        ("dataschema", "urn:access-bridge:schema:notice:1"),
    ] {
        assert_eq!(event[name], value, "{name}");
    }
    assert_eq!(event["data"], serde_json::to_value(notice()).unwrap());
    assert!(rendered(&notice(), &Format::Json).starts_with(r#"{"specversion":"1.0","id":"n-1","source":"#));
    assert!(
        json_of(&bare(NoticeKind::Deadline), &Format::Json).get("subject").is_none(),
        "an empty subject is not allowed"
    );
}

/// Every object of `value` has exactly the properties its schema lists, all required ones among them.
fn fits(value: &Value, schema: &Value, root: &Value, at: &str) {
    let schema = match schema["$ref"].as_str() {
        Some(pointer) => root.pointer(pointer.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    if let Some(items) = value.as_array() {
        items.iter().for_each(|item| fits(item, &schema["items"], root, at));
    }
    if let Some(allowed) = schema["enum"].as_array() {
        assert!(allowed.contains(value), "{at}: {value}");
    }
    let Some(members) = value.as_object() else { return };
    let names: BTreeSet<&str> = members.keys().map(String::as_str).collect();
    let listed: BTreeSet<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    let required: BTreeSet<&str> =
        schema["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert!(names.is_subset(&listed), "{at} has {:?} beyond its schema", names.difference(&listed));
    assert!(required.is_subset(&names), "{at} lacks {:?}", required.difference(&names));
    for (name, member) in members {
        fits(member, &schema["properties"][name], root, &format!("{at}.{name}"));
    }
}

#[test]
fn the_published_schema_describes_every_event_exactly() {
    let schema: Value = serde_json::from_str(include_str!("../../schema/notice.v1.schema.json")).unwrap();
    assert_eq!(schema["$id"], super::event::SCHEMA);
    let mut full = notice();
    full.issues[0].rule = Some("triggers.screen".to_owned());
    full.issues[0].condition = Some(101);
    full.mbi = Some("3AA1AA1AA11".to_owned());
    full.reference = Some("ENR-5002".to_owned());
    let event = json_of(&full, &Format::Json);
    fits(&event, &schema, &schema, "event");
    for kind in ["outcome", "held-for-approval", "deadline", "cms-notification", "feed-problem", "submission-problem"] {
        assert!(!matches!(NoticeKind::from(kind), NoticeKind::Other(_)), "{kind}");
        fits(&json_of(&bare(NoticeKind::from(kind)), &Format::Json), &schema, &schema, "event");
    }
    let used = |pointer: &str| event.pointer(pointer).unwrap().as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let listed =
        |pointer: &str| schema.pointer(pointer).unwrap().as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(used(""), listed("/properties"), "nothing is listed that never comes");
    assert_eq!(used("/data"), listed("/$defs/notice/properties"));
    assert_eq!(used("/data/issues/0"), listed("/$defs/issue/properties"));
    assert_eq!(used("/data/dates/0"), listed("/$defs/date/properties"));
}

#[test]
fn a_bundle_holds_the_patient_the_result_and_what_happened() {
    let bundle = json_of(&notice(), &Format::Fhir);
    assert_eq!(
        (bundle["type"].as_str(), bundle["timestamp"].as_str()),
        (Some("collection"), Some("2026-03-02T05:30:00Z"))
    );
    assert_eq!(bundle["identifier"]["value"], "n-1");
    let kinds: Vec<&str> = bundle["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["resource"]["resourceType"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["Patient", "Parameters", "OperationOutcome"]);
    assert_eq!(
        bundle["entry"][0]["resource"]["identifier"],
        json!([
            {"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
             "system": "urn:oid:2.16.840.1.99", "value": "4711", "assigner": {"display": "MAIN"}},
            {"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PI"}]},
             "value": "X7", "assigner": {"display": "CLINIC"}},
        ])
    );
    let result = &bundle["entry"][1]["resource"];
    assert!(result["meta"]["profile"][0].as_str().unwrap().ends_with("/access-align-out"));
    assert_eq!(result["parameter"][0]["valueCodeableConcept"]["coding"][0]["code"], "aligned");
    let issues = &bundle["entry"][2]["resource"]["issue"];
    assert_eq!(issues[0]["severity"], "information");
    assert_eq!(issues[0]["diagnostics"], "Report the baseline.");
    assert_eq!(
        (issues[1]["code"].as_str(), issues[1]["diagnostics"].as_str()),
        (Some("processing"), Some("PID-3: look there"))
    );
    assert_eq!(issues[1]["details"]["coding"][0]["code"], "alignment-id-missing");
    assert_eq!((&issues[2]["code"], &issues[2]["expression"][1]), (&json!("required"), &json!("Patient.name")));
}

#[test]
fn no_bundle_names_the_patient_by_a_medicare_number() {
    for identifier in ["3AA1AA1AA11^^^CMS^MC", "3AA1AA1AA11^^^&2.16.840.1.113883.4.927&ISO^PI"] {
        let patient = format!("PID|1||{identifier}~4711^^^MAIN^MR");
        let bundle = rendered(&Notice { patient, ..notice() }, &Format::Fhir);
        assert!(!bundle.contains("3AA1AA1AA11"), "{identifier}");
        assert!(bundle.contains("4711"));
    }
}

#[test]
fn a_bundle_carries_the_answer_of_cms_as_it_came() {
    let received = "{\n  \"resourceType\" : \"Parameters\",\n  \"extension\" : [ { \"url\" : \"x\", \"valueDecimal\" : 1.50 } ],\n  \"parameter\" : []\n}";
    let envelope = Envelope { answer: Some(received.to_owned()), ..envelope() };
    let bundle = render(profile(), &notice(), &envelope, &Format::Fhir).unwrap();
    let wanted = r#""fullUrl":"urn:access-bridge:result","resource":{"resourceType":"Parameters","extension":[{"url":"x","valueDecimal":1.50}],"parameter":[]}"#;
    assert!(bundle.contains(wanted) && !bundle.contains('\n'), "{bundle}");
    let kinds = |bundle: &str| {
        let bundle: Value = serde_json::from_str(bundle).unwrap();
        let entries = bundle["entry"].as_array().unwrap().clone();
        entries.iter().map(|entry| entry["resource"]["resourceType"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&bundle), ["Patient", "Parameters", "OperationOutcome"]);
    let refusal = Envelope {
        answer: Some("{\"resourceType\":\"OperationOutcome\",\"issue\":[]}".to_owned()),
        ..envelope.clone()
    };
    let bundle = render(profile(), &notice(), &refusal, &Format::Fhir).unwrap();
    assert_eq!(kinds(&bundle), ["Patient", "OperationOutcome", "OperationOutcome"]);
    // What is no FHIR is not passed on as if it were; the result is rebuilt.
    for foreign in ["<html>gateway</html>", "{}", "{\"resourceType\":\"Patient\"}"] {
        let envelope = Envelope { answer: Some(foreign.to_owned()), ..self::envelope() };
        let bundle = render(profile(), &notice(), &envelope, &Format::Fhir).unwrap();
        assert_eq!(bundle, rendered(&notice(), &Format::Fhir), "{foreign}");
    }
    // The other formats do not change with it.
    for format in [Format::Hl7v2, Format::Json] {
        assert_eq!(render(profile(), &notice(), &envelope, &format).unwrap(), rendered(&notice(), &format));
    }
}

#[test]
fn a_notice_with_the_mbi_names_the_patient_by_it_in_every_format() {
    let with = |patient: &str| Notice { mbi: Some("3AA1AA1AA11".to_owned()), patient: patient.to_owned(), ..notice() };
    let pid = |patient: &str| {
        let message = rendered(&with(patient), &Format::Hl7v2);
        message.split('\r').nth(1).unwrap().to_owned()
    };
    assert_eq!(pid("PID|1||4711^^^MAIN^MR||Roe^Paula"), "PID|1||4711^^^MAIN^MR~3AA1AA1AA11^^^CMS^MC||Roe^Paula");
    assert_eq!(pid(""), "PID|1||3AA1AA1AA11^^^CMS^MC");
    assert_eq!(json_of(&with(""), &Format::Json)["data"]["mbi"], "3AA1AA1AA11");
    let bundle = json_of(&with(""), &Format::Fhir);
    let identifier = &bundle["entry"][0]["resource"]["identifier"][0];
    assert_eq!(
        (&identifier["system"], &identifier["value"]),
        (&json!("http://terminology.hl7.org/NamingSystem/cmsMBI"), &json!("3AA1AA1AA11"))
    );
    assert_eq!(identifier["type"]["coding"][0]["code"], "MC");
    for format in [Format::Hl7v2, Format::Json, Format::Fhir] {
        assert!(!rendered(&notice(), &format).contains("3AA1AA1AA11"));
    }
}

#[test]
fn a_bundle_without_patient_and_result_still_says_what_happened() {
    let bundle = json_of(&bare(NoticeKind::Deadline), &Format::Fhir);
    assert_eq!(bundle["entry"].as_array().unwrap().len(), 1);
    assert_eq!(bundle["entry"][0]["resource"]["issue"][0]["details"]["text"], "deadline");
    let technical =
        Notice { code: "security".to_owned(), system: "http://hl7.org/fhir/issue-type".to_owned(), ..notice() };
    let bundle = json_of(&technical, &Format::Fhir);
    assert_eq!(bundle["entry"][1]["resource"]["resourceType"], "OperationOutcome", "a failure is no result");
    assert_eq!(bundle["entry"][1]["resource"]["issue"][0]["code"], "security");
}

#[test]
fn the_number_of_issues_written_down_is_bounded() {
    let issue = Issue::new(Severity::Error, "x", "", "y");
    let many = Notice { issues: vec![issue; MAX_ISSUES + 7], ..notice() };
    let message = rendered(&many, &Format::Hl7v2);
    assert_eq!(message.matches("|ISSUE^").count(), MAX_ISSUES);
    assert!(message.contains("8 further issues are left out"));
    let bundle = json_of(&many, &Format::Fhir);
    assert_eq!(bundle["entry"][2]["resource"]["issue"].as_array().unwrap().len(), MAX_ISSUES + 1);
}
