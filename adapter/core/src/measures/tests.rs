//! The way of measures from messages to a selection.

mod bad;
mod order;
mod pressure;
mod selection;
mod senders;
mod support;
