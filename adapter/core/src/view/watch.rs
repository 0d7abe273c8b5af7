//! Which pieces of a message were looked at.

use std::cell::RefCell;
use std::collections::BTreeSet;

/// Where a piece is, in numbers from 1; segments count from 0. Sorts in message order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub(super) segment: u32,
    pub(super) field: u32,
    pub(super) repetition: u32,
    pub(super) component: u32,
    /// 0 is the component as a whole.
    pub(super) subcomponent: u32,
}

/// Remembers populated pieces, so never more than the message has.
#[derive(Debug, Default)]
pub(super) struct Watch {
    seen: RefCell<BTreeSet<Spot>>,
}

impl Watch {
    pub(super) fn note(&self, spot: Spot) {
        if let Ok(mut seen) = self.seen.try_borrow_mut() {
            seen.insert(spot);
        }
    }

    /// Whether a piece was looked at, by itself or with its component.
    pub(super) fn has(&self, spot: Spot) -> bool {
        let seen = self.seen.borrow();
        seen.contains(&spot) || seen.contains(&Spot { subcomponent: 0, ..spot })
    }
}
