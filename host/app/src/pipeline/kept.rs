//! Reads a feed that is kept once more, for the results whose codes have a row in the profile since.
//!
//! What is stored is met as by any repetition: by its time and its key, so that nothing older takes the place of anything newer. A feed
//! that asks for something by name is left alone, since nobody asks for it now.

use super::{Pipeline, PipelineError, identity, wanted};
use crate::ledger::TRIES;
use access_contract::{CommandAction, Issue, Plan, Reading, asking};
use bridge_ledger::{Inquiry, Intake, IntakeResult, StoredFeed, SubjectIntake};
use bridge_runtime::Instance;
use std::sync::Arc;

/// What became of a feed that was read once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenUp {
    /// So many results and questionnaires are there that were not, or say something else now.
    Results(usize),
    /// Nothing is new.
    Nothing,
    /// It asks for something by name, or joins people, or could not be taken in now.
    LeftAlone,
}

impl Pipeline {
    /// Reads a kept feed once more, stores the results that are new, and looks at the charts they went to.
    ///
    /// # Errors
    /// Our own trouble. What was stored until then stays.
    pub async fn take_up(&self, feed: &StoredFeed) -> Result<TakenUp, PipelineError> {
        let pool = self.pool.pinned();
        let bytes = feed.bytes.clone();
        let Ok(reading) = pool.with(move |instance| instance.read(bytes.expose())).await? else {
            return Ok(TakenUp::LeftAlone);
        };
        if reading.subjects.iter().all(|subject| subject.entry_keys.is_empty()) {
            return Ok(TakenUp::Nothing);
        }
        let joins = reading.subjects.iter().any(|subject| !subject.prior_keys.is_empty());
        if joins || reading.issues.iter().any(Issue::refuses_feed) {
            return Ok(TakenUp::LeftAlone);
        }
        let reading = Arc::new(reading);
        for _ in 0..TRIES {
            let (pipeline, read) = (self.clone(), Arc::clone(&reading));
            let Some(subjects) = pool.with(move |instance| pipeline.plan_anew(instance, &read)).await? else {
                return Ok(TakenUp::LeftAlone);
            };
            let entries: usize = subjects.iter().flat_map(|one| &one.change).map(|change| change.entries.len()).sum();
            if entries == 0 {
                return Ok(TakenUp::Nothing);
            }
            let charts: Vec<String> = subjects.iter().flat_map(|one| &one.seen).map(|seen| seen.id.clone()).collect();
            let intake = Intake {
                participant: reading.participant.clone(),
                feed: None,
                actor: feed.summary.source.clone(),
                allow_reuse: true,
                subjects,
                notices: Vec::new(),
                unmapped: Vec::new(),
            };
            if !matches!(self.ledger.intake(intake).await?, IntakeResult::Conflict) {
                for chart in charts {
                    self.look_again(&reading.participant, &chart).await?;
                }
                return Ok(TakenUp::Results(entries));
            }
        }
        Err(PipelineError::Contended)
    }

    /// Plans for everybody in a reading, of whom a chart is known. None where something is asked for by name.
    fn plan_anew(
        &self,
        instance: &mut Instance,
        reading: &Reading,
    ) -> Result<Option<Vec<SubjectIntake>>, PipelineError> {
        let inquiry = Inquiry {
            identity: identity(&reading.header),
            participant: reading.participant.clone(),
            people: reading.subjects.iter().map(wanted).collect(),
        };
        let known = self.ledger.inquire(inquiry)?;
        let mut subjects = Vec::new();
        for (subject, charts) in reading.subjects.iter().zip(known.people) {
            let seen = charts.iter().map(|chart| chart.seen.clone()).collect();
            let planned = instance.plan(self.request(reading, subject, charts))?;
            let plan = planned.map_err(|issue| PipelineError::NotPlanned { code: issue.code })?;
            if is_asked(&plan) {
                return Ok(None);
            }
            subjects.push(self.follow(&reading.participant, seen, plan));
        }
        Ok(Some(subjects))
    }
}

/// Whether whoever sent the feed asked for something by name, or the feed cannot be used as it is.
fn is_asked(plan: &Plan) -> bool {
    let orders = plan.commands.iter().any(|command| command.action != CommandAction::Withdraw);
    let asks = |rule: &str, operation: &str| asking::is_asked(rule, operation);
    orders
        || plan.issues.iter().any(Issue::blocks)
        || plan.intents.iter().any(|intent| asks(&intent.rule, intent.operation.as_str()))
}
