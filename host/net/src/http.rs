//! The core of an HTTP server: connections, their limits, TLS, tokens, and the stop. What is answered is the business of a
//! [`Service`].
//!
//! Bounds: connections at once (further ones wait in the system's queue), the time of a handshake, of a request's head and of its
//! body, the body's size, and the bytes of all bodies together. HTTP/1.1.

mod outcome;
mod server;
#[cfg(test)]
mod tests;
mod token;

pub use outcome::{Answer, JSON_FHIR, Outcome, answer, document, empty};
pub use server::{Body, BodyError, Limits, Options, Request, Service, serve};
pub use token::Token;
