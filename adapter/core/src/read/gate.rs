//! Whether a message can be used at all: type, event, training, version, fragments, sender.

use super::header;
use super::stop::Stop;
use crate::view::Message;
use access_contract::{Header, Issue, Severity};
use access_mappings::{EventEffect, EventRule, Participant, Profile, TrainingRule};

/// Versions of the standard.
const VERSIONS: [&str; 15] = [
    "2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.1", "2.8.2", "2.9", "2.9.1",
];

/// What becomes of an event that is refused, where it is only inspected.
static UNREAD: EventRule = EventRule { effect: EventEffect::Ignore, screens: false };

/// What the profile makes of a message.
pub(super) struct Entry<'p> {
    pub(super) rule: &'p EventRule,
    /// None only where the profile inspects.
    pub(super) participant: Option<&'p Participant>,
}

/// Lets a message pass, or refuses it. Warnings go to `issues`, and refusals too where the profile inspects; what is too large or a
/// fragment is refused in any case.
pub(super) fn pass<'p>(
    profile: &'p Profile,
    message: &Message<'_>,
    header: &Header,
    issues: &mut Vec<Issue>,
) -> Result<Entry<'p>, Box<Stop>> {
    if let Some(path) = header::too_long(message) {
        let issue = Issue::new(Severity::Fatal, "limit-value", path, "a value of the message header is too long");
        return Err(Stop::reject(issue.hint("the standard allows 199 characters for the control id").condition(104)));
    }
    check_fragments(message)?;
    let rule = match event_rule(profile, header) {
        Ok(rule) => Some(rule),
        Err(stop) => {
            stop.unless_inspected(profile, |issue| issues.push(issue))?;
            None
        }
    };
    check_processing(profile, header, issues)?;
    if let Err(stop) = check_version(header, issues) {
        stop.unless_inspected(profile, |issue| issues.push(issue))?;
    }
    if header.control_id.is_empty() {
        issues.push(
            Issue::new(Severity::Warning, "control-id-missing", "MSH-10", "the message has no control id")
                .hint("repeated messages are told from new ones by it; have the sender fill it"),
        );
    }
    let participant = profile.participant_of(&header.sending_application, &header.sending_facility);
    if participant.is_none() {
        let issue = Issue::new(Severity::Error, "participant-unknown", "MSH-3", "the sender belongs to no participant");
        let issue = issue.hint("add its MSH-3 and MSH-4 to a participant's senders in the profile").condition(204);
        Stop::ask(issue).unless_inspected(profile, |issue| issues.push(issue))?;
    }
    let Some(rule) = rule else { return Ok(Entry { rule: &UNREAD, participant }) };
    if rule.effect == EventEffect::Ignore {
        let message = "the event table says that nothing follows from this event";
        issues.push(
            Issue::new(Severity::Information, "event-not-used", "MSH-9", message)
                .hint("give the event another effect under events in the profile if something should follow")
                .rule("events"),
        );
    } else if rule.effect == EventEffect::Results && message.segment("PID").is_none() {
        // HL7 v2.5.1 chapter 7: quality control and the environment have results too.
        let message = "the results are about no patient; they were not kept";
        issues.push(Issue::new(Severity::Information, "results-not-kept", "PID", message));
    } else if message.segment("PID").is_none() {
        let issue = Issue::new(
            Severity::Error,
            "patient-missing",
            "PID",
            "the event is about a patient, and there is no PID segment",
        );
        let issue = issue.hint("the sender must include PID").condition(100);
        Stop::ask(issue).unless_inspected(profile, |issue| issues.push(issue))?;
    }
    Ok(Entry { rule, participant })
}

fn check_fragments(message: &Message<'_>) -> Result<(), Box<Stop>> {
    let continued =
        message.segment("MSH").map(|segment| segment.field(14)).filter(|field| !field.raw().trim().is_empty());
    let pointer = message.segment("DSC").map(|segment| segment.field(1)).filter(|field| !field.raw().trim().is_empty());
    let location = match (continued, pointer, message.segment("ADD")) {
        (Some(field), _, _) | (None, Some(field), _) => field.path(),
        (None, None, Some(segment)) => segment.path(),
        (None, None, None) => return Ok(()),
    };
    let issue = Issue::new(Severity::Fatal, "fragmented", location, "the message is a fragment of a longer one")
        .hint("turn off continuation (DSC, ADD, MSH-14) at the sender, so that messages come whole")
        .condition(100);
    Err(Stop::reject(issue))
}

fn event_rule<'p>(profile: &'p Profile, header: &Header) -> Result<&'p EventRule, Box<Stop>> {
    let reject = |code: &str, location: &str, message: &str, condition: u16| {
        let issue = Issue::new(Severity::Error, code, location, message)
            .hint("send only the types and events listed under events in the profile, or add this one there")
            .condition(condition);
        Err(Stop::reject(issue))
    };
    if let Some(rule) = profile.event(&header.message_type, &header.event) {
        return Ok(rule);
    }
    if header.message_type.is_empty() {
        reject("type-missing", "MSH-9.1", "the message does not name its type", 200)
    } else if !profile.reads_type(&header.message_type) {
        reject("type-unsupported", "MSH-9.1", "messages of this type are not read", 200)
    } else if header.event.is_empty() {
        reject("event-missing", "MSH-9.2", "the message names its event neither in MSH-9 nor in EVN-1", 201)
    } else {
        reject("event-unsupported", "MSH-9.2", "messages of this event are not read", 201)
    }
}

fn check_processing(profile: &Profile, header: &Header, issues: &mut Vec<Issue>) -> Result<(), Box<Stop>> {
    match header.processing_id.as_str() {
        "P" => Ok(()),
        "T" | "TEST" | "TRAINING" | "D" | "DEBUG" | "DEBUGGING" => {
            let severity = match profile.training {
                TrainingRule::Refuse => Severity::Error,
                TrainingRule::Submit => Severity::Warning,
            };
            let issue =
                Issue::new(severity, "training-message", "MSH-11", "MSH-11 marks the message as training or debugging")
                    .hint("send P in MSH-11; or set training = \"submit\" in the profile, for tests only")
                    .condition(202);
            match profile.training {
                TrainingRule::Refuse => Stop::reject(issue).unless_inspected(profile, |issue| issues.push(issue)),
                TrainingRule::Submit => {
                    issues.push(issue);
                    Ok(())
                }
            }
        }
        _ => {
            issues.push(
                Issue::new(Severity::Warning, "processing-id-unknown", "MSH-11", "the processing id is not P, T or D")
                    .hint("the message was read as one of production"),
            );
            Ok(())
        }
    }
}

fn check_version(header: &Header, issues: &mut Vec<Issue>) -> Result<(), Box<Stop>> {
    let version = header.version.as_str();
    if VERSIONS.contains(&version) {
        return Ok(());
    }
    if version.is_empty() || version == "2" || version.starts_with("2.") || is_respelled(version) {
        issues.push(
            Issue::new(
                Severity::Warning,
                "version-unknown",
                "MSH-12",
                "the version is missing or not one of the standard",
            )
            .hint("fields are read by position, as in every version"),
        );
        return Ok(());
    }
    let issue = Issue::new(Severity::Fatal, "version-unsupported", "MSH-12", "MSH-12 names no version of HL7 v2")
        .hint("send HL7 version 2.1 to 2.9")
        .condition(203);
    Err(Stop::reject(issue))
}

/// Whether a text is a version of the standard in another spelling: `V2.5`, `HL7 v2.5.1`, `2,5`, `251`.
fn is_respelled(text: &str) -> bool {
    let upper = text.trim().to_ascii_uppercase();
    let rest = upper.strip_prefix("HL7").unwrap_or(&upper).trim_start();
    let rest = ["VERSION", "VER", "V"].iter().find_map(|word| rest.strip_prefix(word)).unwrap_or(rest);
    let rest = rest.trim_start_matches([' ', '.', '-']);
    let is_number = rest.bytes().all(|letter| letter.is_ascii_digit() || matches!(letter, b'.' | b','));
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    is_number && VERSIONS.iter().any(|known| digits(known) == digits(rest))
}
