//! Says what an answer of the ACCESS API means.
//!
//! A result is known by code system and code, never by its display or text. A code this version does not know, or one of
//! another operation's system, is [`OutcomeClass::Unknown`]: not done, and a person must look. A system of the same name on another
//! host counts, since a page of the guide has one, and so does a code without a system. An answer without a result is a technical failure; what CMS says about it is kept whole, issue by issue.
//!
//! CMS's own texts may name a patient. They stand in [`Outcome::text`] and in the messages and hints of
//! [`Outcome::issues`], which go into notices (without Medicare numbers, see `settle`); they must not be logged. Nothing else of a body is passed on. What is said of a report
//! is traced back to the measure or questionnaire it is about.
//!
//! Limits: bodies up to 4 MiB and 48 levels, [`MAX_ISSUES`] issues, [`MAX_TEXT`] characters of each text.

mod answer;
pub(crate) mod report;
#[cfg(test)]
mod tests;
mod words;

pub use answer::{MAX_ISSUES, MAX_TEXT};

use access_contract::{Exchange, Issue, Operation, Outcome, OutcomeClass, Severity};
use access_mappings::{Guide, Profile, ResultFacts};
use answer::{Answer, Coded};

/// Code of an outcome whose answer should have held a result and cannot be read.
pub const UNREADABLE: &str = "unreadable-answer";

/// System of the codes of `OperationOutcome.issue.code`.
pub const ISSUE_TYPES: &str = "http://hl7.org/fhir/issue-type";

/// Result code for a switch that nobody attested consent for.
const NO_ATTESTATION: &str = "not-aligned-no-switch-attestation";

/// Interprets one final answer. Never fails: an answer that cannot be read is an outcome too.
#[must_use]
pub fn interpret(profile: &Profile, exchange: &Exchange) -> Outcome {
    let mut outcome = read(&profile.guide, exchange);
    if exchange.operation == Operation::ReportData {
        report::trace(&profile.guide, &mut outcome.issues);
    }
    outcome
}

fn read(guide: &Guide, exchange: &Exchange) -> Outcome {
    match (exchange.status, answer::read(&exchange.body, &exchange.content_type)) {
        (200, Answer::Result { codings, text, issues }) => business(guide, &exchange.operation, &codings, text, issues),
        (200, Answer::Issues(issues)) => {
            let mut outcome = technical(exchange, issues);
            outcome.class = OutcomeClass::Failed;
            outcome.meaning = "CMS closed the submission with an error instead of a result.".to_owned();
            outcome.next_step =
                "Mend what the issues name, then send again; if they name nothing, ask CMS support.".to_owned();
            outcome
        }
        (200, Answer::Unreadable(what)) => {
            let meaning = format!("CMS says that it is done, but {what}.");
            let mut outcome = technical(exchange, vec![unreadable(what)]);
            outcome.meaning = meaning;
            outcome
        }
        (status, Answer::Issues(issues)) => match no_attestation(guide, exchange, &issues) {
            Some(facts) => {
                let text = issues.first().map(|issue| issue.message.clone()).unwrap_or_default();
                known(guide, facts, text, advised(issues))
            }
            None if status == 400 || status == 422 => technical(exchange, advised(issues)),
            None => technical(exchange, issues),
        },
        (_, Answer::Result { text, issues, .. }) => {
            let mut outcome = technical(exchange, issues);
            outcome.class = OutcomeClass::Failed;
            outcome.meaning = words::CONTRADICTORY.to_owned();
            outcome.next_step = words::LOOK_UP.to_owned();
            outcome.text = text;
            outcome.issues.push(unreadable("the answer holds a result, but its status says that there is none"));
            outcome
        }
        (_, Answer::Unreadable(what)) => {
            // Without an OperationOutcome it is not sure that the data was looked at, so nothing is asked to be mended.
            let foreign = words::of_foreign(exchange.status, &exchange.phase, &what);
            let mut outcome = technical(exchange, vec![unreadable(what)]);
            outcome.class = OutcomeClass::Failed;
            if let Some((meaning, next_step)) = foreign {
                outcome.meaning = meaning;
                outcome.next_step = next_step.to_owned();
            }
            outcome
        }
    }
}

/// An answer with a result.
fn business(guide: &Guide, operation: &Operation, codings: &[Coded], text: String, issues: Vec<Issue>) -> Outcome {
    let expected = guide.operation(operation.as_str()).map_or("", |facts| facts.result_system.as_str());
    let mut fitting = codings.iter().filter(|coded| is_system(&coded.system, expected));
    let found = fitting.clone().find_map(|coded| guide.result(operation.as_str(), &coded.code));
    if let Some(facts) = found {
        return known(guide, facts, text, issues);
    }
    let own = fitting.next();
    let Some(coded) = own.or_else(|| codings.first()) else { return Outcome { text, issues, ..unknown() } };
    let message = if own.is_some() {
        "the result code is not one of the guide version in use"
    } else {
        "the result code is not of the code system this operation answers with"
    };
    let mut issues = issues;
    issues.push(
        Issue::new(
            Severity::Warning,
            "result-unknown",
            "Parameters.parameter.where(name='result').value.coding",
            message,
        )
        .hint("look for a newer version of the guide's facts"),
    );
    Outcome { code: coded.code.clone(), system: coded.system.clone(), text, issues, ..unknown() }
}

/// Whether a system is the expected one, on whatever host, or not named at all.
fn is_system(system: &str, expected: &str) -> bool {
    let name = |uri: &str| uri.rsplit_once("/CodeSystem/").map(|(_, name)| name.to_owned());
    !expected.is_empty()
        && (system.is_empty() || system == expected || name(expected).is_some_and(|own| name(system) == Some(own)))
}

/// The outcome of a result code that the guide has.
fn known(guide: &Guide, facts: &ResultFacts, text: String, issues: Vec<Issue>) -> Outcome {
    Outcome {
        class: OutcomeClass::from(facts.class.as_str()),
        code: facts.code.clone(),
        system: guide.operation(&facts.operation).map(|operation| operation.result_system.clone()).unwrap_or_default(),
        display: facts.display.clone(),
        meaning: facts.meaning.clone(),
        next_step: facts.next_step.clone(),
        text,
        issues,
    }
}

/// The outcome of a result code that is not known.
fn unknown() -> Outcome {
    Outcome {
        class: OutcomeClass::Unknown,
        code: String::new(),
        system: String::new(),
        display: String::new(),
        meaning: "CMS answered with a result that this version does not know. It counts as not done.".to_owned(),
        next_step: "Read the text CMS sent and look the patient up in the alignment report before doing anything else."
            .to_owned(),
        text: String::new(),
        issues: Vec::new(),
    }
}

/// An answer without a result; code and text are those of its gravest issue that CMS sent. Where CMS sent none, the code is
/// [`UNREADABLE`], so that an engine can route the notice.
fn technical(exchange: &Exchange, issues: Vec<Issue>) -> Outcome {
    let words = words::of_status(exchange.status, &exchange.phase);
    let sent = |issue: &&Issue| issue.code != UNREADABLE;
    let gravest = issues.iter().filter(sent).find(|issue| issue.blocks()).or_else(|| issues.iter().find(sent));
    let (system, code, text) = gravest.map_or((String::new(), UNREADABLE.to_owned(), String::new()), |issue| {
        (ISSUE_TYPES.to_owned(), issue.code.clone(), issue.message.clone())
    });
    Outcome {
        class: words.class,
        system,
        code,
        display: String::new(),
        meaning: words.meaning.to_owned(),
        next_step: words.next_step.to_owned(),
        text,
        issues,
    }
}

/// Says that a body could not be used, without quoting it.
fn unreadable(what: impl Into<String>) -> Issue {
    Issue::new(Severity::Error, UNREADABLE, "", what)
}

/// Adds to issues about faulty data which HL7 field or setting to look at.
fn advised(mut issues: Vec<Issue>) -> Vec<Issue> {
    for issue in &mut issues {
        let subject = format!("{} {} {}", issue.location, issue.message, issue.hint.as_deref().unwrap_or_default());
        if let Some(advice) = words::advice(&subject) {
            issue.hint = Some(match issue.hint.take() {
                Some(hint) => format!("{hint}; {advice}"),
                None => advice,
            });
        }
    }
    issues
}

/// A switch without attestation comes as a 400 from some services and as a result code from others; both are one outcome.
fn no_attestation<'a>(guide: &'a Guide, exchange: &Exchange, issues: &[Issue]) -> Option<&'a ResultFacts> {
    let demanded = issues.iter().any(|issue| {
        let said = format!("{} {}", issue.message, issue.hint.as_deref().unwrap_or_default()).to_lowercase();
        issue.code == "required" && said.contains("attestation")
    });
    if exchange.operation != Operation::Align || exchange.status != 400 || !demanded {
        return None;
    }
    guide.result(Operation::Align.as_str(), NO_ATTESTATION)
}
