//! The questionnaires of reports: items, answers and scores by code. No text: the wording belongs to its owners and comes from
//! the feed or the site.

use crate::heritage::has_check_digit;
use crate::measures::CodeIn;
use serde::{Deserialize, Serialize};

/// One instrument: a subsection of the report's track section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstrumentFacts {
    /// Its name, for example `PHQ-9`: the subsection's slice, with the track behind it where two instruments share a slice (`PGIC-BH`).
    pub code: String,
    /// What it is called in notices and titles.
    pub title: String,
    /// Code of the subsection.
    pub section: CodeIn,
    /// Tracks whose section may have it.
    pub tracks: Vec<String>,
    /// Codes of the Questionnaire or panel by which feeds name it. Two instruments may share one, which then names neither.
    #[serde(default)]
    pub codes: Vec<CodeIn>,
    /// Further names by which feeds know it, letters and digits in lower case: `phq9`. One is the whole last part of a canonical URL, but
    /// for `questionnaire` behind it.
    #[serde(default)]
    pub names: Vec<String>,
    /// Its items, in order, without the scores.
    pub items: Vec<ItemFacts>,
    /// Its scores.
    #[serde(default)]
    pub scores: Vec<ScoreFacts>,
    /// How many items of those that count may be without an answer. A site's `reports.may_miss` goes first.
    #[serde(default)]
    pub may_miss: u16,
    /// Whether only some of the items are asked (computer-adaptive tests). One answer is enough then.
    #[serde(default)]
    pub adaptive: bool,
    /// Least and greatest ordinal of items that are not listed; adaptive instruments only, whose banks are larger than the list.
    #[serde(default)]
    pub other_items: Option<[i32; 2]>,
}

impl InstrumentFacts {
    /// The item of that `linkId`.
    #[must_use]
    pub fn item(&self, link: &str) -> Option<&ItemFacts> {
        self.items.iter().find(|item| item.link == link)
    }

    /// Whether both ask a question of the same LOINC code, as do the forms that are made of one bank.
    #[must_use]
    pub fn shares(&self, other: &Self) -> bool {
        self.items.iter().any(|item| other.items.iter().any(|known| known.is_loinc(&item.loinc)))
    }

    /// The score of that `linkId`.
    #[must_use]
    pub fn score(&self, link: &str) -> Option<&ScoreFacts> {
        self.scores.iter().find(|score| score.link == link)
    }
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemFacts {
    /// `linkId` that is reported.
    pub link: String,
    /// LOINC code of the question in the guide, or empty.
    #[serde(default)]
    pub loinc: String,
    /// Further LOINC codes by which feeds name it.
    #[serde(default)]
    pub also: Vec<String>,
    /// Name of its answer list; empty for a number.
    #[serde(default)]
    pub answers: String,
    /// Least and greatest number or ordinal.
    pub range: [i32; 2],
    /// How the answer is written: `coded`, `integer`, `decimal`.
    pub form: String,
    /// Whether it does not count in scores and may be left out.
    #[serde(default)]
    pub optional: bool,
}

impl ItemFacts {
    /// Whether feeds may name it by this LOINC code.
    #[must_use]
    pub fn is_loinc(&self, code: &str) -> bool {
        !code.is_empty() && (self.loinc == code || self.also.iter().any(|known| known == code))
    }
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
    /// Least and greatest value; `owner` only, since the others follow from the items.
    #[serde(default)]
    pub range: Option<[i32; 2]>,
    /// Whether a response without it is incomplete; `owner` only.
    #[serde(default)]
    pub required: bool,
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

impl AnswerList {
    /// The ordinal of a LOINC answer code in this list. The same code has other ordinals in other lists.
    #[must_use]
    pub fn ordinal(&self, code: &str) -> Option<i32> {
        self.answers.iter().find(|answer| !code.is_empty() && answer.code == code).map(|answer| answer.ordinal)
    }

    /// The LOINC answer code of an ordinal; empty where none is known; none where the list has no such ordinal.
    #[must_use]
    pub fn code(&self, ordinal: i32) -> Option<&str> {
        self.answers.iter().find(|answer| answer.ordinal == ordinal).map(|answer| answer.code.as_str())
    }
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

/// Whether a text has the form of a LOINC code, with its check digit.
#[must_use]
pub fn is_loinc(code: &str) -> bool {
    code.split_once('-').is_some_and(|(digits, check)| digits.len() <= 7 && has_check_digit(digits, check))
}

/// Whether a text has the form of a LOINC answer code (`LA6568-5`) with its check digit: that of LOINC, in which a letter counts as
/// its ASCII code less that of `0`.
#[must_use]
pub fn is_answer_code(code: &str) -> bool {
    let Some((head, check)) = code.split_once('-') else { return false };
    let digits = head.strip_prefix("LA").unwrap_or_default();
    if digits.is_empty() || digits.len() > 7 || !digits.bytes().all(|byte| byte.is_ascii_digit()) || check.len() != 1 {
        return false;
    }
    let sum: u32 = head
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let value = u32::from(byte.saturating_sub(b'0'));
            if place % 2 == 0 { value * 2 - value / 5 * 9 } else { value }
        })
        .sum();
    check.parse() == Ok((10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::{is_answer_code, is_loinc};

    #[test]
    fn answer_codes_have_a_check_digit_that_counts_their_letters() {
        for code in ["LA6568-5", "LA6569-3", "LA13918-0", "LA137-2", "LA25904-6", "LA9206-9", "LA10066-1"] {
            assert!(is_answer_code(code), "{code}");
        }
        for code in ["LA6568-6", "LA6586-5", "LL358-3", "6568-5", "LA-5", "LA6568", "LA6568-55", "LAé-5", ""] {
            assert!(!is_answer_code(code), "{code}");
        }
    }

    #[test]
    fn loinc_codes_have_one_too() {
        assert!(is_loinc("44250-9") && is_loinc("85354-9"));
        assert!(!is_loinc("44250-8") && !is_loinc("LA6568-5") && !is_loinc("123456789-0") && !is_loinc("44250"));
    }
}
