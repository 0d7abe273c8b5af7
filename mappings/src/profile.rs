//! How feeds are read and what triggers what: the resolved profile.
//!
//! The TOML of `profiles/` has the same tables and keys; the loader merges the layers and resolves the guide.

use crate::coverage::CoverageRules;
use crate::deferred::Deferred;
use crate::dense::{Table, TextList, TextTable};
use crate::guide::Guide;
use crate::reporting::{ReportAuthor, ReportRules};
use crate::site::{LocalCodes, Senders, SiteRule, ValueTables};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One resolved profile: what the component is loaded with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Format of this document; 1.
    pub schema: u32,
    /// Name of the site.
    pub name: String,
    /// Character set of feeds that name none and are not UTF-8, as a WHATWG label, for example `windows-1252`.
    pub default_charset: String,
    /// Character sets of single senders that name none.
    #[serde(default)]
    pub charsets: Vec<SenderCharset>,
    /// Whether whatever is doubted refuses a feed: for testing an interface.
    #[serde(default)]
    pub strict: bool,
    /// Whether feeds are only looked at: what the rules refuse is read as far as it goes, with the reason as an issue, and nothing is
    /// planned. Set by programs that show feeds to people; no key of the files.
    /// Written always: the compact form knows fields by their place.
    #[serde(default)]
    pub inspects: bool,
    /// What training and debugging messages (`MSH-11` T or D) get.
    pub training: TrainingRule,
    /// Organisations that are submitted as.
    pub participants: Vec<Participant>,
    /// What each event does, by type and event: `ADT^A01`. `ORM^*` stands for every event of the type that has no row of
    /// its own; see [`Profile::event`].
    pub events: Table<EventRule>,
    /// Where the Medicare Beneficiary Identifier is.
    pub mbi: MbiRules,
    /// Names, sex, birth date, fillers.
    pub identity: IdentityRules,
    /// What else of a person is read and sent.
    #[serde(default)]
    pub patient: PatientRules,
    /// Time zones of senders.
    #[serde(default)]
    pub times: TimeRules,
    /// Which coverage is Original Medicare.
    pub coverage: CoverageRules,
    /// Which diagnoses count.
    pub diagnoses: DiagnosisRules,
    /// To whom referrals must be addressed.
    #[serde(default)]
    pub referrals: ReferralRules,
    /// What of FHIR feeds counts as an order.
    #[serde(default)]
    pub fhir: FhirRules,
    /// Which populated pieces of feeds are of no concern.
    #[serde(default)]
    pub account: Deferred<AccountRules>,
    /// What starts an operation.
    pub triggers: Triggers,
    /// What reports need.
    #[serde(default)]
    pub reports: ReportRules,
    /// What notices carry.
    pub notices: NoticeRules,
    /// What senders call things.
    #[serde(default)]
    pub codes: LocalCodes,
    /// Named lists of values, for conditions.
    #[serde(default)]
    pub tables: ValueTables,
    /// Rules on conditions, by name.
    #[serde(default)]
    pub rules: BTreeMap<String, SiteRule>,
    /// What differs for single senders; see [`Profile::for_sender`].
    #[serde(default)]
    pub senders: Senders,
    /// The guide's facts.
    pub guide: Guide,
}

/// What a training or debugging message gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrainingRule {
    /// `AR` with condition 202; kept in quarantine.
    Refuse,
    /// Read like any other; for test installations only.
    Submit,
}

/// One organisation that is submitted as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Participant {
    /// `ACCES` and five digits.
    pub id: String,
    /// Payer id that means Medicare fee-for-service for this participant; from registration.
    pub payer: String,
    /// Track codes the participant offers.
    pub tracks: Vec<String>,
    /// Two-letter states it is licensed in. Empty: relocation is not watched.
    #[serde(default)]
    pub states: Vec<String>,
    /// Senders whose feeds belong to it. Empty: every feed no other participant claims.
    #[serde(default)]
    pub senders: Vec<Sender>,
    /// What is sent of a person for this participant, instead of what `[patient]` says.
    #[serde(default)]
    pub send: Option<Vec<PatientElement>>,
    /// Name of the organisation, for reports.
    #[serde(default)]
    pub name: String,
    /// Who answers for its reports.
    #[serde(default)]
    pub author: Option<ReportAuthor>,
    /// How the report trigger acts for it, instead of what `[reports]` says.
    #[serde(default)]
    pub report: Option<TriggerMode>,
}

/// A sender of feeds; an unset part matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sender {
    /// `MSH-3.1`
    #[serde(default)]
    pub application: Option<String>,
    /// `MSH-4.1`
    #[serde(default)]
    pub facility: Option<String>,
}

/// What an event does to a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventEffect {
    /// The feed is a snapshot of the segments it carries.
    Snapshot,
    /// It cancels an earlier event of the same visit; unsent work of that visit is withdrawn.
    Cancel,
    /// `PID` survives, `MRG` ceases.
    Merge,
    /// The same person gets the identifiers in `PID` instead of those in `MRG`, which no longer lead to the chart.
    Change,
    /// A visit gets the number in `PV1-19` instead of the one in `MRG-5`.
    RenameVisit,
    /// A visit was filed under the wrong person: what it stated leaves the chart of the person in `MRG`.
    MoveVisit,
    /// A referral to the participant.
    Referral,
    /// A record was deleted, linked or moved: nothing changes, a person is told.
    Review,
    /// Results: what it measures goes into a chart that is there; the person is left as known.
    Results,
    /// Accepted and stored; nothing follows.
    Ignore,
}

/// One row of the event table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventRule {
    /// What it does.
    pub effect: EventEffect,
    /// Whether the screen trigger looks at it.
    #[serde(default)]
    pub screens: bool,
}

/// A place where an MBI may stand, in order of trust (`spec` table of carriers).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum MbiCarrier {
    /// `PID-3` typed `MC`, or assigned by CMS.
    Pid3Medicare,
    /// `IN2-6`.
    In2Medicare,
    /// `IN1-49.1` of an Original Medicare plan.
    In1InsuredId,
    /// `IN1-36` of an Original Medicare plan.
    In1Policy,
    /// `PID-3` with a local type from `local_types`.
    Pid3Local,
    /// A field named by the site, for example `ZIN-4.1` or `PID-2`.
    Path(String),
}

impl From<String> for MbiCarrier {
    fn from(name: String) -> Self {
        match name.as_str() {
            "pid3-medicare" => Self::Pid3Medicare,
            "in2-medicare" => Self::In2Medicare,
            "in1-insured-id" => Self::In1InsuredId,
            "in1-policy" => Self::In1Policy,
            "pid3-local" => Self::Pid3Local,
            _ => Self::Path(name),
        }
    }
}

impl From<MbiCarrier> for String {
    fn from(carrier: MbiCarrier) -> Self {
        match carrier {
            MbiCarrier::Pid3Medicare => "pid3-medicare".to_owned(),
            MbiCarrier::In2Medicare => "in2-medicare".to_owned(),
            MbiCarrier::In1InsuredId => "in1-insured-id".to_owned(),
            MbiCarrier::In1Policy => "in1-policy".to_owned(),
            MbiCarrier::Pid3Local => "pid3-local".to_owned(),
            MbiCarrier::Path(path) => path,
        }
    }
}

/// What happens to an identifier of eleven characters whose positions break the CMS rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PositionRule {
    /// Taken, with a warning. Only for the two carriers that are Medicare's own.
    Warn,
    /// Refused.
    Refuse,
}

/// Where the MBI is and what counts as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MbiRules {
    /// Carriers in order of trust.
    pub carriers: Vec<MbiCarrier>,
    /// `PID-3.5` types of the local carrier.
    pub local_types: TextList,
    /// Names and OIDs in `PID-3.4` that mean CMS.
    pub authorities: TextList,
    /// Position rule at Medicare's own carriers; elsewhere it always refuses.
    pub positions: PositionRule,
    /// Well-known sample numbers that never belong to a person; one that ends with `*` stands for all that begin like it.
    pub placeholders: TextList,
    /// Whether placeholders may be submitted; for the sandbox and tests only.
    pub allow_placeholders: bool,
    /// Whether the number of a Medicare Advantage or supplement plan may be taken as the MBI (`IN1-36`, `IN1-49`).
    pub from_other_plans: bool,
}

/// Names, sex, birth date, fillers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityRules {
    /// Values that mean "nothing", compared without case.
    pub fillers: TextList,
    /// Family or given names of test patients, refused.
    pub test_names: TextList,
    /// `PID-8` in upper case to FHIR `gender`.
    pub sex: TextTable,
    /// `XPN-7` types that are never the name on the Medicare card.
    pub not_primary_names: TextList,
    /// State names in upper case to their two-letter codes.
    pub states: TextTable,
    /// Discharge dispositions (`PV1-36`, two digits) that mean death.
    pub death_dispositions: TextList,
    /// Discharge dispositions that mean hospice.
    pub hospice_dispositions: TextList,
    /// Coding systems of FHIR and C-CDA whose codes are those of UB-04, upper case, identifiers without `urn:oid:`.
    #[serde(default)]
    pub disposition_systems: TextList,
    /// `PV1-37` values that mean death, upper case.
    #[serde(default)]
    pub death_destinations: TextList,
    /// `PV1-36` codes of long-term care: worth telling, since CMS may answer that the person is not eligible.
    #[serde(default)]
    pub long_term_dispositions: TextList,
    /// Whether the insured's name and birth date in `IN1` replace those in `PID` when IN1-17 says self.
    pub prefer_insured_name: bool,
}

/// An element of US Core Patient beyond what CMS matches by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PatientElement {
    /// `us-core-race`
    Race,
    /// `us-core-ethnicity`
    Ethnicity,
    /// `us-core-birthsex`
    BirthSex,
    /// `Patient.telecom`
    Telecom,
    /// `Patient.address`
    Address,
    /// `Patient.communication.language`
    Language,
    /// `Patient.deceased[x]`
    Deceased,
    /// `use` and `period` of the name.
    NameUse,
    /// `patient-birthTime`
    BirthTime,
}

/// What is read and sent of a person beyond what CMS matches by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PatientRules {
    /// Elements that are sent; none unless a site asks for it.
    pub send: Vec<PatientElement>,
    /// `PID-10` in upper case to a code of the CDC race and ethnicity code system, or `UNK` or `ASKU`.
    pub race: TextTable,
    /// `PID-22` in upper case to a code of the same system, or `UNK` or `ASKU`.
    pub ethnicity: TextTable,
    /// `PID-15` in upper case to a BCP-47 tag.
    pub languages: TextTable,
    /// Fields that hold the sex at birth, for example `ZPD-5`.
    pub birth_sex_fields: Vec<String>,
    /// Sex at birth in upper case to `F`, `M`, `UNK`, `ASKU` or `OTH`.
    pub birth_sex: TextTable,
    /// Tables of single senders; they come before those for all.
    pub senders: Vec<PatientCodes>,
}

/// Codes of one sender.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PatientCodes {
    /// `MSH-3.1`; any where unset.
    pub application: Option<String>,
    /// `MSH-4.1`; any where unset.
    pub facility: Option<String>,
    /// See [`PatientRules::race`].
    pub race: TextTable,
    /// See [`PatientRules::ethnicity`].
    pub ethnicity: TextTable,
    /// See [`PatientRules::languages`].
    pub languages: TextTable,
    /// `PID-8` of this sender, in upper case, to FHIR `gender`.
    pub sex: TextTable,
}

/// In which zone senders write times that carry no offset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimeRules {
    /// Zone of every sender that has no row; empty: times without an offset lose their time of day.
    pub zone: String,
    /// Zones of single senders.
    pub senders: Vec<SenderZone>,
    /// Names of zones to their rules as POSIX has them, for example `EST5EDT,M3.2.0,M11.1.0`.
    pub zones: TextTable,
}

/// The zone of one sender.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SenderZone {
    /// `MSH-3.1`; any where unset.
    pub application: Option<String>,
    /// `MSH-4.1`; any where unset.
    pub facility: Option<String>,
    /// A name from `times.zones`, or a rule as POSIX has it.
    pub zone: String,
}

/// The character set of one sender.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SenderCharset {
    /// `MSH-3.1`; any where unset.
    pub application: Option<String>,
    /// `MSH-4.1`; any where unset.
    pub facility: Option<String>,
    /// A WHATWG label.
    pub charset: String,
}

/// Which diagnoses count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiagnosisRules {
    /// Codes that only a dead person has, dotted; each stands for all that begin with it, here and below.
    #[serde(default)]
    pub death: TextList,
    /// Codes of kidney failure and dialysis: worth telling, since CMS may answer that the person is not eligible.
    #[serde(default)]
    pub kidney_failure: TextList,
    /// Codes of palliative care, likewise.
    #[serde(default)]
    pub palliative_care: TextList,
    /// Spellings of ICD-10-CM in `DG1-3.3`, `DG1-3.6`, `DG1-2`, upper case.
    pub icd10cm: TextList,
    /// Spellings of ICD-9.
    pub icd9: TextList,
    /// Whether admitting diagnoses (`DG1-6` A) count as confirmed.
    pub admitting_confirmed: bool,
    /// Whether working diagnoses (`DG1-6` W) count as confirmed.
    pub working_confirmed: bool,
}

/// To whom referrals of `REF` messages must be addressed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReferralRules {
    /// Identifiers (`PRD-7.1`) and family or organisation names (`PRD-2.1`) of those who take referrals for the participant, compared
    /// without case. Empty: every referral that comes is one to the participant.
    pub recipients: Vec<String>,
}

/// What of FHIR feeds has consequences, beyond what a record states by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FhirRules {
    /// Codes of orders (`ServiceRequest.code`) that refer to the participant: `system|code`, or a code of any system.
    pub referral_codes: Vec<String>,
    /// Performers of orders that are the participant: values of identifiers, or references such as `Organization/7`. The
    /// participant's own id counts always.
    pub referral_performers: Vec<String>,
    /// Consents that ask for an enrolment; none unless a site says so.
    pub enrol_consents: Vec<ConsentRule>,
}

/// A kind of consent that asks for an enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentRule {
    /// `Consent.category`: `system|code`, or a code of any system.
    pub category: String,
    /// The track; unset: the one that fits.
    #[serde(default)]
    pub track: String,
    /// Whether such a consent attests that the patient agreed to switch participants.
    #[serde(default)]
    pub switch: bool,
}

/// How a trigger acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TriggerMode {
    /// Submit by itself.
    Auto,
    /// A person approves.
    Hold,
    /// Not at all.
    Off,
}

/// A trigger that has no settings but its mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriggerRule {
    /// How it acts.
    pub mode: TriggerMode,
    /// Days an answer stays good (`screen` only).
    #[serde(default)]
    pub fresh_days: u16,
    /// Whether eligibility is asked first (`enroll` only).
    #[serde(default)]
    pub check_first: bool,
}

/// What starts an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Triggers {
    /// Original Medicare with a qualifying diagnosis: check eligibility.
    pub screen: TriggerRule,
    /// An explicit request: align.
    pub enroll: TriggerRule,
    /// The home moved out of the licensed states while aligned: unalign.
    pub relocate: TriggerRule,
    /// An excluding diagnosis while aligned: unalign.
    pub exclude: TriggerRule,
    /// A CKM diagnosis while aligned to eCKM: unalign, then align.
    pub progress: TriggerRule,
    /// An explicit request (`ZAC-2` UNALIGN): unalign.
    pub leave: TriggerRule,
}

/// What notices carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeRules {
    /// Whether the MBI may stand in a notice.
    pub include_mbi: bool,
    /// HL7 version of notices.
    pub hl7_version: String,
}

/// What the account of a feed lists as deliberately ignored. Nothing here changes how feeds are read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountRules {
    /// Segments, fields and components of HL7 v2: `NK1`, `PV1-3`, `PID-15.2`.
    pub ignored: Vec<String>,
    /// Elements of FHIR with all below them: `Patient.photo`, `*.meta` of any resource, `**.display` anywhere.
    pub ignored_fhir: Vec<String>,
    /// Elements and attributes of C-CDA with all below them: `/ClinicalDocument/custodian`, `//templateId`, `//@classCode`.
    pub ignored_ccda: Vec<String>,
}
