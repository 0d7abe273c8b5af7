//! Race (`PID-10`) and ethnicity (`PID-22`) in the codes of the CDC, as US Core wants them.
//!
//! A code of that system counts wherever it stands: senders swap the two fields. Letters, digits and words go through the
//! sender's table, then the site's; what neither knows is kept as words only.

use super::context::{Context, Said};
use super::groups::Group;
use crate::facts::{Heritage, Stated};
use crate::view::{Field, Repetition};
use access_contract::UnmappedCode;
use access_mappings::TextTable;
use access_mappings::heritage::{HeritageCode, display};

/// Categories of race that US Core allows.
const MAX_RACES: usize = 5;
/// Finer groups that are kept.
const MAX_DETAILS: usize = 20;
/// Letters of the words.
const MAX_TEXT: usize = 500;

/// What belongs to one of the two.
#[derive(Default)]
struct Gathered {
    heritage: Heritage,
    words: Vec<String>,
    path: String,
    cleared: bool,
}

/// One of the two fields.
struct Source<'c> {
    name: &'static str,
    own: Option<&'c TextTable>,
    all: &'c TextTable,
    is_race: bool,
}

/// Reads both.
pub(super) fn read(
    context: &Context<'_>,
    group: &Group<'_, '_>,
) -> (Option<Stated<Heritage>>, Option<Stated<Heritage>>) {
    let rules = &context.profile.patient;
    let own = context.codes;
    let (mut race, mut ethnicity) = (Gathered::default(), Gathered::default());
    let races = Source { name: "race", own: own.map(|codes| &codes.race), all: &rules.race, is_race: true };
    let origins =
        Source { name: "ethnicity", own: own.map(|codes| &codes.ethnicity), all: &rules.ethnicity, is_race: false };
    gather(context, &group.pid.field(10), &races, &mut race, &mut ethnicity);
    gather(context, &group.pid.field(22), &origins, &mut race, &mut ethnicity);
    if ethnicity.heritage.categories.len() > 1 {
        ethnicity.heritage.categories.retain(|category| HeritageCode::of(category) != Some(HeritageCode::Unknown));
    }
    if ethnicity.heritage.categories.len() > 1 {
        let hint = "the sender should state one of them; only the words were kept";
        context.warn("ethnicity-contradiction", ethnicity.path.clone(), "the ethnicities exclude each other", hint);
        ethnicity.heritage.categories.clear();
    }
    (state(context, race, "patient.race"), state(context, ethnicity, "patient.ethnicity"))
}

/// Puts what a field says where it belongs.
fn gather(
    context: &Context<'_>,
    field: &Field<'_>,
    source: &Source<'_>,
    race: &mut Gathered,
    ethnicity: &mut Gathered,
) {
    if field.is_null() {
        if source.is_race {
            race.cleared = true;
        } else {
            ethnicity.cleared = true;
        }
        return;
    }
    for row in field.repetitions().filter(|row| !row.is_absent()) {
        let said = Row::of(context, &row);
        let found = said.code_in(source);
        let meant = found.as_deref().and_then(HeritageCode::of);
        let is_race = meant.map_or(source.is_race, |meant| match meant {
            HeritageCode::Unknown => source.is_race,
            known => known.is_race(),
        });
        if is_race != source.is_race {
            let hint = "PID-10 is the race, PID-22 the ethnicity; it was taken as what it is";
            context.warn("heritage-moved", row.path(), "the code belongs into the other field", hint);
        }
        let into = if is_race { &mut *race } else { &mut *ethnicity };
        if into.path.is_empty() {
            into.path = row.path();
        }
        match (found, meant) {
            (Some(code), Some(meant)) => take(into, code, meant, &said),
            _ => {
                if !said.code.is_empty() {
                    context.note_unmapped(UnmappedCode {
                        table: source.name.to_owned(),
                        code: said.code.clone(),
                        display: said.words.clone(),
                        system: said.system.clone(),
                        unit: String::new(),
                    });
                }
                into.words.extend(said.shown());
            }
        }
    }
}

/// Adds a code that is known.
fn take(into: &mut Gathered, code: String, meant: HeritageCode, said: &Row) {
    let words = if said.words.is_empty() { display(&code).unwrap_or(&code).to_owned() } else { said.words.clone() };
    into.words.push(words);
    let Heritage { categories, details, .. } = &mut into.heritage;
    let mut add = |category: &str| {
        if !category.is_empty() && !categories.iter().any(|known| known == category) {
            categories.push(category.to_owned());
        }
    };
    match meant {
        HeritageCode::RaceCategory | HeritageCode::EthnicityCategory | HeritageCode::Unknown => add(&code),
        HeritageCode::Race(category) | HeritageCode::Ethnicity(category) => {
            add(category);
            if details.len() < MAX_DETAILS && !details.contains(&code) {
                details.push(code);
            }
        }
    }
}

/// One repetition.
struct Row {
    code: String,
    words: String,
    system: String,
    alternate: [String; 2],
}

impl Row {
    fn of(context: &Context<'_>, row: &Repetition<'_>) -> Self {
        let text = |number: usize| match context.plain(&row.component(number).value()) {
            Said::Text(text) if !text.contains('\u{fffd}') => text,
            _ => String::new(),
        };
        Self { code: text(1), words: text(2), system: text(3), alternate: [text(4), text(5)] }
    }

    /// The code of the CDC system: one that was sent, else what a table makes of codes and words.
    fn code_in(&self, source: &Source<'_>) -> Option<String> {
        let [other, other_words] = &self.alternate;
        if let Some(sent) = [&self.code, other].into_iter().find(|code| HeritageCode::of(code).is_some()) {
            return Some(sent.clone());
        }
        let mapped = |text: &String| {
            let upper = text.to_uppercase();
            source.own.and_then(|own| own.get(&upper)).or_else(|| source.all.get(&upper)).map(str::to_owned)
        };
        [&self.code, other, &self.words, other_words].into_iter().filter(|text| !text.is_empty()).find_map(mapped)
    }

    /// What a person would read.
    fn shown(&self) -> Option<String> {
        let [other, other_words] = &self.alternate;
        [&self.words, other_words, &self.code, other].into_iter().find(|text| !text.is_empty()).cloned()
    }
}

fn state(context: &Context<'_>, gathered: Gathered, rule: &str) -> Option<Stated<Heritage>> {
    let Gathered { mut heritage, mut words, path, cleared } = gathered;
    words.dedup();
    if words.is_empty() {
        return cleared.then_some(Stated::Clear);
    }
    if heritage.categories.len() > 1 {
        heritage.categories.retain(|category| HeritageCode::of(category) != Some(HeritageCode::Unknown));
    }
    heritage.categories.truncate(MAX_RACES);
    heritage.text = words.join(", ");
    if let Some((end, _)) = heritage.text.char_indices().nth(MAX_TEXT) {
        heritage.text.truncate(end);
    }
    Some(Stated::Set(context.sourced(heritage, path, rule)))
}
