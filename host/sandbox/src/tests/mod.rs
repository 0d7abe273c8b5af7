//! The sandbox over its own wire: every check, every rule, every fault.

mod answers;
mod checks;
mod faults;
mod kit;
mod limits;
mod rules;
mod token;
mod traffic;
