//! What CMS tells by itself, on its way: read, matched to the alignment it is about, written into the chart, told, stored.
//!
//! Invariants:
//! 1. Whatever came is in the ledger before its source lets go of it: matched, or with the reason why not.
//! 2. The same mail has no second effect. One that waits still waits when it comes again.
//! 3. A mail that cannot be used is no trouble: it waits for a person, who is told, and holds nobody else up.
//! 4. A mail that nobody vouches for (`Doubt`) changes no standing by itself: it is told, and waits for a person, who matches it.
//! 5. No text of a mail reaches a log or a notice. Notices hold our own words for the event, the id and the date.

mod build;
mod finding;
mod tokens;
mod words;

pub use build::{Bound, Stands, stands};
pub use tokens::MailTokens;

use crate::bells::Bells;
use crate::ledger::{TRIES, report};
use crate::pipeline;
use crate::settling::RouteTable;
use access_contract::{Announcement, Issue, Notice};
use async_trait::async_trait;
use bridge_cms_notices::{Form, Incoming, NotTaken, Reader, Reading, Sink, Taken};
use bridge_ledger::{
    CmsFacts, CmsFate, CmsMatch, CmsTaken, Ledger, LedgerError, NewCmsNotice, NewNotice, State, StoredCmsNotice,
    Submission,
};
use bridge_runtime::{Pool, RuntimeError};
use bridge_types::{Clock, Ids, Phi};
use finding::{Doubt, Reason, find};
use std::sync::Arc;

/// Takes what CMS tells.
pub struct Announcer {
    /// Instances of the component.
    pub pool: Pool,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Ids of what is stored.
    pub ids: Arc<dyn Ids>,
    /// Which routes take what.
    pub routes: Arc<RouteTable>,
    /// Reads by the guide of the start.
    pub reader: Reader,
    /// Participants of the profile.
    pub participants: Vec<String>,
    /// Rung when there are notices to deliver.
    pub bells: Arc<Bells>,
}

impl std::fmt::Debug for Announcer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Announcer").field("participants", &self.participants).finish_non_exhaustive()
    }
}

/// Our own trouble: nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum AnnouncerError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The component could not be run.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The reading broke down.
    #[error("a notice of CMS could not be read")]
    Reading,
    /// Feeds changed the same chart each time.
    #[error("the chart was changed by feeds {TRIES} times in a row")]
    Contended,
    /// A person asked for what cannot be done.
    #[error("{0}")]
    Impossible(String),
}

/// What an announcement leads to.
struct Announced {
    found: CmsMatch,
    notices: Vec<Notice>,
    /// Why it waits for a person before it changes the standing.
    doubt: Option<Doubt>,
}

impl Announcer {
    /// Takes one mail or message. When this returns, what became of it is durable.
    ///
    /// # Errors
    /// Our own trouble. Nothing was stored.
    pub async fn receive(&self, incoming: Incoming) -> Result<Taken, AnnouncerError> {
        // The sender of a mail can be forged; without a list of senders anybody is taken.
        let unproved = incoming.form == Form::Mail && incoming.domains.is_empty();
        let (reader, shared) = (self.reader.clone(), Arc::new(incoming));
        let incoming = Arc::clone(&shared);
        let reading =
            tokio::task::spawn_blocking(move || reader.read(&shared)).await.map_err(|_| AnnouncerError::Reading)?;
        let quoted = reading.quoted.then_some(Doubt::Quoted);
        let doubt = if unproved { Some(Doubt::Sender) } else { quoted };
        let id = self.ids.next();
        for _ in 0..TRIES {
            let fate = self.decide(&reading, doubt).await?;
            let matched = matches!(fate, Ok(Announced { doubt: None, .. }));
            let (fate, notices) = match fate {
                Ok(Announced { found, mut notices, doubt: Some(doubt) }) => {
                    notices.iter_mut().for_each(|notice| words::confirm(notice, &id, doubt));
                    let Reason { code, text } = doubt.reason();
                    (CmsFate::Doubted { found, reason: code, text }, notices)
                }
                Ok(announced) => (CmsFate::Matched(announced.found), announced.notices),
                Err(reason) => {
                    let notice = words::unmatched(&id, &reading.notice, &reason, &self.participants);
                    (CmsFate::Unmatched { reason: reason.code, text: reason.text }, vec![notice])
                }
            };
            let new = NewCmsNotice {
                id: id.clone(),
                received_at: self.clock.now(),
                source: source(&incoming),
                identity: reading.identity.clone(),
                content_hash: reading.content_hash.clone(),
                facts: facts(&reading),
                bytes: incoming.bytes.clone(),
                fate,
                notices: self.addressed(notices),
            };
            match self.ledger.take_cms_notice(new.within_bounds()).await? {
                CmsTaken::Stored(_) => {
                    tracing::info!(
                        notice = id,
                        source = &*incoming.source,
                        event = reading.notice.event,
                        matched,
                        "CMS told something"
                    );
                    self.bells.ring();
                    return Ok(if matched { Taken::Matched } else { Taken::Unmatched });
                }
                CmsTaken::Duplicate(id) => {
                    let known = self.ledger.cms_notice(&id).await?;
                    let waits = known.is_some_and(|known| known.summary.submission.is_none());
                    return Ok(if waits { Taken::Unmatched } else { Taken::Known });
                }
                CmsTaken::Conflict => {}
            }
        }
        Err(AnnouncerError::Contended)
    }

    /// Matches one that waits: to the submission a person names, or by looking for it again. Gives the submission.
    ///
    /// # Errors
    /// Own trouble, or what cannot be done.
    pub async fn match_by_hand(
        &self,
        stored: &StoredCmsNotice,
        submission: Option<&str>,
        who: &str,
    ) -> Result<String, AnnouncerError> {
        let facts = &stored.summary.facts;
        for _ in 0..TRIES {
            let found = match submission {
                None => find(self.ledger.as_ref(), facts)
                    .await?
                    .map_err(|reason| AnnouncerError::Impossible(reason.text))?,
                Some(id) => {
                    let story = self.ledger.submission(id).await?;
                    let story =
                        story.ok_or_else(|| AnnouncerError::Impossible(format!("there is no submission {id}")))?;
                    finding::by_hand(story.submission).map_err(|reason| AnnouncerError::Impossible(reason.text))?
                }
            };
            let mut issues = finding::doubts(facts, &found);
            issues.extend(submission.map(|_| words::matched_by_hand()));
            let id = found.id.clone();
            let announced = self.announce(facts, found, issues, None).await?;
            let announced = announced.map_err(|reason| AnnouncerError::Impossible(reason.text))?;
            let notices = self.addressed(announced.notices);
            match self.ledger.match_cms_notice(&stored.summary.id, announced.found, notices, who).await? {
                CmsTaken::Stored(_) | CmsTaken::Duplicate(_) => {
                    self.bells.ring();
                    return Ok(id);
                }
                CmsTaken::Conflict => {}
            }
        }
        Err(AnnouncerError::Contended)
    }

    /// Whose a reading is and what follows, or why that is not known.
    async fn decide(
        &self,
        reading: &Reading,
        doubt: Option<Doubt>,
    ) -> Result<Result<Announced, Reason>, AnnouncerError> {
        if let Some(problem) = reading.problem {
            return Ok(Err(Reason { code: problem.code().to_owned(), text: problem.text().to_owned() }));
        }
        let facts = facts(reading);
        match find(self.ledger.as_ref(), &facts).await? {
            Err(reason) => Ok(Err(reason)),
            Ok(found) => {
                let issues = finding::doubts(&facts, &found);
                self.announce(&facts, found, issues, doubt).await
            }
        }
    }

    /// Writes it into the chart; where there is a doubt, it is told, and what it says of the standing is for a person to decide. What the
    /// component refuses or stops on is a reason, not trouble: it would be so each time.
    async fn announce(
        &self,
        facts: &CmsFacts,
        found: Submission,
        issues: Vec<Issue>,
        doubt: Option<Doubt>,
    ) -> Result<Result<Announced, Reason>, AnnouncerError> {
        let chart = self.ledger.chart(&found.chart).await?.ok_or(LedgerError::NotFound { what: "chart" })?;
        let announcement = Announcement {
            participant: found.participant.clone(),
            event: facts.event.clone(),
            deadline: facts.deadline.clone(),
            track: found.track.clone(),
            submission: found.id.clone(),
            cms_submission: found.cms_submission.clone().unwrap_or_else(|| facts.cms_submission.clone()),
            control_id: found.control_id.clone(),
            awaited: found.state == State::Polling,
            issues,
            at: self.clock.now().rfc3339(),
        };
        let document = chart.document.expose().clone();
        let mut settled = match self.pool.with(move |instance| instance.announce(&document, announcement)).await {
            Ok(Ok(settled)) => settled,
            Ok(Err(issue)) => return Ok(Err(words::not_written(issue.code, &issue.message))),
            Err(error) => {
                let code = pipeline::fault(&error).ok_or(error)?;
                tracing::error!(code, "the component stopped on a notice of CMS");
                return Ok(Err(words::not_written(code.to_owned(), "the component stopped")));
            }
        };
        let reference = self.ledger.submission(&found.id).await?.and_then(|story| story.intent.reference);
        settled.notices.iter_mut().for_each(|notice| notice.reference.clone_from(&reference));
        let changes = settled.document != *chart.document.expose();
        let doubt = doubt.filter(|_| changes);
        let document = (changes && doubt.is_none()).then(|| Phi::new(settled.document));
        let found = CmsMatch { submission: found.id, seen: chart.seen(), document };
        Ok(Ok(Announced { found, notices: settled.notices, doubt }))
    }

    fn addressed(&self, notices: Vec<Notice>) -> Vec<NewNotice> {
        notices.into_iter().map(|notice| self.routes.address(notice)).collect()
    }
}

#[async_trait]
impl Sink for Announcer {
    async fn take(&self, incoming: Incoming) -> Result<Taken, NotTaken> {
        self.receive(incoming).await.map_err(|trouble| {
            if let AnnouncerError::Ledger(error) = &trouble {
                report(error);
            } else {
                tracing::error!(error = %trouble, "a notice of CMS could not be stored; it is tried again");
            }
            NotTaken
        })
    }

    async fn mark(&self, source: &str) -> Result<Option<String>, NotTaken> {
        self.ledger.mark(&mark_of(source)).await.map_err(not_taken)
    }

    async fn set_mark(&self, source: &str, mark: &str) -> Result<(), NotTaken> {
        self.ledger.set_mark(&mark_of(source), mark).await.map_err(not_taken)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it ends an error's way")]
fn not_taken(error: LedgerError) -> NotTaken {
    report(&error);
    NotTaken
}

fn mark_of(source: &str) -> String {
    format!("mail:{source}")
}

fn source(incoming: &Incoming) -> String {
    let kind = match incoming.form {
        Form::Mail => "mail",
        Form::Message => "message",
    };
    format!("{kind}:{}", incoming.source)
}

fn facts(reading: &Reading) -> CmsFacts {
    let notice = &reading.notice;
    CmsFacts {
        event: notice.event.clone(),
        cms_submission: notice.cms_submission.clone(),
        participant: notice.participant.clone(),
        deadline: notice.deadline.map(|day| day.to_string()).unwrap_or_default(),
        attachments: reading.attachments,
    }
}
