//! The message header.

use crate::view::limits::MAX_HEADER_VALUE_BYTES;
use crate::view::{Component, Message, Text, Value};
use access_contract::Header;

/// Reads `MSH`, and `EVN-1` where the header names no event. Values that are too long are left out; see [`too_long`].
pub(super) fn read(message: &Message<'_>) -> Header {
    let Some(msh) = message.segment("MSH") else { return Header::default() };
    let text = |component: Component<'_>| match component.value() {
        value if is_too_long(&value) => String::new(),
        value => value.text().into_owned(),
    };
    let first = |number: usize| text(msh.field(number).component(1));
    let event = text(msh.field(9).component(2));
    let recorded = || message.segment("EVN").map(|event| text(event.field(1).component(1))).unwrap_or_default();
    Header {
        control_id: first(10),
        message_type: first(9).to_ascii_uppercase(),
        event: if event.is_empty() { recorded() } else { event }.to_ascii_uppercase(),
        version: first(12),
        processing_id: first(11).to_ascii_uppercase(),
        sent_at: first(7),
        sending_application: first(3),
        sending_facility: first(4),
        receiving_application: first(5),
        receiving_facility: first(6),
    }
}

/// Path of a header value that is too long to be one.
pub(super) fn too_long(message: &Message<'_>) -> Option<String> {
    let msh = message.segment("MSH")?;
    let values = (3..=12).flat_map(|number| [1, 2].map(|part| msh.field(number).component(part).value()));
    values.into_iter().find(is_too_long).map(|value| value.path())
}

fn is_too_long(value: &Value<'_>) -> bool {
    value.raw().len() > MAX_HEADER_VALUE_BYTES
}

/// As much of the header as can be read of a text that is no usable message.
pub(super) fn first_of(text: &str) -> Header {
    let mut rest = text;
    // A batch begins with its own headers.
    while let Some(start) = rest.find("MSH") {
        let at_line = rest
            .get(..start)
            .is_none_or(|before| before.is_empty() || before.ends_with(['\r', '\n', '\u{b}', '\u{feff}']));
        rest = rest.get(start..).unwrap_or_default();
        if at_line {
            let line = rest.split(['\r', '\n']).next().unwrap_or_default();
            let Ok(text) = Text::normalise(line) else { return Header::default() };
            return Message::parse(&text).map(|message| read(&message)).unwrap_or_default();
        }
        rest = rest.get(3..).unwrap_or_default();
    }
    Header::default()
}
