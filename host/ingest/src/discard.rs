//! Bytes that did not become a message.

use bridge_types::contract::{Issue, Severity};

/// Why bytes did not become a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discard {
    /// The connection ended, or another block started, before the block was complete. Nothing was acknowledged.
    Interrupted,
    /// The block was not complete in time. Nothing was acknowledged.
    TooSlow,
    /// The payload is larger than the limit; these bytes are its beginning. Answered AR if it has a header.
    TooLarge,
    /// A closing byte stood in the middle of the payload, or what looked like one. Nothing was acknowledged, the connection was reset.
    Damaged,
    /// Text outside any block, or in a frame beside its messages.
    Stray,
    /// A body that is compressed, or a form. Answered AR.
    Wrapped,
}

impl Discard {
    /// Every reason.
    pub const ALL: [Self; 6] =
        [Self::Interrupted, Self::TooSlow, Self::TooLarge, Self::Damaged, Self::Stray, Self::Wrapped];

    /// A stable code for the quarantine.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Interrupted => "frame-interrupted",
            Self::TooSlow => "frame-too-slow",
            Self::TooLarge => "frame-too-large",
            Self::Damaged => "frame-damaged",
            Self::Stray => "text-outside-frame",
            Self::Wrapped => "body-wrapped",
        }
    }

    /// What the sender of something larger than the limit is told.
    pub(crate) fn too_large(limit: usize) -> Issue {
        Issue::new(
            Severity::Fatal,
            Self::TooLarge.as_str(),
            "",
            format!("The message is larger than the {limit} bytes accepted here."),
        )
        .hint("Send it in parts, or raise the listener's frame limit.")
        .condition(104)
    }

    /// What the sender of a compressed body or a form is told.
    pub(crate) fn wrapped() -> Issue {
        Issue::new(Severity::Fatal, Self::Wrapped.as_str(), "", "The body is compressed, or a form.".to_owned())
            .hint("Send the message itself as the body, without Content-Encoding and with a Content-Type such as text/plain; curl names a form unless -H says otherwise.")
            .condition(207)
    }
}

/// Bytes could not be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("discarded bytes could not be kept")]
pub struct NotKept;
