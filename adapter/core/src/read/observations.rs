//! Results and vital signs: `OBX`, in any message, with the `OBR` it stands under.
//!
//! One row is one observation; a row of several numbers or codes is several, and several lines of text are one. What each
//! status means is in [`status`], what each type of value becomes in [`value`]. Where a code or a number cannot be used the
//! row is kept as it is, so that nothing vanishes silently: an unmapped code is counted for the profile's author.
//!
//! Limits: [`MAX_OBSERVATIONS`] rows of one person, [`MAX_OBSERVATION_BYTES`] of facts in all of them.

mod code;
mod panel;
mod performer;
pub(super) mod status;
mod value;

use super::context::{Context, Said};
use super::groups::Group;
use crate::facts::{Observation, Observed};
use crate::results::{self, CONFIRMED};
use crate::view::Segment;
use crate::view::limits::{MAX_IDENTIFIER_BYTES, MAX_OBSERVATION_BYTES, MAX_OBSERVATIONS};
use code::Coded;
use std::cell::Cell;
use std::collections::BTreeSet;
pub(super) use value::is_missing;

/// Bytes of a row beside its texts.
const ROW_BYTES: usize = 250;

/// What is said once for one person: thousands of rows have the same fault.
#[derive(Default)]
struct Once {
    /// Of each row, since each has a unit of its own; the others of the feed.
    unit: Cell<bool>,
    status: Cell<bool>,
    number: Cell<bool>,
    date: Cell<bool>,
    code: Cell<bool>,
    panel: Cell<bool>,
}

/// What a row inherits from its order.
#[derive(Default)]
struct Order {
    /// `OBR-3.1`, else `OBR-2.1`.
    number: String,
    /// `OBR-25`
    status: String,
    /// `OBR-7`
    at: Time,
}

/// When something was observed.
#[derive(Clone, Default)]
struct Time {
    /// As a FHIR date or dateTime.
    at: String,
    /// As it was written, where its offset does not stand beside it.
    written: String,
    /// Where it stood.
    path: String,
}

/// Reads every observation.
pub(super) fn read(context: &Context<'_>, group: &Group<'_, '_>) -> Vec<Observation> {
    let mut found: Vec<Observation> = Vec::new();
    let mut order = Order::default();
    let (once, mut bytes) = (Once::default(), 0);
    let mut panels = Panels::default();
    for segment in group.segments() {
        match segment.name() {
            "OBR" => order = order_of(context, segment, &once),
            "OBX" => {
                let before = found.len();
                rows(context, segment, &order, &once, &mut panels, &mut found);
                bytes += found.iter().skip(before).map(weigh).sum::<usize>();
            }
            _ => continue,
        }
        if found.len() > MAX_OBSERVATIONS || bytes > MAX_OBSERVATION_BYTES {
            found.truncate(MAX_OBSERVATIONS);
            let hint = "send results in several messages";
            context.warn("limit-rows", segment.path(), "there are too many results; the rest was left out", hint);
            break;
        }
    }
    panels.drop_titles(&mut found);
    results::settle(&mut found, name_of);
    found
}

/// Rows of blood pressures in one value, by their places.
#[derive(Default)]
struct Panels {
    /// The halves of a value.
    halves: BTreeSet<usize>,
    /// The halves of a row that takes back, confirms or says that there is nothing.
    titles: BTreeSet<usize>,
}

impl Panels {
    /// Takes out such halves where the feed states the half itself: the row of the panel is only the title of those then.
    fn drop_titles(&self, found: &mut Vec<Observation>) {
        if self.titles.is_empty() {
            return;
        }
        let key = |row: &Observation| [row.loinc.clone(), row.identifier.clone(), row.time().to_owned()];
        let own = |place: &usize| !self.titles.contains(place) && !self.halves.contains(place);
        let stated: BTreeSet<_> =
            found.iter().enumerate().filter(|(place, _)| own(place)).map(|(_, row)| key(row)).collect();
        let mut place = 0..;
        found.retain(|row| {
            let is_title = place.next().is_some_and(|place| self.titles.contains(&place));
            !is_title || !stated.contains(&key(row))
        });
    }
}

/// Order and part of a row, without the number of a value among several.
fn name_of(row: &Observation) -> &str {
    let number = |number: &str| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    row.identifier.rsplit_once('#').filter(|(_, tail)| number(tail)).map_or(row.identifier.as_str(), |(name, _)| name)
}

/// Bytes of an observation as it travels, roughly: control characters take six.
fn weigh(observation: &Observation) -> usize {
    let written = |text: &str| text.len() + 5 * text.bytes().filter(u8::is_ascii_control).count();
    let value = match &observation.value {
        Observed::Quantity { value, unit, code, .. } => value.len() + written(unit) + written(code),
        Observed::Coded { code, system, text } => written(code) + written(system) + written(text),
        Observed::Text(text) => written(text),
        Observed::Nothing => 0,
    };
    let named = [
        &observation.local,
        &observation.identifier,
        &observation.method,
        &observation.from.feed,
        &observation.written,
        &observation.timed,
    ];
    ROW_BYTES + value + named.into_iter().map(|text| written(text)).sum::<usize>()
}

fn order_of(context: &Context<'_>, obr: &Segment<'_>, once: &Once) -> Order {
    let text = |number: usize| short(context, &obr.field(number).component(1).value());
    let number = [text(3), text(2)].into_iter().find(|number| !number.is_empty()).unwrap_or_default();
    Order { number, status: text(25).to_ascii_uppercase(), at: time(context, obr, 7, once) }
}

/// Adds what one row says.
fn rows(
    context: &Context<'_>,
    obx: &Segment<'_>,
    order: &Order,
    once: &Once,
    panels: &mut Panels,
    found: &mut Vec<Observation>,
) {
    let coded = Coded::of(context, obx, once);
    if coded.is_empty() {
        return;
    }
    let own = obx.field(11).component(1).value().text().to_ascii_uppercase();
    let Some(status) = status::of(&own, &order.status) else { return };
    if status == status::UNKNOWN && !once.status.replace(true) {
        let hint = "the sender should fill OBX-11 or OBR-25";
        context.warn("observation-status-missing", obx.field(11).path(), "a result does not say its status", hint);
    }
    // A time that cannot be read is not that of the order: the result has none.
    let (time, timed) = if states_time(obx) {
        (time(context, obx, 14, once), String::new())
    } else {
        (order.at.clone(), order.at.path.clone())
    };
    let part = short(context, &obx.field(4).component(1).value());
    // Without an order the part is of none: `/1`.
    let identifier = if part.is_empty() { order.number.clone() } else { format!("{}/{part}", order.number) };
    let values = value::of(context, obx, status, once);
    once.unit.set(false);
    let status =
        if own == "U" && values.iter().all(|(value, _)| *value == Observed::Nothing) { CONFIRMED } else { status };
    let (method, performer) = performer::read(context, obx);
    let several = values.len() > 1;
    for (number, (value, path)) in values.into_iter().enumerate() {
        let identifier = if several { format!("{identifier}#{}", number + 1) } else { identifier.clone() };
        let is_nothing = value == Observed::Nothing;
        let parts = panel::apart(context, obx, &coded.loinc, status, value, once);
        if parts.len() > 1 {
            let places = if is_nothing { &mut panels.titles } else { &mut panels.halves };
            places.extend(found.len()..found.len() + parts.len());
        }
        for (loinc, mut value) in parts {
            if let Observed::Quantity { unit, code, .. } = &mut value {
                mean(context, obx, coded.unit, (unit, code), once);
            }
            found.push(Observation {
                loinc,
                local: coded.local.clone(),
                value,
                status: status.to_owned(),
                at: time.at.clone(),
                written: time.written.clone(),
                timed: timed.clone(),
                identifier: identifier.clone(),
                method: method.clone(),
                performer: performer.clone(),
                from: context.origin(path.clone(), coded.rule),
            });
        }
    }
}

/// Finds the UCUM code of a unit: the one that the row of the code means, else the one of the unit itself.
fn mean(context: &Context<'_>, obx: &Segment<'_>, meant: Option<&str>, unit: (&mut String, &mut String), once: &Once) {
    let (text, code) = unit;
    if let Some(meant) = meant {
        meant.clone_into(text);
        meant.clone_into(code);
        return;
    }
    if text.is_empty() {
        return;
    }
    let said = results::is_ucum(&obx.field(6).component(3).value().text());
    let Some(found) = results::ucum(&context.sender, text, said) else {
        context.note_unmapped(results::unmapped(text));
        return;
    };
    if found != *text && !once.unit.replace(true) {
        let hint = "send UCUM codes, which tell upper from lower case";
        context.warn(
            "unit-repaired",
            obx.field(6).path(),
            "a unit is not spelt as UCUM has it; it was read as what it means",
            hint,
        );
    }
    *code = found;
}

/// Whether a result says itself when it was observed.
fn states_time(obx: &Segment<'_>) -> bool {
    let field = obx.field(14);
    let value = field.value();
    !value.is_absent() && !value.is_null()
}

/// A time as FHIR has it, or nothing.
fn time(context: &Context<'_>, segment: &Segment<'_>, number: usize, once: &Once) -> Time {
    let field = segment.field(number);
    let value = field.value();
    if value.is_absent() || value.is_null() {
        return Time::default();
    }
    match context.past(&value.text()) {
        Ok(moment) => Time {
            at: context.clock.date_time(&moment),
            written: context.written(&moment, field.path()),
            path: field.path(),
        },
        Err(fault) => {
            if !once.date.replace(true) {
                let hint = "send YYYYMMDDHHMMSS with an offset; results without a time are kept and not reported";
                context.warn("observation-date-invalid", field.path(), fault.message(), hint);
            }
            Time::default()
        }
    }
}

/// A short text; nothing where it is too long to be one.
fn short(context: &Context<'_>, value: &crate::view::Value<'_>) -> String {
    match context.plain(value) {
        Said::Text(text) if text.len() <= MAX_IDENTIFIER_BYTES => text,
        Said::Text(_) => {
            context.too_long(value);
            String::new()
        }
        Said::Nothing | Said::Null => String::new(),
    }
}
