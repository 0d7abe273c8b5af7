//! The newest readings: each of another time, what several senders repeat only once. Of one time there are several only where they are
//! blood pressures that their position or part tells apart.

use super::candidate::Candidate;
use super::pressure::position;
use super::remark::About;
use super::selection::{Measure, Measurement, Part};
use crate::entries::Reading;
use crate::facts::Origin;
use crate::zone::When;
use access_contract::Issue;

/// A reading that may be chosen: one candidate, or the halves of a panel.
#[derive(Debug, Clone)]
pub(super) struct Row<'p> {
    pub(super) when: When,
    /// The candidates, in the order of the panel's parts.
    pub(super) parts: Vec<Candidate<'p>>,
}

impl<'p> Row<'p> {
    pub(super) fn single(candidate: Candidate<'p>) -> Self {
        Self { when: candidate.when, parts: vec![candidate] }
    }

    pub(super) fn equals(&self, other: &Self) -> bool {
        self.parts.len() == other.parts.len()
            && self.parts.iter().zip(&other.parts).all(|(one, other)| one.equals(other))
    }

    pub(super) fn about(&self) -> Option<About<'_>> {
        self.parts.first().map(|part| About { part: "", ..part.about() })
    }

    fn take_keys(&mut self, other: &Self) {
        for (part, other) in self.parts.iter_mut().zip(&other.parts) {
            part.keys.extend(other.keys.iter().cloned());
        }
    }

    /// Newest first; of one time the usual code, then what was stated last, then by key.
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        let rank = |row: &Self| row.parts.first().map(|part| part.rank);
        let stated = |row: &Self| row.parts.first().map(|part| part.reading.stated.clone());
        let keys = |row: &Self| row.parts.iter().flat_map(|part| part.keys.first().cloned()).collect::<Vec<_>>();
        let by_time = other.when.cmp(&self.when).then_with(|| rank(self).cmp(&rank(other)));
        by_time.then_with(|| stated(other).cmp(&stated(self))).then_with(|| keys(self).cmp(&keys(other)))
    }

    /// As a report has it.
    pub(super) fn measurement(&self) -> Option<Measurement> {
        let first = self.parts.first()?;
        let word = |word: &str| self.parts.iter().any(|part| part.status == word);
        let status = ["corrected", "amended"].into_iter().find(|status| word(status)).unwrap_or("final");
        let text = |of: fn(&Reading) -> &String| {
            self.parts.iter().map(|part| of(&part.reading)).find(|text| !text.is_empty()).cloned().unwrap_or_default()
        };
        let mut entries: Vec<String> = Vec::new();
        for key in self.parts.iter().flat_map(|part| &part.keys) {
            if !entries.contains(key) {
                entries.push(key.clone());
            }
        }
        let is_panel = first.measure.is_panel();
        let value = if is_panel {
            let part = |part: &Candidate<'p>| Part {
                part: part.code.part.clone(),
                loinc: part.code.reported().to_owned(),
                display: part.display(),
                amount: part.amount.clone(),
            };
            Measure::Panel(self.parts.iter().map(part).collect())
        } else {
            Measure::Single(first.amount.clone())
        };
        let measure = first.measure;
        Some(Measurement {
            loinc: if is_panel { measure.panel.clone() } else { first.code.reported().to_owned() },
            display: if is_panel { measure.panel_display.clone() } else { first.display() },
            status: status.to_owned(),
            at: first.reading.at.clone(),
            timed: timed(&first.reading),
            value,
            method: text(|reading| &reading.method),
            performer: text(|reading| &reading.performer),
            derived: false,
            derived_from: None,
            entries,
        })
    }
}

/// Where the time of a reading stood: where its order says, else in the segment or element of its value.
pub(super) fn timed(reading: &Reading) -> Origin {
    let own = || reading.from.path.split('-').next().unwrap_or_default().to_owned();
    let path = if reading.timed.is_empty() { own() } else { reading.timed.clone() };
    Origin { path, ..reading.from.clone() }
}

/// The newest `count` readings, newest first, with what is to be said of those that contradict them.
pub(super) fn newest<'p>(mut rows: Vec<Row<'p>>, count: usize) -> (Vec<Row<'p>>, Vec<Issue>) {
    rows.sort_by(Row::order);
    let (mut chosen, mut issues): (Vec<Row<'p>>, Vec<Issue>) = (Vec::new(), Vec::new());
    for row in rows {
        // In order of time, so that what belongs together lies together.
        let of_time = chosen.iter_mut().rev().take_while(|known| known.when.day == row.when.day);
        let mut of_time: Vec<&mut Row<'p>> = of_time.filter(|known| known.when == row.when).collect();
        if let Some(known) = of_time.iter_mut().find(|known| known.equals(&row)) {
            known.take_keys(&row);
            continue;
        }
        if let Some(known) = of_time.iter().find(|known| !is_another(known, &row)) {
            if is_same_code(known, &row)
                && let Some(about) = row.about()
            {
                let hint = "correct the wrong one at its source";
                let message = "two results of the same time differ; one of them is reported: of two codes the usual one, of one code what was stated last";
                issues.push(about.warn("measures-differ", message, hint));
            }
            continue;
        }
        // The same result, told again without its time of day.
        let mut of_day = chosen.iter_mut().rev().take_while(|known| known.when.day == row.when.day);
        let repeated = of_day.find(|known| row.when.says_less(known.when) && known.equals(&row));
        if let Some(known) = repeated {
            known.take_keys(&row);
        } else if chosen.len() < count {
            chosen.push(row);
        } else if chosen.last().is_some_and(|last| row.when.day < last.when.day) {
            break;
        }
    }
    (chosen, issues)
}

/// Whether two blood pressures of one time are readings of their own: of different positions of the body, or of different parts
/// (`OBX-4`) of one order.
fn is_another(one: &Row<'_>, other: &Row<'_>) -> bool {
    let (Some(first), Some(second)) = (one.parts.first(), other.parts.first()) else { return false };
    if !first.measure.is_panel() {
        return false;
    }
    let part = |row: &Candidate<'_>| row.part().to_owned();
    let is_part = !part(first).is_empty() && !part(second).is_empty() && part(first) != part(second);
    let is_order = first.sender() == second.sender() && first.order() == second.order();
    position(first) != position(second) || (is_part && is_order)
}

fn is_same_code(one: &Row<'_>, other: &Row<'_>) -> bool {
    let code = |row: &Row<'_>| row.parts.first().map(|part| part.code.reported().to_owned());
    code(one) == code(other)
}
