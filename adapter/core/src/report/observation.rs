//! A reading as the Observation that is sent.

use super::decimal::Decimal;
use super::document::{Component, Named, Observation, Quantity, Words};
use super::narrative::say;
use super::people::NPI;
use crate::compose::patient;
use crate::compose::payload::{Concept, Identifier, Meta, Reference};
use crate::compose::trail::Trail;
use crate::measures::{Amount, Measure, Measurement, Part};
use crate::words::legible;
use access_mappings::MeasureFacts;

/// System of LOINC.
pub(super) const LOINC: &str = "http://loinc.org";
/// System of UCUM.
const UCUM: &str = "http://unitsofmeasure.org";
/// System of observation categories.
const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
/// What is said of a value that was computed here.
const DERIVED: &str = "Computed from weight and height.";

/// Makes the Observation that stands at `at` (FHIRPath) and is called `id`. None, with the problem noted, where a value cannot be
/// written.
pub(super) fn build<'a>(
    facts: &'a MeasureFacts,
    reading: &'a Measurement,
    id: String,
    at: &str,
    trail: &mut Trail,
) -> Option<Observation<'a>> {
    let (mut value, mut component) = (None, Vec::new());
    let from = match &reading.value {
        Measure::Single(amount) => {
            value = Some(quantity(amount, &format!("{at}.valueQuantity"), trail)?);
            &amount.from
        }
        Measure::Panel(parts) => {
            for (index, part) in parts.iter().enumerate() {
                component.push(build_part(part, &format!("{at}.component[{index}]"), trail)?);
            }
            &parts.first()?.amount.from
        }
    };
    if let Some(height) = &reading.derived_from {
        trail.read(format!("{at}.valueQuantity.value"), height);
    }
    trail.configured(format!("{at}.category[0]"), "guide.measures");
    trail.read(format!("{at}.code.coding[0].code"), from);
    trail.read(format!("{at}.status"), from);
    trail.read(format!("{at}.effectiveDateTime"), &reading.timed);
    let method = legible(&reading.method);
    if !method.is_empty() {
        trail.read(format!("{at}.method.text"), from);
    }
    if !reading.performer.is_empty() {
        trail.read(format!("{at}.performer[0].identifier.value"), from);
    }
    Some(Observation {
        resource_type: "Observation",
        id,
        meta: Meta::of(&facts.profile),
        text: say(&words(facts, reading)),
        status: &reading.status,
        category: [Concept::of(CATEGORY, &facts.category)],
        code: coded(&reading.loinc, &reading.display),
        subject: Reference { reference: format!("Patient/{}", patient::ID) },
        effective_date_time: &reading.at,
        performer: Some(reading.performer.as_str())
            .filter(|npi| !npi.is_empty())
            .map(|npi| Named { identifier: Identifier { kind: None, system: NPI, value: npi } })
            .into_iter()
            .collect(),
        value_quantity: value,
        note: if reading.derived { vec![Words { text: DERIVED.into() }] } else { Vec::new() },
        method: if method.is_empty() { None } else { Some(Words { text: method }) },
        component,
    })
}

fn build_part<'a>(part: &'a Part, at: &str, trail: &mut Trail) -> Option<Component<'a>> {
    Some(Component {
        code: coded(&part.loinc, &part.display),
        value_quantity: quantity(&part.amount, &format!("{at}.valueQuantity"), trail)?,
    })
}

/// A LOINC code with its display, where that is known.
fn coded<'a>(loinc: &'a str, display: &'a str) -> Concept<'a> {
    if display.is_empty() { Concept::of(LOINC, loinc) } else { Concept::shown(LOINC, loinc, display) }
}

fn quantity<'a>(amount: &'a Amount, at: &str, trail: &mut Trail) -> Option<Quantity<'a>> {
    let Some(value) = Decimal::of(&amount.value) else {
        let message = "the value of a reading is not a decimal that FHIR can carry";
        let hint = format!("look at {} of the feed that brought it", amount.from.path);
        trail.refuse("report-value-unwritable", format!("{at}.value"), message, &hint);
        return None;
    };
    trail.read(format!("{at}.value"), &amount.from);
    if !amount.comparator.is_empty() {
        trail.read(format!("{at}.comparator"), &amount.from);
    }
    trail.read(format!("{at}.code"), &amount.from);
    Some(Quantity { value, comparator: &amount.comparator, unit: &amount.unit_text, system: UCUM, code: &amount.unit })
}

/// What was measured, its value and its day.
fn words(facts: &MeasureFacts, reading: &Measurement) -> String {
    // Of a panel of several results the title alone does not say which.
    let several = facts.accepts.iter().any(|accepted| accepted.beside);
    let name = if several && !reading.display.is_empty() { &reading.display } else { &facts.title };
    let shown = |amount: &Amount| format!("{}{}", amount.comparator, amount.value);
    let (value, unit) = match &reading.value {
        Measure::Single(amount) => (shown(amount), amount.unit_text.as_str()),
        Measure::Panel(parts) => (
            parts.iter().map(|part| shown(&part.amount)).collect::<Vec<_>>().join("/"),
            parts.first().map_or("", |part| part.amount.unit_text.as_str()),
        ),
    };
    let day = reading.at.get(..10).unwrap_or(&reading.at);
    let computed = if reading.derived { " Computed from weight and height." } else { "" };
    format!("{name}: {value} {unit}, {day}.{computed}")
}
