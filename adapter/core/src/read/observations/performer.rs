//! How something was measured (`OBX-17`) and by whom (`OBX-16`, `OBX-23`, `OBX-25`).

use super::short;
use crate::read::context::Context;
use crate::results::{is_npi, says_npi};
use crate::view::{Repetition, Segment};
use crate::words::legible;

/// Method and performer; either may be empty. A performer is an NPI that the feed says is one.
pub(super) fn read(context: &Context<'_>, obx: &Segment<'_>) -> (String, String) {
    let text = |row: &Repetition<'_>, number: usize| short(context, &row.component(number).value());
    let words = |row: &Repetition<'_>, part: usize| legible(&text(row, part)).into_owned();
    let named =
        |row: Repetition<'_>| [2, 1, 5, 4].into_iter().map(|part| words(&row, part)).find(|name| !name.is_empty());
    let method = obx.field(17).repetitions().find_map(named).unwrap_or_default();
    // XCN: the number in 1, its authority in 9, its type in 13; XON: the number in 10, else 3, its authority in 6, its type in 7.
    let people = [16, 25].map(|field| (field, &[1][..], [8, 9, 13]));
    let [observer, director] = people;
    let performer =
        [observer, (23, &[10, 3][..], [6, 7, 9]), director].into_iter().find_map(|(field, numbers, types)| {
            obx.field(field).repetitions().find_map(|row| {
                let is_said = types.into_iter().any(|part| {
                    let component = row.component(part);
                    (1..=2).any(|place| says_npi(&component.subcomponent(place).text()))
                });
                numbers.iter().map(|part| text(&row, *part)).find(|number| is_said && is_npi(number))
            })
        });
    (method, performer.unwrap_or_default())
}
