//! Measures: results and vital signs on their way from a feed to a report.
//!
//! 1. `entry` makes entries of the observations of a feed, each under a key of its own;
//! 2. `join` settles what becomes of an entry that is stated again, in whatever order feeds come;
//! 3. [`select()`] chooses from the entries what a report carries: `judge` looks at one entry, `pressure` puts halves of blood pressures
//!    together, `choose` takes the newest, `panel` what goes beside them, `derived` computes a body mass index where none is stated.

mod candidate;
mod choose;
mod derived;
mod entry;
mod join;
mod judge;
mod number;
mod panel;
mod pressure;
mod remark;
mod select;
mod selection;
#[cfg(test)]
mod tests;

pub use crate::asked::Asked;
pub(crate) use entry::{entries, keys};
pub(crate) use join::{Fate, fate, join, matters, place, taken_up};
pub use select::select;
pub use selection::{Amount, Measure, Measured, Measurement, Part, Selection};
