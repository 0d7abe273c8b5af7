//! A notice of CMS as it came, and as it was read.

use bridge_types::Phi;
use jiff::civil::Date;
use std::sync::Arc;

/// How much of a mail or message is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits;

impl Limits {
    /// Bytes of one mail or message: 25 MiB, what mail servers usually take. Of a larger one the beginning is kept.
    pub const BYTES: usize = 25 * 1024 * 1024;
    /// Lines of one mail. A mail of the largest size in base64 has some 350,000.
    pub const LINES: usize = 1_000_000;
    /// Lines that may begin or end a part.
    pub const BOUNDARIES: usize = 10_000;
    /// Parts that are looked into.
    pub const PARTS: usize = 200;
    /// Mails inside mails. Multiparts inside multiparts are bounded by the parser (100).
    pub const DEPTH: usize = 3;
    /// Bytes of text that labels are looked for in, of each part.
    pub const TEXT: usize = 256 * 1024;
    /// Bytes of a submission id or a participant id.
    pub const ID: usize = 256;
}

/// How a notice is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A mail (RFC 5322 and MIME).
    Mail,
    /// A FHIR Bundle of type message, JSON.
    Message,
}

/// A mail or message as a source hands it over.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The bytes; of one that is larger than [`Limits::BYTES`] the beginning.
    pub bytes: Phi<Vec<u8>>,
    /// Whether `bytes` is only the beginning.
    pub cut: bool,
    /// How it is written.
    pub form: Form,
    /// Name of the source, from configuration.
    pub source: Arc<str>,
    /// Domains that senders of this source may have; empty takes all.
    pub domains: Arc<[String]>,
}

/// What CMS tells. Holds no name and no number of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CmsNotice {
    /// Code of the event in the guide; empty where none of the guide's is named.
    pub event: String,
    /// The alignment's submission id, as CMS gave it; empty where none is named.
    pub cms_submission: String,
    /// The participant; empty where none is named.
    pub participant: String,
    /// The date it states.
    pub deadline: Option<Date>,
}

/// A mail or message as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// As much as it says.
    pub notice: CmsNotice,
    /// Why it cannot be matched, whatever the ledger holds.
    pub problem: Option<Problem>,
    /// Whether it is said only in a quotation, in a mail inside the mail, or in an answer: nobody vouches for it then.
    pub quoted: bool,
    /// Attachments that were left aside.
    pub attachments: u32,
    /// What makes it the same as another: a digest of its own id and of what it says. The same mail is fetched, copied and
    /// forwarded by servers that change its bytes. Without an id, or where it does not say whose it is, a digest of its bytes.
    pub identity: String,
    /// SHA-256 of the bytes.
    pub content_hash: String,
}

/// Why a mail or message cannot be matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Problem {
    /// Larger than is looked at.
    TooLarge,
    /// Not a mail.
    MailUnreadable,
    /// More parts or lines, or deeper, than is looked at.
    TooComplex,
    /// Its sender is not of a domain that the site lists.
    SenderNotAllowed,
    /// It names no submission id.
    SubmissionMissing,
    /// It names several submission ids.
    SubmissionContradicted,
    /// Not JSON, or not a Bundle.
    MessageUnreadable,
    /// A Bundle, but no message, or one whose first resource is no MessageHeader.
    NoMessage,
}

impl Problem {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "cms-notice-too-large",
            Self::MailUnreadable => "cms-mail-unreadable",
            Self::TooComplex => "cms-mail-too-complex",
            Self::SenderNotAllowed => "cms-sender-not-allowed",
            Self::SubmissionMissing => "cms-submission-missing",
            Self::SubmissionContradicted => "cms-submission-contradicted",
            Self::MessageUnreadable => "cms-message-unreadable",
            Self::NoMessage => "cms-message-other",
        }
    }

    /// The reason in one sentence, without a value from the mail.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::TooLarge => "it is larger than 25 MiB; its beginning is kept",
            Self::MailUnreadable => "it cannot be read as a mail",
            Self::TooComplex => "it has more parts or lines, or is nested deeper, than is looked at",
            Self::SenderNotAllowed => "its sender is not of a domain that this source takes mails from",
            Self::SubmissionMissing => "it names no submission id",
            Self::SubmissionContradicted => "it names more than one submission id",
            Self::MessageUnreadable => "it cannot be read as a FHIR Bundle in JSON",
            Self::NoMessage => "it is no Bundle of type message that begins with a MessageHeader",
        }
    }
}
