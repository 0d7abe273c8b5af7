//! A listener with a handler that writes down what it gets, and a client that speaks raw bytes.

use crate::ack::{Acknowledger, Decision};
use crate::mllp::{Counters, Discard, Handler, Limits, NotKept, Options, Reply, serve};
use crate::{NotTaken, RawHeader, Received, Source, SourceKind, Taken};
use async_trait::async_trait;
use bridge_net::tls::ServerTls;
use bridge_types::contract::{Issue, Severity, Verdict};
use bridge_types::mllp::encode;
use bridge_types::{SequentialIds, TestClock, Timestamp};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, RwLock, Semaphore};
use tokio::task::JoinHandle;

/// Long enough for anything that does happen.
pub(super) const SOON: Duration = Duration::from_secs(20);

pub(super) fn message(id: &str) -> Vec<u8> {
    format!("MSH|^~\\&|EHR|MERCY|BRIDGE|CARE|20261123||ADT^A01|{id}|P|2.5.1\rPID|1||4711\r").into_bytes()
}

pub(super) fn framed(id: &str) -> Vec<u8> {
    encode(&message(id))
}

fn acknowledger() -> Acknowledger {
    let noon = Timestamp::parse("2026-11-23T12:00:00Z").unwrap();
    Acknowledger::new("ACCESS-BRIDGE", Arc::new(SequentialIds::default()), Arc::new(TestClock::at(noon)))
}

/// Answers by control id: `RESET…` resets, `PANIC…` panics, `SILENT…` is silent, `WAIT…` waits for a permit; anything else AA.
pub(super) struct Recorder {
    acknowledger: Acknowledger,
    received: Mutex<Vec<Received>>,
    discarded: Mutex<Vec<(Vec<u8>, Discard)>>,
    pub(super) arrived: Notify,
    pub(super) permits: Semaphore,
    pub(super) keeps: AtomicBool,
    /// Whoever has this to write holds up what is discarded.
    pub(super) keeping: RwLock<()>,
}

impl Recorder {
    pub(super) fn control_ids(&self) -> Vec<String> {
        let received = self.received.lock().unwrap();
        received.iter().map(|feed| control_id(feed.bytes.expose())).collect()
    }

    pub(super) fn payloads(&self) -> Vec<Vec<u8>> {
        self.received.lock().unwrap().iter().map(|feed| feed.bytes.expose().clone()).collect()
    }

    pub(super) fn positions(&self) -> Vec<u64> {
        self.received.lock().unwrap().iter().map(|feed| feed.position).collect()
    }

    pub(super) fn discarded(&self) -> Vec<(String, Discard)> {
        let discarded = self.discarded.lock().unwrap();
        discarded.iter().map(|(bytes, why)| (String::from_utf8_lossy(bytes).into_owned(), *why)).collect()
    }
}

fn control_id(bytes: &[u8]) -> String {
    RawHeader::read(bytes).map_or_else(String::new, |header| String::from_utf8_lossy(header.field(10)).into_owned())
}

#[async_trait]
impl Handler for Recorder {
    async fn receive(&self, feed: Received) -> Reply {
        let id = control_id(feed.bytes.expose());
        let bytes = feed.bytes.expose().clone();
        self.received.lock().unwrap().push(feed);
        self.arrived.notify_one();
        match id.as_str() {
            id if id.starts_with("RESET") => Reply::Reset,
            id if id.starts_with("PANIC") => panic!("as told"),
            id if id.starts_with("SILENT") => Reply::Silent,
            id if id.starts_with("WAIT") => {
                self.permits.acquire().await.unwrap().forget();
                self.acknowledger.reply(&bytes, Decision::Accepted)
            }
            "" => self.acknowledger.reply(&bytes, Decision::Rejected(&[])),
            _ => self.acknowledger.reply(&bytes, Decision::Accepted),
        }
    }

    async fn take(&self, feed: &Received) -> Result<Taken, NotTaken> {
        let id = control_id(feed.bytes.expose());
        let issue = || vec![Issue::new(Severity::Error, "not-usable", "PID-3", "the number is damaged").condition(101)];
        let verdict = match id.as_str() {
            id if id.starts_with("BAD") => Verdict::NeedsPerson,
            id if id.starts_with("WORSE") => Verdict::Reject,
            _ => {
                return match self.receive(feed.clone()).await {
                    Reply::Reset => Err(NotTaken),
                    _ => Ok(Taken::Stored),
                };
            }
        };
        self.received.lock().unwrap().push(feed.clone());
        Ok(Taken::Refused { verdict, issues: issue(), entry: "kept-1".to_owned() })
    }

    async fn discarded(&self, feed: Received, why: Discard) -> Result<(), NotKept> {
        if !self.keeps.load(Ordering::Relaxed) {
            return Err(NotKept);
        }
        self.discarded.lock().unwrap().push((feed.bytes.into_inner(), why));
        self.arrived.notify_one();
        let _ = self.keeping.read().await;
        Ok(())
    }
}

pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) recorder: Arc<Recorder>,
    pub(super) counters: Arc<Counters>,
    stop: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Server {
    pub(super) async fn start(limits: Limits) -> Self {
        Self::start_with(limits, None).await
    }

    pub(super) async fn start_with(limits: Limits, tls: Option<Arc<ServerTls>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let recorder = Arc::new(Recorder {
            acknowledger: acknowledger(),
            received: Mutex::default(),
            discarded: Mutex::default(),
            arrived: Notify::new(),
            permits: Semaphore::new(0),
            keeps: AtomicBool::new(true),
            keeping: RwLock::default(),
        });
        let counters = Arc::new(Counters::default());
        let options = Options {
            source: Source::new(SourceKind::Mllp, "main"),
            limits,
            acknowledger: acknowledger(),
            counters: Arc::clone(&counters),
            tls,
        };
        let stop = Arc::new(Notify::new());
        let stopped = Arc::clone(&stop);
        let handler: Arc<dyn Handler> = recorder.clone();
        let task = tokio::spawn(serve(listener, options, handler, async move { stopped.notified().await }));
        Self { address, recorder, counters, stop, task }
    }

    pub(super) async fn connect(&self) -> Client {
        Client(TcpStream::connect(self.address).await.unwrap())
    }

    pub(super) fn begin_stop(&self) {
        self.stop.notify_one();
    }

    pub(super) async fn ended(self) {
        tokio::time::timeout(SOON, self.task).await.expect("the listener ends").unwrap();
    }

    /// Waits until the handler was called once more.
    pub(super) async fn arrival(&self) {
        tokio::time::timeout(SOON, self.recorder.arrived.notified()).await.expect("the handler is called");
    }
}

/// How the server ended a connection, as its peer sees it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Fin,
    Reset,
}

pub(super) struct Client(pub(super) TcpStream);

impl Client {
    pub(super) async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// The next answer as `code id`, one frame exactly.
    pub(super) async fn answer(&mut self) -> String {
        let text = self.text().await;
        let acknowledgement = text.split("\rMSA|").nth(1).unwrap().split('\r').next().unwrap();
        acknowledgement.replacen('|', " ", 1)
    }

    /// The next answer, one frame exactly, without its framing.
    pub(super) async fn text(&mut self) -> String {
        let mut frame = Vec::new();
        while !frame.ends_with(b"\x1C\r") {
            let byte = tokio::time::timeout(SOON, self.0.read_u8()).await.expect("an answer in time").unwrap();
            frame.push(byte);
        }
        assert_eq!(frame.first(), Some(&0x0B));
        String::from_utf8(frame).unwrap().trim_matches(['\u{b}', '\u{1c}', '\r']).to_owned()
    }

    /// Reads until the end; nothing may come before it.
    pub(super) async fn end(&mut self) -> End {
        let mut byte = [0];
        match tokio::time::timeout(SOON, self.0.read(&mut byte)).await.expect("the connection ends") {
            Ok(0) => End::Fin,
            Ok(_) => panic!("bytes before the end"),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => End::Reset,
            Err(error) => panic!("{error}"),
        }
    }
}
