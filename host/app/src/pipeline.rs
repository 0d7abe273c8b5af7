//! The way of a feed, on one screen: read, plan against the charts, store everything in one transaction, acknowledge.
//!
//! Invariants:
//! 1. `AA` is given only after the ledger's commit.
//! 2. A feed that is refused stands in quarantine, with its bytes, before `AE` or `AR` is given.
//! 3. Our own trouble is never answered with `AE`: the connection is reset, and the sender tries again. What the ledger can never
//!    take is no such trouble: sent again it would be reset again, for ever, so it is refused and kept.
//! 4. Nothing is sent to CMS from here.

mod doubted;

use crate::settling::RouteTable;
use access_contract::{
    ChartRecord, Command, CommandAction, Header, Intent, Issue, Notice, NoticeKind, ORDER_WITHOUT_EFFECT, Operation,
    Plan, PlanRequest, Reading, Refusal, Severity, Subject, Track, Verdict,
};
use bridge_ingest::Received;
use bridge_ledger::{
    About, ChartChange, FeedEntry, FeedIdentity, Inquiry, Intake, IntakeResult, KnownChart, Ledger, LedgerError,
    NewNotice, NewQuarantineEntry, SeenChart, StoredIntake, SubjectIntake, Wanted,
};
use bridge_runtime::{Instance, Pool, RuntimeError};
use bridge_types::failpoint::{Step, reached};
use bridge_types::{Clock, Phi, content_hash};
use doubted::Doubted;
use std::sync::Arc;

/// How often a plan is made anew because another feed changed the same chart meanwhile.
const TRIES: usize = 16;

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
    },
}

/// Our own trouble: nothing was stored, the sender should try again.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The component could not be run.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// Another feed changed the same chart each time.
    #[error("the same chart was changed by other feeds {TRIES} times in a row")]
    Contended,
}

impl Trouble {
    /// Whether trying again changes nothing: the component stops on it, or the ledger takes it from nobody.
    #[must_use]
    pub const fn is_lasting(&self) -> bool {
        match self {
            Self::Ledger(error) => error.is_unstorable(),
            Self::Runtime(error) => fault(error).is_some(),
            Self::Contended => false,
        }
    }
}

/// What became of a feed before its transaction.
enum Drafted {
    /// It is refused, as one of this participant's.
    Refused(Box<Refusal>, String),
    Read(Draft),
}

/// A feed that was read, and what is to be stored of it.
struct Draft {
    reading: Arc<Reading>,
    content_hash: String,
    planned: Result<Planned, LedgerError>,
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
        /// A feed of the same name with other content.
        earlier: Option<String>,
    },
}

/// The component stopped; the header is empty where it had not been read.
struct Broken {
    error: RuntimeError,
    header: Header,
}

impl From<RuntimeError> for Broken {
    fn from(error: RuntimeError) -> Self {
        Self { error, header: Header::default() }
    }
}

/// Takes feeds in.
#[derive(Debug, Clone)]
pub struct Pipeline {
    pool: Pool,
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
    routes: Arc<RouteTable>,
    doubted: Arc<Doubted>,
}

impl Pipeline {
    /// A pipeline over its parts.
    #[must_use]
    pub fn new(pool: Pool, ledger: Arc<dyn Ledger>, clock: Arc<dyn Clock>, routes: Arc<RouteTable>) -> Self {
        Self { pool, ledger, clock, routes, doubted: Arc::default() }
    }

    /// Takes one feed in. When this returns a receipt, its truth is durable.
    ///
    /// # Errors
    /// Our own trouble. Nothing was stored.
    pub async fn receive(&self, feed: &Received) -> Result<Receipt, Trouble> {
        // One profile from the first look to the last, whatever is replaced meanwhile.
        let pool = self.pool.pinned();
        let (pipeline, bytes) = (self.clone(), feed.bytes.clone());
        let drafted = pool.with(move |instance| pipeline.draft(instance, bytes.expose())).await;
        let draft = match drafted {
            Ok(Drafted::Read(draft)) => draft,
            Ok(Drafted::Refused(refusal, participant)) => return self.refuse_as(feed, *refusal, &participant).await,
            Err(Broken { error, header }) => return self.refuse(feed, poison(error)?.of(&header)).await,
        };
        let reading = Arc::clone(&draft.reading);
        match self.store(feed, &pool, draft).await {
            Err(Trouble::Ledger(error)) if error.is_unstorable() => {
                self.refuse_as(feed, beyond(&error).of(&reading.header), &reading.participant).await
            }
            other => other,
        }
    }

    /// Everything that comes before the transaction, on one thread: it may block, and each hand-over to another takes as long as a look
    /// into the ledger.
    fn draft(&self, instance: &mut Instance, bytes: &[u8]) -> Result<Drafted, Broken> {
        let reading = match instance.read(bytes)? {
            Ok(reading) => Arc::new(reading),
            Err(refusal) => return Ok(Drafted::Refused(Box::new(refusal), String::new())),
        };
        reached(Step::FeedRead);
        // A request that cannot be read is not passed over: whoever asked is told, and the feed waits for a person.
        let unread: Vec<Issue> =
            reading.issues.iter().filter(|issue| issue.blocks() && issue.code.starts_with("zac-")).cloned().collect();
        if !unread.is_empty() {
            let refusal = Refusal { verdict: Verdict::NeedsPerson, header: reading.header.clone(), issues: unread };
            return Ok(Drafted::Refused(Box::new(refusal), reading.participant.clone()));
        }
        let content_hash = content_hash(bytes);
        let planned = self.plan(instance, &reading, &content_hash)?;
        Ok(Drafted::Read(Draft { reading, content_hash, planned }))
    }

    /// Plans for everybody a reading speaks of, from what the ledger knows of them at one moment.
    fn plan(
        &self,
        instance: &mut Instance,
        reading: &Reading,
        content_hash: &str,
    ) -> Result<Result<Planned, LedgerError>, Broken> {
        let inquiry = Inquiry {
            identity: identity(&reading.header),
            participant: reading.participant.clone(),
            people: reading.subjects.iter().map(wanted).collect(),
        };
        let known = match self.ledger.inquire(inquiry) {
            Ok(known) => known,
            Err(error) => return Ok(Err(error)),
        };
        if known.feed.as_ref().is_some_and(|feed| feed.content_hash == content_hash) {
            return Ok(Ok(Planned::Known));
        }
        let mut subjects = Vec::with_capacity(reading.subjects.len());
        let mut blocking = Vec::new();
        for (subject, charts) in reading.subjects.iter().zip(known.people) {
            let seen = charts.iter().map(|chart| chart.seen.clone()).collect();
            let request = self.request(reading, subject, charts);
            let plan = instance.plan(request).map_err(|error| Broken { error, header: reading.header.clone() })?;
            let (subject, issues) = match plan {
                Ok(mut plan) => {
                    let issues = std::mem::take(&mut plan.issues);
                    let mut intake = self.follow(seen, plan);
                    self.answer_requests(reading, &issues, &mut intake);
                    (intake, issues)
                }
                Err(issue) => (SubjectIntake::default(), vec![issue]),
            };
            subjects.push(subject);
            blocking.extend(issues.into_iter().filter(Issue::blocks));
        }
        Ok(Ok(Planned::New { subjects, blocking, earlier: known.feed.map(|feed| feed.id) }))
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
    async fn store(&self, feed: &Received, pool: &Pool, draft: Draft) -> Result<Receipt, Trouble> {
        let Draft { reading, content_hash, mut planned } = draft;
        for _ in 0..TRIES {
            let (subjects, blocking, earlier) = match planned? {
                Planned::Known => return Ok(Receipt::Duplicate),
                Planned::New { subjects, blocking, earlier } => (subjects, blocking, earlier),
            };
            if let Some(earlier) = earlier {
                // Nothing is lost, but the sender's engine should know: others take such a message for a repeat.
                tracing::warn!(
                    source = %feed.source,
                    earlier,
                    "a control id was used before, with other content; the feed is taken for news of its own"
                );
            }
            if !blocking.is_empty() {
                let refusal =
                    Refusal { verdict: Verdict::NeedsPerson, header: reading.header.clone(), issues: blocking };
                return self.refuse_as(feed, refusal, &reading.participant).await;
            }
            let notices = self.left_out(&reading, &subjects);
            let intake = Intake {
                participant: reading.participant.clone(),
                feed: Some(self.entry(feed, &reading, &content_hash)),
                actor: feed.source.to_string(),
                // A reused control id with other content is other news; the sender's habit must not cost a feed.
                allow_reuse: true,
                subjects,
                notices,
                unmapped: reading.unmapped.clone(),
            };
            match self.ledger.intake(intake).await? {
                IntakeResult::Stored(stored) => {
                    reached(Step::FeedStored);
                    let feed_id = stored.feed.as_deref().unwrap_or_default();
                    self.doubted.tell(&reading.header, &reading.issues, &feed.source.to_string(), feed_id);
                    return Ok(Receipt::Accepted(stored));
                }
                IntakeResult::Duplicate(_) | IntakeResult::ControlIdReused(_) => return Ok(Receipt::Duplicate),
                IntakeResult::Conflict => {}
            }
            let (pipeline, read, hash) = (self.clone(), Arc::clone(&reading), content_hash.clone());
            planned = match pool.with(move |instance| pipeline.plan(instance, &read, &hash)).await {
                Ok(planned) => planned,
                Err(Broken { error, header }) => return self.refuse(feed, poison(error)?.of(&header)).await,
            };
        }
        Err(Trouble::Contended)
    }

    /// Looks at a chart again without news: after an outcome, so that nothing that came meanwhile is forgotten.
    ///
    /// # Errors
    /// Our own trouble. Nothing was stored.
    pub async fn look_again(&self, participant: &str, chart: &str) -> Result<(), Trouble> {
        for _ in 0..TRIES {
            let Some(stored) = self.ledger.chart(chart).await? else { return Ok(()) };
            if stored.joined_into.is_some() {
                return Ok(());
            }
            let entries = self.ledger.newest_entries(&stored.id, NEWEST).await?;
            let request = PlanRequest {
                entries,
                participant: participant.to_owned(),
                feed: String::new(),
                facts: String::new(),
                charts: vec![ChartRecord { id: stored.id.clone(), document: stored.document.expose().clone() }],
                now: self.clock.now().rfc3339(),
            };
            let Ok(plan) = self.pool.with(move |instance| instance.plan(request)).await? else { return Ok(()) };
            let later = plan.chart.as_ref().is_some_and(|change| change.look_at.is_some());
            if plan.intents.is_empty() && plan.commands.is_empty() && plan.notices.is_empty() && !later {
                return Ok(());
            }
            let intake = Intake {
                participant: participant.to_owned(),
                feed: None,
                actor: "outcome".to_owned(),
                allow_reuse: true,
                subjects: vec![self.follow(vec![stored.seen()], plan)],
                notices: Vec::new(),
                unmapped: Vec::new(),
            };
            if !matches!(self.ledger.intake(intake).await?, IntakeResult::Conflict) {
                return Ok(());
            }
        }
        Err(Trouble::Contended)
    }

    /// A fact that had to be left out (two numbers in one message, a name that cannot be decoded) is told once for a feed
    /// that concerns a chart. The feed itself is accepted.
    fn left_out(&self, reading: &Reading, subjects: &[SubjectIntake]) -> Vec<NewNotice> {
        let issues: Vec<Issue> = reading.issues.iter().filter(|issue| issue.blocks()).cloned().collect();
        let Some(first) = issues.first().cloned().filter(|_| subjects.iter().any(|one| one.change.is_some())) else {
            return Vec::new();
        };
        let refusal = Refusal { verdict: Verdict::NeedsPerson, header: reading.header.clone(), issues };
        let mut notice = crate::settling::feed_problem(&refusal, &first, &reading.participant);
        "Feed accepted in part".clone_into(&mut notice.display);
        notice.severity = Severity::Warning;
        vec![NewNotice { routes: self.routes.of(&notice), notice: Phi::new(notice), about: About::AsWritten }]
    }

    /// A plan as the ledger takes it.
    fn follow(&self, seen: Vec<SeenChart>, plan: Plan) -> SubjectIntake {
        let mut orders = 0;
        let notices = plan
            .notices
            .into_iter()
            .map(|notice| {
                let about = if notice.kind == NoticeKind::HeldForApproval {
                    plan.intents.iter().position(|intent| held_by(intent, &notice)).map(About::Intent)
                } else if notice.code == ORDER_WITHOUT_EFFECT {
                    let ordered = plan.commands.iter().skip(orders).position(|command| ordered_by(command, &notice));
                    ordered.map(|position| {
                        let position = orders + position;
                        orders = position + 1;
                        About::Command(position)
                    })
                } else {
                    None
                };
                let about = about.unwrap_or(About::AsWritten);
                NewNotice { routes: self.routes.of(&notice), notice: Phi::new(notice), about }
            })
            .collect();
        SubjectIntake {
            seen,
            change: plan.chart.map(ChartChange::from),
            commands: plan.commands,
            intents: plan.intents,
            notices,
        }
    }

    /// Has whoever asked for something by name told where nothing of it becomes a submission of its own.
    fn answer_requests(&self, reading: &Reading, issues: &[Issue], intake: &mut SubjectIntake) {
        let asked = intake.intents.iter().enumerate().filter(|(_, intent)| is_asked(intent));
        let joined = asked.map(|(position, intent)| {
            let word = without_effect(
                reading,
                intent.operation.as_str(),
                intent.track.as_str(),
                "the request made no submission of its own: one of the same kind was open already and has not ended",
                "`access-bridge submissions show` with its id says where it stands: it waits for approval, for the answer of CMS, or, \
                 in doubt, for a person; ask again when it has ended, if its result is not what was wanted",
            );
            (word, About::Joined(position))
        });
        let aligned =
            issues.iter().filter(|issue| issue.code == "already-aligned" && issue.rule.as_deref() == Some("request"));
        let aligned = aligned.map(|_| {
            let text = "the request to align changed nothing: the person is already aligned in this track";
            (
                without_effect(reading, "align", "", text, "nothing to do; CHECK asks CMS where the person stands"),
                About::AsWritten,
            )
        });
        let notices: Vec<NewNotice> = joined
            .chain(aligned)
            .map(|(notice, about)| NewNotice { routes: self.routes.of(&notice), notice: Phi::new(notice), about })
            .collect();
        intake.notices.extend(notices);
    }

    async fn refuse(&self, feed: &Received, refusal: Refusal) -> Result<Receipt, Trouble> {
        self.refuse_as(feed, refusal, "").await
    }

    async fn refuse_as(&self, feed: &Received, refusal: Refusal, participant: &str) -> Result<Receipt, Trouble> {
        let decided = refusal.issues.iter().find(|issue| issue.blocks()).or(refusal.issues.first()).cloned();
        let decided = decided
            .unwrap_or_else(|| Issue::new(Severity::Fatal, "refused", "", "the feed was refused without a reason"));
        let notice = crate::settling::feed_problem(&refusal, &decided, participant);
        let entry = NewQuarantineEntry {
            identity: identity(&refusal.header),
            received_at: self.clock.now(),
            source: feed.source.to_string(),
            participant: participant.to_owned(),
            event: event(&refusal.header),
            content_hash: content_hash(feed.bytes.expose()),
            bytes: feed.bytes.clone(),
            verdict: refusal.verdict.clone(),
            code: decided.code.clone(),
            location: decided.location.clone(),
            text: decided.message.clone(),
            notices: vec![NewNotice {
                routes: self.routes.of(&notice),
                notice: Phi::new(notice),
                about: About::AsWritten,
            }],
        }
        .within_bounds();
        let kept = self.ledger.quarantine(entry).await?;
        tracing::info!(
            entry = kept.id,
            code = decided.code,
            location = decided.location,
            "feed refused and kept in quarantine"
        );
        Ok(Receipt::Refused { verdict: refusal.verdict, issues: refusal.issues })
    }

    fn entry(&self, feed: &Received, reading: &Reading, content_hash: &str) -> FeedEntry {
        FeedEntry {
            identity: identity(&reading.header),
            received_at: self.clock.now(),
            source: feed.source.to_string(),
            participant: reading.participant.clone(),
            event: event(&reading.header),
            content_hash: content_hash.to_owned(),
            bytes: feed.bytes.clone(),
            acknowledgement: "AA".to_owned(),
        }
    }
}

/// Whether a feed asked for this by name: `ZAC` CHECK, ALIGN, UNALIGN or REPORT. The check before an alignment serves it and is not
/// answered by itself.
fn is_asked(intent: &Intent) -> bool {
    match intent.rule.as_str() {
        "request" | "leave" => true,
        "enroll" => intent.operation == Operation::Align,
        _ => false,
    }
}

/// The notice that a request of a feed had no effect of its own.
fn without_effect(reading: &Reading, operation: &str, track: &str, text: &str, next_step: &str) -> Notice {
    let issue = Issue::new(Severity::Warning, ORDER_WITHOUT_EFFECT, "ZAC-2", text).hint(next_step);
    let refusal = Refusal { verdict: Verdict::NeedsPerson, header: reading.header.clone(), issues: Vec::new() };
    let mut notice = crate::settling::feed_problem(&refusal, &issue, &reading.participant);
    "Request without effect".clone_into(&mut notice.display);
    notice.severity = Severity::Warning;
    operation.clone_into(&mut notice.operation);
    track.clone_into(&mut notice.track);
    notice
}

/// Whether a notice announces this intent.
fn held_by(intent: &Intent, notice: &Notice) -> bool {
    intent.operation.as_str() == notice.operation && intent.track.as_str() == notice.track
}

/// Whether a notice says that this command changed nothing.
fn ordered_by(command: &Command, notice: &Notice) -> bool {
    matches!(command.action, CommandAction::Approve | CommandAction::Cancel)
        && command.reference.as_deref().unwrap_or_default() == notice.submission
        && command.track.as_ref().map_or("", Track::as_str) == notice.track
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

fn event(header: &Header) -> String {
    if header.message_type.is_empty() { String::new() } else { format!("{}^{}", header.message_type, header.event) }
}

/// A feed on which the component stops would stop it again, however often it is sent: a person must look. Trouble that has
/// nothing to do with the feed goes on as trouble.
fn poison(error: RuntimeError) -> Result<Refusal, Trouble> {
    let Some(code) = fault(&error) else { return Err(error.into()) };
    tracing::error!(code, %error, "the component stopped on a feed");
    let issue = Issue::new(Severity::Fatal, code, "", format!("the feed could not be read: {error}"))
        .hint("the bytes are in quarantine; replay them after an update, or report the code")
        .condition(207);
    Ok(Refusal { verdict: Verdict::NeedsPerson, header: Header::default(), issues: vec![issue] })
}

/// The code of a component that stopped on what it was given and would stop on it again, or of the work around it that did; none where
/// the trouble has nothing to do with that.
pub(crate) const fn fault(error: &RuntimeError) -> Option<&'static str> {
    let code = match error {
        RuntimeError::OutOfTime { .. } => "limit-time",
        RuntimeError::OutOfMemory { .. } => "limit-memory",
        RuntimeError::OutputTooLarge { .. } => "limit-output",
        RuntimeError::Trap(_) | RuntimeError::Panicked => "component-stopped",
        _ => return None,
    };
    Some(code)
}

/// A feed with something in it that the ledger takes from nobody.
fn beyond(error: &LedgerError) -> Refusal {
    tracing::error!(%error, "a feed does not fit into the ledger");
    let issue = Issue::new(Severity::Fatal, "not-storable", "", format!("the feed cannot be stored: {error}"))
        .hint(
            "the bytes are in quarantine; have the sender send less at once, and one event about a person in a message",
        )
        .condition(207);
    Refusal { verdict: Verdict::NeedsPerson, header: Header::default(), issues: vec![issue] }
}

/// Gives a refusal the header that was read before.
trait OfHeader {
    fn of(self, header: &Header) -> Self;
}

impl OfHeader for Refusal {
    fn of(mut self, header: &Header) -> Self {
        self.header = header.clone();
        self
    }
}
