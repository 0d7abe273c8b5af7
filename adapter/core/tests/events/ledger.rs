//! Charts by their keys, as a host keeps them.

use access_contract::{ChartRecord, Plan};
use access_core::chart::Chart;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const NOW: &str = "2026-07-20T12:00:00Z";

/// What a host keeps.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) charts: BTreeMap<String, (Vec<String>, Chart)>,
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
        self.charts.insert(id, (change.keys.clone(), Chart::parse(&change.document).unwrap()));
        let keys: Vec<&String> = self.charts.values().flat_map(|(keys, _)| keys).collect();
        assert_eq!(keys.len(), keys.iter().collect::<BTreeSet<_>>().len(), "a key leads to one chart");
    }

    /// The chart under a key.
    pub(crate) fn by_key(&self, key: &str) -> Option<&Chart> {
        self.charts.values().find(|(keys, _)| keys.iter().any(|held| held == key)).map(|(_, chart)| chart)
    }
}
