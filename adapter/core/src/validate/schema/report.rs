//! The resources of a report, as tables.

use super::Kind::{Choice, Of, OneOf, Opaque, Plain, Resource};
use super::Primitive::{Boolean, Code, Date, DateTime, Instant, Integer, Text, Time, Unsigned, Uri};
use super::questionnaire::{QUESTIONNAIRE, QUESTIONNAIRE_RESPONSE};
use super::{
    ADDRESS, ANNOTATION, ATTACHMENT, BACKBONE, CODEABLE_CONCEPT, CONTACT_POINT, DOMAIN_RESOURCE, ELEMENT, GENDERS,
    HUMAN_NAME, IDENTIFIER, Kind, NARRATIVE, PERIOD, QUANTITY, RANGE, REFERENCE, RESOURCE, Type, kind, many, need, one,
    some,
};

/// The resources of a report.
pub(super) static RESOURCES: [&Type; 9] = [
    &BUNDLE,
    &COMPOSITION,
    &OBSERVATION,
    &QUESTIONNAIRE_RESPONSE,
    &QUESTIONNAIRE,
    &DIAGNOSTIC_REPORT,
    &PRACTITIONER,
    &PRACTITIONER_ROLE,
    &ORGANIZATION,
];

static BUNDLE: Type = kind(
    "Bundle",
    &RESOURCE,
    &[
        one("identifier", Of(&IDENTIFIER)),
        need(
            "type",
            OneOf(&[
                "document",
                "message",
                "transaction",
                "transaction-response",
                "batch",
                "batch-response",
                "history",
                "searchset",
                "collection",
            ]),
        ),
        one("timestamp", Plain(Instant)),
        one("total", Plain(Unsigned)),
        many("link", Of(&BUNDLE_LINK)),
        many("entry", Of(&BUNDLE_ENTRY)),
        one("signature", Opaque),
    ],
);

static BUNDLE_LINK: Type = kind("Bundle.link", &BACKBONE, &[need("relation", Plain(Text)), need("url", Plain(Uri))]);

static BUNDLE_ENTRY: Type = kind(
    "Bundle.entry",
    &BACKBONE,
    &[
        many("link", Of(&BUNDLE_LINK)),
        one("fullUrl", Plain(Uri)),
        one("resource", Resource),
        one("search", Opaque),
        one("request", Opaque),
        one("response", Opaque),
    ],
);

static COMPOSITION: Type = kind(
    "Composition",
    &DOMAIN_RESOURCE,
    &[
        one("identifier", Of(&IDENTIFIER)),
        need("status", OneOf(&["preliminary", "final", "amended", "entered-in-error"])),
        need("type", Of(&CODEABLE_CONCEPT)),
        many("category", Of(&CODEABLE_CONCEPT)),
        one("subject", Of(&REFERENCE)),
        one("encounter", Of(&REFERENCE)),
        need("date", Plain(DateTime)),
        some("author", Of(&REFERENCE)),
        need("title", Plain(Text)),
        one("confidentiality", Plain(Code)),
        many("attester", Of(&ATTESTER)),
        one("custodian", Of(&REFERENCE)),
        many("relatesTo", Of(&RELATES_TO)),
        many("event", Of(&COMPOSITION_EVENT)),
        many("section", Of(&SECTION)),
    ],
);

static ATTESTER: Type = kind(
    "Composition.attester",
    &BACKBONE,
    &[
        need("mode", OneOf(&["personal", "professional", "legal", "official"])),
        one("time", Plain(DateTime)),
        one("party", Of(&REFERENCE)),
    ],
);

static RELATES_TO: Type = kind(
    "Composition.relatesTo",
    &BACKBONE,
    &[
        need("code", OneOf(&["replaces", "transforms", "signs", "appends"])),
        need("target", Choice(&[("Identifier", Of(&IDENTIFIER)), ("Reference", Of(&REFERENCE))])),
    ],
);

static COMPOSITION_EVENT: Type = kind(
    "Composition.event",
    &BACKBONE,
    &[many("code", Of(&CODEABLE_CONCEPT)), one("period", Of(&PERIOD)), many("detail", Of(&REFERENCE))],
);

static SECTION: Type = kind(
    "Composition.section",
    &BACKBONE,
    &[
        one("title", Plain(Text)),
        one("code", Of(&CODEABLE_CONCEPT)),
        many("author", Of(&REFERENCE)),
        one("focus", Of(&REFERENCE)),
        one("text", Of(&NARRATIVE)),
        one("mode", OneOf(&["working", "snapshot", "changes"])),
        one("orderedBy", Of(&CODEABLE_CONCEPT)),
        many("entry", Of(&REFERENCE)),
        one("emptyReason", Of(&CODEABLE_CONCEPT)),
        many("section", Of(&SECTION)),
    ],
);

/// What was observed.
static OBSERVED: &[(&str, Kind)] = &[
    ("Quantity", Of(&QUANTITY)),
    ("CodeableConcept", Of(&CODEABLE_CONCEPT)),
    ("String", Plain(Text)),
    ("Boolean", Plain(Boolean)),
    ("Integer", Plain(Integer)),
    ("Range", Of(&RANGE)),
    ("Ratio", Of(&RATIO)),
    ("SampledData", Opaque),
    ("Time", Plain(Time)),
    ("DateTime", Plain(DateTime)),
    ("Period", Of(&PERIOD)),
];

static RATIO: Type = kind("Ratio", &ELEMENT, &[one("numerator", Of(&QUANTITY)), one("denominator", Of(&QUANTITY))]);

static OBSERVATION: Type = kind(
    "Observation",
    &DOMAIN_RESOURCE,
    &[
        many("identifier", Of(&IDENTIFIER)),
        many("basedOn", Of(&REFERENCE)),
        many("partOf", Of(&REFERENCE)),
        need(
            "status",
            OneOf(&[
                "registered",
                "preliminary",
                "final",
                "amended",
                "corrected",
                "cancelled",
                "entered-in-error",
                "unknown",
            ]),
        ),
        many("category", Of(&CODEABLE_CONCEPT)),
        need("code", Of(&CODEABLE_CONCEPT)),
        one("subject", Of(&REFERENCE)),
        many("focus", Of(&REFERENCE)),
        one("encounter", Of(&REFERENCE)),
        one(
            "effective",
            Choice(&[
                ("DateTime", Plain(DateTime)),
                ("Period", Of(&PERIOD)),
                ("Timing", Opaque),
                ("Instant", Plain(Instant)),
            ]),
        ),
        one("issued", Plain(Instant)),
        many("performer", Of(&REFERENCE)),
        one("value", Choice(OBSERVED)),
        one("dataAbsentReason", Of(&CODEABLE_CONCEPT)),
        many("interpretation", Of(&CODEABLE_CONCEPT)),
        many("note", Of(&ANNOTATION)),
        one("bodySite", Of(&CODEABLE_CONCEPT)),
        one("method", Of(&CODEABLE_CONCEPT)),
        one("specimen", Of(&REFERENCE)),
        one("device", Of(&REFERENCE)),
        many("referenceRange", Of(&REFERENCE_RANGE)),
        many("hasMember", Of(&REFERENCE)),
        many("derivedFrom", Of(&REFERENCE)),
        many("component", Of(&OBSERVATION_COMPONENT)),
    ],
);

static OBSERVATION_COMPONENT: Type = kind(
    "Observation.component",
    &BACKBONE,
    &[
        need("code", Of(&CODEABLE_CONCEPT)),
        one("value", Choice(OBSERVED)),
        one("dataAbsentReason", Of(&CODEABLE_CONCEPT)),
        many("interpretation", Of(&CODEABLE_CONCEPT)),
        many("referenceRange", Of(&REFERENCE_RANGE)),
    ],
);

static REFERENCE_RANGE: Type = kind(
    "Observation.referenceRange",
    &BACKBONE,
    &[
        one("low", Of(&QUANTITY)),
        one("high", Of(&QUANTITY)),
        one("type", Of(&CODEABLE_CONCEPT)),
        many("appliesTo", Of(&CODEABLE_CONCEPT)),
        one("age", Of(&RANGE)),
        one("text", Plain(Text)),
    ],
);

static DIAGNOSTIC_REPORT: Type = kind(
    "DiagnosticReport",
    &DOMAIN_RESOURCE,
    &[
        many("identifier", Of(&IDENTIFIER)),
        many("basedOn", Of(&REFERENCE)),
        need(
            "status",
            OneOf(&[
                "registered",
                "partial",
                "preliminary",
                "final",
                "amended",
                "corrected",
                "appended",
                "cancelled",
                "entered-in-error",
                "unknown",
            ]),
        ),
        many("category", Of(&CODEABLE_CONCEPT)),
        need("code", Of(&CODEABLE_CONCEPT)),
        one("subject", Of(&REFERENCE)),
        one("encounter", Of(&REFERENCE)),
        one("effective", Choice(&[("DateTime", Plain(DateTime)), ("Period", Of(&PERIOD))])),
        one("issued", Plain(Instant)),
        many("performer", Of(&REFERENCE)),
        many("resultsInterpreter", Of(&REFERENCE)),
        many("specimen", Of(&REFERENCE)),
        many("result", Of(&REFERENCE)),
        many("imagingStudy", Of(&REFERENCE)),
        many("media", Of(&REPORT_MEDIA)),
        one("conclusion", Plain(Text)),
        many("conclusionCode", Of(&CODEABLE_CONCEPT)),
        many("presentedForm", Of(&ATTACHMENT)),
    ],
);

static REPORT_MEDIA: Type =
    kind("DiagnosticReport.media", &BACKBONE, &[one("comment", Plain(Text)), need("link", Of(&REFERENCE))]);

static PRACTITIONER: Type = kind(
    "Practitioner",
    &DOMAIN_RESOURCE,
    &[
        many("identifier", Of(&IDENTIFIER)),
        one("active", Plain(Boolean)),
        many("name", Of(&HUMAN_NAME)),
        many("telecom", Of(&CONTACT_POINT)),
        many("address", Of(&ADDRESS)),
        one("gender", OneOf(GENDERS)),
        one("birthDate", Plain(Date)),
        many("photo", Of(&ATTACHMENT)),
        many("qualification", Of(&QUALIFICATION)),
        many("communication", Of(&CODEABLE_CONCEPT)),
    ],
);

static QUALIFICATION: Type = kind(
    "Practitioner.qualification",
    &BACKBONE,
    &[
        many("identifier", Of(&IDENTIFIER)),
        need("code", Of(&CODEABLE_CONCEPT)),
        one("period", Of(&PERIOD)),
        one("issuer", Of(&REFERENCE)),
    ],
);

static PRACTITIONER_ROLE: Type = kind(
    "PractitionerRole",
    &DOMAIN_RESOURCE,
    &[
        many("identifier", Of(&IDENTIFIER)),
        one("active", Plain(Boolean)),
        one("period", Of(&PERIOD)),
        one("practitioner", Of(&REFERENCE)),
        one("organization", Of(&REFERENCE)),
        many("code", Of(&CODEABLE_CONCEPT)),
        many("specialty", Of(&CODEABLE_CONCEPT)),
        many("location", Of(&REFERENCE)),
        many("healthcareService", Of(&REFERENCE)),
        many("telecom", Of(&CONTACT_POINT)),
        many("availableTime", Of(&HOURS)),
        many("notAvailable", Of(&ABSENCE)),
        one("availabilityExceptions", Plain(Text)),
        many("endpoint", Of(&REFERENCE)),
    ],
);

static HOURS: Type = kind(
    "PractitionerRole.availableTime",
    &BACKBONE,
    &[
        many("daysOfWeek", OneOf(&["mon", "tue", "wed", "thu", "fri", "sat", "sun"])),
        one("allDay", Plain(Boolean)),
        one("availableStartTime", Plain(Time)),
        one("availableEndTime", Plain(Time)),
    ],
);

static ABSENCE: Type =
    kind("PractitionerRole.notAvailable", &BACKBONE, &[need("description", Plain(Text)), one("during", Of(&PERIOD))]);

static ORGANIZATION: Type = kind(
    "Organization",
    &DOMAIN_RESOURCE,
    &[
        many("identifier", Of(&IDENTIFIER)),
        one("active", Plain(Boolean)),
        many("type", Of(&CODEABLE_CONCEPT)),
        one("name", Plain(Text)),
        many("alias", Plain(Text)),
        many("telecom", Of(&CONTACT_POINT)),
        many("address", Of(&ADDRESS)),
        one("partOf", Of(&REFERENCE)),
        many("contact", Of(&ORGANIZATION_CONTACT)),
        many("endpoint", Of(&REFERENCE)),
    ],
);

static ORGANIZATION_CONTACT: Type = kind(
    "Organization.contact",
    &BACKBONE,
    &[
        one("purpose", Of(&CODEABLE_CONCEPT)),
        one("name", Of(&HUMAN_NAME)),
        many("telecom", Of(&CONTACT_POINT)),
        one("address", Of(&ADDRESS)),
    ],
);
