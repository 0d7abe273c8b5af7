//! Requests over real sockets.

use super::*;
use crate::kit::Tray;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const TOKEN: &str = "a-long-token-of-the-site";

struct World {
    address: SocketAddr,
    tray: Arc<Tray>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

async fn world(limits: HttpLimits) -> World {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let tray = Arc::new(Tray::default());
    let endpoint = HttpEndpoint::new("events".into(), &Secret::new(TOKEN), limits, Arc::clone(&tray) as Arc<dyn Sink>);
    let (stop, stopped) = oneshot::channel();
    let serving = tokio::spawn(endpoint.serve(listener, async {
        let _ = stopped.await;
    }));
    World { address, tray, stop, serving }
}

impl World {
    /// Sends bytes, and reads until the server closes or the answer is whole.
    async fn talk(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await.unwrap();
        String::from_utf8(answer).unwrap()
    }

    async fn post(&self, path: &str, headers: &str, body: &str) -> String {
        let length = body.len();
        self.talk(&format!(
            "POST {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        ))
        .await
    }

    async fn send(&self, body: &str) -> String {
        self.post("/", &format!("Authorization: Bearer {TOKEN}\r\nContent-Type: application/fhir+json\r\n"), body).await
    }
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

/// The outcome of an answer: severity and code.
fn outcome(answer: &str) -> (String, String) {
    let body: serde_json::Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body["resourceType"], "OperationOutcome");
    let issue = &body["issue"][0];
    assert!(!issue["details"]["text"].as_str().unwrap().is_empty());
    (issue["severity"].as_str().unwrap().to_owned(), issue["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_message_is_taken_once_it_is_stored() {
    let world = world(HttpLimits::default()).await;
    let answer = world.send("{\"a\":1}").await;
    assert_eq!((status(&answer), answer.ends_with("\r\n\r\n")), (202, true), "{answer}");
    let taken = world.tray.last();
    assert_eq!(
        (taken.bytes.expose().as_slice(), taken.form, &*taken.source),
        (&b"{\"a\":1}"[..], Form::Message, "events")
    );
    // The same again is taken, too, and so is one at the operation of FHIR.
    assert_eq!(status(&world.send("{\"a\":1}").await), 202);
    let headers = format!("authorization: bearer   {TOKEN}\r\ncontent-type: Application/JSON; charset=utf-8\r\n");
    assert_eq!(status(&world.post("/fhir/$process-message?async=true", &headers, "{\"b\":2}").await), 202);
    assert_eq!(world.tray.texts().len(), 2);
    let answer = world.send("{\"unmatched\":1}").await;
    assert_eq!((status(&answer), outcome(&answer)), (202, ("warning".to_owned(), "not-found".to_owned())));
}

#[tokio::test]
async fn who_has_no_token_learns_nothing_and_leaves_nothing() {
    let world = world(HttpLimits::default()).await;
    let json = "Content-Type: application/json\r\n";
    for authorization in [
        String::new(),
        "Authorization: Bearer\r\n".to_owned(),
        "Authorization: Bearer \r\n".to_owned(),
        format!("Authorization: Basic {TOKEN}\r\n"),
        format!("Authorization: Bearer {TOKEN}x\r\n"),
        format!("Authorization: Bearer {}\r\n", &TOKEN[1..]),
        format!("Authorization: Bearer {TOKEN}\r\nAuthorization: Bearer {TOKEN}\r\n"),
    ] {
        for path in ["/", "/nowhere"] {
            let answer = world.post(path, &format!("{authorization}{json}"), "{}").await;
            assert_eq!(status(&answer), 401, "{authorization}");
            assert!(answer.to_ascii_lowercase().contains("www-authenticate: bearer"), "{answer}");
            assert_eq!(outcome(&answer), ("error".to_owned(), "login".to_owned()));
        }
    }
    assert!(world.tray.texts().is_empty());
}

#[tokio::test]
async fn what_is_no_message_by_its_head_is_refused() {
    let world = world(HttpLimits::default()).await;
    let bearer = format!("Authorization: Bearer {TOKEN}\r\n");
    let json = "Content-Type: application/json\r\n";
    let answer = world.post("/elsewhere", &format!("{bearer}{json}"), "{}").await;
    assert_eq!((status(&answer), outcome(&answer).1.as_str()), (404, "not-found"));
    let answer = world.post("/", &format!("{bearer}Content-Type: text/plain\r\n"), "{}").await;
    assert_eq!((status(&answer), outcome(&answer).1.as_str()), (415, "not-supported"));
    let answer = world.post("/", &bearer, "{}").await;
    assert_eq!(status(&answer), 415);
    let answer = world.talk(&format!("GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n{bearer}\r\n")).await;
    assert_eq!((status(&answer), answer.to_ascii_lowercase().contains("allow: post")), (405, true), "{answer}");
    let answer = world.talk("no http at all\r\n\r\n").await;
    assert!(answer.is_empty() || status(&answer) == 400, "{answer}");
    assert!(world.tray.texts().is_empty());
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_however_it_is_sent() {
    let world = world(HttpLimits { body: 1000, ..HttpLimits::default() }).await;
    let answer = world.send(&"x".repeat(1001)).await;
    assert_eq!((status(&answer), outcome(&answer).1.as_str()), (413, "too-long"));
    let chunks = format!("{}0\r\n\r\n", format!("100\r\n{}\r\n", "y".repeat(256)).repeat(5));
    let head = format!(
        "POST / HTTP/1.1\r\nHost: here\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n\r\n"
    );
    let answer = world.talk(&(head + &chunks)).await;
    assert_eq!(status(&answer), 413);
    assert_eq!(status(&world.send(&"x".repeat(1000)).await), 202);
    assert_eq!(world.tray.texts().len(), 1);
}

#[tokio::test]
async fn a_sender_that_is_too_slow_or_goes_away_holds_nobody_up() {
    let world = world(HttpLimits { time: Duration::from_millis(200), connections: 2, ..HttpLimits::default() }).await;
    let head = format!(
        "POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n\r\nhalf"
    );
    let answer = world.talk(&head).await;
    assert_eq!((status(&answer), outcome(&answer).1.as_str()), (408, "timeout"));
    // Connections that never say anything are closed, and make room.
    let mut silent = Vec::new();
    for _ in 0..4 {
        silent.push(TcpStream::connect(world.address).await.unwrap());
    }
    let mut gone = TcpStream::connect(world.address).await.unwrap();
    gone.write_all(head.as_bytes()).await.unwrap();
    drop(gone);
    assert_eq!(status(&world.send("{}").await), 202);
    assert_eq!(world.tray.texts().len(), 1);
}

#[tokio::test]
async fn own_trouble_asks_for_the_message_again() {
    let world = world(HttpLimits::default()).await;
    world.tray.refuse(1);
    let answer = world.send("{}").await;
    assert_eq!((status(&answer), outcome(&answer).1.as_str()), (503, "transient"));
    assert!(answer.to_ascii_lowercase().contains("retry-after: 30"), "{answer}");
    assert_eq!(status(&world.send("{}").await), 202);
}

#[tokio::test]
async fn it_stops_when_told_even_with_a_connection_open() {
    let world = world(HttpLimits::default()).await;
    let open = TcpStream::connect(world.address).await.unwrap();
    assert_eq!(status(&world.send("{}").await), 202);
    world.stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(20), world.serving).await.unwrap().unwrap();
    assert!(TcpStream::connect(world.address).await.is_err());
    drop(open);
}
