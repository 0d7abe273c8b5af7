//! What an instance may use.

use std::time::Duration;
use wasmtime::{Error, ResourceLimiter, Result};

/// Bounds of one instance and of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory of an instance, in bytes. Reading a feed of 16 MiB needs some twenty times its size.
    pub memory: usize,
    /// Time of one call.
    pub time: Duration,
    /// Size of what one call gives back, in bytes: its texts, and the places in its lists. The compact form of a profile is not counted:
    /// it is made from the operator's own.
    pub output: usize,
    /// Instances alive at once.
    pub instances: u32,
    /// Calls after which an instance is replaced by a fresh one; 1 uses a fresh instance for every call.
    pub reuse: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory: 512 << 20, time: Duration::from_secs(10), output: 64 << 20, instances: 8, reuse: 1_000 }
    }
}

/// What a store holds: the bound of its memory, and nothing a guest could reach.
pub(crate) struct State {
    memory: usize,
    denied: bool,
}

impl State {
    /// Nothing used yet.
    pub(crate) const fn new(limits: &Limits) -> Self {
        Self { memory: limits.memory, denied: false }
    }

    /// Whether the guest asked for more memory than it may have. It was stopped then, and is not to be used again.
    pub(crate) const fn is_denied(&self) -> bool {
        self.denied
    }
}

/// A guest that cannot have what it asks for is stopped at once, rather than left to do something about it.
impl ResourceLimiter for State {
    fn memory_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        if desired > self.memory || maximum.is_some_and(|most| desired > most) {
            self.denied = true;
            return Err(Error::msg("more memory than allowed"));
        }
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: Error) -> Result<()> {
        Err(error)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        if maximum.is_some_and(|most| desired > most) {
            return Err(Error::msg("a larger table than allowed"));
        }
        Ok(true)
    }

    fn table_grow_failed(&mut self, error: Error) -> Result<()> {
        Err(error)
    }
}

#[cfg(test)]
mod tests {
    use super::{Limits, State};
    use wasmtime::ResourceLimiter;

    #[test]
    fn memory_is_granted_up_to_the_limit_and_a_denial_is_remembered() {
        let mut state = State::new(&Limits { memory: 100, ..Limits::default() });
        assert!(state.memory_growing(0, 100, None).unwrap());
        assert!(!state.is_denied());
        assert!(state.memory_growing(100, 101, None).is_err());
        assert!(state.is_denied());
        // The bound of the component itself counts as well.
        let mut state = State::new(&Limits { memory: 100, ..Limits::default() });
        assert!(state.memory_growing(0, 51, Some(50)).is_err() && state.is_denied());
        let mut state = State::new(&Limits::default());
        assert!(state.table_growing(0, 11, Some(10)).is_err() && !state.is_denied());
    }
}
