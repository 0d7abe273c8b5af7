//! Input nobody should send: each gets a true answer, and its bytes are kept.

use kit::{Program, Reply, Stage, fixture, until};

/// A feed with a segment's field replaced; fields count from 1, `MSH-1` is the separator.
fn with_field(feed: &[u8], segment: &str, field: usize, value: &str) -> Vec<u8> {
    let text = String::from_utf8(feed.to_vec()).unwrap();
    let position = if segment == "MSH" { field - 1 } else { field };
    let lines = text.split('\r').map(|line| {
        if !line.starts_with(segment) {
            return line.to_owned();
        }
        let mut fields: Vec<&str> = line.split('|').collect();
        fields[position] = value;
        fields.join("|")
    });
    lines.collect::<Vec<_>>().join("\r").into_bytes()
}

fn without_segment(feed: &[u8], segment: &str) -> Vec<u8> {
    let text = String::from_utf8(feed.to_vec()).unwrap();
    text.split('\r').filter(|line| !line.starts_with(segment)).collect::<Vec<_>>().join("\r").into_bytes()
}

/// Waits for the entry of a code that holds exactly these bytes.
async fn kept(stage: &Stage, code: &str, bytes: &[u8]) {
    until(&format!("{code} in quarantine, with its bytes"), || {
        let entries = stage.quarantine();
        let mut ids = entries.iter().filter(|entry| entry["code"] == code).filter_map(|entry| entry["id"].as_str());
        ids.any(|id| stage.run(&["quarantine", "show", "--bytes", id]).bytes == bytes).then_some(())
    })
    .await;
}

async fn refused(stage: &Stage, program: &Program, payload: &[u8], answer: &str, code: &str) {
    let reply = program.exchange(payload).await;
    assert_eq!(reply.code(), answer, "{code}: {reply:?}");
    kept(stage, code, payload).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_used_is_refused_truly_and_kept() {
    let stage = Stage::set("").await;
    let program = stage.start().await;
    let whole = fixture("a01-ckm.hl7");
    refused(&stage, &program, b"\x00\xff\xfe nothing of HL7 \x07", "AR", "not-hl7").await;
    refused(&stage, &program, &without_segment(&whole, "MSH"), "AR", "not-hl7").await;
    refused(&stage, &program, &with_field(&whole, "MSH", 12, "9.9"), "CR", "version-unsupported").await;
    refused(&stage, &program, &with_field(&whole, "MSH", 11, "T"), "CR", "training-message").await;
    refused(&stage, &program, &without_segment(&whole, "PID"), "CE", "patient-missing").await;
    // The number is damaged wherever it stands; an intact one elsewhere would be taken.
    let damaged = String::from_utf8(whole.clone())
        .unwrap()
        .replace("2FH7GT4MN61", "2FH7GT4MN")
        .replace("2FH7-GT4-MN61", "2FH7-GT4-MN");
    refused(&stage, &program, damaged.as_bytes(), "CE", "mbi-form").await;
    assert!(stage.submissions().is_empty());
    assert!(stage.cms().requests().iter().all(|one| !one.path.contains('$')), "nothing left the house");
    // The listener goes on.
    assert_eq!(program.exchange(&whole).await.code(), "CA");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_that_breaks_off_is_kept_and_not_answered() {
    let stage = Stage::set("").await;
    let program = stage.start().await;
    let half = &fixture("a01-ckm.hl7")[..300];
    program.break_off(&[b"\x0b", half].concat()).await;
    kept(&stage, "frame-interrupted", half).await;
    let listed = stage.run(&["quarantine", "list"]).out;
    let row: Vec<&str> = listed.lines().nth(1).unwrap().split_whitespace().collect();
    assert!(row.contains(&"-") && row.contains(&"ADT^A01") && !row.contains(&"AE"), "no answer was given: {listed}");
    assert_eq!(stage.quarantine()[0]["control_id"], "LKS000101");
    let stray = b"MSH|^~\\&|no frame around me\r";
    program.break_off(stray).await;
    assert_eq!(program.exchange(&fixture("a01-ckm.hl7")).await.code(), "CA");
}

/// The part of a message up to the mark that deletes a diagnosis was replayed as a message, and the diagnosis went to CMS.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_of_a_message_is_never_replayed() {
    let stage = Stage::set("").await;
    let program = stage.start().await;
    let whole = fixture("a01-ckm.hl7");
    let cut = whole.windows(5).position(|window| window == b"\rDG1|").unwrap() + 60;
    program.break_off(&[b"\x0b", &whole[..cut]].concat()).await;
    kept(&stage, "frame-interrupted", &whole[..cut]).await;
    let id = stage.quarantine()[0]["id"].as_str().unwrap().to_owned();
    let refused = stage.run(&["quarantine", "replay", &id]);
    assert_eq!(refused.code, Some(1), "{}{}", refused.out, refused.err);
    assert!(refused.err.contains("\nhint: have the engine send the whole message again"), "{}", refused.err);
    assert!(stage.submissions().is_empty());
    assert!(!stage.run(&["quarantine", "show", &id]).out.contains("quarantine replay"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_taken_before_is_not_taken_by_a_replay() {
    let stage = Stage::set("").await;
    let program = stage.start().await;
    // Without the patient it is refused; the whole message has its other content, and so its own entry.
    let feed = without_segment(&fixture("a01-ckm.hl7"), "PID");
    refused(&stage, &program, &feed, "CE", "patient-missing").await;
    let id = stage.quarantine()[0]["id"].as_str().unwrap().to_owned();
    assert!(stage.run(&["quarantine", "show", &id]).out.contains("quarantine replay"));
    let ledger = rusqlite::Connection::open(stage.folder().join("access-bridge.sqlite")).unwrap();
    ledger.execute("UPDATE quarantine SET replayed_at = 1784000000000 WHERE id = ?1", [&id]).unwrap();
    let again = stage.run(&["quarantine", "replay", &id]);
    assert_eq!(again.code, Some(0), "{}", again.err);
    assert!(again.out.contains("already; nothing was done"), "{}", again.out);
    assert!(!stage.run(&["quarantine", "show", &id]).out.contains("quarantine replay"));
}

/// Neither the notice nor the list nor the log said which message it was about, and the log told it as nothing to look at.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_refused_is_found_by_the_control_id_of_its_message() {
    let stage = Stage::set("").await;
    let program = stage.start().await;
    refused(&stage, &program, &without_segment(&fixture("a01-ckm.hl7"), "PID"), "CE", "patient-missing").await;
    let id = stage.quarantine()[0]["id"].as_str().unwrap().to_owned();
    for arguments in [&["quarantine", "list"][..], &["quarantine", "show", &id]] {
        let shown = stage.run(arguments).out;
        assert!(shown.contains("EPIC|LAKESHORE") && shown.contains("LKS000101"), "{shown}");
    }
    let log = program.log();
    let told = log.lines().find(|line| line.contains("feed refused and kept")).unwrap();
    for part in ["WARN", "sender=\"EPIC|LAKESHORE\"", "control_id=\"LKS000101\"", &format!("entry=\"{id}\"")] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let listed = stage.run(&["notices", "list", "--control-id", "LKS000101", "--json"]).out;
    let notice: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!((notice["control_id"].as_str(), notice["quarantine"].as_str()), (Some("LKS000101"), Some(&*id)));
    let shown = stage.run(&["notices", "show", notice["id"].as_str().unwrap()]).out;
    for part in ["control id LKS000101, sender EPIC|LAKESHORE", &format!("access-bridge quarantine show {id}")] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let none = stage.run(&["notices", "list", "--control-id", "NOBODY"]);
    assert_eq!((none.code, none.out.lines().count(), none.err.as_str()), (Some(0), 1, "none\n"));
}

/// AA was given for what stood before the byte.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closing_byte_in_the_middle_of_a_message_acknowledges_nothing() {
    let stage = Stage::set("").await;
    let program = stage.start().await;
    let whole = fixture("a01-ckm.hl7");
    let (first, second) = whole.split_at(whole.windows(5).position(|window| window == b"\rDG1|").unwrap() + 30);
    let damaged = [first, b"\x1c", second].concat();
    assert_eq!(program.exchange(&damaged).await, Reply::Nothing);
    kept(&stage, "frame-damaged", &damaged).await;
    assert!(stage.submissions().is_empty());
    // Without the final byte, and with the next block in the same segment, each is answered.
    let next = with_field(&whole, "MSH", 10, "LKS-NEXT");
    let answers = program.converse(&[b"\x0b", whole.as_slice(), b"\x1c\x0b", &next, b"\x1c"].concat(), 2).await;
    assert!(answers[0].contains("MSA|CA|LKS000101") && answers[1].contains("MSA|CA|LKS-NEXT"), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_is_in_the_mode_the_sender_asks_for() {
    let stage = Stage::set("").await;
    let program = stage.start().await;
    let feed = fixture("a01-ckm.hl7");
    assert_eq!(program.exchange(&feed).await.code(), "CA", "MSH-15 is AL");
    let original = with_field(&with_field(&with_field(&feed, "MSH", 15, ""), "MSH", 16, ""), "MSH", 10, "LKS-ORIGINAL");
    assert_eq!(program.exchange(&original).await.code(), "AA");
    let training = with_field(&original, "MSH", 11, "T");
    assert_eq!(program.exchange(&training).await.code(), "AR");
    let nobody = without_segment(&with_field(&original, "MSH", 10, "LKS-NOBODY"), "PID");
    assert_eq!(program.exchange(&nobody).await.code(), "AE");
    let Reply::Answer(text) = program.exchange(&nobody).await else { panic!("no answer") };
    assert!(text.contains("MSA|AE|LKS-NOBODY") && text.contains("\rERR|"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_icd9_code_is_taken_in_and_never_sent() {
    let stage = Stage::set("").await;
    let program = stage.start().await;
    assert_eq!(program.exchange(&fixture("icd9.hl7")).await.code(), "CA");
    assert_eq!(program.exchange(&fixture("a01-ckm.hl7")).await.code(), "CA");
    stage.submission("check-eligibility", "CKM", "done").await;
    for sent in stage.submissions() {
        let shown = stage.run(&["submissions", "show", "--payload", sent["id"].as_str().unwrap()]);
        assert!(!shown.out.contains("250.00") && !shown.out.contains("icd-9"), "an ICD-9 code was sent");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payload_that_cms_refuses_is_told_with_where_to_look() {
    let fault = "[[fault]]\non = 'submit'\noperation = 'align'\nstatus = 400\n\
        issues = [{ code = 'code-invalid', text = 'Invalid condition code' }]\n";
    let stage = Stage::set(fault).await;
    let program = stage.start().await;
    assert_eq!(program.exchange(&fixture("zac-align-ckm.hl7")).await.code(), "CA");
    let failed = stage.submission("align", "CKM", "failed").await;
    assert_eq!(failed["class"], "fix-and-resend", "{failed}");
    let told = stage.engine.notice("LKS000118", "code-invalid").await;
    assert!(told.message.contains("Invalid condition code") && told.message.contains("DG1-3"), "{}", told.message);
}
