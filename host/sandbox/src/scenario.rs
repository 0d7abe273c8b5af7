//! What is scripted: how the wire behaves, the programme's rules, who the beneficiaries are, and what goes wrong.
//!
//! The format is documented by `scenarios/default.toml`, which is also what [`Scenario::default_population`] reads.

mod beneficiary;
mod error;
mod fault;
mod notices;
mod reporting;
mod required;
mod settings;

pub use beneficiary::{Alignment, Beneficiary, ControlGroup, PastReport};
pub(crate) use beneficiary::{is_date, is_gender, is_mbi, is_participant, is_submission};
pub use error::ScenarioError;
pub use fault::Fault;
pub(crate) use fault::{Act, BodyKind, Phase, ReplyFault, ScriptedIssue, SubmitFault};
pub use notices::Notices;
pub use reporting::{
    EndOfPeriod, ExpressionBy, ExpressionForm, IssuesForm, MissingBaseline, RefusedOn, Reporting, UnknownSections,
};
pub use required::Required;
pub use settings::{AttestationRule, Client, ContentLocation, Programme, TokenAuth, UnknownMbi, Wire, Wording};

use access_mappings::Guide;
use error::Place;
use serde::Deserialize;
use std::collections::BTreeSet;
use toml::Spanned;

/// Longest scenario text in bytes.
const MAX_BYTES: usize = 1 << 20;
/// Most faults of a scenario.
pub(crate) const MAX_FAULTS: usize = 1_000;
/// Most clients of a scenario.
const MAX_CLIENTS: usize = 1_000;

/// The built-in scenario.
const DEFAULT: &str = include_str!("../scenarios/default.toml");

/// A scenario, read and checked.
#[derive(Debug, Clone, Default)]
pub struct Scenario {
    /// How the wire behaves.
    pub wire: Wire,
    /// The programme's rules.
    pub programme: Programme,
    /// How reports are judged.
    pub reporting: Reporting,
    /// What CMS tells by itself.
    pub notices: Notices,
    /// Registered clients. Empty: every client id and secret that are not empty get a token.
    pub clients: Vec<Client>,
    /// The beneficiary file.
    pub beneficiaries: Vec<Beneficiary>,
    /// What goes wrong, in the order in which it is tried.
    pub faults: Vec<Fault>,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    wire: Option<Spanned<Wire>>,
    #[serde(default)]
    programme: Programme,
    #[serde(default)]
    reporting: Option<Spanned<Reporting>>,
    #[serde(default)]
    notices: Option<Spanned<Notices>>,
    #[serde(default)]
    client: Vec<Spanned<Client>>,
    #[serde(default)]
    beneficiary: Vec<Spanned<Beneficiary>>,
    #[serde(default)]
    fault: Vec<Spanned<fault::FaultTable>>,
}

impl Scenario {
    /// Reads a scenario. `file` is only used in errors. A text may have 1 MiB, 1,000 clients and 1,000 faults.
    ///
    /// # Errors
    /// The first mistake, with its place: not TOML, an unknown key or word, a value out of range, two beneficiaries with
    /// one MBI, keys of a fault that do not go together.
    pub fn parse(text: &str, file: &str) -> Result<Self, ScenarioError> {
        let place = Place { file, text };
        if text.len() > MAX_BYTES {
            return Err(place.error(0, format!("the scenario has {} bytes, the limit is {MAX_BYTES}", text.len())));
        }
        let document: Document = toml::from_str(text).map_err(|error| place.toml(&error))?;
        for (found, limit, what) in
            [(document.client.len(), MAX_CLIENTS, "clients"), (document.fault.len(), MAX_FAULTS, "faults")]
        {
            if found > limit {
                return Err(place.error(0, format!("the scenario has {found} {what}, the limit is {limit}")));
            }
        }
        let wire = match document.wire {
            Some(spanned) => place.checked(spanned, Wire::check)?,
            None => Wire::default(),
        };
        let reporting = match document.reporting {
            Some(spanned) => place.checked(spanned, Reporting::check)?,
            None => Reporting::default(),
        };
        let notices = match document.notices {
            Some(spanned) => place.checked(spanned, Notices::check)?,
            None => Notices::default(),
        };
        let mut clients = Vec::new();
        for spanned in document.client {
            clients.push(place.checked(spanned, Client::check)?);
        }
        let mut known = BTreeSet::new();
        let mut beneficiaries = Vec::new();
        for spanned in document.beneficiary {
            let start = spanned.span().start;
            let beneficiary = place.checked(spanned, Beneficiary::check)?;
            if !known.insert(beneficiary.mbi.clone()) {
                return Err(place.error(start, "two beneficiaries have this `mbi`".to_owned()));
            }
            beneficiaries.push(beneficiary);
        }
        let mut faults = Vec::new();
        for spanned in document.fault {
            let start = spanned.span().start;
            faults.push(spanned.into_inner().check().map_err(|message| place.error(start, message))?);
        }
        Ok(Self { wire, programme: document.programme, reporting, notices, clients, beneficiaries, faults })
    }

    /// What the text alone does not tell: whether tracks and reasons are the guide's.
    pub(crate) fn check_tracks(&self, guide: &Guide) -> Result<(), ScenarioError> {
        let nth = |kind: &str, index: usize, message: &str| {
            ScenarioError::at_run_time(format!("[[{kind}]] number {}: {message}", index + 1))
        };
        for (index, beneficiary) in self.beneficiaries.iter().enumerate() {
            beneficiary.check_tracks(guide).map_err(|message| nth("beneficiary", index, &message))?;
        }
        for (index, fault) in self.faults.iter().enumerate() {
            fault.check_track(guide).map_err(|message| nth("fault", index, &message))?;
        }
        if self.programme.lock_in_blocks.iter().any(|code| !guide.reasons.iter().any(|reason| reason.code == *code)) {
            return Err(ScenarioError::at_run_time(
                "`lock_in_blocks` names a reason the guide does not have".to_owned(),
            ));
        }
        Ok(())
    }

    /// The built-in scenario: one beneficiary for each situation the programme knows, some of them with a fault, and
    /// every other MBI of good form an eligible beneficiary.
    ///
    /// # Errors
    /// As [`Scenario::parse`], should the built-in text be damaged.
    pub fn default_population() -> Result<Self, ScenarioError> {
        Self::parse(DEFAULT, "default.toml")
    }

    /// The commented text of the built-in scenario, to start one's own from.
    #[must_use]
    pub const fn default_text() -> &'static str {
        DEFAULT
    }
}

#[cfg(test)]
mod tests;
