//! How feeds come in.
//!
//! [`mllp`] and [`http`] are listeners, [`folder`] watches a folder, [`stdin`] reads a pipe, [`jetstream`] consumes a stream; [`batch`] takes files and frames apart
//! into messages, [`ack`] writes the answers. None of them interprets a message: they read its header (`MSH`) and where it begins
//! and ends, nothing else. What a feed is worth, an [`Intake`] decides, or for MLLP a [`mllp::Handler`].

pub mod ack;
pub mod batch;
mod discard;
mod envelope;
pub mod folder;
mod header;
pub mod http;
mod intake;
pub mod jetstream;
#[cfg(test)]
mod kit;
pub mod mllp;
mod retrying;
pub mod stdin;

pub use discard::{Discard, NotKept};
pub use envelope::{Received, Source, SourceKind};
pub use header::{Delimiters, RawHeader};
pub use intake::{Intake, NotTaken, Taken};
