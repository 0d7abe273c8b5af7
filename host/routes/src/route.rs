//! What every destination has in common.

use async_trait::async_trait;
use bridge_types::contract::Format;
use bridge_types::{Disposition, Phi};
use std::io;
use std::time::Duration;

/// A rendered notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Stable id of the notice.
    pub id: String,
    /// What the text is.
    pub format: Format,
    /// The text.
    pub text: Phi<String>,
    /// `MSH-10` of an HL7 v2 notice; the answer must repeat it. Equal to the id where the format has none.
    pub control_id: String,
}

/// Proof of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// What the destination said: `AA` or `CA` from an engine, `stored` from a file, `written` from a stream.
    pub receipt: String,
}

impl Delivered {
    pub(crate) fn new(receipt: &str) -> Self {
        Self { receipt: receipt.to_owned() }
    }
}

/// Why a delivery failed.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// No connection.
    #[error("cannot connect to the destination: {0}")]
    Connect(#[source] io::Error),
    /// A connection that cannot be protected.
    #[error("the connection cannot be protected with tls: {reason}")]
    Unprotected {
        /// What was wrong with the certificate or the handshake.
        reason: String,
    },
    /// No connection in time.
    #[error("no connection to the destination within {limit:?}")]
    ConnectTimeout {
        /// The limit.
        limit: Duration,
    },
    /// The connection broke before an answer came.
    #[error("the connection broke before an answer came: {0}")]
    Connection(#[source] io::Error),
    /// An HTTP request came to nothing.
    #[error("the request failed: {what}")]
    Http {
        /// How far it came.
        what: &'static str,
    },
    /// An HTTP status that is no success.
    #[error("the destination answered status {status}")]
    Status {
        /// The status.
        status: u16,
    },
    /// A message broker did not take it.
    #[error("the broker did not take it: {reason}")]
    Broker {
        /// What it, or the library, says of that.
        reason: String,
    },
    /// The destination closed the connection without an answer.
    #[error("the destination closed the connection without an answer")]
    Closed,
    /// No answer in time.
    #[error("no answer within {limit:?}; answers to other messages meanwhile: {foreign}")]
    AnswerTimeout {
        /// The limit.
        limit: Duration,
        /// How many answers came that belong to another message.
        foreign: u32,
    },
    /// The destination answered something that is not an acknowledgement.
    #[error("the answer is not an acknowledgement")]
    NotAnAcknowledgement,
    /// The destination refused the message.
    #[error("the destination refused the message with {code}")]
    Refused {
        /// `AE`, `AR`, `CE` or `CR`.
        code: &'static str,
        /// `MSA-3` or else `ERR-1`, at most 200 characters. It may quote the message.
        text: Phi<String>,
    },
    /// The text cannot be put into an MLLP block.
    #[error("the text holds bytes that mllp framing reserves")]
    NotFrameable,
    /// A file could not be written.
    #[error("cannot {step}: {source}")]
    Storage {
        /// The step that failed, for example `sync the file`.
        step: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The id cannot name a file.
    #[error("every name for this notice is taken in the folder")]
    NameTaken,
}

impl Cause {
    /// Whether the destination says that it will never take it, rather than that something about it is to be mended.
    #[must_use]
    pub const fn is_rejection(&self) -> bool {
        match self {
            Self::Refused { code, .. } => matches!(code.as_bytes(), [_, b'R']),
            Self::Status { .. } | Self::NotFrameable => true,
            _ => false,
        }
    }
}

/// A failed delivery and what may be done about it.
#[derive(Debug, thiserror::Error)]
#[error("delivery failed")]
pub struct DeliveryError {
    /// What may be done next.
    pub disposition: Disposition,
    /// Why it failed.
    #[source]
    pub cause: Cause,
}

impl DeliveryError {
    pub(crate) const fn retry(cause: Cause) -> Self {
        Self { disposition: Disposition::Retry { after: None }, cause }
    }

    pub(crate) const fn retry_after(cause: Cause, after: Option<Duration>) -> Self {
        Self { disposition: Disposition::Retry { after }, cause }
    }

    pub(crate) const fn reject(cause: Cause) -> Self {
        Self { disposition: Disposition::Reject, cause }
    }

    pub(crate) const fn operator(cause: Cause) -> Self {
        Self { disposition: Disposition::Operator, cause }
    }
}

/// A destination.
#[async_trait]
pub trait Route: Send + Sync {
    /// Delivers one item and waits until the destination has it.
    ///
    /// # Errors
    /// [`DeliveryError`]; its disposition is never `Uncertain`, since an item may be delivered again.
    async fn deliver(&self, item: &Outgoing) -> Result<Delivered, DeliveryError>;
}
