//! The one answer to a frame that holds several messages.
//!
//! An engine that sent one frame waits for one answer. Where the frame is a batch (it begins with FHS or BHS) the answer is a batch:
//! BHS, the acknowledgement of every message that asks for one, in order, and BTS. Bare messages one after another get the
//! acknowledgement of the first, with the worst verdict among them and an ERR for each that was refused, by its place and control id.

use super::answer::{self, Stamp, moment};
use super::text::{escape, plain};
use super::wide::Utf16;
use super::{Acknowledger, Decision};
use crate::header::skip_lead;
use crate::{Delimiters, RawHeader, Taken};
use bridge_types::Phi;
use bridge_types::contract::{Issue, Severity, Verdict};

/// Bytes of an envelope's header that are looked at.
const HEAD: usize = 64 * 1024;
/// Longest control id that is named in a text.
const CONTROL_ID: usize = 60;

/// What became of a message of a frame.
#[derive(Debug)]
pub struct Member {
    /// The message.
    pub bytes: Phi<Vec<u8>>,
    /// What became of it.
    pub taken: Taken,
}

/// Whether a frame is a batch, by its first segment.
#[must_use]
pub fn is_batch(frame: &[u8]) -> bool {
    let head = narrow(frame);
    matches!(skip_lead(&head), [a, b, c, ..] if [[b'F', b'H', b'S'], [b'B', b'H', b'S']].contains(&[*a, *b, *c].map(|byte| byte.to_ascii_uppercase())))
}

impl Acknowledger {
    /// The answer to a frame with several messages, without MLLP framing; `doubts` are told in it as warnings. `None`: the sender asked
    /// for none.
    #[must_use]
    pub fn answer_all(&self, frame: &[u8], members: &[Member], doubts: &[Issue]) -> Option<Vec<u8>> {
        let answer = if is_batch(frame) { self.batch(frame, members, doubts) } else { self.worst(members, doubts) }?;
        Some(Utf16::detect(frame).map_or_else(|| answer.clone(), |encoding| encoding.encode(&answer)))
    }

    fn batch(&self, frame: &[u8], members: &[Member], doubts: &[Issue]) -> Option<Vec<u8>> {
        let last = members.len().saturating_sub(1);
        let answers: Vec<Vec<u8>> = members
            .iter()
            .enumerate()
            .filter_map(|(index, member)| {
                let doubts = if index == last { doubts } else { &[] };
                self.one(&narrow(member.bytes.expose()), member.taken.decision(), doubts)
            })
            .collect();
        if answers.is_empty() {
            return None;
        }
        let head = envelope(&narrow(frame));
        let header = RawHeader::read(&head);
        let delimiters = header.as_ref().map_or(Delimiters::STANDARD, RawHeader::delimiters);
        let field = |number: usize| header.as_ref().map_or(&[][..], |header| header.field(number)).to_vec();
        let application = match field(5) {
            named if named.is_empty() => escape(&plain(&self.application, 180), &delimiters),
            named => named,
        };
        let fields = [
            delimiters.encoding_characters(),
            application,
            field(6),
            field(3),
            field(4),
            moment(self.clock.now()),
            Vec::new(),
            Vec::new(),
            Vec::new(),
            escape(&self.ids.next(), &delimiters),
            // BHS-12, of which batch this speaks.
            field(11),
        ];
        let mut batch = b"BHS".to_vec();
        for value in fields {
            batch.push(delimiters.field);
            batch.extend(value);
        }
        batch.push(b'\r');
        let count = answers.len().to_string();
        batch.extend(answers.concat());
        batch.extend([b"BTS".as_slice(), &[delimiters.field], count.as_bytes(), b"\r"].concat());
        Some(batch)
    }

    fn worst(&self, members: &[Member], doubts: &[Issue]) -> Option<Vec<u8>> {
        let first = narrow(members.first()?.bytes.expose());
        let mut rejected = false;
        let mut issues = Vec::new();
        for (position, member) in (1..).zip(members) {
            if let Taken::Refused { verdict, .. } = &member.taken {
                rejected |= matches!(verdict, Verdict::Reject);
                issues.push(refusal(position, members.len(), member));
            }
        }
        let decision = match (issues.is_empty(), rejected) {
            (true, _) => Decision::Accepted,
            (false, true) => Decision::Rejected(&issues),
            (false, false) => Decision::NeedsPerson(&issues),
        };
        self.one(&first, decision, doubts)
    }

    fn one(&self, message: &[u8], decision: Decision<'_>, doubts: &[Issue]) -> Option<Vec<u8>> {
        let stamp = Stamp { application: &self.application, id: &self.ids.next(), at: self.clock.now() };
        answer::write(message, decision, doubts, self.mode, &stamp)
    }
}

/// Says which message of a frame was refused, and why.
fn refusal(position: usize, count: usize, member: &Member) -> Issue {
    let narrow = narrow(member.bytes.expose());
    let id = RawHeader::read(&narrow).map(|header| String::from_utf8_lossy(header.field(10)).into_owned());
    let id = plain(&id.unwrap_or_default(), CONTROL_ID);
    let decided = member.taken.decided();
    let why = decided.map_or("it cannot be used", |issue| issue.message.as_str());
    let text = format!("message {position} of {count} in the frame, control id {id}: {why}");
    let code = decided.map_or("refused", |issue| issue.code.as_str());
    let mut issue = Issue::new(Severity::Error, code, decided.map_or("", |issue| issue.location.as_str()), text);
    issue.condition = decided.and_then(|issue| issue.condition);
    issue.hint = decided.and_then(|issue| issue.hint.clone());
    issue
}

/// The innermost header of an envelope, named as a message's, whose layout it shares up to the eleventh field.
fn envelope(frame: &[u8]) -> Vec<u8> {
    let head = skip_lead(frame);
    let head = head.get(..head.len().min(HEAD)).unwrap_or_default();
    let batch = head.windows(4).position(|window| matches!(window, [b'\r' | b'\n', b'B', b'H', b'S']));
    let message = head.windows(4).position(|window| matches!(window, [b'\r' | b'\n', b'M', b'S', b'H']));
    let start = batch.filter(|at| message.is_none_or(|message| *at < message)).map_or(0, |at| at + 1);
    [b"MSH".as_slice(), head.get(start + 3..).unwrap_or_default()].concat()
}

/// The beginning of UTF-16 as ASCII can be read in it; everything else as it is.
fn narrow(bytes: &[u8]) -> Vec<u8> {
    Utf16::detect(bytes).map_or_else(|| bytes.to_vec(), |encoding| encoding.decode_head(bytes).into_bytes())
}
