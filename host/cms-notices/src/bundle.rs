//! FHIR Bundles of type message, as an earlier version of the guide has them.
//!
//! That version names MessageHeader and the event codes and specifies nothing further, so this reads whatever could carry the
//! rest, in this order:
//!
//! 1. parameters of a Parameters resource, at any depth, and extensions, by name: `submissionID`, `alignmentID`,
//!    `participantID`, `deadline` (in any case, with or without hyphens, blanks, "date" or "identifier"), with a value of
//!    any type;
//! 2. identifiers of any resource and reference that say what they are: by the participant's system, or by a type or the end of
//!    their system that is one of those names;
//! 3. if no submission id was found so, the only other identifier of a Basic resource or of `MessageHeader.focus`.
//!
//! The event is `MessageHeader.eventCoding` (of the guide's code system, or without a system) or `eventUri`. The id of the message
//! is `Bundle.identifier`.

use crate::{Limits, Problem};
use access_mappings::Guide;
use serde_json::{Map, Value};

/// Values that are kept of each field.
const VALUES: usize = 20;

/// What a message says, not yet interpreted.
#[derive(Debug, Default)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) events: Vec<String>,
    pub(crate) submissions: Vec<String>,
    pub(crate) participants: Vec<String>,
    pub(crate) deadlines: Vec<String>,
    /// Identifiers that do not say what they are.
    others: Vec<String>,
}

/// Reads a message.
pub(crate) fn read(bytes: &[u8], guide: &Guide) -> Result<Message, Problem> {
    // serde_json refuses what is nested deeper than 128.
    let bundle: Value = serde_json::from_slice(bytes).map_err(|_| Problem::MessageUnreadable)?;
    if bundle.get("resourceType").and_then(Value::as_str) != Some("Bundle") {
        return Err(Problem::MessageUnreadable);
    }
    let mut resources =
        bundle.get("entry").and_then(Value::as_array).into_iter().flatten().filter_map(|entry| entry.get("resource"));
    let header = resources.next().filter(|first| kind(first) == "MessageHeader");
    let Some(header) = header.filter(|_| bundle.get("type").and_then(Value::as_str) == Some("message")) else {
        return Err(Problem::NoMessage);
    };
    let mut message = Message { id: message_id(&bundle), events: events(header, guide), ..Message::default() };
    let mut walk = Walk { message: &mut message, guide, parts: 0 };
    for resource in std::iter::once(header).chain(resources) {
        walk.value(resource, matches!(kind(resource), "Basic" | "MessageHeader"), Limits::DEPTH * 16);
    }
    if message.submissions.is_empty()
        && let [only] = message.others.as_slice()
    {
        message.submissions.push(only.clone());
    }
    Ok(message)
}

fn kind(resource: &Value) -> &str {
    resource.get("resourceType").and_then(Value::as_str).unwrap_or_default()
}

fn message_id(bundle: &Value) -> String {
    let identifier = bundle.get("identifier");
    let part = |name: &str| identifier.and_then(|one| one.get(name)).and_then(Value::as_str).unwrap_or_default();
    if part("value").is_empty() { String::new() } else { format!("{}|{}", part("system"), part("value")) }
}

/// What the header calls the event. A code of another system says nothing.
fn events(header: &Value, guide: &Guide) -> Vec<String> {
    let coding = header.get("eventCoding");
    let part = |name: &str| coding.and_then(|coding| coding.get(name)).and_then(Value::as_str).unwrap_or_default();
    let ours = part("system").is_empty() || part("system") == guide.systems.event;
    let uri = header.get("eventUri").and_then(Value::as_str).unwrap_or_default();
    let last = uri.rsplit(['/', '#', ':']).next().unwrap_or_default();
    let named = if ours { [part("code"), part("display"), last] } else { [last, "", ""] };
    named.into_iter().filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// What a name stands for.
#[derive(Clone, Copy)]
enum Field {
    Submission,
    Participant,
    Deadline,
}

fn field(name: &str) -> Option<Field> {
    let name: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).take(64).collect();
    let name = name.strip_suffix("identifier").or(name.strip_suffix("id")).unwrap_or(&name);
    match name {
        "submission" | "alignment" | "alignmentsubmission" => Some(Field::Submission),
        "participant" | "entity" => Some(Field::Participant),
        "deadline" | "deadlinedate" | "due" | "duedate" => Some(Field::Deadline),
        _ => None,
    }
}

struct Walk<'a> {
    message: &'a mut Message,
    guide: &'a Guide,
    parts: usize,
}

impl Walk<'_> {
    /// Looks through a value. `focal` where an identifier that does not say what it is may be the submission's.
    fn value(&mut self, value: &Value, focal: bool, depth: usize) {
        self.parts += 1;
        let Some(depth) = depth.checked_sub(1).filter(|_| self.parts <= Limits::BOUNDARIES) else { return };
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.value(item, focal, depth)),
            Value::Object(object) => {
                self.named(object);
                for (key, inner) in object {
                    if key == "identifier" {
                        let one = std::slice::from_ref(inner);
                        for identifier in inner.as_array().map_or(one, Vec::as_slice) {
                            self.identifier(identifier, focal);
                        }
                    } else {
                        // What a focus refers to is of concern, who sent it is not.
                        let focal = focal
                            && !matches!(
                                key.as_str(),
                                "source" | "sender" | "destination" | "author" | "enterer" | "responsible"
                            );
                        self.value(inner, focal, depth);
                    }
                }
            }
            _ => {}
        }
    }

    /// A parameter or an extension that says what it is.
    fn named(&mut self, object: &Map<String, Value>) {
        let text = |name: &str| object.get(name).and_then(Value::as_str);
        let name =
            text("name").or_else(|| text("url").map(|url| url.rsplit(['/', '#', ':']).next().unwrap_or_default()));
        if let Some(field) = name.and_then(field) {
            for (_, value) in object.iter().filter(|(key, _)| key.starts_with("value")) {
                self.keep(field, content(value));
            }
        }
    }

    fn identifier(&mut self, identifier: &Value, focal: bool) {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let value = text(identifier.get("value"));
        let system = text(identifier.get("system"));
        if value.is_empty() {
            return;
        }
        if system == self.guide.systems.participant {
            return self.keep(Field::Participant, &value);
        }
        let kind = identifier.get("type");
        let codings = kind.and_then(|kind| kind.get("coding")).and_then(Value::as_array).into_iter().flatten();
        let last = system.rsplit(['/', '#', ':']).next().unwrap_or_default().to_owned();
        let names =
            codings.map(|coding| text(coding.get("code"))).chain([text(kind.and_then(|kind| kind.get("text"))), last]);
        let fields: Vec<Field> = names.filter_map(|name| field(&name)).collect();
        match fields.first() {
            Some(field) => self.keep(*field, &value),
            None if focal && self.message.others.len() < VALUES => self.message.others.push(value),
            None => {}
        }
    }

    fn keep(&mut self, field: Field, value: &str) {
        let values = match field {
            Field::Submission => &mut self.message.submissions,
            Field::Participant => &mut self.message.participants,
            Field::Deadline => &mut self.message.deadlines,
        };
        if !value.is_empty() && values.len() < VALUES {
            values.push(value.to_owned());
        }
    }
}

/// The text of a value of any type: itself, of an identifier or coding its value, of a reference its identifier.
fn content(value: &Value) -> &str {
    match value {
        Value::String(text) => text,
        Value::Object(object) => ["value", "code", "end"]
            .into_iter()
            .find_map(|key| object.get(key).and_then(Value::as_str))
            .or_else(|| object.get("identifier").and_then(|one| one.get("value")).and_then(Value::as_str))
            .unwrap_or_default(),
        _ => "",
    }
}
