//! Delivery to an engine's MLLP listener.
//!
//! One connection is kept ([`Keeps`]; over TLS where the route has settings for it) and one message is outstanding at a time. The answer must repeat the message's control id in the
//! first component of `MSA-2`; answers to other messages (late ones, or a second answer to an earlier message) are
//! dropped while waiting. After a timeout the connection is given up, so that a late answer cannot be taken for the
//! next one.
//!
//! | answer | result |
//! |---|---|
//! | AA, CA with our control id | delivered |
//! | AE, AR, CE, CR with our control id, or with none | refused, not repeated |
//! | empty frame, no `MSA`, any other code | retry on a new connection |
//! | close, reset, nothing in time | retry on a new connection |
//!
//! A kept connection that turns out to be closed is replaced once, at once, within the same delivery.

mod answer;
mod client;
mod route;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_tls;

pub(crate) use answer::Answer;
pub use client::{Connection, Timeouts, send_once};
pub use route::{Keeps, MllpRoute};
