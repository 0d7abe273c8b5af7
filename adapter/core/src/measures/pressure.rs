//! Halves of a panel put together: a blood pressure is systolic and diastolic of one measurement.
//!
//! Halves belong together that stood in one value (`120/80`), then by what names both (order and part, FHIR id), else by order and time,
//! else by sender and time, those of one position (sitting, standing, lying) first. Only halves that nothing else fits are put together;
//! nothing is guessed, and half a blood pressure is none.

use super::candidate::Candidate;
use super::choose::Row;
use super::entry::{DIASTOLIC, SYSTOLIC};
use crate::zone::When;
use access_contract::Issue;
use std::collections::BTreeMap;

/// The parts of a panel, in the order they are reported in.
const PARTS: [&str; 2] = [SYSTOLIC, DIASTOLIC];

/// What halves must have in common.
type Common = (String, Option<When>, usize);

/// Halves of one part; those that were put together are gone.
type Halves<'p> = Vec<Option<Candidate<'p>>>;

/// Puts halves together. What stays alone or is turned round is told, with its time.
pub(super) fn pair<'p>(candidates: Vec<Candidate<'p>>) -> (Vec<Row<'p>>, Vec<(Option<When>, Issue)>) {
    let [first, _] = PARTS;
    let (systolic, diastolic): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|one| one.code.part == first);
    let whole = |halves: Vec<Candidate<'p>>| halves.into_iter().map(Some).collect::<Halves<'p>>();
    let (mut systolic, mut diastolic) = (whole(systolic), whole(diastolic));
    let (mut rows, mut doubted) = (Vec::new(), Vec::new());
    put_together(&mut systolic, &mut diastolic, |half| Some((placed(half), Some(half.when), 0)), &mut rows);
    let (mut systolic, mut diastolic) = (unrepeated(&mut rows, systolic), unrepeated(&mut rows, diastolic));
    let ways: [fn(&Candidate<'p>) -> Option<Common>; 6] = [
        |half| Some((named(half)?, Some(half.when), position(half))),
        |half| Some((named(half)?, Some(half.when), 0)),
        |half| Some((format!("{}|{}", half.when.day, named(half)?), None, 0)),
        |half| Some((ordered(half)?, Some(half.when), position(half))),
        |half| Some((half.sender().to_owned(), Some(half.when), position(half))),
        |half| Some((half.sender().to_owned(), Some(half.when), 0)),
    ];
    for way in ways {
        put_together(&mut systolic, &mut diastolic, way, &mut rows);
    }
    rows.retain(|row: &Row<'p>| {
        let turned = matches!(row.parts.as_slice(), [one, other] if other.number.value >= one.number.value);
        if let Some(about) = row.about().filter(|_| turned) {
            let hint = "correct the result at its source";
            let message = "the diastolic value is not below the systolic one; it is not reported";
            doubted.push((Some(row.when), about.warn("measure-swapped", message, hint)));
        }
        !turned
    });
    for half in systolic.iter().chain(&diastolic).flatten() {
        let hint = "send both values under one order and part, or at the same time";
        let message = "it is half a blood pressure: nothing tells which other value belongs to it; it is not reported";
        doubted.push((Some(half.when), half.about().warn("measure-half", message, hint)));
    }
    (rows, doubted)
}

/// Each half once: the same value of the same sender, time and code is one, however often it is told. One that tells again what stands in a
/// row goes into that.
fn unrepeated<'p>(rows: &mut [Row<'p>], halves: Halves<'p>) -> Halves<'p> {
    let mut whole: BTreeMap<(String, When, usize), Vec<&mut Candidate<'p>>> = BTreeMap::new();
    for part in rows.iter_mut().flat_map(|row| &mut row.parts) {
        whole.entry((part.sender().to_owned(), part.when, part.rank)).or_default().push(part);
    }
    let mut kept: Vec<Candidate<'p>> = Vec::new();
    let mut places: BTreeMap<(String, When, usize), Vec<usize>> = BTreeMap::new();
    for half in halves.into_iter().flatten() {
        let name = (half.sender().to_owned(), half.when, half.rank);
        if let Some(known) = whole.get_mut(&name).and_then(|known| known.iter_mut().find(|known| known.equals(&half))) {
            known.keys.extend(half.keys);
            continue;
        }
        let known = places.entry(name).or_default();
        let same = known.iter().copied().find(|place| kept.get(*place).is_some_and(|known| known.equals(&half)));
        match same.and_then(|place| kept.get_mut(place)) {
            Some(known) => known.keys.extend(half.keys),
            None => {
                known.push(kept.len());
                kept.push(half);
            }
        }
    }
    kept.into_iter().map(Some).collect()
}

/// Where a half stood, with its sender: the halves of one value stood in one place.
fn placed(half: &Candidate<'_>) -> String {
    format!("{}|{}|{}", half.sender(), half.reading.from.feed, half.reading.from.path)
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
pub(super) fn position(half: &Candidate<'_>) -> usize {
    let own = half.measure.accepts.iter().filter(|code| code.part == half.code.part);
    own.take_while(|code| code.loinc != half.code.loinc).count()
}

/// Puts together what has this in common with exactly one other.
fn put_together<'p>(
    systolic: &mut Halves<'p>,
    diastolic: &mut Halves<'p>,
    common: fn(&Candidate<'p>) -> Option<Common>,
    rows: &mut Vec<Row<'p>>,
) {
    let mut groups: BTreeMap<Common, [Vec<usize>; 2]> = BTreeMap::new();
    for (side, halves) in [&*systolic, &*diastolic].into_iter().enumerate() {
        for (place, half) in halves.iter().enumerate() {
            let key = half.as_ref().and_then(common);
            if let Some(places) = key.and_then(|key| groups.entry(key).or_default().get_mut(side)) {
                places.push(place);
            }
        }
    }
    for [first, second] in groups.into_values() {
        let ([first], [second]) = (first.as_slice(), second.as_slice()) else { continue };
        let halves =
            systolic.get_mut(*first).and_then(Option::take).zip(diastolic.get_mut(*second).and_then(Option::take));
        if let Some((one, other)) = halves {
            rows.push(Row { when: one.when, parts: vec![one, other] });
        }
    }
}
