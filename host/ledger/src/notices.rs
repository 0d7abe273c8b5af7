//! Notices and their way to the routes.

use access_contract::{Notice, NoticeKind};
use bridge_types::{Phi, Timestamp};

/// What a new notice is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum About {
    /// What its own fields say.
    #[default]
    AsWritten,
    /// The submission that serves the intent at this position of the same subject. Its id is written into the notice; if
    /// the intent met an open submission, the notice is left out, since that one was announced already.
    Intent(usize),
    /// The submission that carries the intent at this position of the same subject, new or open before. Its id is written into the notice;
    /// if the intent met one that goes without it, the notice is left out.
    Carried(usize),
    /// The intent at this position of the same subject, which was asked for by name and met a submission that was open already: one in
    /// flight or in doubt, or one that still waits for approval. Its id is written into the notice. If the intent made a submission, or
    /// one that goes out by itself carries it now, the notice is left out.
    Joined(usize),
    /// The command at this position of the same subject, which changed nothing; if it changed something, the notice is left out.
    Command(usize),
    /// The command at this position of the same subject, which took something back; the first of that is named in the notice, with the
    /// message and the reference it was asked for with. If it changed nothing, the notice is left out.
    Withdrawn(usize),
}

/// A notice to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotice {
    /// The notice.
    pub notice: Phi<Notice>,
    /// What it is about.
    pub about: About,
    /// Names of the routes it goes to.
    pub routes: Vec<String>,
}

/// A stored notice without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeSummary {
    /// Its id; stable, so that a repeated delivery repeats the bytes.
    pub id: String,
    /// When it was made.
    pub at: Timestamp,
    /// The participant, or empty.
    pub participant: String,
    /// What kind.
    pub kind: NoticeKind,
    /// `information`, `warning` or `error`.
    pub severity: String,
    /// Result or issue code, or empty.
    pub code: String,
    /// The submission it is about.
    pub submission: Option<String>,
    /// The chart it is about; the survivor's after a merge.
    pub chart: Option<String>,
    /// The feed that led to it.
    pub feed: Option<String>,
    /// Control id of the message that led to it, or that asked for the submission it is about (`MSH-10`); or empty.
    pub control_id: String,
    /// The entry of the refused feed that it tells of.
    pub quarantine: Option<String>,
}

/// A stored notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredNotice {
    /// Everything a list shows.
    pub summary: NoticeSummary,
    /// The notice itself.
    pub notice: Phi<Notice>,
    /// Its way to each route.
    pub deliveries: Vec<Delivery>,
}

/// Which notices to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoticeFilter {
    /// Only this participant's.
    pub participant: Option<String>,
    /// Only this kind.
    pub kind: Option<NoticeKind>,
    /// Only those about this submission.
    pub submission: Option<String>,
    /// Only those about one of these charts; empty means any.
    pub charts: Vec<String>,
    /// Only those that a message of this control id led to.
    pub control_id: Option<String>,
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeliveryState {
    /// To be delivered.
    Pending,
    /// Acknowledged by the other end.
    Delivered,
    /// Given up; a person may send it again.
    Dead,
}

impl DeliveryState {
    /// The spelling used in JSON and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    /// Reads the spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Delivered, Self::Dead].into_iter().find(|state| state.as_str() == text)
    }
}

/// One notice on its way to one route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The route.
    pub route: String,
    /// How far it is.
    pub state: DeliveryState,
    /// Failed attempts so far.
    pub failures: u32,
    /// Not before this moment, while pending.
    pub next_at: Option<Timestamp>,
    /// When it was acknowledged.
    pub delivered_at: Option<Timestamp>,
    /// The last failure, or what the other end answered.
    pub note: String,
}

/// The right to deliver one notice to one route, until it expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryLease {
    /// The notice.
    pub notice: String,
    /// The route.
    pub route: String,
    /// Who holds it.
    pub owner: String,
    /// Counts the claims of this delivery: an older holder is recognised.
    pub number: u64,
}

/// A notice to deliver now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedDelivery {
    /// The right to do so.
    pub lease: DeliveryLease,
    /// When the notice was made.
    pub at: Timestamp,
    /// The notice.
    pub notice: Phi<Notice>,
    /// Failed attempts so far.
    pub failures: u32,
    /// The CMS result as received, where the notice tells an outcome.
    pub answer: Option<Phi<String>>,
}
