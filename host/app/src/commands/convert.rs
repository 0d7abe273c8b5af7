//! `access-bridge convert`: one JSON line per feed, through the component, offline.

use super::offline::{Converted, Desk, ending, feeds};
use super::summary::Summary;
use crate::cli::Offline;
use crate::output::{Done, say, warn};
use access_contract::{Header, Issue};
use serde::Serialize;
use serde_json::value::RawValue;

/// The line. Its keys are relied upon by others; they are only ever added to.
#[derive(Serialize)]
struct Line<'a> {
    source: &'a str,
    control_id: &'a str,
    event: String,
    /// Whether it could be read; what a rule refuses is read for those who look at it, without submissions.
    read: bool,
    /// What a service answers: AA, AE or AR.
    answer: &'a str,
    submissions: Vec<Submission<'a>>,
    observations: u32,
    questionnaires: usize,
    issues: &'a [Issue],
}

#[derive(Serialize)]
struct Submission<'a> {
    operation: &'a str,
    track: &'a str,
    /// The rule that asked, and whether it would go out by itself.
    rule: &'a str,
    mode: &'a str,
    /// What the validation doubts about the payload.
    issues: &'a [Issue],
    payload: &'a RawValue,
}

/// Converts.
///
/// # Errors
/// A chart, a profile or a component that cannot be used. A feed that cannot be read is a line with issues.
pub fn convert(offline: &Offline) -> Done {
    let mut desk = Desk::open(offline)?;
    let (mut total, mut refused) = (0, 0);
    let mut summary = Summary::default();
    let unreadable = feeds(
        &offline.files,
        |feed| {
            let converted = desk.convert(&feed)?;
            total += 1;
            refused += usize::from(converted.refused);
            summary.count(&converted);
            say(&line(&feed.source, &converted));
            Ok(())
        },
        warn,
    )?;
    summary.tell(offline.summary);
    Ok(ending(offline.strict, total, refused, unreadable))
}

/// Type and event, as far as they are known.
pub(super) fn event(header: &Header) -> String {
    match (header.message_type.as_str(), header.event.as_str()) {
        ("", "") => String::new(),
        (kind, "") => kind.to_owned(),
        (kind, event) => format!("{kind}^{event}"),
    }
}

fn line(source: &str, converted: &Converted) -> String {
    let header = &converted.header;
    let event = event(header);
    let submissions = converted
        .submissions
        .iter()
        .filter_map(|(intent, payload)| {
            Some(Submission {
                operation: payload.operation.as_str(),
                track: payload.track.as_str(),
                rule: &intent.rule,
                mode: intent.mode.as_str(),
                issues: &payload.issues,
                payload: serde_json::from_str(&payload.body).ok()?,
            })
        })
        .collect();
    let line = Line {
        source,
        control_id: &header.control_id,
        event,
        read: converted.read,
        answer: converted.answer(),
        submissions,
        observations: converted.observations,
        questionnaires: converted.questionnaires,
        issues: &converted.issues,
    };
    serde_json::to_string(&line).unwrap_or_default()
}
