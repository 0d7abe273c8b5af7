//! A second look at feeds that are refused: what they say all the same.
//!
//! A service refuses a training message or one without a patient, and nothing is submitted for it. Whoever looks at it offline wants to
//! see its fields nevertheless. So it is read again with a profile that only inspects, by which nothing can be planned.

use crate::output::Trouble;
use access_contract::{Account, Reading};
use access_mappings::Profile;
use bridge_runtime::{Adapter, Instance};

/// Reads what is refused, with an instance of its own that is made for the first such feed.
pub(super) struct Inspector {
    profile: Profile,
    instance: Option<Instance>,
}

impl Inspector {
    /// Looks at feeds by the rules of a profile, without its strictness.
    pub(super) fn new(mut profile: Profile) -> Self {
        profile.inspects = true;
        Self { profile, instance: None }
    }

    /// What a refused feed says; none where it cannot be read at all.
    pub(super) fn read(&mut self, adapter: &Adapter, feed: &[u8]) -> Result<Option<Reading>, Trouble> {
        let read = self.instance(adapter)?.read(feed);
        Ok(self.kept(read).and_then(Result::ok))
    }

    /// What became of every piece of it.
    pub(super) fn account(&mut self, adapter: &Adapter, feed: &[u8], values: bool) -> Result<Option<Account>, Trouble> {
        let account = self.instance(adapter)?.account(feed, values);
        Ok(self.kept(account).and_then(Result::ok))
    }

    fn instance(&mut self, adapter: &Adapter) -> Result<&mut Instance, Trouble> {
        let instance = match self.instance.take() {
            Some(instance) => instance,
            None => {
                let profile = crate::profile::resolved(&self.profile)?;
                adapter.with_profile(&profile).instantiate().map_err(Trouble::failed)?
            }
        };
        Ok(self.instance.insert(instance))
    }

    /// An instance that broke down is not used again.
    fn kept<T, E>(&mut self, result: Result<T, E>) -> Option<T> {
        if result.is_err() {
            self.instance = None;
        }
        result.ok()
    }
}
