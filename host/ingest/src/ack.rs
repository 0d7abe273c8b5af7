//! Acknowledgements, built from the raw bytes of a message.
//!
//! One message gets at most one answer, ever: an engine that waits for one answer takes a second one for the answer to
//! its next message, and every later message on that connection is off by one. So:
//!
//! | the sender asks (MSH-15, MSH-16; table 0155) | answer |
//! |---|---|
//! | nothing (original mode) | AA, AE or AR |
//! | MSH-15 asks for this result (AL; ER when refused; SU when accepted) | CA, CE or CR |
//! | only MSH-16 asks for this result | AA, AE or AR |
//! | neither asks for this result (NE; ER when accepted; SU when refused) | none |
//!
//! A sender that asks for both gets the accept acknowledgement: CA says "in safe storage", which is what is true when it is
//! sent. Words in MSH-15/16 that are not in the table count as nothing. [`Mode::Original`] ignores both fields, for
//! senders that fill them without meaning it.
//!
//! The answer repeats the message's delimiters, MSH-11, MSH-12 and MSH-18, swaps sender and receiver, and repeats MSH-10 byte
//! for byte in MSA-2. What is added is ASCII, so it is right in any character set; an answer to UTF-16 is UTF-16.
//! On a refusal, MSA-3 and ERR-1 say in short what is wrong (operators of several engines see nothing else), and one ERR
//! segment per issue says it in full: ERR-1 only before 2.5, ERR-1 to ERR-8 from 2.5 on. No value of the message is
//! ever repeated there.

mod answer;
mod batch;
mod fault;
mod location;
#[cfg(test)]
mod tests;
mod text;
mod wide;

pub use batch::{Member, is_batch};

use crate::mllp::Reply;
use bridge_types::contract::{Issue, Verdict};
use bridge_types::{Clock, Ids};
use std::sync::Arc;

/// What was decided about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision<'a> {
    /// It is stored and will not be lost: AA, CA.
    Accepted,
    /// It is kept, but a person must look at it: AE, CE.
    NeedsPerson(&'a [Issue]),
    /// It will never be accepted as it is: AR, CR.
    Rejected(&'a [Issue]),
}

impl<'a> Decision<'a> {
    /// The decision that a refusal's verdict stands for. A verdict this version does not know needs a person.
    #[must_use]
    pub const fn refused(verdict: &Verdict, issues: &'a [Issue]) -> Self {
        match verdict {
            Verdict::Reject => Self::Rejected(issues),
            Verdict::NeedsPerson | Verdict::Other(_) => Self::NeedsPerson(issues),
        }
    }

    const fn issues(&self) -> &'a [Issue] {
        match self {
            Self::Accepted => &[],
            Self::NeedsPerson(issues) | Self::Rejected(issues) => issues,
        }
    }
}

/// Whether MSH-15 and MSH-16 are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Answer as the message asks.
    #[default]
    AsAsked,
    /// Always AA, AE or AR.
    Original,
}

/// Writes acknowledgements for one installation.
#[derive(Debug, Clone)]
pub struct Acknowledger {
    application: String,
    mode: Mode,
    ids: Arc<dyn Ids>,
    clock: Arc<dyn Clock>,
}

impl Acknowledger {
    /// `application` signs (MSH-3) where a message names no receiver; `ids` gives MSH-10, `clock` MSH-7.
    #[must_use]
    pub fn new(application: impl Into<String>, ids: Arc<dyn Ids>, clock: Arc<dyn Clock>) -> Self {
        Self { application: application.into(), mode: Mode::default(), ids, clock }
    }

    /// Sets whether MSH-15 and MSH-16 are followed.
    #[must_use]
    pub const fn with_mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// The answer to a message, without MLLP framing. `None`: the sender asked for none in this case.
    ///
    /// Bytes that are not HL7 v2 are answered too, with a header of our own and an empty MSA-2.
    #[must_use]
    pub fn answer(&self, message: &[u8], decision: Decision<'_>) -> Option<Vec<u8>> {
        let stamp = answer::Stamp { application: &self.application, id: &self.ids.next(), at: self.clock.now() };
        match wide::Utf16::detect(message) {
            Some(encoding) => {
                let narrow = encoding.decode_head(message);
                answer::write(narrow.as_bytes(), decision, &[], self.mode, &stamp).map(|text| encoding.encode(&text))
            }
            None => answer::write(message, decision, &[], self.mode, &stamp),
        }
    }

    /// The same as a [`Reply`] for the MLLP listener.
    #[must_use]
    pub fn reply(&self, message: &[u8], decision: Decision<'_>) -> Reply {
        self.answer(message, decision).map_or(Reply::Silent, Reply::Answer)
    }
}
