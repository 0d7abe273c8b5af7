//! Where notices leave: e-mail files at once, FHIR messages by a queue.

use crate::mail;
use crate::message::message;
use crate::notice::Notice;
use access_mappings::Guide;
use bytes::Bytes;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;

/// How many notices left, each way, and how many could not.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) mailed: AtomicU64,
    pub(crate) mail_failed: AtomicU64,
    pub(crate) posted: AtomicU64,
    pub(crate) post_failed: AtomicU64,
}

impl Tally {
    /// One more.
    pub(crate) fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// The ways out.
pub(crate) struct Dispatch {
    pub(crate) folder: Option<PathBuf>,
    pub(crate) queue: Option<Queue>,
    pub(crate) tally: Arc<Tally>,
}

/// Messages that wait to be posted.
pub(crate) struct Queue {
    pub(crate) sender: mpsc::Sender<Bytes>,
    pub(crate) canonical: String,
    pub(crate) participant_system: String,
}

impl Queue {
    pub(crate) fn new(sender: mpsc::Sender<Bytes>, guide: &Guide) -> Self {
        let (canonical, participant_system) = (guide.canonical.clone(), guide.systems.participant.clone());
        Self { sender, canonical, participant_system }
    }
}

impl Dispatch {
    /// Sends a notice every way there is. What cannot leave is counted and told on the log.
    pub(crate) fn send(&mut self, notice: &Notice) {
        if let Some(folder) = &self.folder {
            match mail::write(folder, notice) {
                Ok(()) => Tally::count(&self.tally.mailed),
                Err(error) => {
                    tracing::warn!(kind = ?error.kind(), number = notice.number, "notice not written as an e-mail file");
                    Tally::count(&self.tally.mail_failed);
                }
            }
        }
        if let Some(queue) = &self.queue {
            let body = Bytes::from(message(notice, &queue.canonical, &queue.participant_system).to_string());
            if queue.sender.try_send(body).is_err() {
                tracing::warn!(number = notice.number, "notice not queued as a message");
                Tally::count(&self.tally.post_failed);
            }
        }
    }

    /// Takes no more messages, so that the queue ends.
    pub(crate) fn close(&mut self) {
        self.queue = None;
    }
}
