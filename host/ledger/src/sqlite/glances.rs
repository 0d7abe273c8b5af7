//! Looks on the thread that asks, which may block: a look takes some microseconds, and waking another thread for it takes longer.

use super::connection::Place;
use super::failure::spoils;
use super::reader::snapshot;
use crate::LedgerError;
use crate::relational::{Fault, View};
use rusqlite::Connection;
use std::sync::{Mutex, PoisonError};

/// Connections that only read, as many as were ever asked at once.
#[derive(Debug)]
pub(super) struct Glances {
    place: Place,
    idle: Mutex<Vec<Connection>>,
}

impl Glances {
    pub(super) const fn new(place: Place) -> Self {
        Self { place, idle: Mutex::new(Vec::new()) }
    }

    /// Looks, in one snapshot of the file.
    pub(super) fn look<T>(
        &self,
        step: &'static str,
        look: impl FnOnce(&View<'_>) -> Result<T, Fault>,
    ) -> Result<T, LedgerError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let last = idle().pop();
        let connection = last.map_or_else(|| self.place.reader(), Ok)?;
        let looked = snapshot(&connection, look);
        if !looked.as_ref().is_err_and(spoils) {
            idle().push(connection);
        }
        looked.map_err(|fault| fault.into_error(step))
    }
}
