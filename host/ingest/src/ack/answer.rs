//! One acknowledgement: MSH, MSA and, on a refusal, ERR.

use super::text::{escape, plain};
use super::{Decision, Mode, fault};
use crate::{Delimiters, RawHeader};
use bridge_types::Timestamp;
use bridge_types::contract::Issue;

/// Length the standard grants MSA-3.
const SUMMARY: usize = 80;
/// The version an answer claims when the message claims none.
const DEFAULT_VERSION: &[u8] = b"2.5.1";
/// Longest trigger event that is repeated.
const EVENT: usize = 8;

/// What makes an answer ours.
pub(super) struct Stamp<'a> {
    /// MSH-3 where the message names no receiver.
    pub(super) application: &'a str,
    /// MSH-10.
    pub(super) id: &'a str,
    /// MSH-7.
    pub(super) at: Timestamp,
}

/// What kind of acknowledgement is asked for.
enum Asked {
    Accept,
    Application,
    Nothing,
}

/// Writes the answer, with what is doubted besides the decision. `None`: the sender asked for none in this case.
pub(super) fn write(
    message: &[u8],
    decision: Decision<'_>,
    doubts: &[Issue],
    mode: Mode,
    stamp: &Stamp<'_>,
) -> Option<Vec<u8>> {
    let header = RawHeader::read(message);
    let accept = match (&header, mode) {
        (Some(header), Mode::AsAsked) => match asked(header, decision) {
            Asked::Accept => true,
            Asked::Application => false,
            Asked::Nothing => return None,
        },
        _ => false,
    };
    let delimiters = header.as_ref().map_or(Delimiters::STANDARD, RawHeader::delimiters);
    let minor = header.as_ref().and_then(minor_version);
    let mut answer = write_header(header.as_ref(), &delimiters, minor, stamp);
    answer.extend(write_acknowledgement(header.as_ref(), &delimiters, accept, decision));
    let mut issues = fault::relevant(decision.issues());
    issues.extend(doubts);
    if !issues.is_empty() {
        let before_five = minor.is_some_and(|minor| minor < 5);
        let write = if before_five { fault::write_single } else { fault::write_each };
        answer.extend(write(&issues, &delimiters));
    }
    Some(answer)
}

fn write_header(
    header: Option<&RawHeader<'_>>,
    delimiters: &Delimiters,
    minor: Option<u32>,
    stamp: &Stamp<'_>,
) -> Vec<u8> {
    let field = |number: usize| header.map_or(&[][..], |header| header.field(number));
    let or = |value: &[u8], default: &[u8]| if value.is_empty() { default.to_vec() } else { value.to_vec() };
    let declared = field(2);
    let characters = match declared.first() {
        Some(first) if Some(*first) == delimiters.component => declared.to_vec(),
        _ => delimiters.encoding_characters(),
    };
    let fields = [
        characters,
        or(field(5), &escape(&plain(stamp.application, 180), delimiters)),
        field(6).to_vec(),
        field(3).to_vec(),
        field(4).to_vec(),
        moment(stamp.at),
        Vec::new(),
        message_type(header, delimiters, minor),
        escape(stamp.id, delimiters),
        or(field(11), b"P"),
        or(field(12), DEFAULT_VERSION),
    ];
    let mut segment = b"MSH".to_vec();
    for value in fields {
        segment.push(delimiters.field);
        segment.extend(value);
    }
    let charset = field(18);
    if !charset.is_empty() {
        segment.extend([delimiters.field; 6]);
        segment.extend_from_slice(charset);
    }
    segment.push(b'\r');
    segment
}

fn write_acknowledgement(
    header: Option<&RawHeader<'_>>,
    delimiters: &Delimiters,
    accept: bool,
    decision: Decision<'_>,
) -> Vec<u8> {
    let code = match (decision, accept) {
        (Decision::Accepted, false) => "AA",
        (Decision::Accepted, true) => "CA",
        (Decision::NeedsPerson(_), false) => "AE",
        (Decision::NeedsPerson(_), true) => "CE",
        (Decision::Rejected(_), false) => "AR",
        (Decision::Rejected(_), true) => "CR",
    };
    let mut segment = b"MSA".to_vec();
    segment.push(delimiters.field);
    segment.extend_from_slice(code.as_bytes());
    segment.push(delimiters.field);
    segment.extend_from_slice(header.map_or(&[][..], |header| header.field(10)));
    if let Some(summary) = summary(decision) {
        segment.push(delimiters.field);
        segment.extend(escape(&plain(&summary, SUMMARY), delimiters));
    }
    segment.push(b'\r');
    segment
}

/// The one sentence an operator sees.
fn summary(decision: Decision<'_>) -> Option<String> {
    let fallback = match decision {
        Decision::Accepted => return None,
        Decision::NeedsPerson(_) => "The message is kept; a person must look at it.",
        Decision::Rejected(_) => "The message cannot be accepted.",
    };
    let first = fault::relevant(decision.issues()).first().map(|issue| issue.message.clone());
    Some(first.filter(|message| !message.trim().is_empty()).unwrap_or_else(|| fallback.to_owned()))
}

/// `ACK^<event>^ACK`, or `ACK` before 2.4 and where there is no event to repeat.
fn message_type(header: Option<&RawHeader<'_>>, delimiters: &Delimiters, minor: Option<u32>) -> Vec<u8> {
    let event = header.map_or(&[][..], |header| header.component(9, 2));
    let repeatable = !event.is_empty() && event.len() <= EVENT && event.iter().all(u8::is_ascii_alphanumeric);
    match delimiters.component {
        Some(component) if repeatable && minor.is_none_or(|minor| minor >= 4) => {
            [b"ACK", [component].as_slice(), event, &[component], b"ACK"].concat()
        }
        _ => b"ACK".to_vec(),
    }
}

/// `5` for 2.5 and 2.5.1. `None`: no version, or not a version 2.
fn minor_version(header: &RawHeader<'_>) -> Option<u32> {
    let digits: Vec<u8> =
        header.component(12, 1).strip_prefix(b"2.")?.iter().copied().take_while(u8::is_ascii_digit).collect();
    std::str::from_utf8(&digits).ok()?.parse().ok()
}

fn asked(header: &RawHeader<'_>, decision: Decision<'_>) -> Asked {
    let accept = Condition::read(header.component(15, 1));
    let application = Condition::read(header.component(16, 1));
    if accept.is_none() && application.is_none() {
        return Asked::Application;
    }
    let refused = !matches!(decision, Decision::Accepted);
    if accept.is_some_and(|condition| condition.applies(refused)) {
        Asked::Accept
    } else if application.is_some_and(|condition| condition.applies(refused)) {
        Asked::Application
    } else {
        Asked::Nothing
    }
}

/// Table 0155.
#[derive(Clone, Copy)]
enum Condition {
    Always,
    Never,
    OnError,
    OnSuccess,
}

impl Condition {
    fn read(value: &[u8]) -> Option<Self> {
        match value.to_ascii_uppercase().as_slice() {
            b"AL" => Some(Self::Always),
            b"NE" => Some(Self::Never),
            b"ER" => Some(Self::OnError),
            b"SU" => Some(Self::OnSuccess),
            _ => None,
        }
    }

    const fn applies(self, refused: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::OnError => refused,
            Self::OnSuccess => !refused,
        }
    }
}

/// `YYYYMMDDHHMMSS+0000`
pub(super) fn moment(at: Timestamp) -> Vec<u8> {
    jiff::Timestamp::from_millisecond(at.as_millis())
        .map_or_else(|_| Vec::new(), |at| format!("{}+0000", at.strftime("%Y%m%d%H%M%S")).into_bytes())
}
