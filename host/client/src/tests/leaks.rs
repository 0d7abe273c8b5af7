//! Nothing that must stay inside comes out: not by `Debug`, not by `Display`, not by any log of this crate or of the HTTP
//! libraries under it, at any level.

use super::client_with;
use super::server::{Reaction, Server, http, json, plain};
use crate::{FailureCause, Polled, Submitted};
use bridge_types::{Phi, Secret, contract::Operation};
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex, OnceLock};

/// What must never appear.
const FORBIDDEN: [&str; 9] = [
    "leak-client-id",
    "leak-client-secret",
    "leak-token",
    "leak-payload-name",
    "leak-answer-text",
    "leak-sub-42",
    "leak-entity",
    "leak-progress",
    "leak-description",
];

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Captured {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// Collects what libraries write through the `log` crate.
struct LogSink(Captured);

impl log::Log for LogSink {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}\n", record.target(), record.args());
        self.0.0.lock().unwrap().extend_from_slice(line.as_bytes());
    }

    fn flush(&self) {}
}

/// What this process writes through `log` and through `tracing`, at every level and from every thread. For the whole process,
/// because a subscriber of one thread misses each callsite that another test's thread happens to reach first.
fn captured() -> (Captured, Captured) {
    static SINKS: OnceLock<(Captured, Captured)> = OnceLock::new();
    SINKS
        .get_or_init(|| {
            let (logs, traces) = (Captured::default(), Captured::default());
            // Without the boxed one, whose feature of `log` would have wasmtime built once more for the tests.
            log::set_logger(Box::leak(Box::new(LogSink(logs.clone())))).unwrap();
            log::set_max_level(log::LevelFilter::Trace);
            let writer = traces.clone();
            let subscriber = tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_ansi(false)
                .with_writer(move || writer.clone())
                .finish();
            tracing::subscriber::set_global_default(subscriber).unwrap();
            (logs, traces)
        })
        .clone()
}

fn assert_clean(what: &str, text: &str) {
    for forbidden in FORBIDDEN {
        assert!(!text.contains(forbidden), "{what} shows {forbidden}:\n{text}");
    }
}

#[tokio::test]
async fn no_secret_token_payload_answer_or_submission_id_comes_out() {
    let (logs, traces) = captured();

    let grant = r#"{"access_token":"leak-token","expires_in":300}"#;
    let outcome = r#"{"resourceType":"OperationOutcome","issue":[{"diagnostics":"leak-answer-text"}]}"#;
    let refusal = r#"{"error":"invalid_scope","error_description":"leak-description leak-client-id"}"#;
    let location = ("Content-Location", "/s/$submission-status/leak-sub-42?entityId=leak-entity");
    let tokens = [json(200, grant), json(200, grant), json(400, refusal)];
    let answers = [
        plain(202, &[location]),
        plain(202, &[]),
        json(400, outcome),
        json(500, outcome),
        Reaction::Send(http(502, &[("Content-Type", "text/html")], "<html>leak-answer-text</html>")),
        Reaction::SendAndClose(String::new()),
        plain(202, &[("X-Progress", "leak-progress")]),
        json(200, outcome),
        json(503, outcome),
        Reaction::SendAndClose("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nleak-answer-text".to_owned()),
        plain(302, &[("Location", "/leak-sub-42")]),
        plain(401, &[]),
        plain(401, &[]),
    ];
    let server = Server::with_tokens(tokens, answers).await;
    let (client, clock) = client_with(&server, |config| {
        config.client_id = "leak-client-id".to_owned();
        config.client_secret = Secret::new("leak-client-secret");
        assert_clean("the configuration", &format!("{config:?} {config:#?}"));
    });
    let mut shown = format!("{client:?}");
    let body = Phi::new(r#"{"name":"leak-payload-name"}"#.to_owned());
    let mut location = String::new();
    for _ in 0..6 {
        let submitted = client.submit(&Operation::Align, "leak-entity", &body).await;
        write!(shown, "{submitted:?} {submitted:#?} ").unwrap();
        match submitted {
            Submitted::Accepted { location: url, .. } => location = url,
            Submitted::Failed(failure) => write!(shown, "{failure} {failure:#} {}", failure.hint()).unwrap(),
            _ => {}
        }
    }
    assert!(location.contains("leak-sub-42"));
    let foreign = format!("https://foreign.example.org/{}", "leak-sub-42");
    let mut causes = Vec::new();
    for url in std::iter::repeat_n(location.as_str(), 6).chain([foreign.as_str(), "leak-sub-42"]) {
        let polled = client.poll(&Operation::Align, url).await;
        write!(shown, "{polled:?} {polled:#?} ").unwrap();
        if let Polled::Failed(failure) = polled {
            write!(shown, "{failure} {failure:#}").unwrap();
            causes.push(failure.cause);
        }
    }
    // The renewed token's renewal is refused.
    clock.advance(std::time::Duration::from_secs(300));
    let failure = client.authenticate().await.unwrap_err();
    write!(shown, "{failure:?} {failure:#}").unwrap();
    assert_eq!(failure.cause, FailureCause::TokenRefused { error: Some("invalid_scope".to_owned()) });
    assert!(
        causes.contains(&FailureCause::Unauthorized) && causes.contains(&FailureCause::ForeignStatusUrl),
        "{causes:?}"
    );

    assert_clean("Debug or Display", &shown);
    assert_clean("the trace", &traces.text());
    assert_clean("the log of a library", &logs.text());
    // The nets were out: all three caught something.
    assert!(shown.contains("align at 127.0.0.1:"));
    let here = format!("host={}", server.host());
    assert!(traces.text().lines().any(|line| line.contains("answer received") && line.contains(&here)));
    assert!(traces.text().contains("no access token"));
    assert!(logs.text().contains("reqwest") || logs.text().contains("hyper") || traces.text().contains("hyper_util"));
}
