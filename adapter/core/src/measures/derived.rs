//! The body mass index where none is stated: from the newest weight and height of the window.

use super::candidate::Candidate;
use super::choose::timed;
use super::judge::Judge;
use super::number::Number;
use super::select::pick;
use super::selection::{Amount, Measure, Measurement};
use access_contract::{Entry, Issue};
use access_mappings::{MeasureFacts, Profile, RangeRule};

/// Codes of the measures in the guide.
const INDEX: &str = "BMI";
const WEIGHT: &str = "weight";
const HEIGHT: &str = "height";

/// What was computed.
pub(super) struct Derived {
    /// None where the result cannot be.
    pub(super) measurement: Option<Measurement>,
    pub(super) issues: Vec<Issue>,
}

/// Computes it; none for other measures and where weight or height is not known.
pub(super) fn body_mass_index<'e, 'p>(
    profile: &'p Profile,
    judge: &Judge<'p>,
    measure: &'p MeasureFacts,
    entries: &dyn Fn(&str) -> &'e [&'e Entry],
) -> Option<Derived> {
    if measure.code != INDEX {
        return None;
    }
    let code = measure.accepts.first()?;
    let newest = |name: &str| {
        let measure = profile.guide.measure(name)?;
        let picked = pick(judge, measure, entries(name), 1);
        Some((picked.rows.into_iter().next().and_then(|row| row.parts.into_iter().next()), picked.issues))
    };
    // What is wrong with a weight is told with the weight, which is a measure of its own.
    let ((weight, _), (height, mut issues)) = (newest(WEIGHT)?, newest(HEIGHT)?);
    let exact = |candidate: &Candidate<'p>| candidate.amount.comparator.is_empty();
    let (Some(weight), Some(height)) = (weight.filter(exact), height.filter(exact)) else {
        return Some(Derived { measurement: None, issues });
    };
    let index = Number::body_mass_index(&weight.number, &height.number)?;
    let mut about = weight.about();
    about.measure = measure;
    issues.push(about.inform("measure-derived", "it was computed from weight and height"));
    match judge.beyond(measure, code, &index) {
        Some(RangeRule::Refuse) => {
            let issues = vec![about.implausible(RangeRule::Refuse)];
            return Some(Derived { measurement: None, issues });
        }
        Some(RangeRule::Warn) => issues.push(about.implausible(RangeRule::Warn)),
        None => {}
    }
    let measurement = Measurement {
        loinc: code.reported().to_owned(),
        display: code.display.clone(),
        status: "final".to_owned(),
        at: weight.reading.at.clone(),
        timed: timed(&weight.reading),
        value: Measure::Single(Amount {
            value: index.text,
            comparator: String::new(),
            unit: measure.unit.clone(),
            unit_text: measure.unit_text.clone(),
            converted: false,
            from: weight.reading.from.clone(),
        }),
        method: String::new(),
        performer: weight.reading.performer.clone(),
        derived: true,
        derived_from: Some(height.reading.from.clone()),
        entries: weight.keys.into_iter().chain(height.keys).collect(),
    };
    Some(Derived { measurement: Some(measurement), issues })
}
