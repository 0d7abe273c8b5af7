//! Why a feed is refused, on its way out of the reading.

use access_contract::{Issue, Verdict};
use access_mappings::Profile;

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

    /// The end of the reading, unless the profile only inspects: then `note` takes the reason, and the reading goes on without what it
    /// is about.
    pub(crate) fn unless_inspected(
        self: Box<Self>,
        profile: &Profile,
        note: impl FnOnce(Issue),
    ) -> Result<(), Box<Self>> {
        if !profile.inspects {
            return Err(self);
        }
        note(self.issue);
        Ok(())
    }
}
