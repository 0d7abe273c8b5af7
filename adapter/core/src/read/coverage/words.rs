//! What the names of plans, companies and groups say about the kind of plan.

use access_mappings::{CoverageRules, PlanClass};

/// A text as words in upper case: letters and digits, and each ampersand by itself.
#[derive(Debug, Default)]
pub(super) struct Words(Vec<String>);

impl Words {
    /// Splits a text.
    pub(super) fn of(text: &str) -> Self {
        let mut words = vec![String::new()];
        for letter in text.chars() {
            let fresh = match letter {
                '&' => ["&".to_owned(), String::new()],
                letter if letter.is_alphanumeric() => {
                    if let Some(word) = words.last_mut() {
                        word.extend(letter.to_uppercase());
                    }
                    continue;
                }
                '\'' | '’' | '.' => continue,
                _ => [String::new(), String::new()],
            };
            words.extend(fresh);
        }
        words.retain(|word| !word.is_empty());
        Self(words)
    }

    /// Several texts as one, over whose borders no phrase reaches.
    pub(super) fn join<'t>(texts: impl IntoIterator<Item = &'t Self>) -> Self {
        let mut words = Vec::new();
        for text in texts {
            words.extend(text.0.iter().cloned());
            words.push("/".to_owned());
        }
        Self(words)
    }

    /// Whether a phrase occurs, word by word.
    fn has(&self, phrase: &str) -> bool {
        if phrase.bytes().all(|letter| letter.is_ascii_alphanumeric()) {
            return self.0.iter().any(|word| word == phrase);
        }
        let wanted = Self::of(phrase).0;
        !wanted.is_empty() && self.0.windows(wanted.len()).any(|words| words == wanted)
    }

    /// Whether one of several phrases occurs.
    fn has_any(&self, phrases: &[String]) -> bool {
        phrases.iter().any(|phrase| self.has(phrase))
    }

    /// Whether it mentions none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The class of plan by a CMS contract number: H and R are Advantage, S is drugs.
    pub(super) fn contract(&self) -> Option<PlanClass> {
        let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|digit| digit.is_ascii_digit());
        self.0.iter().find_map(|word| {
            let (letter, number) = word.split_at_checked(1)?;
            match letter {
                "H" | "R" if digits(number, 4) => Some(PlanClass::MedicareAdvantage),
                "S" if digits(number, 4) => Some(PlanClass::Drug),
                _ => None,
            }
        })
    }

    /// The class of plan by the lists of the profile. Advantage comes before supplement, drug, Medicaid and Original
    /// Medicare. A single word such as PPO makes an Advantage plan only of a plan that mentions Medicare.
    pub(super) fn class(&self, rules: &CoverageRules) -> Option<PlanClass> {
        let medicare = self.has_any(&rules.medicare_words);
        let several = |phrase: &str| Self::of(phrase).0.len() > 1;
        let advantage = rules.advantage_words.iter().any(|phrase| self.has(phrase) && (medicare || several(phrase)));
        if advantage {
            return Some(PlanClass::MedicareAdvantage);
        }
        [
            (&rules.supplement_words, PlanClass::Supplement),
            (&rules.drug_words, PlanClass::Drug),
            (&rules.medicaid_words, PlanClass::Medicaid),
            (&rules.medicare_words, PlanClass::OriginalMedicare),
        ]
        .into_iter()
        .find_map(|(phrases, class)| self.has_any(phrases).then_some(class))
    }
}
