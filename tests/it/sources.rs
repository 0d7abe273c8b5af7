//! Feeds through every kind of source of the program: each is stored before it is answered, and has its effect once.

use bridge_net::kit::{Authority, NatsServer};
use bridge_net::nats::{self, Credentials};
use kit::{Stage, fixture, until};
use std::time::Duration;

fn nats(server: &NatsServer) -> nats::Options {
    nats::Options {
        servers: vec![server.address()],
        tls: None,
        credentials: Credentials::None,
        name: "test".to_owned(),
        limit: Duration::from_secs(10),
    }
}

fn fhir(name: &str) -> Vec<u8> {
    kit::resources().into_iter().find(|(file, _)| file == name).unwrap().1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feeds_over_http_are_answered_and_have_their_effect_once() {
    let stage = Stage::set("").await;
    stage.configure("[[source]]\nname = 'web'\nkind = 'http'\nlisten = '127.0.0.1:0'\n");
    let program = stage.start().await;
    let feed = fixture("a01-ckm.hl7");
    for _ in 0..2 {
        let (status, body) = program.post("/hl7v2", "text/plain", &feed).await;
        assert_eq!(status, 200);
        assert!(body.contains("\rMSA|CA|LKS000101\r"), "{body}");
    }
    // The same over MLLP is known, too.
    assert_eq!(program.send(&feed).await, "CA");
    stage.engine.notice("LKS000101", "eligible").await;
    assert_eq!(stage.posts("check-eligibility", "CKM"), 1);
    let (status, body) = program.post("/hl7v2", "text/plain", &fixture("training.hl7")).await;
    assert_eq!((status, body.contains("\rMSA|CR|")), (200, true), "{body}");
    let kept = stage.quarantine();
    assert_eq!((kept.len(), kept[0]["source"].as_str()), (1, Some("http:web")));
    let (status, body) = program.post("/fhir", "application/fhir+json", &fhir("message-msk.json")).await;
    assert_eq!(status, 200, "{body}");
    let (status, body) = program.post("/fhir", "application/fhir+json", &fhir("training.json")).await;
    let outcome: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, outcome["resourceType"].as_str()), (202, Some("OperationOutcome")), "{body}");
    stage.submission("check-eligibility", "MSK", "done").await;
}

/// An engine would repeat it for ever, and hold its queue, if this were an error.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_large_over_http_is_refused_below_400_and_its_beginning_kept() {
    let mut stage = Stage::set("").await;
    stage.vary("LIMITS__FRAME_BYTES", "65536");
    stage.configure("[[source]]\nname = 'web'\nkind = 'http'\nlisten = '127.0.0.1:0'\n");
    let program = stage.start().await;
    let large = [fixture("a01-ckm.hl7"), b"OBX|1|ED|||".to_vec(), vec![b'x'; 3_000_000]].concat();
    let (status, body) = program.post("/hl7v2", "text/plain", &large).await;
    assert_eq!((status, body.contains("\rMSA|CR|LKS000101|The message is larger")), (200, true), "{body}");
    let (status, body) =
        program.post("/fhir", "text/plain", &[b"{\"a\":\"".to_vec(), vec![b'x'; 70_000]].concat()).await;
    assert_eq!((status, body.contains("frame-too-large")), (202, true), "{body}");
    let kept = stage.quarantine();
    let codes: Vec<_> = kept.iter().map(|one| (one["code"].as_str(), one["source"].as_str())).collect();
    assert_eq!(codes, [(Some("frame-too-large"), Some("http:web")); 2]);
    // What is taken at all is taken whatever it is called.
    let (status, body) = program.post("/fhir", "text/plain", &fhir("message-msk.json")).await;
    assert_eq!(status, 200, "{body}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_file_is_taken_and_a_kill_in_the_middle_has_no_second_effect() {
    let stage = Stage::set("").await;
    stage.configure(
        "[[source]]\nname = 'drop'\nkind = 'folder'\npath = 'inbox'\nevery = '50ms'\nquiet = '0ms'\nacks = true\n",
    );
    let nowhere = stage.run(&["run"]);
    assert_eq!(nowhere.code, Some(2), "{}", nowhere.err);
    assert!(nowhere.err.contains("source drop: ") && nowhere.err.contains("hint: make it"), "{}", nowhere.err);
    let inbox = stage.folder().join("inbox");
    std::fs::create_dir(&inbox).unwrap();
    let program = stage.start().await;
    // Many messages, so that the kill comes in the middle of them.
    let text = String::from_utf8(fixture("a01-ckm.hl7")).unwrap();
    let many: String = (0..300).map(|number| text.replace("LKS000101", &format!("D{number}"))).collect();
    std::fs::write(inbox.join(".many.hl7"), &many).unwrap();
    std::fs::rename(inbox.join(".many.hl7"), inbox.join("many.hl7")).unwrap();
    until("it is in hand", || inbox.join("work/many.hl7").exists().then_some(())).await;
    program.kill();
    let before = inbox.join("work/many.hl7").exists();

    let program = stage.start().await;
    until("it is done", || inbox.join("done/many.hl7").exists().then_some(())).await;
    assert!(before, "the whole file was taken before the kill: make it longer");
    let answers = std::fs::read_to_string(inbox.join("done/many.hl7.ack")).unwrap();
    assert_eq!(answers.matches("\rMSA|CA|D").count(), 300);
    let ledger = rusqlite::Connection::open(stage.folder().join("access-bridge.sqlite")).unwrap();
    let feeds: i64 =
        ledger.query_row("SELECT count(*) FROM feeds WHERE source = 'file:drop'", [], |row| row.get(0)).unwrap();
    assert_eq!(feeds, 300);
    assert_eq!(stage.submissions().len(), 1);

    std::fs::write(inbox.join("mixed.hl7"), [fixture("a04-msk.hl7"), fixture("training.hl7")].concat()).unwrap();
    until("it is dealt with", || inbox.join("failed/mixed.hl7.reason.txt").exists().then_some(())).await;
    let reason = std::fs::read_to_string(inbox.join("failed/mixed.hl7.reason.txt")).unwrap();
    assert!(
        reason.contains("1 feed(s) stored, 1 refused") && reason.contains("feed 2: AR training-message"),
        "{reason}"
    );
    let kept = stage.quarantine().remove(0)["id"].as_str().unwrap().to_owned();
    assert!(reason.contains(&format!(", kept as {kept}\n")), "{reason}");
    assert!(!program.log().contains("mixed.hl7"), "names of files are not logged");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pipe_is_taken_to_its_end() {
    let stage = Stage::set("").await;
    let input = stage.folder().join("input");
    std::fs::write(&input, fixture("batch-three.hl7")).unwrap();
    let program = stage.start_with_input(&input).await;
    until("the pipe has ended", || program.log().contains("standard input has ended").then_some(())).await;
    for id in ["LKS000201", "LKS000202", "LKS000203"] {
        until(&format!("a notice about {id}"), || stage.engine.heard().into_iter().find(|one| one.control_id == id))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_mutual_tls_an_engine_is_let_in_and_told_back() {
    let (ours, engines) = (Authority::new().unwrap(), Authority::new().unwrap());
    let server = ours.server(Some(&engines)).unwrap();
    let stage = Stage::set("").await;
    let tls = format!(
        "tls = {{ certificate = '{}', key = '{}', client_ca = '{}' }}",
        server.certificate.display(),
        server.key.display(),
        engines.ca().display()
    );
    stage.configure(&format!("[[source]]\nname = 'safe'\nkind = 'mllp'\nlisten = '127.0.0.1:0'\n{tls}\n"));
    let program = stage.start().await;
    let checked = stage.run(&["check"]);
    assert_eq!(checked.code, Some(0), "{}{}", checked.out, checked.err);
    let log = program.log();
    let line = log.lines().find(|line| line.contains("listening for MLLP") && line.contains("safe")).unwrap();
    let port = line.split("address=").nth(1).unwrap().split_whitespace().next().unwrap().rsplit(':').next().unwrap();
    let file = stage.folder().join("a.hl7");
    std::fs::write(&file, fixture("a01-ckm.hl7")).unwrap();
    let (certificate, key) = engines.issue("engine", "engine").unwrap();
    let to = format!("localhost:{port}");
    let path = |path: &std::path::Path| path.display().to_string();
    let (ca, certificate, key, file) = (path(&ours.ca()), path(&certificate), path(&key), path(&file));
    let sent = kit::offline(&["send", "--to", &to, "--ca", &ca, "--identity", &certificate, &key, "--", &file]);
    assert_eq!((sent.code, sent.out.ends_with("a.hl7  CA\n")), (Some(0), true), "{}{}", sent.out, sent.err);
    let stranger = kit::offline(&["send", "--to", &to, "--ca", &ca, "--", &file]);
    assert_eq!(stranger.code, Some(1), "{}{}", stranger.out, stranger.err);
    stage.engine.notice("LKS000101", "eligible").await;
    assert_eq!(stage.posts("check-eligibility", "CKM"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_is_consumed_and_its_notices_published() {
    let Some(server) = NatsServer::start("a_stream_is_consumed_and_its_notices_published").unwrap() else { return };
    let context = async_nats::jetstream::new(nats::connect(&nats(&server)).await.unwrap());
    for (name, subject) in [("ADT", "adt.>"), ("NOTICES", "access.>")] {
        let wanted = async_nats::jetstream::stream::Config {
            name: name.to_owned(),
            subjects: vec![subject.to_owned()],
            ..Default::default()
        };
        context.create_stream(wanted).await.unwrap();
    }
    let stage = Stage::set("").await;
    stage.configure(&format!("[nats]\nservers = ['{}']\n", server.address()));
    stage.configure("[[source]]\nname = 'stream'\nkind = 'jetstream'\nstream = 'ADT'\nsubject = 'adt.in'\ndead_subject = 'adt.dead'\n");
    stage.configure("[[route]]\nname = 'stream'\nkind = 'jetstream'\nsubject = 'access.notices'\nformat = 'json'\nkinds = ['outcome']\n");
    let _program = stage.start().await;
    for feed in ["a01-ckm.hl7", "a01-ckm.hl7", "training.hl7"] {
        context.publish("adt.in", fixture(feed).into()).await.unwrap().await.unwrap();
    }
    stage.engine.notice("LKS000101", "eligible").await;
    assert_eq!(stage.posts("check-eligibility", "CKM"), 1);
    let published = until("the outcome is in the stream", || last(&context, "NOTICES", "access.notices")).await;
    let event: serde_json::Value = serde_json::from_slice(&published.payload).unwrap();
    assert_eq!(event["data"]["code"], "eligible");
    assert_eq!(published.headers.get("Nats-Msg-Id").unwrap().to_string(), event["id"].as_str().unwrap());
    let dead = until("the refused message is dead", || last(&context, "ADT", "adt.dead")).await;
    assert_eq!(dead.headers.get("Access-Bridge-Code").unwrap().to_string(), "training-message");
    assert_eq!(stage.quarantine()[0]["source"], "jetstream:stream");
}

/// The last message of a subject, if there is one; waits for the answer of the server.
fn last(
    context: &async_nats::jetstream::Context,
    stream: &str,
    subject: &str,
) -> Option<async_nats::jetstream::message::StreamMessage> {
    tokio::task::block_in_place(|| {
        tokio::runtime::Handle::current().block_on(async {
            let stream = context.get_stream(stream).await.ok()?;
            stream.get_last_raw_message_by_subject(subject).await.ok()
        })
    })
}
