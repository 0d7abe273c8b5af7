//! Which scripted fault meets a request.

use crate::operation::Operation;
use crate::scenario::{Fault, MAX_FAULTS, Phase};

/// What is known of a request when faults are matched.
#[derive(Clone, Copy)]
pub(crate) struct Sighting<'a> {
    pub(crate) phase: Phase,
    pub(crate) mbi: Option<&'a str>,
    pub(crate) operation: Option<Operation>,
    pub(crate) track: Option<&'a str>,
}

/// The faults with their counts.
pub(crate) struct Faults {
    faults: Vec<(Fault, u32)>,
}

impl Faults {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        Self { faults: faults.into_iter().map(|fault| (fault, 0)).collect() }
    }

    /// Adds one behind the others; false where there are too many.
    pub(crate) fn add(&mut self, fault: Fault) -> bool {
        let room = self.faults.len() < MAX_FAULTS;
        if room {
            self.faults.push((fault, 0));
        }
        room
    }

    /// The first fault that is due. A fault counts the requests that reach it, those an earlier fault took not.
    pub(crate) fn take(&mut self, sighting: Sighting<'_>) -> Option<Fault> {
        for (fault, seen) in &mut self.faults {
            if !matches(fault, sighting) {
                continue;
            }
            *seen = seen.saturating_add(1);
            let turn = seen.saturating_sub(fault.skip);
            if turn > 0 && fault.times.is_none_or(|times| turn <= times) {
                return Some(fault.clone());
            }
        }
        None
    }
}

fn matches(fault: &Fault, sighting: Sighting<'_>) -> bool {
    let filter = &fault.filter;
    filter.phase == sighting.phase
        && filter.mbi.as_deref().is_none_or(|mbi| sighting.mbi == Some(mbi))
        && filter.operation.is_none_or(|operation| sighting.operation == Some(operation))
        && filter.track.as_deref().is_none_or(|track| sighting.track == Some(track))
}
