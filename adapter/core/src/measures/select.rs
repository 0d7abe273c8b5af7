//! Chooses what a report carries.

use super::candidate::Candidate;
use super::choose::{Row, newest};
use super::derived;
use super::judge::{Found, Judge};
use super::panel;
use super::pressure::{self, Half};
use super::selection::{Measured, Selection};
use crate::asked::Asked;
use crate::zone::When;
use access_contract::{Entry, EntryKind, Issue, Severity};
use access_mappings::{Deferred, MeasureFacts, Profile};
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
    let of_track = |measure: &&Deferred<MeasureFacts>| measure.tracks.iter().any(|track| track == asked.track);
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

/// How many entries are looked at first; twice as many further ones as long as they could still count.
const FIRST: usize = 16;

/// The readings of one measure. `entries` are the newest first. Each is looked at once, and none that is older than what is chosen.
pub(super) fn pick<'p>(judge: &Judge<'p>, measure: &'p MeasureFacts, entries: &[&Entry], count: usize) -> Picked<'p> {
    let mut judged = Judged::default();
    let (mut rest, mut step) = (entries, FIRST);
    loop {
        let (next, later) = rest.split_at_checked(step).unwrap_or((rest, &[]));
        next.iter().for_each(|entry| judged.take(judge, measure, entry));
        if later.is_empty() {
            return judged.pick(measure, count);
        }
        let picked = judged.clone().pick(measure, count);
        let oldest = picked.rows.last().filter(|_| picked.rows.len() == count).map(|row| row.when.day);
        // The rest of a panel may have been measured on the evening before.
        let has_beside = measure.accepts.iter().any(|code| code.beside);
        let oldest = oldest.and_then(|day| if has_beside { day.yesterday().ok() } else { Some(day) });
        if later.first().zip(oldest).is_some_and(|(entry, oldest)| judge.is_before(entry, oldest)) {
            return picked;
        }
        (rest, step) = (later, step.saturating_mul(2));
    }
}

/// Entries of one measure that were looked at.
#[derive(Debug, Clone, Default)]
struct Judged<'p> {
    main: Vec<Candidate<'p>>,
    beside: Vec<Row<'p>>,
    /// Halves of a panel that cannot be reported.
    halves: Vec<Half<'p>>,
    doubted: Vec<(Option<When>, Issue)>,
}

impl<'p> Judged<'p> {
    fn take(&mut self, judge: &Judge<'p>, measure: &'p MeasureFacts, entry: &Entry) {
        let found = judge.judge(measure, entry);
        if measure.is_panel() && !matches!(found, Found::Usable(_)) {
            self.halves.extend(judge.half(measure, entry));
        }
        match found {
            Found::Usable(candidate) if candidate.code.beside => self.beside.push(Row::single(*candidate)),
            Found::Usable(candidate) => self.main.push(*candidate),
            Found::Doubted(when, issue) => self.doubted.push((when, issue)),
            Found::Out => {}
        }
    }

    fn pick(self, measure: &'p MeasureFacts, count: usize) -> Picked<'p> {
        pick_of(measure, self, count)
    }
}

fn pick_of<'p>(measure: &'p MeasureFacts, judged: Judged<'p>, count: usize) -> Picked<'p> {
    let Judged { main, beside, halves, mut doubted } = judged;
    let rows = if measure.is_panel() {
        let (rows, more) = pressure::pair(main, halves);
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
        && let Some(about) = beside.first().and_then(Row::about)
    {
        let message = "the rest of the panel came without the value that counts; it is not reported";
        let hint = "a calculated LDL is missing where triglycerides are high; order a direct one";
        issues.push(about.warn("measure-beside-only", message, hint));
    }
    let beside = panel::accompany(measure, &rows, beside);
    issues.extend(rows.iter().chain(&beside).flat_map(|row| &row.parts).flat_map(Candidate::remarks));
    Picked { rows, beside, issues }
}
