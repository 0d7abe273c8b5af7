//! `access-bridge send`: plays files over MLLP and prints the answers, as an engine would see them.

use super::offline::{ending, feeds};
use super::run::runtime;
use crate::config::check::is_host_and_port;
use crate::output::{Done, Trouble, say, warn};
use bridge_net::tls::{ClientFiles, ClientTls};
use bridge_routes::mllp::{Connection, Timeouts};
use std::path::PathBuf;
use tokio::time::Instant;

/// Sends every message of the files, one at a time, over one connection. Exit code 0: all were taken; 1: none; 3: some.
///
/// # Errors
/// An address nobody listens on.
pub fn send(to: &str, tls: Option<ClientFiles>, json: bool, files: &[PathBuf]) -> Done {
    if !is_host_and_port(to) {
        return Err(Trouble::usage(format!("--to: `{to}` is no host and port, such as 127.0.0.1:2575")));
    }
    let tls =
        tls.map(ClientTls::new).transpose().map_err(|error| Trouble::usage(format!("--ca, --identity: {error}")))?;
    let runtime = runtime()?;
    let mut sender = Sender { to, tls, connection: None, times: Timeouts::default() };
    // Whether somebody listens is found out before anything is read.
    runtime.block_on(sender.connect())?;
    let (mut total, mut failed) = (0, 0);
    let unreadable = feeds(
        files,
        |feed| {
            total += 1;
            let answer = runtime.block_on(sender.exchange(&feed.bytes));
            failed += usize::from(!answer.as_ref().is_ok_and(|answer| answer.taken));
            say(&if json { as_json(&feed.source, &answer) } else { as_text(&feed.source, &answer) });
            Ok(())
        },
        warn,
    )?;
    Ok(ending(false, total, failed, unreadable))
}

struct Sender<'a> {
    to: &'a str,
    tls: Option<ClientTls>,
    connection: Option<Connection>,
    times: Timeouts,
}

#[derive(Debug, PartialEq, Eq)]
struct Answer {
    taken: bool,
    /// `MSA-1`; empty where there is none.
    code: String,
    /// `MSA` and `ERR`, as they came.
    segments: Vec<String>,
}

fn as_text(source: &str, answer: &Result<Answer, Lost>) -> String {
    match answer {
        Ok(answer) if answer.taken => format!("{source}  {}", answer.code),
        Ok(answer) if answer.code.is_empty() => format!("{source}  an answer without MSA"),
        Ok(answer) => format!("{source}  {}\n  {}", answer.code, answer.segments.join("\n  ")),
        Err(Lost(why)) => format!("{source}  no answer: {why}"),
    }
}

fn as_json(source: &str, answer: &Result<Answer, Lost>) -> String {
    let line = match answer {
        Ok(answer) => serde_json::json!({
            "source": source, "taken": answer.taken, "code": answer.code, "segments": answer.segments
        }),
        Err(Lost(why)) => serde_json::json!({ "source": source, "taken": false, "code": "", "error": why }),
    };
    line.to_string()
}

/// No answer came; the message is to be sent again.
struct Lost(String);

impl Sender<'_> {
    async fn connect(&mut self) -> Result<(), Trouble> {
        let opened = Connection::open(self.to, self.tls.as_ref(), self.times.connect).await;
        self.connection = Some(opened.map_err(|cause| {
            Trouble::failed(format!("{}: {cause}", self.to))
                .hint("is `access-bridge run` started, and is this the address of its [[source]]?")
        })?);
        Ok(())
    }

    async fn exchange(&mut self, message: &[u8]) -> Result<Answer, Lost> {
        if self.connection.as_mut().is_none_or(|connection| !connection.is_open()) {
            self.connection = None;
            self.connect().await.map_err(|trouble| Lost(trouble.message))?;
        }
        let limit = self.times.answer;
        let Some(connection) = self.connection.as_mut() else { return Err(Lost("not connected".to_owned())) };
        let deadline = Instant::now() + limit;
        let received = match connection.send(message, deadline, limit).await {
            Ok(()) => connection.receive(deadline).await,
            Err(cause) => Err(cause),
        };
        match received {
            Ok(Some(answer)) => Ok(read(&String::from_utf8_lossy(answer.expose()))),
            Ok(None) => {
                self.connection = None;
                Err(Lost(format!("nothing within {} s", limit.as_secs())))
            }
            Err(cause) => {
                self.connection = None;
                Err(Lost(cause.to_string()))
            }
        }
    }
}

/// `MSA-1`, and the segments that explain it.
fn read(answer: &str) -> Answer {
    let segments = answer.split('\r').filter(|line| line.starts_with("MSA") || line.starts_with("ERR"));
    let segments: Vec<String> = segments.map(str::to_owned).collect();
    let code = segments.iter().find(|line| line.starts_with("MSA")).and_then(|line| line.split('|').nth(1));
    let code = code.unwrap_or_default().to_owned();
    Answer { taken: matches!(code.as_str(), "AA" | "CA"), code, segments }
}

#[cfg(test)]
mod tests {
    use super::{Lost, as_json, as_text, read};

    #[test]
    fn a_refusal_is_shown_with_what_explains_it() {
        let taken = Ok(read("MSH|^~\\&|X\rMSA|AA|M1\r"));
        assert_eq!(as_text("a.hl7", &taken), "a.hl7  AA");
        assert_eq!(as_json("a.hl7", &taken), r#"{"code":"AA","segments":["MSA|AA|M1"],"source":"a.hl7","taken":true}"#);
        let refused = Ok(read("MSH|^~\\&|X\rMSA|AE|M1|no number\rERR||PID^1^3|101^Required field missing^HL70357|E\r"));
        assert_eq!(
            as_text("a.hl7", &refused),
            "a.hl7  AE\n  MSA|AE|M1|no number\n  ERR||PID^1^3|101^Required field missing^HL70357|E"
        );
        assert_eq!(as_text("a.hl7", &Ok(read("hello"))), "a.hl7  an answer without MSA");
        let lost = Err(Lost("nothing within 30 s".to_owned()));
        assert_eq!(as_text("a.hl7", &lost), "a.hl7  no answer: nothing within 30 s");
        assert!(as_json("a.hl7", &lost).contains(r#""error":"nothing within 30 s""#));
    }
}
