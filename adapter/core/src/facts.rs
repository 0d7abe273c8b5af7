//! What one feed states about one person. Travels from `read` to `plan` as JSON text; nothing stores it.

mod about;
mod format;
mod origins;

pub(crate) use format::Format;

use crate::entries::Answered;
use access_mappings::{EventEffect, PlanClass, RuleAction};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Name of the feed (`MSH-10`).
    pub feed: String,
    /// HL7 path, for example `IN1[1]-49.1`.
    pub path: String,
    /// The mapping rule that read it.
    pub rule: String,
}

/// A value with its origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub from: Origin,
}

/// What a field of a snapshot says. An absent field says nothing and is `None` around this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stated<T> {
    /// The value.
    Set(Sourced<T>),
    /// `""`: what was known is to be forgotten.
    Clear,
}

/// An identifier that is not the MBI.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Alias {
    /// Assigning authority: `PID-3.4.1`, else its OID, else the sender's `MSH-4`.
    pub authority: String,
    /// `PID-3.1`
    pub value: String,
    /// `PID-3.5`, or empty.
    pub kind: String,
}

impl Alias {
    /// The key a chart is found under.
    #[must_use]
    pub fn key(&self) -> String {
        format!("id:{}|{}", self.authority, self.value)
    }
}

/// A name as the coverage record has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// `XPN-1.1`
    pub family: String,
    /// `XPN-2`, then the rest.
    pub given: Vec<String>,
    /// `XPN-4`
    pub suffix: String,
}

/// A home address, as far as rules need it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Two-letter state.
    pub state: String,
    /// Postal code as `12345` or `12345-6789`.
    pub postal_code: String,
    /// Whether it is a temporary or a mailing address, which stands in where no home is known.
    #[serde(default, skip_serializing_if = "is_false")]
    pub stands_in: bool,
}

/// One plan (`IN1` with its `IN2`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What kind of plan.
    pub class: PlanClass,
    /// Order of the plans: 1 is primary (`IN1-22`, else position).
    pub priority: u32,
    /// Whether the order is stated (`IN1-22`), not told by position.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ordered: bool,
    /// `IN1-12`, ISO date.
    pub starts: Option<String>,
    /// `IN1-13`, ISO date.
    pub ends: Option<String>,
    /// Where the deciding signal stood.
    pub from: Origin,
    /// What tells this plan from the person's others where plans are stated one by one (FHIR Coverage), or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub statement: String,
}

impl Plan {
    /// Whether the sender says that another plan pays before it.
    #[must_use]
    pub const fn is_stated_later(&self) -> bool {
        self.ordered && self.priority > 1
    }
}

/// How sure a diagnosis is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// Usable as a condition.
    Confirmed,
    /// Working or admitting: kept, not sent.
    Provisional,
    /// Deleted (`DG1-21` D): taken out of the chart.
    Withdrawn,
}

/// One diagnosis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// Dotted ICD-10-CM code, upper case.
    pub code: String,
    /// How sure.
    pub certainty: Certainty,
    /// `DG1-15`, else `DG1-1`; 1 is first.
    pub rank: u32,
    /// `DG1-5` or `DG1-19`, ISO date.
    pub recorded: Option<String>,
    /// Visit (`PV1-19`) it was stated in.
    pub visit: Option<String>,
    /// Where it stood.
    pub from: Origin,
    /// The record that states it, where each is a record of its own (FHIR Condition), or empty. What such a record says
    /// replaces what it said before, and nothing else. Withdrawn with no code: the record states nothing any more.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub statement: String,
    /// What the sender calls the row (`DG1-20` with its authority), or empty: a later change may name nothing else. Withdrawn
    /// with no code: the row of this id no longer holds.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub instance: String,
}

impl Diagnosis {
    /// A row that takes back what is known under the id that is filled in, without a code of its own.
    pub(crate) fn taken_back(rank: u32, from: Origin) -> Self {
        let (code, statement, instance) = (String::new(), String::new(), String::new());
        Self { code, certainty: Certainty::Withdrawn, rank, recorded: None, visit: None, from, statement, instance }
    }
}

/// What a `ZAC` segment asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// `ZAC-2` in upper case: CHECK, ALIGN, UNALIGN, REPORT, APPROVE, CANCEL.
    pub action: String,
    /// `ZAC-3`, or empty: the one track that fits.
    pub track: String,
    /// `ZAC-4`
    pub reason: String,
    /// `ZAC-5`: of this request and its track alone.
    pub provider_referral: Option<bool>,
    /// `ZAC-6`
    pub switch_consent: Option<bool>,
    /// `ZAC-7`, ISO date.
    pub effective: Option<String>,
    /// `ZAC-8`
    pub reference: String,
    /// Where it stood, for example `ZAC[1]`.
    pub path: String,
}

/// A category of the OMB with its detail (US Core race and ethnicity; CDC race and ethnicity code system).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heritage {
    /// Codes of OMB categories, or the null flavours `UNK` and `ASKU`.
    pub categories: Vec<String>,
    /// Codes of finer groups.
    pub details: Vec<String>,
    /// Words, as the feed had them; never empty.
    pub text: String,
}

/// One way to reach the person (`PID-13`, `PID-14`, `PID-40`; FHIR `ContactPoint`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Telecom {
    /// `phone`, `fax`, `email`, `pager`, `sms` or `other`.
    pub system: String,
    /// The number or address.
    pub value: String,
    /// `home`, `work`, `mobile`, `temp`, `old` or empty.
    pub usage: String,
}

/// A whole address (`PID-11`; FHIR `Address`). Empty where the feed had nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostalAddress {
    /// `postal` for what is only written to, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// `home`, `work`, `temp`, `old`, `billing` or empty.
    pub usage: String,
    /// Street lines.
    pub lines: Vec<String>,
    /// City.
    pub city: String,
    /// County.
    pub district: String,
    /// Two-letter state.
    pub state: String,
    /// `12345` or `12345-6789`.
    pub postal_code: String,
    /// ISO 3166 code, or empty.
    pub country: String,
    /// ISO date.
    pub starts: String,
    /// ISO date.
    pub ends: String,
}

/// How and when the primary name is used (`XPN-7`, `XPN-10`, `XPN-12`, `XPN-13`). Empty where the feed had nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameUse {
    /// FHIR name use, or empty.
    pub usage: String,
    /// ISO date.
    pub starts: String,
    /// ISO date.
    pub ends: String,
}

/// What US Core Patient has beyond what CMS matches by. Sent only where the profile wants it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Demographics {
    /// `PID-10`; US Core race.
    pub race: Option<Stated<Heritage>>,
    /// `PID-22`; US Core ethnicity.
    pub ethnicity: Option<Stated<Heritage>>,
    /// US Core birth sex: `F`, `M`, `UNK`, `ASKU`, `OTH`. Only from an explicit source.
    pub birth_sex: Option<Stated<String>>,
    /// `PID-13`, `PID-14`, `PID-40`.
    pub telecoms: Option<Stated<Vec<Telecom>>>,
    /// `PID-11`, in the order of the feed.
    pub addresses: Option<Stated<Vec<PostalAddress>>>,
    /// `PID-15` as a BCP-47 tag.
    pub language: Option<Stated<String>>,
    /// `PID-7` as a FHIR dateTime, where it has a time of day that is not midnight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_time: Option<Stated<String>>,
    /// `PID-29` as a FHIR date or dateTime.
    pub died_at: Option<Stated<String>>,
    /// What the primary name is used for.
    pub name_use: Option<Stated<NameUse>>,
}

/// What an observation says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observed {
    /// A quantity.
    Quantity {
        /// The decimal as the feed wrote it: `7.0` stays `7.0`.
        value: String,
        /// `<`, `<=`, `>`, `>=` or empty.
        comparator: String,
        /// Unit as the feed had it.
        unit: String,
        /// Its UCUM code; empty where none is known.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        code: String,
    },
    /// A code with its system as a URI and its words.
    Coded {
        /// Code.
        code: String,
        /// System, or empty.
        system: String,
        /// Words.
        text: String,
    },
    /// Words.
    Text(String),
    /// A panel: the parts are observations of their own.
    Nothing,
}

/// One observation (`OBX`; FHIR Observation or component; result or vital sign of a document).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// LOINC code, from the feed or the profile's table; empty if it has none.
    pub loinc: String,
    /// The sender's own code, if that is what it sent.
    pub local: String,
    /// What was observed.
    pub value: Observed,
    /// FHIR observation status; `entered-in-error` takes an earlier one back, `confirmed` (`OBX-11` U) makes an earlier one final.
    pub status: String,
    /// FHIR dateTime or date of the observation, or empty.
    pub at: String,
    /// The time as it was written (`2026-07-14T09:15:00`) where its offset did not stand beside it, so that another message may tell
    /// another, or as the clock of the sender's zone showed it; or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub written: String,
    /// Where the time stood, if it was not in the row itself (`OBR[1]-7`); or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub timed: String,
    /// What tells this observation from others of its code: `OBR-3` with `OBX-4` as `F200/1`, `/1` without an order; FHIR id; or empty.
    pub identifier: String,
    /// How it was measured (`OBX-17`; FHIR `method`), or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// Who measured it (`OBX-16`, `OBX-23`; FHIR `performer`): an NPI, else empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub performer: String,
    /// Where it stood.
    pub from: Origin,
}

impl Observation {
    /// When it was observed, as far as that tells it from others: the time as it was written where its offset may change.
    pub(crate) fn time(&self) -> &str {
        if self.written.is_empty() { &self.at } else { &self.written }
    }

    /// Whether it says no more than that something was not observed after all.
    pub(crate) fn is_void(&self) -> bool {
        matches!(self.status.as_str(), "entered-in-error" | "cancelled")
    }
}

/// A visit that goes on under another number (`MRG-5`, `PV1-19`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenamedVisit {
    /// The number that ceases.
    pub from: String,
    /// The number it has now.
    pub to: String,
}

/// What a feed says about the condition of a site's rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleState {
    /// Name of the rule in the profile.
    pub name: String,
    /// Whether its condition holds.
    pub holds: bool,
    /// What it does.
    pub action: RuleAction,
    /// Track code, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub track: String,
    /// What the rule says about a provider's referral.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_referral: Option<bool>,
    /// Whether the condition is consent to switch participants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switch_consent: Option<bool>,
    /// The first field of the condition.
    pub path: String,
}

/// What a feed says in single records and not in sets (FHIR; action codes of `IN1`), and about visits and times of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Records {
    /// Whether the plans are single ones, each known by its `statement`, which leave the others as they are.
    pub single_plans: bool,
    /// Statements of plans that no longer hold.
    pub withdrawn_plans: Vec<String>,
    /// Visits that were cancelled or never took place.
    pub cancelled_visits: Vec<String>,
    /// Whether the rest of what the sender says about the person comes in feeds of its own, in any order.
    pub fragment: bool,
    /// Visits that go on under another number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub renamed_visits: Vec<RenamedVisit>,
    /// Whether a referral is said to have expired or to have been rejected.
    #[serde(skip_serializing_if = "is_false")]
    pub referral_ended: bool,
    /// ISO date of the last day on which the feed's referral holds (`RF1-8`); empty if none is stated.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub referral_until: String,
    /// Whether the feed's referral is to somebody else than the participant, or nobody can tell whether it holds, so that the event
    /// alone is none.
    #[serde(skip_serializing_if = "is_false")]
    pub referral_elsewhere: bool,
    /// Whether two Medicare numbers are stated and nothing decides between them, so that neither was taken.
    #[serde(skip_serializing_if = "is_false")]
    pub mbi_conflict: bool,
    /// MBIs that cease beside `prior_mbi`, and differ from it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub further_prior_mbis: Vec<String>,
    /// Codes of diagnoses that are said to be unchanged (`DG1-21` X); what is known of them stays.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unchanged_diagnoses: Vec<String>,
    /// `PID-33`, written as `sent_at`: when the sender last changed the person's data; empty if unknown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub person_updated: String,
    /// What it says about the conditions of the site's rules; nothing about those whose segments it does not carry.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleState>,
    /// When single statements were made, where that is not `sent_at`: by the names under which a chart keeps the time
    /// (`plan/STATEMENT`, `problem/STATEMENT`, `diagnosis/CODE`, `mbi`, `deceased`, `hospice`, `referral`), of cancelled visits as
    /// `diagnoses/VISIT`, and of observations as `observation/IDENTIFIER`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub times: BTreeMap<String, String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Everything one feed states about one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// `MSH-10`
    pub feed: String,
    /// Type and event, for example `ADT^A08`.
    pub event: String,
    /// What the event does (event table of the profile).
    pub effect: EventEffect,
    /// Whether the screen trigger looks at this event.
    pub screens: bool,
    /// When the feed was sent (`MSH-7`, else `EVN-2`), for telling newer from older: in UTC as `YYYY-MM-DDTHH:MM:SS.ffffffZ`; as the
    /// local time without `Z` where its zone is not known; as a date where that is all there is; empty if unknown.
    pub sent_at: String,
    /// `MSH-3.1`
    pub sender_application: String,
    /// `MSH-4.1`
    pub sender_facility: String,
    /// `PV1-19` as `authority|number`, else `PV1-50`, else `PID-18`; the authority is `CX-4.1`, else its OID, else `MSH-4`, else `MSH-3`.
    pub visit: Option<String>,
    /// The MBI, normalised and checked.
    pub mbi: Option<Sourced<String>>,
    /// Other identifiers (`PID-3`, `PID-2`, `PID-4`).
    pub aliases: Vec<Alias>,
    /// Identifiers that cease (`MRG-1`, `MRG-4`).
    pub prior_aliases: Vec<Alias>,
    /// An MBI that ceases (`MRG-1` typed MC), if any.
    pub prior_mbi: Option<Sourced<String>>,
    /// The primary name.
    pub name: Option<Stated<Name>>,
    /// FHIR gender.
    pub gender: Option<Stated<String>>,
    /// ISO date.
    pub birth_date: Option<Stated<String>>,
    /// Home address.
    pub address: Option<Stated<Address>>,
    /// Whether the person is dead (`PID-29`, `PID-30`, `PV1-36`).
    pub deceased: Option<Stated<bool>>,
    /// Whether the person went to hospice (`PV1-36`).
    pub hospice: Option<Sourced<bool>>,
    /// The plans. None: no `IN1` at all. An empty list clears.
    pub plans: Option<Vec<Plan>>,
    /// The diagnoses. None: no `DG1` at all.
    pub diagnoses: Option<Vec<Diagnosis>>,
    /// Whether `DG1` rows carried action codes (`DG1-21`), so that they add to the set and do not replace it.
    pub diagnoses_are_changes: bool,
    /// A provider's referral to the participant (`REF^I12`).
    pub referral: Option<Sourced<bool>>,
    /// Explicit requests.
    pub requests: Vec<Request>,
    /// Race, contact and the like.
    #[serde(default)]
    pub demographics: Demographics,
    /// Results, vital signs and answers.
    #[serde(default)]
    pub observations: Vec<Observation>,
    /// Answered questionnaires.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questionnaires: Vec<Answered>,
    /// What single records state.
    #[serde(default)]
    pub records: Records,
    /// The `PID` segment with standard delimiters, without Medicare and social security numbers, for notices.
    pub patient: String,
}

impl Facts {
    /// When what the chart keeps under this name was stated: by the record itself, else with the feed.
    #[must_use]
    pub fn time_of(&self, field: &str) -> &str {
        self.records.times.get(field).map_or(self.sent_at.as_str(), String::as_str)
    }
}
