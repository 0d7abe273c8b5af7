//! Why a text cannot be viewed as a message.

use super::limits::{MAX_BYTES, MAX_FIELDS, MAX_PARTS, MAX_REPETITIONS, MAX_SEGMENTS};

/// Why a text cannot be viewed as one message. Carries positions, never text of the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ViewError {
    /// There is no message header at the beginning.
    #[error("the message does not begin with an MSH segment")]
    NotHl7,
    /// The header's encoding characters cannot be used.
    #[error("the message header declares separators that cannot be used")]
    Separators,
    /// The text holds more than one message.
    #[error("the feed holds {count} messages where one is expected")]
    Several {
        /// How many `MSH` segments there are.
        count: usize,
    },
    /// More bytes than a message may have.
    #[error("the message is longer than {MAX_BYTES} bytes")]
    Bytes,
    /// More segments than a message may have.
    #[error("the message has more than {MAX_SEGMENTS} segments")]
    Segments,
    /// More fields than a segment may have.
    #[error("the segment has more than {MAX_FIELDS} fields")]
    Fields {
        /// Path of the segment.
        path: String,
    },
    /// More repetitions than a field may have.
    #[error("the field repeats more than {MAX_REPETITIONS} times")]
    Repetitions {
        /// Path of the field.
        path: String,
    },
    /// More separators than a message may have.
    #[error("the message has more than {MAX_PARTS} fields, repetitions and components")]
    Parts,
}

impl ViewError {
    /// The stable code of the issue.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotHl7 | Self::Separators => "not-hl7",
            Self::Several { .. } => "several-messages",
            Self::Bytes => "limit-bytes",
            Self::Segments => "limit-segments",
            Self::Fields { .. } => "limit-fields",
            Self::Repetitions { .. } => "limit-repetitions",
            Self::Parts => "limit-parts",
        }
    }

    /// Where it is, as a path; empty where it is the message as a whole.
    #[must_use]
    pub fn location(&self) -> &str {
        match self {
            Self::NotHl7 => "MSH",
            Self::Separators => "MSH-2",
            Self::Fields { path } | Self::Repetitions { path } => path,
            Self::Several { .. } | Self::Bytes | Self::Segments | Self::Parts => "",
        }
    }
}
