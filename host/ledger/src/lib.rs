//! The durable truth of the service: feeds, charts, submissions and their history, notices and their deliveries, what CMS told
//! by itself, and the quarantine.
//!
//! [`Ledger`] is the interface, coarse on purpose: each method is one transaction, so that a store needs nothing but
//! transactions, unique indexes and row locks to serve it. [`SqliteLedger`] is the embedded store, one file for one service;
//! [`PostgresLedger`] is a database that any number of services share. What they have in common (the tables, and what must always hold of
//! them) stands in `relational`, what is their own in `sqlite` and `postgres`. Every rule about what may follow what is one table,
//! [`TRANSITIONS`], which every store consults.
//!
//! Records hold protected health information. It travels in [`bridge_types::Phi`], and no error or log line of this crate
//! carries a value. Encryption at rest belongs to a later version. Nothing is deleted but what a policy of [`Retention`] says, and
//! codes that profiles do not know, which make room.

mod bounds;
mod charts;
mod cms_notices;
mod error;
mod feeds;
mod health;
mod inquiry;
mod intake;
mod ledger;
mod notices;
mod page;
mod postgres;
mod presence;
mod quarantine;
mod relational;
mod sqlite;
mod states;
mod submissions;
mod unmapped;
mod upkeep;
mod work;

#[cfg(test)]
mod suite;

pub use bounds::Bounds;
pub use charts::{ChartChange, ChartFilter, SeenChart, StoredChart};
pub use cms_notices::{
    CmsFacts, CmsFate, CmsMatch, CmsNoticeFilter, CmsNoticeSummary, CmsTaken, NewCmsNotice, StoredCmsNotice,
};
pub use error::{Backend, BackendFailure, Code, Kind, LedgerError};
pub use feeds::{FeedEntry, FeedIdentity, FeedSummary, KnownFeed, StoredFeed};
pub use health::Health;
pub use inquiry::{Inquiry, Known, KnownChart, Wanted};
pub use intake::{Commanded, Intake, IntakeResult, StoredIntake, SubjectIntake, SubjectResult, Taken, TakenAs};
pub use ledger::Ledger;
pub use notices::{
    About, ClaimedDelivery, Delivery, DeliveryLease, DeliveryState, NewNotice, NoticeFilter, NoticeSummary,
    StoredNotice,
};
pub use page::{Cursor, Page};
pub use postgres::{DatabaseClock, PostgresLedger, PostgresSettings, SettingsError, Time};
pub use presence::Presence;
pub use quarantine::{NewQuarantineEntry, QuarantineEntry, QuarantineFilter, Quarantined, StoredQuarantineEntry};
pub use sqlite::SqliteLedger;
pub use states::{Act, Next, Situation, State, TRANSITIONS, Transition, When};
pub use submissions::{Event, SentPayload, Submission, SubmissionFilter, SubmissionStory};
pub use unmapped::{UnmappedFilter, UnmappedRow};
pub use upkeep::{Pruned, Retention, Violation};
pub use work::{
    Acceptance, Acted, Claimed, Claimer, Dependents, Ending, Final, FinishResult, Finished, Lease, Look, Once,
    Postponement, Sending, Settling, Telling, Told, Until,
};
