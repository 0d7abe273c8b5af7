//! What is wrong with a response: asked when it is read, so that its sender is told, and again when a report is made.
//!
//! A wrong answer is not a missing one: an answer that is out of range, not understood, or contradicts itself keeps the whole
//! response from being used until it is corrected, and so does a total that its items contradict. Items that do not count
//! (`optional`) are left out instead.

use super::decimal::Decimal;
use super::score::Counted;
use crate::entries::{Answer, Answered, Score};
use access_contract::{Issue, Severity};
use access_mappings::{InstrumentFacts, ItemFacts, Profile};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is not finished.
    Unfinished,
    /// Nothing says when it was answered.
    Undated,
    /// An answer that was not understood, or two different ones.
    Unknown(String),
    /// An answer outside the range of its item, or a fraction where a whole number is due.
    Range(String),
    /// An answer code whose ordinal is another one in the item's list.
    Contradiction(String),
    /// A score that is no number, or outside the range of its owner's table.
    ScoreRange(String),
    /// A score that its items contradict.
    ScoreContradiction(String),
    /// So many answers are missing, and so many may.
    Missing(usize, usize),
    /// Nothing was answered.
    Empty,
    /// The feed names a questionnaire that is not known, and the answers may be to another one than this.
    Guessed,
    /// It stands under the order of another questionnaire, and the answers may be to another one than this.
    Misplaced,
    /// A score that only the owner's table tells, and the feed does not have.
    NoScore(String, bool),
}

impl Fault {
    /// The `linkId` it is about, or empty.
    pub(crate) fn link(&self) -> &str {
        match self {
            Self::Unknown(link)
            | Self::Range(link)
            | Self::Contradiction(link)
            | Self::ScoreRange(link)
            | Self::ScoreContradiction(link)
            | Self::NoScore(link, _) => link,
            Self::Unfinished | Self::Undated | Self::Missing(..) | Self::Empty | Self::Guessed | Self::Misplaced => "",
        }
    }

    /// Whether the response cannot be used. Answers of items that do not count are left out.
    pub(crate) fn blocks(&self, instrument: &InstrumentFacts) -> bool {
        match self {
            Self::Unknown(link) | Self::Range(link) | Self::Contradiction(link) => {
                instrument.item(link).is_none_or(|item| !item.optional)
            }
            Self::NoScore(_, required) => *required,
            _ => true,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unfinished => "questionnaire-unfinished",
            Self::Undated => "questionnaire-undated",
            Self::Unknown(_) => "questionnaire-answer-unknown",
            Self::Range(_) => "questionnaire-answer-range",
            Self::Contradiction(_) => "questionnaire-answer-contradicts",
            Self::ScoreRange(_) => "questionnaire-score-invalid",
            Self::ScoreContradiction(_) => "questionnaire-score-contradicts",
            Self::Missing(..) | Self::Empty => "questionnaire-incomplete",
            Self::Guessed | Self::Misplaced => "questionnaire-unknown",
            Self::NoScore(..) => "questionnaire-score-missing",
        }
    }

    fn message(&self, instrument: &InstrumentFacts) -> String {
        let what = match self {
            Self::Unfinished => "the response is not finished".to_owned(),
            Self::Undated => "nothing says when the response was given".to_owned(),
            Self::Unknown(link) => format!("the answer to `{link}` was not understood"),
            Self::Range(link) => {
                let range = instrument.item(link).map(|item| item.range).or(instrument.other_items);
                let [least, greatest] = range.unwrap_or_default();
                format!("the answer to `{link}` is not one from {least} to {greatest}")
            }
            Self::Contradiction(link) => format!("the answer to `{link}` has a code that means another ordinal"),
            Self::ScoreRange(link) => format!("the score `{link}` is no number that it can have"),
            Self::ScoreContradiction(link) => format!("the score `{link}` is not that of the answers"),
            Self::Missing(count, may) => format!("{count} answers are missing where {may} may be"),
            Self::Empty => "it has no answers".to_owned(),
            Self::Guessed => {
                "the feed names a questionnaire that is not known, and the answers may be to another one".to_owned()
            }
            Self::Misplaced => {
                "it stands under the order of another questionnaire, and the answers may be to another one than this"
                    .to_owned()
            }
            Self::NoScore(link, _) => format!("the score `{link}` is missing and only its owner's table tells it"),
        };
        let left = if self.blocks(instrument) { "the response is not used" } else { "it is used without" };
        format!("{}: {what}; {left}", instrument.title)
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::Unfinished => "it is used once a feed says that it is completed",
            Self::Undated => "the sender must send when it was answered (authored, OBR-7, OBX-14)",
            Self::Unknown(_) => "send a LOINC answer code or the ordinal, or map the sender's code in codes.answers",
            Self::Range(_) | Self::Contradiction(_) => "have the answer corrected and sent again",
            Self::ScoreRange(_) | Self::ScoreContradiction(_) => {
                "have the score or the answers corrected and sent again"
            }
            Self::Missing(..) => "reports.may_miss in the profile says how many may be missing",
            Self::Empty => "the operation needs the answers, not only a score",
            Self::Guessed => "if it is this one, say so in codes.questionnaires or reports.canonicals",
            Self::Misplaced => "have the sender send it under an OBR of its own",
            Self::NoScore(..) => "have the sender compute it and send it with the answers",
        }
    }

    /// The issue, at a place of a feed.
    pub(crate) fn issue(&self, instrument: &InstrumentFacts, place: &str) -> Issue {
        let severity = match self {
            Self::Unfinished | Self::Empty => Severity::Information,
            _ => Severity::Warning,
        };
        Issue::new(severity, self.code(), place, self.message(instrument)).hint(self.hint()).rule(&instrument.code)
    }
}

/// How many items that count may be without an answer.
fn may_miss(profile: &Profile, instrument: &InstrumentFacts) -> usize {
    usize::from(profile.reports.may_miss.get(&instrument.code).copied().unwrap_or(instrument.may_miss))
}

/// The answers that hold, and the scores: final, and not taken back.
pub(super) fn live(answered: &Answered) -> (impl Iterator<Item = &Answer>, impl Iterator<Item = &Score>) {
    let answers = answered.answers.iter().filter(|answer| !answer.withdrawn && !answer.early);
    (answers, answered.scores.iter().filter(|score| !score.withdrawn && !score.early))
}

/// Everything that is wrong with a response. One that was taken back has no faults.
pub(crate) fn faults(profile: &Profile, instrument: &InstrumentFacts, answered: &Answered) -> Vec<Fault> {
    let mut found = Vec::new();
    match answered.status.as_str() {
        "completed" | "amended" => {}
        "entered-in-error" => return found,
        _ => found.push(Fault::Unfinished),
    }
    if answered.authored.is_empty() {
        found.push(Fault::Undated);
    }
    let (answers, scores) = live(answered);
    let answers: Vec<&Answer> = answers.collect();
    let scores: Vec<&Score> = scores.collect();
    found.extend(answers.iter().filter_map(|answer| answer_fault(profile, instrument, answer)));
    let counts = |answer: &&Answer| instrument.item(&answer.link).is_none_or(|item| !item.optional);
    if answered.answers.iter().filter(|answer| answer.early && !answer.withdrawn).any(|answer| counts(&answer)) {
        // What it lacks will come; so what would be missing or not add up is not told yet.
        if !found.contains(&Fault::Unfinished) {
            found.push(Fault::Unfinished);
        }
        return found;
    }
    let counted = count(instrument, &answers);
    let may = may_miss(profile, instrument);
    let is_counting = |answer: &&Answer| instrument.item(&answer.link).is_none_or(|item| !item.optional);
    if !answers.iter().any(is_counting) {
        found.push(Fault::Empty);
    } else if answered.guessed && may_be_other(profile, instrument, &counted) {
        found.push(if answered.misplaced { Fault::Misplaced } else { Fault::Guessed });
    } else if !instrument.adaptive && counted.missing.len() > may {
        found.push(Fault::Missing(counted.missing.len(), may));
    }
    let sound = !found.iter().any(|fault| fault.blocks(instrument) && *fault != Fault::Unfinished);
    for facts in &instrument.scores {
        let Some(score) = scores.iter().find(|score| score.link == facts.link) else {
            if facts.rule == "owner" && sound {
                found.push(Fault::NoScore(facts.link.clone(), facts.required));
            }
            continue;
        };
        match Decimal::parse(&score.value) {
            None => found.push(Fault::ScoreRange(facts.link.clone())),
            Some(value) if facts.range.is_some_and(|range| !value.is_within(range)) => {
                found.push(Fault::ScoreRange(facts.link.clone()));
            }
            Some(value) if sound && !counted.agrees(facts, value) => {
                found.push(Fault::ScoreContradiction(facts.link.clone()));
            }
            Some(_) => {}
        }
    }
    found
}

/// What is wrong with one answer.
pub(super) fn answer_fault(profile: &Profile, instrument: &InstrumentFacts, answer: &Answer) -> Option<Fault> {
    let link = || answer.link.clone();
    let item = instrument.item(&answer.link);
    let Some(value) = Decimal::parse(&answer.value) else { return Some(Fault::Unknown(link())) };
    let Some(range) = item.map(|item| item.range).or(instrument.other_items) else {
        return Some(Fault::Unknown(link()));
    };
    let fraction = item.is_some_and(|item| item.form == "decimal");
    if !value.is_within(range) || !(fraction || value.whole().is_some()) {
        return Some(Fault::Range(link()));
    }
    let list = item.and_then(|item| profile.guide.answer_list(&item.answers))?;
    if answer.code.is_empty() {
        return None;
    }
    // A code that the list does not have may be the one that is not known here.
    let contradicts = match list.ordinal(&answer.code) {
        Some(ordinal) => Some(ordinal) != value.whole(),
        None => value.whole().and_then(|whole| list.code(whole)).is_some_and(|known| !known.is_empty()),
    };
    contradicts.then(|| Fault::Contradiction(link()))
}

/// Whether the answers may be to another questionnaire: one that asks less, or more of the bank that the items are from.
fn may_be_other(profile: &Profile, instrument: &InstrumentFacts, counted: &Counted) -> bool {
    let banks = || profile.guide.instruments.iter().filter(|other| other.adaptive);
    !counted.missing.is_empty() || banks().any(|bank| bank.shares(instrument))
}

/// The answers that count for scores, and the gaps.
pub(super) fn count(instrument: &InstrumentFacts, answers: &[&Answer]) -> Counted {
    let whole = |answer: &Answer| Decimal::parse(&answer.value).and_then(Decimal::whole);
    let given = |item: &ItemFacts| answers.iter().find(|answer| answer.link == item.link);
    let mut counted = Counted::default();
    for item in instrument.items.iter().filter(|item| !item.optional) {
        let [_, most] = item.range;
        match given(item) {
            Some(answer) => counted.answered.extend(whole(answer).map(|ordinal| (ordinal, most))),
            None => counted.missing.push(most),
        }
    }
    if let Some([_, most]) = instrument.other_items {
        let others = answers.iter().filter(|answer| instrument.item(&answer.link).is_none());
        counted.answered.extend(others.filter_map(|answer| Some((whole(answer)?, most))));
    }
    counted
}
