//! Ways to reach the person: `PID-13` at home, `PID-14` at work, `PID-40` of either kind, in the old and the new form of the
//! type XTN.

use super::context::Context;
use super::dates::Moment;
use super::groups::Group;
use crate::facts::{Stated, Telecom};
use crate::view::Repetition;
use crate::view::limits::{MAX_IDENTIFIER_BYTES, MAX_TELECOMS};

/// Reads them all.
pub(super) fn read(context: &Context<'_>, group: &Group<'_, '_>) -> Option<Stated<Vec<Telecom>>> {
    let (mut found, mut cleared, mut path): (Vec<Telecom>, bool, Option<String>) = (Vec::new(), false, None);
    for (number, usage) in [(13, "home"), (14, "work"), (40, "")] {
        let field = group.pid.field(number);
        cleared |= field.is_null();
        if field.is_null() {
            continue;
        }
        for row in field.repetitions().filter(|row| !row.is_absent() && !has_ended(context, row)) {
            let Some(telecom) = one(context, &row, usage) else { continue };
            if found.iter().any(|known| known.system == telecom.system && known.value == telecom.value) {
                continue;
            }
            if found.len() == MAX_TELECOMS {
                let hint = "send the current ones";
                context.warn("limit-rows", row.path(), "there are too many contacts; the rest was left out", hint);
                break;
            }
            path.get_or_insert_with(|| field.path());
            found.push(telecom);
        }
    }
    match path {
        Some(path) => Some(Stated::Set(context.sourced(found, path, "patient.telecom"))),
        None => cleared.then_some(Stated::Clear),
    }
}

fn one(context: &Context<'_>, row: &Repetition<'_>, usage: &str) -> Option<Telecom> {
    let text = |number: usize| context.text(&row.component(number).value()).unwrap_or_default();
    let (purpose, equipment) = (text(2).to_ascii_uppercase(), text(3).to_ascii_uppercase());
    let (plain, mail) = (text(1), text(4));
    let system = match equipment.as_str() {
        "PH" | "CP" => "phone",
        "FX" => "fax",
        "BP" => "pager",
        "INTERNET" | "X.400" => "email",
        "MD" | "TDD" | "TTY" | "SAT" => "other",
        _ if purpose == "BPN" => "pager",
        _ if purpose == "NET" || !mail.is_empty() || plain.contains('@') => "email",
        _ => "phone",
    };
    let value = if system == "email" {
        if mail.is_empty() { plain } else { mail }
    } else {
        [text(12), plain, joined([text(5), text(6), text(7), text(8)]), mail]
            .into_iter()
            .find(|text| !text.is_empty())?
    };
    if value.is_empty() || value.contains('\u{fffd}') {
        return None;
    }
    if value.len() > MAX_IDENTIFIER_BYTES {
        context.too_long(&row.component(1).value());
        return None;
    }
    let usage = match purpose.as_str() {
        _ if equipment == "CP" => "mobile",
        "PRN" | "ORN" | "VHN" => "home",
        "WPN" => "work",
        "PRS" => "mobile",
        "ASN" | "EMR" => "",
        _ => usage,
    };
    Some(Telecom { system: system.to_owned(), value, usage: usage.to_owned() })
}

/// Country, area, number and extension as one number; empty where there is no number.
fn joined([country, area, local, extension]: [String; 4]) -> String {
    if local.is_empty() {
        return String::new();
    }
    let with = |before: &str, part: &str, after: &str| {
        if part.is_empty() { String::new() } else { format!("{before}{part}{after}") }
    };
    let country = with("+", country.trim_start_matches('+'), " ");
    format!("{country}{}{local}{}", with("(", &area, ") "), with(" x", &extension, ""))
}

/// Whether it has expired (`XTN-14`) by the time of the message.
fn has_ended(context: &Context<'_>, row: &Repetition<'_>) -> bool {
    let ends = Moment::parse(&row.component(14).value().text());
    ends.is_ok_and(|ends| context.sent.as_ref().is_some_and(|sent| sent.is_after(&ends)))
}
