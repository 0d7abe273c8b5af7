//! Steps of the way at which a test can have the process killed. Only with the feature `failpoints`, which the released program is
//! built without: there [`reached`] is nothing.
//!
//! A test starts the program with `BRIDGE_FAILPOINT=payload-recorded:3`. Whoever comes to that step for the third time writes
//! `failpoint payload-recorded` to standard error and never goes on; the test kills the process on that line (`SIGKILL`), so that
//! nothing of it can tidy up. What other threads do until then, they might have done in any crash.

/// A step that is worth dying at. The order is that of the way of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// A frame is complete, nothing was done with it.
    FrameTaken,
    /// The component has read the feed.
    FeedRead,
    /// A transaction is complete, and not committed.
    CommitDue,
    /// A transaction is committed, and nobody knows.
    Committed,
    /// A feed is stored, and not acknowledged.
    FeedStored,
    /// The acknowledgement is about to be written.
    AnswerDue,
    /// The acknowledgement is written.
    AnswerWritten,
    /// A submission is claimed.
    WorkClaimed,
    /// The payload is recorded, and not sent.
    PayloadRecorded,
    /// CMS answered the POST, and nothing of it is recorded.
    PostAnswered,
    /// Where the status is was recorded.
    AcceptanceRecorded,
    /// CMS answered a poll, and nothing of it is recorded.
    PollAnswered,
    /// A poll was put off.
    PollPutOff,
    /// The outcome is interpreted and settled, and not recorded.
    EndingDue,
    /// The outcome is recorded.
    EndingRecorded,
    /// The chart was looked at again, and that is not recorded.
    ChartLookedAt,
    /// A notice is claimed for a route.
    DeliveryClaimed,
    /// The route acknowledged a notice, and that is not recorded.
    NoticeDelivered,
    /// A delivery is recorded.
    DeliveryRecorded,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 19] = [
        Self::FrameTaken,
        Self::FeedRead,
        Self::CommitDue,
        Self::Committed,
        Self::FeedStored,
        Self::AnswerDue,
        Self::AnswerWritten,
        Self::WorkClaimed,
        Self::PayloadRecorded,
        Self::PostAnswered,
        Self::AcceptanceRecorded,
        Self::PollAnswered,
        Self::PollPutOff,
        Self::EndingDue,
        Self::EndingRecorded,
        Self::ChartLookedAt,
        Self::DeliveryClaimed,
        Self::NoticeDelivered,
        Self::DeliveryRecorded,
    ];

    /// Its spelling.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FrameTaken => "frame-taken",
            Self::FeedRead => "feed-read",
            Self::CommitDue => "commit-due",
            Self::Committed => "committed",
            Self::FeedStored => "feed-stored",
            Self::AnswerDue => "answer-due",
            Self::AnswerWritten => "answer-written",
            Self::WorkClaimed => "work-claimed",
            Self::PayloadRecorded => "payload-recorded",
            Self::PostAnswered => "post-answered",
            Self::AcceptanceRecorded => "acceptance-recorded",
            Self::PollAnswered => "poll-answered",
            Self::PollPutOff => "poll-put-off",
            Self::EndingDue => "ending-due",
            Self::EndingRecorded => "ending-recorded",
            Self::ChartLookedAt => "chart-looked-at",
            Self::DeliveryClaimed => "delivery-claimed",
            Self::NoticeDelivered => "notice-delivered",
            Self::DeliveryRecorded => "delivery-recorded",
        }
    }
}

/// Says that a step was reached.
#[cfg(not(feature = "failpoints"))]
#[inline]
pub const fn reached(_: Step) {}

#[cfg(feature = "failpoints")]
pub use armed::reached;

#[cfg(feature = "failpoints")]
mod armed {
    use super::Step;
    use std::io::Write;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    struct Trap {
        step: String,
        /// Times to pass before it closes.
        passes: AtomicU32,
    }

    /// What the environment asks for: `STEP` or `STEP:TIME`.
    fn trap() -> Option<&'static Trap> {
        static TRAP: OnceLock<Option<Trap>> = OnceLock::new();
        TRAP.get_or_init(|| {
            let asked = std::env::var_os("BRIDGE_FAILPOINT")?.into_string().ok()?;
            let (step, time) = asked.split_once(':').unwrap_or((&asked, "1"));
            let passes = time.parse::<u32>().ok()?.saturating_sub(1);
            Some(Trap { step: step.to_owned(), passes: AtomicU32::new(passes) })
        })
        .as_ref()
    }

    /// Says that a step was reached. Does not return where a test wants the process to die here.
    pub fn reached(step: Step) {
        let Some(trap) = trap().filter(|trap| trap.step == step.as_str()) else { return };
        let pass = trap.passes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if pass.is_err() {
            let _ = writeln!(std::io::stderr(), "failpoint {}", trap.step);
            loop {
                std::thread::park();
            }
        }
    }
}
