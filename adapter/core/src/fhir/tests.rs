//! FHIR feeds.

mod golden;
mod hostile;
mod links;
mod observations;
mod property;
mod records;
mod refused;
mod servers;
mod support;
mod times;
