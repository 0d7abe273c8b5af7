//! Connections, below everything that knows what goes through them.
//!
//! - [`tls`]: settings from certificate files, taken up again when the files change, without a connection lost;
//! - [`Budget`]: bytes that the connections of a listener hold together;
//! - [`Stream`]: a connection that is protected or not;
//! - [`http`]: the core of an HTTP server, with its limits;
//! - [`nats`]: connections to NATS;
//! - [`Hangup`]: SIGHUP, for whoever looks at files.

mod budget;
mod hangup;
pub mod http;
#[cfg(any(test, feature = "kit"))]
pub mod kit;
pub mod nats;
mod stream;
pub mod tls;

pub use budget::{Budget, FREE, Share};
pub use hangup::Hangup;
pub use stream::Stream;
