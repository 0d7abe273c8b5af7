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
//! - Idle connections are left alone for a day ([`Limits::idle`]), since engines keep theirs open for hours; keep-alive probes of the
//!   operating system find dead peers. Only where there is no room for a new connection the one that was idle longest makes some.
//!   Both end with RST, which an engine notices at once; after a FIN some write their next message into nothing.
//! - Frames in hand hold [`Limits::memory`] together. Beyond it connections are not read until others are done with theirs, one
//!   always goes on, and a block that is not complete in its time ends.
//! - On stop, the message in hand is finished and answered, then connections end with RST.

#[cfg(test)]
mod codec_tests;
mod connection;
mod handler;
mod limits;
mod seats;
mod server;
#[cfg(test)]
mod tests;

pub use crate::discard::{Discard, NotKept};
pub use bridge_types::mllp as codec;
pub use handler::{Handler, Reply};
pub use limits::{Counters, Limits};
pub use server::{Options, serve};
