//! The way of a feed, on one screen: read, plan against the charts, store everything in one transaction, acknowledge.
//!
//! Invariants:
//! 1. `AA` is given only after the ledger's commit.
//! 2. A feed that is refused stands in quarantine, with its bytes, before `AE` or `AR` is given.
//! 3. Our own trouble is never answered with `AE`: the connection is reset, and the sender tries again. What the ledger can never
//!    take is no such trouble: sent again it would be reset again, for ever, so it is refused and kept.
//! 4. Nothing is sent to CMS from here.

mod doubted;
mod error;
mod kept;
mod notices;
mod refusing;
mod turns;

use crate::ledger::TRIES;
use crate::settling::RouteTable;
use access_contract::{ChartRecord, Header, Issue, PlanRequest, Reading, Subject, Verdict};
use bridge_ingest::Received;
use bridge_ledger::{
    FeedEntry, FeedIdentity, Inquiry, Intake, IntakeResult, KnownChart, Ledger, StoredIntake, SubjectIntake, Wanted,
};
use bridge_runtime::{Instance, Pool};
use bridge_types::failpoint::{Step, reached};
use bridge_types::{Clock, content_hash};
use doubted::Doubted;
pub use error::PipelineError;
use error::Unplanned;
pub(crate) use error::fault;
pub use kept::{InHand, ToStore};
use refusing::Refused;
use std::sync::Arc;
use turns::Turns;

/// How many of the newest entries of each code are looked at: more than a report carries of any.
pub const NEWEST: usize = 64;

/// What became of a feed.
#[derive(Debug)]
pub enum Receipt {
    /// Stored durably.
    Accepted(StoredIntake),
    /// Stored earlier already; answered as then.
    Duplicate,
    /// Kept in quarantine.
    Refused {
        /// Which acknowledgement is true.
        verdict: Verdict,
        /// Why; the first blocking one decided.
        issues: Vec<Issue>,
        /// Id of its entry.
        entry: String,
    },
}

/// A feed that was read.
struct ReadFeed {
    reading: Reading,
    content_hash: String,
}

/// What became of a feed before its transaction.
enum Drafted {
    Refused(Box<Refused>),
    Read(Arc<ReadFeed>, Planned),
}

/// What follows from a feed, as the ledger was when it was asked.
enum Planned {
    /// Nothing: it is stored already.
    Known,
    /// This, if nothing moves meanwhile.
    New {
        subjects: Vec<SubjectIntake>,
        /// Why it is refused after all.
        blocking: Vec<Issue>,
        /// What else was noticed.
        noticed: Vec<Issue>,
        /// A feed of the same name with other content.
        earlier: Option<String>,
    },
}

/// Takes feeds in.
#[derive(Debug, Clone)]
pub struct Pipeline {
    pool: Pool,
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
    routes: Arc<RouteTable>,
    doubted: Arc<Doubted>,
    turns: Arc<Turns>,
}

impl Pipeline {
    /// A pipeline over its parts.
    #[must_use]
    pub fn new(pool: Pool, ledger: Arc<dyn Ledger>, clock: Arc<dyn Clock>, routes: Arc<RouteTable>) -> Self {
        Self { pool, ledger, clock, routes, doubted: Arc::default(), turns: Arc::default() }
    }

    /// Takes one feed in. When this returns a receipt, its truth is durable.
    ///
    /// # Errors
    /// Our own trouble. Nothing was stored.
    pub async fn receive(&self, feed: &Received) -> Result<Receipt, PipelineError> {
        // One profile from the first look to the last, whatever is replaced meanwhile.
        let pool = self.pool.pinned();
        let (pipeline, bytes) = (self.clone(), feed.bytes.clone());
        let drafted = pool.with(move |instance| pipeline.draft(instance, bytes.expose())).await;
        let stored = match drafted {
            Ok(Drafted::Read(read, planned)) => self.store(feed, &pool, read, planned).await,
            Ok(Drafted::Refused(refused)) => return self.refuse(feed, *refused).await,
            Err(unplanned) => Err(unplanned),
        };
        match stored {
            Ok(receipt) => Ok(receipt),
            Err(unplanned) => self.refuse(feed, unplanned.refused()?).await,
        }
    }

    /// Everything that comes before the transaction, on one thread: it may block, and each hand-over to another takes as long as a look
    /// into the ledger.
    fn draft(&self, instance: &mut Instance, bytes: &[u8]) -> Result<Drafted, Unplanned> {
        let reading = match instance.read(bytes)? {
            Ok(reading) => reading,
            Err(refusal) => return Ok(Drafted::Refused(Box::new(Refused::unread(refusal)))),
        };
        reached(Step::FeedRead);
        let read = Arc::new(ReadFeed { reading, content_hash: content_hash(bytes) });
        let unread: Vec<Issue> = read.reading.issues.iter().filter(|issue| issue.refuses_feed()).cloned().collect();
        if !unread.is_empty() {
            return Ok(Drafted::Refused(Box::new(Refused::read(&read, unread))));
        }
        let planned = self.plan(instance, &read)?;
        Ok(Drafted::Read(read, planned))
    }

    /// Plans for everybody a reading speaks of, from what the ledger knows of them at one moment.
    fn plan(&self, instance: &mut Instance, read: &Arc<ReadFeed>) -> Result<Planned, Unplanned> {
        let ReadFeed { reading, content_hash } = read.as_ref();
        let inquiry = Inquiry {
            identity: identity(&reading.header),
            participant: reading.participant.clone(),
            people: reading.subjects.iter().map(wanted).collect(),
        };
        let known = self.ledger.inquire(inquiry).map_err(|error| Unplanned::of(read, error))?;
        if known.feed.as_ref().is_some_and(|feed| feed.content_hash == *content_hash) {
            return Ok(Planned::Known);
        }
        let mut subjects = Vec::with_capacity(reading.subjects.len());
        let mut noticed = Vec::new();
        for (subject, charts) in reading.subjects.iter().zip(known.people) {
            let seen = charts.iter().map(|chart| chart.seen.clone()).collect();
            let request = self.request(reading, subject, charts);
            let plan = instance.plan(request).map_err(|error| Unplanned::of(read, error))?;
            let (subject, issues) = match plan {
                Ok(mut plan) => {
                    let issues = std::mem::take(&mut plan.issues);
                    let mut intake = self.follow(&reading.participant, seen, plan);
                    self.answer_requests(reading, &issues, &mut intake);
                    (intake, issues)
                }
                Err(issue) => (SubjectIntake::default(), vec![issue]),
            };
            subjects.push(subject);
            noticed.extend(issues);
        }
        let blocking = noticed.extract_if(.., |issue| issue.blocks()).collect();
        Ok(Planned::New { subjects, blocking, noticed, earlier: known.feed.map(|feed| feed.id) })
    }

    /// What the component plans from for one person.
    fn request(&self, reading: &Reading, subject: &Subject, charts: Vec<KnownChart>) -> PlanRequest {
        let mut entries = Vec::new();
        let mut records = Vec::with_capacity(charts.len());
        for chart in charts {
            entries.extend(chart.entries.into_inner());
            records.push(ChartRecord { id: chart.seen.id, document: chart.document.into_inner() });
        }
        PlanRequest {
            entries,
            participant: reading.participant.clone(),
            feed: reading.header.control_id.clone(),
            facts: subject.facts.clone(),
            charts: records,
            now: self.clock.now().rfc3339(),
        }
    }

    /// Stores what was planned; plans again where a chart moved meanwhile.
    async fn store(
        &self,
        feed: &Received,
        pool: &Pool,
        read: Arc<ReadFeed>,
        mut planned: Planned,
    ) -> Result<Receipt, Unplanned> {
        let ReadFeed { reading, content_hash } = read.as_ref();
        // Held to the end by whoever met another feed about the same person.
        let mut turn = None;
        for _ in 0..TRIES {
            let (mut subjects, blocking, noticed, earlier) = match planned {
                Planned::Known => return Ok(Receipt::Duplicate),
                Planned::New { subjects, blocking, noticed, earlier } => (subjects, blocking, noticed, earlier),
            };
            if let Some(earlier) = earlier {
                // Nothing is lost, but the sender's engine should know: others take such a message for a repeat.
                tracing::warn!(
                    source = %feed.source,
                    sender = identity(&reading.header).sender(),
                    control_id = reading.header.control_id,
                    earlier,
                    "a control id was used before, with other content; the feed is taken for news of its own"
                );
            }
            if !blocking.is_empty() {
                let refused = self.refuse(feed, Refused::read(&read, blocking)).await;
                return refused.map_err(|error| Unplanned::of(&read, error));
            }
            if turn.is_none() && self.turns.are_taken(reading) {
                turn = Some(self.turns.take(reading).await);
            }
            let notices = self.left_out(reading, &mut subjects);
            let intake = Intake {
                participant: reading.participant.clone(),
                feed: Some(self.entry(feed, reading, content_hash)),
                actor: feed.source.to_string(),
                // A reused control id with other content is other news; the sender's habit must not cost a feed.
                allow_reuse: true,
                subjects,
                notices,
                unmapped: reading.unmapped.clone(),
            };
            match self.ledger.intake(intake).await.map_err(|error| Unplanned::of(&read, error))? {
                IntakeResult::Stored(stored) => {
                    reached(Step::FeedStored);
                    let feed_id = stored.feed.as_deref().unwrap_or_default();
                    let identity = identity(&reading.header);
                    for issues in [&reading.issues, &noticed] {
                        self.doubted.tell(&identity, issues, &feed.source.to_string(), feed_id);
                    }
                    return Ok(Receipt::Accepted(stored));
                }
                IntakeResult::Duplicate(_) | IntakeResult::ControlIdReused(_) => return Ok(Receipt::Duplicate),
                IntakeResult::Conflict => {}
            }
            if turn.is_none() {
                turn = Some(self.turns.take(reading).await);
            }
            let (pipeline, again) = (self.clone(), Arc::clone(&read));
            planned = pool.with(move |instance| pipeline.plan(instance, &again)).await?;
        }
        Err(Unplanned::of(&read, PipelineError::Contended))
    }

    /// Looks at a chart, or the one it was joined into, again without news: after an outcome, so that nothing that came meanwhile is
    /// forgotten.
    ///
    /// # Errors
    /// Our own trouble. Nothing was stored.
    pub async fn look_again(&self, participant: &str, chart: &str) -> Result<(), PipelineError> {
        let mut chart = chart.to_owned();
        for _ in 0..TRIES {
            let Some(stored) = self.ledger.chart(&chart).await? else { return Ok(()) };
            if let Some(survivor) = stored.joined_into {
                chart = survivor;
                continue;
            }
            let entries = self.ledger.newest_entries(&stored.id, NEWEST).await?;
            let seen = stored.seen();
            let request = PlanRequest {
                entries,
                participant: participant.to_owned(),
                feed: String::new(),
                facts: String::new(),
                charts: vec![ChartRecord { id: stored.id, document: stored.document.into_inner() }],
                now: self.clock.now().rfc3339(),
            };
            let planned = self.pool.with(move |instance| instance.plan(request)).await?;
            let plan = planned.map_err(|issue| PipelineError::NotPlanned { code: issue.code })?;
            let later = plan.chart.as_ref().is_some_and(|change| change.look_at.is_some());
            if plan.intents.is_empty() && plan.commands.is_empty() && plan.notices.is_empty() && !later {
                return Ok(());
            }
            let intake = Intake {
                participant: participant.to_owned(),
                feed: None,
                actor: "outcome".to_owned(),
                allow_reuse: true,
                subjects: vec![self.follow(participant, vec![seen], plan)],
                notices: Vec::new(),
                unmapped: Vec::new(),
            };
            if !matches!(self.ledger.intake(intake).await?, IntakeResult::Conflict) {
                return Ok(());
            }
        }
        Err(PipelineError::Contended)
    }

    fn entry(&self, feed: &Received, reading: &Reading, content_hash: &str) -> FeedEntry {
        FeedEntry {
            identity: identity(&reading.header),
            received_at: self.clock.now(),
            source: feed.source.to_string(),
            participant: reading.participant.clone(),
            event: reading.header.event_name(),
            content_hash: content_hash.to_owned(),
            bytes: feed.bytes.clone(),
            acknowledgement: "AA".to_owned(),
        }
    }
}

/// What is to be looked up about a person.
fn wanted(subject: &Subject) -> Wanted {
    Wanted {
        keys: subject.keys.iter().chain(&subject.prior_keys).cloned().collect(),
        entry_keys: subject.entry_keys.clone(),
    }
}

fn identity(header: &Header) -> FeedIdentity {
    FeedIdentity {
        application: header.sending_application.clone(),
        facility: header.sending_facility.clone(),
        control_id: header.control_id.clone(),
    }
}
