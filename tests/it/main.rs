//! Integration tests, one binary. `cargo xtask test` builds the component and the program first.

mod bad_input;
mod bad_peers;
mod bounds;
mod cases;
mod commands;
mod crash;
mod explain;
mod faults;
mod full;
mod golden;
mod hostile;
mod hosts;
mod limits;
mod mails;
mod orders;
mod outage;
mod reports;
mod restart;
mod sandbox;
mod sites;
mod soak;
mod stats;
mod steps;
mod storage;
mod weather;
mod world;
