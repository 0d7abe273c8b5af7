//! Whether two records can be one person, and the stop where they cannot.

use super::apply;
use super::join::Draft;
use super::moment::is_older;
use super::notice::{Word, feed_problem};
use crate::chart::Chart;
use crate::facts::{Facts, Name, Stated};
use access_contract::{Issue, Plan, Severity};
use access_mappings::EventEffect;

/// A doubt about identity that only a person can settle. The chart stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// One Medicare number, two birth dates, no common identifier; or an identifier that comes with another number and
    /// another birth date.
    Conflict,
    /// Identifiers of a known person on somebody of another name who differs in birth date or sex as well.
    Another,
    /// Two charts with different Medicare numbers turn up as one person, without a merge.
    TwoPatients,
    /// A merge of two people with different Medicare numbers, or whose names, sexes or birth dates differ.
    Merge,
    /// A merge of two charts that are both aligned in one track family.
    MergeAligned,
    /// An identifier to be corrected that leads to somebody else.
    Change,
}

impl Stop {
    const fn code(self) -> &'static str {
        match self {
            Self::Conflict | Self::Another => "identity-conflict",
            Self::TwoPatients => "mbi-on-two-patients",
            Self::Merge | Self::MergeAligned => "merge-conflict",
            Self::Change => "identifier-conflict",
        }
    }

    /// The code of table 0357: an identifier leads nowhere it can, or the two known people contradict each other.
    const fn condition(self) -> u16 {
        match self {
            Self::Merge | Self::MergeAligned => 207,
            Self::Conflict | Self::Another | Self::TwoPatients | Self::Change => 204,
        }
    }

    const fn location(self) -> &'static str {
        match self {
            Self::Conflict => "PID-7",
            Self::Another => "PID-5",
            Self::TwoPatients => "PID-3",
            Self::Merge | Self::MergeAligned | Self::Change => "MRG-1",
        }
    }

    const fn display(self) -> &'static str {
        match self {
            Self::Conflict | Self::Another => "Identity conflict",
            Self::TwoPatients => "One Medicare number, two patients",
            Self::Merge | Self::MergeAligned => "Merge conflict",
            Self::Change => "Identifier conflict",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Conflict => {
                "the Medicare number, the identifiers and the birth date do not belong to one known person"
            }
            Self::Another => {
                "the identifiers lead to a known person of another name, and of another birth date or sex as well"
            }
            Self::TwoPatients => {
                "identifiers of this feed lead to different known people, at least one with a Medicare number"
            }
            Self::Merge => {
                "the two people to be merged have different Medicare numbers, or differ in name, sex or birth date"
            }
            Self::MergeAligned => "the two people to be merged are both aligned in the same track family",
            Self::Change => {
                "the identifier to be replaced leads to a known person who differs from the patient of the event"
            }
        }
    }

    const fn next_step(self) -> &'static str {
        match self {
            Self::Conflict => "find out whose number it is, correct the record at its source and send it again",
            Self::Another => {
                "find out who was filed under the identifiers, and correct the record at its source; if it was always one person, \
                 register the name first and the birth date or sex after it, as two changes"
            }
            Self::TwoPatients => {
                "if they are one person, merge them at the source (ADT A40); else correct the wrong record"
            }
            Self::Merge => "compare both records with the Medicare card, correct the wrong one and merge again",
            Self::MergeAligned => {
                "clear up with CMS which alignment is in force, unalign the other one and merge again"
            }
            Self::Change => "find out whose identifier it is; the chart was left as it is",
        }
    }

    /// Puts the stop into a plan.
    pub(super) fn tell(self, participant: &str, facts: &Facts, plan: &mut Plan) {
        let issue = Issue::new(Severity::Error, self.code(), self.location(), self.text())
            .hint(self.next_step())
            .condition(self.condition());
        let word = Word {
            severity: &Severity::Error,
            code: self.code(),
            display: self.display(),
            text: self.text(),
            next_step: self.next_step(),
        };
        let mut notice = feed_problem(participant, Some(facts), None, &word);
        notice.issues.push(issue.clone());
        plan.notices.push(notice);
        plan.issues.push(issue);
    }
}

/// What a person is recognised by.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Features<'a> {
    name: Option<&'a Name>,
    gender: Option<&'a str>,
    birth_date: Option<&'a str>,
}

impl<'a> Features<'a> {
    pub(super) fn charted(chart: &'a Chart) -> Self {
        Self {
            name: chart.name.as_ref().map(|name| &name.value),
            gender: chart.gender.as_ref().map(|gender| gender.value.as_str()),
            birth_date: chart.birth_date.as_ref().map(|date| date.value.as_str()),
        }
    }

    pub(super) fn stated(facts: &'a Facts) -> Self {
        Self {
            name: set(facts.name.as_ref()),
            gender: set(facts.gender.as_ref()).map(String::as_str),
            birth_date: set(facts.birth_date.as_ref()).map(String::as_str),
        }
    }

    /// These, and where they are silent, the others.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            name: self.name.or(other.name),
            gender: self.gender.or(other.gender),
            birth_date: self.birth_date.or(other.birth_date),
        }
    }

    /// Whether name, sex and birth date are known on both sides and the same.
    pub(super) fn agree(self, other: Self) -> bool {
        self.verdicts(other).into_iter().all(|same| same == Some(true))
    }

    /// Whether any of them is known on both sides and differs.
    pub(super) fn differ(self, other: Self) -> bool {
        self.verdicts(other).contains(&Some(false))
    }

    /// Whether name and birth date are known on both sides and both differ.
    pub(super) fn is_somebody_else(self, other: Self) -> bool {
        let [name, _, birth_date] = self.verdicts(other);
        name == Some(false) && birth_date == Some(false)
    }

    /// Whether these are somebody else for sure, not the same person with corrections: the name differs, and either the birth date is far
    /// from the known one and a part of the name or the sex has nothing in common, or given name and sex have nothing in common. One
    /// whose birth date is the same in full may have changed name and sex.
    pub(super) fn is_another(self, other: Self) -> bool {
        let [name, gender, _] = self.verdicts(other);
        let (Some(false), Some((one, two))) = (name, self.name.zip(other.name)) else { return false };
        let other_sex = gender == Some(false);
        let other_given = !is_near(&one.given.join(" "), &two.given.join(" "));
        let other_family = !is_near(&one.family, &two.family);
        let dates = self.birth_dates(other);
        let far = dates.is_some_and(|(one, two)| !same_date(one, two) && !is_near_date(one, two));
        let same_in_full = dates.is_some_and(|(one, two)| one == two && one.len() == FULL_DATE);
        (far && (other_given || other_family || other_sex)) || (other_given && other_sex && !same_in_full)
    }

    /// Whether name and sex are known on both sides and both differ, whatever the birth date: twins have one.
    fn is_twin(self, other: Self) -> bool {
        let [name, gender, _] = self.verdicts(other);
        name == Some(false) && gender == Some(false)
    }

    fn verdicts(self, other: Self) -> [Option<bool>; 3] {
        let known = |gender: &&str| *gender != "unknown";
        let gender = self.gender.filter(known).zip(other.gender.filter(known));
        [
            self.name.zip(other.name).map(|(one, other)| same_name(one, other)),
            gender.map(|(one, other)| one == other),
            self.birth_dates(other).map(|(one, other)| same_date(one, other)),
        ]
    }

    fn birth_dates(self, other: Self) -> Option<(&'a str, &'a str)> {
        self.birth_date.zip(other.birth_date)
    }
}

/// Length of a date with its day.
const FULL_DATE: usize = 10;

fn set<T>(stated: Option<&Stated<T>>) -> Option<&T> {
    match stated {
        Some(Stated::Set(value)) => Some(&value.value),
        Some(Stated::Clear) | None => None,
    }
}

/// Family and first given name, without case and punctuation.
fn same_name(one: &Name, other: &Name) -> bool {
    let plain =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect::<String>();
    let key = |name: &Name| (plain(&name.family), plain(name.given.first().map_or("", String::as_str)));
    key(one) == key(other)
}

/// Whether names may be one: they have a word in common, or one that begins another, which an initial does.
fn is_near(one: &str, other: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|letter: char| !letter.is_alphabetic());
        words.filter(|word| !word.is_empty()).map(str::to_uppercase).collect()
    };
    let (one, other) = (words(one), words(other));
    let begins = |one: &String| other.iter().any(|two| one.starts_with(two.as_str()) || two.starts_with(one.as_str()));
    one.is_empty() || other.is_empty() || one.iter().any(begins)
}

/// Digits that a birth date may differ in and be a slip: day and month may have changed places.
const SLIP: usize = 2;

/// Whether two dates may be one with a slip of the hand.
fn is_near_date(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).filter(|(one, other)| one != other).count() <= SLIP
}

/// Dates of different precision are the same as far as both go.
fn same_date(one: &str, other: &str) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// Whether what a feed says of the person is older than what is known, so that it is not taken and contradicts nothing.
pub(super) fn is_late(chart: &Chart, facts: &Facts) -> bool {
    let is_old = chart.stated.get("name").is_some_and(|at| is_older(&facts.sent_at, at));
    is_old || apply::is_stale(&chart.stated, facts)
}

/// Whether the facts can be about the chart's person.
///
/// A Medicare number with another birth date is another person, unless both carry a common identifier: then the birth date
/// was corrected. An identifier that comes with another number is the same person with a replaced number, unless the birth
/// date differs as well. Whatever leads to the chart, the feed must not be about [another](Features::is_another): a registration
/// that is filed under a known person's record would be sent under that person's number. What a feed says that is older than the
/// known name is not taken, so it contradicts nothing. A merge has its own rules.
pub(super) fn check(draft: Draft, facts: &Facts) -> Result<Draft, Stop> {
    let chart = &draft.chart;
    let (named, charted) = (Features::stated(facts), Features::charted(chart));
    if facts.effect != EventEffect::Merge && named.is_another(charted) && !is_late(chart, facts) {
        return Err(Stop::Another);
    }
    let (Some(stated), Some(known)) = (&facts.mbi, &chart.mbi) else { return Ok(draft) };
    let shares = chart.shares(&facts.aliases);
    if stated.value == known.value && !shares && named.is_twin(charted) {
        return Err(Stop::Another);
    }
    let differ = named.birth_dates(charted).is_some_and(|(one, other)| !same_date(one, other));
    let replaced =
        stated.value != known.value && !chart.stated.get("mbi").is_some_and(|at| is_older(&facts.sent_at, at));
    let doubtful = replaced || (stated.value == known.value && !shares);
    if differ && doubtful { Err(Stop::Conflict) } else { Ok(draft) }
}
