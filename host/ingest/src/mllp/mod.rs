//! The MLLP listener.
//!
//! One message is in hand per connection; the next frame is read when its answer is on its way, so order is kept and a
//! sender that pipelines is slowed down by its own socket. A frame with several messages (a batch) gets one answer per
//! message, each in its own frame.
//!
//! What senders can rely on:
//!
//! - An answer is written only after [`Handler::receive`] returned it. A message cut off by the end of the connection is
//!   never answered.
//! - Own trouble ([`Reply::Reset`]) closes the connection with RST and without an answer: engines keep the message and
//!   send it again on a new connection. The same happens when a handler panics or the process is killed.
//! - With TLS ([`Options::tls`]) all of this holds as well: a reset goes below TLS, a close says so to the peer first.
//! - Idle connections are never closed from here: an engine that does not notice would lose or delay its next messages.
//!   Keep-alive probes of the operating system find dead peers.
//! - On stop, the message in hand is finished and answered, then connections end with RST.

#[cfg(test)]
mod codec_tests;
mod connection;
mod handler;
mod limits;
mod server;
#[cfg(test)]
mod tests;

pub use bridge_types::mllp as codec;
pub use handler::{Discard, Handler, NotKept, Reply};
pub use limits::{Counters, Limits};
pub use server::{Options, serve};
