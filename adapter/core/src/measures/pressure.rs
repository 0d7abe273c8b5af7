//! Halves of a panel put together: a blood pressure is systolic and diastolic of one measurement.
//!
//! Halves belong together by what names both (order and part, FHIR id), else by order and time, else by sender and time, those of one
//! position (sitting, standing, lying) first. Only halves that nothing else fits are put together; nothing is guessed, and half a blood
//! pressure is none.

use super::candidate::Candidate;
use super::choose::Row;
use crate::zone::When;
use access_contract::Issue;
use std::collections::BTreeMap;

/// The parts of a panel, in the order they are reported in.
const PARTS: [&str; 2] = ["systolic", "diastolic"];

/// What halves must have in common.
type Common = (String, String, Option<When>, usize);

/// Puts halves together. What stays alone or is turned round is told, with its time.
pub(super) fn pair<'p>(candidates: &[Candidate<'p>]) -> (Vec<Row<'p>>, Vec<(Option<When>, Issue)>) {
    let mut halves = PARTS.map(|part| unrepeated(candidates.iter().filter(|one| one.code.part == part)));
    let (mut rows, mut doubted) = (Vec::new(), Vec::new());
    let ways: [fn(&Candidate<'p>) -> Option<Common>; 6] = [
        |half| Some((named(half)?, String::new(), Some(half.when), position(half))),
        |half| Some((named(half)?, String::new(), Some(half.when), 0)),
        |half| Some((named(half)?, half.when.day.to_string(), None, 0)),
        |half| Some((ordered(half)?, "order".to_owned(), Some(half.when), position(half))),
        |half| Some((half.sender().to_owned(), "time".to_owned(), Some(half.when), position(half))),
        |half| Some((half.sender().to_owned(), "time".to_owned(), Some(half.when), 0)),
    ];
    for way in ways {
        let [systolic, diastolic] = &mut halves;
        put_together(systolic, diastolic, way, &mut rows);
    }
    rows.retain(|row: &Row<'p>| {
        let turned =
            matches!(row.parts.as_slice(), [systolic, diastolic] if diastolic.number.value > systolic.number.value);
        if let Some(about) = row.about().filter(|_| turned) {
            let hint = "correct the result at its source";
            let message = "the diastolic value is above the systolic one; it is not reported";
            doubted.push((Some(row.when), about.warn("measure-swapped", message, hint)));
        }
        !turned
    });
    for half in halves.iter().flatten() {
        let hint = "send both values under one order and part, or at the same time";
        let message = "it is half a blood pressure: nothing tells which other value belongs to it; it is not reported";
        doubted.push((Some(half.when), half.about().warn("measure-half", message, hint)));
    }
    (rows, doubted)
}

/// Each half once: the same value of the same sender, time and code is one, however often it is told.
fn unrepeated<'a, 'p: 'a>(halves: impl Iterator<Item = &'a Candidate<'p>>) -> Vec<Candidate<'p>> {
    let mut kept: Vec<Candidate<'p>> = Vec::new();
    let mut places: BTreeMap<(String, When, String), Vec<usize>> = BTreeMap::new();
    for half in halves {
        let known = places.entry((half.sender().to_owned(), half.when, half.code.loinc.clone())).or_default();
        let same = known.iter().copied().find(|place| kept.get(*place).is_some_and(|known| known.equals(half)));
        match same.and_then(|place| kept.get_mut(place)) {
            Some(known) => known.keys.extend(half.keys.iter().cloned()),
            None => {
                known.push(kept.len());
                kept.push(half.clone());
            }
        }
    }
    kept
}

/// What names a half, with its sender. Without an order, a part alone names nothing.
fn named(half: &Candidate<'_>) -> Option<String> {
    let name = half.reading.identifier.as_str();
    (!name.is_empty() && !name.starts_with('/')).then(|| format!("{}|{name}", half.sender()))
}

fn ordered(half: &Candidate<'_>) -> Option<String> {
    let order = half.order();
    (!order.is_empty()).then(|| format!("{}|{order}", half.sender()))
}

/// Which of the codes of its part it is: those of one place belong to one position of the body.
fn position(half: &Candidate<'_>) -> usize {
    let own = half.measure.accepts.iter().filter(|code| code.part == half.code.part);
    own.take_while(|code| code.loinc != half.code.loinc).count()
}

/// Puts together what has this in common with exactly one other.
fn put_together<'p>(
    systolic: &mut Vec<Candidate<'p>>,
    diastolic: &mut Vec<Candidate<'p>>,
    common: fn(&Candidate<'p>) -> Option<Common>,
    rows: &mut Vec<Row<'p>>,
) {
    let mut groups: BTreeMap<Common, [Vec<usize>; 2]> = BTreeMap::new();
    for (side, halves) in [&*systolic, &*diastolic].into_iter().enumerate() {
        for (place, half) in halves.iter().enumerate() {
            if let Some(places) = common(half).and_then(|key| groups.entry(key).or_default().get_mut(side)) {
                places.push(place);
            }
        }
    }
    let mut gone: [Vec<usize>; 2] = Default::default();
    for places in groups.into_values() {
        let [first, second] = &places;
        if let ([first], [second]) = (first.as_slice(), second.as_slice())
            && let (Some(one), Some(other)) = (systolic.get(*first), diastolic.get(*second))
        {
            rows.push(Row { when: one.when, parts: vec![one.clone(), other.clone()] });
            let [firsts, seconds] = &mut gone;
            firsts.push(*first);
            seconds.push(*second);
        }
    }
    for (halves, gone) in [systolic, diastolic].into_iter().zip(gone) {
        let mut place = 0;
        halves.retain(|_| {
            place += 1;
            !gone.contains(&(place - 1))
        });
    }
}
