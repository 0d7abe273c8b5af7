//! One file per command.

pub mod charts;
pub mod check;
pub mod config;
pub mod convert;
pub mod explain;
mod logging;
pub mod notices;
mod offline;
pub mod quarantine;
pub mod run;
pub mod sandbox;
mod stored;
pub mod submissions;
pub mod validate;
