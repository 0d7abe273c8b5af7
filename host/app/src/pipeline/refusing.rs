//! A feed that is refused: kept in quarantine with its bytes, and told.

use super::{Pipeline, PipelineError, ReadFeed, Receipt, identity};
use crate::settling::feed_problem;
use access_contract::{Issue, Refusal, Severity, Verdict};
use bridge_ingest::Received;
use bridge_ledger::NewQuarantineEntry;
use bridge_types::content_hash;

/// A refusal, and what is known of the feed beside its header.
pub(super) struct Refused {
    refusal: Refusal,
    /// Whose it is, or empty.
    participant: String,
    /// Where it was made already.
    content_hash: Option<String>,
}

impl Refused {
    /// Of a feed of which no more than the header is known.
    pub(super) const fn unread(refusal: Refusal) -> Self {
        Self { refusal, participant: String::new(), content_hash: None }
    }

    /// Of a feed that was read, and that a person must look at.
    pub(super) fn read(read: &ReadFeed, issues: Vec<Issue>) -> Self {
        let header = read.reading.header.clone();
        Self::of(read, Refusal { verdict: Verdict::NeedsPerson, header, issues })
    }

    /// Of a feed that was read, by a refusal that knows nothing of it.
    pub(super) fn after_reading(read: &ReadFeed, refusal: Refusal) -> Self {
        Self::of(read, refusal.with_header(&read.reading.header))
    }

    fn of(read: &ReadFeed, refusal: Refusal) -> Self {
        let participant = read.reading.participant.clone();
        Self { refusal, participant, content_hash: Some(read.content_hash.clone()) }
    }
}

/// The issue that decided a refusal.
fn decided(refusal: &Refusal) -> Issue {
    let decided = refusal.issues.iter().find(|issue| issue.blocks()).or(refusal.issues.first()).cloned();
    decided.unwrap_or_else(|| Issue::new(Severity::Fatal, "refused", "", "the feed was refused without a reason"))
}

impl Pipeline {
    /// Keeps a feed in quarantine.
    pub(super) async fn refuse(&self, feed: &Received, refused: Refused) -> Result<Receipt, PipelineError> {
        let Refused { refusal, participant, content_hash: hash } = refused;
        let decided = decided(&refusal);
        let notice = feed_problem(&refusal.header, &participant, &decided, refusal.issues.clone());
        let entry = NewQuarantineEntry {
            identity: identity(&refusal.header),
            received_at: self.clock.now(),
            source: feed.source.to_string(),
            participant,
            event: refusal.header.event_name(),
            content_hash: hash.unwrap_or_else(|| content_hash(feed.bytes.expose())),
            bytes: feed.bytes.clone(),
            verdict: refusal.verdict.clone(),
            code: decided.code.clone(),
            location: decided.location.clone(),
            text: decided.message,
            notices: vec![self.routes.address(notice)],
        }
        .within_bounds();
        let (sender, control_id) = (entry.identity.sender(), entry.identity.control_id.clone());
        let kept = self.ledger.quarantine(entry).await?;
        tracing::warn!(
            source = %feed.source,
            sender,
            control_id,
            entry = kept.id,
            code = decided.code,
            location = decided.location,
            "feed refused and kept in quarantine"
        );
        Ok(Receipt::Refused { verdict: refusal.verdict, issues: refusal.issues, entry: kept.id })
    }
}
