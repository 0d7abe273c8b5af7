//! An interface engine: receives notices over MLLP, acknowledges them, and keeps them.

use crate::until;
use access_contract::{Issue, Severity};
use async_trait::async_trait;
use bridge_ingest::ack::{Acknowledger, Decision};
use bridge_ingest::mllp::{self, Counters, Discard, Handler, Limits, NotKept, Reply};
use bridge_ingest::{Received, Source, SourceKind};
use bridge_types::{RandomIds, SystemClock};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// A notice that came.
#[derive(Debug, Clone)]
pub struct Heard {
    /// `MSH-10`
    pub id: String,
    /// `PID-3.1`: whom it is about.
    pub patient: String,
    /// `OBR-2`: the feed it is about.
    pub control_id: String,
    /// `ZAC-4`: the coded result.
    pub code: String,
    /// The whole message.
    pub message: String,
}

/// The engine.
pub struct Engine {
    /// Where it listens.
    pub address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Engine {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        Self::start_with(false).await
    }

    /// Starts one that answers `AE` to everything.
    pub async fn refusing() -> Self {
        Self::start_with(true).await
    }

    async fn start_with(refuses: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let acknowledger = Acknowledger::new("ENGINE", Arc::new(RandomIds), Arc::new(SystemClock));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let door = Arc::new(Door { heard: Arc::clone(&heard), acknowledger: acknowledger.clone(), refuses });
        let options = mllp::Options {
            source: Source::new(SourceKind::Mllp, "engine"),
            limits: Limits::default(),
            acknowledger,
            counters: Arc::new(Counters::default()),
            tls: None,
        };
        let task = tokio::spawn(mllp::serve(listener, options, door as Arc<dyn Handler>, std::future::pending()));
        Self { address, heard, task }
    }

    /// Everything heard so far.
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// Waits for a notice about a feed with a code.
    pub async fn notice(&self, control_id: &str, code: &str) -> Heard {
        until(&format!("notice {code} about {control_id}"), || {
            self.heard().into_iter().find(|one| one.control_id == control_id && one.code == code)
        })
        .await
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Door {
    heard: Arc<Mutex<Vec<Heard>>>,
    acknowledger: Acknowledger,
    refuses: bool,
}

fn field(message: &str, segment: &str, position: usize) -> String {
    let line = message.split('\r').find(|line| line.starts_with(segment)).unwrap_or_default();
    let text = line.split('|').nth(position).unwrap_or_default();
    text.split('^').next().unwrap_or_default().to_owned()
}

#[async_trait]
impl Handler for Door {
    async fn receive(&self, feed: Received) -> Reply {
        let message = String::from_utf8_lossy(feed.bytes.expose()).into_owned();
        let heard = Heard {
            // The separator after `MSH` is a field of its own.
            id: field(&message, "MSH", 9),
            patient: field(&message, "PID", 3),
            control_id: field(&message, "OBR", 2),
            code: field(&message, "ZAC", 4),
            message,
        };
        self.heard.lock().unwrap().push(heard);
        let issue = Issue::new(Severity::Error, "refused", "", "this engine refuses everything");
        let issues = [issue];
        let decision = if self.refuses { Decision::NeedsPerson(&issues) } else { Decision::Accepted };
        self.acknowledger.reply(feed.bytes.expose(), decision)
    }

    async fn discarded(&self, _: Received, _: Discard) -> Result<(), NotKept> {
        Ok(())
    }
}
