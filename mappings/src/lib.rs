//! The mapping data of access-bridge as types, with the loader and the linter for it.
//!
//! Everything a site or a new version of the ACCESS guide changes is data under `mappings/`:
//!
//! * `ig/<version>/`: the facts of one guide version (tracks, value sets, result codes, canonicals);
//! * `profiles/`: how feeds are read and what triggers what, as layers: base < vendor < site.
//!
//! The loader (feature `load`) resolves both into one [`Profile`], which travels into the component as JSON text
//! ([`Profile::to_json`], [`Profile::from_json`]). The component never sees TOML and never reads a file.

mod account;
pub mod codes;
mod coverage;
mod deferred;
mod dense;
mod document;
mod events;
mod guide;
pub mod heritage;
mod instruments;
#[cfg(feature = "load")]
mod issues;
#[cfg(feature = "load")]
mod load;
mod measures;
mod path;
mod phrases;
mod profile;
mod reporting;
mod senders;
mod site;

pub use account::Pattern;
pub use coverage::{CoverageRules, PlanClass, PlanEntry};
pub use deferred::Deferred;
pub use dense::{Table, TextList, TextTable};
pub use document::{MAX_PROFILE_BYTES, ProfileError, SCHEMA};
pub use guide::{CodeSystems, EventFacts, Exclusions, Guide, OperationFacts, ReasonFacts, ResultFacts, TrackFacts};
pub use instruments::{AnswerFacts, AnswerList, InstrumentFacts, ItemFacts, ScoreFacts, is_answer_code, is_loinc};
#[cfg(feature = "load")]
pub use issues::{IssueCode, issue_codes, issue_page};
#[cfg(feature = "load")]
pub use load::{
    Finding, Report, Severity, SiteFile, Sources, base_layer, example, example_site, lint, load, load_guide, nearest,
};
pub use measures::{CodeIn, MeasureCode, MeasureFacts, UnitConversion};
pub use path::{FieldPath, FieldPathError};
pub use phrases::{Phrases, in_words};
pub use profile::{
    AccountRules, ConsentRule, DiagnosisRules, EventEffect, EventRule, FhirRules, IdentityRules, MbiCarrier, MbiRules,
    NoticeRules, Participant, PatientCodes, PatientElement, PatientRules, PositionRule, Profile, ReferralRules, Sender,
    SenderCharset, SenderZone, TimeRules, TrainingRule, TriggerMode, TriggerRule, Triggers,
};
pub use reporting::{PlausibleRange, RangeRule, ReportAuthor, ReportNeed, ReportRules, ReportingFacts};
pub use site::{
    AnswerCode, AnswerTable, Condition, LocalCode, LocalCodes, MAX_CONDITION_DEPTH, MAX_CONDITION_VALUES,
    MAX_CONDITIONS, MAX_SENDERS, MAX_SITE_RULES, MAX_TABLE_ROWS, ObservationCode, ObservationTable, PlanTable,
    QuestionCode, QuestionTable, RuleAction, SenderRules, SenderSection, Senders, SiteRule, UnitTable, ValueTables,
};
