//! Questionnaires and answers to them, as tables.

use super::Kind::{Choice, Of, OneOf, Plain};
use super::Primitive::{Boolean, Code, Date, DateTime, Decimal, Integer, Text, Time, Uri};
use super::{
    ATTACHMENT, BACKBONE, CODEABLE_CONCEPT, CODING, CONTACT_POINT, DOMAIN_RESOURCE, ELEMENT, IDENTIFIER, Kind, PERIOD,
    QUANTITY, RANGE, REFERENCE, Type, kind, many, need, one,
};

pub(super) static QUESTIONNAIRE_RESPONSE: Type = kind(
    "QuestionnaireResponse",
    &DOMAIN_RESOURCE,
    &[
        one("identifier", Of(&IDENTIFIER)),
        many("basedOn", Of(&REFERENCE)),
        many("partOf", Of(&REFERENCE)),
        one("questionnaire", Plain(Uri)),
        need("status", OneOf(&["in-progress", "completed", "amended", "entered-in-error", "stopped"])),
        one("subject", Of(&REFERENCE)),
        one("encounter", Of(&REFERENCE)),
        one("authored", Plain(DateTime)),
        one("author", Of(&REFERENCE)),
        one("source", Of(&REFERENCE)),
        many("item", Of(&RESPONSE_ITEM)),
    ],
);

static RESPONSE_ITEM: Type = kind(
    "QuestionnaireResponse.item",
    &BACKBONE,
    &[
        need("linkId", Plain(Text)),
        one("definition", Plain(Uri)),
        one("text", Plain(Text)),
        many("answer", Of(&RESPONSE_ANSWER)),
        many("item", Of(&RESPONSE_ITEM)),
    ],
);

static RESPONSE_ANSWER: Type = kind(
    "QuestionnaireResponse.item.answer",
    &BACKBONE,
    &[one("value", Choice(ANSWERS)), many("item", Of(&RESPONSE_ITEM))],
);

/// What an answer may be.
static ANSWERS: &[(&str, Kind)] = &[
    ("Boolean", Plain(Boolean)),
    ("Decimal", Plain(Decimal)),
    ("Integer", Plain(Integer)),
    ("Date", Plain(Date)),
    ("DateTime", Plain(DateTime)),
    ("Time", Plain(Time)),
    ("String", Plain(Text)),
    ("Uri", Plain(Uri)),
    ("Attachment", Of(&ATTACHMENT)),
    ("Coding", Of(&CODING)),
    ("Quantity", Of(&QUANTITY)),
    ("Reference", Of(&REFERENCE)),
];

pub(super) static QUESTIONNAIRE: Type = kind(
    "Questionnaire",
    &DOMAIN_RESOURCE,
    &[
        one("url", Plain(Uri)),
        many("identifier", Of(&IDENTIFIER)),
        one("version", Plain(Text)),
        one("name", Plain(Text)),
        one("title", Plain(Text)),
        many("derivedFrom", Plain(Uri)),
        need("status", OneOf(&["draft", "active", "retired", "unknown"])),
        one("experimental", Plain(Boolean)),
        many("subjectType", Plain(Code)),
        one("date", Plain(DateTime)),
        one("publisher", Plain(Text)),
        many("contact", Of(&CONTACT_DETAIL)),
        one("description", Plain(Text)),
        many("useContext", Of(&USAGE_CONTEXT)),
        many("jurisdiction", Of(&CODEABLE_CONCEPT)),
        one("purpose", Plain(Text)),
        one("copyright", Plain(Text)),
        one("approvalDate", Plain(Date)),
        one("lastReviewDate", Plain(Date)),
        one("effectivePeriod", Of(&PERIOD)),
        many("code", Of(&CODING)),
        many("item", Of(&QUESTION)),
    ],
);

static QUESTION: Type = kind(
    "Questionnaire.item",
    &BACKBONE,
    &[
        need("linkId", Plain(Text)),
        one("definition", Plain(Uri)),
        many("code", Of(&CODING)),
        one("prefix", Plain(Text)),
        one("text", Plain(Text)),
        need(
            "type",
            OneOf(&[
                "group",
                "display",
                "boolean",
                "decimal",
                "integer",
                "date",
                "dateTime",
                "time",
                "string",
                "text",
                "url",
                "choice",
                "open-choice",
                "attachment",
                "reference",
                "quantity",
            ]),
        ),
        many("enableWhen", Of(&ENABLE_WHEN)),
        one("enableBehavior", OneOf(&["all", "any"])),
        one("required", Plain(Boolean)),
        one("repeats", Plain(Boolean)),
        one("readOnly", Plain(Boolean)),
        one("maxLength", Plain(Integer)),
        one("answerValueSet", Plain(Uri)),
        many("answerOption", Of(&ANSWER_OPTION)),
        many("initial", Of(&INITIAL)),
        many("item", Of(&QUESTION)),
    ],
);

static CONTACT_DETAIL: Type =
    kind("ContactDetail", &ELEMENT, &[one("name", Plain(Text)), many("telecom", Of(&CONTACT_POINT))]);

static USAGE_CONTEXT: Type = kind(
    "UsageContext",
    &ELEMENT,
    &[
        need("code", Of(&CODING)),
        need(
            "value",
            Choice(&[
                ("CodeableConcept", Of(&CODEABLE_CONCEPT)),
                ("Quantity", Of(&QUANTITY)),
                ("Range", Of(&RANGE)),
                ("Reference", Of(&REFERENCE)),
            ]),
        ),
    ],
);

static ENABLE_WHEN: Type = kind(
    "Questionnaire.item.enableWhen",
    &BACKBONE,
    &[
        need("question", Plain(Text)),
        need("operator", OneOf(&["exists", "=", "!=", ">", "<", ">=", "<="])),
        need("answer", Choice(ANSWERS)),
    ],
);

static ANSWER_OPTION: Type = kind(
    "Questionnaire.item.answerOption",
    &BACKBONE,
    &[
        need(
            "value",
            Choice(&[
                ("Integer", Plain(Integer)),
                ("Date", Plain(Date)),
                ("Time", Plain(Time)),
                ("String", Plain(Text)),
                ("Coding", Of(&CODING)),
                ("Reference", Of(&REFERENCE)),
            ]),
        ),
        one("initialSelected", Plain(Boolean)),
    ],
);

static INITIAL: Type = kind("Questionnaire.item.initial", &BACKBONE, &[need("value", Choice(ANSWERS))]);
