//! What a report can carry of questionnaires: the result of [`super::select`].
//!
//! Answers and scores are decimals as text. Words of questions and answers are those of the feed, or the site's own; the product
//! ships none.

use crate::facts::Origin;
use access_contract::Issue;
use access_mappings::InstrumentFacts;

/// What was chosen for one report, and what was left out and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection<'p> {
    /// One response for each instrument of the track that has a usable one, in the order of the guide. An instrument that has none
    /// is not here.
    pub chosen: Vec<Chosen<'p>>,
    /// What was doubted or left out: `rule` is the code of the instrument, `location` the place in the feed. None blocks; what a
    /// report still needs is for others to say. No issue holds an answer.
    pub issues: Vec<Issue>,
}

/// One response: one QuestionnaireResponse of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen<'p> {
    /// The instrument: code, title, section.
    pub instrument: &'p InstrumentFacts,
    /// Canonical of the Questionnaire: the feed's, else the site's (`reports.canonicals`), else empty. US Core wants one. An address that
    /// others can look up, never a reference within the feed's server.
    pub canonical: String,
    /// FHIR status: `completed` or `amended`.
    pub status: String,
    /// FHIR dateTime, or date where no more is known; never empty, never in the future.
    pub authored: String,
    /// The time as it was written, where its offset did not stand beside it; or empty. It puts the responses of a day in order, and is not sent.
    pub written: String,
    /// The answers that were given, in the order of the instrument. An item without an answer is not here.
    pub items: Vec<ChosenItem>,
    /// The scores, in the order of the instrument, to be written after the items, as `valueDecimal`.
    pub scores: Vec<ChosenScore>,
    /// Key of its entry, for `Payload.entries`.
    pub entry: String,
    /// Where it stood.
    pub from: Origin,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenItem {
    /// `linkId`.
    pub link: String,
    /// The question's words, or empty: leave `text` out then.
    pub text: String,
    /// How the answer is written.
    pub form: Form,
    /// Ordinal of a choice, or the number of a numeric item: a JSON number as text.
    pub value: String,
    /// LOINC answer code; empty for lists without codes: then the coding has neither `system` nor `code`.
    pub code: String,
    /// System of `code`: `http://loinc.org`, or empty with it.
    pub system: String,
    /// The answer's words, or empty: leave `display` out then.
    pub display: String,
    /// Where it stood.
    pub from: Origin,
}

/// How an answer is written in FHIR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `valueCoding` with the `ordinalValue` extension inside it, whether or not it has a code.
    Coded,
    /// `valueInteger`
    Integer,
    /// `valueDecimal`
    Decimal,
}

/// One score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenScore {
    /// `linkId`. Scores have no text.
    pub link: String,
    /// A JSON number as text.
    pub value: String,
    /// Whether it was computed here, since the feed had none.
    pub computed: bool,
    /// Where it stood; of a computed one, where the response stood.
    pub from: Origin,
}
