//! What CMS tells by mail, end to end with the program itself.

use kit::{Stage, fixture, until};
use serde_json::{Value, json};
use std::path::PathBuf;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CKM: &str = "zac-align-ckm.hl7";
/// Its `MSH-10`.
const CONTROL: &str = "LKS000118";

/// A mail in the form of the guide.
fn mail(event: &str, id: &str, participant: &str, number: usize) -> String {
    format!(
        "From: CMS <noreply@access.cms.example>\r\nTo: notices@clinic.example\r\nMessage-ID: <{number}@cms.example>\r\n\
         Subject: ACCESS Model Notification - {event}\r\n\r\nEvent: {event}\r\nSubmission ID: {id}\r\n\
         Participant ID: {participant}\r\nDeadline Date: October 1, 2030\r\n\r\nAction Required: see above.\r\n"
    )
}

/// A stage with a folder for mails, and a patient aligned in CKM; gives the id that CMS gave the alignment.
async fn aligned() -> (Stage, kit::Program, String) {
    let stage = Stage::set("").await;
    std::fs::create_dir(stage.folder().join("mails")).unwrap();
    stage
        .configure("[[mail]]\nname = 'cms'\nkind = 'folder'\npath = 'mails'\nfrom = ['cms.example']\nevery = '50ms'\n");
    let program = stage.start().await;
    assert_eq!(program.send(&fixture(CKM)).await, "CA");
    stage.engine.notice(CONTROL, "aligned").await;
    let submission = stage.submission("align", "CKM", "done").await;
    let id = submission["cms_submission"].as_str().unwrap().to_owned();
    (stage, program, id)
}

fn drop_in(stage: &Stage, name: &str, text: &str) {
    std::fs::write(stage.folder().join("mails").join(name), text).unwrap();
}

async fn put_aside(stage: &Stage, part: &str, name: &str) -> PathBuf {
    let path = stage.folder().join("mails").join(part).join(name);
    until(&format!("{part}/{name}"), || path.is_file().then(|| path.clone())).await
}

fn listed(stage: &Stage, arguments: &[&str]) -> Vec<Value> {
    let listed = stage.run(&[&["notices", "cms", "list", "--json"][..], arguments].concat());
    assert_eq!(listed.code, Some(0), "{}", listed.err);
    listed.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn standing(stage: &Stage, chart: &str) -> Value {
    let shown = stage.run(&["charts", "show", chart, "--document"]);
    assert_eq!(shown.code, Some(0), "{}", shown.err);
    serde_json::from_str::<Value>(&shown.out).unwrap()["standing"]["CKM"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_about_an_alignment_is_routed_back_to_the_engine() {
    let (stage, program, id) = aligned().await;
    drop_in(&stage, "a.eml", &mail("Baseline Reporting Due", &id, "ACCES12345", 1));
    let heard = stage.engine.notice(CONTROL, "baseline-reporting-window").await;
    assert!(heard.message.contains("||ENR-5002|"), "{}", heard.message);
    put_aside(&stage, "done", "a.eml").await;
    for part in [
        "|ACCESS-NOTIFICATION^",
        "|BASELINE-DUE^",
        "|20301001|",
        "|EXPECTED-BASELINE-DUE^",
        "deadline-differs",
        "^99ACCESSEventType|",
    ] {
        assert!(heard.message.contains(part), "{part} in {}", heard.message);
    }
    let submission = stage.submission("align", "CKM", "done").await;
    let zac = heard.message.split('\r').find(|line| line.starts_with("ZAC")).unwrap();
    assert!(zac.ends_with(&format!("{}|{id}", submission["id"].as_str().unwrap())), "{zac}");
    assert!(heard.message.contains("\rPID|"), "the patient as the feed named them");
    // The same mail on another way has no second effect.
    drop_in(
        &stage,
        "b.eml",
        &format!("Received: from elsewhere\r\n{}", mail("Baseline Reporting Due", &id, "ACCES12345", 1)),
    );
    put_aside(&stage, "done", "b.eml").await;
    let all = listed(&stage, &[]);
    assert_eq!(all.len(), 1);
    assert_eq!((&all[0]["event"], &all[0]["deadline"]), (&"baseline-reporting-window".into(), &"2030-10-01".into()));
    assert_eq!((&all[0]["submission"], &all[0]["chart"]), (&submission["id"], &submission["chart"]));
    // Nothing of a mail is on the log.
    let log = program.log();
    assert!(!log.contains("noreply@") && !log.contains("October") && !log.contains("Action Required"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unalignment_by_cms_ends_the_alignment_in_the_chart() {
    let (stage, _program, id) = aligned().await;
    let chart = stage.submission("align", "CKM", "done").await["chart"].as_str().unwrap().to_owned();
    assert_eq!(standing(&stage, &chart)["state"], "aligned");
    drop_in(&stage, "a.eml", &mail("Unalignment Notice", &id, "ACCES12345", 1));
    stage.engine.notice(CONTROL, "unalignment").await;
    let after = standing(&stage, &chart);
    assert_eq!((&after["state"], &after["alignment"]), (&"unaligned".into(), &id.as_str().into()));
}

/// A forged mail ended an alignment, and its calendar stopped.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_of_a_source_that_takes_every_sender_changes_no_standing() {
    let (stage, program, id) = aligned().await;
    program.kill();
    std::fs::create_dir(stage.folder().join("open")).unwrap();
    stage.configure("[[mail]]\nname = 'open'\nkind = 'folder'\npath = 'open'\nevery = '50ms'\n");
    let checked = stage.run(&["check"]);
    assert!(
        checked.out.contains("warning") && checked.out.contains("mail open") && checked.out.contains("`from`"),
        "{}",
        checked.out
    );
    let _program = stage.start().await;
    let chart = stage.submission("align", "CKM", "done").await["chart"].as_str().unwrap().to_owned();
    std::fs::write(stage.folder().join("open/a.eml"), mail("Unalignment Notice", &id, "ACCES12345", 1)).unwrap();
    let told = stage.engine.notice(CONTROL, "unalignment").await;
    assert!(told.message.contains("cms-sender-unproved") && told.message.contains("ZAC CHECK"), "{}", told.message);
    assert_eq!(standing(&stage, &chart)["state"], "aligned");
    // It waits, also when it comes again, and a person makes it count.
    let waiting = listed(&stage, &["--unmatched"]).remove(0);
    assert_eq!(waiting["reason"], "cms-sender-unproved");
    std::fs::write(stage.folder().join("open/b.eml"), mail("Unalignment Notice", &id, "ACCES12345", 1)).unwrap();
    let again = stage.folder().join("open/failed/b.eml");
    until("failed/b.eml", || again.is_file().then_some(())).await;
    let by_hand = format!("notices cms match {}", waiting["id"].as_str().unwrap());
    assert!(told.message.contains(&by_hand), "{}", told.message);
    let matched = stage.run(&by_hand.split(' ').collect::<Vec<_>>());
    assert_eq!(matched.code, Some(0), "{}", matched.err);
    assert_eq!(standing(&stage, &chart)["state"], "unaligned");
}

/// A help desk wrote that a notice went out by mistake; the notice was quoted below, and the alignment was ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_that_is_quoted_or_sent_back_changes_no_standing() {
    let (stage, _program, id) = aligned().await;
    let chart = stage.submission("align", "CKM", "done").await["chart"].as_str().unwrap().to_owned();
    let notice = mail("Unalignment Notice", &id, "ACCES12345", 1);
    let quoted: String = notice.lines().map(|line| format!("> {line}\r\n")).collect();
    let desk = format!(
        "From: Help <help@cms.example>\r\nMessage-ID: <2@cms.example>\r\nSubject: Your question\r\n\r\n\
         It went out by mistake; the patient is aligned.\r\n\r\nOn Tuesday the clinic wrote:\r\n{quoted}"
    );
    drop_in(&stage, "desk.eml", &desk);
    let told = stage.engine.notice(CONTROL, "unalignment").await;
    assert!(told.message.contains("cms-notice-quoted"), "{}", told.message);
    let bounce = format!(
        "From: MAILER-DAEMON@cms.example\r\nMessage-ID: <3@cms.example>\r\nSubject: Undelivered\r\n\
         Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nIt came back.\r\n\
         --x\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n{notice}\r\n--x--\r\n"
    );
    drop_in(&stage, "bounce.eml", &bounce);
    for name in ["desk.eml", "bounce.eml"] {
        put_aside(&stage, "failed", name).await;
    }
    assert_eq!(standing(&stage, &chart)["state"], "aligned");
    let waiting = listed(&stage, &["--unmatched"]);
    assert_eq!(
        waiting.iter().map(|one| &one["reason"]).collect::<Vec<_>>(),
        ["cms-notice-quoted", "cms-notice-quoted"]
    );
    // The notice itself still counts.
    drop_in(&stage, "a.eml", &notice);
    put_aside(&stage, "done", "a.eml").await;
    assert_eq!(standing(&stage, &chart)["state"], "unaligned");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_matched_waits_and_is_matched_by_a_person() {
    let (stage, _program, id) = aligned().await;
    drop_in(&stage, "a.eml", &mail("Alignment Renewal Due", "sub-nobody", "ACCES12345", 1));
    drop_in(&stage, "b.eml", &mail("Alignment Renewal Due", &id, "ACCES99999", 2));
    drop_in(&stage, "c.eml", "\u{0}\u{1} no mail at all");
    drop_in(
        &stage,
        "d.eml",
        &mail("Alignment Renewal Due", &id, "ACCES12345", 3).replace("cms.example>\r\nTo", "evil.example>\r\nTo"),
    );
    for name in ["a.eml", "b.eml", "c.eml", "d.eml"] {
        put_aside(&stage, "failed", name).await;
    }
    let mut reasons: Vec<String> =
        listed(&stage, &["--unmatched"]).iter().map(|one| one["reason"].as_str().unwrap().to_owned()).collect();
    reasons.sort();
    let expected =
        ["cms-participant-differs", "cms-sender-not-allowed", "cms-sender-not-allowed", "cms-submission-unknown"];
    assert_eq!(reasons, expected);
    until("four notices about them", || {
        let told = stage.engine.heard().iter().filter(|one| one.code == "cms-notice-unmatched").count();
        (told == 4).then_some(())
    })
    .await;
    let waiting = listed(&stage, &["--unmatched"]);
    let of =
        |reason: &str| waiting.iter().find(|one| one["reason"] == reason).unwrap()["id"].as_str().unwrap().to_owned();
    let unknown = of("cms-submission-unknown");
    let shown = stage.run(&["notices", "cms", "show", &unknown, "--bytes"]);
    assert_eq!(String::from_utf8(shown.bytes).unwrap(), mail("Alignment Renewal Due", "sub-nobody", "ACCES12345", 1));
    // Looking again changes nothing; naming the submission does.
    let again = stage.run(&["notices", "cms", "match", &unknown]);
    assert_eq!(again.code, Some(1), "{}", again.out);
    assert!(again.err.contains("no submission of this ledger"), "{}", again.err);
    let submission = stage.submission("align", "CKM", "done").await["id"].as_str().unwrap().to_owned();
    let matched = stage.run(&["notices", "cms", "match", &unknown, "--submission", &submission, "--json"]);
    assert_eq!(matched.code, Some(0), "{}", matched.err);
    let heard = stage.engine.notice(CONTROL, "alignment-renewal").await;
    assert!(
        heard.message.contains("cms-matched-by-hand") && heard.message.contains("|RENEWAL-DUE^"),
        "{}",
        heard.message
    );
    assert_eq!(listed(&stage, &["--unmatched"]).len(), 3);
    let twice = stage.run(&["notices", "cms", "match", &unknown, "--submission", &submission]);
    assert_eq!(twice.code, Some(1), "{}", twice.out);
    assert!(twice.err.contains("matched already"), "{}", twice.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_came_while_the_program_was_down_is_taken_at_the_next_start() {
    let (stage, program, id) = aligned().await;
    program.kill();
    drop_in(&stage, "work/left.eml", &mail("Quarterly Reporting Due", &id, "ACCES12345", 1));
    drop_in(&stage, "a.eml", &mail("Control Group Period Ending", &id, "ACCES12345", 2));
    let _program = stage.start().await;
    stage.engine.notice(CONTROL, "quarterly-reporting-window").await;
    stage.engine.notice(CONTROL, "control-group-ending").await;
    put_aside(&stage, "done", "left.eml").await;
}

/// Posts a message; gives the status.
async fn post(address: &str, token: &str, body: &str) -> u16 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /$process-message HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Type: application/fhir+json\r\n\
         Authorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + body).as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn maildir_mbox_and_endpoint_lead_to_the_same_notices() {
    let mut stage = Stage::set("").await;
    for part in ["new", "cur", "tmp"] {
        std::fs::create_dir_all(stage.folder().join("Maildir").join(part)).unwrap();
    }
    stage.configure(
        "[[mail]]\nname = 'dir'\nkind = 'maildir'\npath = 'Maildir'\nevery = '50ms'\n\
         [[mail]]\nname = 'box'\nkind = 'mbox'\npath = 'mbox'\nevery = '50ms'\n\
         [[listener]]\nname = 'events'\nkind = 'cms-messages'\nlisten = '127.0.0.1:0'\n",
    );
    let token = "0123456789abcdef";
    stage.vary("LISTENER_TOKEN_EVENTS", token);
    let program = stage.start().await;
    assert_eq!(program.send(&fixture(CKM)).await, "CA");
    stage.engine.notice(CONTROL, "aligned").await;
    let id = stage.submission("align", "CKM", "done").await["cms_submission"].as_str().unwrap().to_owned();
    let new = stage.folder().join("Maildir/new/1.host");
    std::fs::write(new, mail("Alignment Renewal Due", &id, "ACCES12345", 1)).unwrap();
    stage.engine.notice(CONTROL, "alignment-renewal").await;
    until("the mail is marked as seen", || stage.folder().join("Maildir/cur/1.host:2,S").is_file().then_some(())).await;
    let envelope = "From MAILER-DAEMON Sat Nov 28 12:00:00 2026\n";
    let text = format!("{envelope}{}\n", mail("Control Group Period Ending", &id, "ACCES12345", 2));
    std::fs::write(stage.folder().join("mbox"), text).unwrap();
    stage.engine.notice(CONTROL, "control-group-ending").await;
    let log = program.log();
    let line = log.lines().find(|line| line.contains("listening for messages of CMS")).unwrap();
    let address = line.split("address=").nth(1).unwrap().split_whitespace().next().unwrap();
    let message = json!({ "resourceType": "Bundle", "type": "message", "entry": [
        { "resource": { "resourceType": "MessageHeader", "eventCoding": { "code": "unalignment" }, "source": { "endpoint": "urn:cms" } } },
        { "resource": { "resourceType": "Parameters", "parameter": [{ "name": "submissionID", "valueString": id }] } }
    ] });
    assert_eq!(post(address, "fedcba9876543210", &message.to_string()).await, 401);
    assert_eq!(post(address, token, &message.to_string()).await, 202);
    let heard = stage.engine.notice(CONTROL, "unalignment").await;
    assert!(heard.message.contains("cms-participant-missing"), "{}", heard.message);
    let mut sources: Vec<String> =
        listed(&stage, &[]).iter().map(|one| one["source"].as_str().unwrap().to_owned()).collect();
    sources.sort();
    assert_eq!(sources, ["mail:box", "mail:dir", "message:events"]);
    assert!(!program.log().contains(token));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_is_not_there_is_told_before_anything_starts() {
    let stage = Stage::set("").await;
    stage.configure("[[mail]]\nname = 'cms'\nkind = 'folder'\npath = 'nowhere'\n");
    let ended = stage.run(&["run"]);
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    assert!(ended.err.contains("mail cms: ") && ended.err.contains("hint: make it"), "{}", ended.err);
}
