//! How feeds come in.
//!
//! [`mllp`] is the listener, [`batch`] takes files and frames apart into messages, [`ack`] writes the answers. None of them
//! interprets a message: they read its header (`MSH`) and where it begins and ends, nothing else. What a feed is worth,
//! a [`mllp::Handler`] decides.

pub mod ack;
pub mod batch;
mod envelope;
mod header;
pub mod mllp;

pub use envelope::{Received, Source, SourceKind};
pub use header::{Delimiters, RawHeader};
