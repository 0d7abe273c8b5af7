//! People of other formats, restated as segments and read by the same rules.
//!
//! A format that states what `PID`, `IN1`, `DG1` and `PV1` state is written down as such segments and read here. Locations of
//! issues and origins are those of the segments; the caller knows which of its own elements each stands for.

use super::context::Context;
use super::groups::Group;
use super::stop::Stop;
use super::{diagnoses, subject};
use crate::entries;
use crate::facts::{Diagnosis, Facts};
use crate::view::{Message, Text};
use access_contract::{Header, Issue, Severity, Subject, UnmappedCode};
use access_mappings::{EventRule, Profile};

/// One person's facts.
pub(crate) struct Restated {
    /// The facts, without diagnoses.
    pub(crate) facts: Facts,
    /// What each `DG1` says, by itself.
    pub(crate) diagnoses: Vec<Option<Diagnosis>>,
    /// What was noticed.
    pub(crate) issues: Vec<Issue>,
    /// Codes that the profile does not know.
    pub(crate) unmapped: Vec<UnmappedCode>,
}

/// Reads one person's segments: a header, one `PID`, what belongs to it, and `DG1` rows at the end.
///
/// # Errors
/// The issue that stops the feed, and what was noticed before.
pub(crate) fn person(
    profile: &Profile,
    header: &Header,
    rule: &EventRule,
    segments: &str,
) -> Result<Restated, (Box<Stop>, Vec<Issue>)> {
    let unviewable = |error: &crate::view::ViewError| (super::unviewable(error), Vec::new());
    let text = Text::normalise(segments).map_err(|error| unviewable(&error))?;
    let message = Message::parse(&text).map_err(|error| unviewable(&error))?;
    let context = Context::new(profile, header, rule, &message, Vec::new());
    let all = message.all();
    let first = all.iter().position(|segment| segment.name() == "DG1").unwrap_or(all.len());
    let (statements, rows) = all.split_at_checked(first).unwrap_or((all, &[]));
    let Some(pid) = message.segment("PID") else { return Err(unviewable(&crate::view::ViewError::NotHl7)) };
    let facts = match subject::facts(&context, &Group::of(pid, statements)) {
        Ok(facts) => facts,
        Err(stop) => return Err((stop, context.into_issues())),
    };
    let rows = rows.iter().map(|row| {
        let read = diagnoses::read(&context, &Group::of(pid, std::slice::from_ref(row)), None);
        read.rows.and_then(|rows| rows.into_iter().next())
    });
    let diagnoses = rows.collect();
    let unmapped = context.unmapped();
    Ok(Restated { facts, diagnoses, issues: context.into_issues(), unmapped })
}

/// Takes numbers away that are stated for two people; says where.
pub(crate) fn drop_shared(people: &mut [(Facts, String)]) -> Vec<Issue> {
    subject::drop_shared(people)
}

/// The keys of a person with the facts as text; none where nothing tells the person from others.
pub(crate) fn subject(profile: &Profile, facts: &Facts, path: &str) -> Option<Result<Subject, Box<Stop>>> {
    let keys = subject::keys_of(facts);
    if keys.0.is_empty() {
        return None;
    }
    let text = serde_json::to_string(facts).map_err(|_| {
        let message = "the facts could not be written down";
        Stop::ask(Issue::new(Severity::Fatal, "facts-unwritable", path, message).condition(207))
    });
    let entry_keys = entries::keys(profile, facts);
    Some(text.map(|text| Subject { keys: keys.0, prior_keys: keys.1, entry_keys, facts: text }))
}
