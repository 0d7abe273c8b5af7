//! TLS settings from certificate files.
//!
//! Versions 1.2 and 1.3, since engines inside hospitals have no newer one; one crypto provider (ring); certificates are always
//! verified. Settings are kept in [`Reloading`]: connections that are made after the files changed use the new ones, those that
//! exist go on. Files that cannot be used any more are told on the log, and what was loaded before stays in use.

mod error;
mod files;
mod reloading;
#[cfg(test)]
mod tests;

pub use error::TlsError;
pub use files::{ClientFiles, ServerFiles, trusting_nobody};
pub use reloading::{FromFiles, Reloading};

/// A listener's identity, and whom it lets in.
pub type ServerTls = Reloading<ServerFiles>;
/// Whom a client trusts, and who it is.
pub type ClientTls = Reloading<ClientFiles>;
