//! A chart as the text the host stores, and the keys it is found under.

use super::{Chart, SCHEMA};
use crate::MIB;
use access_contract::{Issue, Severity};
use serde::Deserialize;

/// Longest document that is read, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 4 * 1024 * 1024;

/// The one key that every version of the document has.
#[derive(Deserialize)]
struct Version {
    schema: u32,
}

impl Chart {
    /// A chart that knows nothing yet.
    #[must_use]
    pub fn empty() -> Self {
        Self { schema: SCHEMA, ..Self::default() }
    }

    /// Reads a stored document.
    ///
    /// # Errors
    /// `chart-too-large`, `chart-newer` where a later version wrote it, `chart-unreadable` otherwise. The parser's own words
    /// are left out: they may quote the document.
    pub fn parse(document: &str) -> Result<Self, Issue> {
        if document.len() > MAX_DOCUMENT_BYTES {
            let message = format!("the stored chart is longer than {} MiB", MAX_DOCUMENT_BYTES / MIB);
            return Err(Issue::new(Severity::Fatal, "chart-too-large", "", message));
        }
        match serde_json::from_str::<Self>(document) {
            Ok(mut chart) if chart.schema <= SCHEMA => {
                chart.forget_asked_referral();
                Ok(chart)
            }
            Ok(_) => Err(newer()),
            // A later version has other keys, so the number is looked at before the keys are blamed.
            Err(error) => match serde_json::from_str::<Version>(document) {
                Ok(version) if version.schema > SCHEMA => Err(newer()),
                Ok(_) => Err(unreadable(&error)),
                Err(error) => Err(unreadable(&error)),
            },
        }
    }

    /// Earlier builds took what a request said of its own alignment for a fact about the person.
    fn forget_asked_referral(&mut self) {
        let asked = |rule: &str| matches!(rule, "request" | "referral.request");
        self.referral = self.referral.take().filter(|referral| !asked(&referral.from.rule));
    }

    /// Writes the document.
    ///
    /// # Errors
    /// `chart-unwritable`; does not happen with the types of this version.
    pub fn write(&self) -> Result<String, Issue> {
        serde_json::to_string(self).map_err(|_| {
            Issue::new(Severity::Fatal, "chart-unwritable", "", "the chart cannot be written as a JSON document")
        })
    }

    /// Every key the chart is found under. A replaced MBI is none of them: should it have been another person's, typed by
    /// mistake, that person's feeds must not end up here.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.mbi.iter().map(|mbi| format!("mbi:{}", mbi.value)).collect();
        for alias in &self.aliases {
            let key = alias.key();
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }
}

fn newer() -> Issue {
    Issue::new(Severity::Fatal, "chart-newer", "schema", "a later version wrote the stored chart")
        .hint("update the component, or restore the ledger that belongs to this version")
}

fn unreadable(error: &serde_json::Error) -> Issue {
    let location = format!("line {}, column {}", error.line(), error.column());
    Issue::new(
        Severity::Fatal,
        "chart-unreadable",
        location,
        "the stored chart is not a chart document of this version",
    )
}
