//! What a report can carry of measures: the result of [`super::select`].
//!
//! Values are decimals as text in the unit that is reported. Only what was converted or computed here was rounded, half away from nothing,
//! to the decimals of `reports.decimals`; what came in the unit that is reported keeps its digits.

use crate::facts::Origin;
use access_contract::Issue;
use access_mappings::MeasureFacts;

/// What was chosen for one report, and what was left out and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection<'p> {
    /// The measures of the track that have a reading, in the order of the guide. One that has none is not here.
    pub measures: Vec<Measured<'p>>,
    /// What was doubted, converted or left out: `rule` is the code of the measure (or `measure/part`), `location` the place in the
    /// feed. None blocks; what a report still needs is for others to say. No issue holds a value.
    pub issues: Vec<Issue>,
}

/// One measure with its readings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured<'p> {
    /// The measure: code and title of the subsection, category, profile.
    pub measure: &'p MeasureFacts,
    /// The newest readings, oldest first; at least one and no more than `reports.readings` says. They are one report's readings:
    /// each has another time, or is a blood pressure of another position or part.
    pub readings: Vec<Measurement>,
    /// What belongs to the same panel without satisfying the measure (total, HDL and triglycerides beside LDL), in the order of
    /// the guide's codes; only of the orders and times of `readings`. To be sent as further entries of the same subsection.
    pub beside: Vec<Measurement>,
}

/// One reading: one Observation of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measurement {
    /// LOINC code of the Observation: that of the panel where the value is in parts, else the code it came under or the guide's
    /// `sent_as`.
    pub loinc: String,
    /// Display of that code, or empty.
    pub display: String,
    /// FHIR status: `final`, `corrected` or `amended`. A panel is `corrected` or `amended` where a part is.
    pub status: String,
    /// FHIR dateTime, or date where no more is known; never empty, never in the future.
    pub at: String,
    /// Where the time stood: in the order, else in the row of the value.
    pub timed: Origin,
    /// The value.
    pub value: Measure,
    /// How it was measured, in words or as a code of the sender; or empty.
    pub method: String,
    /// Who measured it: an NPI, or empty.
    pub performer: String,
    /// Whether it was computed here (BMI from weight and height). Such a reading has no entry of its own; `entries` are those it was
    /// computed from.
    pub derived: bool,
    /// Where the height stood from which it was computed with the weight; none where it was not computed.
    pub derived_from: Option<Origin>,
    /// Keys of the entries it stands for, for `Payload.entries`.
    pub entries: Vec<String>,
}

/// The value of a reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// One quantity: `Observation.value[x]`.
    Single(Amount),
    /// Parts, in the order of the guide (systolic, diastolic): `Observation.component`.
    Panel(Vec<Part>),
}

/// A part of a panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// `systolic` or `diastolic`.
    pub part: String,
    /// LOINC code of the component.
    pub loinc: String,
    /// Its display, or empty.
    pub display: String,
    /// The value.
    pub amount: Amount,
}

/// A quantity in the unit that is reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    /// A JSON number as text: `7.0` stays `7.0`.
    pub value: String,
    /// `<`, `<=`, `>`, `>=` or empty.
    pub comparator: String,
    /// UCUM code; system `http://unitsofmeasure.org`.
    pub unit: String,
    /// The unit as people read it.
    pub unit_text: String,
    /// Whether it came in another unit.
    pub converted: bool,
    /// Where it stood; of a derived value, where the weight stood.
    pub from: Origin,
}
