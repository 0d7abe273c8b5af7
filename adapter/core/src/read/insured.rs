//! Whether the insured of a plan, or a guarantor, is the patient.
//!
//! Medicare has no dependants, so a number on a plan that insures somebody else is that person's. Registrations leave the
//! relationship at "self" when nobody changes it, so it alone proves nothing against a name: another given name is another
//! person, always. Another family name is one that changed (marriage) only where something else says that both are one. Of fathers and
//! sons with one name the generation (JR, SR) and the middle initial tell; only the same full birth date outweighs them.

use super::context::Context;
use super::dates::Moment;
use super::groups::Group;
use super::names;
use crate::view::{Field, Repetition, Segment};

/// Letters that a shortened given name must keep to be known as one.
const SHORT_FORM: usize = 3;

/// Who is insured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Insured {
    /// The patient: `IN1-17` says so, and where the family name is another one the full birth date agrees too.
    Stated,
    /// The patient, as far as can be seen.
    Patient,
    /// Somebody else, by the field at this path.
    Other(String),
}

/// The fields that describe a person who may be the patient.
struct Described<'m> {
    name: Field<'m>,
    relationship: Field<'m>,
    born: Field<'m>,
    sex: Field<'m>,
}

/// Who the insured of a plan is.
pub(super) fn judge(context: &Context<'_>, group: &Group<'_, '_>, in1: &Segment<'_>) -> Insured {
    let [name, relationship, born, sex] = [16, 17, 18, 43].map(|number| in1.field(number));
    compare(context, group, &Described { name, relationship, born, sex })
}

/// Who the guarantor of a `GT1` is.
pub(super) fn guarantor(context: &Context<'_>, group: &Group<'_, '_>, gt1: &Segment<'_>) -> Insured {
    let [name, relationship, born, sex] = [3, 11, 8, 9].map(|number| gt1.field(number));
    compare(context, group, &Described { name, relationship, born, sex })
}

/// Compares relationship, birth date and name.
fn compare(context: &Context<'_>, group: &Group<'_, '_>, described: &Described<'_>) -> Insured {
    let relationships = relationships(&described.relationship);
    let stated = !relationships.is_empty();
    if relationships.iter().any(|word| !context.profile.coverage.self_relationships.contains(word)) {
        return Insured::Other(described.relationship.path());
    }
    let born = birth_dates(context, &described.born, &group.pid.field(7));
    let alone = !stated && described.name.repetitions().all(|name| name.is_absent());
    if born == Born::Differs || (born == Born::Unreadable && alone) {
        return Insured::Other(described.born.path());
    }
    if sexes_differ(context, &described.sex, &group.pid.field(8)) {
        return Insured::Other(described.sex.path());
    }
    let same_day = born == Born::SameDay;
    let other = || Insured::Other(described.name.path());
    let (insured, patients) = (Plain::primary(context, &described.name), Plain::all(context, &group.pid.field(5)));
    if !same_day && patients.first().is_some_and(|patient| insured.is_relative_of(patient)) {
        return other();
    }
    // Cards and registrations may know the patient by any of the names; the primary one comes first. By another one the plan is the
    // patient's, but another family name is not that on the card unless the birth date speaks for it, too.
    let mut said = patients.iter().map(|patient| by_name(&insured, patient, stated, same_day));
    let primary = said.next().flatten();
    let is_family = patients.first().is_some_and(|patient| families_agree(&insured.family, &patient.family));
    let others: Vec<Insured> = said.flatten().collect();
    match primary {
        Some(Insured::Stated) => Insured::Stated,
        _ if (same_day || is_family) && others.contains(&Insured::Stated) => Insured::Stated,
        None if others.is_empty() => other(),
        _ => Insured::Patient,
    }
}

/// What the names say, if both can be one person's.
fn by_name(insured: &Plain, patient: &Plain, stated: bool, same_day: bool) -> Option<Insured> {
    if !given_agree(insured, patient, stated || same_day, same_day) {
        return None;
    }
    let renamed = !families_agree(&insured.family, &patient.family);
    // Without given names on both sides, a family name is all there is to tell two people apart.
    let named = !insured.given.is_empty() && !patient.given.is_empty();
    match (renamed, stated, same_day) {
        (false, true, _) | (true, true, true) => Some(Insured::Stated),
        (false, false, _) | (true, false, true) => Some(Insured::Patient),
        (true, true, false) if named => Some(Insured::Patient),
        (true, _, false) => None,
    }
}

/// What two birth dates say about each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Born {
    /// Both are full dates and the same.
    SameDay,
    /// They cannot be the same day.
    Differs,
    /// The insured's cannot be read, so that it speaks for nobody.
    Unreadable,
    /// Nothing: one is missing, the patient's cannot be read, or one says only the year or month.
    Silent,
}

/// What each repetition says first, in whichever component: some senders write the word behind an empty code.
fn relationships(field: &Field<'_>) -> Vec<String> {
    let said = |one: Repetition<'_>| {
        let words = one.components().map(|part| part.value().text().to_ascii_uppercase());
        words.into_iter().find(|word| !word.is_empty())
    };
    field.repetitions().filter_map(said).collect()
}

/// Whether the codes of both sexes are known, and one is male and the other female.
fn sexes_differ(context: &Context<'_>, insured: &Field<'_>, patient: &Field<'_>) -> bool {
    let sex = |field: &Field<'_>| {
        let text = field.value().text().to_uppercase();
        let own = context.codes.and_then(|codes| codes.sex.get(&text));
        let sex = own.or_else(|| context.profile.identity.sex.get(&text))?;
        matches!(sex, "male" | "female").then_some(sex)
    };
    sex(insured).zip(sex(patient)).is_some_and(|(insured, patient)| insured != patient)
}

fn birth_dates(context: &Context<'_>, insured: &Field<'_>, patient: &Field<'_>) -> Born {
    let text = insured.value().text();
    if text.is_empty() || context.is_filler(&text) {
        return Born::Silent;
    }
    let one = match Moment::day(&text) {
        Ok(one) => one,
        Err(fault) => {
            let hint = "send YYYYMMDD, so that the insured can be told from the patient";
            context.warn("insured-birth-date", insured.path(), fault.message(), hint);
            return Born::Unreadable;
        }
    };
    let Ok(other) = Moment::day(&patient.value().text()) else { return Born::Silent };
    match (one.agrees(&other), one.has_day() && other.has_day()) {
        (true, true) => Born::SameDay,
        (true, false) => Born::Silent,
        (false, _) => Born::Differs,
    }
}

/// A name as words in upper case, letters only.
#[derive(Debug, Default)]
struct Plain {
    family: Vec<String>,
    /// The given name and what stands after it.
    given: Vec<String>,
    /// Which of those with one name: 1 for SR, 2 for JR.
    generation: Option<u8>,
}

impl Plain {
    /// The primary name of a field, else its first.
    fn primary(context: &Context<'_>, field: &Field<'_>) -> Self {
        let first = || field.repetitions().find(|name| !name.is_absent());
        names::choose(context, field).or_else(first).map_or_else(Self::default, |name| Self::of(&name))
    }

    /// Every name of a field, the primary one first; never empty.
    fn all(context: &Context<'_>, field: &Field<'_>) -> Vec<Self> {
        let others = field.repetitions().filter(|name| !name.is_absent()).map(|name| Self::of(&name));
        std::iter::once(Self::primary(context, field)).chain(others).collect()
    }

    fn of(name: &Repetition<'_>) -> Self {
        let mut plain = Self::without_generation(name);
        let suffix = generation(&name.component(4).value().text());
        let in_words = [&mut plain.family, &mut plain.given].map(take_generation);
        plain.generation = in_words.into_iter().fold(suffix, Option::or);
        plain
    }

    /// Whether generations, or middle names by their initials, are known on both sides and differ. A family name from before a marriage
    /// may have become the middle name.
    fn is_relative_of(&self, other: &Self) -> bool {
        if self.generation.zip(other.generation).is_some_and(|(one, other)| one != other) {
            return true;
        }
        let (one, two) = (middle(self, other), middle(other, self));
        !one.is_empty() && !two.is_empty() && !one.iter().any(|initial| two.contains(initial))
    }

    fn without_generation(name: &Repetition<'_>) -> Self {
        let text = |number: usize| name.component(number).value().text().into_owned();
        let (family, mut given) = (text(1), text(2));
        let rest = text(3);
        if !rest.is_empty() {
            given = format!("{given} {rest}");
        }
        match family.split_once(',') {
            Some((family, rest)) if given.trim().is_empty() => {
                Self { family: words(family), given: words(rest), generation: None }
            }
            _ => Self { family: words(&family), given: words(&given), generation: None },
        }
    }
}

/// The generation that a suffix names.
fn generation(suffix: &str) -> Option<u8> {
    let letters: String = suffix.chars().filter(|letter| letter.is_alphanumeric()).collect();
    match letters.to_uppercase().as_str() {
        "SR" | "SENIOR" | "1ST" => Some(1),
        "JR" | "JUNIOR" | "II" | "2ND" => Some(2),
        "III" | "3RD" => Some(3),
        "IV" | "4TH" => Some(4),
        "V" | "5TH" => Some(5),
        _ => None,
    }
}

/// Takes a generation off the end of a name. A single letter is none: it may be an initial.
fn take_generation(words: &mut Vec<String>) -> Option<u8> {
    let last = words.last().filter(|last| words.len() > 1 && last.chars().nth(1).is_some())?;
    let generation = generation(last)?;
    words.pop();
    Some(generation)
}

/// Middle names that say that there is none.
const NO_MIDDLE: [&str; 6] = ["NMN", "NMI", "NONE", "NA", "UNK", "UNKNOWN"];

/// The initials of the middle names: those that are no family or first given name of the other, or begin one.
fn middle(own: &Plain, other: &Plain) -> Vec<char> {
    let is_initial_of = |word: &str, name: &str| word.chars().nth(1).is_none() && name.starts_with(word);
    let is_said_otherwise = |word: &&String| {
        let mut names = other.family.iter().chain(other.given.first());
        names.any(|name| name == *word || is_initial_of(word, name))
    };
    let middles = own.given.iter().skip(1).filter(|word| !NO_MIDDLE.contains(&word.as_str()));
    middles.filter(|word| !is_said_otherwise(word)).filter_map(|word| word.chars().next()).collect()
}

fn words(text: &str) -> Vec<String> {
    let letters = |word: &str| -> String {
        word.chars().filter(|letter| letter.is_alphabetic()).flat_map(char::to_uppercase).collect()
    };
    let words = text.split(|letter: char| letter.is_whitespace() || letter == '-').map(letters);
    words.filter(|word| !word.is_empty()).collect()
}

/// Whether given names can be one person's; missing ones can. An initial stands for any name it begins. Where something else
/// speaks for the patient, a person may also go by the middle name, and with the same birth date by a short form.
fn given_agree(one: &Plain, other: &Plain, supported: bool, same_day: bool) -> bool {
    let (Some(first), Some(second)) = (one.given.first(), other.given.first()) else { return true };
    let initial = |short: &str, long: &str| short.chars().nth(1).is_none() && long.starts_with(short);
    let short = |short: &str, long: &str| same_day && short.chars().count() >= SHORT_FORM && long.starts_with(short);
    let either = |test: &dyn Fn(&str, &str) -> bool| test(first, second) || test(second, first);
    first == second
        || either(&initial)
        || either(&short)
        || (supported && (is_middle(first, other) || is_middle(second, one)))
}

/// Whether a given name is written out as the other's middle name.
fn is_middle(name: &str, other: &Plain) -> bool {
    name.chars().nth(1).is_some() && other.given.iter().skip(1).any(|middle| middle == name)
}

/// Whether family names can be one; missing ones can. A part of a double name stands for it, and so does its beginning where a
/// card or a form cuts it.
fn families_agree(one: &[String], other: &[String]) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    if short.iter().all(|word| long.contains(word)) {
        return true;
    }
    let (one, other) = (one.concat(), other.concat());
    one.starts_with(&other) || other.starts_with(&one)
}
