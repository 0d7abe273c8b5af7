//! How a submission ends: with an answer, without one, or with what nobody can go on with; and what is told about it.

use super::doubt;
use super::steps::{Stuck, Worker};
use crate::ledger::TRIES;
use crate::settling::{follower_dropped, held_for_approval, submission_problem};
use access_contract::{
    Exchange, Issue, Notice, NoticeKind, Operation, Outcome, OutcomeClass, Phase, Settlement, Severity,
};
use bridge_client::Answer;
use bridge_ledger::{Claimed, Dependents, Ending, Final, FinishResult, Look, NewNotice, Once, Settling, Telling};
use bridge_runtime::RuntimeError;
use bridge_types::failpoint::{Step, reached};
use bridge_types::{Phi, Timestamp};

/// What CMS answers to an unalignment of somebody who is not aligned.
const NOT_ALIGNED: &str = "patient-not-aligned";

impl Worker {
    pub(super) async fn not_composed(&self, work: &Claimed, issues: Vec<Issue>) -> Result<(), Stuck> {
        let first = issues.iter().find(|issue| issue.blocks()).or(issues.first());
        let (code, message, hint) = first.map_or(("not-composed", String::new(), String::new()), |issue| {
            (issue.code.as_str(), issue.message.clone(), issue.hint.clone().unwrap_or_default())
        });
        let is_doubted = self.sent_before(work).await?.is_some();
        let (display, what, next_step) = if is_doubted {
            let next_step = format!("find out at CMS whether it has the report; {hint}");
            ("Not sent again", "an earlier attempt may have arrived, and it is not sent again", next_step)
        } else {
            ("Not sent", "the payload cannot be built", hint)
        };
        let outcome = Outcome {
            class: OutcomeClass::FixAndResend,
            code: code.to_owned(),
            system: String::new(),
            display: display.to_owned(),
            meaning: format!("{what}: {message}"),
            next_step,
            text: String::new(),
            issues: issues.clone(),
        };
        let cause = format!("{what}: {code}");
        self.end(work, Final::Failed, cause, outcome, None).await
    }

    pub(super) async fn fail(&self, work: &Claimed, code: &str, cause: &str, hint: &str) -> Result<(), Stuck> {
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

    /// Interprets an answer of CMS and ends the submission with it.
    pub(super) async fn answered(&self, work: &Claimed, phase: Phase, answer: Answer) -> Result<(), Stuck> {
        let arrived = phase == Phase::Poll || (200..300).contains(&answer.status);
        let Err(stuck) = self.interpreted(work, phase, answer).await else { return Ok(()) };
        self.give_up(work, stuck, arrived).await
    }

    async fn interpreted(&self, work: &Claimed, phase: Phase, answer: Answer) -> Result<(), Stuck> {
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
            let seen = chart.seen();
            let (document, mut notices) = self.settled(work, chart.document.into_inner(), outcome.clone()).await?;
            if work.intent.rule == doubt::RULE {
                // Whoever asked already must not ask for it anew beside the one that may have arrived.
                let why = &work.intent.why;
                let next = format!(
                    "this was asked since {why}: settle that one with `access-bridge submissions retry` or `cancel`, and do not request it again"
                );
                notices.iter_mut().for_each(|notice| notice.next_step.clone_from(&next));
            }
            let held = notices.first().map(|notice| self.new_notice(held_for_approval(notice)));
            let dropped = Some(self.new_notice(follower_dropped(&work.participant, notices.first())));
            // That a check was answered otherwise says by itself that nothing follows it; not to who asked by another request.
            let only_others = work.operation == Operation::CheckEligibility;
            // Whoever is not aligned has left as well as whoever was unaligned.
            let is_known = outcome.class != OutcomeClass::Unknown;
            let has_left = work.operation == Operation::Unalign && is_known && outcome.code == NOT_ALIGNED;
            let dependents = if outcome.class == OutcomeClass::Done || has_left {
                Dependents::Proceed
            } else {
                Dependents::Cancel("what it waited for did not succeed".to_owned())
            };
            let ending = Ending {
                state,
                cause: cause.clone(),
                outcome: Some(Phi::new(outcome.clone())),
                answer: answer.clone(),
                chart: Some(Settling { seen, document: Phi::new(document) }),
                notices: notices.into_iter().map(|notice| self.new_notice(notice)).collect(),
                dependents,
                held,
                dropped,
                only_others,
                // Only an answer is a reason to look again: after a failure the same would be asked, and fail, for ever.
                look_again: matches!(state, Final::Done).then_some(self.lease),
            };
            reached(Step::EndingDue);
            if let FinishResult::Stored(_) = self.ledger.finish(&work.lease, ending).await? {
                reached(Step::EndingRecorded);
                let (submission, control_id) = (&work.lease.submission, &work.control_id);
                let (operation, track) = (&work.operation, &work.track);
                let (code, class) = (&outcome.code, &outcome.class);
                if matches!(state, Final::Failed) {
                    tracing::warn!(submission, control_id, %operation, %track, code, %class, "submission ended");
                } else {
                    tracing::info!(submission, control_id, %operation, %track, code, %class, "submission ended");
                }
                if matches!(state, Final::Done) {
                    let (participant, chart) = (work.participant.clone(), chart.id);
                    let until = self.clock.now();
                    let submission = Some(work.lease.submission.clone());
                    self.look(Look { submission, participant, chart, until }).await?;
                }
                return Ok(());
            }
        }
        Err(Stuck::Contended)
    }

    async fn settled(
        &self,
        work: &Claimed,
        document: String,
        outcome: Outcome,
    ) -> Result<(String, Vec<Notice>), Stuck> {
        let payload = self.ledger.last_payload(&work.lease.submission).await?;
        let settlement = Settlement {
            report: work.intent.report.clone(),
            entries: work.entries.clone(),
            payload: payload.map(Phi::into_inner).unwrap_or_default(),
            participant: work.participant.clone(),
            operation: work.operation.clone(),
            track: work.track.clone(),
            submission: work.lease.submission.clone(),
            cms_submission: work.cms_submission.clone().unwrap_or_default(),
            control_id: work.control_id.clone(),
            basis: work.intent.basis.clone(),
            outcome,
            at: self.clock.now().rfc3339(),
            accepted_at: work.accepted_at.map(Timestamp::rfc3339).unwrap_or_default(),
            attempted_at: work.attempted_at.map(Timestamp::rfc3339).unwrap_or_default(),
        };
        match self.pool.with(move |instance| instance.settle(&document, settlement)).await? {
            Ok(mut settled) => {
                let own = settled.notices.iter_mut().filter(|notice| notice.submission == work.lease.submission);
                own.for_each(|notice| notice.reference.clone_from(&work.intent.reference));
                Ok((settled.document, settled.notices))
            }
            Err(issue) => Err(RuntimeError::Component(issue.message).into()),
        }
    }

    /// A notice that the submission cannot go on without a person. The chart stays as it is.
    pub(super) async fn problem(
        &self,
        work: &Claimed,
        code: &str,
        text: &str,
        next_step: &str,
    ) -> Result<NewNotice, Stuck> {
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
        let drawn = match self.settled(work, chart.document.into_inner(), outcome.clone()).await {
            Ok((_, notices)) => notices.into_iter().next(),
            // What must be told is told without the component, too.
            Err(stuck) if stuck.lasting().is_some() => None,
            Err(stuck) => return Err(stuck),
        };
        let mut notice = drawn.unwrap_or_else(|| submission_problem(work, &outcome));
        notice.kind = NoticeKind::SubmissionProblem;
        notice.severity = Severity::Error;
        notice.dates.clear();
        Ok(self.new_notice(notice))
    }

    /// A problem to tell, unless it was told.
    pub(super) async fn once(
        &self,
        work: &Claimed,
        once: Once,
        text: &str,
        next_step: &str,
    ) -> Result<Vec<Telling>, Stuck> {
        if work.told.has(once) {
            return Ok(Vec::new());
        }
        let code = match once {
            Once::OperatorNeeded => "operator-needed",
            Once::AnswerOverdue => "answer-overdue",
        };
        Ok(vec![Telling { once, notice: self.problem(work, code, text, next_step).await? }])
    }

    /// Ends a step that would fail in the same way each time, because the component stops on it or the ledger cannot take it. What
    /// CMS may have answered or accepted becomes a doubt, so that it can be asked for again; the rest fails. The chart stays as it
    /// is, and the notice is made without the component. Other trouble goes on as trouble.
    pub(super) async fn give_up(&self, work: &Claimed, stuck: Stuck, arrived: bool) -> Result<(), Stuck> {
        let Some(code) = stuck.lasting() else { return Err(stuck) };
        let submission = &work.lease.submission;
        tracing::error!(submission, operation = %work.operation, code, error = %stuck, "a submission cannot go on");
        let next_step = match (arrived, work.location.is_some()) {
            (true, true) => format!("after an update, `access-bridge submissions resume {submission}` asks CMS again"),
            (true, false) => format!(
                "find out at CMS what became of it; then `access-bridge submissions retry {submission}` or `cancel {submission}`"
            ),
            (false, _) => {
                format!("after an update, `access-bridge submissions retry {submission}`; or report the code")
            }
        };
        let outcome = Outcome {
            class: OutcomeClass::Failed,
            code: code.to_owned(),
            system: String::new(),
            display: "A person must look".to_owned(),
            meaning: format!("the submission cannot go on: {stuck}"),
            next_step,
            text: String::new(),
            issues: Vec::new(),
        };
        let cause = format!("{code}: {stuck}");
        let notices = vec![self.new_notice(submission_problem(work, &outcome))];
        if arrived {
            return Ok(self.ledger.uncertain(&work.lease, &cause, notices).await?);
        }
        let ending = Ending {
            state: Final::Failed,
            cause,
            outcome: Some(Phi::new(outcome)),
            answer: None,
            chart: None,
            notices,
            dependents: Dependents::Cancel("what it waited for did not succeed".to_owned()),
            held: None,
            dropped: Some(self.new_notice(follower_dropped(&work.participant, None))),
            only_others: false,
            look_again: None,
        };
        self.ledger.finish(&work.lease, ending).await?;
        Ok(())
    }
}
