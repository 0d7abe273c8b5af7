//! Which rows are one response.

use super::super::context::Context;
use super::{Line, Order, Time};
use crate::questionnaires::{Found, Known, Mark, Place, Token};
use access_contract::{Issue, Severity};
use access_mappings::InstrumentFacts;
use std::collections::BTreeMap;

/// The rows of one response.
pub(super) struct Bucket<'p> {
    pub(super) instrument: &'p InstrumentFacts,
    pub(super) number: String,
    /// `OBR-7` of its order.
    pub(super) at: Time,
    /// Whether the order names something else: another instrument, or what is not known.
    pub(super) guessed: bool,
    /// Whether that is another instrument.
    pub(super) misplaced: bool,
    pub(super) lines: Vec<Line>,
}

/// Shares the rows of an order out among the instruments they belong to: first that which the order names.
pub(super) fn gather<'p>(
    context: &Context<'_>,
    known: Known<'p>,
    order: &Order<'p>,
    mut lines: Vec<Line>,
    buckets: &mut Vec<Bucket<'p>>,
) {
    if let Some(panel) = order.panel {
        let is_own = |line: &Line| {
            let tokens = line.tokens();
            known.has(panel, &tokens) || (line.may_extend() && known.may_extend(panel, &tokens))
        };
        let own = lines.extract_if(.., |line| is_own(line)).collect();
        put(known, order, panel, own, buckets);
        let strays: Vec<Line> = lines.extract_if(.., |line| !known.knows(&line.tokens())).collect();
        tell_stray(context, known, panel, &strays);
    }
    while !lines.is_empty() {
        let tokens: Vec<Vec<Token<'_>>> = lines.iter().map(Line::tokens).collect();
        let must = tokens.first().map(Vec::as_slice);
        let Found::One(instrument) = known.by_items(must, &tokens) else {
            drop_ambiguous(context, known, &mut lines);
            continue;
        };
        let own = lines.extract_if(.., |line| known.has(instrument, &line.tokens())).collect();
        put(known, order, instrument, own, buckets);
    }
}

/// Adds rows of one order to those of the response that they belong to.
fn put<'p>(
    known: Known<'p>,
    order: &Order<'p>,
    instrument: &'p InstrumentFacts,
    own: Vec<Line>,
    buckets: &mut Vec<Bucket<'p>>,
) {
    if own.is_empty() {
        return;
    }
    let guessed = order.names_other(known, instrument);
    let misplaced = guessed && order.panel.is_some();
    let same = |bucket: &&mut Bucket<'_>| {
        // An order that does not say its time is the one of its number.
        let is_silent = bucket.at.is_empty() || order.at.is_empty();
        let order_agrees = bucket.at == order.at || (is_silent && !order.number.is_empty());
        bucket.instrument.code == instrument.code && bucket.number == order.number && order_agrees
    };
    match buckets.iter_mut().find(same) {
        Some(bucket) => {
            if bucket.at.is_empty() {
                bucket.at = order.at.clone();
            }
            bucket.guessed &= guessed;
            bucket.misplaced &= misplaced;
            bucket.lines.extend(own);
        }
        None => {
            let (number, at) = (order.number.clone(), order.at.clone());
            buckets.push(Bucket { instrument, number, at, guessed, misplaced, lines: own });
        }
    }
}

/// Tells once of rows that no instrument has and that may be answers; in a bank, where the question may be one that the guide does not list,
/// also of comments.
fn tell_stray(context: &Context<'_>, known: Known<'_>, panel: &InstrumentFacts, strays: &[Line]) {
    let may_answer = |line: &&Line| line.may_answer() || (line.may_state() && known.may_extend(panel, &line.tokens()));
    let Some(line) = strays.iter().find(may_answer) else { return };
    let message = format!("{}: an item that the instrument does not have was left out", panel.title);
    context.note(Issue::new(Severity::Information, "questionnaire-item-unknown", line.path.clone(), message));
}

/// Takes out the first row and all that may belong to the same questionnaires, so that each questionnaire is looked at once.
fn drop_ambiguous(context: &Context<'_>, known: Known<'_>, lines: &mut Vec<Line>) {
    let Some(first) = lines.first() else { return };
    let message = "the answer may belong to several questionnaires; it was not used";
    let hint = "name the questionnaire in OBR-4, or map the sender's codes in codes.questionnaires";
    context.warn("questionnaire-ambiguous", first.path.clone(), message, hint);
    let tokens = first.tokens();
    let instruments = known.guide().instruments.iter().filter(|one| known.has(one, &tokens));
    let instruments: Vec<&InstrumentFacts> = instruments.collect();
    let stays: Vec<bool> =
        lines.iter().map(|line| !instruments.iter().any(|one| known.has(one, &line.tokens()))).collect();
    // The first one goes whatever it is.
    let mut stays = stays.into_iter().enumerate().map(|(number, stays)| stays && number > 0);
    lines.retain(|_| stays.next().unwrap_or(true));
}

/// Splits rows by their times where an item comes with several: by their days where the order has no time, as the days alone tell them
/// apart then, else by the times themselves.
pub(super) fn by_time<'p>(known: Known<'p>, bucket: Bucket<'p>) -> Vec<Bucket<'p>> {
    if !repeats(known, &bucket) {
        return vec![bucket];
    }
    let Bucket { instrument, number, at, guessed, misplaced, lines } = bucket;
    let part = |at: Time| Bucket { instrument, number: number.clone(), at, guessed, misplaced, lines: Vec::new() };
    let mut parts: BTreeMap<String, Bucket<'p>> = BTreeMap::new();
    for line in lines {
        let day = if at.is_empty() { line.at.day().to_owned() } else { String::new() };
        parts.entry(day).or_insert_with(|| part(at.clone())).lines.push(line);
    }
    let split = |part: Bucket<'p>| if repeats(known, &part) { each_time(part) } else { vec![part] };
    parts.into_values().flat_map(split).collect()
}

/// Whether an item comes with several times.
fn repeats<'p>(known: Known<'p>, bucket: &Bucket<'p>) -> bool {
    let link =
        |line: &Line| line.tokens().iter().find_map(|token| known.place(bucket.instrument, *token)).map(Place::link);
    let mut times: BTreeMap<&str, &Time> = BTreeMap::new();
    let timed = bucket.lines.iter().filter(|line| !line.at.is_empty() && line.mark == Mark::Stated);
    timed
        .filter_map(|line| Some((link(line)?, &line.at)))
        .fold(false, |repeats, (link, at)| repeats | (*times.entry(link).or_insert(at) != at))
}

fn each_time(bucket: Bucket<'_>) -> Vec<Bucket<'_>> {
    let Bucket { instrument, number, at, guessed, misplaced, lines } = bucket;
    let part =
        |at: Time, line: Line| Bucket { instrument, number: number.clone(), at, guessed, misplaced, lines: vec![line] };
    let mut parts: Vec<Bucket<'_>> = Vec::new();
    for line in lines {
        let own = if line.at.is_empty() { at.clone() } else { line.at.clone() };
        match parts.iter_mut().find(|part| part.at == own) {
            Some(part) => part.lines.push(line),
            None => parts.push(part(own, line)),
        }
    }
    // What a day has once is told apart by the day, so that a later message about it alone meets it.
    let days: Vec<String> = parts.iter().map(|part| part.at.day().to_owned()).collect();
    for part in &mut parts {
        if days.iter().filter(|day| *day == part.at.day()).count() == 1 {
            part.at = at.clone();
        }
    }
    parts
}

/// What tells a response from others of its order: the order's time where that is of the day of the rows, else that day. Where all rows
/// are of one day it is the same whichever of them a message has.
pub(super) fn ordered(bucket: &Bucket<'_>) -> String {
    match last(bucket) {
        Some(last) if bucket.at.day() != last.day() => last.day().to_owned(),
        _ => bucket.at.moment.clone(),
    }
}

/// When it was answered: the time that all rows share, else the order's where that is of the day of the rows, else the latest of a row.
/// The order's may be that of a stay.
pub(super) fn authored(bucket: &Bucket<'_>) -> Time {
    let times = || bucket.lines.iter().map(|line| &line.at).filter(|at| !at.is_empty());
    match last(bucket) {
        Some(last) if bucket.at.day() != last.day() || times().all(|at| at == last) => last.clone(),
        _ => bucket.at.clone(),
    }
}

/// The latest time of a row.
fn last<'b>(bucket: &'b Bucket<'_>) -> Option<&'b Time> {
    bucket.lines.iter().map(|line| &line.at).filter(|at| !at.is_empty()).max_by_key(|at| at.order())
}
