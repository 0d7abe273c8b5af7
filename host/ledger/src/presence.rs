//! Being at work on a ledger.

use std::any::Any;

/// Being there, as others see it, until this is dropped.
pub struct Presence {
    pub(crate) _held: Box<dyn Any + Send + Sync>,
    /// How many pieces of work were given back that a killed process had in hand; none where that is not known yet.
    pub given_back: Option<usize>,
}

impl std::fmt::Debug for Presence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Presence").field("given_back", &self.given_back).finish_non_exhaustive()
    }
}
