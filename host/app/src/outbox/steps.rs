//! One step of one submission.

use super::{Schedules, report};
use crate::pipeline::Pipeline;
use crate::settling::RouteTable;
use access_contract::{
    Exchange, Issue, Notice, NoticeKind, Operation, Outcome, OutcomeClass, Phase, Settlement, Severity,
};
use bridge_client::{AccessClient, Answer, Failure, FailureCause, PollMode, Polled, Submitted};
use bridge_ledger::{
    About, Acceptance, Bounds, Claimed, Dependents, Ending, Final, FinishResult, Kind, Ledger, LedgerError, NewNotice,
    Postponement, Sending, Settling, State, StoredChart, Until,
};
use bridge_runtime::{Pool, RuntimeError};
use bridge_types::{Clock, Disposition, Phi};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// How often an outcome is settled anew because a feed changed the chart meanwhile.
const TRIES: usize = 16;

/// How often, and after which pause, the ledger is asked to record an acceptance.
const RECORD_TRIES: usize = 20;
const RECORD_PAUSE: Duration = Duration::from_secs(1);

// Whatever the client follows, the ledger keeps.
const _: () = assert!(Bounds::LOCATION_BYTES >= bridge_client::LONGEST_LOCATION);

/// Why a step could not be taken now. The lease runs out and the step is taken again.
#[derive(Debug, thiserror::Error)]
enum Stuck {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    #[error("the chart was changed by feeds {TRIES} times in a row")]
    Contended,
    #[error("the chart is missing")]
    NoChart,
}

/// Takes steps.
#[derive(Debug)]
pub struct Worker {
    /// Instances of the component.
    pub pool: Pool,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// A client for every participant.
    pub clients: BTreeMap<String, AccessClient>,
    /// When to do what.
    pub schedules: Schedules,
    /// Which routes take what.
    pub routes: Arc<RouteTable>,
    /// Looks at charts again after an outcome.
    pub pipeline: Pipeline,
    /// How long a claim holds.
    pub lease: Duration,
    /// Rung after every step: there may be notices to deliver and work that was waiting.
    pub bells: Arc<Vec<Arc<Notify>>>,
}

impl Worker {
    /// Takes the next step of a submission.
    pub async fn step(&self, work: Claimed) {
        let submission = work.lease.submission.clone();
        let result = match work.state {
            State::Polling => self.poll(&work).await,
            State::Sending => self.after_stop(&work).await,
            _ => self.send(&work).await,
        };
        match result {
            Ok(()) => {}
            Err(Stuck::Ledger(error)) => report(&error),
            Err(stuck) => {
                tracing::error!(submission, error = %stuck, "a step failed; it is taken again when the lease ends");
            }
        }
        for bell in self.bells.iter() {
            bell.notify_one();
        }
    }

    /// A stop between recording the payload and recording the answer: the POST may have arrived.
    async fn after_stop(&self, work: &Claimed) -> Result<(), Stuck> {
        self.doubt(work, "the service stopped while it was being sent", None).await
    }

    async fn send(&self, work: &Claimed) -> Result<(), Stuck> {
        let chart = self.chart(&work.chart).await?;
        let (participant, intent, document) =
            (work.participant.clone(), work.intent.clone(), chart.document.expose().clone());
        let payload = match self.pool.with(move |instance| instance.compose(&participant, intent, &document)).await? {
            Ok(payload) => payload,
            Err(issues) => return self.not_composed(work, issues).await,
        };
        let Some(client) = self.clients.get(&work.participant) else {
            let until = Until::Send(self.clock.now().plus(self.schedules.operator));
            return self.put_off(work, until, "no credentials for this participant".to_owned(), work.failures).await;
        };
        let body = Phi::new(payload.body);
        let sending = Sending {
            payload: body.clone(),
            provenance: payload.provenance,
            issues: payload.issues,
            basis: work.intent.basis.clone(),
            lease: self.lease,
        };
        self.ledger.begin_sending(&work.lease, sending).await?;
        match client.submit(&work.operation, &work.participant, &body).await {
            Submitted::Accepted { location, submission_id, retry_after } => {
                let next = self.schedules.poll.next(0, Duration::ZERO, retry_after);
                let acceptance = Acceptance {
                    location,
                    cms_submission: submission_id,
                    next_poll_at: self.clock.now().plus(next.wait),
                };
                self.accept(work, acceptance).await
            }
            Submitted::AcceptedWithoutLocation { .. } => {
                self.doubt(work, "CMS accepted it without saying where its status is", None).await
            }
            Submitted::Answered(answer) => self.answered(work, Phase::Submit, answer).await,
            Submitted::Failed(failure) => self.not_sent(work, failure).await,
        }
    }

    /// Records that CMS accepted it. Only this process knows where its status is: a ledger that is busy or full for a while is
    /// asked again; one that refuses for good leaves a doubt with the true cause, at once.
    async fn accept(&self, work: &Claimed, acceptance: Acceptance) -> Result<(), Stuck> {
        for _ in 1..RECORD_TRIES {
            match self.ledger.accepted(&work.lease, acceptance.clone()).await {
                Err(error) if error.kind() == Kind::Unavailable => report(&error),
                Err(error @ (LedgerError::TooLarge { .. } | LedgerError::Invalid { .. })) => {
                    let cause = format!("CMS accepted it, and the ledger cannot record where its status is: {error}");
                    return self.doubt(work, &cause, None).await;
                }
                result => return Ok(result?),
            }
            tokio::time::sleep(RECORD_PAUSE).await;
        }
        Ok(self.ledger.accepted(&work.lease, acceptance).await?)
    }

    async fn not_sent(&self, work: &Claimed, failure: Failure) -> Result<(), Stuck> {
        let cause = failure.to_string();
        let failures = work.failures.saturating_add(1);
        tracing::warn!(submission = work.lease.submission, failure = %cause, hint = failure.hint(), "not sent");
        match failure.disposition {
            Disposition::Uncertain => self.doubt(work, &cause, Some(failure.hint())).await,
            // The token was refused twice: a third time changes nothing, and nothing was queued.
            _ if failure.cause == FailureCause::Unauthorized => {
                self.fail(work, "access-token-refused", &cause, failure.hint()).await
            }
            Disposition::Reject => self.fail(work, "not-sent", &cause, failure.hint()).await,
            _ if failures >= self.schedules.attempts => self.fail(work, "given-up", &cause, failure.hint()).await,
            Disposition::Retry { after } => {
                let wait = self.schedules.retry.wait(failures, &work.lease.submission, after);
                self.put_off(work, Until::Send(self.clock.now().plus(wait)), cause, failures).await
            }
            Disposition::Operator => {
                let until = Until::Send(self.clock.now().plus(self.schedules.operator));
                if work.failures == 0 {
                    self.tell_problem(work, "operator-needed", &cause, failure.hint()).await?;
                }
                self.put_off(work, until, cause, failures).await
            }
        }
    }

    async fn poll(&self, work: &Claimed) -> Result<(), Stuck> {
        let (Some(client), Some(location)) = (self.clients.get(&work.participant), work.location.as_ref()) else {
            let until = Until::Poll(self.clock.now().plus(self.schedules.operator));
            return self.put_off(work, until, "no credentials for this participant".to_owned(), work.failures).await;
        };
        let since = work.polling_since.map_or(Duration::ZERO, |since| since.until(self.clock.now()));
        match client.poll(&work.operation, location).await {
            Polled::Pending { retry_after, progress: _ } => {
                let next = self.schedules.poll.next(work.polls.saturating_add(1), since, retry_after);
                self.overdue(work, since, next.mode).await?;
                let until = Until::Poll(self.clock.now().plus(next.wait));
                self.put_off(work, until, "CMS is still processing it".to_owned(), 0).await
            }
            Polled::Answered(answer) => self.answered(work, Phase::Poll, answer).await,
            Polled::Failed(failure) => {
                let failures = work.failures.saturating_add(1);
                let wait = match failure.disposition {
                    Disposition::Operator => {
                        if work.failures == 0 {
                            self.tell_problem(work, "operator-needed", &failure.to_string(), failure.hint()).await?;
                        }
                        self.schedules.operator
                    }
                    _ => self.schedules.retry.wait(failures, &work.lease.submission, failure.retry_after),
                };
                tracing::warn!(submission = work.lease.submission, failure = %failure, hint = failure.hint(), "poll failed");
                let until = Until::Poll(self.clock.now().plus(wait));
                self.put_off(work, until, failure.to_string(), failures).await
            }
        }
    }

    /// Tells once that the time recommended for an answer has passed. Polling goes on, slowly.
    async fn overdue(&self, work: &Claimed, since: Duration, mode: PollMode) -> Result<(), Stuck> {
        let settings = self.schedules.poll.settings();
        let first = matches!(mode, PollMode::Slow) && since < settings.overall + settings.slow;
        if first {
            let hint = "nothing to do: it is polled on, less often, until CMS answers";
            self.tell_problem(work, "answer-overdue", "CMS has not answered in the time its guide recommends", hint)
                .await?;
        }
        Ok(())
    }

    async fn put_off(&self, work: &Claimed, until: Until, cause: String, failures: u32) -> Result<(), Stuck> {
        Ok(self.ledger.postpone(&work.lease, Postponement { until, cause, failures }).await?)
    }

    /// It may have arrived. An eligibility check is asked again, since asking changes nothing; everything else waits for a
    /// person.
    async fn doubt(&self, work: &Claimed, cause: &str, hint: Option<&str>) -> Result<(), Stuck> {
        let failures = work.failures.saturating_add(1);
        if work.operation == Operation::CheckEligibility && failures < self.schedules.attempts {
            let wait = self.schedules.retry.wait(failures, &work.lease.submission, None);
            let until = Until::Send(self.clock.now().plus(wait));
            return self.put_off(work, until, format!("{cause}; asking again is harmless"), failures).await;
        }
        let next = format!(
            "find out at CMS whether it arrived; then `access-bridge submissions retry {0}` or `cancel {0}`",
            work.lease.submission
        );
        tracing::error!(
            submission = work.lease.submission,
            cause,
            hint,
            "a submission may have arrived; a person must look"
        );
        let notice = self.problem(work, "uncertain", cause, &next).await?;
        Ok(self.ledger.uncertain(&work.lease, cause, vec![notice]).await?)
    }

    async fn not_composed(&self, work: &Claimed, issues: Vec<Issue>) -> Result<(), Stuck> {
        let first = issues.iter().find(|issue| issue.blocks()).or(issues.first());
        let (code, message, hint) = first.map_or(("not-composed", String::new(), String::new()), |issue| {
            (issue.code.as_str(), issue.message.clone(), issue.hint.clone().unwrap_or_default())
        });
        let outcome = Outcome {
            class: OutcomeClass::FixAndResend,
            code: code.to_owned(),
            system: String::new(),
            display: "Not sent".to_owned(),
            meaning: format!("the payload cannot be built: {message}"),
            next_step: hint,
            text: String::new(),
            issues: issues.clone(),
        };
        let cause = format!("the payload cannot be built: {code}");
        self.end(work, Final::Failed, cause, outcome, None).await
    }

    async fn fail(&self, work: &Claimed, code: &str, cause: &str, hint: &str) -> Result<(), Stuck> {
        let outcome = Outcome {
            class: OutcomeClass::Failed,
            code: code.to_owned(),
            system: String::new(),
            display: "Not sent".to_owned(),
            meaning: cause.to_owned(),
            next_step: format!("{hint}; then `access-bridge submissions retry {}`", work.lease.submission),
            text: String::new(),
            issues: Vec::new(),
        };
        self.end(work, Final::Failed, cause.to_owned(), outcome, None).await
    }

    async fn answered(&self, work: &Claimed, phase: Phase, answer: Answer) -> Result<(), Stuck> {
        let exchange = Exchange {
            operation: work.operation.clone(),
            phase,
            status: answer.status,
            content_type: answer.content_type,
            body: answer.body.expose().clone(),
        };
        let outcome = self.pool.with(move |instance| instance.interpret(exchange)).await?;
        let business = (200..300).contains(&answer.status) && outcome.class != OutcomeClass::Failed;
        let state = if business { Final::Done } else { Final::Failed };
        let cause = if outcome.code.is_empty() {
            format!("status {}", answer.status)
        } else {
            format!("status {}: {}", answer.status, outcome.code)
        };
        self.end(work, state, cause, outcome, Some(answer.body)).await
    }

    /// Writes the outcome into the chart and ends the submission, in one transaction.
    async fn end(
        &self,
        work: &Claimed,
        state: Final,
        cause: String,
        outcome: Outcome,
        answer: Option<Phi<String>>,
    ) -> Result<(), Stuck> {
        for _ in 0..TRIES {
            let chart = self.chart(&work.chart).await?;
            let (document, notices) = self.settled(work, &chart, outcome.clone()).await?;
            let dependents = if outcome.class == OutcomeClass::Done {
                Dependents::Proceed
            } else {
                Dependents::Cancel("what it waited for did not succeed".to_owned())
            };
            let ending = Ending {
                state,
                cause: cause.clone(),
                outcome: Some(Phi::new(outcome.clone())),
                answer: answer.clone(),
                chart: Some(Settling { seen: chart.seen(), document: Phi::new(document) }),
                notices: notices.into_iter().map(|notice| self.new_notice(notice)).collect(),
                dependents,
            };
            if let FinishResult::Stored(_) = self.ledger.finish(&work.lease, ending).await? {
                tracing::info!(submission = work.lease.submission, operation = %work.operation, track = %work.track, code = outcome.code, class = %outcome.class, "submission ended");
                // Only an answer is a reason to look again: after a failure the same would be asked, and fail, for ever.
                if matches!(state, Final::Done)
                    && let Err(error) = self.pipeline.look_again(&work.participant, &chart.id).await
                {
                    tracing::warn!(submission = work.lease.submission, %error, "the chart could not be looked at again");
                }
                return Ok(());
            }
        }
        Err(Stuck::Contended)
    }

    async fn settled(
        &self,
        work: &Claimed,
        chart: &StoredChart,
        outcome: Outcome,
    ) -> Result<(String, Vec<Notice>), Stuck> {
        let settlement = Settlement {
            participant: work.participant.clone(),
            operation: work.operation.clone(),
            track: work.track.clone(),
            submission: work.lease.submission.clone(),
            cms_submission: work.cms_submission.clone().unwrap_or_default(),
            control_id: work.control_id.clone(),
            basis: work.intent.basis.clone(),
            outcome,
            at: self.clock.now().rfc3339(),
        };
        let document = chart.document.expose().clone();
        match self.pool.with(move |instance| instance.settle(&document, settlement)).await? {
            Ok(settled) => Ok((settled.document, settled.notices)),
            Err(issue) => Err(RuntimeError::Component(issue.message).into()),
        }
    }

    /// A notice that the submission cannot go on without a person. The chart stays as it is.
    async fn problem(&self, work: &Claimed, code: &str, text: &str, next_step: &str) -> Result<NewNotice, Stuck> {
        let chart = self.chart(&work.chart).await?;
        let outcome = Outcome {
            class: OutcomeClass::Failed,
            code: code.to_owned(),
            system: String::new(),
            display: "A person must look".to_owned(),
            meaning: text.to_owned(),
            next_step: next_step.to_owned(),
            text: String::new(),
            issues: Vec::new(),
        };
        let (_, notices) = self.settled(work, &chart, outcome).await?;
        let mut notice = notices.into_iter().next().ok_or(Stuck::NoChart)?;
        notice.kind = NoticeKind::SubmissionProblem;
        notice.severity = Severity::Error;
        notice.dates.clear();
        Ok(self.new_notice(notice))
    }

    async fn tell_problem(&self, work: &Claimed, code: &str, text: &str, next_step: &str) -> Result<(), Stuck> {
        let notice = self.problem(work, code, text, next_step).await?;
        self.ledger.notify(vec![notice]).await?;
        Ok(())
    }

    fn new_notice(&self, notice: Notice) -> NewNotice {
        NewNotice { routes: self.routes.of(&notice), notice: Phi::new(notice), about: About::AsWritten }
    }

    /// The chart, or the one it was joined into.
    async fn chart(&self, id: &str) -> Result<StoredChart, Stuck> {
        let mut id = id.to_owned();
        for _ in 0..TRIES {
            let chart = self.ledger.chart(&id).await?.ok_or(Stuck::NoChart)?;
            match &chart.joined_into {
                Some(survivor) => id.clone_from(survivor),
                None => return Ok(chart),
            }
        }
        Err(Stuck::NoChart)
    }
}
