//! What the names of plans, companies and groups say about the kind of plan.

use access_mappings::{CoverageRules, Phrases, PlanClass, in_words};

/// Words behind the first of "no group on file", "not applicable".
const OF_NO_GROUP: [&str; 22] = [
    "A",
    "AVAILABLE",
    "APPLICABLE",
    "ASSIGNED",
    "FILE",
    "GIVEN",
    "GROUP",
    "GRP",
    "ID",
    "INFO",
    "INFORMATION",
    "KNOWN",
    "LISTED",
    "NAME",
    "NBR",
    "NEEDED",
    "NO",
    "NUM",
    "NUMBER",
    "ON",
    "PROVIDED",
    "REQUIRED",
];

/// A text as words, see [`in_words`].
#[derive(Debug, Default)]
pub(super) struct Words {
    /// The words, each followed by one blank.
    text: String,
}

impl Words {
    /// Splits a text.
    pub(super) fn of(text: &str) -> Self {
        let words = Self { text: in_words(text) };
        if words.text.contains("MANAGED ") { words.without_unmanaged() } else { words }
    }

    /// What is not managed is no Advantage plan, and "non" denies nothing else.
    fn without_unmanaged(self) -> Self {
        let spellings = [" NON MANAGED ", " NOT MANAGED ", " NONMANAGED "];
        let text = spellings.iter().fold(format!(" {}", self.text), |text, spelling| text.replace(spelling, " "));
        Self { text: text.trim_start().to_owned() }
    }

    /// Whether it only says that there is no group, or that nobody wrote one down.
    pub(super) fn is_no_group(&self) -> bool {
        let mut words = self.iter();
        words.next().is_some_and(|first| matches!(first, "NO" | "NOT" | "NON" | "NONE" | "WITHOUT"))
            && words.all(|word| OF_NO_GROUP.contains(&word))
    }

    /// Several texts as one, over whose borders no phrase reaches.
    pub(super) fn join<'t>(texts: impl IntoIterator<Item = &'t Self>) -> Self {
        let mut joined = Self::default();
        for words in texts {
            joined.text.push_str(&words.text);
            joined.text.push_str("/ ");
        }
        joined
    }

    /// The words, in order.
    fn iter(&self) -> impl Iterator<Item = &str> {
        self.text.split_terminator(' ')
    }

    /// What begins with each of the words.
    fn tails(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.text.match_indices(' ').map(|(blank, _)| blank + 1));
        starts.filter_map(|start| self.text.get(start..)).filter(|tail| !tail.is_empty())
    }

    /// Whether one of several phrases occurs, word by word.
    fn has_any(&self, phrases: &Phrases) -> bool {
        self.tails().any(|tail| phrases.of(tail).next().is_some())
    }

    /// Whether it mentions none.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
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
        let mut advantage = self.tails().flat_map(|tail| rules.advantage_words.of(tail));
        if advantage.any(|phrase| medicare || phrase.contains(' ')) {
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
