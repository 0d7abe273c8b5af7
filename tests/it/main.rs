//! Integration tests, one binary. `cargo xtask test` builds the component and the program first.

mod bounds;
mod cases;
mod commands;
mod explain;
mod faults;
mod full;
mod golden;
mod hostile;
mod limits;
mod orders;
mod restart;
mod sites;
mod stats;
mod steps;
mod world;
