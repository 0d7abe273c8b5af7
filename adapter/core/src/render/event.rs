//! A notice as a CloudEvents 1.0 event in JSON.

use super::unwritable;
use access_contract::{Envelope, Issue, Notice};
use jiff::Timestamp;
use serde::Serialize;

/// Version of the event type and its schema. Fields may be added within a version; none changes its meaning or goes away.
pub const VERSION: u32 = 1;

/// Identifier of the schema (`$id`) of an event.
pub const SCHEMA: &str = "urn:access-bridge:schema:notice:1";

/// The event; attributes in this order.
#[derive(Serialize)]
struct Event<'a> {
    specversion: &'static str,
    id: &'a str,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    /// An empty subject is not allowed, so it is left out.
    #[serde(skip_serializing_if = "str::is_empty")]
    subject: &'a str,
    time: String,
    datacontenttype: &'static str,
    dataschema: &'static str,
    data: &'a Notice,
}

/// Renders the event in one line.
pub(super) fn render(notice: &Notice, envelope: &Envelope, at: Timestamp) -> Result<String, Issue> {
    let event = Event {
        specversion: "1.0",
        id: &envelope.id,
        source: format!("/access-bridge/{}", notice.participant),
        kind: format!("org.access-bridge.{}.v{VERSION}", notice.kind),
        subject: &notice.submission,
        time: at.to_string(),
        datacontenttype: "application/json",
        dataschema: SCHEMA,
        data: notice,
    };
    serde_json::to_string(&event).map_err(unwritable)
}
