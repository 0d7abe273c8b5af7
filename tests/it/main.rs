//! Integration tests, one binary. `cargo xtask test` builds the component and the program first.

mod commands;
mod faults;
mod full;
mod golden;
mod hostile;
mod limits;
mod restart;
mod world;
