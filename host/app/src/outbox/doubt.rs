//! What is done about a POST that may have arrived. By operation:
//!
//! - An eligibility check is asked again: asking changes nothing.
//! - A report is sent again byte for byte: CMS answers `duplicate` to one that it has.
//! - Both at most [`REPETITIONS`] times: what stays in doubt so often is nothing that repeating mends, and waits for a person like the rest.
//! - Alignments and unalignments wait for a person and are never sent again by themselves. Eligibility is asked meanwhile, since its
//!   answer says something of where the patient stands; it does not say what became of the POST, so it decides nothing.

use super::steps::{Stuck, Worker};
use crate::ledger::TRIES;
use access_contract::{Intent, Mode, Operation};
use bridge_ledger::{Claimed, Event, Intake, IntakeResult, SubjectIntake, Until};

/// How often what is harmless to repeat is repeated by itself after a doubt, in the life of a submission.
const REPETITIONS: usize = 2;

/// Why a check is repeated.
const ASKED_AGAIN: &str = "asking again is harmless";
/// Why a report is repeated.
const KNOWN_TO_CMS: &str = "CMS knows a report that it has";

/// The rule that asks where somebody stands whose submission is in doubt.
pub(super) const RULE: &str = "doubt";

/// How often something was repeated by itself after a doubt, as its history has it.
pub(super) fn repetitions(events: &[Event]) -> usize {
    let repeated = |cause: &str| cause.ends_with(ASKED_AGAIN) || cause.ends_with(KNOWN_TO_CMS);
    events.iter().filter(|event| repeated(&event.cause)).count()
}

impl Worker {
    /// A POST may have arrived.
    pub(super) async fn doubt(&self, work: &Claimed, cause: &str, hint: Option<&str>) -> Result<(), Stuck> {
        let failures = work.failures.saturating_add(1);
        let harmless = match work.operation {
            Operation::CheckEligibility => Some(ASKED_AGAIN),
            Operation::ReportData => Some(KNOWN_TO_CMS),
            _ => None,
        };
        let again = failures < self.schedules.attempts && self.repetitions(work).await? < REPETITIONS;
        if let Some(why) = harmless.filter(|_| again) {
            let wait = self.schedules.retry.wait(failures, &work.lease.submission, None);
            let until = Until::Send(self.clock.now().plus(wait));
            return self.put_off(work, until, format!("{cause}; {why}"), failures, Vec::new()).await;
        }
        let asked = harmless.is_none() && self.ask_standing(work).await?;
        let submission = &work.lease.submission;
        let meanwhile =
            if asked { "eligibility is asked meanwhile, which tells where the patient stands; " } else { "" };
        let first = match work.operation {
            Operation::CheckEligibility => "asking again changes nothing at CMS",
            Operation::ReportData => "CMS answers `duplicate` to a report that it has",
            _ => "find out at CMS whether it arrived",
        };
        let next =
            format!("{meanwhile}{first}; then `access-bridge submissions retry {submission}` or `cancel {submission}`");
        tracing::error!(submission, cause, hint, "a submission may have arrived; a person must look");
        let notice = self.problem(work, "uncertain", cause, &next).await?;
        Ok(self.ledger.uncertain(&work.lease, cause, vec![notice]).await?)
    }

    /// How often it was repeated by itself already.
    async fn repetitions(&self, work: &Claimed) -> Result<usize, Stuck> {
        let story = self.ledger.submission(&work.lease.submission).await?;
        Ok(story.map_or(0, |story| repetitions(&story.events)))
    }

    /// Has eligibility asked for the patient and track of a submission in doubt. False where the chart moved all the time; the person
    /// decides without an answer then.
    async fn ask_standing(&self, work: &Claimed) -> Result<bool, Stuck> {
        for _ in 0..TRIES {
            let chart = self.chart(&work.chart).await?;
            let intent = Intent {
                operation: Operation::CheckEligibility,
                track: work.track.clone(),
                mode: Mode::Auto,
                rule: RULE.to_owned(),
                why: format!("nobody knows whether {} {} arrived at CMS", work.operation, work.lease.submission),
                // An unalignment carries the diagnosis that excludes, which is none that qualifies.
                conditions: if work.operation == Operation::Align {
                    work.intent.conditions.clone()
                } else {
                    Vec::new()
                },
                reason: None,
                provider_referral: None,
                switch_consent: None,
                after: None,
                report: None,
                ..work.intent.clone()
            };
            let intake = Intake {
                participant: work.participant.clone(),
                feed: None,
                actor: "outbox".to_owned(),
                allow_reuse: true,
                subjects: vec![SubjectIntake {
                    seen: vec![chart.seen()],
                    intents: vec![intent],
                    ..SubjectIntake::default()
                }],
                notices: Vec::new(),
                unmapped: Vec::new(),
            };
            if !matches!(self.ledger.intake(intake).await?, IntakeResult::Conflict) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
