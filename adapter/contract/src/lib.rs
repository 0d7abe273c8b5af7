//! The vocabulary and records of `wit/` as plain Rust types.
//!
//! Both sides of the component boundary use these: the guest converts them to and from its generated bindings, the host
//! does the same on its side, and everything else in the workspace speaks only these. They carry no behaviour beyond
//! naming and the meaning of their names, so that the guest's logic stays in `adapter/core` and the host's in `host/`.

mod convert;
mod entry;
mod exchange;
mod intent;
mod issue;
mod kept;
mod notice;
mod reading;
mod redact;
mod words;

#[doc(hidden)]
pub use convert::Gather;
pub use entry::{Deadline, Entry, EntryKind, ReportPeriod, ReportRequest};
pub use exchange::{Announcement, Exchange, Outcome, OutcomeClass, Phase, Settled, Settlement};
pub use intent::{
    COVERAGE_IN_DOUBT, ChartChange, ChartRecord, Command, CommandAction, FOLLOWER_DROPPED, Intent, Mode, OPEN_ALREADY,
    ORDER_WITHOUT_EFFECT, Payload, Plan, PlanRequest, Provenance, REASON_LAPSED, asking,
};
pub use issue::{ALREADY_ALIGNED, Issue, Severity};
pub use kept::{DatedEntry, GatherRequest, Gathered, TakeUpRequest};
pub use notice::{Envelope, Format, NamedDate, Notice, NoticeKind};
pub use reading::{Account, AccountLine, Fate, Header, Reading, Refusal, Subject, UnmappedCode, Verdict};
pub use words::{Operation, Track};
