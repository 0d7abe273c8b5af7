//! The sandbox over its own wire: every check, every rule, every fault.

mod admin;
mod answers;
mod checks;
mod faults;
mod kit;
mod limits;
mod notices;
mod report_checks;
mod report_faults;
mod report_rules;
mod rules;
mod sheets;
mod token;
mod traffic;
