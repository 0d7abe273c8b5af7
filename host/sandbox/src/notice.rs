//! Notices: what CMS tells about an alignment by itself. A notice holds nothing about the person.
//!
//! Source of codes and displays: guide 0.9.12, page CodeSystem-ACCESSEventTypeCS. The words are this project's own.

use jiff::civil::Date;
use std::collections::VecDeque;
use std::fmt;

/// What is told. Of several on one day the first in this order comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    Unalignment,
    LockInEnding,
    ControlGroupEnding,
    BaselineDue,
    QuarterlyDue,
    EndOfPeriodDue,
    RenewalDue,
}

impl Event {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Unalignment => "unalignment",
            Self::LockInEnding => "participant-lock-ending",
            Self::ControlGroupEnding => "control-group-ending",
            Self::BaselineDue => "baseline-reporting-window",
            Self::QuarterlyDue => "quarterly-reporting-window",
            Self::EndOfPeriodDue => "eoy-reporting-window",
            Self::RenewalDue => "alignment-renewal",
        }
    }

    pub(crate) const fn display(self) -> &'static str {
        match self {
            Self::Unalignment => "Unalignment Notice",
            Self::LockInEnding => "Participant Lock-In Period Ending",
            Self::ControlGroupEnding => "Control Group Period Ending",
            Self::BaselineDue => "Baseline Reporting Due",
            Self::QuarterlyDue => "Quarterly Reporting Due",
            Self::EndOfPeriodDue => "End-of-Year Reporting Due",
            Self::RenewalDue => "Alignment Renewal Due",
        }
    }

    /// What there is to do, in lines of an e-mail.
    pub(crate) const fn action(self) -> &'static str {
        match self {
            Self::Unalignment => "None. The alignment has ended and no more reports are taken for it.",
            Self::LockInEnding => "None. From this date on the patient may change to another participant.",
            Self::ControlGroupEnding => "From this date on the patient can be aligned. Submit an alignment then.",
            Self::BaselineDue => "Submit the baseline report by this date. Without it the alignment ends.",
            Self::QuarterlyDue => "Submit the quarterly report by this date.",
            Self::EndOfPeriodDue => "Submit the end-of-period report by this date.",
            Self::RenewalDue => "Decide by this date whether the patient's care goes on.",
        }
    }
}

/// Something to tell, before it has a number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct News {
    /// When it is told, in milliseconds of the sandbox's time.
    pub(crate) at: i64,
    pub(crate) participant: String,
    pub(crate) submission: String,
    pub(crate) event: Event,
    /// Day of the date it names.
    pub(crate) deadline: i64,
}

/// A notice that was given.
#[derive(Clone, PartialEq, Eq)]
pub struct Notice {
    /// Counts from 1.
    pub number: u64,
    /// When, in milliseconds since 1970-01-01T00:00:00Z of the sandbox's time.
    pub at_millis: i64,
    /// Code of `ACCESSEventTypeCS`.
    pub event: &'static str,
    /// Its display.
    pub display: &'static str,
    /// What there is to do, in words.
    pub action: &'static str,
    /// Submission id of the alignment it is about; of the refused one, where the control group ends.
    pub submission: String,
    /// Participant id.
    pub participant: String,
    /// The date it names.
    pub deadline: Date,
}

/// Shows what was told and when, and not about which submission.
impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notice")
            .field("number", &self.number)
            .field("event", &self.event)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// Notices in the order in which they were given.
pub(crate) struct Outbox {
    count: u64,
    limit: usize,
    /// The newest.
    recent: VecDeque<Notice>,
    /// Those that have not left yet.
    pending: Vec<Notice>,
}

impl Outbox {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { count: 0, limit, recent: VecDeque::new(), pending: Vec::new() }
    }

    /// Numbers what is to be told, by time.
    pub(crate) fn add(&mut self, mut news: Vec<News>) {
        news.sort_unstable();
        for item in news {
            // A date that no calendar has is one that nobody waits for.
            let Some(deadline) = crate::clock::date(item.deadline) else { continue };
            self.count += 1;
            let notice = Notice {
                number: self.count,
                at_millis: item.at,
                event: item.event.code(),
                display: item.event.display(),
                action: item.event.action(),
                submission: item.submission,
                participant: item.participant,
                deadline,
            };
            while self.recent.len() >= self.limit.max(1) {
                self.recent.pop_front();
            }
            self.recent.push_back(notice.clone());
            self.pending.push(notice);
        }
    }

    /// How many were given.
    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    /// The newest, oldest first.
    pub(crate) fn recent(&self) -> impl Iterator<Item = &Notice> {
        self.recent.iter()
    }

    /// Those that have not left yet; they have by then.
    pub(crate) fn take(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.pending)
    }
}
