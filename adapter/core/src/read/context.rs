//! What every part of the reading needs: the profile, the header, and a place for issues.

use super::clock::Clock;
use super::dates::{DateFault, Moment};
use crate::facts::{Origin, Sourced};
use crate::results::Rowless;
use crate::view::limits::{MAX_ISSUES, MAX_VALUE_BYTES};
use crate::view::{Field, Message, Value};
use access_contract::{Header, Issue, Severity, UnmappedCode};
use access_mappings::{EventRule, PatientCodes, Profile, SenderRules};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

/// Codes without a line in the profile that one reading lists.
const MAX_UNMAPPED: usize = 500;
/// Letters of each part of such a code.
const MAX_UNMAPPED_LETTERS: usize = 64;
/// Fields named in warnings about bytes that could not be decoded.
const MAX_UNDECODABLE: usize = 20;

/// The surroundings of one reading.
pub(super) struct Context<'r> {
    pub(super) profile: &'r Profile,
    pub(super) header: &'r Header,
    pub(super) rule: &'r EventRule,
    /// When the message was sent (`MSH-7`, else `EVN-2`), the only clock there is.
    pub(super) sent: Option<Moment>,
    /// What offset times without one have.
    pub(super) clock: Clock<'r>,
    /// The sender's own codes.
    pub(super) codes: Option<&'r PatientCodes>,
    /// The sender's section over the tables of the site.
    pub(super) sender: SenderRules<'r>,
    /// Whether it was told that times lose their time of day.
    zoneless: Cell<bool>,
    issues: RefCell<Vec<Issue>>,
    unmapped: RefCell<BTreeSet<UnmappedCode>>,
    rowless: RefCell<Rowless>,
}

/// What a value says, after fillers are taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing.
    Nothing,
    /// `""`: forget what was known.
    Null,
    /// Text, decoded and trimmed, never empty.
    Text(String),
}

impl Said {
    /// The text, if there is one.
    pub(super) fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Nothing | Self::Null => None,
        }
    }
}

impl<'r> Context<'r> {
    pub(super) fn new(
        profile: &'r Profile,
        header: &'r Header,
        rule: &'r EventRule,
        message: &Message<'_>,
        issues: Vec<Issue>,
    ) -> Self {
        let recorded = || message.segment("EVN").and_then(|event| Moment::parse(&event.field(2).value().text()).ok());
        let stamped = Moment::parse(&header.sent_at).ok();
        let sender = (header.sending_application.as_str(), header.sending_facility.as_str());
        let context = Self {
            profile,
            header,
            rule,
            clock: Clock::new(stamped.as_ref(), profile.times.zone_of(sender.0, sender.1)),
            sent: stamped.or_else(recorded),
            codes: profile.patient.codes_of(sender.0, sender.1),
            sender: profile.for_sender(sender.0, sender.1),
            zoneless: Cell::new(false),
            issues: RefCell::new(issues),
            unmapped: RefCell::default(),
            rowless: RefCell::default(),
        };
        if context.sent.is_none() {
            let hint = "newer messages are told from older ones by it; have the sender fill MSH-7";
            context.warn("sent-at-missing", "MSH-7", "the time of the message is missing or cannot be read", hint);
        }
        context
    }

    /// Reads when something happened or was recorded. More than a year after the message is no such time.
    pub(super) fn past(&self, text: &str) -> Result<Moment, DateFault> {
        let moment = Moment::parse(text)?;
        let beyond = self.sent.as_ref().is_some_and(|sent| moment.is_beyond(sent));
        if beyond { Err(DateFault::Range) } else { Ok(moment) }
    }

    /// A time as it was written or the clock of the zone showed it; see [`Clock::written`]. Tells once where nothing at all tells offsets.
    pub(super) fn written(&self, moment: &Moment, path: impl Into<String>) -> String {
        let written = self.clock.written(moment);
        if !written.is_empty() && self.clock.is_blind() && !self.zoneless.replace(true) {
            self.note(zoneless(path));
        }
        written
    }

    /// Notes an issue, up to the limit.
    pub(super) fn note(&self, issue: Issue) {
        let mut issues = self.issues.borrow_mut();
        match issues.len() {
            count if count + 1 < MAX_ISSUES => issues.push(issue),
            count if count + 1 == MAX_ISSUES => issues.push(
                Issue::new(Severity::Warning, "issues-truncated", "", "there were more issues than one reading lists")
                    .hint("look at what the sender changed: so many problems usually have one cause"),
            ),
            _ => {}
        }
    }

    /// Notes something repaired, ignored or doubted.
    pub(super) fn warn(&self, code: &str, location: impl Into<String>, message: &str, hint: &str) {
        self.note(Issue::new(Severity::Warning, code, location, message).hint(hint));
    }

    /// Notes something worth knowing.
    pub(super) fn inform(&self, code: &str, location: impl Into<String>, message: &str) {
        self.note(Issue::new(Severity::Information, code, location, message));
    }

    /// Notes something that cannot be used and blocks what depends on it.
    pub(super) fn fail(&self, code: &str, location: impl Into<String>, message: &str, hint: &str) {
        self.note(Issue::new(Severity::Error, code, location, message).hint(hint));
    }

    /// Notes a code of the sender that the profile does not know.
    pub(super) fn note_unmapped(&self, mut code: UnmappedCode) {
        for part in [&mut code.table, &mut code.code, &mut code.display, &mut code.system, &mut code.unit] {
            if let Some((end, _)) = part.char_indices().nth(MAX_UNMAPPED_LETTERS) {
                part.truncate(end);
            }
        }
        let mut unmapped = self.unmapped.borrow_mut();
        if unmapped.len() < MAX_UNMAPPED {
            unmapped.insert(code);
        }
    }

    /// The same for the code of a result, which is told as well: a person waits for what it would fill.
    pub(super) fn note_rowless(&self, code: UnmappedCode, is_alone: bool, path: impl Into<String>) {
        self.rowless.borrow_mut().tell(&code, is_alone, path);
        self.note_unmapped(code);
    }

    /// The codes that the profile does not know, in order.
    pub(super) fn unmapped(&self) -> Vec<UnmappedCode> {
        self.unmapped.borrow().iter().cloned().collect()
    }

    /// Everything noted.
    pub(super) fn into_issues(self) -> Vec<Issue> {
        self.rowless.take().into_issues().into_iter().for_each(|issue| self.note(issue));
        self.issues.into_inner()
    }

    /// Notes which fields hold bytes that could not be decoded.
    pub(super) fn note_undecodable(&self, message: &Message<'_>) {
        for path in message.undecodable(MAX_UNDECODABLE) {
            self.undecodable(path);
        }
    }

    fn undecodable(&self, path: String) {
        self.warn(
            "undecodable-character",
            path,
            "some bytes could not be decoded",
            "declare the character set in MSH-18, or set charsets or default_charset in the profile",
        );
    }

    /// What a value says. Fillers and values that are too long count as nothing, with a warning.
    pub(super) fn said(&self, value: &Value<'_>) -> Said {
        let said = self.plain(value);
        match &said {
            Said::Text(text) if self.is_filler(text) => {
                self.warn(
                    "filler",
                    value.path(),
                    "the value only fills the field and was read as empty",
                    "identity.fillers in the profile lists such values",
                );
                Said::Nothing
            }
            _ => said,
        }
    }

    /// What a field says as a simple value.
    pub(super) fn said_in(&self, field: &Field<'_>) -> Said {
        self.said(&field.value())
    }

    /// What a value says, whether or not it is a filler.
    pub(super) fn plain(&self, value: &Value<'_>) -> Said {
        if value.is_absent() {
            return Said::Nothing;
        }
        if value.is_null() {
            return Said::Null;
        }
        if value.raw().len() > MAX_VALUE_BYTES {
            self.too_long(value);
            return Said::Nothing;
        }
        if value.is_truncated() {
            let hint =
                "the sender must send the value whole; a plain truncation character is written as an escape sequence";
            self.warn(
                "value-truncated",
                value.path(),
                "the sender says that it cut the value off; it was left out",
                hint,
            );
            return Said::Nothing;
        }
        let decoded = value.decoded();
        if decoded.unknown {
            self.warn(
                "escape-unknown",
                value.path(),
                "an escape sequence is not known and was kept as text",
                "the sender should write a plain escape character as an escape sequence",
            );
        }
        if decoded.undecodable {
            self.undecodable(value.path());
        }
        match decoded.text.into_owned() {
            text if text.is_empty() => Said::Nothing,
            text => Said::Text(text),
        }
    }

    /// Notes a value that was left out for its length.
    pub(super) fn too_long(&self, value: &Value<'_>) {
        self.warn(
            "value-too-long",
            value.path(),
            "the value is too long to be one and was left out",
            "look at what the sender put there",
        );
    }

    /// The text of a value, if it says one.
    pub(super) fn text(&self, value: &Value<'_>) -> Option<String> {
        self.said(value).text()
    }

    /// Whether a text only fills a field.
    pub(super) fn is_filler(&self, text: &str) -> bool {
        self.profile.identity.fillers.iter().any(|filler| filler.eq_ignore_ascii_case(text))
    }

    /// Where a fact came from.
    pub(super) fn origin(&self, path: impl Into<String>, rule: &str) -> Origin {
        Origin { feed: self.header.control_id.clone(), path: path.into(), rule: rule.to_owned() }
    }

    /// A fact with where it came from.
    pub(super) fn sourced<T>(&self, value: T, path: impl Into<String>, rule: &str) -> Sourced<T> {
        Sourced { value, from: self.origin(path, rule) }
    }
}

/// That times are sent as dates because no zone is known.
pub(super) fn zoneless(path: impl Into<String>) -> Issue {
    let message =
        "times have no offset and the sender has no zone; they order the results of a day, and only their date is sent";
    let hint = "set the sender's zone in the profile (times.zone, times.senders), or have it send offsets";
    Issue::new(Severity::Information, "zone-unknown", path, message).hint(hint)
}
