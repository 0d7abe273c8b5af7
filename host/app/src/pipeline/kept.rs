//! Results that came before their codes had a row in the profile, taken up from the feeds that are kept.
//!
//! Only results are taken, into the charts that are there: nothing else that a feed said is said again, and what it asked for is not
//! asked for again. What the feeds come to, read in the order they came, is gathered in memory, and each chart is written once when all are
//! read: a value that one of them corrects or takes back is never in the ledger, where a service that runs beside would report it. For the
//! same reason a result is left out that a feed speaks of which cannot be followed: it may take the result back.

use super::{Pipeline, PipelineError, identity, wanted};
use crate::ledger::TRIES;
use access_contract::{ChartRecord, DatedEntry, GatherRequest, Issue, Reading, Subject, TakeUpRequest};
use bridge_ledger::{Inquiry, Intake, IntakeResult, Known, KnownChart, StoredFeed};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A participant's chart.
type Name = (String, String);

/// What kept feeds came to so far and is not stored: some kilobyte for each result.
#[derive(Debug, Default)]
pub struct InHand {
    /// By the chart: each entry by its key.
    charts: BTreeMap<Name, BTreeMap<String, DatedEntry>>,
    /// Keys that a feed speaks of which was left alone.
    barred: BTreeSet<(Name, String)>,
    /// People whose results are not taken up since they have no chart, counted once for each feed.
    pub without_chart: usize,
}

/// What is to be stored into one chart.
#[derive(Debug)]
pub struct ToStore {
    /// The participant.
    pub participant: String,
    /// The chart.
    pub chart: String,
    found: Vec<DatedEntry>,
}

impl InHand {
    /// What is in hand of a chart, under these keys.
    fn of(&self, name: &Name, keys: &[String]) -> Vec<DatedEntry> {
        let entries = self.charts.get(name);
        entries.map(|entries| keys.iter().filter_map(|key| entries.get(key)).cloned().collect()).unwrap_or_default()
    }

    /// Has this in hand of a chart under these keys.
    fn put(&mut self, name: &Name, keys: &[String], found: Vec<DatedEntry>) {
        self.drop(name, keys);
        let found: Vec<_> = found.into_iter().map(|one| (one.entry.key.clone(), one)).collect();
        let free = found.into_iter().filter(|(key, _)| !self.barred.contains(&(name.clone(), key.clone())));
        let free: BTreeMap<_, _> = free.collect();
        if !free.is_empty() {
            self.charts.entry(name.clone()).or_default().extend(free);
        }
    }

    /// Takes nothing up of a chart under these keys, whatever comes.
    fn bar(&mut self, name: &Name, keys: &[String]) {
        self.drop(name, keys);
        self.barred.extend(keys.iter().map(|key| (name.clone(), key.clone())));
    }

    fn drop(&mut self, name: &Name, keys: &[String]) {
        let Some(entries) = self.charts.get_mut(name) else { return };
        for key in keys {
            entries.remove(key);
        }
        if entries.is_empty() {
            self.charts.remove(name);
        }
    }
}

impl Pipeline {
    /// Reads a kept feed once more and adds what it brings to what the feeds before it came to. Gives why its results, or those of some of
    /// its people, are left alone; nothing where they are not. Stores nothing.
    ///
    /// # Errors
    /// Our own trouble.
    pub async fn gather(&self, feed: &StoredFeed, hand: &mut InHand) -> Result<Vec<String>, PipelineError> {
        let bytes = feed.bytes.clone();
        let reading = match self.pool.with(move |instance| instance.read(bytes.expose())).await? {
            Ok(reading) => reading,
            Err(refusal) => return Ok(told(&refusal.issues)),
        };
        if reading.subjects.iter().all(|subject| subject.entry_keys.is_empty()) {
            return Ok(Vec::new());
        }
        let participant = &feed.summary.participant;
        let refused = if reading.participant != *participant {
            vec!["by the profile it belongs to another participant now".to_owned()]
        } else if reading.issues.iter().any(Issue::refuses_feed) {
            told(&reading.issues)
        } else {
            Vec::new()
        };
        let received_at = feed.summary.received_at.rfc3339();
        let known = self.known(participant, &reading).await?;
        let mut left_alone = Vec::new();
        for (subject, charts) in reading.subjects.into_iter().zip(known.people) {
            let names: Vec<Name> = charts.iter().map(|chart| (participant.clone(), chart.seen.id.clone())).collect();
            let keys = subject.entry_keys.clone();
            let Some(name) = names.first() else {
                hand.without_chart += usize::from(!keys.is_empty());
                continue;
            };
            let reasons = if refused.is_empty() {
                let (found, reasons) = self.add(name, subject, charts, &received_at, hand.of(name, &keys)).await?;
                hand.put(name, &keys, found);
                reasons
            } else {
                refused.clone()
            };
            if !reasons.is_empty() {
                names.iter().for_each(|name| hand.bar(name, &keys));
                left_alone.extend(reasons);
            }
        }
        Ok(left_alone)
    }

    /// The charts of everybody a reading speaks of.
    async fn known(&self, participant: &str, reading: &Reading) -> Result<Known, PipelineError> {
        let inquiry = Inquiry {
            identity: identity(&reading.header),
            participant: participant.to_owned(),
            people: reading.subjects.iter().map(wanted).collect(),
        };
        let ledger = Arc::clone(&self.ledger);
        self.pool.with(move |_| Ok(ledger.inquire(inquiry)?)).await
    }

    /// What is in hand of a chart with one more subject, or why it is left alone.
    async fn add(
        &self,
        (participant, chart): &Name,
        subject: Subject,
        charts: Vec<KnownChart>,
        received_at: &str,
        found: Vec<DatedEntry>,
    ) -> Result<(Vec<DatedEntry>, Vec<String>), PipelineError> {
        let record = |KnownChart { seen, document, .. }: KnownChart| ChartRecord {
            id: seen.id,
            document: document.into_inner(),
        };
        let request = GatherRequest {
            participant: participant.clone(),
            facts: subject.facts,
            received_at: received_at.to_owned(),
            charts: charts.into_iter().map(record).collect(),
            stored: self.dated(chart, &subject.entry_keys).await?,
            found,
            now: self.clock.now().rfc3339(),
        };
        let gathered = self.pool.with(move |instance| instance.gather(request)).await?;
        let gathered = gathered.map_err(|issue| PipelineError::NotPlanned { code: issue.code })?;
        Ok((gathered.found, told(&gathered.issues)))
    }

    async fn dated(&self, chart: &str, keys: &[String]) -> Result<Vec<DatedEntry>, PipelineError> {
        let stored = self.ledger.entries(chart, keys).await?;
        Ok(stored.into_iter().map(|(entry, at)| DatedEntry { entry, changed_at: at.rfc3339() }).collect())
    }

    /// What is to be stored, chart by chart, those that were joined meanwhile as one.
    ///
    /// # Errors
    /// Our own trouble.
    pub async fn to_store(&self, hand: InHand) -> Result<Vec<ToStore>, PipelineError> {
        let mut all: BTreeMap<Name, (Vec<DatedEntry>, Vec<DatedEntry>)> = BTreeMap::new();
        for ((participant, chart), entries) in hand.charts {
            let survivor = self.survivor(&chart).await?;
            let is_it = survivor == chart;
            let (absorbed, own) = all.entry((participant, survivor)).or_default();
            // Whatever came after the joining was gathered for the survivor.
            if is_it { own } else { absorbed }.extend(entries.into_values());
        }
        let barred = &hand.barred;
        let is_free = |name: &Name, one: &DatedEntry| !barred.contains(&(name.clone(), one.entry.key.clone()));
        let to_store = all.into_iter().map(|(name, (absorbed, own))| {
            let found = absorbed.into_iter().chain(own).filter(|one| is_free(&name, one)).collect();
            let (participant, chart) = name;
            ToStore { participant, chart, found }
        });
        Ok(to_store.collect())
    }

    /// A chart, or the one it was joined into.
    async fn survivor(&self, chart: &str) -> Result<String, PipelineError> {
        let stored = self.ledger.chart(chart).await?;
        Ok(stored.and_then(|stored| stored.joined_into).unwrap_or_else(|| chart.to_owned()))
    }

    /// Stores what was gathered for a chart. Gives how many results and questionnaires are there that were not, or say something else now.
    ///
    /// # Errors
    /// Our own trouble. Nothing was stored.
    pub async fn take_up(&self, what: &ToStore, who: &str) -> Result<usize, PipelineError> {
        let ToStore { participant, chart, found } = what;
        let mut chart = chart.clone();
        let keys: Vec<String> = found.iter().map(|one| one.entry.key.clone()).collect();
        for _ in 0..TRIES {
            let Some(stored) = self.ledger.chart(&chart).await? else { return Ok(0) };
            if let Some(survivor) = stored.joined_into {
                chart = survivor;
                continue;
            }
            let seen = stored.seen();
            let request = TakeUpRequest {
                participant: participant.clone(),
                stored: self.dated(&stored.id, &keys).await?,
                chart: ChartRecord { id: stored.id, document: stored.document.into_inner() },
                found: found.clone(),
                now: self.clock.now().rfc3339(),
            };
            let planned = self.pool.with(move |instance| instance.take_up(request)).await?;
            let plan = planned.map_err(|issue| PipelineError::NotPlanned { code: issue.code })?;
            let Some(number) = plan.chart.as_ref().map(|change| change.entries.len()) else { return Ok(0) };
            let intake = Intake {
                participant: participant.clone(),
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
