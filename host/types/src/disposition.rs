//! What a failed outbound act allows next: a type, so that nobody matches on error text.

use std::time::Duration;

/// What may be done after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Nothing happened at the other end; try again, not before the delay if there is one.
    Retry {
        /// What the peer asked for (`Retry-After`). Unset: the schedule decides.
        after: Option<Duration>,
    },
    /// It may have happened at the other end. Never repeat blindly.
    Uncertain,
    /// The peer understood and said no; repeating changes nothing.
    Reject,
    /// Configuration or credentials; a person must act before anything of this kind can work.
    Operator,
}
