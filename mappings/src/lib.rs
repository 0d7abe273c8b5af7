//! The mapping data of access-bridge as types, with the loader and the linter for it.
//!
//! Everything a site or a new version of the ACCESS guide changes is data under `mappings/`:
//!
//! * `ig/<version>/`: the facts of one guide version (tracks, value sets, result codes, canonicals);
//! * `profiles/`: how feeds are read and what triggers what, as layers: base < vendor < site.
//!
//! The loader resolves both into one [`Profile`], which travels into the component as JSON text. The component never
//! sees TOML and never reads a file.

pub mod codes;
mod guide;
mod profile;

pub use guide::{CodeSystems, Exclusions, Guide, OperationFacts, ReasonFacts, ResultFacts, TrackFacts};
pub use profile::{
    CoverageRules, DiagnosisRules, EventEffect, EventRule, IdentityRules, MbiCarrier, MbiRules, NoticeRules, Participant,
    PlanClass, PlanEntry, PositionRule, Profile, Sender, TrainingRule, TriggerMode, TriggerRule, Triggers,
};
