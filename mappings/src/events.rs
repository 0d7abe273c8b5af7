//! Which row of the event table a message falls under.

use crate::profile::{EventRule, Profile};

/// What stands for every event of a type in a row.
const ANY: &str = "*";

impl Profile {
    /// The row for a type (`MSH-9.1`) and event (`MSH-9.2`): the one of this event, else the one of the whole type.
    #[must_use]
    pub fn event(&self, kind: &str, event: &str) -> Option<&EventRule> {
        let exact = || self.events.get(&format!("{kind}^{event}"));
        let any = || self.events.get(&format!("{kind}^{ANY}"));
        if event == ANY { any() } else { exact().or_else(any) }
    }

    /// Whether any event of a type has a row.
    #[must_use]
    pub fn reads_type(&self, kind: &str) -> bool {
        let prefix = format!("{kind}^");
        !kind.is_empty() && self.events.has_prefix(&prefix)
    }
}
