//! Charts by their keys, as a host keeps them.

use access_contract::{ChartRecord, Entry, Plan};
use access_core::chart::Chart;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const NOW: &str = "2026-07-20T12:00:00Z";

/// What a host keeps.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) charts: BTreeMap<String, (Vec<String>, Chart)>,
    /// By chart, then by key.
    pub(crate) entries: BTreeMap<String, BTreeMap<String, Entry>>,
    made: usize,
}

impl Ledger {
    /// The charts under the keys, in their order.
    pub(crate) fn found(&self, keys: &[String]) -> Vec<ChartRecord> {
        let mut ids: Vec<&String> = Vec::new();
        for key in keys {
            let holders = self.charts.iter().filter(|(_, (held, _))| held.contains(key)).map(|(id, _)| id);
            holders.for_each(|id| {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            });
        }
        ids.iter().map(|id| ChartRecord { id: (*id).clone(), document: self.charts[*id].1.write().unwrap() }).collect()
    }

    /// What is stored under these keys beside those charts.
    pub(crate) fn stored(&self, charts: &[ChartRecord], keys: &[String]) -> Vec<Entry> {
        let of = |chart: &ChartRecord| {
            let held = self.entries.get(&chart.id);
            keys.iter().filter_map(move |key| held?.get(key).cloned())
        };
        charts.iter().flat_map(of).collect()
    }

    /// Does what a plan says of charts.
    pub(crate) fn take(&mut self, plan: &Plan) {
        let Some(change) = &plan.chart else { return };
        for id in &change.absorbed {
            self.charts.remove(id);
        }
        let id = change.id.clone().unwrap_or_else(|| {
            self.made += 1;
            format!("c{}", self.made)
        });
        for absorbed in &change.absorbed {
            let moved = self.entries.remove(absorbed).unwrap_or_default();
            let held = self.entries.entry(id.clone()).or_default();
            moved.into_iter().for_each(|(key, entry)| {
                held.entry(key).or_insert(entry);
            });
        }
        let held = self.entries.entry(id.clone()).or_default();
        held.extend(change.entries.iter().map(|entry| (entry.key.clone(), entry.clone())));
        self.charts.insert(id, (change.keys.clone(), Chart::parse(&change.document).unwrap()));
        let keys: Vec<&String> = self.charts.values().flat_map(|(keys, _)| keys).collect();
        assert_eq!(keys.len(), keys.iter().collect::<BTreeSet<_>>().len(), "a key leads to one chart");
    }

    /// The entries of the chart under a key.
    pub(crate) fn entries_of(&self, key: &str) -> Vec<Entry> {
        let chart = self.charts.iter().find(|(_, (keys, _))| keys.iter().any(|held| held == key));
        let held = chart.and_then(|(id, _)| self.entries.get(id));
        held.map(|held| held.values().cloned().collect()).unwrap_or_default()
    }

    /// The chart under a key.
    pub(crate) fn by_key(&self, key: &str) -> Option<&Chart> {
        self.charts.values().find(|(keys, _)| keys.iter().any(|held| held == key)).map(|(_, chart)| chart)
    }
}
