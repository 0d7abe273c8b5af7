//! A blood pressure in one value: `120/80` as a text or a structured numeric becomes its two halves.

use super::Once;
use super::value;
use crate::facts::Observed;
use crate::read::context::Context;
use crate::results::{self, CONFIRMED};
use crate::view::Segment;

/// The observations that a value is, each with its code: the value itself, or the halves of a panel. A panel that takes back, confirms
/// or says in words that there is nothing does so of both halves; one whose value is only empty is the title of rows that follow.
pub(super) fn apart(
    context: &Context<'_>,
    obx: &Segment<'_>,
    loinc: &str,
    status: &str,
    value: Observed,
    once: &Once,
) -> Vec<(String, Observed)> {
    let Some(parts) = results::panel_parts(&context.profile.guide, loinc) else {
        return vec![(loinc.to_owned(), value)];
    };
    let ends = matches!(status, "entered-in-error" | "cancelled" | CONFIRMED);
    let empty = || parts.map(|code| (code.to_owned(), Observed::Nothing)).to_vec();
    if value == Observed::Nothing {
        let words = obx.field(5).value();
        let says_so = words.is_null() || (!words.is_absent() && value::is_missing(&words.text()));
        return if ends || says_so { empty() } else { vec![(loinc.to_owned(), value)] };
    }
    let halves = match &value {
        Observed::Text(text) => results::two_numbers(text).and_then(|(numbers, behind)| {
            let unit = value::unit_of(context, obx, behind)?;
            let half = |(code, number): (&str, &str)| {
                let nothing = String::new;
                let value = Observed::Quantity {
                    value: number.to_owned(),
                    comparator: nothing(),
                    unit: unit.clone(),
                    code: nothing(),
                };
                (code.to_owned(), value)
            };
            Some(parts.into_iter().zip(numbers).map(half).collect())
        }),
        _ => None,
    };
    halves.unwrap_or_else(|| {
        if ends {
            return empty();
        }
        if !once.panel.replace(true) {
            let hint = "send 120/80, or systolic and diastolic as results of their own";
            let message = "a blood pressure in one value is not two numbers joined by a slash";
            context.warn("panel-value", obx.field(5).path(), message, hint);
        }
        vec![(loinc.to_owned(), value)]
    })
}
