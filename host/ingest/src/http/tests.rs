//! Requests over real sockets.

use super::HttpDoor;
use crate::kit::{Tray, acknowledger, message};
use crate::{Discard, Source, SourceKind};
use bridge_net::http::{Limits, Options, Token, serve};
use bridge_types::Secret;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const TOKEN: &str = "a-long-token-of-the-site";

struct World {
    address: SocketAddr,
    tray: Arc<Tray>,
}

async fn world(token: bool) -> World {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let tray = Arc::new(Tray::default());
    let door = HttpDoor {
        source: Source::new(SourceKind::Http, "web"),
        token: token.then(|| Token::new(&Secret::new(TOKEN))),
        acknowledger: acknowledger(),
        intake: tray.clone(),
    };
    let limits = Limits { body: 4000, ..Limits::default() };
    let options = Options { name: "web".into(), limits, tls: None };
    tokio::spawn(serve(listener, options, Arc::new(door), std::future::pending()));
    World { address, tray }
}

struct Heard {
    status: u16,
    head: String,
    body: String,
}

impl Heard {
    fn codes(&self) -> Vec<&str> {
        self.body.split('\r').filter(|line| line.starts_with("MSA")).collect()
    }

    fn outcome(&self) -> Value {
        let value: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(value["resourceType"], "OperationOutcome");
        assert!(self.head.contains("content-type: application/fhir+json"), "{}", self.head);
        value
    }
}

impl World {
    async fn ask(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Heard {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
        );
        stream.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
        let mut answer = Vec::new();
        let reading = stream.read_to_end(&mut answer);
        let _ = tokio::time::timeout(std::time::Duration::from_secs(20), reading).await.expect("an answer");
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Heard { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    async fn hl7(&self, kind: &str, text: &str) -> Heard {
        self.ask("POST", "/hl7v2", &format!("Content-Type: {kind}\r\n"), text.as_bytes()).await
    }

    async fn fhir(&self, text: &str) -> Heard {
        self.ask("POST", "/fhir", "Content-Type: application/fhir+json\r\n", text.as_bytes()).await
    }
}

#[tokio::test]
async fn a_message_is_answered_200_whatever_the_verdict_since_engines_repeat_the_rest_for_ever() {
    let world = world(false).await;
    for (id, code) in [("1", "MSA|AA|1"), ("1", "MSA|AA|1"), ("BAD2", "MSA|AE|BAD2|the number is damaged")] {
        let heard = world.hl7("x-application/hl7-v2+er7", &message(id)).await;
        assert_eq!((heard.status, heard.codes()), (200, vec![code]));
        assert!(heard.head.contains("content-type: x-application/hl7-v2+er7"), "{}", heard.head);
    }
    let heard = world.hl7("text/plain; charset=utf-8", "hello there").await;
    assert_eq!((heard.status, heard.codes()[0].starts_with("MSA|AR|")), (200, true));
    assert!(heard.head.contains("content-type: text/plain"), "{}", heard.head);
    assert_eq!(world.tray.sources()[0], "http:web");
    // MLLP bytes left in the body do not matter.
    let heard = world.hl7("application/hl7-v2", &format!("\u{b}{}\u{1c}\r", message("3"))).await;
    assert_eq!((heard.status, heard.codes()), (200, vec!["MSA|AA|3"]));
    assert!(heard.head.contains("content-type: application/hl7-v2\r"), "{}", heard.head);
    assert_eq!(world.tray.effects(), 2);
}

#[tokio::test]
async fn a_batch_gets_one_acknowledgement_for_each_message_in_order() {
    let world = world(false).await;
    let batch = format!("BHS|^~\\&\r{}{}{}BTS|3\r", message("1"), message("BAD2"), message("3"));
    let heard = world.hl7("", &batch).await;
    assert_eq!(heard.codes(), ["MSA|AA|1", "MSA|AE|BAD2|the number is damaged", "MSA|AA|3"]);
    assert_eq!(world.tray.positions(), [1, 2, 3]);
    let asks_for_none = message("4").replace("|2.5.1\r", "|2.5.1|||NE|NE\r");
    let heard = world.hl7("", &asks_for_none).await;
    assert_eq!((heard.status, heard.body.as_str()), (204, ""));
}

#[tokio::test]
async fn own_trouble_asks_for_the_whole_again_and_nothing_happens_twice() {
    let world = world(false).await;
    let batch = format!("{}{}", message("1"), message("2"));
    world.hl7("", &message("1")).await;
    world.tray.broken.store(true, Ordering::SeqCst);
    let heard = world.hl7("", &batch).await;
    assert_eq!(heard.status, 503);
    assert!(heard.head.contains("retry-after: 30"), "{}", heard.head);
    assert_eq!(heard.outcome()["issue"][0]["code"], "transient");
    assert_eq!(world.fhir("{\"resourceType\":\"Patient\"}").await.status, 503);
    world.tray.broken.store(false, Ordering::SeqCst);
    assert_eq!(world.hl7("", &batch).await.codes(), ["MSA|AA|1", "MSA|AA|2"]);
    assert_eq!(world.tray.effects(), 2);
}

#[tokio::test]
async fn fhir_is_answered_with_what_became_of_each_document() {
    let world = world(false).await;
    let heard = world.fhir("{\"resourceType\":\"Bundle\"}").await;
    let outcome = heard.outcome();
    assert_eq!((heard.status, outcome["issue"].as_array().unwrap().len()), (200, 1));
    assert_eq!(outcome["issue"][0]["details"]["text"], "1 of 1 stored");
    let lines = "{\"resourceType\":\"Bundle\"}\n{\"bad\":1}\n{\"resourceType\":\"Patient\"}\n";
    let heard = world.ask("POST", "/fhir", "Content-Type: application/fhir+ndjson\r\n", lines.as_bytes()).await;
    let outcome = heard.outcome();
    assert_eq!(heard.status, 202);
    let text = outcome["issue"][0]["details"]["text"].as_str().unwrap();
    assert!(text.starts_with("2 of 3 stored, 1 of them earlier already; 1 kept in quarantine"), "{text}");
    let issue = &outcome["issue"][1];
    assert_eq!((issue["severity"].as_str(), issue["code"].as_str()), (Some("error"), Some("required")));
    assert_eq!(issue["details"]["coding"][0]["code"], "not-usable");
    assert_eq!(issue["details"]["text"], "document 2: the number is damaged");
    assert_eq!(issue["expression"][0], "PID-3");
}

#[tokio::test]
async fn what_a_body_holds_is_told_by_its_content_and_not_by_the_type_it_is_given() {
    let world = world(false).await;
    for kind in ["text/plain", "", "application/octet-stream", "application/fhir+xml"] {
        let headers = if kind.is_empty() { String::new() } else { format!("Content-Type: {kind}\r\n") };
        let heard = world.ask("POST", "/fhir", &headers, b"{\"resourceType\":\"Patient\"}").await;
        let outcome = heard.outcome();
        let text = outcome["issue"][0]["details"]["text"].as_str().unwrap();
        assert!(heard.status == 200 && text.starts_with("1 of 1 stored"), "{kind}: {} {text}", heard.status);
        let heard = world.ask("POST", "/fhir", &headers, b"hello there").await;
        assert_eq!((heard.status, heard.outcome()["issue"][1]["severity"].as_str()), (202, Some("error")), "{kind}");
    }
    assert_eq!(world.tray.effects(), 1);
}

/// A status from 400 on would hold an engine's queue for ever.
#[tokio::test]
async fn a_body_that_is_too_large_is_refused_below_400_and_its_beginning_kept() {
    let world = world(false).await;
    let large = format!("{}OBX|1|ED|||{}", message("large"), "x".repeat(1_000_000));
    let heard = world.hl7("text/plain", &large).await;
    assert_eq!(heard.status, 200);
    assert_eq!(heard.codes(), ["MSA|AR|large|The message is larger than the 4000 bytes accepted here."]);
    let document = format!("{{\"resourceType\":\"Binary\",\"data\":\"{}\"}}", "x".repeat(5000));
    let heard = world.fhir(&document).await;
    let outcome = heard.outcome();
    let issue = &outcome["issue"][1];
    assert_eq!((heard.status, issue["code"].as_str()), (202, Some("too-long")));
    assert_eq!(issue["details"]["coding"][0]["code"], "frame-too-large");
    let beginning = |text: &str| (text.as_bytes()[..4000].to_vec(), Discard::TooLarge);
    assert_eq!(world.tray.kept(), [beginning(&large), beginning(&document)]);
    assert_eq!(world.tray.effects(), 0);
    // Where the beginning cannot be kept, the sender keeps the whole.
    world.tray.broken.store(true, Ordering::SeqCst);
    assert_eq!(world.hl7("text/plain", &large).await.status, 503);
    assert_eq!(world.fhir(&document).await.status, 503);
}

#[tokio::test]
async fn a_compressed_body_and_a_form_are_refused_below_400_and_kept() {
    let world = world(false).await;
    for head in ["Content-Encoding: gzip\r\n", "Content-Type: multipart/form-data; boundary=x\r\n"] {
        let heard = world.ask("POST", "/hl7v2", head, b"\x1f\x8bxxxx").await;
        assert_eq!((heard.status, heard.codes()[0]), (200, "MSA|AR||The body is compressed, or a form."), "{head}");
        let heard = world.ask("POST", "/fhir", head, b"\x1f\x8bxxxx").await;
        assert_eq!(heard.outcome()["issue"][1]["details"]["coding"][0]["code"], "body-wrapped");
        assert_eq!(heard.status, 202);
    }
    assert_eq!(world.tray.kept(), vec![(b"\x1f\x8bxxxx".to_vec(), Discard::Wrapped); 4]);
    assert_eq!(world.tray.effects(), 0);
}

#[tokio::test]
async fn who_has_no_token_or_comes_from_a_web_page_leaves_nothing() {
    let guarded = world(true).await;
    for authorization in ["", "Authorization: Bearer wrong\r\n", "Authorization: Basic YTpi\r\n"] {
        for path in ["/hl7v2", "/fhir", "/nowhere"] {
            assert_eq!(guarded.ask("POST", path, authorization, message("1").as_bytes()).await.status, 401);
        }
    }
    let bearer = format!("Authorization: Bearer {TOKEN}\r\n");
    assert_eq!(guarded.ask("POST", "/hl7v2", &bearer, message("1").as_bytes()).await.codes(), ["MSA|AA|1"]);
    assert_eq!(guarded.tray.effects(), 1);
    let open = world(false).await;
    let page = "Origin: https://elsewhere.example\r\nContent-Type: text/plain\r\n";
    assert_eq!(open.ask("POST", "/hl7v2", page, message("1").as_bytes()).await.status, 403);
    assert_eq!(open.tray.effects(), 0);
}

#[tokio::test]
async fn what_is_no_feed_by_its_head_is_refused_and_said_why() {
    let world = world(false).await;
    let plain = "Content-Type: text/plain\r\n";
    for (method, path, headers, body, status) in
        [("POST", "/", plain, 10, 404), ("PUT", "/hl7v2", plain, 10, 405), ("GET", "/fhir", "", 0, 405)]
    {
        let heard = world.ask(method, path, headers, &vec![b'x'; body]).await;
        assert_eq!(heard.status, status, "{method} {path} {headers}");
        assert!(!heard.outcome()["issue"][0]["details"]["text"].as_str().unwrap().is_empty());
    }
    assert_eq!(world.tray.effects(), 0);
}

#[tokio::test]
async fn health_is_told_to_anybody() {
    let world = world(true).await;
    assert_eq!(world.ask("GET", "/livez", "", b"").await.status, 200);
    assert_eq!(world.ask("GET", "/readyz", "", b"").await.status, 200);
    world.tray.broken.store(true, Ordering::SeqCst);
    assert_eq!(world.ask("GET", "/livez", "", b"").await.status, 200);
    assert_eq!(world.ask("GET", "/readyz", "", b"").await.status, 503);
}
