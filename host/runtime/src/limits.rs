//! What an instance may use.

use std::time::Duration;

/// Bounds of one instance and of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory of an instance, in bytes. Reading a feed of 16 MiB needs some twenty times its size.
    pub memory: usize,
    /// Time of one call.
    pub time: Duration,
    /// Size of what one call gives back, in bytes, counted over its texts.
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
