//! What the names of plans, companies and groups say about the kind of plan.

use access_mappings::{CoverageRules, Phrases, PlanClass, in_words};

/// Words behind the first of "no group on file", "not applicable".
const OF_NO_GROUP: [&str; 29] = [
    "A",
    "AVAILABLE",
    "APPLICABLE",
    "ASSIGNED",
    "DATA",
    "EMPLOYED",
    "EMPLOYER",
    "ENTERED",
    "FILE",
    "FOUND",
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
    "PLAN",
    "PROVIDED",
    "REQUIRED",
    "SPECIFIED",
];

/// Words before it: "retired - no group", "group not available".
const BEFORE_NO_GROUP: [&str; 5] = ["GROUP", "GRP", "INDIVIDUAL", "RETIRED", "RETIREE"];

/// Words of Advantage plans that names of employers have as well.
const OF_EMPLOYERS: [&str; 6] = ["MANAGED", "MANGD", "MGD", "MNGD", "NEEDS", "REPL"];
/// Words beside which they speak of a plan.
const OF_PLANS: [&str; 9] = ["CARE", "HEALTH", "HEALTHCARE", "MCARE", "MCR", "MEDICARE", "PLAN", "PLANS", "PRODUCT"];

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
        let has_managed = ["MANAGED ", "MANGD ", "MGD ", "MNGD "].iter().any(|word| words.text.contains(word));
        if has_managed { words.without_unmanaged() } else { words }
    }

    /// Splits the name of a group, which is an employer's as often as a plan's.
    pub(super) fn of_group(text: &str) -> Self {
        let words = Self::of(text);
        // Where it says that there is no group it names none, and denies nothing of the plan.
        if words.is_no_group() { Self::default() } else { words.without_employers() }
    }

    /// What is managed or special in an employer's name is no plan. Alone it is the kind of the plan.
    fn without_employers(self) -> Self {
        let all: Vec<&str> = self.iter().collect();
        if !all.iter().any(|word| OF_EMPLOYERS.contains(word)) || matches!(all.as_slice(), [_] | ["SPECIAL", "NEEDS"]) {
            return self;
        }
        let is_of_plan = |position: Option<usize>| {
            position.and_then(|position| all.get(position)).is_some_and(|word| OF_PLANS.contains(word))
        };
        let mut text = String::with_capacity(self.text.len());
        for (position, word) in all.iter().enumerate() {
            let back = if *word == "NEEDS" { 2 } else { 1 };
            let is_left_out = OF_EMPLOYERS.contains(word)
                && !is_of_plan(position.checked_sub(back))
                && !is_of_plan(position.checked_add(1));
            text.push_str(if is_left_out { "/" } else { word });
            text.push(' ');
        }
        Self { text }
    }

    /// What is not managed is no Advantage plan, and "non" denies nothing else.
    fn without_unmanaged(self) -> Self {
        let spellings = ["NON MANAGED", "NOT MANAGED", "NONMANAGED", "NON MANGD", "NON MGD", "NON MNGD"];
        let text = spellings
            .iter()
            .fold(format!(" {}", self.text), |text, spelling| text.replace(&format!(" {spelling} "), " "));
        Self { text: text.trim_start().to_owned() }
    }

    /// Whether it only says that there is no group, or that nobody wrote one down.
    fn is_no_group(&self) -> bool {
        let is_before =
            |word: &&str| BEFORE_NO_GROUP.contains(word) || word.bytes().all(|digit| digit.is_ascii_digit());
        let mut words = self.iter().skip_while(is_before);
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
