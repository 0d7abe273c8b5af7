//! Problem lists: `PRB` (HL7 v2.5.1 chapter 12).
//!
//! Each row speaks of one problem, known by its instance id (`PRB-4`), and says nothing about the others. A problem list is kept
//! by clinicians over years, so what it says of a disease that is over ends what visits stated before.

use super::context::Context;
use super::dates::Moment;
use super::diagnoses::certainty::{Verdict, doubted, verdict};
use super::diagnoses::{Coded, Diagnoses, code_of};
use super::groups::Group;
use crate::facts::{Certainty, Diagnosis};
use crate::view::Segment;
use crate::view::limits::{MAX_DIAGNOSES, MAX_IDENTIFIER_BYTES};

/// What a row says about its problem.
enum State {
    /// The person has it.
    Active(Certainty),
    /// The entry was a mistake, or is no disease that goes on, and is taken out of the list.
    Deleted,
    /// The person does not have it, or no longer.
    Over,
}

/// Adds what the problem list states to the diagnoses.
pub(super) fn read(context: &Context<'_>, group: &Group<'_, '_>, found: &mut Diagnoses) {
    let alone = found.rows.is_none();
    let mut rows = found.rows.take().unwrap_or_default();
    let mut any = !alone;
    for (number, prb) in (1_u32..).zip(group.all("PRB")) {
        if rows.len() + 1 >= MAX_DIAGNOSES {
            let message = "there are too many problems; the rest was left out";
            context.warn("limit-rows", prb.path(), message, "send the current ones");
            break;
        }
        let field = prb.field(3);
        let coded = Coded { field, method: None, has_text: !field.component(2).value().is_absent() };
        let Some((code, path)) = code_of(context, &coded) else {
            let gone = ended(context, prb, number);
            any |= gone.is_some();
            rows.extend(gone);
            continue;
        };
        any = true;
        let state = judged(context, prb, &code, state(context, prb));
        if matches!(state, State::Active(Certainty::Confirmed)) {
            found.notice(context, &code, &path);
        }
        let row = Diagnosis {
            statement: statement(context, prb, &code),
            instance: String::new(),
            code,
            certainty: match state {
                State::Active(certainty) => certainty,
                State::Deleted | State::Over => Certainty::Withdrawn,
            },
            rank: number,
            recorded: recorded(context, prb),
            visit: None,
            from: context.origin(path, "problems"),
        };
        if matches!(state, State::Over) {
            // It also ends what visits said of the same disease.
            rows.push(Diagnosis { statement: String::new(), ..row.clone() });
        }
        rows.push(row);
    }
    // Without DG1 nothing is said about the set of any visit.
    found.are_changes |= alone && any;
    found.rows = any.then_some(rows);
}

/// What a row without a usable code takes back: the problem that is known under its instance id, where it says that it was deleted or
/// is over.
fn ended(context: &Context<'_>, prb: &Segment<'_>, number: u32) -> Option<Diagnosis> {
    if prb.field(4).value().is_absent() && !is_deletion(&word(prb, 1)) {
        return None;
    }
    if matches!(judged(context, prb, "", state(context, prb)), State::Active(_)) {
        return None;
    }
    let Some(statement) = instance(context, prb) else {
        let hint = "the sender must name the code in PRB-3, or the problem in PRB-4";
        let message = "a problem is deleted, and nothing says which; nothing was withdrawn";
        context.warn("diagnosis-unnamed", prb.path(), message, hint);
        return None;
    };
    let from = context.origin(prb.field(4).path(), "problems");
    Some(Diagnosis { statement, ..Diagnosis::taken_back(number, from) })
}

/// What tells the problem from others: its instance id, else its code.
fn statement(context: &Context<'_>, prb: &Segment<'_>, code: &str) -> String {
    instance(context, prb).unwrap_or_else(|| {
        let hint = "the sender should fill PRB-4, so that two problems of one code can be told apart";
        context.warn("problem-instance-missing", prb.field(4).path(), "the problem is known by its code only", hint);
        format!("problem:{code}")
    })
}

/// The instance id of a problem with its namespace, if it has one.
fn instance(context: &Context<'_>, prb: &Segment<'_>) -> Option<String> {
    let field = prb.field(4);
    let id = field.component(1).value().text().into_owned();
    if id.is_empty() || id.len() > MAX_IDENTIFIER_BYTES {
        return None;
    }
    let namespace = field.component(2).value().text().into_owned();
    let namespace = if namespace.is_empty() || namespace.len() > MAX_IDENTIFIER_BYTES {
        context.header.sending_facility.clone()
    } else {
        namespace
    };
    Some(format!("problem:{namespace}|{id}"))
}

/// What becomes of a problem that goes on by its words and its code (`PRB-3`).
fn judged(context: &Context<'_>, prb: &Segment<'_>, code: &str, state: State) -> State {
    let State::Active(certainty) = state else { return state };
    let texts = [2, 5].map(|number| prb.field(3).component(number).value());
    match verdict(context, code, &texts, prb.path()) {
        Verdict::Past | Verdict::RuledOut => State::Deleted,
        Verdict::Doubted(path) if certainty == Certainty::Confirmed => State::Active(doubted(context, path)),
        Verdict::Stated | Verdict::Doubted(_) => State::Active(certainty),
    }
}

fn state(context: &Context<'_>, prb: &Segment<'_>) -> State {
    let action = word(prb, 1);
    if is_deletion(&action) {
        return State::Deleted;
    }
    match action.as_str() {
        "AD" | "A" | "CO" | "UP" | "U" | "UC" | "LI" | "UN" | "" => {}
        _ => {
            let hint = "send an action of table 0287";
            let message = "the action is not known; the problem was read as it stands";
            context.warn("problem-action", prb.field(1).path(), message, hint);
        }
    }
    let end = resolution(context, prb);
    let life_cycle = word(prb, 14);
    if end == End::Over || OVER.contains(&life_cycle.as_str()) {
        return State::Over;
    }
    let is_known = life_cycle.is_empty() || GOING_ON.contains(&life_cycle.as_str());
    if !is_known {
        let hint = "send active, recurrence, relapse, inactive, remission or resolved";
        let message = "the life cycle is not known; the problem was kept as provisional";
        context.warn("problem-life-cycle", prb.field(14).path(), message, hint);
    }
    let confirmation = confirmation(context, prb, &word(prb, 13));
    match confirmation {
        State::Active(_) if end == End::Unreadable || !is_known => State::Active(Certainty::Provisional),
        other => other,
    }
}

/// Whether an action (table 0287) deletes.
fn is_deletion(action: &str) -> bool {
    matches!(action, "DE" | "D")
}

/// A coded field in upper case: its code, else its text.
fn word(prb: &Segment<'_>, number: usize) -> String {
    let field = prb.field(number);
    let code = field.component(1).value().text().to_uppercase();
    if code.is_empty() { field.component(2).value().text().to_uppercase() } else { code }
}

/// Words of a life cycle (`PRB-14`) that is over.
const OVER: [&str; 9] =
    ["RESOLVED", "INACTIVE", "REMISSION", "CLOSED", "ENDED", "CURED", "COMPLETED", "HISTORICAL", "HISTORY"];
/// Words of one that goes on.
const GOING_ON: [&str; 12] = [
    "ACTIVE",
    "A",
    "OPEN",
    "CURRENT",
    "ONGOING",
    "CHRONIC",
    "ACUTE",
    "SUBACUTE",
    "STABLE",
    "RECURRENCE",
    "RECURRENT",
    "RELAPSE",
];

/// What the actual resolution date (`PRB-9`) says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Nothing, or a day to come.
    Open,
    Over,
    /// There is one that cannot be read.
    Unreadable,
}

fn resolution(context: &Context<'_>, prb: &Segment<'_>) -> End {
    let field = prb.field(9);
    let text = field.value().text();
    if text.is_empty() || context.is_filler(&text) {
        return End::Open;
    }
    match Moment::parse(&text) {
        Ok(resolved) if context.sent.as_ref().is_none_or(|sent| !resolved.is_after(sent)) => End::Over,
        Ok(_) => End::Open,
        Err(fault) => {
            let hint = "send YYYYMMDD; until it can be read the problem is kept as provisional and not sent";
            context.warn("problem-resolution", field.path(), fault.message(), hint);
            End::Unreadable
        }
    }
}

/// What the confirmation (`PRB-13`) says.
fn confirmation(context: &Context<'_>, prb: &Segment<'_>, word: &str) -> State {
    match word.replace(['-', '_'], " ").as_str() {
        "" | "C" | "CONFIRMED" => State::Active(Certainty::Confirmed),
        "P" | "PROVISIONAL" | "D" | "DIFFERENTIAL" | "R" | "RULE OUT" | "UNCONFIRMED" | "SUSPECTED" | "WORKING" => {
            State::Active(Certainty::Provisional)
        }
        "REFUTED" | "RULED OUT" => State::Over,
        "ENTERED IN ERROR" => State::Deleted,
        _ => {
            let hint = "send confirmed, provisional, differential, refuted or entered-in-error";
            let message = "the confirmation is not known; the problem was kept as provisional";
            context.warn("problem-confirmation", prb.field(13).path(), message, hint);
            State::Active(Certainty::Provisional)
        }
    }
}

/// When it was established (`PRB-7`), else when it began (`PRB-16`).
fn recorded(context: &Context<'_>, prb: &Segment<'_>) -> Option<String> {
    let value = [7, 16].map(|field| prb.field(field).value()).into_iter().find(|value| !value.text().is_empty())?;
    match context.past(&value.text()) {
        Ok(moment) => Some(moment.date()),
        Err(fault) => {
            context.warn("diagnosis-date", value.path(), fault.message(), "the diagnosis was taken without a date");
            None
        }
    }
}
