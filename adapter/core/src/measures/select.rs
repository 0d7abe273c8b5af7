//! Chooses what a report carries.

use super::asked::Asked;
use super::candidate::{Candidate, Found, Judge};
use super::choose::{Row, newest};
use super::derived;
use super::pressure;
use super::selection::{Measured, Selection};
use crate::zone::When;
use access_contract::{Entry, EntryKind, Issue, Severity};
use access_mappings::{MeasureFacts, Profile};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Most issues of one selection.
const MAX_ISSUES: usize = 100;

/// What was found of one measure.
#[derive(Default)]
pub(super) struct Picked<'p> {
    /// Newest first.
    pub(super) rows: Vec<Row<'p>>,
    pub(super) beside: Vec<Row<'p>>,
    pub(super) issues: Vec<Issue>,
}

/// Chooses from the entries of a chart what a report of that track and window carries: of each measure the newest readings
/// (`reports.readings`), final, corrected or amended, converted into the unit of the guide.
///
/// Pure: the same profile, question and entries give the same selection, in whatever order the entries are. Entries of
/// questionnaires, of measures of other tracks and from before the window are passed over silently; whatever else is left out has an
/// issue, unless newer readings have taken its place.
#[must_use]
pub fn select<'p>(profile: &'p Profile, asked: &Asked<'_>, entries: &[Entry]) -> Selection<'p> {
    let judge = Judge::of(profile, asked);
    let mut by_code: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.kind == EntryKind::Measure && !judge.is_long_before(entry)) {
        by_code.entry(&entry.code).or_default().push(entry);
    }
    for entries in by_code.values_mut() {
        entries.sort_by(|one, other| other.at.cmp(&one.at).then_with(|| one.key.cmp(&other.key)));
    }
    let of_track = |measure: &&MeasureFacts| measure.tracks.iter().any(|track| track == asked.track);
    let entries_of = |code: &str| by_code.get(code).map_or(&[][..], Vec::as_slice);
    let mut selection = Selection::default();
    for measure in profile.guide.measures.iter().filter(of_track) {
        let count = profile.reports.readings_of(&measure.code);
        let picked = pick(&judge, measure, entries_of(&measure.code), count);
        let mut readings: Vec<_> = picked.rows.iter().filter_map(Row::measurement).collect();
        readings.reverse();
        selection.issues.extend(picked.issues);
        if readings.is_empty()
            && let Some(found) = derived::body_mass_index(profile, &judge, measure, &entries_of)
        {
            readings.extend(found.measurement);
            selection.issues.extend(found.issues);
        }
        if !readings.is_empty() {
            let beside = picked.beside.iter().filter_map(Row::measurement).collect();
            selection.measures.push(Measured { measure, readings, beside });
        }
    }
    shorten(&mut selection.issues);
    selection
}

fn shorten(issues: &mut Vec<Issue>) {
    if issues.len() > MAX_ISSUES {
        issues.truncate(MAX_ISSUES - 1);
        let message = "there were more issues than one selection lists";
        issues.push(Issue::new(Severity::Warning, "issues-truncated", "", message));
    }
}

/// The readings of one measure. `entries` are the newest first.
pub(super) fn pick<'p>(judge: &Judge<'p>, measure: &'p MeasureFacts, entries: &[&Entry], count: usize) -> Picked<'p> {
    let (usable, mut doubted) = gather(judge, measure, entries, count);
    let (beside, main): (Vec<_>, Vec<_>) = usable.into_iter().partition(|candidate| candidate.code.beside);
    let rows = if measure.is_panel() {
        let (rows, more) = pressure::pair(&main);
        doubted.extend(more);
        rows
    } else {
        main.into_iter().map(Row::single).collect()
    };
    let (rows, mut issues) = newest(rows, count);
    // What is older than what is reported has been overtaken.
    let oldest = rows.last().filter(|_| rows.len() == count).map(|row| row.when);
    let told =
        doubted.into_iter().filter(|(when, _)| oldest.is_none_or(|oldest| when.is_some_and(|when| when >= oldest)));
    issues.extend(told.map(|(_, issue)| issue));
    if rows.is_empty()
        && let Some(first) = beside.first()
    {
        let message = "the rest of the panel came without the value that counts; it is not reported";
        let hint = "a calculated LDL is missing where triglycerides are high; order a direct one";
        issues.push(first.about().warn("measure-beside-only", message, hint));
    }
    let beside = accompany(measure, &rows, beside);
    issues.extend(rows.iter().chain(&beside).flat_map(|row| &row.parts).flat_map(|part| part.remarks.iter().cloned()));
    Picked { rows, beside, issues }
}

/// Judges entries until the newest ones are certainly among them.
fn gather<'p>(
    judge: &Judge<'p>,
    measure: &'p MeasureFacts,
    entries: &[&Entry],
    count: usize,
) -> (Vec<Candidate<'p>>, Vec<(Option<When>, Issue)>) {
    let (mut usable, mut doubted): (Vec<Candidate<'p>>, _) = (Vec::new(), Vec::new());
    let mut times: Vec<When> = Vec::new();
    for entry in entries {
        if times.len() >= count && !measure.is_panel() && is_days_before(entry, times.iter().map(|when| when.day).min())
        {
            break;
        }
        match judge.judge(measure, entry) {
            Found::Usable(candidate) => {
                if !candidate.code.beside && !times.contains(&candidate.when) && times.len() < count {
                    times.push(candidate.when);
                }
                usable.push(*candidate);
            }
            Found::Doubted(when, issue) => doubted.push((when, issue)),
            Found::Out => {}
        }
    }
    (usable, doubted)
}

/// Whether an entry is from before that day in any zone.
fn is_days_before(entry: &Entry, day: Option<Date>) -> bool {
    let own = entry.at.get(..10).and_then(|text| text.parse::<Date>().ok()).and_then(|day| day.tomorrow().ok());
    own.and_then(|own| own.tomorrow().ok()).zip(day).is_some_and(|(own, day)| own < day) || entry.at.len() < 10
}

/// Of each further code of the panel the reading of the same order or time as one that is reported, in the order of the guide.
fn accompany<'p>(measure: &MeasureFacts, rows: &[Row<'p>], mut beside: Vec<Candidate<'p>>) -> Vec<Row<'p>> {
    beside.sort_by(|one, other| {
        let by_code = one.rank.cmp(&other.rank).then_with(|| other.reading.stated.cmp(&one.reading.stated));
        by_code.then_with(|| one.keys.cmp(&other.keys))
    });
    let mut codes: Vec<&str> = Vec::new();
    for code in measure.accepts.iter().filter(|code| code.beside) {
        if !codes.contains(&code.reported()) {
            codes.push(code.reported());
        }
    }
    let mut found: Vec<Row<'p>> = Vec::new();
    for row in rows.iter().rev() {
        let Some(main) = row.parts.first() else { continue };
        for code in &codes {
            let of_code = || beside.iter().filter(|one| one.code.reported() == *code);
            let ordered = || {
                of_code().find(|one| {
                    !main.order().is_empty() && one.sender() == main.sender() && one.order() == main.order()
                })
            };
            let Some(one) = of_code().find(|one| one.when == row.when).or_else(ordered) else { continue };
            let mut one = Row::single(one.clone());
            let same = of_code().filter(|other| {
                other.when == one.when && other.keys != one.parts.first().map_or(Vec::new(), |part| part.keys.clone())
            });
            let repeats: Vec<String> = same
                .filter(|other| one.parts.first().is_some_and(|part| part.equals(other)))
                .flat_map(|other| other.keys.clone())
                .collect();
            one.parts.iter_mut().for_each(|part| part.keys.extend(repeats.iter().cloned()));
            found.push(one);
        }
    }
    found
}
