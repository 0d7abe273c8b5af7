//! One file per command.

pub mod calendar;
mod cases;
pub mod charts;
pub mod check;
mod cms_notices;
pub mod config;
pub mod convert;
pub mod explain;
mod files;
mod inspection;
pub mod listen;
mod logging;
pub mod notices;
mod offline;
mod people;
pub mod quarantine;
pub mod report;
pub mod run;
pub mod sample;
pub mod sandbox;
pub mod send;
pub mod stats;
mod stored;
pub mod submissions;
mod summary;
pub mod unmapped;
pub mod validate;
