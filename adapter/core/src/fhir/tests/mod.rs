//! FHIR feeds.

mod golden;
mod property;
mod records;
mod refused;
mod support;
