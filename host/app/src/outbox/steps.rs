//! One step of one submission.

use super::circuit::is_outage;
use super::doubt;
use super::lease::hold;
use super::stop::Stop;
use super::tellers::Tellers;
use super::{Circuits, Schedules};
use crate::bells::Bells;
use crate::ledger::{TRIES, recovered, report};
use crate::pipeline::{self, NEWEST, Pipeline, PipelineError};
use crate::settling::RouteTable;
use access_contract::{Intent, Issue, Notice, Operation, Payload, Phase, ReportRequest};
use bridge_client::{AccessClient, Failure, FailureCause, Polled, Step, Submitted, Ticket};
use bridge_ledger::{
    Acceptance, Bounds, Claimed, Kind, Ledger, LedgerError, Look, NewNotice, Once, Postponement, Sending, State,
    StoredChart, Telling, Until,
};
use bridge_runtime::{Pool, RuntimeError};
use bridge_types::failpoint::{self, reached};
use bridge_types::{Clock, Disposition, Phi, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How often, and after which pause, the ledger is asked to record an acceptance: for a quarter of an hour, in which somebody can
/// make room on a disk.
const RECORD_TRIES: usize = 180;
const RECORD_PAUSE: Duration = Duration::from_secs(5);

/// How long a look rests that would fail again at once: soon enough for every deadline, and no flood of log lines meanwhile.
const LOOK_PUT_OFF: Duration = Duration::from_hours(6);
/// Of a report whose alignment is not in force any more.
const ALIGNMENT_ENDED: &str = "report-alignment-ended";

// Whatever the client follows, the ledger keeps.
const _: () = assert!(Bounds::LOCATION_BYTES >= bridge_client::LONGEST_LOCATION);

/// Why a step could not be taken now. The lease runs out and the step is taken again.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stuck {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    #[error("the chart was changed by feeds {TRIES} times in a row")]
    Contended,
    #[error("the chart is missing")]
    NoChart,
}

/// The moment that a report speaks of: when the chart changed last, or later when it was asked for. Composed again from the same ledger
/// it has the same bytes, and it knows every reading that came before it was sent.
pub(crate) fn as_of(chart: &StoredChart, asked: Timestamp) -> String {
    chart.changed_at.max(asked).rfc3339()
}

impl Stuck {
    /// The code of what waiting does not change: the component stopped on it, or the ledger takes it from nobody.
    pub(super) const fn lasting(&self) -> Option<&'static str> {
        match self {
            Self::Runtime(error) => pipeline::fault(error),
            Self::Ledger(error) if error.is_unstorable() => Some("not-storable"),
            _ => None,
        }
    }
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
    /// Which APIs are there.
    pub circuits: Circuits,
    /// Who tells of trouble with credentials.
    pub tellers: Tellers,
    /// Looks at charts again after an outcome.
    pub pipeline: Pipeline,
    /// How long a claim holds.
    pub lease: Duration,
    /// Whether the service stops.
    pub stop: Stop,
    /// Rung after every step: there may be notices to deliver and work that was waiting.
    pub bells: Arc<Bells>,
}

impl Worker {
    /// Takes the next step of a submission. Whether its lease went astray: the ledger, being away, could not be told how it ended, and
    /// the lease is to be given back when the ledger is there again, or everything would rest until it runs out.
    pub async fn step(&self, work: Claimed) -> bool {
        let submission = work.lease.submission.clone();
        let astray = match hold(self.ledger.as_ref(), &work.lease, self.lease, self.take(&work)).await {
            Ok(()) => {
                recovered();
                false
            }
            Err(Stuck::Ledger(error)) => {
                report(&error);
                error.kind() == Kind::Unavailable
            }
            Err(stuck) => {
                tracing::error!(submission, error = %stuck, "a step failed; it is taken again when the lease ends");
                false
            }
        };
        self.bells.ring();
        astray
    }

    async fn take(&self, work: &Claimed) -> Result<(), Stuck> {
        reached(failpoint::Step::WorkClaimed);
        let taken = match work.state {
            State::Polling => self.poll(work).await,
            State::Sending => self.after_stop(work).await,
            _ => self.send(work).await,
        };
        let Err(stuck) = taken else { return Ok(()) };
        let arrived = matches!(work.state, State::Polling | State::Sending);
        self.give_up(work, stuck, arrived).await
    }

    /// Looks at a chart: after a submission about it ended, or because its calendar says so. A look that fails is never done: the
    /// chart's calendar hangs on it, and what was wrong may be put right in the profile or by an update.
    ///
    /// # Errors
    /// The ledger's. The lease of the look went astray if it was away.
    pub async fn look(&self, look: Look) -> Result<(), LedgerError> {
        match self.pipeline.look_again(&look.participant, &look.chart).await {
            Err(PipelineError::Ledger(error)) if error.kind() == Kind::Unavailable => return Err(error),
            Err(trouble) if !trouble.is_lasting() => {
                tracing::warn!(chart = look.chart, %trouble, "the chart could not be looked at again; it is tried later");
                return Ok(());
            }
            Err(trouble) => {
                tracing::error!(chart = look.chart, %trouble, "the chart cannot be looked at; that is tried again in hours");
                return self.ledger.put_off_look(&look, self.clock.now().plus(LOOK_PUT_OFF)).await;
            }
            Ok(()) => {}
        }
        reached(failpoint::Step::ChartLookedAt);
        self.ledger.looked(&look).await
    }

    /// A stop between recording the payload and recording the answer: the POST may have arrived.
    async fn after_stop(&self, work: &Claimed) -> Result<(), Stuck> {
        self.doubt(work, "the service stopped while it was being sent", None).await
    }

    async fn send(&self, work: &Claimed) -> Result<(), Stuck> {
        let client = self.clients.get(&work.participant);
        if client.is_some_and(|client| self.must_wait(client, work)) {
            return Ok(self.ledger.release(&work.lease).await?);
        }
        let chart = self.chart(&work.chart).await?;
        let (payload, basis) = match self.composed(work, chart).await? {
            Ok(composed) => composed,
            Err(issues) => return self.not_composed(work, issues).await,
        };
        let Some(client) = client else {
            let until = Until::Send(self.clock.now().plus(self.schedules.operator));
            return self.without_credentials(work, until).await;
        };
        let ticket = match self.ticket(client, work, Step::Submit).await {
            Some(Ok(ticket)) => ticket,
            Some(Err(failure)) => {
                self.heard(client, work, Some(&*failure)).await;
                return self.not_sent(work, client, *failure).await;
            }
            None => return Ok(self.ledger.release(&work.lease).await?),
        };
        let body = Phi::new(payload.body);
        // What an answer is about.
        let intent = Intent { basis: basis.clone(), ..work.intent.clone() };
        let sent = Claimed { entries: payload.entries.clone(), intent, ..work.clone() };
        let sending = Sending {
            payload: body.clone(),
            provenance: payload.provenance,
            issues: payload.issues,
            entries: payload.entries,
            basis,
            lease: self.lease,
        };
        self.ledger.begin_sending(&work.lease, sending).await?;
        reached(failpoint::Step::PayloadRecorded);
        let submitted = client.submit_with(ticket, &work.operation, &work.participant, &body).await;
        reached(failpoint::Step::PostAnswered);
        let failure = match &submitted {
            Submitted::Failed(failure) => Some(failure),
            _ => None,
        };
        self.heard(client, work, failure).await;
        match submitted {
            Submitted::Accepted { location, submission_id, retry_after } => {
                let next = self.schedules.poll.next(0, Duration::ZERO, retry_after);
                let acceptance = Acceptance {
                    location,
                    cms_submission: submission_id,
                    next_poll_at: self.clock.now().plus(next.wait),
                };
                self.accept(work, acceptance).await?;
                reached(failpoint::Step::AcceptanceRecorded);
                Ok(())
            }
            Submitted::AcceptedWithoutLocation { .. } => {
                self.doubt(work, "CMS accepted it without saying where its status is", None).await
            }
            Submitted::Answered(answer) => self.answered(&sent, Phase::Submit, answer).await,
            Submitted::Failed(failure) => self.not_sent(work, client, failure).await,
        }
    }

    /// The token for a request. None where the request must not begin any more: obtaining it may have taken long.
    async fn ticket(&self, client: &AccessClient, work: &Claimed, step: Step) -> Option<Result<Ticket, Box<Failure>>> {
        let ticket = tokio::select! {
            biased;
            () = self.stop.told() => return None,
            ticket = client.ticket(step, &work.operation) => ticket,
        };
        if ticket.is_ok() && self.must_wait(client, work) { None } else { Some(ticket) }
    }

    /// Whether nothing may be begun: the service stops, or the API is away. What is given back untouched waits where it is.
    fn must_wait(&self, client: &AccessClient, work: &Claimed) -> bool {
        self.stop.is_told() || self.is_kept_back(client, work)
    }

    /// Notes how a request ended.
    async fn heard(&self, client: &AccessClient, work: &Claimed, failure: Option<&Failure>) {
        self.observe(client, work, failure).await;
        self.got_through(work, failure).await;
    }

    /// The payload and its basis, or why there is none.
    async fn composed(
        &self,
        work: &Claimed,
        chart: StoredChart,
    ) -> Result<Result<(Payload, String), Vec<Issue>>, Stuck> {
        if let Some(sent) = self.sent_before(work).await? {
            return match self.compose(work, chart).await {
                // Readings of an alignment that has ended meanwhile would count for the one that came after it.
                Ok(Err(issues)) if issues.iter().any(|issue| issue.code == ALIGNMENT_ENDED) => Ok(Err(issues)),
                Err(stuck) if stuck.lasting().is_none() => Err(stuck),
                // What was sent is there, also where the component stops.
                _ => Ok(Ok(sent)),
            };
        }
        let composed = self.compose(work, chart).await?;
        Ok(composed.map(|payload| (payload, work.intent.basis.clone())))
    }

    async fn compose(&self, work: &Claimed, chart: StoredChart) -> Result<Result<Payload, Vec<Issue>>, Stuck> {
        let (participant, intent) = (work.participant.clone(), work.intent.clone());
        if work.operation == Operation::ReportData {
            let entries = self.ledger.newest_entries(&chart.id, NEWEST).await?;
            let at = as_of(&chart, work.created_at);
            let request = ReportRequest { participant, intent, chart: chart.document.into_inner(), entries, at };
            return Ok(self.pool.with(move |instance| instance.compose_report(request)).await?);
        }
        let document = chart.document.into_inner();
        Ok(self.pool.with(move |instance| instance.compose(&participant, intent, &document)).await?)
    }

    /// What the last attempt of a report sent, with its basis, where one may have arrived and it is put off since: only the same bytes
    /// are surely the same report to CMS. What surely did not arrive is composed anew, from what is known by now, and so is a person's
    /// retry.
    pub(super) async fn sent_before(&self, work: &Claimed) -> Result<Option<(Payload, String)>, Stuck> {
        if work.operation != Operation::ReportData || work.attempts == 0 || work.state != State::Waiting {
            return Ok(None);
        }
        let story = self.ledger.submission(&work.lease.submission).await?;
        let doubted = story.filter(|story| doubt::repetitions(&story.events) > 0);
        let last = doubted.and_then(|mut story| story.payloads.pop());
        Ok(last.map(|sent| {
            let payload = Payload {
                operation: work.operation.clone(),
                track: work.track.clone(),
                body: sent.body.into_inner(),
                provenance: sent.provenance,
                issues: sent.issues,
                entries: work.entries.clone(),
            };
            (payload, sent.basis)
        }))
    }

    /// Records that CMS accepted it. Only this process knows where its status is: a ledger that is busy or full for a while is
    /// asked again; one that refuses for good leaves a doubt with the true cause, at once.
    async fn accept(&self, work: &Claimed, acceptance: Acceptance) -> Result<(), Stuck> {
        for _ in 1..RECORD_TRIES {
            match self.ledger.accepted(&work.lease, acceptance.clone()).await {
                Err(error) if error.kind() == Kind::Unavailable => report(&error),
                Err(error) if error.is_unstorable() => {
                    let cause = format!("CMS accepted it, and the ledger cannot record where its status is: {error}");
                    return self.doubt(work, &cause, None).await;
                }
                result => return Ok(result?),
            }
            tokio::time::sleep(RECORD_PAUSE).await;
        }
        Ok(self.ledger.accepted(&work.lease, acceptance).await?)
    }

    async fn not_sent(&self, work: &Claimed, client: &AccessClient, failure: Failure) -> Result<(), Stuck> {
        let cause = failure.to_string();
        // An outage lasts as long as it lasts: it is nothing that a submission could be given up for.
        let counts = !(is_outage(&failure) && self.circuits.is_away(&client.host()));
        let failures = if counts { work.failures.saturating_add(1) } else { work.failures.max(1) };
        let (submission, hint) = (&work.lease.submission, failure.hint());
        if failure.disposition == Disposition::Uncertain {
            tracing::warn!(submission, failure = %cause, hint, "it may have arrived");
        } else {
            tracing::warn!(submission, failure = %cause, hint, "not sent");
        }
        match failure.disposition {
            Disposition::Uncertain => self.doubt(work, &cause, Some(failure.hint())).await,
            // The token was refused twice: a third time changes nothing, and nothing was queued.
            _ if failure.cause == FailureCause::Unauthorized => {
                self.fail(work, "access-token-refused", &cause, failure.hint()).await
            }
            Disposition::Reject => self.fail(work, "not-sent", &cause, failure.hint()).await,
            _ if counts && failures >= self.schedules.attempts => {
                self.fail(work, "given-up", &cause, failure.hint()).await
            }
            Disposition::Retry { after } => {
                let wait = self.schedules.retry.wait(failures, &work.lease.submission, after);
                self.put_off(work, Until::Send(self.clock.now().plus(wait)), cause, failures, Vec::new()).await
            }
            Disposition::Operator => {
                let until = Until::Send(self.clock.now().plus(self.schedules.operator));
                let telling = self.operator_needed(work, &failure).await?;
                self.put_off(work, until, cause, failures, telling).await
            }
        }
    }

    async fn poll(&self, work: &Claimed) -> Result<(), Stuck> {
        let (Some(client), Some(location)) = (self.clients.get(&work.participant), work.location.as_ref()) else {
            let until = Until::Poll(self.clock.now().plus(self.schedules.operator));
            return self.without_credentials(work, until).await;
        };
        if self.must_wait(client, work) {
            return Ok(self.ledger.release(&work.lease).await?);
        }
        let since = work.polling_since.map_or(Duration::ZERO, |since| since.until(self.clock.now()));
        let polled = match self.ticket(client, work, Step::Poll).await {
            Some(Ok(ticket)) => client.poll_with(ticket, &work.operation, location).await,
            Some(Err(failure)) => Polled::Failed(*failure),
            None => return Ok(self.ledger.release(&work.lease).await?),
        };
        reached(failpoint::Step::PollAnswered);
        let failure = match &polled {
            Polled::Failed(failure) => Some(failure),
            _ => None,
        };
        self.heard(client, work, failure).await;
        match polled {
            Polled::Pending { retry_after, progress } => {
                let next = self.schedules.poll.next(work.polls.saturating_add(1), since, retry_after);
                let telling = self.overdue(work, since).await?;
                let until = Until::Poll(self.clock.now().plus(next.wait));
                let cause = match progress.as_deref().and_then(shown) {
                    Some(progress) => format!("CMS is still processing it ({progress})"),
                    None => "CMS is still processing it".to_owned(),
                };
                self.put_off(work, until, cause, 0, telling).await?;
                reached(failpoint::Step::PollPutOff);
                Ok(())
            }
            Polled::Answered(answer) => self.answered(work, Phase::Poll, answer).await,
            Polled::Failed(failure) => {
                let failures = work.failures.saturating_add(1);
                let mut telling = self.overdue(work, since).await?;
                let wait = match failure.disposition {
                    Disposition::Operator => {
                        telling.extend(self.operator_needed(work, &failure).await?);
                        self.schedules.operator
                    }
                    _ => {
                        if failure.cause == FailureCause::NotFhir {
                            let (cause, hint) = (failure.to_string(), failure.hint());
                            telling.extend(self.once(work, Once::OperatorNeeded, &cause, hint).await?);
                        }
                        self.schedules.retry.wait(failures, &work.lease.submission, failure.retry_after)
                    }
                };
                tracing::warn!(submission = work.lease.submission, failure = %failure, hint = failure.hint(), "poll failed");
                let until = Until::Poll(self.clock.now().plus(wait));
                self.put_off(work, until, failure.to_string(), failures, telling).await
            }
        }
    }

    /// What to tell when the time recommended for an answer has passed, whatever the last poll said. Polling goes on, slowly.
    async fn overdue(&self, work: &Claimed, since: Duration) -> Result<Vec<Telling>, Stuck> {
        if since < self.schedules.poll.settings().overall {
            return Ok(Vec::new());
        }
        let text = "CMS has not answered in the time its guide recommends";
        let hint = format!(
            "nothing to do: it is polled on, less often, until CMS answers; `access-bridge submissions resume {0}` asks now, \
             `cancel {0}` gives it up",
            work.lease.submission
        );
        self.once(work, Once::AnswerOverdue, text, &hint).await
    }

    async fn without_credentials(&self, work: &Claimed, until: Until) -> Result<(), Stuck> {
        let cause = "no credentials for this participant";
        let hint = "add the participant's credentials to the configuration, and restart";
        let telling = self.of_participant(work, cause, hint).await?;
        self.put_off(work, until, cause.to_owned(), work.failures.max(1), telling).await
    }

    pub(super) async fn put_off(
        &self,
        work: &Claimed,
        until: Until,
        cause: String,
        failures: u32,
        telling: Vec<Telling>,
    ) -> Result<(), Stuck> {
        Ok(self.ledger.postpone(&work.lease, Postponement { until, cause, failures, telling }).await?)
    }

    pub(super) fn new_notice(&self, notice: Notice) -> NewNotice {
        self.routes.address(notice)
    }

    /// The chart, or the one it was joined into.
    pub(super) async fn chart(&self, id: &str) -> Result<StoredChart, Stuck> {
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

/// Longest `X-Progress` that is kept.
const PROGRESS: usize = 32;

/// What of an `X-Progress` is kept: a number, a percentage or a few plain words. Whatever else it is, it may name somebody.
fn shown(progress: &str) -> Option<&str> {
    let progress = progress.trim();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b" -%./".contains(&byte);
    let (first, rest) = progress.as_bytes().split_first()?;
    let longest = progress.split(|character: char| !character.is_ascii_digit()).map(str::len).max();
    let fits = progress.len() <= PROGRESS && (plain(*first) || first.is_ascii_uppercase());
    (fits && rest.iter().all(|byte| plain(*byte)) && longest <= Some(3)).then_some(progress)
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn of_a_progress_only_what_names_nobody_is_kept() {
        for kept in ["42%", "3/5", "In progress", "in-progress 12.5%", " 7 "] {
            assert_eq!(shown(kept), Some(kept.trim()), "{kept}");
        }
        for other in ["", "1EG4TE5MK73", "born 1947", "Ruth Halvorsen", "a<b>", "waiting for somebody who is very busy"]
        {
            assert_eq!(shown(other), None, "{other}");
        }
    }
}
