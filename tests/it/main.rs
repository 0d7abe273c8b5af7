//! Integration tests, one binary. `cargo xtask test` builds the component and the program first.

mod faults;
mod golden;
mod limits;
mod restart;
mod world;
