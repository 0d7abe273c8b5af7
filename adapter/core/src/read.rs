//! Reads a feed from its bytes or its text: FHIR goes to [`crate::fhir`], C-CDA to [`crate::ccda`], files of questionnaires to
//! `csv`, and HL7 v2 is read here.
//!
//! 1. `charset` and `view` turn bytes into a message;
//! 2. `header` reads `MSH` and `EVN`, `gate` says whether the message can be used at all;
//! 3. `groups` finds the people it speaks of, and `subject` reads each one's facts, with one module for each kind of fact.
//!
//! Nothing is guessed silently: whatever is doubted, repaired or left out is an issue with its path, and no issue holds a
//! value of the message. Limits are in [`crate::view::limits`].

mod address;
mod birth;
mod birth_sex;
mod clock;
mod context;
mod coverage;
pub(crate) mod csv;
mod dates;
mod death;
mod demographics;
mod diagnoses;
mod gate;
mod groups;
mod header;
mod heritage;
mod identifiers;
mod insured;
mod language;
mod mbi;
mod merge;
mod names;
mod observations;
mod patient;
mod problems;
mod questionnaires;
mod referral;
mod reliability;
mod requests;
pub(crate) mod restated;
mod rules;
mod sex;
pub(crate) mod stop;
mod subject;
mod telecom;

use crate::account;
use crate::charset;
use crate::view::{Message, Text, ViewError};
use access_contract::{Account, Header, Issue, Reading, Refusal, Severity};
use access_mappings::Profile;
use context::Context;
pub(crate) use coverage::UNORDERED;
pub(crate) use dates::as_fhir;
use encoding_rs::{Encoding, UTF_8};
use stop::Stop;

/// What a feed looks like from its first character on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// HL7 v2, or nothing that is known.
    Hl7v2,
    /// FHIR.
    Json,
    /// C-CDA.
    Xml,
    /// Questionnaires as CSV.
    Csv,
}

impl Shape {
    /// Looks past a byte order mark and blanks.
    pub(crate) fn of(feed: &[u8]) -> Self {
        if crate::ccda::is_wide(feed) {
            return Self::Xml;
        }
        let feed = feed.strip_prefix(b"\xef\xbb\xbf").unwrap_or(feed);
        match feed.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{') => Self::Json,
            // Tools show frames as [SOM] and [CR]; JSON has no such words.
            Some(b'[') if !is_word(feed) => Self::Json,
            Some(b'<') => Self::Xml,
            Some(b'M') if feed.trim_ascii_start().starts_with(b"MSH") => Self::Hl7v2,
            _ if csv::table::is_table(feed) => Self::Csv,
            _ => Self::Hl7v2,
        }
    }
}

/// Whether a letter that begins no value of JSON follows the first bracket.
fn is_word(feed: &[u8]) -> bool {
    let mut rest = feed.iter().skip_while(|byte| **byte != b'[').skip(1);
    let next = rest.find(|byte| !byte.is_ascii_whitespace());
    next.is_some_and(|byte| byte.is_ascii_alphabetic() && !matches!(byte, b't' | b'f' | b'n'))
}

/// Reads one feed from its bytes, in whatever character set they are.
///
/// # Errors
/// A refusal with the acknowledgement that is true, as much of the header as could be read, and why: the first issue is
/// the reason, the others were noticed before.
pub fn read(profile: &Profile, feed: &[u8]) -> Result<Reading, Refusal> {
    let reading = read_leniently(profile, feed)?;
    judge(profile, reading, || account::account(profile, feed, false))
}

/// Reads as if the profile were not strict.
fn read_leniently(profile: &Profile, feed: &[u8]) -> Result<Reading, Refusal> {
    if feed.len() > crate::view::limits::MAX_BYTES {
        return Err(refusal(*unviewable(&ViewError::Bytes), Header::default(), Vec::new()));
    }
    match Shape::of(feed) {
        Shape::Hl7v2 => {
            let decoded = decoded(profile, feed);
            read_decoded(profile, &decoded.text, decoded.charset, decoded.issues)
        }
        Shape::Json => crate::fhir::read_bytes(profile, feed),
        Shape::Xml if crate::fhir::is_xml(feed) => Err(crate::fhir::xml_refused()),
        Shape::Xml => crate::ccda::read_bytes(profile, feed),
        Shape::Csv => csv::read_bytes(profile, feed),
    }
}

/// Reads one message that is text already.
///
/// # Errors
/// As [`read`].
pub fn read_text(profile: &Profile, feed: &str) -> Result<Reading, Refusal> {
    let reading = match Shape::of(feed.as_bytes()) {
        Shape::Hl7v2 => read_decoded(profile, feed, UTF_8, Vec::new()),
        Shape::Json => crate::fhir::read(profile, feed),
        Shape::Xml if crate::fhir::is_xml(feed.as_bytes()) => Err(crate::fhir::xml_refused()),
        Shape::Xml => crate::ccda::read(profile, feed),
        Shape::Csv => csv::read(profile, feed),
    }?;
    judge(profile, reading, || account::account_of_text(profile, feed))
}

/// Reads a message that another format was written down as; whoever wrote it judges.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_restated(profile: &Profile, message: &str) -> Result<Reading, Refusal> {
    read_decoded(profile, message, UTF_8, Vec::new())
}

/// Reads a message that remembers what was looked at, and has `take` look at it afterwards.
///
/// # Errors
/// As [`read`].
pub(crate) fn watched<T>(
    profile: &Profile,
    feed: &[u8],
    take: impl FnOnce(&Reading, &Message<'_>) -> T,
) -> Result<T, Refusal> {
    if feed.len() > crate::view::limits::MAX_BYTES {
        return Err(refusal(*unviewable(&ViewError::Bytes), Header::default(), Vec::new()));
    }
    let decoded = decoded(profile, feed);
    watched_text(profile, &decoded.text, decoded.charset, take)
}

/// As [`watched`], of text.
///
/// # Errors
/// As [`read`].
pub(crate) fn watched_text<T>(
    profile: &Profile,
    feed: &str,
    charset: &'static Encoding,
    take: impl FnOnce(&Reading, &Message<'_>) -> T,
) -> Result<T, Refusal> {
    let mut issues = Vec::new();
    let text = normalised(feed, charset, &mut issues)?;
    let message = Message::watched(&text).map_err(|error| {
        refusal(unviewable_text(&error, text.as_str()), header::first_of(text.as_str()), Vec::new())
    })?;
    let reading = read_message(profile, &message, issues)?;
    Ok(take(&reading, &message))
}

/// Reads a file of questionnaires, and has `take` look at it afterwards.
///
/// # Errors
/// As [`read`].
pub(crate) fn tabled<T>(profile: &Profile, feed: &[u8], take: impl FnOnce(&Reading, &str) -> T) -> Result<T, Refusal> {
    let reading = csv::read_bytes(profile, feed)?;
    // What was read is UTF-8.
    Ok(take(&reading, std::str::from_utf8(feed).unwrap_or_default()))
}

/// Has a strict profile judge what was read.
fn judge(
    profile: &Profile,
    reading: Reading,
    account: impl FnOnce() -> Result<Account, Refusal>,
) -> Result<Reading, Refusal> {
    let header = &reading.header;
    if !profile.inspects && profile.for_sender(&header.sending_application, &header.sending_facility).is_strict() {
        return account::judge(reading, &account()?);
    }
    Ok(reading)
}

fn decoded<'f>(profile: &Profile, feed: &'f [u8]) -> charset::Decoded<'f> {
    let configured = |application: &str, facility: &str| profile.charset_of(application, facility);
    charset::decode_from(feed, &profile.default_charset, configured)
}

fn normalised<'f>(feed: &'f str, charset: &'static Encoding, issues: &mut Vec<Issue>) -> Result<Text<'f>, Refusal> {
    match Text::normalise(feed) {
        Ok(text) => {
            let text = text.in_charset(charset);
            issues.extend(text.notes().iter().cloned());
            Ok(text)
        }
        Err(error) => Err(refusal(unviewable_text(&error, feed), header::first_of(feed), std::mem::take(issues))),
    }
}

fn read_decoded(
    profile: &Profile,
    feed: &str,
    charset: &'static Encoding,
    mut issues: Vec<Issue>,
) -> Result<Reading, Refusal> {
    let text = normalised(feed, charset, &mut issues)?;
    match Message::parse(&text) {
        Ok(message) => read_message(profile, &message, issues),
        Err(error) => Err(refusal(unviewable_text(&error, text.as_str()), header::first_of(text.as_str()), issues)),
    }
}

fn read_message(profile: &Profile, message: &Message<'_>, mut issues: Vec<Issue>) -> Result<Reading, Refusal> {
    let header = header::read(message);
    let entry = match gate::pass(profile, message, &header, &mut issues) {
        Ok(entry) => entry,
        Err(stop) => return Err(refusal(*stop, header, issues)),
    };
    let context = Context::new(profile, &header, entry.rule, message, issues);
    context.note_undecodable(message);
    let subjects = subject::read_all(&context, message);
    let observations = u32::try_from(message.segments("OBX").count()).unwrap_or(u32::MAX);
    let unmapped = context.unmapped();
    let issues = context.into_issues();
    match subjects {
        Ok(subjects) => {
            let participant = entry.participant.map(|participant| participant.id.clone()).unwrap_or_default();
            Ok(Reading { participant, header, subjects, observations, unmapped, issues })
        }
        Err(stop) => Err(refusal(*stop, header, issues)),
    }
}

/// Why something is not one message.
fn unviewable(error: &ViewError) -> Box<Stop> {
    let hint = match error {
        ViewError::NotHl7 | ViewError::Separators => {
            "send HL7 v2 messages in their usual encoding with separators, beginning with MSH"
        }
        ViewError::Several { .. } => "send one message in each frame, or a batch as a file",
        ViewError::Bytes
        | ViewError::Segments
        | ViewError::Fields { .. }
        | ViewError::Repetitions { .. }
        | ViewError::Parts => "no patient message is that big; look at what the sender put into it",
    };
    let issue = Issue::new(Severity::Fatal, error.code(), error.location(), error.to_string()).hint(hint);
    Stop::reject(issue.condition(100))
}

/// The same for a text, with the two cases by name that engines are known for.
fn unviewable_text(error: &ViewError, text: &str) -> Stop {
    let mut stop = *unviewable(error);
    let (message, hint) = match text.trim() {
        "" => ("the message is empty", "look at what the sender's channel puts out"),
        "undefined" => (
            "the message is the word undefined and nothing else",
            "the sender's script gives nothing back: in Mirth Connect or Open Integration Engine the channel's preprocessing script \
             must end with `return message;`",
        ),
        _ => return stop,
    };
    message.clone_into(&mut stop.issue.message);
    stop.issue.hint = Some(hint.to_owned());
    stop
}

/// The refusal with its reason first.
fn refusal(stop: Stop, header: Header, noticed: Vec<Issue>) -> Refusal {
    let issues = std::iter::once(stop.issue).chain(noticed).collect();
    Refusal { verdict: stop.verdict, header, issues }
}

#[cfg(test)]
mod tests;
