//! The questionnaires of reports: items, answers and scores by code. No text: the wording belongs to its owners and comes from
//! the feed or the site.

use crate::measures::CodeIn;
use serde::{Deserialize, Serialize};

/// One instrument: a subsection of the report's track section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstrumentFacts {
    /// Name of the subsection's slice, for example `PHQ-9`.
    pub code: String,
    /// What it is called in notices and titles.
    pub title: String,
    /// Code of the subsection.
    pub section: CodeIn,
    /// Tracks whose section may have it.
    pub tracks: Vec<String>,
    /// Codes of the Questionnaire or panel by which feeds name it.
    #[serde(default)]
    pub codes: Vec<CodeIn>,
    /// Words in a canonical URL by which feeds name it, in lower case.
    #[serde(default)]
    pub names: Vec<String>,
    /// Its items, in order, without the scores.
    pub items: Vec<ItemFacts>,
    /// Its scores.
    #[serde(default)]
    pub scores: Vec<ScoreFacts>,
    /// How many items of those that count may be without an answer.
    #[serde(default)]
    pub may_miss: u16,
    /// Whether only some of the items are asked (computer-adaptive tests).
    #[serde(default)]
    pub adaptive: bool,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemFacts {
    /// `linkId` that is reported.
    pub link: String,
    /// LOINC code of the question, or empty.
    #[serde(default)]
    pub loinc: String,
    /// Name of its answer list; empty for a number.
    #[serde(default)]
    pub answers: String,
    /// Least and greatest number or ordinal.
    pub range: [i32; 2],
    /// Whether the answer is written as an integer or decimal: `coded`, `integer`, `decimal`.
    pub form: String,
    /// Whether it does not count in scores and may be left out.
    #[serde(default)]
    pub optional: bool,
}

/// One score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreFacts {
    /// `linkId` that is reported.
    pub link: String,
    /// LOINC code, or empty.
    #[serde(default)]
    pub loinc: String,
    /// How it is computed: `sum`, `percent-of-answered` (sum of the answered items over their maximum), `mean-25` ((mean − 1) × 25), or
    /// `owner` where only the owner's table tells and the feed must carry it.
    pub rule: String,
}

/// One list of answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerList {
    /// Its name: a LOINC answer list, or one of ours.
    pub name: String,
    /// LOINC answer codes and their ordinals; a code may be empty where it is not known or there is none.
    pub answers: Vec<AnswerFacts>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerFacts {
    /// LOINC answer code, or empty.
    #[serde(default)]
    pub code: String,
    /// Its ordinal.
    pub ordinal: i32,
}
