//! What one answer means: its ordinal or number, from whatever the feed says of it.
//!
//! A choice may come as a LOINC answer code, as an ordinal or item weight, as a code of the sender's own that the site maps, as a
//! number, or as a text with one. The ordinal of a code is that of the item's own list. What is not understood has no value;
//! nothing is guessed from words.

use super::decimal::Decimal;
use super::known::{Known, LOINC};
use crate::entries::Answer;
use crate::words::legible;
use access_mappings::ItemFacts;

/// Letters of words that are kept of a question or an answer.
pub(crate) const MAX_WORDS: usize = 500;

/// What a feed says of one answer. Empty texts where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Given {
    /// Codes with their systems.
    pub(crate) codes: Vec<(String, String)>,
    /// Ordinal or item weight.
    pub(crate) ordinal: String,
    /// A number: `valueInteger`, `valueDecimal`, `NM`.
    pub(crate) number: String,
    /// Words.
    pub(crate) display: String,
}

impl Given {
    /// Whether nothing was said.
    pub(crate) fn is_nothing(&self) -> bool {
        self.codes.is_empty() && self.ordinal.is_empty() && self.number.is_empty() && self.display.is_empty()
    }

    /// The answer to an item of the guide.
    pub(crate) fn answer(&self, known: Known<'_>, item: &ItemFacts, text: &str) -> Answer {
        let list = known.guide().answer_list(&item.answers);
        // Other lists have the same codes: one that is not in this list says nothing here.
        let coded = self
            .codes
            .iter()
            .find(|(code, system)| system == LOINC && list.is_some_and(|list| list.ordinal(code).is_some()));
        let unlisted =
            self.codes.iter().find(|(code, system)| system == LOINC && access_mappings::is_answer_code(code));
        let code = coded.or(unlisted).map(|(code, _)| code.clone()).unwrap_or_default();
        let by_list = || list?.ordinal(&code).map(|ordinal| ordinal.to_string());
        let value = number(&self.ordinal).or_else(by_list).or_else(|| self.valued(known, &item.link, &item.answers));
        self.stated(&item.link, text, value, code)
    }

    /// The answer to an item of a bank that the guide does not list. Nobody knows its list here, so that a code alone says nothing unless
    /// the site maps it.
    pub(crate) fn other(&self, known: Known<'_>, link: &str, loinc: &str, text: &str) -> Answer {
        let code = self.codes.iter().find(|(code, system)| system == LOINC && access_mappings::is_answer_code(code));
        let code = code.map(|(code, _)| code.clone()).unwrap_or_default();
        let valued = || self.valued(known, &format!("/{loinc}"), "");
        self.stated(link, text, number(&self.ordinal).or_else(valued), code)
    }

    /// The number that the site's tables, a number or words give.
    fn valued(&self, known: Known<'_>, link: &str, list: &str) -> Option<String> {
        let words = self.codes.iter().map(|(code, _)| code).chain([&self.display]).filter(|word| !word.is_empty());
        let mut mapped = words.filter_map(|word| known.sender().answer(word, link, list));
        let by_site = mapped.next().map(|ordinal| ordinal.to_string());
        by_site
            .or_else(|| number(&self.number))
            .or_else(|| if self.codes.is_empty() { in_words(&self.display) } else { None })
    }

    /// The answer, without a value where it was not understood.
    fn stated(&self, link: &str, text: &str, value: Option<String>, code: String) -> Answer {
        Answer {
            link: link.to_owned(),
            text: cut(text),
            value: value.unwrap_or_default(),
            code,
            display: self.words(),
            ..Answer::default()
        }
    }

    /// The number of a score; empty where there is none.
    pub(crate) fn score(&self) -> String {
        let value = number(&self.number).or_else(|| number(&self.ordinal));
        value.or_else(|| number(self.display.trim())).unwrap_or_default()
    }

    /// The words, but for a number that stands for them.
    fn words(&self) -> String {
        if Decimal::parse(self.display.trim()).is_some() { String::new() } else { cut(&self.display) }
    }
}

/// A number as JSON has it; whole where it is whole.
fn number(text: &str) -> Option<String> {
    let decimal = Decimal::parse(text)?;
    Some(decimal.whole().map_or_else(|| decimal.shown(), |whole| whole.to_string()))
}

/// The number that a text is or begins with, where a sign sets it off: `2`, `2 - words`, `2) words`; not `2 days`.
fn in_words(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(whole) = number(text) {
        return Some(whole);
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at_checked(digits)?;
    let rest = rest.trim_start();
    let is_set_off = |sign: char| matches!(sign, '-' | '=' | ':' | ')' | '–');
    (rest.starts_with(is_set_off) && rest.chars().any(char::is_alphabetic)).then(|| number(digits)).flatten()
}

/// Words, cut to what is kept.
fn cut(text: &str) -> String {
    legible(text).chars().take(MAX_WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::{Given, Known, LOINC, in_words};

    fn given(codes: &[(&str, &str)], ordinal: &str, number: &str, display: &str) -> Given {
        let own = |text: &str| text.to_owned();
        let codes = codes.iter().map(|(code, system)| (own(code), own(system))).collect();
        Given { codes, ordinal: own(ordinal), number: own(number), display: own(display) }
    }

    #[test]
    fn an_answer_is_understood_in_every_form_it_comes_in() {
        let mut profile = access_mappings::example().unwrap();
        profile.codes.answers = vec![
            access_mappings::AnswerCode { code: "SOME".to_owned(), of: Some("LL358-3".to_owned()), ordinal: 1 },
            access_mappings::AnswerCode { code: "now and then".to_owned(), of: Some("phq9-1".to_owned()), ordinal: 1 },
        ]
        .into();
        let known = Known::new(&profile, profile.for_sender("", ""));
        let answer = |given: &Given, instrument: &str, link: &str| {
            let item = profile.guide.instrument(instrument).unwrap().item(link).unwrap();
            let answer = given.answer(known, item, "Invented?");
            assert_eq!((answer.link.as_str(), answer.text.as_str()), (link, "Invented?"));
            [answer.value, answer.code, answer.display]
        };
        for (given, value) in [
            (given(&[("LA6569-3", LOINC)], "", "", "words"), ["1", "LA6569-3", "words"]),
            (given(&[("LA6569-3", LOINC)], "1.0", "", ""), ["1", "LA6569-3", ""]),
            // Said twice and not the same: checked later.
            (given(&[("LA6569-3", LOINC)], "2", "", ""), ["2", "LA6569-3", ""]),
            (given(&[("SOME", "L")], "", "", "words"), ["1", "", "words"]),
            (given(&[("x", "L"), ("LA6570-1", LOINC)], "", "", ""), ["2", "LA6570-1", ""]),
            (given(&[], "", "3", ""), ["3", "", ""]),
            (given(&[], "3", "", "words"), ["3", "", "words"]),
            (given(&[], "", "", "3"), ["3", "", ""]),
            (given(&[], "", "", "2 = words"), ["2", "", "2 = words"]),
            (given(&[], "", "", "now and then"), ["1", "", "now and then"]),
            (given(&[], "", "", "words"), ["", "", "words"]),
            (given(&[("2", "L")], "", "", "words"), ["", "", "words"]),
            // Of another list.
            (given(&[("LA13863-8", LOINC)], "", "", ""), ["", "LA13863-8", ""]),
        ] {
            assert_eq!(answer(&given, "PHQ-9", "phq9-1"), value, "{given:?}");
        }
        assert_eq!(answer(&given(&[("LA6568-5", LOINC)], "", "", ""), "PROMIS-PF", "pf6b-5"), ["5", "LA6568-5", ""]);
        assert_eq!(answer(&given(&[("LA6568-5", LOINC)], "", "", ""), "PHQ-9", "phq9-1"), ["0", "LA6568-5", ""]);
        assert_eq!(answer(&given(&[], "", "2.5", ""), "WHODAS", "whodas-h1"), ["2.5", "", ""]);
    }

    #[test]
    fn a_number_in_words_counts_only_where_it_is_set_off() {
        for (text, wanted) in [("2", Some("2")), (" 10 ", Some("10")), ("1) a", Some("1")), ("3 – b", Some("3"))] {
            assert_eq!(in_words(text).as_deref(), wanted, "{text}");
        }
        for text in ["", "2 days", "3-4", "12/15/2026", "7-", "-x", "a 1", "²"] {
            assert_eq!(in_words(text), None, "{text}");
        }
    }
}
