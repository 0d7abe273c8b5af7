//! The sections of single senders.

use super::{LocalCodes, PlanTable, SiteRule};
use crate::path::FieldPath;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What differs for one sender.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SenderSection {
    /// `MSH-3.1`. Unset: every one.
    pub application: Option<String>,
    /// `MSH-4.1`. Unset: every one.
    pub facility: Option<String>,
    /// In place of `strict`.
    pub strict: Option<bool>,
    /// Whether `PID-18` numbers the visit where `PV1-19` and `PV1-50` are empty. Unset: it does not; many accounts have several visits.
    pub account_is_visit: Option<bool>,
    /// Fields that may hold the MBI, for example `ZIN-4.1`; tried after the carriers of the profile.
    pub mbi_paths: Vec<FieldPath>,
    /// Rows that go before `coverage.plans`.
    pub plans: PlanTable,
    /// Rows that go before `codes`.
    pub codes: LocalCodes,
    /// The rules of the site, with this sender's own laid over them by name.
    pub rules: BTreeMap<String, SiteRule>,
}

/// The sections, found by `MSH-3.1` and `MSH-4.1`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<SenderSection>", into = "Vec<SenderSection>")]
pub struct Senders {
    sections: Vec<SenderSection>,
    /// By application, then facility; an empty text stands for "any", which no section may name.
    index: BTreeMap<String, BTreeMap<String, usize>>,
}

impl Senders {
    /// The section that fits best: application and facility, then the application alone, then the facility alone.
    #[must_use]
    pub fn find(&self, application: &str, facility: &str) -> Option<&SenderSection> {
        let of = |application: &str, facility: &str| self.index.get(application)?.get(facility);
        let found = of(application, facility).or_else(|| of(application, "")).or_else(|| of("", facility))?;
        self.sections.get(*found)
    }

    /// The sections in the order of the file.
    #[must_use]
    pub fn sections(&self) -> &[SenderSection] {
        &self.sections
    }
}

impl From<Vec<SenderSection>> for Senders {
    fn from(sections: Vec<SenderSection>) -> Self {
        let mut index: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for (number, section) in sections.iter().enumerate() {
            let application = section.application.clone().unwrap_or_default();
            let facility = section.facility.clone().unwrap_or_default();
            index.entry(application).or_default().entry(facility).or_insert(number);
        }
        Self { sections, index }
    }
}

impl From<Senders> for Vec<SenderSection> {
    fn from(senders: Senders) -> Self {
        senders.sections
    }
}
