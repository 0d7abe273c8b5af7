//! FHIR feeds.

mod golden;
mod links;
mod property;
mod records;
mod refused;
mod servers;
mod support;
mod times;
