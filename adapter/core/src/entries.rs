//! The dated pieces of a chart: what an entry's document holds.
//!
//! Entries are kept beside the chart, one row each, so that a feed costs the same however many there are. The host stores
//! them as text and hands them back unchanged; only this module's types give them meaning.
//!
//! Keys begin with `m:` for measures and `q:` for questionnaires, so a reading's counts are those of its subjects' entry keys.

mod stated;

pub(crate) use stated::{at, first, keys, moment, order, stated};

use crate::facts::{Observed, Origin};
use serde::{Deserialize, Serialize};

/// A vital sign or a result. Halves of a blood pressure are readings of their own and are paired when a report is composed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Code of the measure in the guide.
    pub measure: String,
    /// LOINC code, as the feed had it or the profile's table says.
    pub loinc: String,
    /// What was observed, in the unit it came in.
    pub value: Observed,
    /// FHIR observation status as it was stated; `entered-in-error` takes it back, and stays so that a late repeat does not bring it
    /// back. `confirmed`: only that it is final was stated so far, not yet what it is.
    pub status: String,
    /// FHIR dateTime or date, or empty.
    pub at: String,
    /// The time as it was written (`2026-07-14T09:15:00`) where its offset did not stand beside it, or as the clock of the sender's zone
    /// showed it: it names the reading, puts those of a day in order whose `at` is a date, and is not sent. Or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub written: String,
    /// Where the time stood, if it was not beside the value (`OBR[1]-7`); or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub timed: String,
    /// Order and part (`OBR-3` with `OBX-4` as `F200/1`, `/1` without an order), FHIR id, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub identifier: String,
    /// How it was measured (`OBX-17`), or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// Who measured it: NPI or id (`OBX-16`, `OBX-23`), or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub performer: String,
    /// `sent_at` of the feed that states it, so that an older statement does not overwrite a newer one.
    #[serde(default)]
    pub stated: String,
    /// `sent_at` of the feed that told the offset of `at`, where that is an older one; or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub placed: String,
    /// `sent_at` of the newest feed that made it final without repeating its value (`OBX-11` U), or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub confirmed: String,
    /// When it was taken up from a kept feed, as a time of a feed, since it was stated before that; or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub taken_up: String,
    /// The last statement that was not provisional, where a provisional one came after it: one that only repeats its value changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<Box<Settled>>,
    /// Where it stood.
    pub from: Origin,
}

/// What a result was before something provisional was stated of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settled {
    /// FHIR observation status.
    pub status: String,
    /// LOINC code.
    pub loinc: String,
    /// What was observed.
    pub value: Observed,
    /// The time as it was written, else the FHIR dateTime or date (of earlier builds always that); or empty.
    pub at: String,
    /// `sent_at` of the feed that stated it.
    pub stated: String,
}

/// An answered questionnaire, as the feed states it: whether it can be used is checked whenever it is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// Code of the instrument in the guide; empty where a response is taken back without saying what it was.
    pub instrument: String,
    /// Canonical of the questionnaire, as the feed had it, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub canonical: String,
    /// FHIR status of the response: `completed`, `amended`, `in-progress`, …; `entered-in-error` takes it back.
    pub status: String,
    /// When it was answered: FHIR dateTime or date, or empty.
    pub authored: String,
    /// The time as it was written (`2026-07-14T09:15:00`) where its offset did not stand beside it, or as the clock of the sender's zone
    /// showed it; or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub written: String,
    /// What tells it from others of its order, where that is not when it was answered: the time of the order (`OBR-7`), as keys have it, else
    /// the day; or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ordered: String,
    /// The answers, in the order of the instrument; of an adaptive one in the order in which it was asked. An item without an answer
    /// is not here.
    pub answers: Vec<Answer>,
    /// The scores that the feed carried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<Score>,
    /// What tells it from others: order (`OBR-3`), what the FHIR server calls it; or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub identifier: String,
    /// Whether the feed names another questionnaire or one that is not known, and the instrument was told by the items alone.
    #[serde(default, skip_serializing_if = "is_false")]
    pub guessed: bool,
    /// Whether what it names then is another one of the guide.
    #[serde(default, skip_serializing_if = "is_false")]
    pub misplaced: bool,
    /// Whether it is stated line by line (`OBX`), so that what a later feed leaves out stays.
    #[serde(default, skip_serializing_if = "is_false")]
    pub in_lines: bool,
    /// `sent_at` of the feed that states it.
    #[serde(default)]
    pub stated: String,
    /// When it was taken up from a kept feed, as a time of a feed, since it was stated before that; or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub taken_up: String,
    /// Where it stood.
    pub from: Origin,
}

/// One answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answer {
    /// `linkId` of the item in the guide.
    pub link: String,
    /// The question's words, as the feed had them, or empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The ordinal of a choice, or the number of a numeric item, as a decimal; empty where the answer was not understood.
    pub value: String,
    /// LOINC answer code, or empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// The answer's words, as the feed had them, or empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub display: String,
    /// When it was stated, where that was not with the response.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stated: String,
    /// Whether it was taken back.
    #[serde(skip_serializing_if = "is_false")]
    pub withdrawn: bool,
    /// Whether it is not final (`OBX-11`), so that it does not count yet.
    #[serde(skip_serializing_if = "is_false")]
    pub early: bool,
    /// Where it stood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Origin>,
}

/// One score.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Score {
    /// `linkId` of the score in the guide.
    pub link: String,
    /// Decimal, as the feed had it; empty where it was not understood.
    pub value: String,
    /// When it was stated, where that was not with the response.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stated: String,
    /// Whether it was taken back.
    #[serde(skip_serializing_if = "is_false")]
    pub withdrawn: bool,
    /// Whether it is not final (`OBX-11`), so that it does not count yet.
    #[serde(skip_serializing_if = "is_false")]
    pub early: bool,
    /// Where it stood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Origin>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde wants")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
