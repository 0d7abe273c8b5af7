//! What goes beside a reading: the rest of its panel (total cholesterol, HDL and triglycerides beside LDL).

use super::choose::{Row, newest};
use access_mappings::MeasureFacts;
use std::collections::BTreeMap;

/// Of each further code of the panel the reading of the same time as one that is reported, else of the same order, in the order of the
/// guide.
pub(super) fn accompany<'p>(measure: &MeasureFacts, rows: &[Row<'p>], beside: Vec<Row<'p>>) -> Vec<Row<'p>> {
    let mut by_code: BTreeMap<usize, Vec<Row<'p>>> = BTreeMap::new();
    for row in beside {
        let code = row.parts.first().map_or("", |part| part.code.reported());
        let place = measure.accepts.iter().position(|known| known.loinc == code).unwrap_or(usize::MAX);
        by_code.entry(place).or_default().push(row);
    }
    // Each time once; what differs at one time is nobody's doubt here, since none of it is what counts.
    let mut by_code: Vec<Vec<Row<'p>>> = by_code.into_values().map(|rows| newest(rows, usize::MAX).0).collect();
    let mut found = Vec::new();
    for main in rows.iter().rev() {
        for others in &mut by_code {
            let same_time = others.iter().position(|other| other.when == main.when);
            let place = same_time.or_else(|| others.iter().position(|other| is_same_order(main, other)));
            if let Some(place) = place {
                found.push(others.remove(place));
            }
        }
    }
    found
}

fn is_same_order(one: &Row<'_>, other: &Row<'_>) -> bool {
    one.parts.first().zip(other.parts.first()).is_some_and(|(one, other)| {
        !one.order().is_empty() && one.sender() == other.sender() && one.order() == other.order()
    })
}
