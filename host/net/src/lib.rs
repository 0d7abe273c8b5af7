//! Connections, below everything that knows what goes through them.
//!
//! - [`tls`]: settings from certificate files, taken up again when the files change, without a connection lost;
//! - [`Stream`]: a connection that is protected or not;
//! - [`http`]: the core of an HTTP server, with its limits;
//! - [`nats`]: connections to NATS;
//! - [`Hangup`]: SIGHUP, for whoever looks at files.

mod hangup;
pub mod http;
#[cfg(any(test, feature = "kit"))]
pub mod kit;
pub mod nats;
mod stream;
pub mod tls;

pub use hangup::Hangup;
pub use stream::Stream;
