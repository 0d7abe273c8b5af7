//! A sender that behaves like an interface engine: one connection kept open, one message in flight, the next only after its answer.
//! `AA` and `CA` with the right `MSA-2` settle a message, `AE`, `AR` and their like settle it too and are never retried; whatever else
//! happens (an end, a reset, silence), the same message is sent again with the same `MSH-10`, on a new connection.

use crate::people::Feed;
use bridge_types::mllp::{Block, Decoder, encode};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};

/// Silence after which engines give an answer up.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// Pause before the same message is sent again. Engines rest longer; nothing here depends on how long.
const PAUSE: Duration = Duration::from_millis(15);

/// What a sender has seen.
#[derive(Debug, Default, Clone)]
pub struct Seen {
    /// `MSA-1` by `MSH-10`.
    pub settled: BTreeMap<String, String>,
    /// Times that a message was sent again.
    pub resent: usize,
    /// Messages in the queue or in flight.
    pub waiting: usize,
}

/// The sender; ends when it is dropped.
pub struct Sender {
    queue: mpsc::UnboundedSender<Feed>,
    seen: Arc<Mutex<Seen>>,
    task: tokio::task::JoinHandle<()>,
}

impl Sender {
    /// Starts one that sends to whatever address the door shows, and waits for an answer as long as its patience lasts.
    pub fn start(door: watch::Receiver<Option<String>>, patience: Duration) -> Self {
        let (queue, feeds) = mpsc::unbounded_channel();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let task = tokio::spawn(work(door, feeds, Arc::clone(&seen), patience));
        Self { queue, seen, task }
    }

    /// Queues a message.
    pub fn send(&self, feed: Feed) {
        self.seen.lock().unwrap().waiting += 1;
        self.queue.send(feed).unwrap();
    }

    /// What it has seen so far.
    pub fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn work(
    mut door: watch::Receiver<Option<String>>,
    mut feeds: mpsc::UnboundedReceiver<Feed>,
    seen: Arc<Mutex<Seen>>,
    patience: Duration,
) {
    let mut connection = None;
    while let Some(feed) = feeds.recv().await {
        let code = loop {
            if connection.is_none() {
                let Ok(address) = door.wait_for(Option::is_some).await.map(|door| door.clone()) else { return };
                connection = TcpStream::connect(address.unwrap_or_default()).await.ok();
            }
            if let Some(stream) = connection.as_mut() {
                match tokio::time::timeout(patience, exchange(stream, &feed)).await {
                    Ok(Some(code)) => break code,
                    _ => connection = None,
                }
                seen.lock().unwrap().resent += 1;
            }
            tokio::time::sleep(PAUSE).await;
        };
        let mut seen = seen.lock().unwrap();
        seen.settled.insert(feed.control_id, code);
        seen.waiting -= 1;
    }
}

/// Sends a message and gives `MSA-1` of an answer that settles it.
async fn exchange(stream: &mut TcpStream, feed: &Feed) -> Option<String> {
    stream.write_all(&encode(&feed.bytes)).await.ok()?;
    let mut decoder = Decoder::default();
    let mut chunk = [0; 4096];
    loop {
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        if let Some(Block::Frame(answer)) = decoder.decode(&mut &chunk[..count]).ok()? {
            let text = String::from_utf8(answer.into_inner()).ok()?;
            let msa: Vec<&str> = text.split('\r').find(|line| line.starts_with("MSA"))?.split('|').collect();
            let (code, id) = (*msa.get(1)?, *msa.get(2)?);
            assert!(
                !matches!(code, "AA" | "CA") || id == feed.control_id,
                "the answer to {} acknowledges {id}",
                feed.control_id
            );
            return Some(code.to_owned());
        }
    }
}
