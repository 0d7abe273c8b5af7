//! The keys of a profile file. One row for each field of the types in `profile.rs`; a test keeps the two together.

use super::shape::{
    Field,
    Shape::{Condition, Flag, List, Map, Number, Path, Table, Text, Word},
    optional, required,
};

/// Longest time an eligibility answer may stay good, in days.
const MOST_DAYS: i64 = 365;

const CLASSES: &[&str] = &["original-medicare", "medicare-advantage", "supplement", "drug", "medicaid", "other"];

/// A profile file: what [`crate::Profile`] has, plus `extends`, and the guide by version.
pub(super) const PROFILE: &[Field] = &[
    optional("schema", Number(u32::MAX as i64)),
    optional("extends", List(&Text)),
    required("name", Text),
    required("guide", Text),
    required("default_charset", Text),
    optional("charsets", List(&Table(SENDER_CHARSET))),
    optional("strict", Flag),
    required("training", Word(&["refuse", "submit"])),
    required("participants", List(&Table(PARTICIPANT))),
    required("events", Map(&Table(EVENT))),
    required("mbi", Table(MBI)),
    required("identity", Table(IDENTITY)),
    optional("patient", Table(PATIENT)),
    optional("times", Table(TIMES)),
    required("coverage", Table(COVERAGE)),
    required("diagnoses", Table(DIAGNOSES)),
    optional("referrals", Table(REFERRALS)),
    optional("fhir", Table(FHIR)),
    optional("codes", Table(CODES)),
    optional("tables", Map(&List(&Text))),
    optional("rules", Map(&Table(RULE))),
    optional("senders", List(&Table(SECTION))),
    optional("account", Table(ACCOUNT)),
    required("triggers", Table(TRIGGERS)),
    optional("reports", Table(REPORTS)),
    required("notices", Table(NOTICES)),
];

const PARTICIPANT: &[Field] = &[
    required("id", Text),
    required("payer", Text),
    required("tracks", List(&Text)),
    optional("states", List(&Text)),
    optional("senders", List(&Table(SENDER))),
    optional("send", List(&Word(ELEMENTS))),
    optional("name", Text),
    optional("author", Table(AUTHOR)),
    optional("report", Word(&["auto", "hold", "off"])),
];

const AUTHOR: &[Field] = &[required("npi", Text), required("family", Text), optional("given", Text)];

/// Most days before a date on which people are told of it.
const MOST_REMINDER: i64 = 120;

/// Most hours that a report waits for more readings.
const MOST_HOURS: i64 = 720;

const REPORTS: &[Field] = &[
    optional("zone", Text),
    optional("needs", List(&Table(NEED))),
    optional("readings", Map(&Number(32))),
    optional("decimals", Map(&Number(6))),
    optional("ranges", Map(&Table(RANGE))),
    optional("remind", List(&Number(MOST_REMINDER))),
    optional("late", Number(MOST_REMINDER)),
    optional("lookback", Number(MOST_DAYS)),
    optional("margin", Number(10)),
    optional("settle", Number(MOST_HOURS)),
    optional("mode", Word(&["auto", "hold", "off"])),
    optional("identifier_system", Text),
    optional("canonicals", Map(&Text)),
    optional("questionnaires", Map(&Text)),
    optional("additional", List(&Text)),
    optional("may_miss", Map(&Number(32))),
    optional("questions", Map(&Map(&Text))),
    optional("answers", Map(&Map(&Text))),
];

const NEED: &[Field] = &[
    required("tracks", List(&Text)),
    required("kinds", List(&Word(&["baseline", "quarterly", "end-of-period"]))),
    required("any", List(&Text)),
    optional("diagnoses", List(&Text)),
    optional("required", Flag),
];

const RANGE: &[Field] = &[
    required("low", Text),
    required("high", Text),
    required("beyond", Word(&["warn", "refuse"])),
    optional("below", Word(&["warn", "refuse"])),
];

const SENDER: &[Field] = &[optional("application", Text), optional("facility", Text)];

/// A section of `[[senders]]`: what [`crate::SenderSection`] has, and what the loader takes to other tables.
const SECTION: &[Field] = &[
    optional("application", Text),
    optional("facility", Text),
    optional("strict", Flag),
    optional("account_is_visit", Flag),
    optional("mbi_paths", List(&Path)),
    optional("plans", List(&Table(PLAN))),
    optional("codes", Table(CODES)),
    optional("rules", Map(&Table(RULE))),
    optional("charset", Text),
    optional("zone", Text),
    optional("race", Map(&Text)),
    optional("ethnicity", Map(&Text)),
    optional("languages", Map(&Text)),
    optional("sex", Map(&Word(&["male", "female", "other", "unknown"]))),
];

const CODES: &[Field] = &[
    optional("observations", List(&Table(OBSERVATION))),
    optional("units", Map(&Text)),
    optional("questionnaires", List(&Table(QUESTION))),
    optional("answers", List(&Table(ANSWER))),
];

const QUESTION: &[Field] =
    &[required("code", Text), optional("system", Text), required("instrument", Text), optional("link", Text)];

/// Greatest ordinal of an answer.
const MOST_ORDINAL: i64 = 1_000;

const ANSWER: &[Field] = &[required("code", Text), optional("of", Text), required("ordinal", Number(MOST_ORDINAL))];

const OBSERVATION: &[Field] = &[
    required("code", Text),
    optional("system", Text),
    optional("unit", Text),
    required("loinc", Text),
    optional("ucum", Text),
];

const RULE: &[Field] = &[
    optional("on", Flag),
    required("when", Condition),
    required("do", Word(&["enroll", "referral", "check", "do-not-submit"])),
    optional("track", Text),
    optional("provider_referral", Flag),
    optional("switch_consent", Flag),
];

const EVENT: &[Field] = &[
    required(
        "effect",
        Word(&[
            "snapshot",
            "cancel",
            "merge",
            "change",
            "rename-visit",
            "move-visit",
            "referral",
            "review",
            "results",
            "ignore",
        ]),
    ),
    optional("screens", Flag),
];

const MBI: &[Field] = &[
    required("carriers", List(&Text)),
    required("local_types", List(&Text)),
    required("authorities", List(&Text)),
    required("positions", Word(&["warn", "refuse"])),
    required("placeholders", List(&Text)),
    required("allow_placeholders", Flag),
    required("from_other_plans", Flag),
];

const IDENTITY: &[Field] = &[
    required("fillers", List(&Text)),
    required("test_names", List(&Text)),
    required("sex", Map(&Word(&["male", "female", "other", "unknown"]))),
    required("not_primary_names", List(&Text)),
    required("states", Map(&Text)),
    required("death_dispositions", List(&Text)),
    required("hospice_dispositions", List(&Text)),
    optional("disposition_systems", List(&Text)),
    optional("death_destinations", List(&Text)),
    optional("long_term_dispositions", List(&Text)),
    required("prefer_insured_name", Flag),
];

/// What may be sent of a person beyond what CMS matches by.
const ELEMENTS: &[&str] =
    &["race", "ethnicity", "birth-sex", "telecom", "address", "language", "deceased", "name-use", "birth-time"];

const PATIENT: &[Field] = &[
    optional("send", List(&Word(ELEMENTS))),
    optional("race", Map(&Text)),
    optional("ethnicity", Map(&Text)),
    optional("languages", Map(&Text)),
    optional("birth_sex_fields", List(&Text)),
    optional("birth_sex", Map(&Word(&["F", "M", "UNK", "ASKU", "OTH"]))),
    optional("senders", List(&Table(PATIENT_CODES))),
];

const PATIENT_CODES: &[Field] = &[
    optional("application", Text),
    optional("facility", Text),
    optional("race", Map(&Text)),
    optional("ethnicity", Map(&Text)),
    optional("languages", Map(&Text)),
    optional("sex", Map(&Word(&["male", "female", "other", "unknown"]))),
];

const TIMES: &[Field] =
    &[optional("zone", Text), optional("senders", List(&Table(SENDER_ZONE))), optional("zones", Map(&Text))];

const SENDER_ZONE: &[Field] = &[optional("application", Text), optional("facility", Text), required("zone", Text)];

const SENDER_CHARSET: &[Field] =
    &[optional("application", Text), optional("facility", Text), required("charset", Text)];

const COVERAGE: &[Field] = &[
    optional("plans", List(&Table(PLAN))),
    required("codes", Map(&Word(CLASSES))),
    optional("filing_systems", List(&Text)),
    optional("typology_systems", List(&Text)),
    optional("typology", Map(&Word(CLASSES))),
    optional("hospice_codes", List(&Text)),
    optional("financial_classes", Map(&Word(CLASSES))),
    required("advantage_words", List(&Text)),
    required("supplement_words", List(&Text)),
    required("drug_words", List(&Text)),
    required("medicaid_words", List(&Text)),
    optional("insurer_words", List(&Text)),
    optional("other_words", List(&Text)),
    optional("commercial_codes", List(&Text)),
    required("medicare_words", List(&Text)),
    required("self_relationships", List(&Text)),
    required("accept_secondary", Flag),
];

const PLAN: &[Field] = &[optional("plan", Text), optional("company", Text), required("class", Word(CLASSES))];

const DIAGNOSES: &[Field] = &[
    required("icd10cm", List(&Text)),
    required("icd9", List(&Text)),
    optional("death", List(&Text)),
    optional("kidney_failure", List(&Text)),
    optional("palliative_care", List(&Text)),
    required("admitting_confirmed", Flag),
    required("working_confirmed", Flag),
];

const REFERRALS: &[Field] = &[optional("recipients", List(&Text))];

const FHIR: &[Field] = &[
    optional("referral_codes", List(&Text)),
    optional("referral_performers", List(&Text)),
    optional("enrol_consents", List(&Table(CONSENT))),
];

const CONSENT: &[Field] = &[required("category", Text), optional("track", Text), optional("switch", Flag)];

const ACCOUNT: &[Field] =
    &[optional("ignored", List(&Text)), optional("ignored_fhir", List(&Text)), optional("ignored_ccda", List(&Text))];

const TRIGGERS: &[Field] = &[
    required("screen", Table(TRIGGER)),
    required("enroll", Table(TRIGGER)),
    required("relocate", Table(TRIGGER)),
    required("exclude", Table(TRIGGER)),
    required("progress", Table(TRIGGER)),
    required("leave", Table(TRIGGER)),
];

const TRIGGER: &[Field] = &[
    required("mode", Word(&["auto", "hold", "off"])),
    optional("fresh_days", Number(MOST_DAYS)),
    optional("check_first", Flag),
];

const NOTICES: &[Field] = &[
    required("include_mbi", Flag),
    required(
        "hl7_version",
        Word(&["2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.1", "2.8.2"]),
    ),
];
