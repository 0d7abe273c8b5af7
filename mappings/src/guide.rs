//! The facts of one version of the ACCESS implementation guide.

use crate::codes::CodeSet;
use crate::deferred::Deferred;
use crate::dense::{Table, TextList};
use crate::instruments::{AnswerList, InstrumentFacts};
use crate::measures::MeasureFacts;
use crate::reporting::ReportingFacts;
use serde::{Deserialize, Serialize};
use std::ops::Deref;

/// One guide version, resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guide {
    /// For example `0.9.12`.
    pub version: String,
    /// Canonical root, without a trailing slash.
    pub canonical: String,
    /// Days during which a new alignment cannot be left or switched.
    pub lock_in_days: u16,
    /// Months a beneficiary of the control group cannot be aligned.
    pub control_group_months: u16,
    /// Days after an alignment by which the baseline must be reported.
    pub baseline_days: u16,
    /// Canonical of the profile of a Condition that excludes from a track.
    pub exclusion_condition_profile: String,
    /// Identifier and code systems that payloads use.
    pub systems: CodeSystems,
    /// The operations and their request profiles.
    pub operations: Vec<OperationFacts>,
    /// The tracks with their diagnoses.
    pub tracks: Vec<TrackFacts>,
    /// Result codes of all operations.
    pub results: Deferred<Vec<ResultFacts>>,
    /// Unalignment reasons.
    pub reasons: Deferred<Vec<ReasonFacts>>,
    /// Windows and codes of reports.
    pub reporting: Deferred<ReportingFacts>,
    /// What reports measure, each taken up by itself: a message seldom has more than a few of them.
    pub measures: Vec<Deferred<MeasureFacts>>,
    /// LOINC codes under which measures come, each with the place of its measure.
    pub measured_by: Table<u16>,
    /// Names by which feeds call questions and scores of the instruments (LOINC codes and `linkId`s), ascending. Tells most
    /// results from answers without a look at the instruments.
    pub questions: TextList,
    /// Their questionnaires.
    pub instruments: Deferred<Vec<InstrumentFacts>>,
    /// Answer lists of the questionnaires.
    pub answers: Deferred<Vec<AnswerList>>,
    /// Events that CMS tells by itself.
    pub events: Deferred<Vec<EventFacts>>,
}

/// Identifier systems and code systems, as URIs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeSystems {
    /// System of `participantID`.
    pub participant: String,
    /// System of `payerID`.
    pub payer: String,
    /// System of the payer identifier's type coding.
    pub payer_type: String,
    /// Code of the payer identifier's type coding.
    pub payer_type_code: String,
    /// Display of the payer identifier's type coding.
    pub payer_type_display: String,
    /// System written for the MBI.
    pub mbi: String,
    /// Further systems under which an MBI is read.
    pub mbi_aliases: Vec<String>,
    /// System of the MBI's type coding (HL7 table 0203).
    pub identifier_type: String,
    /// Code of the MBI's type coding.
    pub mbi_type_code: String,
    /// `ACCESSTrackCS`
    pub track: String,
    /// `ACCESSUnalignmentReasonCS`
    pub reason: String,
    /// `ACCESSEventTypeCS`
    pub event: String,
    /// ICD-10-CM
    pub icd10cm: String,
    /// Condition category system.
    pub condition_category: String,
    /// Condition category code.
    pub condition_category_code: String,
    /// Clinical status system.
    pub condition_clinical: String,
    /// Verification status system.
    pub condition_verification: String,
    /// Patient profile, with its version.
    pub patient_profile: String,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationFacts {
    /// `check-eligibility`, `align`, `unalign`.
    pub code: String,
    /// Canonical of the request profile.
    pub profile: String,
    /// Code system of its result codes.
    pub result_system: String,
}

/// One track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackFacts {
    /// `eCKM`, `CKM`, `MSK`, `BH`.
    pub code: String,
    /// Display of the code system.
    pub display: String,
    /// Tracks of one family exclude each other.
    pub family: String,
    /// Canonical of the track's Condition profile.
    pub condition_profile: String,
    /// Diagnoses that qualify.
    pub qualifying: CodeSet,
    /// Diagnoses that exclude.
    pub exclusions: Exclusions,
}

/// Diagnoses that exclude from a track.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusions {
    /// The code itself and everything below it; descent in ICD-10-CM is by prefix of the dotless code.
    pub is_a: TextList,
    /// Exactly this code.
    pub exact: CodeSet,
}

impl Exclusions {
    /// Whether `code` (dotted or not, upper case) excludes.
    #[must_use]
    pub fn matches(&self, code: &str) -> bool {
        let dotless = code.replace('.', "");
        self.exact.contains(&dotless) || self.is_a.iter().any(|head| dotless.starts_with(head))
    }
}

/// One result code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultFacts {
    /// The operation it answers.
    pub operation: String,
    /// The code.
    pub code: String,
    /// Display of the code system.
    pub display: String,
    /// `done`, `refused`, `fix-and-resend`.
    pub class: String,
    /// The standing it puts the beneficiary into for the track, for example `aligned`; empty leaves it.
    #[serde(default)]
    pub standing: String,
    /// What it means, in our own plain words.
    pub meaning: String,
    /// What to do next, in our own plain words.
    pub next_step: String,
}

/// One unalignment reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonFacts {
    /// The code.
    pub code: String,
    /// Display of the code system.
    pub display: String,
    /// Whether a condition must be sent along.
    pub needs_condition: bool,
}

/// An event that CMS tells by itself, in a mail or a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventFacts {
    /// The code.
    pub code: String,
    /// Display of the code system; the title of the mail.
    pub display: String,
    /// Whether the code is one of the guide's code system.
    pub coded: bool,
    /// Further codes and titles under which it is recognised.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Name of the date that the mail states, for example `baseline-due`; empty where the guide does not say.
    #[serde(default)]
    pub deadline: String,
    /// The standing it puts the beneficiary into for the track; empty leaves it.
    #[serde(default)]
    pub standing: String,
    /// `information` or `warning`.
    pub severity: String,
    /// What it means, in our own plain words.
    pub meaning: String,
    /// What to do next, in our own plain words.
    pub next_step: String,
}

impl EventFacts {
    /// Whether the event is called so: by its code, its display or an alias. Only letters and digits count, and not their
    /// case, so that a title is found however it was wrapped or punctuated.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        let name = letters(name);
        !name.is_empty()
            && [&self.code, &self.display].into_iter().chain(&self.aliases).any(|known| letters(known) == name)
    }
}

/// The letters and digits of a name, in lower case.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

impl Guide {
    /// The event that is called so, by code, title or alias.
    #[must_use]
    pub fn notification(&self, name: &str) -> Option<&EventFacts> {
        self.events.iter().find(|event| event.is_called(name))
    }

    /// The track of that code.
    #[must_use]
    pub fn track(&self, code: &str) -> Option<&TrackFacts> {
        self.tracks.iter().find(|track| track.code == code)
    }

    /// The measure of that code.
    #[must_use]
    pub fn measure(&self, code: &str) -> Option<&MeasureFacts> {
        self.measures.iter().find(|measure| measure.code == code).map(Deref::deref)
    }

    /// The instrument of that code.
    #[must_use]
    pub fn instrument(&self, code: &str) -> Option<&InstrumentFacts> {
        self.instruments.iter().find(|instrument| instrument.code == code)
    }

    /// Whether some instrument may have a question or score of that LOINC code or `linkId`.
    #[must_use]
    pub fn may_ask(&self, name: &str) -> bool {
        self.questions.finds(name)
    }

    /// The answer list of that name.
    #[must_use]
    pub fn answer_list(&self, name: &str) -> Option<&AnswerList> {
        self.answers.iter().find(|list| list.name == name)
    }

    /// The operation of that code.
    #[must_use]
    pub fn operation(&self, code: &str) -> Option<&OperationFacts> {
        self.operations.iter().find(|operation| operation.code == code)
    }

    /// The result code of that operation.
    #[must_use]
    pub fn result(&self, operation: &str, code: &str) -> Option<&ResultFacts> {
        self.results.iter().find(|result| result.operation == operation && result.code == code)
    }
}
