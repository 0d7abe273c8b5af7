//! What the names of plans, companies and groups say about the kind of plan.

use access_mappings::{CoverageRules, PlanClass, TextList};

/// A text as words in upper case: letters and digits, and each ampersand by itself.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// The words, each followed by one blank.
    text: String,
    /// Where each word begins.
    starts: Vec<usize>,
    /// First letters of the words, one bit each; most phrases are told apart by theirs.
    firsts: u64,
}

/// The bit of a capital or digit; none for anything else.
fn bit(letter: u8) -> u64 {
    match letter {
        b'A'..=b'Z' | b'0'..=b'9' => 1 << (letter - b'0'),
        _ => 0,
    }
}

impl Words {
    /// Splits a text.
    pub(super) fn of(text: &str) -> Self {
        let mut words = Self { text: String::with_capacity(text.len() + 8), starts: Vec::with_capacity(8), firsts: 0 };
        let mut open = false;
        for letter in text.chars() {
            match letter {
                '&' => {
                    words.close(&mut open);
                    words.open(&mut open);
                    words.text.push('&');
                    words.close(&mut open);
                }
                letter if letter.is_ascii_alphanumeric() => {
                    words.open(&mut open);
                    words.text.push(letter.to_ascii_uppercase());
                }
                letter if letter.is_alphanumeric() => {
                    words.open(&mut open);
                    words.text.extend(letter.to_uppercase());
                }
                '\'' | '’' | '.' => {}
                _ => words.close(&mut open),
            }
        }
        words.close(&mut open);
        words.firsts = words
            .starts
            .iter()
            .fold(0, |bits, start| bits | words.text.as_bytes().get(*start).map_or(0, |letter| bit(*letter)));
        if words.has_plain("MEDICAID SERVICES") { words.without_agency() } else { words }
    }

    /// The name of the agency says Medicare, and nothing of Medicaid.
    fn without_agency(self) -> Self {
        let names = ["MEDICARE & MEDICAID SERVICES ", "MEDICARE AND MEDICAID SERVICES "];
        match names.iter().find(|name| self.text.contains(*name)) {
            Some(name) => Self::of(&self.text.replace(name, "MEDICARE ")),
            None => self,
        }
    }

    /// Begins a word, unless one is open.
    fn open(&mut self, open: &mut bool) {
        if !*open {
            self.starts.push(self.text.len());
            *open = true;
        }
    }

    /// Ends the word that is open.
    fn close(&mut self, open: &mut bool) {
        if *open {
            self.text.push(' ');
            *open = false;
        }
    }

    /// Several texts as one, over whose borders no phrase reaches.
    pub(super) fn join<'t>(texts: impl IntoIterator<Item = &'t Self>) -> Self {
        let mut joined = Self::default();
        for words in texts {
            let before = joined.text.len();
            joined.starts.extend(words.starts.iter().map(|start| before + start));
            joined.text.push_str(&words.text);
            joined.starts.push(joined.text.len());
            joined.text.push_str("/ ");
            joined.firsts |= words.firsts;
        }
        joined
    }

    /// Whether a phrase occurs, word by word.
    fn has(&self, phrase: &str) -> bool {
        // Whichever way the phrase is written, a capital or digit at its beginning begins its first word.
        let first = phrase.as_bytes().first().map_or(0, |letter| bit(*letter));
        if first != 0 && self.firsts & first == 0 {
            return false;
        }
        // Nearly every phrase is written as words are kept, and needs no splitting.
        if phrase.bytes().all(|letter| letter.is_ascii_alphanumeric()) || is_plain(phrase) {
            return self.has_plain(phrase);
        }
        let wanted = Self::of(phrase).text;
        self.has_plain(wanted.trim_end())
    }

    /// Whether a phrase occurs that is written as words are kept.
    fn has_plain(&self, phrase: &str) -> bool {
        let (Some(first), wanted) = (phrase.as_bytes().first(), phrase.as_bytes()) else { return false };
        let text = self.text.as_bytes();
        self.starts.iter().any(|start| {
            text.get(*start) == Some(first)
                && text.get(start + wanted.len()) == Some(&b' ')
                && text.get(*start..start + wanted.len()) == Some(wanted)
        })
    }

    /// The words, in order.
    fn iter(&self) -> impl Iterator<Item = &str> {
        self.text.split_terminator(' ')
    }

    /// Whether one of several phrases occurs.
    fn has_any(&self, phrases: &TextList) -> bool {
        phrases.iter().any(|phrase| self.has(phrase))
    }

    /// Whether it mentions none.
    pub(super) fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// The class of plan by a CMS contract number: H and R are Advantage, S is drugs, E an employer's own contract, mostly for drugs.
    pub(super) fn contract(&self) -> Option<PlanClass> {
        let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|digit| digit.is_ascii_digit());
        self.iter().find_map(|word| {
            let (letter, number) = word.split_at_checked(1)?;
            match letter {
                "H" | "R" if digits(number, 4) => Some(PlanClass::MedicareAdvantage),
                "S" | "E" if digits(number, 4) => Some(PlanClass::Drug),
                _ => None,
            }
        })
    }

    /// The class of plan by the lists of the profile. Advantage comes before supplement, drug, Medicaid, insurers, other payers and
    /// Original Medicare. A single word such as PPO, or the name of an insurer, makes an Advantage plan only of a plan that
    /// mentions Medicare; what is said of other payers counts only there, too.
    pub(super) fn class(&self, rules: &CoverageRules) -> Option<PlanClass> {
        let medicare = self.has_any(&rules.medicare_words);
        let several = |phrase: &str| Self::of(phrase).starts.len() > 1;
        let advantage = rules.advantage_words.iter().any(|phrase| self.has(phrase) && (medicare || several(phrase)));
        if advantage {
            return Some(PlanClass::MedicareAdvantage);
        }
        [
            (&rules.supplement_words, PlanClass::Supplement),
            (&rules.drug_words, PlanClass::Drug),
            (&rules.medicaid_words, PlanClass::Medicaid),
        ]
        .into_iter()
        .find_map(|(phrases, class)| self.has_any(phrases).then_some(class))
        .or_else(|| {
            let beside = [(&rules.insurer_words, PlanClass::MedicareAdvantage), (&rules.other_words, PlanClass::Other)];
            let beside = beside.into_iter().find_map(|(phrases, class)| self.has_any(phrases).then_some(class));
            medicare.then(|| beside.unwrap_or(PlanClass::OriginalMedicare))
        })
    }

    /// Whether it names an insurer.
    pub(super) fn has_insurer(&self, rules: &CoverageRules) -> bool {
        self.has_any(&rules.insurer_words)
    }

    /// Whether it names a payer or plan other than Original Medicare.
    pub(super) fn is_other_payer(&self, rules: &CoverageRules) -> bool {
        self.has_insurer(rules) || self.class(rules).is_some_and(|class| class != PlanClass::OriginalMedicare)
    }
}

/// Whether a phrase is written as words are kept: capitals and digits, one blank between words.
fn is_plain(phrase: &str) -> bool {
    let mut blank = true;
    for letter in phrase.bytes() {
        match letter {
            b' ' if blank => return false,
            b' ' => blank = true,
            b'A'..=b'Z' | b'0'..=b'9' => blank = false,
            _ => return false,
        }
    }
    !blank
}
