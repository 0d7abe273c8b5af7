//! The listener on real sockets.

mod framing;
mod kit;
mod limits;
mod senders;
mod stopping;
mod tls;
