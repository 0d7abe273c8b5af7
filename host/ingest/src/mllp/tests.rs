//! The listener on real sockets.

mod framing;
mod kit;
mod limits;
mod memory;
mod seats;
mod senders;
mod stopping;
mod tls;
