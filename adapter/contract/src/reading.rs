//! What the component found in one feed.

use crate::{EntryKind, Issue, redact::redacted, words::vocabulary};
use serde::{Deserialize, Serialize};

vocabulary! {
    /// Why a feed is refused, which decides the acknowledgement (`MSA-1`).
    Verdict {
        /// It will never be accepted as it is: `AR`.
        Reject = "reject",
        /// A person must look at it: `AE`.
        NeedsPerson = "needs-person",
    }
}

/// The message header (`MSH`) as the feed had it; empty strings where the feed had nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// `MSH-10`
    pub control_id: String,
    /// `MSH-9.1`, for example `ADT`
    pub message_type: String,
    /// `MSH-9.2`, or `EVN-1` where that is empty, for example `A01`
    pub event: String,
    /// `MSH-12.1`
    pub version: String,
    /// `MSH-11.1`
    pub processing_id: String,
    /// `MSH-7` as the feed had it
    pub sent_at: String,
    /// `MSH-3.1`
    pub sending_application: String,
    /// `MSH-4.1`
    pub sending_facility: String,
    /// `MSH-5.1`
    pub receiving_application: String,
    /// `MSH-6.1`
    pub receiving_facility: String,
}

impl Header {
    /// Type and event as one name, for example `ADT^A01`; empty where the type is not known.
    #[must_use]
    pub fn event_name(&self) -> String {
        if self.message_type.is_empty() { String::new() } else { format!("{}^{}", self.message_type, self.event) }
    }
}

/// One person a feed speaks of, with the facts it states.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Keys under which this person's chart may be found: `mbi:…` and `id:authority|value`.
    pub keys: Vec<String>,
    /// Keys of charts that this feed says are the same person (`MRG-1`), to be joined into the first.
    pub prior_keys: Vec<String>,
    /// Keys of the entries that the facts are about.
    #[serde(default)]
    pub entry_keys: Vec<String>,
    /// The facts as JSON text. Opaque outside the component; pass it to `plan-intents` unchanged.
    pub facts: String,
}

impl Subject {
    /// How many answered questionnaires its part of the feed carries.
    #[must_use]
    pub fn questionnaires(&self) -> usize {
        self.entry_keys.iter().filter(|key| key.starts_with(EntryKind::QUESTIONNAIRE_KEYS)).count()
    }
}

redacted!(Subject { show; hide keys, prior_keys, entry_keys, facts });

/// A feed that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The message header.
    pub header: Header,
    /// The participant this feed belongs to (`ACCES#####`), by the profile's sender table.
    pub participant: String,
    /// The people it speaks of: one, except in merge messages with several patient groups.
    pub subjects: Vec<Subject>,
    /// How many observations (`OBX`) it carries.
    pub observations: u32,
    /// Codes of the sender that the profile does not know yet.
    pub unmapped: Vec<UnmappedCode>,
    /// What was noticed on the way. One that blocks ([`Issue::blocks`]) means that something the feed says could not be used. Where
    /// its code begins with `zac-` that is an explicit request: the caller refuses the feed ([`Verdict::NeedsPerson`]), so that
    /// whoever asked is told. Any other is a fact that was left out: the feed is accepted without it, and a person is told.
    pub issues: Vec<Issue>,
}

/// A sender's own code for which the profile has no line yet. Codes are the vocabulary of a system, not of a patient; they
/// are cut to 64 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnmappedCode {
    /// What kind of code: `observation`, `unit`, `plan`, `race`, …: the table of the profile it is missing in.
    pub table: String,
    /// The code.
    pub code: String,
    /// Its name in the sender's system, or empty.
    pub display: String,
    /// The coding system the sender names, or empty.
    pub system: String,
    /// The unit it came with, or empty.
    pub unit: String,
}

impl UnmappedCode {
    /// Rule of a result that comes with such a code alone: no report can carry it.
    pub const RULE: &'static str = "unmapped";
}

vocabulary! {
    /// What became of a piece of a feed.
    Fate {
        /// A rule took it.
        Used = "used",
        /// The profile lists it as of no concern.
        Ignored = "ignored",
        /// Nothing took it, and no list says that this is meant.
        Unused = "unused",
    }
}

/// One populated piece of a feed, and what became of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLine {
    /// HL7 path such as `PID-5[2].1`, FHIRPath, or the XPath of a document.
    pub path: String,
    /// What the field is called in the standard, or empty.
    pub name: String,
    /// What became of it.
    pub fate: Fate,
    /// The rules that took it, or that ignore it.
    pub rules: Vec<String>,
    /// The facts it went into, for example `birth_date`.
    pub facts: Vec<String>,
    /// The text, only where the caller asked for it.
    pub value: Option<String>,
}

redacted!(AccountLine { show path, name, fate, rules, facts; hide value });

/// What became of every populated piece of a feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// In the order of the feed.
    pub lines: Vec<AccountLine>,
    /// Whether there were more lines than an account lists (20,000).
    pub truncated: bool,
}

/// A feed that was refused. The bytes stay with the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Which acknowledgement is true.
    pub verdict: Verdict,
    /// As much of the header as could be read.
    pub header: Header,
    /// Why; the first blocking issue is the one to show.
    pub issues: Vec<Issue>,
}

impl Refusal {
    /// Gives it the header that was read before.
    #[must_use]
    pub fn with_header(self, header: &Header) -> Self {
        Self { header: header.clone(), ..self }
    }
}
