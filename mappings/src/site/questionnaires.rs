//! Codes of questionnaires that senders made up themselves: of the questionnaire, its questions and its answers.

use serde::{Deserialize, Serialize};

/// One row: what a sender calls a questionnaire or one of its questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionCode {
    /// `OBR-4.1` or a canonical for a questionnaire; `OBX-3.1`, a `linkId` or the name of a column for a question or score.
    pub code: String,
    /// `OBR-4.3` or `OBX-3.3`, exactly. Unset: whatever it is.
    #[serde(default)]
    pub system: Option<String>,
    /// Code of the instrument in the guide.
    pub instrument: String,
    /// `linkId` of the item or score in the guide. Unset: the code names the questionnaire.
    #[serde(default)]
    pub link: Option<String>,
}

/// One row: what a sender calls an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerCode {
    /// `OBX-5.1`, the code of a coding, or the text of a cell.
    pub code: String,
    /// Name of the answer list, or `linkId`, for which it holds; of an item of an adaptive bank that the guide does not list `/` and its
    /// LOINC code. Unset: for every question.
    #[serde(default)]
    pub of: Option<String>,
    /// The ordinal it means.
    pub ordinal: i32,
}

/// Rows of [`QuestionCode`], found by code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<QuestionCode>", into = "Vec<QuestionCode>")]
pub struct QuestionTable(Vec<QuestionCode>);

impl QuestionTable {
    /// The rows of a code that fit the system, those that name it first.
    pub(super) fn find(&self, code: &str, system: &str) -> impl Iterator<Item = &QuestionCode> {
        let named = |row: &&QuestionCode| row.system.as_deref() == Some(system);
        self.of(code).filter(named).chain(self.of(code).filter(|row| row.system.is_none()))
    }

    fn of(&self, code: &str) -> impl Iterator<Item = &QuestionCode> {
        let from = self.0.partition_point(|row| row.code.as_str() < code);
        let count = self.0.iter().skip(from).take_while(|row| row.code == code).count();
        self.0.iter().skip(from).take(count)
    }
}

impl From<Vec<QuestionCode>> for QuestionTable {
    fn from(mut rows: Vec<QuestionCode>) -> Self {
        rows.sort_by(|left, right| left.code.cmp(&right.code));
        Self(rows)
    }
}

impl From<QuestionTable> for Vec<QuestionCode> {
    fn from(table: QuestionTable) -> Self {
        table.0
    }
}

/// Rows of [`AnswerCode`], found by code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<AnswerCode>", into = "Vec<AnswerCode>")]
pub struct AnswerTable(Vec<AnswerCode>);

impl AnswerTable {
    /// The ordinal of a code: of the row for the question, else for its list, else for every question.
    pub(super) fn find(&self, code: &str, link: &str, list: &str) -> Option<i32> {
        let from = self.0.partition_point(|row| row.code.as_str() < code);
        let rows = || self.0.iter().skip(from).take_while(|row| row.code == code);
        let fits = |of: Option<&str>| rows().find(|row| row.of.as_deref() == of).map(|row| row.ordinal);
        let of_list = || if list.is_empty() { None } else { fits(Some(list)) };
        fits(Some(link)).or_else(of_list).or_else(|| fits(None))
    }
}

impl From<Vec<AnswerCode>> for AnswerTable {
    fn from(mut rows: Vec<AnswerCode>) -> Self {
        rows.sort_by(|left, right| left.code.cmp(&right.code));
        Self(rows)
    }
}

impl From<AnswerTable> for Vec<AnswerCode> {
    fn from(table: AnswerTable) -> Self {
        table.0
    }
}
