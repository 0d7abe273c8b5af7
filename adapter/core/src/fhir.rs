//! FHIR R4 feeds: resources, arrays of them, and Bundles as JSON text, US Core 3.1 to 7.
//!
//! 1. `json` parses strictly and keeps numbers as they were written; `feed` finds the resources and settles versions;
//! 2. `gate` says whether the feed can be used at all and whose it is;
//! 3. `references` and `person` find out which resources are whose;
//! 4. what a person's resources state is restated as segments (`sheet`, with `patient`, `coverage`, `condition`, `encounter`) and
//!    read by the rules of [`crate::read`], so that numbers, names, dates, plans and codes mean the same in every format. What
//!    segments cannot say (single records, observations, orders, consents) is read beside it.
//!
//! Servers speak in single records. A Coverage or Condition therefore replaces what it said itself before and nothing else,
//! also where a Bundle holds several: no Bundle says that it is complete. Feeds of single resources are joined by what the
//! server calls the person (`fhir:server|Patient/17`), and may come in any order.
//!
//! Issues are located by FHIRPath. Limits: [`feed::MAX_RESOURCES`], [`json::MAX_DEPTH`], [`json::MAX_MEMBERS`],
//! [`json::MAX_VALUES`], [`observation::MAX_OBSERVATIONS`], and those of [`crate::view::limits`].

mod codes;
mod condition;
mod coverage;
mod encounter;
pub mod feed;
mod gate;
mod issues;
pub mod json;
mod known;
mod links;
mod moment;
pub mod observation;
mod patient;
mod person;
mod plans;
mod questionnaire;
mod references;
mod requests;
mod scope;
mod sheet;
mod stated;
#[cfg(test)]
mod tests;
mod times;
mod wording;

use crate::read::restated;
use crate::read::stop::Stop;
use access_contract::{Header, Issue, Reading, Refusal, Severity, UnmappedCode, Verdict};
use access_mappings::Profile;
use issues::Issues;
use json::Node;
use references::Index;
use scope::Scope;
use std::collections::BTreeSet;
pub(crate) use wording::replan;

/// Codes without a line in the profile that one reading lists.
const MAX_UNMAPPED: usize = 500;
/// How far into a text its namespace is looked for.
const XML_HEAD: usize = 4 * 1024;

/// Whether a text in angle brackets is FHIR.
pub(crate) fn is_xml(feed: &[u8]) -> bool {
    let head = feed.get(..feed.len().min(XML_HEAD)).unwrap_or_default();
    let name = b"http://hl7.org/fhir";
    head.windows(name.len() + 1)
        .any(|part| part.strip_prefix(name.as_slice()).is_some_and(|end| matches!(end, [b'"' | b'\''])))
}

/// Why FHIR in XML is refused.
pub(crate) fn xml_refused() -> Refusal {
    let issue = Issue::new(Severity::Fatal, "fhir-xml", "", "FHIR is read as JSON, not as XML");
    let issue = issue.hint("have the sender write application/fhir+json").condition(200);
    Refusal { verdict: Verdict::Reject, header: Header::default(), issues: vec![issue] }
}

/// Reads a document whose leaves remember whether they were looked at, and has `take` look at it afterwards.
///
/// # Errors
/// As [`read_bytes`].
pub(crate) fn watched<T>(
    profile: &Profile,
    feed: &[u8],
    take: impl FnOnce(&Reading, &Node<'_>) -> T,
) -> Result<T, Refusal> {
    let root = parse(decode(feed)?)?;
    let reading = read_root(profile, &root)?;
    Ok(take(&reading, &root))
}

/// Reads one feed from its bytes.
///
/// # Errors
/// As [`read`]; JSON is UTF-8, and anything else is refused.
pub fn read_bytes(profile: &Profile, feed: &[u8]) -> Result<Reading, Refusal> {
    read(profile, decode(feed)?)
}

fn decode(feed: &[u8]) -> Result<&str, Refusal> {
    std::str::from_utf8(feed).map_err(|error| {
        let location = format!("byte {}", error.valid_up_to() + 1);
        let issue = Issue::new(Severity::Fatal, "json-not-utf8", location, "the text is not UTF-8, as JSON must be");
        let issue = issue.hint("have the sender write UTF-8").condition(102);
        Refusal { verdict: Verdict::Reject, header: Header::default(), issues: vec![issue] }
    })
}

/// Reads one feed.
///
/// # Errors
/// A refusal with the acknowledgement that is true and the reason.
pub fn read(profile: &Profile, text: &str) -> Result<Reading, Refusal> {
    read_root(profile, &parse(text)?)
}

fn parse(text: &str) -> Result<Node<'_>, Refusal> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Node::parse(text).map_err(|fault| {
        let issue = Issue::new(Severity::Fatal, fault.code(), "", fault.to_string());
        reject(issue.hint("send one JSON document in each feed").condition(102), Issues::default())
    })
}

/// A refusal before there is a header.
fn reject(issue: Issue, noticed: Issues) -> Refusal {
    Refusal {
        verdict: Verdict::Reject,
        header: Header::default(),
        issues: std::iter::once(issue).chain(noticed.into_inner()).collect(),
    }
}

fn read_root(profile: &Profile, root: &Node<'_>) -> Result<Reading, Refusal> {
    let mut issues = Issues::default();
    let mut feed = match feed::collect(root, &mut issues) {
        Ok(feed) => feed,
        Err(issue) => return Err(reject(*issue, issues)),
    };
    let header = gate::header(&feed);
    match follow(profile, &mut feed, &header, &mut issues) {
        Ok(read) if read.subjects.is_empty() && issues.first_blocking().is_some() && !profile.inspects => {
            // Nothing could be used: a person must look.
            Err(Refusal { verdict: Verdict::NeedsPerson, header, issues: blocking_first(issues) })
        }
        Ok(read) => Ok(Reading { header, issues: issues.into_inner(), ..read }),
        Err(stop) => {
            let issues = std::iter::once(stop.issue).chain(issues.into_inner()).collect();
            Err(Refusal { verdict: stop.verdict, header, issues })
        }
    }
}

fn blocking_first(issues: Issues) -> Vec<Issue> {
    let mut issues = issues.into_inner();
    issues.sort_by_key(|issue| !issue.blocks());
    issues
}

/// Reads everything a feed states, but for the header and the issues.
fn follow<'n>(
    profile: &Profile,
    feed: &mut feed::Feed<'n>,
    header: &Header,
    issues: &mut Issues,
) -> Result<Reading, Box<Stop>> {
    let entry = gate::pass(profile, feed, header, issues)?;
    let feed = &*feed;
    let mut listed = known::Listed::default();
    for resource in feed.resources.iter().filter(|resource| !resource.dropped) {
        listed.note(resource, issues);
    }
    let index = Index::new(feed);
    let sent = moment::utc(&header.sent_at).unwrap_or_default();
    let sender = profile.for_sender(&header.sending_application, &header.sending_facility);
    let forms = questionnaire::Forms::of(feed);
    let scope = Scope { profile, participant: entry.participant, header, feed, index: &index, sender, sent, forms };
    let people = person::find(&scope, issues)?;
    if scope.sent.is_empty() && !people.is_empty() {
        let hint = "newer feeds are told from older ones by it; send meta.lastUpdated or Bundle.timestamp";
        issues.warn("sent-at-missing", "meta.lastUpdated", "the time of the feed is missing or cannot be read", hint);
    }
    // The rules look at these as they look at a message of the present version.
    let inner = Header {
        message_type: "ADT".to_owned(),
        event: "A08".to_owned(),
        version: "2.8.2".to_owned(),
        sent_at: scope.sent.clone(),
        ..header.clone()
    };
    let mut stated = Vec::with_capacity(people.len());
    let (mut observations, mut unmapped) = (0_u32, BTreeSet::<UnmappedCode>::new());
    for person in &people {
        let read = stated::read(&scope, person, &entry.rule, &inner, issues)?;
        observations = observations.saturating_add(read.observed);
        unmapped.extend(read.unmapped);
        stated.push((read.facts, read.path));
    }
    restated::drop_shared(&mut stated).into_iter().for_each(|issue| issues.note(issue));
    let mut subjects = Vec::with_capacity(stated.len());
    for (facts, path) in &stated {
        match restated::subject(profile, facts, path) {
            Some(subject) => subjects.push(subject?),
            None => {
                let message = "the patient has no identifier that could be used";
                let issue = Issue::new(Severity::Error, "patient-unidentified", format!("{path}.identifier"), message);
                let hint = "send an identifier with its system, or the resource with its id";
                Stop::ask(issue.hint(hint).condition(101)).unless_inspected(profile, |issue| issues.note(issue))?;
            }
        }
    }
    Ok(Reading {
        header: Header::default(),
        participant: entry.participant.id.clone(),
        subjects,
        observations,
        unmapped: unmapped.into_iter().take(MAX_UNMAPPED).collect(),
        issues: Vec::new(),
    })
}
