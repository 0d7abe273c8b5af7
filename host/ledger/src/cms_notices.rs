//! What CMS told by itself: mails and messages, matched to the alignment they are about, or kept until a person does.

use crate::bounds::{cut, fit};
use crate::{Bounds, NewNotice, SeenChart};
use bridge_types::{Phi, Timestamp};

/// What was read from a mail or message. Empty where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CmsFacts {
    /// Code of the event in the guide; empty where it is none that is known.
    pub event: String,
    /// The submission id of the alignment, as CMS gave it.
    pub cms_submission: String,
    /// The participant it names.
    pub participant: String,
    /// The date it states, `YYYY-MM-DD`.
    pub deadline: String,
    /// Attachments that were left aside.
    pub attachments: u32,
}

/// A mail or message that came. What is known already, by its content or its identity, is not stored again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCmsNotice {
    /// Its id, given by the caller, because its notices name it.
    pub id: String,
    /// When it came.
    pub received_at: Timestamp,
    /// Name of the source, from configuration.
    pub source: String,
    /// What makes it the same mail as another: a digest of its message id and facts, or of its bytes.
    pub identity: String,
    /// SHA-256 of the bytes.
    pub content_hash: String,
    /// What was read from it.
    pub facts: CmsFacts,
    /// The raw bytes.
    pub bytes: Phi<Vec<u8>>,
    /// Whose it is.
    pub fate: CmsFate,
    /// What the pipeline is told.
    pub notices: Vec<NewNotice>,
}

impl NewCmsNotice {
    /// The same, cut to the bounds of every store: what cannot be kept whole is kept as far as possible.
    #[must_use]
    pub fn within_bounds(mut self) -> Self {
        let CmsFacts { event, cms_submission, participant, deadline, .. } = &mut self.facts;
        for name in [event, cms_submission, participant, deadline, &mut self.source] {
            name.truncate(cut(name, Bounds::NAME_BYTES).len());
        }
        if let CmsFate::Doubted { reason, text, .. } | CmsFate::Unmatched { reason, text } = &mut self.fate {
            reason.truncate(cut(reason, Bounds::NAME_BYTES).len());
            text.truncate(cut(text, Bounds::TEXT_BYTES).len());
        }
        if self.bytes.expose().len() > Bounds::MAIL_BYTES {
            let mut bytes = self.bytes.into_inner();
            bytes.truncate(Bounds::MAIL_BYTES);
            self.bytes = Phi::new(bytes);
        }
        if !fit(&self.notices) {
            self.notices.clear();
        }
        self
    }
}

/// Whose a mail or message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CmsFate {
    /// It is about a submission of this ledger.
    Matched(CmsMatch),
    /// It is about a submission of this ledger, and waits for a person all the same: nobody vouches for it. What is told is told about
    /// that submission; its chart is left alone.
    Doubted {
        /// What it is about; without a document.
        found: CmsMatch,
        /// Stable code of the reason.
        reason: String,
        /// The reason in one sentence. Holds no value from the mail.
        text: String,
    },
    /// Nobody knows yet.
    Unmatched {
        /// Stable code of the reason.
        reason: String,
        /// The reason in one sentence. Holds no value from the mail.
        text: String,
    },
}

/// The alignment that a mail or message is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CmsMatch {
    /// The submission.
    pub submission: String,
    /// Its chart, as it was read.
    pub seen: SeenChart,
    /// The new document; unset where nothing changed in it.
    pub document: Option<Phi<String>>,
}

/// What became of a mail or message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CmsTaken {
    /// It is stored, with the ids of the notices that were made.
    Stored(Vec<String>),
    /// It is stored already, under this id; nothing was done.
    Duplicate(String),
    /// The chart moved since it was read, or the submission belongs to another one now; nothing was done. Load the submission and
    /// its chart, and call again.
    Conflict,
}

/// A stored mail or message without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CmsNoticeSummary {
    /// Its id.
    pub id: String,
    /// When it came.
    pub received_at: Timestamp,
    /// Name of the source.
    pub source: String,
    /// What was read from it.
    pub facts: CmsFacts,
    /// The submission it is about; unset where it is not matched.
    pub submission: Option<String>,
    /// The chart of that submission; the survivor's after a merge.
    pub chart: Option<String>,
    /// Why it was not matched when it came, or empty. Stays after a person matched it.
    pub reason: String,
    /// The reason in one sentence.
    pub text: String,
    /// When a person matched it.
    pub matched_at: Option<Timestamp>,
    /// Who did.
    pub matched_by: String,
}

/// A stored mail or message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCmsNotice {
    /// Everything but the bytes.
    pub summary: CmsNoticeSummary,
    /// The raw bytes.
    pub bytes: Phi<Vec<u8>>,
}

/// Which mails and messages to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CmsNoticeFilter {
    /// Only those that name this participant.
    pub participant: Option<String>,
    /// Only those about this submission.
    pub submission: Option<String>,
    /// Only those that wait for a person.
    pub unmatched: bool,
}
