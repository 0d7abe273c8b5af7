//! Measures: results and vital signs on their way from a feed to a report.

mod selection;

pub use selection::{Amount, Measure, Measured, Measurement, Part, Selection};
