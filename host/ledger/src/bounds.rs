//! How much the ledger takes. What is larger is refused before anything is stored.

use crate::{
    About, Acceptance, ChartChange, CmsFacts, CmsFate, CmsMatch, Ending, FeedEntry, FeedIdentity, Inquiry, Intake,
    LedgerError, NewCmsNotice, NewNotice, NewQuarantineEntry, Postponement, SubjectIntake,
};
use access_contract::{Intent, Notice};
use bridge_types::Phi;

/// The limits of every store. They protect the file and the process; no real feed comes near them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds;

impl Bounds {
    /// Raw bytes of one feed: 16 MiB.
    pub const FEED_BYTES: usize = 16 * 1024 * 1024;
    /// Raw bytes of one mail or message of CMS: 25 MiB.
    pub const MAIL_BYTES: usize = 25 * 1024 * 1024;
    /// A chart, a payload, an answer or a notice: 4 MiB.
    pub const DOCUMENT_BYTES: usize = 4 * 1024 * 1024;
    /// Keys of one chart, and of one look-up: a chart has 256 identifiers and a Medicare number, a merge names two people with
    /// 200 and one each.
    pub const KEYS: usize = 512;
    /// Bytes of one key, name, id or code: a key is `id:`, two texts of 256 bytes, and what is between them.
    pub const NAME_BYTES: usize = 1024;
    /// Bytes of a status URL and of the id in it: no shorter than the client follows, since what CMS accepted must not be lost.
    pub const LOCATION_BYTES: usize = 4096;
    /// Bytes of a cause, a reason or a note.
    pub const TEXT_BYTES: usize = 2048;
    /// Subjects of one intake; intents, commands, notices or absorbed charts of one subject; routes of one notice.
    pub const LIST: usize = 256;
    /// Rows of one page and of one claim.
    pub const ROWS: usize = 500;
    /// Events and payloads shown with one submission: the newest ones.
    pub const STORY: usize = 1000;
    /// Entries that one feed states about one person, and keys of one look-up: a feed of FHIR may take back 1,000 records, each of which
    /// may have stated anything that is measured, some 45 entries.
    pub const ENTRIES: usize = 50_000;
    /// A result or questionnaire: 64 KiB.
    pub const ENTRY_BYTES: usize = 64 * 1024;
    /// Newest entries of one code in one look-up.
    pub const OF_EACH: usize = 64;
    /// Codes without a row in the profile, of all senders; of one feed at most [`Bounds::ROWS`].
    pub const UNMAPPED: usize = 10_000;
}

/// A text cut to so many bytes.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    text.get(..text.floor_char_boundary(limit)).unwrap_or_default()
}

/// Refuses more than the limit.
pub(crate) const fn at_most(what: &'static str, size: usize, limit: usize) -> Result<(), LedgerError> {
    if size > limit { Err(LedgerError::TooLarge { what, size, limit }) } else { Ok(()) }
}

/// Refuses a long name, id or code.
pub(crate) const fn name(what: &'static str, text: &str) -> Result<(), LedgerError> {
    at_most(what, text.len(), Bounds::NAME_BYTES)
}

/// Refuses a large document.
pub(crate) fn document(what: &'static str, text: &Phi<String>) -> Result<(), LedgerError> {
    at_most(what, text.expose().len(), Bounds::DOCUMENT_BYTES)
}

/// Refuses what the ledger does not take, before any store sees it.
pub(crate) trait Check {
    /// Whether it is within the bounds and does not contradict itself.
    fn check(&self) -> Result<(), LedgerError>;
}

impl Check for FeedIdentity {
    fn check(&self) -> Result<(), LedgerError> {
        name("sending application bytes", &self.application)?;
        name("sending facility bytes", &self.facility)?;
        name("control id bytes", &self.control_id)
    }
}

impl Check for Inquiry {
    fn check(&self) -> Result<(), LedgerError> {
        at_most("people", self.people.len(), Bounds::LIST)?;
        for wanted in &self.people {
            at_most("keys", wanted.keys.len(), Bounds::KEYS)?;
            at_most("entry keys", wanted.entry_keys.len(), Bounds::ENTRIES)?;
        }
        Ok(())
    }
}

impl Check for FeedEntry {
    fn check(&self) -> Result<(), LedgerError> {
        self.identity.check()?;
        name("source bytes", &self.source)?;
        name("participant bytes", &self.participant)?;
        name("event bytes", &self.event)?;
        name("acknowledgement bytes", &self.acknowledgement)?;
        name("content hash bytes", &self.content_hash)?;
        at_most("feed bytes", self.bytes.expose().len(), Bounds::FEED_BYTES)
    }
}

impl Check for NewQuarantineEntry {
    fn check(&self) -> Result<(), LedgerError> {
        self.identity.check()?;
        name("source bytes", &self.source)?;
        name("participant bytes", &self.participant)?;
        name("event bytes", &self.event)?;
        name("content hash bytes", &self.content_hash)?;
        name("code bytes", &self.code)?;
        at_most("location bytes", self.location.len(), Bounds::TEXT_BYTES)?;
        at_most("text bytes", self.text.len(), Bounds::TEXT_BYTES)?;
        at_most("feed bytes", self.bytes.expose().len(), Bounds::FEED_BYTES)?;
        self.notices.check()
    }
}

impl Check for CmsFacts {
    fn check(&self) -> Result<(), LedgerError> {
        for text in [&self.event, &self.cms_submission, &self.participant, &self.deadline] {
            name("notice field bytes", text)?;
        }
        Ok(())
    }
}

impl Check for CmsMatch {
    fn check(&self) -> Result<(), LedgerError> {
        name("submission bytes", &self.submission)?;
        self.document.as_ref().map_or(Ok(()), |text| document("chart bytes", text))
    }
}

impl Check for NewCmsNotice {
    fn check(&self) -> Result<(), LedgerError> {
        self.facts.check()?;
        for text in [&self.id, &self.source, &self.identity, &self.content_hash] {
            name("notice field bytes", text)?;
        }
        match &self.fate {
            CmsFate::Matched(found) => found.check()?,
            CmsFate::Doubted { found, reason, text } => {
                found.check()?;
                why_it_waits(reason, text)?;
            }
            CmsFate::Unmatched { reason, text } => why_it_waits(reason, text)?,
        }
        at_most("mail bytes", self.bytes.expose().len(), Bounds::MAIL_BYTES)?;
        self.notices.check()
    }
}

fn why_it_waits(reason: &str, text: &str) -> Result<(), LedgerError> {
    if reason.is_empty() {
        return Err(LedgerError::Invalid { what: "a notice of CMS without a reason why it is not matched" });
    }
    name("reason bytes", reason)?;
    at_most("text bytes", text.len(), Bounds::TEXT_BYTES)
}

/// The text of a notice, as it is stored; measured here, where it is made.
pub(crate) fn written(notice: &Notice) -> Result<String, LedgerError> {
    let text =
        serde_json::to_string(notice).map_err(|_| LedgerError::Invalid { what: "a notice that cannot be written" })?;
    at_most("notice bytes", text.len(), Bounds::DOCUMENT_BYTES)?;
    Ok(text)
}

/// Whether notices will be taken, texts and all, also with the id of a submission that is added to them; for what is cut to what is
/// taken.
pub(crate) fn fit(notices: &[NewNotice]) -> bool {
    let most = Bounds::DOCUMENT_BYTES - Bounds::NAME_BYTES;
    let fits = |notice: &NewNotice| written(notice.notice.expose()).is_ok_and(|text| text.len() <= most);
    notices.check().is_ok() && notices.iter().all(fits)
}

impl Check for NewNotice {
    fn check(&self) -> Result<(), LedgerError> {
        at_most("routes", self.routes.len(), Bounds::LIST)?;
        self.routes.iter().try_for_each(|route| name("route bytes", route))
    }
}

/// The texts are measured when they are [`written`].
impl Check for [NewNotice] {
    fn check(&self) -> Result<(), LedgerError> {
        at_most("notices", self.len(), Bounds::LIST)?;
        self.iter().try_for_each(Check::check)
    }
}

impl Check for Postponement {
    fn check(&self) -> Result<(), LedgerError> {
        at_most("notices", self.telling.len(), Bounds::LIST)?;
        self.telling.iter().try_for_each(|telling| telling.notice.check())
    }
}

impl Check for ChartChange {
    fn check(&self) -> Result<(), LedgerError> {
        at_most("keys", self.keys.expose().len(), Bounds::KEYS)?;
        for key in self.keys.expose() {
            name("key bytes", key)?;
        }
        at_most("absorbed charts", self.absorbed.len(), Bounds::LIST)?;
        at_most("entries", self.entries.len(), Bounds::ENTRIES)?;
        for entry in &self.entries {
            name("entry key bytes", &entry.key)?;
            name("entry code bytes", &entry.code)?;
            name("entry time bytes", &entry.at)?;
            at_most("entry bytes", entry.document.len(), Bounds::ENTRY_BYTES)?;
        }
        document("chart bytes", &self.document)
    }
}

impl Check for Intent {
    fn check(&self) -> Result<(), LedgerError> {
        at_most("conditions", self.conditions.len(), Bounds::LIST)?;
        for text in self
            .conditions
            .iter()
            .chain(&self.reason)
            .chain(&self.visit)
            .chain(&self.reference)
            .chain([&self.rule, &self.basis])
        {
            name("intent field bytes", text)?;
        }
        name("operation bytes", self.operation.as_str())?;
        name("track bytes", self.track.as_str())?;
        at_most("why bytes", self.why.len(), Bounds::TEXT_BYTES)
    }
}

impl Check for SubjectIntake {
    fn check(&self) -> Result<(), LedgerError> {
        at_most("charts seen", self.seen.len(), Bounds::LIST)?;
        at_most("commands", self.commands.len(), Bounds::LIST)?;
        at_most("intents", self.intents.len(), Bounds::LIST)?;
        if let Some(change) = &self.change {
            change.check()?;
        }
        for (position, intent) in self.intents.iter().enumerate() {
            intent.check()?;
            if intent.after.is_some_and(|after| usize::try_from(after).map_or(true, |after| after >= position)) {
                return Err(LedgerError::Invalid { what: "an intent waits for one that does not stand before it" });
            }
        }
        if self
            .notices
            .iter()
            .any(|notice| matches!(notice.about, About::Intent(n) | About::Carried(n) | About::Joined(n) if n >= self.intents.len()))
        {
            return Err(LedgerError::Invalid { what: "a notice is about an intent that is not there" });
        }
        if self.notices.iter().any(|notice| matches!(notice.about, About::Command(n) if n >= self.commands.len())) {
            return Err(LedgerError::Invalid { what: "a notice is about a command that is not there" });
        }
        self.dropped.as_slice().check()?;
        self.notices.check()
    }
}

impl Check for Intake {
    fn check(&self) -> Result<(), LedgerError> {
        name("participant bytes", &self.participant)?;
        name("actor bytes", &self.actor)?;
        at_most("subjects", self.subjects.len(), Bounds::LIST)?;
        at_most("unmapped codes", self.unmapped.len(), Bounds::ROWS)?;
        for code in &self.unmapped {
            for text in [&code.table, &code.code, &code.display, &code.system, &code.unit] {
                name("unmapped code bytes", text)?;
            }
        }
        if let Some(feed) = &self.feed {
            feed.check()?;
        }
        for subject in &self.subjects {
            subject.check()?;
        }
        if self.participant.is_empty() && !self.subjects.is_empty() {
            return Err(LedgerError::Invalid { what: "subjects without a participant" });
        }
        if self.notices.iter().any(|notice| notice.about != About::AsWritten) {
            return Err(LedgerError::Invalid { what: "a notice is about an intent where there is none" });
        }
        self.notices.check()
    }
}

impl Check for Acceptance {
    fn check(&self) -> Result<(), LedgerError> {
        if self.location.is_empty() {
            return Err(LedgerError::Invalid { what: "an acceptance without a location" });
        }
        at_most("location bytes", self.location.len(), Bounds::LOCATION_BYTES)?;
        at_most("CMS submission id bytes", self.cms_submission.len(), Bounds::LOCATION_BYTES)
    }
}

impl Check for Ending {
    fn check(&self) -> Result<(), LedgerError> {
        if let Some(answer) = &self.answer {
            document("answer bytes", answer)?;
        }
        if let Some(settling) = &self.chart {
            document("chart bytes", &settling.document)?;
        }
        self.held.as_slice().check()?;
        self.dropped.as_slice().check()?;
        self.notices.check()
    }
}
