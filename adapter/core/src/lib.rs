//! Reads HL7 v2, plans, composes and interprets: the whole logic of access-bridge, pure.
//!
//! No I/O, no clock, no randomness. Time, ids and the chart come in as arguments, so the same input with the same profile
//! gives the same bytes, natively and inside the component.

pub mod account;
pub mod announce;
mod asked;
pub mod calendar;
pub mod ccda;
pub mod charset;
pub mod chart;
pub mod compose;
mod discharge;
pub mod entries;
pub mod facts;
pub mod fhir;
pub mod interpret;
pub mod measures;
mod number;
pub mod plan;
pub mod questionnaires;
pub mod read;
pub mod render;
pub mod report;
mod results;
pub mod settle;
pub mod validate;
pub mod view;
mod words;
mod zone;

/// Bytes of a mebibyte.
pub(crate) const MIB: usize = 1024 * 1024;
