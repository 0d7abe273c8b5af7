//! Phrases that are looked for in names, word by word.
//!
//! Names and phrases are compared as words in upper case: letters and digits, and each ampersand by itself. A list keeps its phrases so
//! and in ascending order, so that the ones a name has at some place are found by halving.

use crate::dense::TextList;
use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use std::collections::BTreeSet;

/// A text as words, each followed by one blank. Apostrophes and full stops are left out, everything else that is neither letter nor digit
/// ends a word.
#[must_use]
pub fn in_words(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 8);
    let close = |words: &mut String| {
        if !words.is_empty() && !words.ends_with(' ') {
            words.push(' ');
        }
    };
    for letter in text.chars() {
        match letter {
            '&' => {
                close(&mut words);
                words.push_str("& ");
            }
            letter if letter.is_ascii_alphanumeric() => words.push(letter.to_ascii_uppercase()),
            letter if letter.is_alphanumeric() => words.extend(letter.to_uppercase()),
            '\'' | '’' | '.' => {}
            _ => close(&mut words),
        }
    }
    close(&mut words);
    words
}

/// A list of phrases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Phrases(TextList);

impl Phrases {
    /// The phrases, ascending; words with one blank between them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter()
    }

    /// The phrases that a text as [`in_words`] gives it begins with.
    pub fn of<'a>(&'a self, words: &'a str) -> impl Iterator<Item = &'a str> {
        let word = words.split(' ').next().unwrap_or_default();
        let begins = |phrase: &&str| words.strip_prefix(*phrase).is_some_and(|rest| rest.starts_with(' '));
        self.0.from(word).take_while(move |phrase| !word.is_empty() && phrase.starts_with(word)).filter(begins)
    }
}

impl<T: AsRef<str>> FromIterator<T> for Phrases {
    fn from_iter<I: IntoIterator<Item = T>>(phrases: I) -> Self {
        let phrases = phrases.into_iter().map(|phrase| in_words(phrase.as_ref()).trim_end().to_owned());
        let phrases: BTreeSet<String> = phrases.filter(|phrase| !phrase.is_empty()).collect();
        Self(phrases.into_iter().collect())
    }
}

impl Serialize for Phrases {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Phrases {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let readable = deserializer.is_human_readable();
        let list = TextList::deserialize(deserializer)?;
        // The compact form is written from one.
        Ok(if readable { list.iter().collect() } else { Self(list) })
    }
}

#[cfg(test)]
mod tests {
    use super::{Phrases, in_words};

    #[test]
    fn a_text_is_words_in_upper_case() {
        for (text, words) in [
            ("Blue Cross", "BLUE CROSS "),
            ("B&C  Health-Plan", "B & C HEALTH PLAN "),
            ("N.Y. Care n' Care", "NY CARE N CARE "),
            ("salud más", "SALUD MÁS "),
            (" & ", "& "),
            ("--", ""),
            ("", ""),
        ] {
            assert_eq!(in_words(text), words, "{text}");
        }
    }

    #[test]
    fn a_list_finds_every_phrase_that_a_text_begins_with() {
        let list: Phrases =
            ["HMO", "Medicare Plus", "medicare", "Medicare-Plus Blue", "MEDICAID", "", "."].iter().collect();
        assert_eq!(
            list.iter().collect::<Vec<_>>(),
            ["HMO", "MEDICAID", "MEDICARE", "MEDICARE PLUS", "MEDICARE PLUS BLUE"]
        );
        let of = |text: &str| list.of(&in_words(text)).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(of("Medicare Plus gold"), ["MEDICARE", "MEDICARE PLUS"]);
        assert_eq!(of("HMO"), ["HMO"]);
        assert!(of("HMOS").is_empty() && of("MEDI").is_empty() && of("").is_empty() && of("THE HMO").is_empty());
    }

    #[test]
    fn a_list_is_put_in_order_when_it_is_read() {
        let list: Phrases = serde_json::from_str(r#"["b-c", "A", "B C"]"#).unwrap();
        assert_eq!(serde_json::to_string(&list).unwrap(), r#"["A","B C"]"#);
        let compact = postcard::to_allocvec(&list).unwrap();
        assert_eq!(postcard::from_bytes::<Phrases>(&compact).unwrap(), list);
    }
}
