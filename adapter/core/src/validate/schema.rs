//! The parts of FHIR R4 that the request payloads are made of, as tables.
//!
//! Not a model of all of FHIR: just the resource and data types a request may hold (`Parameters`, `Patient`, `Condition`, the
//! resources of a report, and what they use). A type that is legal but never needed here is [`Kind::Opaque`]: its presence is accepted, its
//! inside is not checked. Element names, cardinalities and required codes are those of <https://hl7.org/fhir/R4/>.

mod questionnaire;
mod report;

/// What a primitive may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Primitive {
    /// `true` or `false`
    Boolean,
    /// A number of any form.
    Decimal,
    /// A whole number.
    Integer,
    /// A whole number from 0.
    Unsigned,
    /// A whole number from 1.
    Positive,
    /// Any text.
    Text,
    /// Without blanks.
    Uri,
    /// A token without leading, trailing or double blanks.
    Code,
    /// Up to 64 letters, digits, dashes and dots.
    Id,
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`
    Date,
    /// A date, or a date with time and zone.
    DateTime,
    /// A time of day.
    Time,
    /// A date with time and zone.
    Instant,
    /// Base64.
    Base64,
    /// An XHTML `div`.
    Xhtml,
}

/// What an element holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// A primitive.
    Plain(Primitive),
    /// One of these codes (required binding).
    OneOf(&'static [&'static str]),
    /// A data type or backbone element.
    Of(&'static Type),
    /// One of several types; the name in JSON is the element's name followed by the suffix.
    Choice(&'static [(&'static str, Kind)]),
    /// Any resource.
    Resource,
    /// An object that is not looked into.
    Opaque,
}

/// One element of a type.
#[derive(Debug)]
pub(super) struct Element {
    /// Name in JSON; without suffix for a choice.
    pub(super) name: &'static str,
    /// What it holds.
    pub(super) kind: Kind,
    /// Whether FHIR itself demands it.
    pub(super) required: bool,
    /// Whether it is an array.
    pub(super) many: bool,
}

/// A data type, backbone element or resource.
#[derive(Debug)]
pub(super) struct Type {
    /// Its name.
    pub(super) name: &'static str,
    /// Types whose elements it has too.
    pub(super) base: Option<&'static Type>,
    /// Its own elements.
    pub(super) elements: &'static [Element],
}

impl Type {
    /// All elements, own and inherited.
    pub(super) fn all(&self) -> impl Iterator<Item = &'static Element> {
        let own = self.elements.iter();
        let first = self.base.map_or(&[][..], |base| base.elements);
        let second = self.base.and_then(|base| base.base).map_or(&[][..], |base| base.elements);
        own.chain(first).chain(second)
    }
}

/// The resource of that name, where its inside is known.
pub(super) fn resource(name: &str) -> Option<&'static Type> {
    let own = [&PARAMETERS, &PATIENT, &CONDITION, &OPERATION_OUTCOME];
    own.into_iter().chain(report::RESOURCES).find(|known| known.name == name)
}

use Kind::{Choice, Of, OneOf, Opaque, Plain, Resource};
use Primitive::{
    Base64, Boolean, Code, Date, DateTime, Decimal, Id, Instant, Integer, Positive, Text, Time, Unsigned, Uri, Xhtml,
};

const fn one(name: &'static str, kind: Kind) -> Element {
    Element { name, kind, required: false, many: false }
}

const fn need(name: &'static str, kind: Kind) -> Element {
    Element { name, kind, required: true, many: false }
}

const fn many(name: &'static str, kind: Kind) -> Element {
    Element { name, kind, required: false, many: true }
}

const fn some(name: &'static str, kind: Kind) -> Element {
    Element { name, kind, required: true, many: true }
}

const fn kind(name: &'static str, base: &'static Type, elements: &'static [Element]) -> Type {
    Type { name, base: Some(base), elements }
}

/// `Element`, the root of data types.
pub(super) static ELEMENT: Type =
    Type { name: "Element", base: None, elements: &[one("id", Plain(Text)), many("extension", Of(&EXTENSION))] };

static BACKBONE: Type = kind("BackboneElement", &ELEMENT, &[many("modifierExtension", Of(&EXTENSION))]);

static EXTENSION: Type = kind("Extension", &ELEMENT, &[need("url", Plain(Uri)), one("value", Choice(VALUES))]);

static PERIOD: Type = kind("Period", &ELEMENT, &[one("start", Plain(DateTime)), one("end", Plain(DateTime))]);

static CODING: Type = kind(
    "Coding",
    &ELEMENT,
    &[
        one("system", Plain(Uri)),
        one("version", Plain(Text)),
        one("code", Plain(Code)),
        one("display", Plain(Text)),
        one("userSelected", Plain(Boolean)),
    ],
);

static CODEABLE_CONCEPT: Type =
    kind("CodeableConcept", &ELEMENT, &[many("coding", Of(&CODING)), one("text", Plain(Text))]);

static IDENTIFIER: Type = kind(
    "Identifier",
    &ELEMENT,
    &[
        one("use", OneOf(&["usual", "official", "temp", "secondary", "old"])),
        one("type", Of(&CODEABLE_CONCEPT)),
        one("system", Plain(Uri)),
        one("value", Plain(Text)),
        one("period", Of(&PERIOD)),
        one("assigner", Of(&REFERENCE)),
    ],
);

static REFERENCE: Type = kind(
    "Reference",
    &ELEMENT,
    &[
        one("reference", Plain(Text)),
        one("type", Plain(Uri)),
        one("identifier", Of(&IDENTIFIER)),
        one("display", Plain(Text)),
    ],
);

static HUMAN_NAME: Type = kind(
    "HumanName",
    &ELEMENT,
    &[
        one("use", OneOf(&["usual", "official", "temp", "nickname", "anonymous", "old", "maiden"])),
        one("text", Plain(Text)),
        one("family", Plain(Text)),
        many("given", Plain(Text)),
        many("prefix", Plain(Text)),
        many("suffix", Plain(Text)),
        one("period", Of(&PERIOD)),
    ],
);

static CONTACT_POINT: Type = kind(
    "ContactPoint",
    &ELEMENT,
    &[
        one("system", OneOf(&["phone", "fax", "email", "pager", "url", "sms", "other"])),
        one("value", Plain(Text)),
        one("use", OneOf(&["home", "work", "temp", "old", "mobile"])),
        one("rank", Plain(Positive)),
        one("period", Of(&PERIOD)),
    ],
);

static ADDRESS: Type = kind(
    "Address",
    &ELEMENT,
    &[
        one("use", OneOf(&["home", "work", "temp", "old", "billing"])),
        one("type", OneOf(&["postal", "physical", "both"])),
        one("text", Plain(Text)),
        many("line", Plain(Text)),
        one("city", Plain(Text)),
        one("district", Plain(Text)),
        one("state", Plain(Text)),
        one("postalCode", Plain(Text)),
        one("country", Plain(Text)),
        one("period", Of(&PERIOD)),
    ],
);

static QUANTITY: Type = kind(
    "Quantity",
    &ELEMENT,
    &[
        one("value", Plain(Decimal)),
        one("comparator", OneOf(&["<", "<=", ">=", ">"])),
        one("unit", Plain(Text)),
        one("system", Plain(Uri)),
        one("code", Plain(Code)),
    ],
);

static RANGE: Type = kind("Range", &ELEMENT, &[one("low", Of(&QUANTITY)), one("high", Of(&QUANTITY))]);

static ANNOTATION: Type = kind(
    "Annotation",
    &ELEMENT,
    &[
        one("author", Choice(&[("Reference", Of(&REFERENCE)), ("String", Plain(Text))])),
        one("time", Plain(DateTime)),
        need("text", Plain(Text)),
    ],
);

static ATTACHMENT: Type = kind(
    "Attachment",
    &ELEMENT,
    &[
        one("contentType", Plain(Code)),
        one("language", Plain(Code)),
        one("data", Plain(Base64)),
        one("url", Plain(Uri)),
        one("size", Plain(Unsigned)),
        one("hash", Plain(Base64)),
        one("title", Plain(Text)),
        one("creation", Plain(DateTime)),
    ],
);

static META: Type = kind(
    "Meta",
    &ELEMENT,
    &[
        one("versionId", Plain(Id)),
        one("lastUpdated", Plain(Instant)),
        one("source", Plain(Uri)),
        many("profile", Plain(Uri)),
        many("security", Of(&CODING)),
        many("tag", Of(&CODING)),
    ],
);

static NARRATIVE: Type = kind(
    "Narrative",
    &ELEMENT,
    &[need("status", OneOf(&["generated", "extensions", "additional", "empty"])), need("div", Plain(Xhtml))],
);

/// The types `value[x]` may have in an extension or a parameter.
static VALUES: &[(&str, Kind)] = &[
    ("Base64Binary", Plain(Base64)),
    ("Boolean", Plain(Boolean)),
    ("Canonical", Plain(Uri)),
    ("Code", Plain(Code)),
    ("Date", Plain(Date)),
    ("DateTime", Plain(DateTime)),
    ("Decimal", Plain(Decimal)),
    ("Id", Plain(Id)),
    ("Instant", Plain(Instant)),
    ("Integer", Plain(Integer)),
    ("Markdown", Plain(Text)),
    ("Oid", Plain(Uri)),
    ("PositiveInt", Plain(Positive)),
    ("String", Plain(Text)),
    ("Time", Plain(Time)),
    ("UnsignedInt", Plain(Unsigned)),
    ("Uri", Plain(Uri)),
    ("Url", Plain(Uri)),
    ("Uuid", Plain(Uri)),
    ("Address", Of(&ADDRESS)),
    ("Age", Of(&QUANTITY)),
    ("Annotation", Of(&ANNOTATION)),
    ("Attachment", Of(&ATTACHMENT)),
    ("CodeableConcept", Of(&CODEABLE_CONCEPT)),
    ("Coding", Of(&CODING)),
    ("ContactPoint", Of(&CONTACT_POINT)),
    ("Count", Of(&QUANTITY)),
    ("Distance", Of(&QUANTITY)),
    ("Duration", Of(&QUANTITY)),
    ("HumanName", Of(&HUMAN_NAME)),
    ("Identifier", Of(&IDENTIFIER)),
    ("Money", Opaque),
    ("Period", Of(&PERIOD)),
    ("Quantity", Of(&QUANTITY)),
    ("Range", Of(&RANGE)),
    ("Ratio", Opaque),
    ("Reference", Of(&REFERENCE)),
    ("SampledData", Opaque),
    ("Signature", Opaque),
    ("Timing", Opaque),
    ("ContactDetail", Opaque),
    ("Contributor", Opaque),
    ("DataRequirement", Opaque),
    ("Expression", Opaque),
    ("ParameterDefinition", Opaque),
    ("RelatedArtifact", Opaque),
    ("TriggerDefinition", Opaque),
    ("UsageContext", Opaque),
    ("Dosage", Opaque),
    ("Meta", Of(&META)),
];

static RESOURCE: Type = Type {
    name: "Resource",
    base: None,
    elements: &[
        need("resourceType", Plain(Code)),
        one("id", Plain(Id)),
        one("meta", Of(&META)),
        one("implicitRules", Plain(Uri)),
        one("language", Plain(Code)),
    ],
};

static DOMAIN_RESOURCE: Type = kind(
    "DomainResource",
    &RESOURCE,
    &[
        one("text", Of(&NARRATIVE)),
        many("contained", Resource),
        many("extension", Of(&EXTENSION)),
        many("modifierExtension", Of(&EXTENSION)),
    ],
);

static PARAMETERS: Type = kind("Parameters", &RESOURCE, &[many("parameter", Of(&PARAMETER))]);

static PARAMETER: Type = kind(
    "Parameters.parameter",
    &BACKBONE,
    &[need("name", Plain(Text)), one("value", Choice(VALUES)), one("resource", Resource), many("part", Of(&PARAMETER))],
);

static PATIENT: Type = kind(
    "Patient",
    &DOMAIN_RESOURCE,
    &[
        many("identifier", Of(&IDENTIFIER)),
        one("active", Plain(Boolean)),
        many("name", Of(&HUMAN_NAME)),
        many("telecom", Of(&CONTACT_POINT)),
        one("gender", OneOf(GENDERS)),
        one("birthDate", Plain(Date)),
        one("deceased", Choice(&[("Boolean", Plain(Boolean)), ("DateTime", Plain(DateTime))])),
        many("address", Of(&ADDRESS)),
        one("maritalStatus", Of(&CODEABLE_CONCEPT)),
        one("multipleBirth", Choice(&[("Boolean", Plain(Boolean)), ("Integer", Plain(Integer))])),
        many("photo", Of(&ATTACHMENT)),
        many("contact", Of(&PATIENT_CONTACT)),
        many("communication", Of(&PATIENT_COMMUNICATION)),
        many("generalPractitioner", Of(&REFERENCE)),
        one("managingOrganization", Of(&REFERENCE)),
        many("link", Of(&PATIENT_LINK)),
    ],
);

/// The codes of `administrative-gender`.
pub(super) static GENDERS: &[&str] = &["male", "female", "other", "unknown"];

static PATIENT_CONTACT: Type = kind(
    "Patient.contact",
    &BACKBONE,
    &[
        many("relationship", Of(&CODEABLE_CONCEPT)),
        one("name", Of(&HUMAN_NAME)),
        many("telecom", Of(&CONTACT_POINT)),
        one("address", Of(&ADDRESS)),
        one("gender", OneOf(GENDERS)),
        one("organization", Of(&REFERENCE)),
        one("period", Of(&PERIOD)),
    ],
);

static PATIENT_COMMUNICATION: Type = kind(
    "Patient.communication",
    &BACKBONE,
    &[need("language", Of(&CODEABLE_CONCEPT)), one("preferred", Plain(Boolean))],
);

static PATIENT_LINK: Type = kind(
    "Patient.link",
    &BACKBONE,
    &[need("other", Of(&REFERENCE)), need("type", OneOf(&["replaced-by", "replaces", "refer", "seealso"]))],
);

static MOMENTS: &[(&str, Kind)] = &[
    ("DateTime", Plain(DateTime)),
    ("Age", Of(&QUANTITY)),
    ("Period", Of(&PERIOD)),
    ("Range", Of(&RANGE)),
    ("String", Plain(Text)),
];

static CONDITION: Type = kind(
    "Condition",
    &DOMAIN_RESOURCE,
    &[
        many("identifier", Of(&IDENTIFIER)),
        one("clinicalStatus", Of(&CODEABLE_CONCEPT)),
        one("verificationStatus", Of(&CODEABLE_CONCEPT)),
        many("category", Of(&CODEABLE_CONCEPT)),
        one("severity", Of(&CODEABLE_CONCEPT)),
        one("code", Of(&CODEABLE_CONCEPT)),
        many("bodySite", Of(&CODEABLE_CONCEPT)),
        need("subject", Of(&REFERENCE)),
        one("encounter", Of(&REFERENCE)),
        one("onset", Choice(MOMENTS)),
        one("abatement", Choice(MOMENTS)),
        one("recordedDate", Plain(DateTime)),
        one("recorder", Of(&REFERENCE)),
        one("asserter", Of(&REFERENCE)),
        many("stage", Of(&CONDITION_STAGE)),
        many("evidence", Of(&CONDITION_EVIDENCE)),
        many("note", Of(&ANNOTATION)),
    ],
);

static CONDITION_STAGE: Type = kind(
    "Condition.stage",
    &BACKBONE,
    &[one("summary", Of(&CODEABLE_CONCEPT)), many("assessment", Of(&REFERENCE)), one("type", Of(&CODEABLE_CONCEPT))],
);

static CONDITION_EVIDENCE: Type =
    kind("Condition.evidence", &BACKBONE, &[many("code", Of(&CODEABLE_CONCEPT)), many("detail", Of(&REFERENCE))]);

static OPERATION_OUTCOME: Type = kind("OperationOutcome", &DOMAIN_RESOURCE, &[some("issue", Of(&OUTCOME_ISSUE))]);

static OUTCOME_ISSUE: Type = kind(
    "OperationOutcome.issue",
    &BACKBONE,
    &[
        need("severity", OneOf(&["fatal", "error", "warning", "information"])),
        need("code", Plain(Code)),
        one("details", Of(&CODEABLE_CONCEPT)),
        one("diagnostics", Plain(Text)),
        many("location", Plain(Text)),
        many("expression", Plain(Text)),
    ],
);
