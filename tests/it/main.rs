//! Integration tests, one binary. `cargo xtask test` builds the component and the program first.

mod bad_input;
mod bounds;
mod cases;
mod commands;
mod explain;
mod faults;
mod full;
mod golden;
mod hostile;
mod limits;
mod mails;
mod orders;
mod restart;
mod sandbox;
mod sites;
mod stats;
mod steps;
mod world;
