//! Halves of a panel put together: a blood pressure is systolic and diastolic of one measurement.
//!
//! Halves belong together that stood in one value (`120/80`) or record, then by what names both (order and part, FHIR id) at one time,
//! else by order and time, else by sender and time of day, those of one position (sitting, standing, lying) first. Only halves that
//! nothing else fits are put together; nothing is guessed, and half a blood pressure is none.
//!
//! A half that cannot be reported takes part all the same: what is deleted, not final or refused has measured with its own other half,
//! which belongs to nothing else. Where only the time of day is left, what was taken back gives way to what was entered in its place. What is
//! not known to be stated later than that may be left of another measurement.

use super::candidate::{Candidate, order, part, sender};
use super::choose::Row;
use super::entry::{FHIR, SYSTOLIC};
use super::join::{is_withdrawn, standing};
use crate::entries::Reading;
use crate::plan::moment::is_older;
use crate::zone::When;
use access_contract::Issue;
use access_mappings::{MeasureCode, MeasureFacts};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// A half, and what says which other one belongs to it.
#[derive(Debug, Clone)]
pub(super) struct Half<'p> {
    is_systolic: bool,
    when: When,
    sender: String,
    /// The value or record it stood in, with its feed and sender.
    place: String,
    /// Order and part, or FHIR id. Empty without them: without an order, a part alone names nothing.
    name: String,
    order: String,
    part: String,
    /// Which of the codes of its part it is: those of one place belong to one position of the body. The first says none.
    position: usize,
    /// The record of FHIR that it is a component of, or empty.
    record: String,
    /// Whether it was taken back: then nothing says that it was measured.
    is_withdrawn: bool,
    /// `sent_at` of the feed that stated it last.
    stated: String,
    /// None where it cannot be reported.
    usable: Option<Candidate<'p>>,
}

impl<'p> Half<'p> {
    /// A half that cannot be reported.
    pub(super) fn of(key: &str, measure: &MeasureFacts, code: &MeasureCode, reading: &Reading, when: When) -> Self {
        let path = reading.from.path.as_str();
        let whole = path.rsplit_once(".component[").map(|(record, _)| record);
        let sender = sender(key);
        let identifier = reading.identifier.as_str();
        let is_component = sender == FHIR && whole.is_some();
        Self {
            is_systolic: code.part == SYSTOLIC,
            when,
            sender: sender.to_owned(),
            place: format!("{sender}|{identifier}|{}|{}", reading.from.feed, whole.unwrap_or(path)),
            name: if identifier.starts_with('/') { String::new() } else { identifier.to_owned() },
            order: order(key, reading).to_owned(),
            part: part(key, reading).to_owned(),
            position: place_of(measure, code),
            record: if is_component { identifier.to_owned() } else { String::new() },
            is_withdrawn: is_withdrawn(standing(reading)),
            stated: reading.stated.clone(),
            usable: None,
        }
    }

    fn usable(candidate: Candidate<'p>) -> Self {
        let key = candidate.keys.first().map_or("", String::as_str);
        let half = Self::of(key, candidate.measure, candidate.code, &candidate.reading, candidate.when);
        Self { usable: Some(candidate), ..half }
    }

    fn has_time(&self) -> bool {
        self.when.is_timed || self.when.clock.is_some()
    }
}

/// What halves must have in common: a name, the time, the position.
type Common = (String, Option<When>, usize);

/// A way to know that halves belong together.
type Way<'p> = fn(&Half<'p>) -> Option<Common>;

/// Halves of one part; those that were put together are gone.
type Halves<'p> = Vec<Option<Half<'p>>>;

/// Orders of a day that tell their pressures apart by parts, with their senders: of these different parts are different pressures. Others
/// count their rows by them.
type Parted = BTreeSet<(String, String, Date)>;

/// Puts halves together; `others` are those that cannot be reported. What stays alone or is turned round is told, with its time.
pub(super) fn pair<'p>(
    candidates: Vec<Candidate<'p>>,
    others: Vec<Half<'p>>,
) -> (Vec<Row<'p>>, Vec<(Option<When>, Issue)>) {
    let halves = candidates.into_iter().map(Half::usable).chain(others);
    let (systolic, diastolic): (Vec<_>, Vec<_>) = halves.partition(|half| half.is_systolic);
    let whole = |halves: Vec<Half<'p>>| halves.into_iter().map(Some).collect::<Halves<'p>>();
    let (mut systolic, mut diastolic) = (whole(systolic), whole(diastolic));
    let mut pairs: Vec<[Half<'p>; 2]> = Vec::new();
    let said: [Way<'p>; 3] = [
        |half| Some((half.place.clone(), Some(half.when), 0)),
        |half| Some((named(half, &half.name)?, Some(half.when), half.position)),
        |half| Some((named(half, &half.name)?, Some(half.when), 0)),
    ];
    for way in said {
        put_together(&mut systolic, &mut diastolic, way, |one, other| fits(&Parted::new(), one, other), &mut pairs);
    }
    let parted: Parted =
        pairs.iter().filter(|[one, other]| one.part == other.part).filter_map(|[one, _]| apart(one)).collect();
    let (mut rows, mut alone) = settled(std::mem::take(&mut pairs));
    let (mut systolic, mut diastolic) = (unrepeated(&mut rows, systolic), unrepeated(&mut rows, diastolic));
    // One that says only the day may be of any time of it.
    let of_day: Way<'p> = |half| Some((format!("{}|{}", half.when.day, named(half, &half.name)?), None, 0));
    let is_silent = |one: &Half<'p>, other: &Half<'p>| one.has_time() != other.has_time() && fits(&parted, one, other);
    put_together(&mut systolic, &mut diastolic, of_day, is_silent, &mut pairs);
    let of_order: [Way<'p>; 2] = [
        |half| Some((named(half, &half.order)?, Some(half.when), half.position)),
        |half| Some((named(half, &half.order)?, Some(half.when), 0)),
    ];
    let of_time: [Way<'p>; 2] = [
        |half| half.has_time().then(|| (half.sender.clone(), Some(half.when), half.position)),
        |half| half.has_time().then(|| (half.sender.clone(), Some(half.when), 0)),
    ];
    for way in of_order {
        put_together(&mut systolic, &mut diastolic, way, |one, other| fits(&parted, one, other), &mut pairs);
    }
    for way in of_time {
        put_together(&mut systolic, &mut diastolic, way, |one, other| fits(&parted, one, other), &mut pairs);
        // What was entered again in place of what was taken back has a name of its own, and nothing else in common but the time.
        let standing = |half: &Half<'p>| way(half).filter(|_| !half.is_withdrawn);
        let (high, low) = (withdrawn(&systolic, way), withdrawn(&diastolic, way));
        let replaces = |half: &Half<'p>, gone: &BTreeMap<Common, Vec<String>>| {
            // A time that is not known is not later.
            let is_since = |gone: &Vec<String>| gone.iter().all(|gone| is_older(gone, &half.stated));
            way(half).and_then(|common| gone.get(&common)).is_some_and(is_since)
        };
        let is_again = |one: &Half<'p>, other: &Half<'p>| {
            fits(&parted, one, other) && (replaces(one, &high) || replaces(other, &low))
        };
        put_together(&mut systolic, &mut diastolic, standing, is_again, &mut pairs);
    }
    let (more, left) = settled(pairs);
    rows.extend(more);
    alone.extend(left.into_iter().chain(systolic.into_iter().chain(diastolic).flatten().map(Some)));
    let alone = unrepeated(&mut rows, alone);
    let mut doubted = Vec::new();
    rows.retain(|row: &Row<'p>| {
        let turned = matches!(row.parts.as_slice(), [one, other] if other.number.value >= one.number.value);
        if let Some(about) = row.about().filter(|_| turned) {
            let hint = "correct the result at its source";
            let message = "the diastolic value is not below the systolic one; it is not reported";
            doubted.push((Some(row.when), about.warn("measure-swapped", message, hint)));
        }
        !turned
    });
    for half in alone.iter().flatten().filter_map(|half| half.usable.as_ref()) {
        let hint = "send both values under one order and part, or at the same time";
        let message = "it is half a blood pressure: no other value that can be reported certainly belongs to it; it is not reported";
        doubted.push((Some(half.when), half.about().warn("measure-half", message, hint)));
    }
    (rows, doubted)
}

/// A name of a half with its sender.
fn named(half: &Half<'_>, name: &str) -> Option<String> {
    (!name.is_empty()).then(|| format!("{}|{name}", half.sender))
}

/// What tells the order of a half from others, if it has a part.
fn apart(half: &Half<'_>) -> Option<(String, String, Date)> {
    (!half.part.is_empty()).then(|| (half.sender.clone(), half.order.clone(), half.when.day))
}

/// Whether nothing says that two halves are of different measurements.
fn fits(parted: &Parted, one: &Half<'_>, other: &Half<'_>) -> bool {
    let agree = |one: &str, other: &str| one.is_empty() || other.is_empty() || one == other;
    let are_parted = [one, other].into_iter().filter_map(apart).any(|order| parted.contains(&order));
    let is_position = one.position == 0 || other.position == 0 || one.position == other.position;
    is_position && agree(&one.record, &other.record) && (!are_parted || agree(&one.part, &other.part))
}

/// When halves were taken back, of all that have this in common.
fn withdrawn<'p>(halves: &Halves<'p>, common: Way<'p>) -> BTreeMap<Common, Vec<String>> {
    let mut times: BTreeMap<Common, Vec<String>> = BTreeMap::new();
    for half in halves.iter().flatten().filter(|half| half.is_withdrawn) {
        if let Some(common) = common(half) {
            times.entry(common).or_default().push(half.stated.clone());
        }
    }
    times
}

/// The rows of those pairs that can be reported, and what is left of the others.
fn settled<'p>(pairs: Vec<[Half<'p>; 2]>) -> (Vec<Row<'p>>, Halves<'p>) {
    let (mut rows, mut alone) = (Vec::new(), Vec::new());
    for [one, other] in pairs {
        match (one.usable, other.usable) {
            (Some(one), Some(other)) => rows.push(Row { when: one.when, parts: vec![one, other] }),
            (Some(half), None) | (None, Some(half)) => alone.push(Some(Half::usable(half))),
            (None, None) => {}
        }
    }
    (rows, alone)
}

/// Each half once: the same value of the same sender, time and code is one, however often it is told. One that tells again what stands in a
/// row goes into that.
fn unrepeated<'p>(rows: &mut [Row<'p>], halves: Halves<'p>) -> Halves<'p> {
    let mut whole: BTreeMap<(String, When, usize), Vec<&mut Candidate<'p>>> = BTreeMap::new();
    for part in rows.iter_mut().flat_map(|row| &mut row.parts) {
        whole.entry((part.sender().to_owned(), part.when, part.rank)).or_default().push(part);
    }
    let mut kept: Vec<Half<'p>> = Vec::new();
    let mut places: BTreeMap<(String, When, usize), Vec<usize>> = BTreeMap::new();
    for half in halves.into_iter().flatten() {
        let Some(candidate) = &half.usable else {
            kept.push(half);
            continue;
        };
        let name = (candidate.sender().to_owned(), candidate.when, candidate.rank);
        if let Some(known) =
            whole.get_mut(&name).and_then(|known| known.iter_mut().find(|known| known.equals(candidate)))
        {
            known.keys.extend(candidate.keys.iter().cloned());
            continue;
        }
        let known = places.entry(name).or_default();
        let is_same = |known: &Half<'p>| known.usable.as_ref().is_some_and(|known| known.equals(candidate));
        let same = known.iter().copied().find(|place| kept.get(*place).is_some_and(is_same));
        match same.and_then(|place| kept.get_mut(place)?.usable.as_mut()) {
            Some(known) => known.keys.extend(candidate.keys.iter().cloned()),
            None => {
                known.push(kept.len());
                kept.push(half);
            }
        }
    }
    kept.into_iter().map(Some).collect()
}

/// Which of the codes of its part it is: those of one place belong to one position of the body.
pub(super) fn position(half: &Candidate<'_>) -> usize {
    place_of(half.measure, half.code)
}

fn place_of(measure: &MeasureFacts, code: &MeasureCode) -> usize {
    let own = measure.accepts.iter().filter(|other| other.part == code.part);
    own.take_while(|other| other.loinc != code.loinc).count()
}

/// Puts together what has this in common with exactly one other, if both fit.
fn put_together<'p>(
    systolic: &mut Halves<'p>,
    diastolic: &mut Halves<'p>,
    common: impl Fn(&Half<'p>) -> Option<Common>,
    fits: impl Fn(&Half<'p>, &Half<'p>) -> bool,
    pairs: &mut Vec<[Half<'p>; 2]>,
) {
    let mut groups: BTreeMap<Common, [Vec<usize>; 2]> = BTreeMap::new();
    for (side, halves) in [&*systolic, &*diastolic].into_iter().enumerate() {
        for (place, half) in halves.iter().enumerate() {
            let key = half.as_ref().and_then(&common);
            if let Some(places) = key.and_then(|key| groups.entry(key).or_default().get_mut(side)) {
                places.push(place);
            }
        }
    }
    for [first, second] in groups.into_values() {
        let ([first], [second]) = (first.as_slice(), second.as_slice()) else { continue };
        let (Some(one), Some(other)) = (systolic.get_mut(*first), diastolic.get_mut(*second)) else { continue };
        if let (Some(first), Some(second)) = (&*one, &*other)
            && !fits(first, second)
        {
            continue;
        }
        pairs.extend(one.take().zip(other.take()).map(|(one, other)| [one, other]));
    }
}
