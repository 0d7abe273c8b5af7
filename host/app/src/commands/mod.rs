//! One file per command.

mod cases;
pub mod charts;
pub mod check;
mod cms_notices;
pub mod config;
pub mod convert;
pub mod explain;
mod files;
pub mod listen;
mod logging;
pub mod notices;
mod offline;
pub mod quarantine;
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
