//! Why a feed is refused, on its way out of the reading.

use access_contract::{Issue, Verdict};

/// The end of a reading.
#[derive(Debug)]
pub(crate) struct Stop {
    /// Which acknowledgement is true.
    pub(crate) verdict: Verdict,
    /// Why.
    pub(crate) issue: Issue,
}

impl Stop {
    /// The feed will never be accepted as it is.
    pub(crate) fn reject(issue: Issue) -> Box<Self> {
        Box::new(Self { verdict: Verdict::Reject, issue })
    }

    /// A person must look at the feed.
    pub(crate) fn ask(issue: Issue) -> Box<Self> {
        Box::new(Self { verdict: Verdict::NeedsPerson, issue })
    }
}
