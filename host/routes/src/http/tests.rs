//! Deliveries to receivers with every habit, on real sockets.

use super::{HttpOptions, HttpRoute, Secrets};
use crate::{Cause, Outgoing, Route};
use bridge_net::Stream;
use bridge_net::kit::Authority;
use bridge_net::tls::{ClientTls, ServerTls};
use bridge_types::contract::Format;
use bridge_types::{Disposition, Phi, Secret, TestClock, Timestamp};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const SECRET: &str = "a-secret-that-nobody-guesses";

struct Receiver {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

/// A receiver that gives these answers, one after the other, each on a connection of its own; then nobody listens.
async fn receiver(answers: &'static [&'static str], tls: Option<Arc<ServerTls>>) -> Receiver {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&heard);
    tokio::spawn(async move {
        for answer in answers {
            let mut stream = loop {
                let (socket, _) = listener.accept().await.unwrap();
                if let Ok(stream) = Stream::accept(socket, tls.as_deref()).await {
                    break stream;
                }
            };
            let mut request = Vec::new();
            while !whole(&request) {
                let mut chunk = [0; 4096];
                match stream.read(&mut chunk).await {
                    Ok(count) if count > 0 => request.extend_from_slice(&chunk[..count]),
                    _ => break,
                }
            }
            noted.lock().unwrap().push(String::from_utf8(request).unwrap());
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    Receiver { port, heard }
}

fn whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length =
        head.to_ascii_lowercase().split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

fn item(format: Format) -> Outgoing {
    Outgoing { id: "n1".into(), format, text: Phi::new("{\"a\":1}".into()), control_id: "n1".into() }
}

fn route(scheme: &str, port: u16, tls: Option<Arc<ClientTls>>) -> HttpRoute {
    let options = HttpOptions {
        url: format!("{scheme}://localhost:{port}/hook?site=a").parse().unwrap(),
        tls,
        secrets: Some(Secrets::read(&Secret::new(SECRET)).unwrap()),
        token: Some(Secret::new("the-token")),
        connect: Duration::from_secs(10),
        answer: Duration::from_secs(10),
    };
    HttpRoute::new(options, Arc::new(TestClock::at(Timestamp::parse("2026-11-23T12:00:00Z").unwrap())))
}

#[tokio::test]
async fn a_notice_is_posted_signed_and_with_its_id() {
    let receiver = receiver(&["HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"], None).await;
    let delivered = route("http", receiver.port, None).deliver(&item(Format::Json)).await.unwrap();
    assert_eq!(delivered.receipt, "204");
    let request = receiver.heard.lock().unwrap()[0].clone();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "{\"a\":1}");
    assert!(head.starts_with("POST /hook?site=a HTTP/1.1\r\n"), "{head}");
    let seconds = 1_795_435_200;
    let at = Timestamp::from_millis(seconds * 1000);
    let signed = Secrets::read(&Secret::new(SECRET)).unwrap().sign("n1", at, body.as_bytes());
    for line in [
        "webhook-id: n1".to_owned(),
        "idempotency-key: n1".to_owned(),
        format!("webhook-timestamp: {seconds}"),
        format!("webhook-signature: {signed}"),
        "authorization: Bearer the-token".to_owned(),
        "content-type: application/cloudevents+json; charset=utf-8".to_owned(),
    ] {
        assert!(head.lines().any(|found| found == line), "{line} is not in\n{head}");
    }
}

#[tokio::test]
async fn the_answer_decides_what_may_be_done_next() {
    let retry = |seconds: Option<u64>| Disposition::Retry { after: seconds.map(Duration::from_secs) };
    for (answer, disposition) in [
        ("HTTP/1.1 503 X\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n", retry(Some(120))),
        ("HTTP/1.1 429 X\r\nRetry-After: Mon, 23 Nov 2026 12:01:00 GMT\r\nContent-Length: 0\r\n\r\n", retry(Some(60))),
        ("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", retry(None)),
        ("HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n", Disposition::Operator),
        ("HTTP/1.1 302 X\r\nLocation: http://localhost:1/\r\nContent-Length: 0\r\n\r\n", Disposition::Operator),
        ("HTTP/1.1 422 X\r\nContent-Length: 0\r\n\r\n", Disposition::Reject),
        ("no http", retry(None)),
        ("", retry(None)),
    ] {
        let receiver = receiver(Box::leak(Box::new([answer])), None).await;
        let error = route("http", receiver.port, None).deliver(&item(Format::Json)).await.unwrap_err();
        assert_eq!(error.disposition, disposition, "{answer}");
    }
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let error = route("http", nobody, None).deliver(&item(Format::Json)).await.unwrap_err();
    assert_eq!(error.disposition, retry(None));
}

#[tokio::test]
async fn an_acknowledgement_in_the_answer_counts_for_hl7() {
    for (body, told) in [("MSH|^~\\&|A\rMSA|AA|n1\r", "AA"), ("MSH|^~\\&|A\rMSA|AE|n1|no\r", "AE"), ("thanks", "200")] {
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let answer: &'static str = Box::leak(answer.into_boxed_str());
        let receiver = receiver(Box::leak(Box::new([answer])), None).await;
        let result = route("http", receiver.port, None).deliver(&item(Format::Hl7v2)).await;
        let told_back = match result {
            Ok(delivered) => delivered.receipt,
            Err(error) => {
                assert_eq!(error.disposition, Disposition::Reject);
                let Cause::Refused { code, .. } = error.cause else { panic!("{error:?}") };
                code.to_owned()
            }
        };
        assert_eq!(told_back, told);
    }
}

#[tokio::test]
async fn of_an_answer_no_more_than_64_kib_is_looked_at() {
    for (lines, told) in [(0, None), (7_000, Some("200"))] {
        let body = format!("MSH|^~\\&|A\r{}MSA|AE|n1|no\r", "ZZZ|filler\r".repeat(lines));
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let answer: &'static str = Box::leak(answer.into_boxed_str());
        let receiver = receiver(Box::leak(Box::new([answer])), None).await;
        let result = route("http", receiver.port, None).deliver(&item(Format::Hl7v2)).await;
        assert_eq!(result.ok().map(|delivered| delivered.receipt).as_deref(), told, "{lines} lines");
    }
}

#[tokio::test]
async fn over_tls_the_receiver_must_be_who_it_should_be_and_new_certificates_are_used() {
    let (ours, theirs, other) = (Authority::new().unwrap(), Authority::new().unwrap(), Authority::new().unwrap());
    let tls = Arc::new(ServerTls::new(theirs.server(Some(&ours)).unwrap()).unwrap());
    let receiver = receiver(&["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"], Some(tls)).await;
    let stranger = Arc::new(ClientTls::new(other.client(Some(&ours)).unwrap()).unwrap());
    let mistrusting = route("https", receiver.port, Some(Arc::clone(&stranger)));
    let error = mistrusting.deliver(&item(Format::Json)).await.unwrap_err();
    assert_eq!(error.disposition, Disposition::Retry { after: None });
    // The file of the authority is mended, and the same route delivers.
    std::fs::copy(theirs.ca(), other.ca()).unwrap();
    stranger.reload().unwrap();
    assert_eq!(mistrusting.deliver(&item(Format::Json)).await.unwrap().receipt, "200");
    assert_eq!(receiver.heard.lock().unwrap().len(), 1);
}
