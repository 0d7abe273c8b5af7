//! Whether a feed can be used at all, whose it is, and what its event does.

use super::feed::{Feed, forbid};
use super::issues::Issues;
use super::json::Node;
use super::{known, moment};
use crate::read::stop::Stop;
use access_contract::{Header, Issue, Severity};
use access_mappings::{EventEffect, EventRule, Participant, Profile, TrainingRule};

/// Longest value of a header.
const MAX_HEADER_BYTES: usize = 199;

/// Tags of records that are for testing: HL7 ActReason, and what test data generators write.
const TRAINING: [&str; 4] = ["HTEST", "test-data", "testdata", "synthetic"];

/// The header, from the Bundle, its MessageHeader, or the resource itself.
pub(super) fn header(feed: &Feed<'_>) -> Header {
    let first = feed.resources.first();
    let message = feed.resources.iter().find(|resource| resource.kind == "MessageHeader");
    let source = message.and_then(|message| message.node.get("source"));
    let meta = feed.bundle.or(first.map(|first| first.node)).and_then(|node| node.get("meta"));
    let endpoint = source.and_then(|source| source.text("endpoint").or(source.text("name")));
    // Servers put the id of the request behind the source.
    let stated = meta.and_then(|meta| meta.text("source")).map(|source| source.split('#').next().unwrap_or(source));
    let destination = message.and_then(|message| message.node.items("destination").first());
    let receiver = destination.and_then(|destination| destination.text("endpoint").or(destination.text("name")));
    let text = |text: Option<&str>| text.filter(|text| text.len() <= MAX_HEADER_BYTES).unwrap_or_default().to_owned();
    Header {
        control_id: control_id(feed),
        message_type: "FHIR".to_owned(),
        event: feed.event.clone(),
        version: "4.0.1".to_owned(),
        processing_id: if is_training(meta) { "T" } else { "P" }.to_owned(),
        sent_at: text(sent_at(feed).as_deref()),
        sending_application: text(endpoint.or(stated)),
        receiving_application: text(receiver),
        ..Header::default()
    }
}

/// `Bundle.identifier`, else `Bundle.id`; of a single resource its type, id and version.
fn control_id(feed: &Feed<'_>) -> String {
    let own = match feed.bundle {
        Some(bundle) => {
            let identifier = bundle.get("identifier").and_then(|identifier| identifier.text("value"));
            identifier.or(bundle.text("id")).unwrap_or_default().to_owned()
        }
        None => match feed.resources.first().filter(|resource| feed.event == resource.kind) {
            Some(resource) if !resource.id.is_empty() => {
                let version = resource.node.get("meta").and_then(|meta| meta.text("versionId"));
                version.map_or_else(|| resource.local(), |version| format!("{}/{version}", resource.local()))
            }
            _ => String::new(),
        },
    };
    if own.len() <= MAX_HEADER_BYTES && !own.contains(char::is_control) { own } else { String::new() }
}

/// As it was written: of the Bundle, else the newest of its resources.
fn sent_at(feed: &Feed<'_>) -> Option<String> {
    let stated = feed.bundle.and_then(|bundle| {
        let updated = || bundle.get("meta").and_then(|meta| meta.text("lastUpdated"));
        bundle.text("timestamp").or_else(updated).filter(|text| moment::utc(text).is_some())
    });
    if let Some(stated) = stated {
        return Some(stated.to_owned());
    }
    let newest =
        feed.resources.iter().filter(|resource| !resource.updated.is_empty()).max_by_key(|one| &one.updated)?;
    let written = newest.node.get("meta").and_then(|meta| meta.text("lastUpdated"));
    Some(written.map_or_else(|| newest.updated.clone(), str::to_owned))
}

fn is_training(meta: Option<&Node<'_>>) -> bool {
    meta.is_some_and(|meta| {
        let tags = meta.items("security").iter().chain(meta.items("tag"));
        tags.filter_map(|tag| tag.text("code")).any(|code| TRAINING.contains(&code))
    })
}

/// What the profile makes of a feed.
pub(super) struct Entry<'p> {
    pub(super) rule: EventRule,
    pub(super) participant: &'p Participant,
}

/// Lets a feed pass, or refuses it; takes out resources that must not be used.
pub(super) fn pass<'p>(
    profile: &'p Profile,
    feed: &mut Feed<'_>,
    header: &Header,
    issues: &mut Issues,
) -> Result<Entry<'p>, Box<Stop>> {
    if header.control_id.is_empty() {
        let hint =
            "repeated feeds are told from new ones by it; send Bundle.identifier, Bundle.id or the id of the resource";
        issues.warn("control-id-missing", "", "the feed has no id", hint);
    }
    check_training(profile, feed, header, issues)?;
    for position in 0..feed.resources.len() {
        let Some(resource) = feed.resources.get(position).filter(|resource| !resource.dropped) else { continue };
        if let Some(path) = known::modifier(resource) {
            forbid(&path, issues);
            feed.drop_resource(position);
        }
    }
    let participant =
        profile.participant_of(&header.sending_application, &header.sending_facility).ok_or_else(|| {
            let message = "the sender belongs to no participant";
            let issue = Issue::new(Severity::Error, "participant-unknown", "meta.source", message);
            let hint = "add the source as application to a participant's senders in the profile";
            Stop::ask(issue.hint(hint).condition(204))
        })?;
    let known = [format!("FHIR^{}", header.event), "FHIR^*".to_owned()];
    let rule = known.iter().find_map(|key| profile.events.get(key)).cloned();
    let rule = rule.unwrap_or(EventRule { effect: EventEffect::Snapshot, screens: true });
    Ok(Entry { rule, participant })
}

/// Feeds for training are treated as the profile says; of a Bundle with several people only those that are tagged.
fn check_training(
    profile: &Profile,
    feed: &mut Feed<'_>,
    header: &Header,
    issues: &mut Issues,
) -> Result<(), Box<Stop>> {
    let tagged: Vec<(usize, String)> = feed
        .resources
        .iter()
        .enumerate()
        .filter(|(_, resource)| !resource.dropped && is_training(resource.node.get("meta")))
        .map(|(position, resource)| (position, format!("{}.meta", resource.path)))
        .collect();
    let whole = header.processing_id == "T" || tagged.iter().any(|(position, _)| is_message_header(feed, *position));
    if !whole && tagged.is_empty() {
        return Ok(());
    }
    let path = tagged.first().map_or_else(|| "Bundle.meta".to_owned(), |(_, path)| path.clone());
    let issue = |severity| {
        Issue::new(severity, "training-message", &path, "the feed is for training or debugging")
            .hint("send it without the tag; or set training = \"submit\" in the profile, for tests only")
            .condition(202)
    };
    if profile.training == TrainingRule::Submit {
        issues.note(issue(Severity::Warning));
        return Ok(());
    }
    if profile.inspects {
        issues.note(issue(Severity::Error));
        return Ok(());
    }
    for (position, _) in &tagged {
        feed.drop_resource(*position);
    }
    let rest = feed.resources.iter().any(|resource| !resource.dropped && known::is_read(resource.kind));
    if whole || !rest {
        return Err(Stop::reject(issue(Severity::Fatal)));
    }
    issues.note(issue(Severity::Warning));
    Ok(())
}

fn is_message_header(feed: &Feed<'_>, position: usize) -> bool {
    feed.resources.get(position).is_some_and(|resource| resource.kind == "MessageHeader")
}
