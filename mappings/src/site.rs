//! What a site adds for each of its senders, and how it is looked up.
//!
//! A profile has tables for the whole site (`[codes]`, `[coverage]`, `[rules]`) and sections for single senders
//! (`[[senders]]`, by `MSH-3.1` and `MSH-4.1`). A section overrides the tables of the site for that sender only, row by row:
//! what it does not say is as everywhere. Of several sections that fit, the most specific one is taken, and only that one.
//!
//! In the file a section may also hold the sender's character set, zone, and codes of race, ethnicity, language and sex; the
//! loader takes them to `charsets`, `times.senders` and `patient.senders`.
//!
//! [`Profile::for_sender`] is one look-up for a feed; everything else is asked of the [`SenderRules`] it gives.

mod condition;
mod known;
mod observations;
mod payers;
mod plans;
mod questionnaires;
mod sections;
mod units;

pub use condition::{
    Condition, MAX_CONDITION_DEPTH, MAX_CONDITION_VALUES, MAX_CONDITIONS, MAX_SITE_RULES, RuleAction, SiteRule,
};
pub use known::LocalCode;
pub use observations::{ObservationCode, ObservationTable};
pub use plans::PlanTable;
pub use questionnaires::{AnswerCode, AnswerTable, QuestionCode, QuestionTable};
pub use sections::{SenderSection, Senders};
pub use units::UnitTable;

use crate::coverage::PlanEntry;
use crate::path::FieldPath;
use crate::profile::Profile;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Named lists of values, for conditions of rules.
pub type ValueTables = BTreeMap<String, BTreeSet<String>>;

/// Most sections of senders.
pub const MAX_SENDERS: usize = 256;
/// Most rows of one table.
pub const MAX_TABLE_ROWS: usize = 10_000;

/// What senders call things, and what that means.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LocalCodes {
    /// Codes of results and vital signs (`OBX-3`) to LOINC.
    pub observations: ObservationTable,
    /// Spellings of units (`OBX-6`) to UCUM.
    pub units: UnitTable,
    /// Codes of questionnaires and their questions (`OBR-4`, `OBX-3`) to instruments and items of the guide.
    pub questionnaires: QuestionTable,
    /// Codes of answers (`OBX-5`) to ordinals.
    pub answers: AnswerTable,
}

/// The rules for the feeds of one sender: its own section over the tables of the site. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct SenderRules<'p> {
    profile: &'p Profile,
    own: Option<&'p SenderSection>,
}

impl Profile {
    /// The rules for feeds with this `MSH-3.1` and `MSH-4.1`.
    #[must_use]
    pub fn for_sender(&self, application: &str, facility: &str) -> SenderRules<'_> {
        SenderRules { profile: self, own: self.senders.find(application, facility) }
    }

    /// Makes every sender's feeds be read strictly, whatever its section says.
    pub fn make_strict(&mut self) {
        self.strict = true;
        let relaxed = |section: &SenderSection| SenderSection { strict: None, ..section.clone() };
        self.senders = self.senders.sections().iter().map(relaxed).collect::<Vec<_>>().into();
    }
}

impl<'p> SenderRules<'p> {
    /// The section of this sender, where the profile has one.
    #[must_use]
    pub fn section(&self) -> Option<&'p SenderSection> {
        self.own
    }

    /// Whether doubts refuse a feed: for testing an interface.
    #[must_use]
    pub fn is_strict(&self) -> bool {
        self.own.and_then(|own| own.strict).unwrap_or(self.profile.strict)
    }

    /// Whether the account (`PID-18`) is the visit where nothing else numbers it.
    #[must_use]
    pub fn numbers_visits_by_account(&self) -> bool {
        self.own.and_then(|own| own.account_is_visit).unwrap_or(false)
    }

    /// Fields of this sender that may hold the MBI, tried after the carriers of the profile.
    #[must_use]
    pub fn mbi_paths(&self) -> &'p [FieldPath] {
        self.own.map_or(&[], |own| &own.mbi_paths)
    }

    /// What kind of plan `IN1-2.1` and `IN1-3.1` name: the sender's row, else the site's.
    #[must_use]
    pub fn plan(&self, plan: &str, company: &str) -> Option<&'p PlanEntry> {
        let own = self.own.and_then(|own| own.plans.find(plan, company));
        own.or_else(|| self.profile.coverage.plans.find(plan, company))
    }

    /// What a local code means. `system` (`OBX-3.3`) and `unit` (`OBX-6.1`) are empty where the feed has none. A row of the
    /// sender beats one of the site; then one that names system or unit beats one that does not.
    #[must_use]
    pub fn loinc(&self, code: &str, system: &str, unit: &str) -> Option<&'p ObservationCode> {
        let same_unit = |row: &str| row == unit || self.unit(row).is_some_and(|known| Some(known) == self.unit(unit));
        let own = self.own.and_then(|own| own.codes.observations.find(code, system, same_unit));
        own.or_else(|| self.profile.codes.observations.find(code, system, same_unit))
    }

    /// The UCUM code of a unit as feeds write it. Spellings that differ in case, blanks, brackets or signs for powers are
    /// one; what is UCUM already is given back. None: keep the text and send no code.
    #[must_use]
    pub fn unit(&self, text: &str) -> Option<&'p str> {
        let own = self.own.and_then(|own| own.codes.units.find(text));
        own.or_else(|| self.profile.codes.units.find(text))
    }

    /// Which instrument a code of the sender names. `system` is empty where the feed has none. A row of the sender beats one of
    /// the site; then one that names the system beats one that does not.
    #[must_use]
    pub fn questionnaire(&self, code: &str, system: &str) -> Option<&'p str> {
        let rows = self.tables().flat_map(|codes| codes.questionnaires.find(code, system));
        rows.filter(|row| row.link.is_none()).map(|row| row.instrument.as_str()).next()
    }

    /// Which question or score a code of the sender names, as instrument and `linkId`; with `instrument`, only one of that.
    #[must_use]
    pub fn question(&self, code: &str, system: &str, instrument: Option<&str>) -> Option<(&'p str, &'p str)> {
        let rows = self.tables().flat_map(|codes| codes.questionnaires.find(code, system));
        let mut fitting = rows.filter(|row| instrument.is_none_or(|wanted| wanted == row.instrument));
        fitting.find_map(|row| Some((row.instrument.as_str(), row.link.as_deref()?)))
    }

    /// The ordinal that a code of the sender means as the answer to a question with this `linkId` and answer list.
    #[must_use]
    pub fn answer(&self, code: &str, link: &str, list: &str) -> Option<i32> {
        self.tables().find_map(|codes| codes.answers.find(code, link, list))
    }

    /// The sender's own tables of codes, then the site's.
    fn tables(&self) -> impl Iterator<Item = &'p LocalCodes> + use<'p> {
        self.own.map(|own| &own.codes).into_iter().chain([&self.profile.codes])
    }

    /// The rules on conditions that are switched on, by name.
    pub fn rules(&self) -> impl Iterator<Item = (&'p str, &'p SiteRule)> {
        // The loader has laid the section's rules over those of the site.
        let rules = self.own.map_or(&self.profile.rules, |own| &own.rules);
        rules.iter().filter(|(_, rule)| rule.on).map(|(name, rule)| (name.as_str(), rule))
    }

    /// Whether a named list of the profile holds a value.
    #[must_use]
    pub fn is_in_table(&self, table: &str, value: &str) -> bool {
        self.profile.tables.get(table).is_some_and(|values| values.contains(value))
    }
}

#[cfg(test)]
mod tests;
