//! What `OBX-5` says as an answer, by the type that `OBX-2` names.

use super::{short, system_of};
use crate::questionnaires::{Given, LOINC};
use crate::read::observations::is_missing;
use crate::view::{Repetition, Segment};
use access_mappings::is_answer_code;

/// The answer of a row. Nothing where there is none, or a word for a result that is not there; several values are one that is not
/// understood.
pub(super) fn of(obx: &Segment<'_>) -> Given {
    let field = obx.field(5);
    let kind = obx.field(2).value().text().to_ascii_uppercase();
    let mut rows = field.repetitions().filter(|row| !row.is_absent());
    let Some(row) = rows.next().filter(|_| !field.is_null()) else { return Given::default() };
    if rows.next().is_some() {
        return Given { codes: vec![(String::new(), String::new())], ..Given::default() };
    }
    let part = |number: usize| row.component(number).value().text().trim().to_owned();
    match kind.as_str() {
        "NM" | "NUM" => plain(part(1), true),
        // Comparator and number; ranges and ratios are no answers.
        "SN" if matches!(part(1).as_str(), "" | "=") && part(3).is_empty() => plain(part(2), true),
        "CWE" | "CE" | "CNE" | "CF" | "IS" | "ID" => coded(&row),
        _ => plain(row.component(1).whole().text().trim().to_owned(), false),
    }
}

fn plain(text: String, numeric: bool) -> Given {
    if is_missing(&text) {
        return Given::default();
    }
    // A number that is none is kept as words, which are not understood.
    let number = if numeric { text.clone() } else { String::new() };
    Given { number, display: text, ..Given::default() }
}

fn coded(row: &Repetition<'_>) -> Given {
    let part = |number: usize| short(row.component(number).value().text().trim());
    let codes = [1, 4].map(|first| (part(first), part(first + 2)));
    let codes = codes.into_iter().filter(|(code, _)| !is_missing(code)).map(|(code, system)| {
        let system = if system.is_empty() && is_answer_code(&code) { LOINC.to_owned() } else { system_of(system) };
        (code, system)
    });
    let words = [2, 9, 5].map(|number| row.component(number).value().text().trim().to_owned());
    let display = words.into_iter().find(|words| !words.is_empty()).unwrap_or_default();
    Given {
        codes: codes.collect(),
        display: if is_missing(&display) { String::new() } else { display },
        ..Given::default()
    }
}
