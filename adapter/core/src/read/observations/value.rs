//! What `OBX-5` holds, by the type that `OBX-2` names.
//!
//! Numbers keep their text (`7.0` stays `7.0`). A number in words or with a comma is no number: the row says nothing then.
//! Words that stand for a missing result (`PEND`, `QNS`…) are nothing in any type, `NEG` only where a number is due.

use super::{Once, short};
use crate::facts::Observed;
use crate::read::context::{Context, Said};
use crate::read::dates::Moment;
use crate::results;
use crate::view::limits::MAX_OBSERVATION_LETTERS;
use crate::view::{Field, Repetition, Segment};

/// Words for a result that is not there.
const MISSING: [&str; 14] = [
    "PEND",
    "PENDING",
    "TNP",
    "QNS",
    "QNSR",
    "NOT PERFORMED",
    "NOT DONE",
    "CANCELLED",
    "CANCELED",
    "SEE NOTE",
    "SEE COMMENT",
    "SEE BELOW",
    ".",
    "N/A",
];
/// Units that may stand behind a number in a text.
const UNITS: [&str; 22] = [
    "%",
    "mg/dl",
    "mmol/l",
    "mmol/mol",
    "g/dl",
    "mg/g",
    "ml/min",
    "ml/min/1.73m2",
    "kg",
    "g",
    "lb",
    "lbs",
    "oz",
    "cm",
    "in",
    "mmhg",
    "bpm",
    "/min",
    "kg/m2",
    "c",
    "f",
    "iu/l",
];
/// Systems of coded values.
const SYSTEMS: [(&str, &str); 12] = [
    ("LN", "http://loinc.org"),
    ("LOINC", "http://loinc.org"),
    ("2.16.840.1.113883.6.1", "http://loinc.org"),
    ("SCT", "http://snomed.info/sct"),
    ("SNM", "http://snomed.info/sct"),
    ("SNOMED", "http://snomed.info/sct"),
    ("SNOMED-CT", "http://snomed.info/sct"),
    ("2.16.840.1.113883.6.96", "http://snomed.info/sct"),
    ("I10C", "http://hl7.org/fhir/sid/icd-10-cm"),
    ("I10", "http://hl7.org/fhir/sid/icd-10-cm"),
    ("HL70136", "http://terminology.hl7.org/CodeSystem/v2-0136"),
    ("UCUM", "http://unitsofmeasure.org"),
];

/// The values of a row, each with its path; at least one.
pub(super) fn of(context: &Context<'_>, obx: &Segment<'_>, status: &str, once: &Once) -> Vec<(Observed, String)> {
    let field = obx.field(5);
    let nothing = || vec![(Observed::Nothing, field.path())];
    if field.count() == 0 || field.is_null() || status == "cancelled" {
        return nothing();
    }
    let unit = || stated_unit(context, obx);
    let kind = obx.field(2).value().text().to_ascii_uppercase();
    let each = |one: &dyn Fn(&Repetition<'_>) -> Observed| -> Vec<(Observed, String)> {
        let rows = field.repetitions().filter(|row| !row.is_absent());
        rows.map(|row| (one(&row), row.path())).collect()
    };
    let values = match kind.as_str() {
        "NM" | "NUM" => each(&|row| number(context, row, &unit(), once)),
        "SN" => each(&|row| structured(context, row, &unit())),
        "CWE" | "CE" | "CNE" | "CF" | "IS" | "ID" => each(&|row| coded(context, row)),
        "DT" | "DTM" | "TS" => each(&|row| moment(context, row)),
        // Documents and curves are not kept.
        "ED" | "RP" | "NA" | "MA" => return nothing(),
        _ => vec![(text(context, &field, &unit()), field.path())],
    };
    if values.is_empty() { nothing() } else { values }
}

fn number(context: &Context<'_>, row: &Repetition<'_>, unit: &str, once: &Once) -> Observed {
    let value = row.component(1).value();
    let Said::Text(text) = context.plain(&value) else { return Observed::Nothing };
    if is_missing(&text) || ["NEG", "NEGATIVE", "POS", "POSITIVE"].contains(&text.to_uppercase().as_str()) {
        return Observed::Nothing;
    }
    if let Some(quantity) = quantity(context, &text, unit) {
        return quantity;
    }
    if !once.number.replace(true) {
        let hint = "numbers have digits, a sign and a point; words belong into a text (OBX-2 ST)";
        context.warn("observation-number", value.path(), "a result that is said to be a number is none", hint);
    }
    Observed::Nothing
}

/// A number with what may stand before and behind it: `<0.5`, `5.6 %`.
fn quantity(context: &Context<'_>, text: &str, unit: &str) -> Option<Observed> {
    let (comparator, rest) = ["<=", ">=", "<", ">"]
        .into_iter()
        .find_map(|sign| text.strip_prefix(sign).map(|rest| (sign, rest.trim_start())))
        .unwrap_or(("", text));
    let end = rest.find(|letter: char| !matches!(letter, '0'..='9' | '.' | '+' | '-')).unwrap_or(rest.len());
    let (digits, behind) = rest.split_at(end);
    let unit = agreed(context, behind.trim(), unit)?;
    Some(Observed::Quantity {
        value: decimal(digits)?,
        comparator: comparator.to_owned(),
        unit: unit.to_owned(),
        code: String::new(),
    })
}

/// The unit of a row whose number has one behind it or not; none where the two contradict each other.
fn agreed<'u>(context: &Context<'_>, behind: &'u str, unit: &'u str) -> Option<&'u str> {
    // `mmHg` and `mm[Hg]` are one unit.
    let means_the_same = || {
        let code = |text: &str, said: bool| results::ucum(&context.sender, text, said);
        code(behind, false).is_some_and(|found| code(unit, true).as_ref() == Some(&found))
    };
    match (behind, unit) {
        ("", unit) => Some(unit),
        (behind, "") if UNITS.contains(&behind.to_lowercase().as_str()) => Some(behind),
        (behind, unit) if behind.eq_ignore_ascii_case(unit) || means_the_same() => Some(unit),
        _ => None,
    }
}

/// The unit in `OBX-6`. A power that was written with the separator of components is put together again: `mL/min/1.73m^2`, `10^3/uL`.
pub(super) fn stated_unit(context: &Context<'_>, obx: &Segment<'_>) -> String {
    let unit = short(context, &obx.field(6).component(1).value());
    let rest = obx.field(6).component(2).value();
    if rest.is_absent() || unit.is_empty() {
        return unit;
    }
    let power = short(context, &rest);
    let is_power = if unit.ends_with("10") {
        power.starts_with(|letter: char| letter.is_ascii_digit())
    } else {
        power.len() == 1 && power.bytes().all(|letter| letter.is_ascii_digit())
    };
    if is_power { format!("{unit}^{power}") } else { unit }
}

/// The unit in `OBX-6`, or the one that stands behind a number; none where they contradict each other.
pub(super) fn unit_of(context: &Context<'_>, obx: &Segment<'_>, behind: &str) -> Option<String> {
    let unit = stated_unit(context, obx);
    agreed(context, behind, &unit).map(str::to_owned)
}

/// A decimal as FHIR takes it: the text as it came, but for signs and zeros that JSON does not know.
fn decimal(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let written = whole.len() + fraction.map_or(0, str::len);
    if !plain(whole) || !fraction.is_none_or(plain) || written == 0 || written > 30 {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    Some(match fraction.filter(|fraction| !fraction.is_empty()) {
        Some(fraction) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{whole}"),
    })
}

/// Comparator, number, separator, number. Ranges and ratios stay text: `120/80`, `1:64`.
fn structured(context: &Context<'_>, row: &Repetition<'_>, unit: &str) -> Observed {
    let part = |number: usize| short(context, &row.component(number).value());
    let (comparator, first, separator, second) = (part(1), part(2), part(3), part(4));
    let known = matches!(comparator.as_str(), "" | "=" | "<" | "<=" | ">" | ">=");
    if known
        && separator.is_empty()
        && second.is_empty()
        && let Some(value) = decimal(&first)
    {
        let comparator = if comparator == "=" { String::new() } else { comparator };
        return Observed::Quantity { value, comparator, unit: unit.to_owned(), code: String::new() };
    }
    let whole = format!("{comparator}{first}{separator}{second}");
    if whole.is_empty() || is_missing(&whole) { Observed::Nothing } else { Observed::Text(whole) }
}

fn coded(context: &Context<'_>, row: &Repetition<'_>) -> Observed {
    let part = |number: usize| short(context, &row.component(number).value());
    let first = if row.component(1).value().is_absent() && !row.component(4).value().is_absent() { 4 } else { 1 };
    let (code, words, system) = (part(first), part(first + 1), part(first + 2));
    let words = if words.is_empty() { part(9) } else { words };
    if is_missing(&code) && (words.is_empty() || is_missing(&words)) {
        return Observed::Nothing;
    }
    if code.is_empty() {
        return if words.is_empty() { Observed::Nothing } else { Observed::Text(words) };
    }
    let named = system.to_uppercase();
    let system = SYSTEMS.iter().find(|(name, _)| *name == named).map_or_else(
        || if system.contains(':') { system.clone() } else { String::new() },
        |(_, uri)| (*uri).to_owned(),
    );
    Observed::Coded { code, system, text: words }
}

fn moment(context: &Context<'_>, row: &Repetition<'_>) -> Observed {
    match context.plain(&row.component(1).value()) {
        Said::Text(text) => match Moment::parse(&text) {
            Ok(moment) => Observed::Text(context.clock.date_time(&moment)),
            Err(_) => Observed::Text(text),
        },
        Said::Nothing | Said::Null => Observed::Nothing,
    }
}

/// Lines of text; a single one may be a number after all.
fn text(context: &Context<'_>, field: &Field<'_>, unit: &str) -> Observed {
    let mut lines = String::new();
    for row in field.repetitions() {
        if let Said::Text(line) = context.plain(&row.component(1).whole()) {
            if !lines.is_empty() {
                lines.push('\n');
            }
            lines.push_str(&line);
        }
        if lines.len() > 4 * MAX_OBSERVATION_LETTERS {
            break;
        }
    }
    if lines.is_empty() || is_missing(&lines) {
        return Observed::Nothing;
    }
    if let Some(quantity) = quantity(context, &lines, unit) {
        return quantity;
    }
    if let Some((end, _)) = lines.char_indices().nth(MAX_OBSERVATION_LETTERS) {
        lines.truncate(end);
    }
    Observed::Text(lines)
}

/// Whether a text stands for a result that is not there.
pub(in crate::read) fn is_missing(text: &str) -> bool {
    text.is_empty() || MISSING.contains(&text.to_uppercase().as_str())
}
