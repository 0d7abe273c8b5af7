//! A response under construction: rows of a feed of any format become the answers and scores of one instrument.

use super::answer::Given;
use super::check::{Fault, faults};
use super::known::{Known, Place, Token};
use crate::entries::{Answer, Answered, Score};
use crate::facts::Origin;
use access_contract::Issue;
use access_mappings::{InstrumentFacts, Profile};

/// Answers and scores of one response; further rows are left out (`limit-rows`).
pub(crate) const MAX_ROWS: usize = 200;
/// Responses of one person in one feed; further ones are left out (`limit-rows`).
pub(crate) const MAX_RESPONSES: usize = 100;
/// Bytes that the responses of one person may take as facts; what is beyond is left out (`limit-rows`).
pub(crate) const MAX_RESPONSE_BYTES: usize = 1024 * 1024;

/// What a row does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// It states an answer.
    Stated,
    /// It states an answer in place of an earlier one.
    Corrected,
    /// It takes an answer back.
    Withdrawn,
}

/// One row of a feed: an answer or a score.
#[derive(Debug, Clone)]
pub(crate) struct Row<'a> {
    /// What names the item, the surest first.
    pub(crate) tokens: Vec<Token<'a>>,
    /// The question's words, or empty.
    pub(crate) text: &'a str,
    /// The answer.
    pub(crate) given: Given,
    /// Where it stands.
    pub(crate) from: Origin,
    /// What it does.
    pub(crate) mark: Mark,
    /// Whether it is not final.
    pub(crate) early: bool,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is an answer or a score, or says nothing.
    Yes,
    /// The instrument has no such item.
    Unplaced,
    /// There were too many.
    Full,
}

/// A response under construction.
pub(crate) struct Draft<'p> {
    known: Known<'p>,
    instrument: &'p InstrumentFacts,
    answers: Vec<Answer>,
    scores: Vec<Score>,
}

impl<'p> Draft<'p> {
    pub(crate) fn new(known: Known<'p>, instrument: &'p InstrumentFacts) -> Self {
        Self { known, instrument, answers: Vec::new(), scores: Vec::new() }
    }

    /// Adds what a row says.
    pub(crate) fn add(&mut self, row: &Row<'_>) -> Taken {
        let place = row.tokens.iter().find_map(|token| self.known.place(self.instrument, *token));
        if row.given.is_nothing() && row.mark != Mark::Withdrawn {
            return if place.is_some() { Taken::Yes } else { Taken::Unplaced };
        }
        if self.answers.len() + self.scores.len() >= MAX_ROWS {
            return Taken::Full;
        }
        match place {
            Some(Place::Item(item)) => {
                let answer = row.given.answer(self.known, item, row.text);
                self.answer(answer, row);
            }
            Some(Place::Score(facts)) => {
                let value = row.given.score();
                self.score(Score { link: facts.link.clone(), value, ..Score::default() }, row);
            }
            None => return self.other(row),
        }
        Taken::Yes
    }

    /// An item of an adaptive instrument that the guide does not list: it is kept where it has a LOINC code.
    fn other(&mut self, row: &Row<'_>) -> Taken {
        let loinc = row.tokens.iter().find_map(|token| token.as_loinc());
        let (Some(_), Some(loinc)) = (self.instrument.other_items, loinc) else { return Taken::Unplaced };
        let linked = row.tokens.iter().find(|token| token.system.is_empty()).map(|token| token.code.to_owned());
        let link = linked.unwrap_or_else(|| format!("/{loinc}"));
        let answer = row.given.other(self.known, &link, loinc, row.text);
        self.answer(answer, row);
        Taken::Yes
    }

    fn answer(&mut self, mut answer: Answer, row: &Row<'_>) {
        if row.mark == Mark::Withdrawn {
            answer = Answer { link: answer.link, withdrawn: true, ..Answer::default() };
        }
        answer.early = row.early;
        answer.from = Some(row.from.clone());
        let Some(earlier) = self.answers.iter_mut().find(|earlier| earlier.link == answer.link) else {
            self.answers.push(answer);
            return;
        };
        let same = earlier.value == answer.value && earlier.code == answer.code;
        if row.early && !earlier.early && !earlier.withdrawn {
            return; // It only announces what stands already.
        }
        if earlier.withdrawn || row.mark != Mark::Stated || (earlier.early && !row.early) {
            *earlier = answer;
        } else if !same {
            // Two answers to one question: neither is taken.
            *earlier = Answer { value: String::new(), code: String::new(), display: String::new(), ..answer };
        }
    }

    fn score(&mut self, mut score: Score, row: &Row<'_>) {
        if row.mark == Mark::Withdrawn {
            score = Score { value: String::new(), withdrawn: true, ..score };
        }
        score.early = row.early;
        score.from = Some(row.from.clone());
        let Some(earlier) = self.scores.iter_mut().find(|earlier| earlier.link == score.link) else {
            self.scores.push(score);
            return;
        };
        if row.early && !earlier.early && !earlier.withdrawn {
            return;
        }
        if earlier.withdrawn || row.mark != Mark::Stated || (earlier.early && !row.early) {
            *earlier = score;
        } else if earlier.value != score.value {
            *earlier = Score { value: String::new(), ..score };
        }
    }

    /// Whether nothing was added.
    pub(crate) fn is_empty(&self) -> bool {
        self.answers.is_empty() && self.scores.is_empty()
    }

    /// The response, in the order of the instrument, with what is wrong with it.
    pub(crate) fn finish(self, profile: &Profile, blank: Answered) -> (Answered, Vec<Issue>) {
        let Self { instrument, mut answers, mut scores, .. } = self;
        if !instrument.adaptive {
            answers.sort_by_key(|answer| instrument.items.iter().position(|item| item.link == answer.link));
        }
        scores.sort_by_key(|score| instrument.scores.iter().position(|facts| facts.link == score.link));
        let answered = Answered { instrument: instrument.code.clone(), answers, scores, ..blank };
        let found = faults(profile, instrument, &answered);
        let issues = found.iter().map(|fault| fault.issue(instrument, place(&answered, fault))).collect();
        (answered, issues)
    }
}

/// Where what is wrong stands: the answer or score, else the response.
pub(super) fn place<'a>(answered: &'a Answered, fault: &Fault) -> &'a str {
    let answers = answered.answers.iter().map(|answer| (&answer.link, &answer.from));
    let mut all = answers.chain(answered.scores.iter().map(|score| (&score.link, &score.from)));
    let own = all.find(|(link, _)| link.as_str() == fault.link()).and_then(|(_, from)| from.as_ref());
    own.map_or(&answered.from.path, |from| &from.path)
}

/// Bytes of a response as it travels, roughly: control characters take six.
pub(crate) fn weigh(answered: &Answered) -> usize {
    /// Bytes of a row beside its texts.
    const ROW: usize = 250;
    let written = |text: &String| text.len() + 5 * text.bytes().filter(u8::is_ascii_control).count();
    let answers = answered.answers.iter().flat_map(|one| [&one.link, &one.text, &one.code, &one.display]);
    let own = [&answered.canonical, &answered.identifier, &answered.from.feed];
    let origin = written(&answered.from.feed);
    let rows = answered.answers.len() + answered.scores.len();
    ROW + own.into_iter().chain(answers).map(written).sum::<usize>() + rows * (ROW + origin)
}
