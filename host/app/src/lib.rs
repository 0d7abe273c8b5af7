//! access-bridge, the program: wiring, supervision, configuration and the command line.
//!
//! [`pipeline`] shows the way of a feed from the socket to the ledger; [`outbox`] the way of a submission from the ledger to
//! CMS and back; [`cms`] the way of what CMS tells by itself; [`delivery`] the way of a notice to its routes. [`service`] puts them
//! together. The commands under
//! [`commands`] are thin: each says what it does in its first lines.

pub mod bells;
pub mod cli;
pub mod cms;
pub mod commands;
pub mod config;
pub mod delivery;
pub mod demo;
pub mod door;
pub mod ledger;
pub mod outbox;
pub mod output;
pub mod pipeline;
pub mod profile;
pub mod reload;
pub mod retention;
pub mod routes;
pub mod sample;
pub mod service;
pub mod settling;
pub mod sources;
