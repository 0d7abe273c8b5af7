//! Runs the component: the only crate that knows wasmtime.
//!
//! [`Adapter`] is a compiled component with a profile; [`Instance`] is one sandbox of it, with the profile loaded; [`Pool`]
//! lends instances to asynchronous callers. The linker is empty: an instance can compute and nothing else.
//!
//! Invariants:
//! 1. Every instance is bounded in memory and time ([`Limits`]), and all that a call gives back is bounded in size.
//! 2. An instance that trapped or ran out of time is never used again.
//! 3. No error text holds anything an instance was given or gave back.

mod adapter;
mod bindings;
mod cache;
mod component;
mod epoch;
mod error;
mod instance;
mod limits;
mod pool;
mod size;

pub use adapter::Adapter;
pub use cache::Cache;
pub use component::ComponentBytes;
pub use error::RuntimeError;
pub use instance::{Description, Instance};
pub use limits::Limits;
pub use pool::Pool;
