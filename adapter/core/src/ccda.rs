//! C-CDA documents (HL7 CDA R2, Consolidated CDA R2.1 and its predecessors).
//!
//! 1. `text` finds the character set, `tree` builds a bounded tree without document types or external entities;
//! 2. `header`, `patient`, `payers`, `problems`, `encounters` and `observations` write what the document states down as the
//!    segments of HL7 v2 that say the same (`transcript`);
//! 3. the rules for HL7 v2 read them: the same tables, the same doubts, the same facts;
//! 4. `places` puts the paths of the document where the transcript's stand, in facts, issues and hints.
//!
//! Narrative is never read. A null flavour says nothing, so it neither states nor clears. A document is about one person: its
//! entries do not say whose they are. Limits are in [`limits`].

mod encounters;
mod header;
pub mod limits;
mod notes;
mod observations;
mod oids;
mod patient;
mod payers;
mod pieces;
mod places;
mod problems;
mod sections;
mod subjects;
mod text;
mod transcript;
mod tree;

use crate::facts::Facts;
use access_contract::{Header, Issue, Reading, Refusal, Severity, Subject, Verdict};
use access_mappings::Profile;
use header::Heading;
use notes::Notes;
use oids::US_REALM;
pub(crate) use pieces::Pieces;
pub(crate) use places::replan;
pub(crate) use text::is_wide;
use transcript::Transcript;
use tree::{Fault, Node, Space, Tree};

/// Reads one document from its bytes.
///
/// # Errors
/// As [`read`].
pub fn read_bytes(profile: &Profile, feed: &[u8]) -> Result<Reading, Refusal> {
    let (text, issues) = text::decode(feed, &profile.default_charset);
    read_noting(profile, &text, issues)
}

/// Reads a document that remembers what was looked at, and has `take` look at it afterwards.
///
/// # Errors
/// As [`read`].
pub(crate) fn watched<T>(
    profile: &Profile,
    feed: &[u8],
    take: impl FnOnce(&Reading, &Pieces<'_>) -> T,
) -> Result<T, Refusal> {
    let (text, issues) = text::decode(feed, &profile.default_charset);
    watched_noting(profile, &text, issues, take)
}

/// As [`watched`], of text.
///
/// # Errors
/// As [`read`].
pub(crate) fn watched_text<T>(
    profile: &Profile,
    text: &str,
    take: impl FnOnce(&Reading, &Pieces<'_>) -> T,
) -> Result<T, Refusal> {
    watched_noting(profile, text, Vec::new(), take)
}

fn watched_noting<T>(
    profile: &Profile,
    text: &str,
    issues: Vec<Issue>,
    take: impl FnOnce(&Reading, &Pieces<'_>) -> T,
) -> Result<T, Refusal> {
    let mut tree = tree::build(text).map_err(|fault| refuse(unreadable(fault), Header::default(), issues.clone()))?;
    let reading = read_tree(profile, &mut tree, Notes::after(issues))?;
    Ok(take(&reading, &Pieces::of(&tree)))
}

/// Reads one document that is text already; its XML declaration says nothing more about the character set.
///
/// # Errors
/// A refusal with the acknowledgement that is true and the reason.
pub fn read(profile: &Profile, text: &str) -> Result<Reading, Refusal> {
    read_noting(profile, text, Vec::new())
}

fn read_noting(profile: &Profile, text: &str, issues: Vec<Issue>) -> Result<Reading, Refusal> {
    match tree::build(text) {
        Ok(mut tree) => read_tree(profile, &mut tree, Notes::after(issues)),
        Err(fault) => Err(refuse(unreadable(fault), Header::default(), issues)),
    }
}

fn read_tree(profile: &Profile, tree: &mut Tree, mut notes: Notes) -> Result<Reading, Refusal> {
    if tree.root().space() == Space::Fhir {
        return Err(crate::fhir::xml_refused());
    }
    if let Some(issue) = foreign(tree.root()) {
        return Err(refuse(issue, Header::default(), notes.issues));
    }
    let sections = sections::find(tree, &mut notes);
    let document = tree.root();
    if !document.follows(US_REALM) {
        let hint = "sections are known by their codes as well; have the sender write C-CDA R2.1";
        let message = "the document does not say that it follows the US Realm Header of C-CDA";
        notes.warn("ccda-template-missing", "/ClinicalDocument/templateId".to_owned(), message, hint);
    }
    if document.child("relatedDocument").is_some_and(|related| related.has("typeCode", "RPLC")) {
        let message = "the document replaces an earlier one; the newer one counts wherever both say something";
        notes.inform("document-replaces", "/ClinicalDocument/relatedDocument".to_owned(), message);
    }
    let Heading { row, version } = header::read(document);
    let sent = document.of("effectiveTime", "value").unwrap_or_default();
    let mut transcript = Transcript::default();
    transcript.add(row);
    let people: Vec<Node<'_>> = document.children("recordTarget").take(2).collect();
    if let [_, second] = people.as_slice() {
        let issue =
            Issue::new(Severity::Error, "several-patients", second.path(), "the document is about several people")
                .hint("its entries do not say whose they are; send one document for each person")
                .condition(100);
        let header = heading(profile, tree, &transcript, version);
        return Err(Refusal { verdict: Verdict::NeedsPerson, ..refuse(issue, header, notes.issues) });
    }
    if let Some(role) = people.first().and_then(|person| person.child("patientRole")) {
        transcript.add(patient::write(role, &sent));
        encounters::write(&profile.identity, tree, &sections, &mut transcript, &mut notes);
        payers::write(tree, &sections, &sent, &mut transcript, &mut notes);
        problems::write(tree, &sections, &mut transcript, &mut notes);
        observations::write(tree, &sections, &mut transcript, &mut notes);
    }
    finish(profile, tree, &transcript, version, notes.issues)
}

/// Has the transcript read, and puts the document's places into what comes of it.
fn finish(
    profile: &Profile,
    tree: &Tree,
    transcript: &Transcript,
    version: &str,
    noticed: Vec<Issue>,
) -> Result<Reading, Refusal> {
    let issues = |found: Vec<Issue>| found.into_iter().map(|issue| places::translate_issue(tree, transcript, issue));
    match crate::read::read_restated(profile, &transcript.text) {
        Ok(mut reading) => {
            reading.header.version = version.to_owned();
            reading.issues = noticed.into_iter().chain(issues(reading.issues)).collect();
            let subjects = std::mem::take(&mut reading.subjects);
            for subject in subjects {
                match located(tree, transcript, subject) {
                    Some(subject) => reading.subjects.push(subject),
                    None => {
                        let message = "the facts could not be written down";
                        let issue = Issue::new(Severity::Fatal, "facts-unwritable", "/ClinicalDocument", message);
                        return Err(refuse(issue.condition(207), reading.header, reading.issues));
                    }
                }
            }
            Ok(reading)
        }
        Err(mut refusal) => {
            refusal.header.version = version.to_owned();
            refusal.issues = issues(refusal.issues).chain(noticed).collect();
            Err(refusal)
        }
    }
}

/// A subject whose facts name places in the document.
fn located(tree: &Tree, transcript: &Transcript, subject: Subject) -> Option<Subject> {
    let mut facts: Facts = serde_json::from_str(&subject.facts).ok()?;
    facts.origins_mut(|origin| places::translate_origin(tree, transcript, origin));
    Some(Subject { facts: serde_json::to_string(&facts).ok()?, ..subject })
}

/// The header alone, for a refusal before the person.
fn heading(profile: &Profile, tree: &Tree, transcript: &Transcript, version: &str) -> Header {
    match finish(profile, tree, transcript, version, Vec::new()) {
        Ok(reading) => reading.header,
        Err(refusal) => refusal.header,
    }
}

/// Why another kind of XML is not read; none for a CDA document.
fn foreign(root: Node<'_>) -> Option<Issue> {
    if root.name() == "ClinicalDocument" && matches!(root.space(), Space::V3 | Space::Bare) {
        return None;
    }
    let message = "the feed is XML and no clinical document";
    let hint = "send C-CDA documents, FHIR as JSON or HL7 v2 with separators";
    Some(Issue::new(Severity::Fatal, "not-ccda", "/", message).hint(hint).condition(200))
}

fn unreadable(fault: Fault) -> Issue {
    let hint = match fault {
        Fault::Malformed(_) => "the sender must write well-formed XML; look for a cut-off document or a bare ampersand",
        Fault::Dtd => "clinical documents need none, and it can be used to attack; have the sender leave it out",
        _ => "no clinical document is like that; look at what the sender put into it",
    };
    Issue::new(Severity::Fatal, fault.code(), "/", fault.to_string()).hint(hint).condition(100)
}

fn refuse(issue: Issue, header: Header, noticed: Vec<Issue>) -> Refusal {
    Refusal { verdict: Verdict::Reject, header, issues: std::iter::once(issue).chain(noticed).collect() }
}

#[cfg(test)]
mod tests;
