//! What CMS tells by itself: when, about what, by e-mail file and by message.

use super::kit::{Kit, OTHERS, STRANGER, US, align, eligibility, start, start_with, unalign};
use super::sheets::{CKM, report};
use crate::{Notice, Options, Sandbox, Scenario, StartError};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// The day the kit's clock stands on: 2027-01-15.
const START: i64 = 1_800_000_000_000 / 86_400_000;

/// Event, day it was told on and day it names, counted from the start.
fn told(notices: &[Notice]) -> Vec<(&'static str, i64, i64)> {
    let day = |notice: &Notice| {
        let epoch = jiff::civil::Date::constant(1970, 1, 1);
        i64::from(epoch.until(notice.deadline).unwrap().get_days()) - START
    };
    notices.iter().map(|notice| (notice.event, notice.at_millis / 86_400_000 - START, day(notice))).collect()
}

async fn aligned() -> (Kit, String) {
    let kit = start("").await;
    let accepted = kit.submit(&align(STRANGER, "CKM")).await;
    let submission = accepted.header("content-location").unwrap().rsplit('/').next().unwrap().to_owned();
    (kit, submission)
}

#[tokio::test]
async fn without_a_baseline_two_notices_come_and_a_year_at_once_brings_no_more() {
    let (kit, submission) = aligned().await;
    assert!(kit.running.handle().notices().is_empty());
    kit.running.handle().advance_days(366);
    let notices = kit.running.handle().notices();
    assert_eq!(told(&notices), [("baseline-reporting-window", 30, 60), ("unalignment", 61, 61)]);
    for notice in notices {
        assert_eq!((notice.participant.as_str(), &notice.submission), (US, &submission));
    }
}

#[tokio::test]
async fn a_year_with_reports_is_told_in_its_order_and_each_once() {
    let (mut kit, submission) = aligned().await;
    let handle = kit.running.handle().clone();
    handle.advance_days(20);
    kit.renew().await;
    assert_eq!(kit.result_of(&report(STRANGER, "CKM", "baseline", CKM, "b")).await, "success");
    handle.advance_days(100);
    kit.renew().await;
    assert_eq!(kit.result_of(&report(STRANGER, "CKM", "quarterly", CKM, "q")).await, "success");
    handle.advance_days(300);
    let expected = [
        ("participant-lock-ending", 76, 90),
        ("quarterly-reporting-window", 90, 130),
        ("quarterly-reporting-window", 190, 230),
        ("eoy-reporting-window", 275, 425),
        ("alignment-renewal", 335, 365),
    ];
    assert_eq!(told(&handle.notices()), expected);
    handle.advance_days(300);
    assert_eq!(told(&handle.notices()), expected);
    assert!(handle.notices().iter().all(|notice| notice.submission == submission));
}

#[tokio::test]
async fn neither_a_quarter_nor_the_end_is_asked_for_once_the_end_was_reported() {
    let past = |kind: &str, days: u16| format!("{{ type = \"{kind}\", days_ago = {days} }}");
    let reports = [past("baseline", 150), past("quarterly", 30), past("end-of-period", 0)].join(", ");
    let alignment = format!(
        "{{ participant = \"{US}\", track = \"BH\", days_ago = 200, submission = \"sub-1\", reports = [{reports}] }}"
    );
    let kit = start(&format!("[[beneficiary]]\nmbi = \"{STRANGER}\"\nalignments = [{alignment}]")).await;
    kit.running.handle().advance_days(300);
    let notices = kit.running.handle().notices();
    assert_eq!(told(&notices), [("alignment-renewal", 135, 165)]);
    assert_eq!(notices[0].submission, "sub-1");
}

#[tokio::test]
async fn no_quarter_begins_after_the_period_of_care() {
    let since = |quarterly: u16| {
        let reports =
            format!("{{ type = \"baseline\", days_ago = 300 }}, {{ type = \"quarterly\", days_ago = {quarterly} }}");
        let alignment = format!("{{ participant = \"{US}\", track = \"BH\", days_ago = 350, reports = [{reports}] }}");
        format!("[[beneficiary]]\nmbi = \"{STRANGER}\"\nalignments = [{alignment}]")
    };
    // The period ends fifteen days after the start.
    for (quarterly, expected) in [(56, &[("quarterly-reporting-window", 14, 54)][..]), (55, &[])] {
        let kit = start(&since(quarterly)).await;
        kit.running.handle().advance_days(100);
        assert_eq!(told(&kit.running.handle().notices()), expected);
    }
}

#[tokio::test]
async fn leaving_is_told_when_it_happens_and_nothing_after_it() {
    let (kit, submission) = aligned().await;
    assert_eq!(kit.result_of(&unalign(STRANGER, "CKM", "loss-of-contact")).await, "unaligned");
    kit.running.handle().advance_days(100);
    let notices = kit.running.handle().notices();
    assert_eq!(told(&notices), [("unalignment", 0, 0)]);
    assert_eq!(notices[0].submission, submission);
}

#[tokio::test]
async fn a_pending_unalignment_is_not_told_and_its_notices_go_on() {
    let alignment = format!("{{ participant = \"{US}\", track = \"BH\", days_ago = 70 }}");
    let kit =
        start(&format!("[[beneficiary]]\nmbi = \"{STRANGER}\"\npending_unalign = true\nalignments = [{alignment}]"))
            .await;
    assert_eq!(kit.result_of(&unalign(STRANGER, "BH", "loss-of-contact")).await, "unalignment-pending");
    kit.running.handle().advance_days(6);
    assert_eq!(told(&kit.running.handle().notices()), [("participant-lock-ending", 6, 20)]);
}

#[tokio::test]
async fn the_participant_that_a_patient_leaves_by_a_switch_is_told() {
    let alignment =
        format!("{{ participant = \"{OTHERS}\", track = \"CKM\", days_ago = 100, submission = \"sub-9\" }}");
    let kit = start(&format!("[[beneficiary]]\nmbi = \"{STRANGER}\"\nalignments = [{alignment}]")).await;
    assert_eq!(kit.result_of(&align(STRANGER, "CKM").attested()).await, "aligned-switch-approved");
    let notices = kit.running.handle().notices();
    assert_eq!(told(&notices), [("unalignment", 0, 0)]);
    assert_eq!((notices[0].participant.as_str(), notices[0].submission.as_str()), (OTHERS, "sub-9"));
}

#[tokio::test]
async fn whoever_asked_in_vain_is_told_once_that_the_control_group_ends() {
    let kit = start(&format!("[[beneficiary]]\nmbi = \"{STRANGER}\"\ncontrol_group = {{ days_ago = 0 }}")).await;
    assert_eq!(kit.result_of(&eligibility(STRANGER, "CKM")).await, "not-eligible-control-group");
    let asked = kit.submit(&align(STRANGER, "CKM")).await;
    let submission = asked.header("content-location").unwrap().rsplit('/').next().unwrap().to_owned();
    kit.running.handle().advance_days(334);
    assert!(kit.running.handle().notices().is_empty());
    kit.running.handle().advance_days(200);
    let notices = kit.running.handle().notices();
    assert_eq!(told(&notices), [("control-group-ending", 335, 365)]);
    assert_eq!(notices[0].submission, submission);
}

#[tokio::test]
async fn whoever_asks_when_the_control_group_is_about_to_end_is_told_at_once_and_not_again() {
    let kit = start(&format!("[[beneficiary]]\nmbi = \"{STRANGER}\"\ncontrol_group = {{ days_ago = 340 }}")).await;
    for _ in 0..2 {
        assert_eq!(kit.result_of(&align(STRANGER, "CKM")).await, "not-aligned-control-group");
        assert_eq!(told(&kit.running.handle().notices()), [("control-group-ending", 0, 25)]);
    }
}

#[tokio::test]
async fn what_fell_due_before_the_start_is_not_told_and_what_does_that_day_is() {
    let since = |days: u16| {
        let alignment = format!("{{ participant = \"{US}\", track = \"CKM\", days_ago = {days} }}");
        format!("[[beneficiary]]\nmbi = \"{STRANGER}\"\nalignments = [{alignment}]")
    };
    assert!(start(&since(77)).await.running.handle().notices().is_empty());
    let first_day = start(&since(76)).await.running.handle().notices();
    assert_eq!(told(&first_day), [("participant-lock-ending", 0, 14)]);
}

#[tokio::test]
async fn leads_are_the_scenarios() {
    let kit = start("[notices]\nbaseline_before = 5\n[reporting]\nmissing_baseline = \"keep\"").await;
    assert_eq!(kit.result_of(&align(STRANGER, "MSK")).await, "aligned");
    kit.running.handle().advance_days(80);
    let expected = [("baseline-reporting-window", 55, 60), ("participant-lock-ending", 76, 90)];
    assert_eq!(told(&kit.running.handle().notices()), expected);
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

fn mailing(folder: &Path) -> Options {
    Options { mail: Some(folder.to_owned()), ..Options::default() }
}

#[tokio::test]
async fn each_notice_is_an_email_file_by_the_time_the_clock_has_moved() {
    let folder = TempDir::new().unwrap();
    let mails = folder.path().join("new").join("mails");
    let kit = start_with(Scenario::default(), mailing(&mails)).await;
    kit.submit(&align(STRANGER, "CKM")).await;
    kit.running.handle().advance_days(61);
    let expected = ["20270214T000000Z-000001-baseline-reporting-window.eml", "20270317T000000Z-000002-unalignment.eml"];
    assert_eq!(files(&mails), expected);
    let text = std::fs::read_to_string(mails.join(expected[0])).unwrap();
    assert!(text.contains("\r\nSubject: ACCESS Model Notification - Baseline Reporting Due\r\n"), "{text}");
    assert!(text.contains("\r\nDate: Sun, 14 Feb 2027 00:00:00 +0000\r\n"), "{text}");
    assert!(text.contains("\r\nDeadline Date: March 16, 2027\r\n"), "{text}");
    let submission = kit.running.handle().notices()[0].submission.clone();
    assert!(text.contains(&format!("\r\nSubmission ID: {submission}\r\nParticipant ID: ACCES12345\r\n")), "{text}");
    for private in [STRANGER, "Example", "1950"] {
        assert!(!text.contains(private), "{text}");
    }
}

#[tokio::test]
async fn mails_of_an_earlier_run_are_kept() {
    let folder = TempDir::new().unwrap();
    for _ in 0..2 {
        let kit = start_with(Scenario::default(), mailing(folder.path())).await;
        kit.submit(&align(STRANGER, "CKM")).await;
        kit.running.handle().advance_days(30);
    }
    let name = "20270214T000000Z-000001-baseline-reporting-window";
    assert_eq!(files(folder.path()), [format!("{name}-2.eml"), format!("{name}.eml")]);
}

#[tokio::test]
async fn the_scenario_may_name_the_folder_and_a_folder_that_cannot_be_is_told() {
    let folder = TempDir::new().unwrap();
    let mails = folder.path().join("mails");
    let text = format!("[notices]\nmail = {:?}", mails.to_str().unwrap());
    let kit = start(&text).await;
    kit.submit(&align(STRANGER, "CKM")).await;
    kit.running.handle().advance_days(30);
    assert_eq!(files(&mails).len(), 1);

    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = Sandbox::start(listener, Scenario::default(), mailing(&file.join("mails")));
    assert!(matches!(refused, Err(StartError::Mail(..))));
}

/// Takes one request, answers it, and gives back its head and body.
async fn take(listener: &TcpListener, status: &str) -> (String, Value) {
    let accepted = tokio::time::timeout(Duration::from_secs(60), listener.accept()).await;
    let (mut stream, _) = accepted.expect("a message within a minute").unwrap();
    let mut received = Vec::new();
    let mut buffer = [0_u8; 4_096];
    let (head, body) = loop {
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "the request broke off");
        received.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&received).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && let Ok(body) = serde_json::from_str(body)
        {
            break (head.to_owned(), body);
        }
    };
    stream.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").as_bytes()).await.unwrap();
    (head, body)
}

#[tokio::test]
async fn each_notice_is_posted_as_a_message_in_order_until_it_is_taken() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let kit =
        start(&format!("[notices]\nurl = \"http://{address}/cms/notices?from=cms\"\ntoken = \"let-me-in\"")).await;
    kit.submit(&align(STRANGER, "CKM")).await;
    kit.running.handle().advance_days(61);

    take(&listener, "503 Service Unavailable").await;
    let (head, first) = take(&listener, "202 Accepted").await;
    assert!(head.starts_with("POST /cms/notices?from=cms HTTP/1.1\r\n"), "{head}");
    for line in ["authorization: Bearer let-me-in", "content-type: application/fhir+json"] {
        assert!(head.to_lowercase().contains(&line.to_lowercase()), "{head}");
    }
    let (_, second) = take(&listener, "200 OK").await;

    let notices = kit.running.handle().notices();
    for (message, notice) in [first, second].iter().zip(&notices) {
        assert_eq!((&message["resourceType"], &message["type"]), (&json!("Bundle"), &json!("message")));
        let header = &message["entry"][0]["resource"];
        assert_eq!(header["resourceType"], "MessageHeader");
        assert_eq!(
            header["eventCoding"],
            json!({
                "system": "https://dsacms.github.io/cmmi-access-model/CodeSystem/ACCESSEventTypeCS",
                "code": notice.event,
                "display": notice.display,
            })
        );
        assert_eq!(header["focus"][0]["identifier"]["value"], json!(notice.submission));
        let parameters = message["entry"][1]["resource"]["parameter"].as_array().unwrap();
        let named = |name: &str| parameters.iter().find(|parameter| parameter["name"] == name).unwrap();
        assert_eq!(named("submissionID")["valueIdentifier"]["value"], json!(notice.submission));
        assert_eq!(named("participantID")["valueIdentifier"]["value"], json!("ACCES12345"));
        assert_eq!(named("deadlineDate")["valueDate"], json!(notice.deadline.to_string()));
        assert!(!message.to_string().contains(STRANGER));
    }
    assert_eq!(notices.len(), 2);
}

#[tokio::test]
async fn messages_leave_the_machine_only_where_other_machines_are_allowed() {
    let scenario = || Scenario::parse("[notices]\nurl = \"http://192.0.2.1/notices\"", "test.toml").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = Sandbox::start(listener, scenario(), Options::default());
    assert!(matches!(refused, Err(StartError::PostsElsewhere)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = Options { allow_other_machines: true, ..Options::default() };
    assert!(Sandbox::start(listener, scenario(), options).is_ok());
}
