//! The plan table: identifiers of plans and companies that a registration knows.

use crate::coverage::PlanEntry;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Rows by the plan they name, each with rows by the company; no name stands for "any".
type Index = BTreeMap<Option<String>, BTreeMap<Option<String>, usize>>;

/// The rows of a plan table, found by `IN1-2.1` and `IN1-3.1`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<PlanEntry>", into = "Vec<PlanEntry>")]
pub struct PlanTable {
    rows: Vec<PlanEntry>,
    index: Index,
}

impl PlanTable {
    /// The row that fits best: plan and company, then the plan alone, then the company alone; the first among equals.
    #[must_use]
    pub fn find(&self, plan: &str, company: &str) -> Option<&PlanEntry> {
        if self.rows.is_empty() {
            return None;
        }
        let (plan, company) = (Some(plan.to_owned()), Some(company.to_owned()));
        let row = |plan: &Option<String>, company: &Option<String>| self.index.get(plan)?.get(company);
        let found = row(&plan, &company).or_else(|| row(&plan, &None)).or_else(|| row(&None, &company))?;
        self.rows.get(*found)
    }

    /// The rows in the order of the file.
    #[must_use]
    pub fn rows(&self) -> &[PlanEntry] {
        &self.rows
    }
}

impl From<Vec<PlanEntry>> for PlanTable {
    fn from(rows: Vec<PlanEntry>) -> Self {
        let mut index = Index::new();
        for (number, row) in rows.iter().enumerate() {
            index.entry(row.plan.clone()).or_default().entry(row.company.clone()).or_insert(number);
        }
        Self { rows, index }
    }
}

impl From<PlanTable> for Vec<PlanEntry> {
    fn from(table: PlanTable) -> Self {
        table.rows
    }
}
