//! The diagnoses of a chart, by visit and in the order of the senders' clocks.
//!
//! A set of diagnoses is a snapshot of the visit it was stated in and replaces that visit's earlier set: a visit for a
//! sprain does not end a diabetes that another visit stated. A set without a visit number speaks of the person and replaces
//! all of them. Single changes (action codes) touch single codes; a withdrawn code goes in every visit that did not state it
//! since. Where each diagnosis is a record of its own (FHIR Condition), a record replaces what it said itself before: one record
//! that was entered in error does not take back what another one says.

use super::apply::{MAX_DIAGNOSES, Times, takes};
use super::moment::{is_older, succeeds};
use crate::chart::{Chart, field};
use crate::facts::{Certainty, Diagnosis, Facts};
use std::cmp::Ordering;
use std::collections::BTreeSet;

const PERSON: &str = "diagnoses";

/// Whether the field was stated after `at`.
fn is_newer(times: &Times, field: &str, at: &str) -> bool {
    times.get(field).is_some_and(|known| is_older(at, known))
}

/// Takes the stated diagnoses. False where some had no room.
pub(super) fn take(chart: &mut Chart, stated: &[Diagnosis], facts: &Facts) -> bool {
    let mut rows = rows(chart);
    let (records, set): (Vec<&Diagnosis>, Vec<&Diagnosis>) =
        in_order(stated).into_iter().partition(|row| !row.statement.is_empty());
    if facts.diagnoses_are_changes {
        change(&mut rows, &mut chart.stated, &set, facts);
    } else {
        replace(&mut rows, &mut chart.stated, &set, facts);
    }
    for row in records {
        record(&mut rows, &mut chart.stated, row, facts.time_of(&field::diagnosis(row)));
    }
    arrange(chart, rows)
}

/// Whether a visit's diagnoses were stated after `at`.
pub(super) fn is_restated(chart: &Chart, visit: &str, at: &str) -> bool {
    is_newer(&chart.stated, PERSON, at) || is_newer(&chart.stated, &field::visit(visit), at)
}

/// Removes what a cancelled visit stated, and keeps late feeds of the visit from stating it again.
pub(super) fn void(chart: &mut Chart, visit: &str, at: &str) {
    if is_newer(&chart.stated, PERSON, at) || !takes(&mut chart.stated, &field::visit(visit), at) {
        return;
    }
    let mut rows = rows(chart);
    rows.retain(|row| row.visit.as_deref() != Some(visit) || is_newer(&chart.stated, &field::diagnosis(row), at));
    arrange(chart, rows);
}

/// Adds the diagnoses of a chart that is joined into this one.
pub(super) fn join(chart: &mut Chart, other: &Chart) -> bool {
    // Where both know of a visit, the newer set stands for it.
    let stands = |row: &Diagnosis, own: &Chart, other: &Chart| {
        let field = row.visit.as_deref().filter(|_| row.statement.is_empty()).map(field::visit);
        let at = |chart: &Chart| field.as_ref().and_then(|field| chart.stated.get(field)).cloned();
        match (at(own), at(other)) {
            (Some(own), Some(other)) => !is_older(&own, &other),
            _ => true,
        }
    };
    let mut all: Vec<Diagnosis> = rows(chart).into_iter().filter(|row| stands(row, chart, other)).collect();
    all.extend(rows(other).into_iter().filter(|row| stands(row, other, chart)));
    arrange(chart, all)
}

fn replace(rows: &mut Vec<Diagnosis>, times: &mut Times, stated: &[&Diagnosis], facts: &Facts) {
    let at = facts.sent_at.as_str();
    let newer = |times: &Times, field: &str| is_newer(times, field, at);
    if newer(times, PERSON) {
        return;
    }
    let mut late: BTreeSet<&str> = BTreeSet::new();
    if facts.visit.is_some() {
        let visits = facts.visit.iter().chain(stated.iter().filter_map(|row| row.visit.as_ref()));
        for visit in visits.map(String::as_str).collect::<BTreeSet<_>>() {
            if takes(times, &field::visit(visit), at) {
                rows.retain(|row| row.visit.as_deref() != Some(visit) || stays(times, row, at));
            } else {
                late.insert(visit);
            }
        }
    } else {
        takes(times, PERSON, at);
        // Times of parts say nothing more once they are older than the whole.
        times.retain(|field, known| !is_of_set(field) || at.is_empty() || is_older(at, known));
        rows.retain(|row| {
            let by_visit = row.visit.as_deref().is_some_and(|visit| newer(times, &field::visit(visit)));
            by_visit || stays(times, row, at)
        });
    }
    for row in stated {
        let code = field::code(&row.code);
        let visit = row.visit.as_deref().or(facts.visit.as_deref());
        if newer(times, &code) || visit.is_some_and(|visit| late.contains(visit)) {
            continue;
        }
        if row.certainty == Certainty::Withdrawn {
            // It goes in every visit, so late feeds of other visits must not bring it back.
            takes(times, &code, at);
        }
        put(rows, times, row, facts, at);
    }
}

/// Whether a row is left alone by a set: it is a record of its own, or it was stated since.
fn stays(times: &Times, row: &Diagnosis, at: &str) -> bool {
    !row.statement.is_empty() || is_newer(times, &field::diagnosis(row), at)
}

fn change(rows: &mut Vec<Diagnosis>, times: &mut Times, stated: &[&Diagnosis], facts: &Facts) {
    let mut governing = vec![PERSON.to_owned()];
    governing.extend(facts.visit.as_deref().map(field::visit));
    for row in stated {
        let is_known = |known: &Diagnosis| known.code == row.code && known.statement.is_empty();
        let field = field::code(&row.code);
        let is_unchanged = facts.records.unchanged_diagnoses.contains(&row.code);
        if is_unchanged && (rows.iter().any(is_known) || times.contains_key(&field)) {
            continue;
        }
        let at = facts.time_of(&field);
        if governing.iter().any(|field| is_newer(times, field, at)) {
            continue;
        }
        release(rows, times, row, at);
        // What was not changed is no statement of its own: whatever else states the code counts, also from before.
        if !row.code.is_empty() && (is_unchanged || takes(times, &field, at)) {
            put(rows, times, row, facts, at);
        }
    }
}

/// Takes out what the row of the same id said before with another code. Late feeds must not bring that code back.
fn release(rows: &mut Vec<Diagnosis>, times: &mut Times, stated: &Diagnosis, at: &str) {
    if stated.instance.is_empty() {
        return;
    }
    let mut gone = Vec::new();
    rows.retain(|row| {
        let same = row.instance == stated.instance && row.code != stated.code && row.statement.is_empty();
        let since = || {
            let visit = row.visit.as_deref().is_some_and(|visit| is_newer(times, &field::visit(visit), at));
            visit || is_newer(times, &field::code(&row.code), at)
        };
        let goes = same && !since();
        if goes {
            gone.push(field::code(&row.code));
        }
        !goes
    });
    for code in gone {
        takes(times, &code, at);
    }
}

/// What a record says now stands for what it said before.
fn record(rows: &mut Vec<Diagnosis>, times: &mut Times, stated: &Diagnosis, at: &str) {
    if !takes(times, &field::diagnosis(stated), at) {
        return;
    }
    rows.retain(|row| row.statement != stated.statement);
    let void = stated.visit.as_deref().is_some_and(|visit| is_newer(times, &field::visit(visit), at));
    if stated.certainty != Certainty::Withdrawn && !void {
        rows.push(stated.clone());
    }
}

/// Writes a visit's new number into what it stated, unless the old number was used since.
pub(super) fn rename(chart: &mut Chart, from: &str, to: &str, at: &str) {
    if from == to || is_newer(&chart.stated, &field::visit(from), at) {
        return;
    }
    if let Some(stated) = chart.stated.remove(&field::visit(from)) {
        let known = chart.stated.entry(field::visit(to)).or_default();
        if succeeds(&stated, known) {
            *known = stated;
        }
    }
    let mut rows = rows(chart);
    for row in rows.iter_mut().filter(|row| row.visit.as_deref() == Some(from)) {
        row.visit = Some(to.to_owned());
    }
    arrange(chart, rows);
}

/// The rows of one feed so that the last of one code counts: withdrawn, then provisional, then confirmed, the first in rank
/// at the end.
fn in_order(stated: &[Diagnosis]) -> Vec<&Diagnosis> {
    let mut rows: Vec<&Diagnosis> = stated.iter().collect();
    rows.sort_by_key(|row| {
        let sureness = match row.certainty {
            Certainty::Withdrawn => 0,
            Certainty::Provisional => 1,
            Certainty::Confirmed => 2,
        };
        (sureness, std::cmp::Reverse(row.rank))
    });
    rows
}

fn put(rows: &mut Vec<Diagnosis>, times: &Times, stated: &Diagnosis, facts: &Facts, at: &str) {
    if stated.certainty == Certainty::Withdrawn {
        rows.retain(|row| {
            let since = row.visit.as_deref().is_some_and(|visit| is_newer(times, &field::visit(visit), at));
            row.code != stated.code || since || !row.statement.is_empty()
        });
        return;
    }
    let mut row = stated.clone();
    row.visit = row.visit.or_else(|| facts.visit.clone());
    let same =
        |known: &&mut Diagnosis| known.code == row.code && known.visit == row.visit && known.statement.is_empty();
    match rows.iter_mut().find(same) {
        Some(known) => *known = row,
        None => rows.push(row),
    }
}

/// Whether a time belongs to a visit or a code and not to a whole field.
pub(super) fn is_part(name: &str) -> bool {
    is_of_set(name) || name.starts_with(field::PROBLEM)
}

fn is_of_set(name: &str) -> bool {
    name.starts_with(field::VISIT) || name.starts_with(field::CODE)
}

fn rows(chart: &Chart) -> Vec<Diagnosis> {
    chart.diagnoses.iter().chain(&chart.further_diagnoses).cloned().collect()
}

/// Puts each code's surest row into `diagnoses`, by rank, and the others aside. False where some had no room.
fn arrange(chart: &mut Chart, mut rows: Vec<Diagnosis>) -> bool {
    rows.retain(|row| row.certainty != Certainty::Withdrawn);
    rows.sort_by(order);
    let mut known = BTreeSet::new();
    rows.retain(|row| known.insert((row.code.clone(), row.visit.clone(), row.statement.clone())));
    let room = rows.len() <= MAX_DIAGNOSES;
    rows.truncate(MAX_DIAGNOSES);
    let mut seen = BTreeSet::new();
    (chart.diagnoses, chart.further_diagnoses) = rows.into_iter().partition(|row| seen.insert(row.code.clone()));
    room
}

fn order(one: &Diagnosis, other: &Diagnosis) -> Ordering {
    let key = |row: &Diagnosis| (row.certainty != Certainty::Confirmed, row.rank);
    key(one)
        .cmp(&key(other))
        .then_with(|| one.code.cmp(&other.code))
        .then_with(|| (&one.visit, &one.statement).cmp(&(&other.visit, &other.statement)))
}
