//! Questionnaires from end to end: feeds of every format, with invented words.

mod choose;
mod csv;
mod examples;
mod fhir;
mod formats;
mod hl7v2;
mod kit;
mod plan;
mod store;
mod wrong;
