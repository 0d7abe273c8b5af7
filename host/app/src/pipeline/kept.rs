//! Reads a feed that is kept once more, for the results whose codes have a row in the profile since.
//!
//! Only results are taken, into the charts that are there: nothing else that the feed said is said again, and what it asked for is not
//! asked for again. Each is taken as of when it was received, and whoever reads does so in the order they came, so that the last word is what
//! it would have been had the row been there from the beginning. Charts are not looked at in between, since what is read may be corrected by
//! what is read next: whoever reads looks at the end, and the service does within the hour should that not come to pass.

use super::{Pipeline, PipelineError, identity, wanted};
use crate::ledger::TRIES;
use access_contract::{Entry, Reading};
use bridge_ledger::{ChartChange, Inquiry, Intake, IntakeResult, SeenChart, StoredFeed, SubjectIntake};
use bridge_runtime::Instance;
use bridge_types::{Phi, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// When a chart is looked at should whoever reads not come to it.
const LOOK: Duration = Duration::from_hours(1);

/// What became of a feed that was read once more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenUp {
    /// So many results and questionnaires are there that were not, or say something else now.
    Results {
        /// How many.
        number: usize,
        /// The participant.
        participant: String,
        /// The charts they went to, which are to be looked at.
        charts: BTreeSet<String>,
    },
    /// Nothing is new.
    Nothing,
    /// It belongs to another participant by now, or is refused.
    LeftAlone,
}

/// Results that are new to a chart.
struct News {
    seen: SeenChart,
    document: Phi<String>,
    entries: Vec<Entry>,
}

impl Pipeline {
    /// Reads a kept feed once more and stores the results that are new.
    ///
    /// # Errors
    /// Our own trouble. Nothing was stored.
    pub async fn take_up(&self, feed: &StoredFeed, who: &str) -> Result<TakenUp, PipelineError> {
        let pool = self.pool.pinned();
        let bytes = feed.bytes.clone();
        let Ok(reading) = pool.with(move |instance| instance.read(bytes.expose())).await? else {
            return Ok(TakenUp::LeftAlone);
        };
        if reading.subjects.iter().all(|subject| subject.entry_keys.is_empty()) {
            return Ok(TakenUp::Nothing);
        }
        if reading.participant != feed.summary.participant {
            return Ok(TakenUp::LeftAlone);
        }
        let (reading, received_at) = (Arc::new(reading), feed.summary.received_at);
        for _ in 0..TRIES {
            let (pipeline, read) = (self.clone(), Arc::clone(&reading));
            let news = pool.with(move |instance| pipeline.plan_anew(instance, &read, received_at)).await?;
            if news.is_empty() {
                return Ok(TakenUp::Nothing);
            }
            let number = news.iter().map(|one| one.entries.len()).sum();
            let charts = news.iter().map(|one| one.seen.id.clone()).collect();
            let mut subjects = Vec::with_capacity(news.len());
            for one in news {
                subjects.push(self.stored(one).await?);
            }
            let intake = Intake {
                participant: reading.participant.clone(),
                feed: None,
                actor: who.to_owned(),
                allow_reuse: true,
                subjects,
                notices: Vec::new(),
                unmapped: Vec::new(),
            };
            if !matches!(self.ledger.intake(intake).await?, IntakeResult::Conflict) {
                return Ok(TakenUp::Results { number, participant: reading.participant.clone(), charts });
            }
        }
        Err(PipelineError::Contended)
    }

    /// The chart with what is new, and nothing else of it changed.
    async fn stored(&self, news: News) -> Result<SubjectIntake, PipelineError> {
        let News { seen, document, entries } = news;
        // Should it have moved since, the intake meets the conflict.
        let keys = self.ledger.chart(&seen.id).await?.map(|chart| chart.keys).unwrap_or_default();
        let look_at = Some(self.clock.now().plus(LOOK));
        let change = ChartChange { id: Some(seen.id.clone()), keys, absorbed: Vec::new(), document, entries, look_at };
        Ok(SubjectIntake { seen: vec![seen], change: Some(change), ..SubjectIntake::default() })
    }

    /// What is new to the charts of a reading, as of when it was received.
    fn plan_anew(
        &self,
        instance: &mut Instance,
        reading: &Reading,
        received_at: Timestamp,
    ) -> Result<Vec<News>, PipelineError> {
        let inquiry = Inquiry {
            identity: identity(&reading.header),
            participant: reading.participant.clone(),
            people: reading.subjects.iter().map(wanted).collect(),
        };
        let known = self.ledger.inquire(inquiry)?;
        let mut news = Vec::new();
        for (subject, charts) in reading.subjects.iter().zip(known.people) {
            // Nobody's chart, or several that only a person joins.
            let [chart] = charts.as_slice() else { continue };
            let (seen, document) = (chart.seen.clone(), chart.document.clone());
            let mut request = self.request(reading, subject, charts);
            request.now = received_at.rfc3339();
            let planned = instance.plan(request)?;
            let plan = planned.map_err(|issue| PipelineError::NotPlanned { code: issue.code })?;
            let entries = plan.chart.map(|change| change.entries).unwrap_or_default();
            if !entries.is_empty() {
                news.push(News { seen, document, entries });
            }
        }
        Ok(news)
    }
}
