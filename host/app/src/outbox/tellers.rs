//! Trouble with a participant's credentials: it meets every submission of the participant alike, so one of them tells of it, once,
//! until a request of the participant gets through again. Who tells stands in the ledger as a mark, so that a restart tells nothing twice.

use super::steps::{Stuck, Worker};
use crate::ledger::report;
use bridge_client::{Failure, FailureCause, Step};
use bridge_ledger::{Claimed, LedgerError, Once, Telling};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Which submission tells of a participant's trouble.
#[derive(Debug, Default)]
pub struct Tellers(Mutex<BTreeMap<String, String>>);

impl Tellers {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which submission tells: this one, where none does yet. True where it is new.
    fn tell(&self, participant: &str, submission: &str) -> (String, bool) {
        let mut tellers = self.lock();
        let new = !tellers.contains_key(participant);
        let teller = tellers.entry(participant.to_owned()).or_insert_with(|| submission.to_owned());
        (teller.clone(), new)
    }

    /// Nothing is to be told any more. Whether there was.
    fn forget(&self, participant: &str) -> bool {
        self.lock().remove(participant).is_some()
    }
}

/// Under which name the ledger remembers who tells.
fn mark(participant: &str) -> String {
    format!("credentials:{participant}")
}

/// Whether a failure meets every request of the participant alike until somebody mends a setting.
const fn is_shared(cause: &FailureCause) -> bool {
    matches!(
        cause,
        FailureCause::TokenRefused { .. }
            | FailureCause::TokenUnusable
            | FailureCause::Unauthorized
            | FailureCause::Tls
            | FailureCause::Redirected
    )
}

impl Worker {
    /// Takes up what was told before a restart.
    pub(super) async fn resume_tellers(&self) -> Result<(), LedgerError> {
        for participant in self.clients.keys() {
            if let Some(teller) = self.ledger.mark(&mark(participant)).await?.filter(|teller| !teller.is_empty()) {
                self.tellers.tell(participant, &teller);
            }
        }
        Ok(())
    }

    /// What a person is told of a failure that needs one: once for each submission, or, where it meets all of the participant's, by
    /// the first.
    pub(super) async fn operator_needed(&self, work: &Claimed, failure: &Failure) -> Result<Vec<Telling>, Stuck> {
        let (cause, hint) = (failure.to_string(), failure.hint());
        if !is_shared(&failure.cause) {
            return self.once(work, Once::OperatorNeeded, &cause, hint).await;
        }
        self.of_participant(work, &cause, hint).await
    }

    /// The same for trouble that meets all of a participant's submissions.
    pub(super) async fn of_participant(&self, work: &Claimed, cause: &str, hint: &str) -> Result<Vec<Telling>, Stuck> {
        let participant = &work.participant;
        let (teller, new) = self.tellers.tell(participant, &work.lease.submission);
        if new {
            self.ledger.set_mark(&mark(participant), &teller).await?;
        }
        if teller != work.lease.submission {
            return Ok(Vec::new());
        }
        let next_step = format!(
            "{hint}; everything of this participant waits with it and is not told one by one; afterwards `access-bridge submissions \
             retry --state waiting --participant {participant}` sends it at once"
        );
        self.once(work, Once::OperatorNeeded, cause, &next_step).await
    }

    /// Notes that a request of the participant got through, whatever was answered.
    pub(super) async fn got_through(&self, work: &Claimed, failure: Option<&Failure>) {
        let through = failure.is_none_or(|failure| {
            failure.status.is_some() && failure.place.step != Step::Token && !is_shared(&failure.cause)
        });
        if !through || !self.tellers.forget(&work.participant) {
            return;
        }
        tracing::info!(participant = work.participant, "the participant's requests get through again");
        if let Err(error) = self.ledger.set_mark(&mark(&work.participant), "").await {
            report(&error);
        }
    }
}
