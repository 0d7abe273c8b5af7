//! When to try again: value types that cannot be invalid. They compute waits; whoever calls them waits.

mod backoff;
mod poll;

pub use backoff::{Backoff, BackoffSettings};
pub use poll::{NextPoll, PollMode, PollSchedule, PollSettings};

/// Settings that make no schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// A duration is shorter than one second or longer than 24 hours.
    #[error("`{setting}` must lie between 1 second and 24 hours")]
    OutOfRange {
        /// Name of the setting.
        setting: &'static str,
    },
    /// An upper bound lies under its lower bound.
    #[error("`{upper}` must not be less than `{lower}`")]
    Inverted {
        /// The bound that is too low.
        upper: &'static str,
        /// The bound it is under.
        lower: &'static str,
    },
    /// A percentage is outside its range.
    #[error("`{setting}` must lie between {least} and {most} percent")]
    Percentage {
        /// Name of the setting.
        setting: &'static str,
        /// Least value.
        least: u32,
        /// Greatest value.
        most: u32,
    },
}
