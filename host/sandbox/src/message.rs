//! A notice as a FHIR message.
//!
//! The guide named Bundles of type message with a MessageHeader before it turned to e-mail, and never published their content. This
//! shape is this project's own: the event as `eventCoding`, and a Parameters resource in focus with the alignment's
//! submission, the participant, and the date.

use crate::clock::rfc3339;
use crate::notice::Notice;
use serde_json::{Value, json};

/// The Bundle. `canonical` is the guide's root, `participant_system` the system of participant ids.
pub(crate) fn message(notice: &Notice, canonical: &str, participant_system: &str) -> Value {
    let id = format!("{}-{}-{}", notice.submission, notice.event, notice.number);
    let participant = json!({ "system": participant_system, "value": notice.participant });
    let submission = json!({ "value": notice.submission });
    json!({
        "resourceType": "Bundle",
        "identifier": { "system": "http://sandbox.invalid/notice", "value": id },
        "type": "message",
        "timestamp": rfc3339(notice.at_millis),
        "entry": [
            {
                "fullUrl": "http://sandbox.invalid/MessageHeader/header",
                "resource": {
                    "resourceType": "MessageHeader",
                    "id": "header",
                    "eventCoding": {
                        "system": format!("{canonical}/CodeSystem/ACCESSEventTypeCS"),
                        "code": notice.event,
                        "display": notice.display,
                    },
                    "destination": [{
                        "endpoint": "http://sandbox.invalid/destination",
                        "receiver": { "identifier": participant },
                    }],
                    "source": { "name": "ACCESS sandbox", "endpoint": "http://sandbox.invalid/source" },
                    "focus": [{ "reference": "Parameters/notice", "identifier": submission }],
                },
            },
            {
                "fullUrl": "http://sandbox.invalid/Parameters/notice",
                "resource": {
                    "resourceType": "Parameters",
                    "id": "notice",
                    "parameter": [
                        { "name": "submissionID", "valueIdentifier": submission },
                        { "name": "participantID", "valueIdentifier": participant },
                        { "name": "deadlineDate", "valueDate": notice.deadline.to_string() },
                    ],
                },
            },
        ],
    })
}
