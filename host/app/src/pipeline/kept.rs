//! Results that came before their codes had a row in the profile, taken up from the feeds that are kept.
//!
//! Only results are taken, into the charts that are there: nothing else that a feed said is said again, and what it asked for is not
//! asked for again. What the feeds come to, read in the order they came, is gathered in memory, and each chart is written once when all are
//! read: a value that one of them corrects or takes back is never in the ledger, where a service that runs beside would report it. What is
//! stored, or comes meanwhile, gives way only to what was said later (see `take-up` in `wit/`).

use super::{Pipeline, PipelineError, identity, wanted};
use crate::ledger::TRIES;
use access_contract::{ChartRecord, Entry, Issue, Reading, TakeUpRequest};
use bridge_ledger::{Inquiry, Intake, IntakeResult, KnownChart, StoredFeed};
use bridge_runtime::Instance;
use std::collections::BTreeMap;

/// What kept feeds came to so far and is not stored: some kilobyte for each result.
#[derive(Debug, Default)]
pub struct Gathered {
    /// By participant and chart: each entry by its key.
    charts: BTreeMap<(String, String), BTreeMap<String, Entry>>,
}

impl Gathered {
    /// Each chart with what is to be stored: participant, id, entries.
    pub fn into_charts(self) -> impl Iterator<Item = (String, String, Vec<Entry>)> {
        self.charts
            .into_iter()
            .map(|((participant, chart), entries)| (participant, chart, entries.into_values().collect()))
    }

    /// What is in hand of a chart, under these keys.
    fn of(&self, participant: &str, chart: &str, keys: &[String]) -> Vec<Entry> {
        let entries = self.charts.get(&(participant.to_owned(), chart.to_owned()));
        entries.map(|entries| keys.iter().filter_map(|key| entries.get(key)).cloned().collect()).unwrap_or_default()
    }

    /// Has of a chart this in hand under these keys.
    fn put(&mut self, participant: &str, chart: &str, keys: &[String], entries: Vec<Entry>) {
        let name = (participant.to_owned(), chart.to_owned());
        let known = self.charts.entry(name.clone()).or_default();
        for key in keys {
            known.remove(key);
        }
        known.extend(entries.into_iter().map(|entry| (entry.key.clone(), entry)));
        if known.is_empty() {
            self.charts.remove(&name);
        }
    }
}

impl Pipeline {
    /// Reads a kept feed once more and adds what it brings to what the feeds before it came to. Gives why its results, or those of some of
    /// its people, are left alone; nothing where they are not. Stores nothing.
    ///
    /// # Errors
    /// Our own trouble.
    pub async fn gather(
        &self,
        feed: &StoredFeed,
        gathered: Gathered,
    ) -> Result<(Gathered, Vec<String>), PipelineError> {
        let (pipeline, bytes, summary) = (self.clone(), feed.bytes.clone(), feed.summary.clone());
        let read = move |instance: &mut Instance| {
            let reading = match instance.read(bytes.expose())? {
                Ok(reading) => reading,
                Err(refusal) => return Ok((gathered, told(&refusal.issues))),
            };
            if reading.subjects.iter().all(|subject| subject.entry_keys.is_empty()) {
                return Ok((gathered, Vec::new()));
            }
            if reading.participant != summary.participant {
                return Ok((gathered, vec!["by the profile it belongs to another participant now".to_owned()]));
            }
            if reading.issues.iter().any(Issue::refuses_feed) {
                return Ok((gathered, told(&reading.issues)));
            }
            pipeline.add(instance, &reading, &summary.received_at.rfc3339(), gathered)
        };
        self.pool.with(read).await
    }

    fn add(
        &self,
        instance: &mut Instance,
        reading: &Reading,
        received_at: &str,
        mut gathered: Gathered,
    ) -> Result<(Gathered, Vec<String>), PipelineError> {
        let participant = &reading.participant;
        let inquiry = Inquiry {
            identity: identity(&reading.header),
            participant: participant.clone(),
            people: reading.subjects.iter().map(wanted).collect(),
        };
        let known = self.ledger.inquire(inquiry)?;
        let mut left_alone = Vec::new();
        for (subject, charts) in reading.subjects.iter().zip(known.people) {
            let Some(first) = charts.first().map(|chart| chart.seen.id.clone()) else { continue };
            let keys = &subject.entry_keys;
            let mut request = TakeUpRequest {
                participant: participant.clone(),
                facts: subject.facts.clone(),
                received_at: received_at.to_owned(),
                charts: Vec::with_capacity(charts.len()),
                stored: Vec::new(),
                found: gathered.of(participant, &first, keys),
                now: self.clock.now().rfc3339(),
            };
            for KnownChart { seen, document, entries, .. } in charts {
                request.stored.extend(entries.into_inner());
                request.charts.push(ChartRecord { id: seen.id, document: document.into_inner() });
            }
            let planned = instance.take_up(request)?;
            let plan = planned.map_err(|issue| PipelineError::NotPlanned { code: issue.code })?;
            match plan.chart {
                Some(change) => gathered.put(participant, &first, keys, change.entries),
                None => left_alone.extend(told(&plan.issues)),
            }
        }
        Ok((gathered, left_alone))
    }

    /// Stores what was gathered for a chart, or the one it was joined into. Gives how many results and questionnaires are there that were
    /// not, or say something else now.
    ///
    /// # Errors
    /// Our own trouble. Nothing was stored.
    pub async fn take_up(
        &self,
        participant: &str,
        chart: &str,
        found: &[Entry],
        who: &str,
    ) -> Result<usize, PipelineError> {
        let mut chart = chart.to_owned();
        let keys: Vec<String> = found.iter().map(|entry| entry.key.clone()).collect();
        for _ in 0..TRIES {
            let Some(stored) = self.ledger.chart(&chart).await? else { return Ok(0) };
            if let Some(survivor) = stored.joined_into {
                chart = survivor;
                continue;
            }
            let seen = stored.seen();
            let request = TakeUpRequest {
                participant: participant.to_owned(),
                facts: String::new(),
                received_at: String::new(),
                stored: self.ledger.entries(&stored.id, &keys).await?,
                charts: vec![ChartRecord { id: stored.id, document: stored.document.into_inner() }],
                found: found.to_vec(),
                now: self.clock.now().rfc3339(),
            };
            let planned = self.pool.with(move |instance| instance.take_up(request)).await?;
            let plan = planned.map_err(|issue| PipelineError::NotPlanned { code: issue.code })?;
            let Some(number) = plan.chart.as_ref().map(|change| change.entries.len()) else { return Ok(0) };
            let intake = Intake {
                participant: participant.to_owned(),
                feed: None,
                actor: who.to_owned(),
                allow_reuse: true,
                subjects: vec![self.follow(participant, vec![seen], plan)],
                notices: Vec::new(),
                unmapped: Vec::new(),
            };
            if !matches!(self.ledger.intake(intake).await?, IntakeResult::Conflict) {
                return Ok(number);
            }
        }
        Err(PipelineError::Contended)
    }
}

/// Why something is left alone.
fn told(issues: &[Issue]) -> Vec<String> {
    let blocking = issues.iter().filter(|issue| issue.blocks());
    blocking.map(|issue| format!("{} at {}: {}", issue.code, issue.location, issue.message)).collect()
}
