//! What is known about one beneficiary. Stored by the host as JSON text, understood only here.
//!
//! The document carries a `schema` number. A later version reads every earlier one; unknown keys are an error, so that a
//! chart written by a newer version is refused and not silently cut down.

mod beneficiary;
mod document;
pub(crate) mod field;

use crate::facts::{Address, Alias, Diagnosis, Heritage, Name, NameUse, Plan, PostalAddress, Sourced, Telecom};
use access_contract::ReportPeriod;
use access_mappings::RuleAction;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub(crate) use beneficiary::{DELETED, is_for_a_look, same_identifier};
pub use document::MAX_DOCUMENT_BYTES;

/// The schema this version writes.
pub const SCHEMA: u32 = 1;

/// A beneficiary's standing in one track.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// `eligible`, `not-eligible`, `aligned`, `control-group`, `unaligned`, `unalignment-pending`…
    pub state: String,
    /// When it came to be, RFC 3339.
    pub since: String,
    /// Last result code.
    pub code: String,
    /// CMS submission id of the alignment. Kept for good: later notices from CMS name nothing else.
    #[serde(default)]
    pub alignment: String,
    /// Ids of earlier alignments in this track, oldest first. Never shortened: what is due after an unalignment is
    /// announced under them.
    #[serde(default)]
    pub former_alignments: Vec<String>,
    /// When the last alignment came to be, RFC 3339; the lock-in counts from here. Stays after an unalignment.
    #[serde(default)]
    pub aligned_at: String,
    /// When CMS accepted the submission of that alignment, RFC 3339: the earliest it can count from. Empty: `aligned_at`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub aligned_since: String,
    /// The MBI under which CMS answered a report that it knows no such alignment, while nothing else was said of that alignment since; else
    /// empty. Under another number it may be in force.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unknown_under: String,
    /// When eligibility was answered last, RFC 3339.
    #[serde(default)]
    pub checked_at: String,
    /// Basis of that answer.
    #[serde(default)]
    pub basis: String,
}

/// What is known of a person beyond what CMS matches by. Kept so that a site may send it; see `patient.send`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Particulars {
    /// US Core race.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub race: Option<Sourced<Heritage>>,
    /// US Core ethnicity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ethnicity: Option<Sourced<Heritage>>,
    /// US Core birth sex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_sex: Option<Sourced<String>>,
    /// Ways to reach the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub telecoms: Option<Sourced<Vec<Telecom>>>,
    /// Addresses, in the order of the feed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addresses: Option<Sourced<Vec<PostalAddress>>>,
    /// BCP-47 tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Sourced<String>>,
    /// FHIR dateTime of the birth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_time: Option<Sourced<String>>,
    /// FHIR date or dateTime of death.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub died_at: Option<Sourced<String>>,
    /// What the name is used for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_use: Option<Sourced<NameUse>>,
}

impl Particulars {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A report that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reported {
    /// What was reported.
    pub period: ReportPeriod,
    /// Result code: `success`, `duplicate`, `incomplete-data`, …; empty for a technical failure.
    pub code: String,
    /// When the answer came, RFC 3339.
    pub at: String,
    /// When CMS accepted the submission, of a duplicate when it was sent first, RFC 3339: the earliest it can count from. Empty: `at`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub since: String,
    /// This product's id of the submission.
    pub submission: String,
    /// The id CMS gave it, or empty.
    #[serde(default)]
    pub cms_submission: String,
    /// Keys of the entries it carried.
    #[serde(default)]
    pub entries: Vec<String>,
    /// What CMS said was missing, by name.
    #[serde(default)]
    pub missing: Vec<String>,
}

impl Reported {
    /// The earliest moment it can count from, RFC 3339.
    #[must_use]
    pub fn counts_from(&self) -> &str {
        if self.since.is_empty() { &self.at } else { &self.since }
    }

    /// Whether CMS has the report: it was accepted, now or before.
    #[must_use]
    pub fn is_delivered(&self) -> bool {
        matches!(self.code.as_str(), "success" | "duplicate")
    }
}

/// What became of a visit's number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renamed {
    /// The number it has now.
    pub to: String,
    /// When that was said, as `sent_at` of the feed.
    pub at: String,
}

/// A beneficiary, as one participant knows them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    /// Version of this document.
    pub schema: u32,
    /// The MBI.
    #[serde(default)]
    pub mbi: Option<Sourced<String>>,
    /// Numbers that were replaced, oldest first.
    #[serde(default)]
    pub former_mbis: Vec<String>,
    /// Other identifiers.
    #[serde(default)]
    pub aliases: Vec<Alias>,
    /// The name.
    #[serde(default)]
    pub name: Option<Sourced<Name>>,
    /// FHIR gender.
    #[serde(default)]
    pub gender: Option<Sourced<String>>,
    /// ISO date.
    #[serde(default)]
    pub birth_date: Option<Sourced<String>>,
    /// Home address.
    #[serde(default)]
    pub address: Option<Sourced<Address>>,
    /// Dead.
    #[serde(default)]
    pub deceased: Option<Sourced<bool>>,
    /// In hospice.
    #[serde(default)]
    pub hospice: Option<Sourced<bool>>,
    /// Race, contact and the like.
    #[serde(default, skip_serializing_if = "Particulars::is_empty")]
    pub particulars: Particulars,
    /// Plans, by priority.
    #[serde(default)]
    pub plans: Vec<Plan>,
    /// Diagnoses, by rank.
    #[serde(default)]
    pub diagnoses: Vec<Diagnosis>,
    /// The same diagnoses as other visits stated them. `diagnoses` holds each code once, in its surest statement; these
    /// step in when the visit of that statement is cancelled or drops the code.
    #[serde(default)]
    pub further_diagnoses: Vec<Diagnosis>,
    /// A provider's referral.
    #[serde(default)]
    pub referral: Option<Sourced<bool>>,
    /// ISO date of the last day on which it holds, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub referral_until: String,
    /// Standing by track code.
    #[serde(default)]
    pub standing: BTreeMap<String, Standing>,
    /// Newest `sent_at` seen: an older snapshot does not overwrite newer facts.
    #[serde(default)]
    pub newest: String,
    /// `sent_at` of the newest feed that stated a field, by field name; sets of diagnoses by visit as
    /// `diagnoses/VISIT`, single changed diagnoses as `diagnosis/CODE`, identifiers that ceased as `alias/KEY`, and as
    /// `updated/SENDER` when a sender says that it changed the person's data last (`PID-33`).
    #[serde(default)]
    pub stated: BTreeMap<String, String>,
    /// Visits that go on under another number, by their old one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub renamed_visits: BTreeMap<String, Renamed>,
    /// Rules of the site whose condition holds, by name, with what they do: each acts once until it no longer holds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<String, RuleAction>,
    /// Reports by track code, oldest first.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reports: BTreeMap<String, Vec<Reported>>,
    /// The `PID` segment for notices.
    #[serde(default)]
    pub patient: String,
    /// Last sender's application, to answer to.
    #[serde(default)]
    pub reply_application: String,
    /// Last sender's facility, to answer to.
    #[serde(default)]
    pub reply_facility: String,
    /// `MSH-10` of the last feed that changed this chart.
    #[serde(default)]
    pub last_feed: String,
    /// What people were told about this person last, so that it is told once until it changes: `coverage` while Original
    /// Medicare was seen in force, `identity` with the codes of what is missing to submit, `record-deleted` until the sender
    /// speaks of the person again. Until the chart was looked at: `alignment/TRACK` for an alignment that has become known,
    /// `alignment-ended/TRACK` for one that has ended, `answer/TRACK` for a check that was answered, and `joined` for charts that were
    /// joined into this one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub told: BTreeMap<String, String>,
}
