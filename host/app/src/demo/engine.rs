//! The interface engine of the day: receives notices over MLLP, acknowledges them, and keeps what they say.

use async_trait::async_trait;
use bridge_ingest::Received;
use bridge_ingest::ack::{Acknowledger, Decision};
use bridge_ingest::mllp::{Discard, Handler, NotKept, Reply};
use bridge_types::{RandomIds, SystemClock};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// What a notice says, as an engine's transformer would pick it out of the message.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard {
    /// `OBR-2`: the feed that led to it.
    pub(super) control_id: String,
    /// `ZAC-9` or `OBR-3`: our submission id.
    pub(super) submission: String,
    /// The coded result.
    pub(super) code: String,
    /// The whole message.
    pub(super) message: String,
}

/// Receives and remembers.
#[derive(Debug)]
pub(super) struct Engine {
    heard: Mutex<Vec<Heard>>,
    news: Notify,
    acknowledger: Acknowledger,
}

impl Engine {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            heard: Mutex::default(),
            news: Notify::new(),
            acknowledger: Acknowledger::new("ENGINE", Arc::new(RandomIds), Arc::new(SystemClock)),
        })
    }

    /// Waits for a notice about a feed, at most ten seconds.
    pub(super) async fn notice(&self, control_id: &str, code: &str) -> Option<Heard> {
        let found = async {
            loop {
                let news = self.news.notified();
                let known = self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if let Some(heard) =
                    known.into_iter().find(|heard| heard.control_id == control_id && heard.code == code)
                {
                    return heard;
                }
                news.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), found).await.ok()
    }

    /// Waits for a notice of a code, after so many others, at most ten seconds.
    pub(super) async fn next(&self, after: usize, code: &str) -> Option<Heard> {
        let found = async {
            loop {
                let news = self.news.notified();
                let known = self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if let Some(heard) = known.into_iter().skip(after).find(|heard| heard.code == code) {
                    return heard;
                }
                news.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), found).await.ok()
    }

    /// Codes heard after so many others.
    pub(super) fn codes_after(&self, after: usize) -> Vec<String> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.iter().skip(after).map(|one| one.code.clone()).collect()
    }

    /// Codes heard about a feed so far.
    pub(super) fn codes(&self, control_id: &str) -> Vec<String> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.iter().filter(|one| one.control_id == control_id).map(|one| one.code.clone()).collect()
    }

    /// How many notices came.
    pub(super) fn count(&self) -> usize {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// A component of a field of the first segment of a name.
fn field(message: &str, segment: &str, field: usize, component: usize) -> String {
    let line = message.split('\r').find(|line| line.starts_with(segment)).unwrap_or_default();
    let text = line.split('|').nth(field).unwrap_or_default();
    text.split('^').nth(component).unwrap_or_default().to_owned()
}

#[async_trait]
impl Handler for Engine {
    async fn receive(&self, feed: Received) -> Reply {
        let message = String::from_utf8_lossy(feed.bytes.expose()).into_owned();
        let heard = Heard {
            control_id: field(&message, "OBR", 2, 0),
            submission: field(&message, "OBR", 3, 0),
            code: field(&message, "ZAC", 4, 0),
            message,
        };
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).push(heard);
        self.news.notify_waiters();
        self.acknowledger.reply(feed.bytes.expose(), Decision::Accepted)
    }

    async fn discarded(&self, _: Received, _: Discard) -> Result<(), NotKept> {
        Ok(())
    }
}
