//! How notices leave.
//!
//! Every destination is a [`Route`]. A delivery either returns what the destination said, or a [`DeliveryError`] whose
//! [`Disposition`](bridge_types::Disposition) says what may be done next. Delivery is at least once: a retried item carries the same id and the same
//! bytes, so that the destination can recognise it.

pub mod file;
pub mod http;
pub mod jetstream;
pub mod lines;
pub mod mllp;
mod route;

pub use route::{Cause, Delivered, DeliveryError, Outgoing, Route};
