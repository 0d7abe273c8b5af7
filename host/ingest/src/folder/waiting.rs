//! Which files are quiet.

use super::places::Dropped;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// Files as they were seen last, and since when they have looked like that.
#[derive(Debug)]
pub(super) struct Waiting {
    quiet: Duration,
    seen: BTreeMap<OsString, (u64, SystemTime, Instant)>,
}

impl Waiting {
    pub(super) const fn new(quiet: Duration) -> Self {
        Self { quiet, seen: BTreeMap::new() }
    }

    /// The files that have not changed for the quiet time, in order.
    pub(super) fn ready(&mut self, dropped: &[Dropped]) -> Vec<OsString> {
        let now = Instant::now();
        let mut before = std::mem::take(&mut self.seen);
        let mut ready = Vec::new();
        for file in dropped {
            let since = match before.remove(&file.name) {
                Some((length, changed, since)) if (length, changed) == (file.length, file.changed) => since,
                _ => now,
            };
            if now.saturating_duration_since(since) >= self.quiet {
                ready.push(file.name.clone());
            } else {
                self.seen.insert(file.name.clone(), (file.length, file.changed, since));
            }
        }
        ready
    }
}
