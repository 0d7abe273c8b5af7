//! Accounts for every populated piece of a feed: used, deliberately ignored, or unused.
//!
//! The feed is read by the same code as ever, over a form of it that remembers what was looked at: a watched message, or the
//! leaves of a JSON or XML tree. What nobody looked at is ignored where the profile lists it (`ignored`), else unused.
//! Rules and facts come from the origins that the facts themselves carry (`origins`). A copy of a segment for notices is no
//! use of it.

mod ccda;
mod csv;
mod fhir;
mod hl7v2;
mod ignored;
mod origins;
mod strict;
#[cfg(test)]
mod tests;

use crate::read::{self, Shape};
use access_contract::{Account, AccountLine, Fate, Reading, Refusal};
use access_mappings::Profile;
use origins::Origins;
use std::borrow::Cow;
pub(crate) use strict::judge;

/// Most lines of one account.
pub const MAX_LINES: usize = 20_000;
/// Longest text of a line, in bytes; the rest is left out.
pub const MAX_TEXT_BYTES: usize = 4 * 1024;

/// Accounts for a feed; `values` adds the texts, which are patient data. A strict profile accounts as any other.
///
/// # Errors
/// As [`read::read`].
pub fn account(profile: &Profile, feed: &[u8], values: bool) -> Result<Account, Refusal> {
    match Shape::of(feed) {
        Shape::Hl7v2 => {
            read::watched(profile, feed, |reading, message| hl7v2::account(profile, reading, message, values))
        }
        Shape::Json => {
            crate::fhir::watched(profile, feed, |reading, root| fhir::account(profile, reading, root, values))
        }
        Shape::Xml if crate::fhir::is_xml(feed) => Err(crate::fhir::xml_refused()),
        Shape::Xml => {
            crate::ccda::watched(profile, feed, |reading, pieces| ccda::account(profile, reading, pieces, values))
        }
        Shape::Csv => read::tabled(profile, feed, |reading, text| csv::account(profile, reading, text, values)),
    }
}

/// Accounts for a feed that is text already, without texts.
///
/// # Errors
/// As [`read::read`].
pub(crate) fn account_of_text(profile: &Profile, feed: &str) -> Result<Account, Refusal> {
    match Shape::of(feed.as_bytes()) {
        Shape::Hl7v2 => read::watched_text(profile, feed, encoding_rs::UTF_8, |reading, message| {
            hl7v2::account(profile, reading, message, false)
        }),
        Shape::Json | Shape::Csv => account(profile, feed.as_bytes(), false),
        Shape::Xml if crate::fhir::is_xml(feed.as_bytes()) => Err(crate::fhir::xml_refused()),
        Shape::Xml => {
            crate::ccda::watched_text(profile, feed, |reading, pieces| ccda::account(profile, reading, pieces, false))
        }
    }
}

/// Lines under construction, up to the limit.
struct Lines<'r> {
    origins: Origins,
    values: bool,
    account: Account,
    /// Rules of what was looked at without becoming a fact.
    otherwise: &'r dyn Fn(&str) -> (&'static str, &'static str),
}

/// One populated piece, before its fate is known.
struct Found<'p> {
    path: String,
    name: Cow<'p, str>,
    touched: bool,
    /// The line of the profile that ignores it.
    ignored: Option<&'p str>,
}

impl<'r> Lines<'r> {
    fn new(reading: &Reading, values: bool, otherwise: &'r dyn Fn(&str) -> (&'static str, &'static str)) -> Self {
        let account = Account { lines: Vec::new(), truncated: false };
        Self { origins: Origins::of(reading), values, account, otherwise }
    }

    fn is_full(&self) -> bool {
        self.account.lines.len() == MAX_LINES
    }

    /// Adds a piece. `near` are places around it whose facts it helped to make, the nearest first.
    fn add(&mut self, found: Found<'_>, near: &[String], text: impl FnOnce() -> String) {
        if self.is_full() {
            self.account.truncated = true;
            return;
        }
        let Found { path, name, touched, ignored } = found;
        let (fate, rules, facts) = match (touched, ignored) {
            (true, _) => {
                let (mut rules, mut facts) = self.origins.at(&path, near);
                if rules.is_empty() {
                    let (rule, fact) = (self.otherwise)(&path);
                    rules.push(rule.to_owned());
                    facts.extend((!fact.is_empty()).then(|| fact.to_owned()));
                }
                (Fate::Used, rules, facts)
            }
            (false, Some(pattern)) => (Fate::Ignored, vec![format!("account.ignored {pattern}")], Vec::new()),
            (false, None) => (Fate::Unused, Vec::new(), Vec::new()),
        };
        let value = self.values.then(|| cut(text()));
        self.account.lines.push(AccountLine { path, name: name.into_owned(), fate, rules, facts, value });
    }

    fn finish(self) -> Account {
        self.account
    }
}

/// The text, cut to what a line may have.
fn cut(mut text: String) -> String {
    if text.len() > MAX_TEXT_BYTES {
        let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= MAX_TEXT_BYTES).last().unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}
