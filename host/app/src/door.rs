//! What stands behind every source: a feed goes in, what became of it comes out, and whoever has work is woken.

use crate::bells::Bells;
use crate::ledger::{recovered, report};
use crate::pipeline::{Pipeline, PipelineError, Receipt};
use access_contract::{Header, Verdict};
use async_trait::async_trait;
use bridge_ingest::ack::{Acknowledger, Decision};
use bridge_ingest::mllp::{Handler, Reply};
use bridge_ingest::{Discard, Intake, NotKept, NotTaken, RawHeader, Received, Taken};
use bridge_ledger::{FeedIdentity, Ledger, NewQuarantineEntry};
use bridge_types::{Clock, content_hash};
use std::sync::Arc;

/// The verdict that is kept of what was not answered.
pub const UNANSWERED: &str = "unanswered";

/// The way in.
pub struct Door {
    /// Takes feeds.
    pub pipeline: Pipeline,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Whoever may have work now.
    pub bells: Arc<Bells>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").finish_non_exhaustive()
    }
}

impl Door {
    /// Wakes whoever has work now, and nobody else: most feeds only add to a chart.
    fn ring(&self, receipt: &Receipt) {
        let (work, notices) = match receipt {
            Receipt::Accepted(stored) => (
                stored.subjects.iter().any(|one| !one.submissions.is_empty() || !one.commands.is_empty()),
                !stored.notices.is_empty(),
            ),
            Receipt::Duplicate => (false, false),
            Receipt::Refused { .. } => (false, true),
        };
        if work {
            self.bells.ring_outbox();
        }
        if notices {
            self.bells.ring_couriers();
        }
    }
}

#[async_trait]
impl Intake for Door {
    async fn take(&self, feed: &Received) -> Result<Taken, NotTaken> {
        let receipt = self.pipeline.receive(feed).await.map_err(|error| {
            if let PipelineError::Ledger(error) = &error {
                report(error);
            } else {
                tracing::error!(%error, "a feed could not be taken in; its sender keeps it and tries again");
            }
            NotTaken
        })?;
        recovered();
        self.ring(&receipt);
        Ok(match receipt {
            Receipt::Accepted(_) => Taken::Stored,
            Receipt::Duplicate => Taken::Known,
            Receipt::Refused { verdict, issues, entry } => Taken::Refused { verdict, issues, entry },
        })
    }

    async fn keep(&self, feed: Received, why: Discard, refused: bool) -> Result<(), NotKept> {
        let bytes = feed.bytes.expose();
        let header = RawHeader::read(bytes);
        let field =
            |number| header.as_ref().map(|header| String::from_utf8_lossy(header.component(number, 1)).into_owned());
        let event = header.as_ref().map(|header| {
            let part = |number| String::from_utf8_lossy(header.component(9, number)).into_owned();
            Header { message_type: part(1), event: part(2), ..Header::default() }.event_name()
        });
        let entry = NewQuarantineEntry {
            identity: FeedIdentity {
                application: field(3).unwrap_or_default(),
                facility: field(4).unwrap_or_default(),
                control_id: header
                    .as_ref()
                    .map(|header| String::from_utf8_lossy(header.field(10)).into_owned())
                    .unwrap_or_default(),
            },
            received_at: self.clock.now(),
            source: feed.source.to_string(),
            participant: String::new(),
            event: event.unwrap_or_default(),
            content_hash: content_hash(bytes),
            verdict: if refused { Verdict::Reject } else { Verdict::from(UNANSWERED.to_owned()) },
            code: why.as_str().to_owned(),
            location: String::new(),
            text: match why {
                Discard::Interrupted => "the block ended before it was complete",
                Discard::TooSlow => "the block was not complete in time",
                Discard::TooLarge => "the payload is larger than the limit; this is its beginning",
                Discard::Damaged => "text follows the closing byte of the block",
                Discard::Stray => "text outside of any MLLP block",
                Discard::Wrapped => "the body is compressed, or a form",
            }
            .to_owned(),
            notices: Vec::new(),
            bytes: feed.bytes,
        };
        self.ledger.quarantine(entry.within_bounds()).await.map(|_| ()).map_err(|error| {
            report(&error);
            NotKept
        })
    }

    async fn is_ready(&self) -> bool {
        self.ledger.ready().await.is_ok()
    }
}

/// The same for MLLP, where an answer goes back, or a reset.
pub struct MllpDoor {
    /// The way in.
    pub door: Arc<Door>,
    /// Writes the answers.
    pub acknowledger: Acknowledger,
}

#[async_trait]
impl Handler for MllpDoor {
    async fn receive(&self, feed: Received) -> Reply {
        match self.door.take(&feed).await {
            Ok(taken) => self.acknowledger.reply(feed.bytes.expose(), taken.decision()),
            Err(NotTaken) => Reply::Reset,
        }
    }

    async fn take(&self, feed: &Received) -> Result<Taken, NotTaken> {
        self.door.take(feed).await
    }

    async fn discarded(&self, feed: Received, why: Discard) -> Result<(), NotKept> {
        // The beginning of what is too large is refused where it has a header; nothing else of this is ever answered.
        let bytes = feed.bytes.expose();
        let refused = why == Discard::TooLarge
            && RawHeader::read(bytes).is_some()
            && self.acknowledger.answer(bytes, Decision::Rejected(&[])).is_some();
        self.door.keep(feed, why, refused).await
    }
}
