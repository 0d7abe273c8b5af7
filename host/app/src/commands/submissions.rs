//! `access-bridge submissions`: list, show, approve, cancel, retry, resume.

mod preview;

use super::people;
use super::stored::{cursor, known, known_participant, moment, more, open, wait, who};
use crate::cli::{Again, One, SubmissionsAct};
use crate::output::{Done, Ending, Trouble, list, plain, say, warn};
use access_contract::{Operation, Track};
use bridge_ledger::{Act, Acted, Ledger, LedgerError, State, Submission, SubmissionFilter, SubmissionStory};
use serde_json::{Value, json};

/// Carries out one act.
///
/// # Errors
/// A ledger that cannot be used, or an act that is not possible.
pub fn act(act: SubmissionsAct) -> Done {
    match act {
        SubmissionsAct::List { listing, about, control_id, state, track, operation } => {
            let all: Vec<&str> = State::ALL.iter().map(|state| state.as_str()).collect();
            state.iter().try_for_each(|text| known("--state", "state", text, &all))?;
            let states = state.iter().filter_map(|text| State::parse(text)).collect();
            let operation = operation.map(|text| text.trim_start_matches('$').to_owned());
            if let Some(track) = &track {
                known("--track", "track", track, Track::WORDS)?;
            }
            if let Some(operation) = &operation {
                known("--operation", "operation", operation, Operation::WORDS)?;
            }
            let (config, ledger) = open(&listing.config)?;
            let charts = people::charts(ledger.as_ref(), listing.participant.as_deref(), about.person.as_deref())?;
            let filter = SubmissionFilter {
                participant: listing.participant.clone(),
                charts,
                control_id,
                states,
                track: track.map(Track::from),
                operation: operation.map(Operation::from),
                ..SubmissionFilter::default()
            };
            let page = wait(ledger.submissions_page(&filter, cursor(&listing)?, listing.limit.into()))?;
            if page.items.is_empty() {
                known_participant(&config, listing.participant.as_deref())?;
            }
            if listing.json {
                for submission in &page.items {
                    say(&as_json(submission).to_string());
                }
            } else {
                let rows: Vec<Vec<String>> = page.items.iter().map(row).collect();
                list(&["ID", "STATE", "OPERATION", "TRACK", "CODE", "RULE", "CONTROL ID", "CHANGED", "LAST"], &rows);
            }
            more(&listing, page.next);
            Ok(Ending::Fine)
        }
        SubmissionsAct::Show { one, payload } => show(&one, payload),
        SubmissionsAct::Approve(one) => person(&one, |ledger, id, who| wait(ledger.approve(id, who))),
        SubmissionsAct::Cancel { one, give_up } => cancel(&one, give_up),
        SubmissionsAct::Retry(again) => retry(again),
        SubmissionsAct::Resume(one) => person(&one, |ledger, id, who| wait(ledger.resume(id, who))),
    }
}

/// Rows read at a time.
const PAGE: usize = 500;

/// One, or every one that waits for its next try.
fn retry(again: Again) -> Done {
    if let Some(id) = again.id {
        let one = One { config: again.config, json: again.json, id };
        return person(&one, |ledger, id, who| wait(ledger.retry(id, who)));
    }
    let (config, ledger) = open(&again.config)?;
    let filter = SubmissionFilter {
        participant: again.participant.clone(),
        states: vec![State::Waiting],
        ..SubmissionFilter::default()
    };
    let (mut after, mut ids) = (None, Vec::new());
    loop {
        let page = wait(ledger.submissions_page(&filter, after, PAGE))?;
        ids.extend(page.items.iter().filter(|one| one.possible().contains(&Act::Retry)).map(|one| one.id.clone()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if ids.is_empty() {
        known_participant(&config, again.participant.as_deref())?;
    }
    let mut hurried = Vec::new();
    for id in ids {
        match wait(async { Ok(ledger.retry(&id, &who()).await) })? {
            Ok(_) => hurried.push(id),
            // It went on by itself meanwhile.
            Err(LedgerError::Refused { .. } | LedgerError::NotFound { .. } | LedgerError::OpenAlready { .. }) => {}
            Err(error) => return Err(Trouble::failed(error)),
        }
    }
    if again.json {
        say(&json!({ "submissions": hurried }).to_string());
    } else {
        say(&format!("{} to be sent now", hurried.len()));
    }
    Ok(Ending::Fine)
}

/// Takes one back. What CMS has accepted is given up only by whoever says so: its answer would never be known, and the chart stays as if
/// nothing had been asked.
fn cancel(one: &One, give_up: bool) -> Done {
    person(one, |ledger, id, who| {
        let story = wait(ledger.submission(id))?.ok_or_else(|| unknown(id))?;
        if story.submission.state == State::Polling && !give_up {
            return Err(Trouble::failed(format!("{id} was accepted by CMS, which may carry it out all the same")).hint(
                "`access-bridge submissions resume` with its id asks for the result now; with --give-up it is cancelled here, and nobody \
                 learns what CMS does",
            ));
        }
        wait(ledger.cancel(id, who))
    })
}

fn person(one: &One, act: impl FnOnce(&dyn Ledger, &str, &str) -> Result<Acted, Trouble>) -> Done {
    let (_, ledger) = open(&one.config)?;
    wait(ledger.submission(&one.id))?.ok_or_else(|| unknown(&one.id))?;
    let acted = act(ledger.as_ref(), &one.id, &who())?;
    if one.json {
        say(&json!({ "submission": acted.submission, "state": acted.state.as_str(), "also": acted.also }).to_string());
    } else {
        let instead = if acted.submission == one.id { String::new() } else { format!(", in place of {}", one.id) };
        say(&format!("{} is {}{instead}", acted.submission, acted.state));
        for other in &acted.also {
            say(&format!("{other} changed with it"));
        }
    }
    Ok(Ending::Fine)
}

fn unknown(id: &str) -> Trouble {
    Trouble::failed(format!("there is no submission {id}")).hint("`access-bridge submissions list` shows them")
}

fn show(one: &One, payload: bool) -> Done {
    let (config, ledger) = open(&one.config)?;
    let story = match wait(ledger.submission(&one.id))? {
        Some(story) => story,
        None => named_by_cms(ledger.as_ref(), &one.id)?.ok_or_else(|| unknown(&one.id))?,
    };
    if payload {
        match story.payloads.last() {
            Some(sent) => say(sent.body.expose()),
            None => {
                say(&preview::body(&config, ledger.as_ref(), &story)?);
                warn("nothing was sent yet: this is what would be sent as the chart is now");
            }
        }
    } else if one.json {
        say(&story_as_json(&story).to_string());
    } else {
        tell(&story);
    }
    Ok(Ending::Fine)
}

/// The newest submission that CMS gave this id.
fn named_by_cms(ledger: &dyn Ledger, id: &str) -> Result<Option<SubmissionStory>, Trouble> {
    let filter = SubmissionFilter { cms_submission: Some(id.to_owned()), ..SubmissionFilter::default() };
    match wait(ledger.submissions_page(&filter, None, 1))?.items.first() {
        Some(submission) => wait(ledger.submission(&submission.id)),
        None => Ok(None),
    }
}

fn row(one: &Submission) -> Vec<String> {
    vec![
        one.id.clone(),
        one.state.to_string(),
        one.operation.to_string(),
        one.track.to_string(),
        one.code.clone(),
        one.rule.clone(),
        if one.control_id.is_empty() { "-".to_owned() } else { one.control_id.clone() },
        moment(one.changed_at),
        one.cause.clone(),
    ]
}

fn as_json(one: &Submission) -> Value {
    json!({
        "id": one.id,
        "participant": one.participant,
        "chart": one.chart,
        "operation": one.operation.as_str(),
        "track": one.track.as_str(),
        "state": one.state.as_str(),
        "needs_approval": one.needs_approval,
        "blocked_by": one.blocked_by,
        "rule": one.rule,
        "why": one.why,
        "feed": one.feed,
        "control_id": one.control_id,
        "retry_of": one.retry_of,
        "due_at": one.due_at.map(bridge_types::Timestamp::rfc3339),
        "cause": one.cause,
        "attempts": one.attempts,
        "polls": one.polls,
        "failures": one.failures,
        "cms_submission": one.cms_submission,
        "accepted_at": one.accepted_at.map(bridge_types::Timestamp::rfc3339),
        "class": one.class,
        "code": one.code,
        "created_at": one.created_at.rfc3339(),
        "changed_at": one.changed_at.rfc3339(),
        "possible": one.possible().iter().map(|act| act.as_str()).collect::<Vec<_>>(),
    })
}

fn story_as_json(story: &SubmissionStory) -> Value {
    let mut value = as_json(&story.submission);
    let events: Vec<Value> = story
        .events
        .iter()
        .map(|event| {
            json!({
                "at": event.at.rfc3339(),
                "from": event.from.map(State::as_str),
                "to": event.to.as_str(),
                "actor": event.actor,
                "cause": event.cause,
            })
        })
        .collect();
    let payloads: Vec<Value> = story
        .payloads
        .iter()
        .map(|sent| {
            json!({
                "attempt": sent.attempt,
                "at": sent.at.rfc3339(),
                "provenance": sent.provenance,
                "issues": sent.issues,
            })
        })
        .collect();
    if let Some(fields) = value.as_object_mut() {
        fields.insert("events".to_owned(), Value::Array(events));
        fields.insert("payloads".to_owned(), Value::Array(payloads));
        fields.insert("followers".to_owned(), story.followers.iter().map(as_json).collect());
        fields.extend(story.intent.reference.as_ref().map(|reference| ("reference".to_owned(), json!(reference))));
        fields.insert("outcome".to_owned(), json!(story.outcome.as_ref().map(bridge_types::Phi::expose)));
    }
    value
}

fn tell(story: &SubmissionStory) {
    let one = &story.submission;
    say(&format!("{}  ${} {}  {}", one.id, one.operation, one.track, one.state));
    say(&format!("  participant {}, chart {}", one.participant, one.chart));
    say(&format!("  rule {}: {}", one.rule, one.why));
    if !one.control_id.is_empty() {
        say(&format!("  asked by feed {}", plain(&one.control_id)));
    }
    if let Some(reference) = &story.intent.reference {
        say(&format!("  your reference {}", plain(reference)));
    }
    if let Some(id) = &one.cms_submission {
        say(&format!("  CMS calls it {id}"));
    }
    if let Some(other) = &one.blocked_by {
        say(&format!("  waits for {other}"));
    }
    for other in &story.followers {
        let how = if other.needs_approval { "approved with it" } else { "follows it" };
        say(&format!("  {how}: {} {} {}: {}", other.id, other.operation, other.track, other.why));
    }
    say("\n  history");
    for event in &story.events {
        let from = event.from.map_or("", State::as_str);
        say(&format!(
            "    {}  {from:>9} -> {:<9}  {} ({})",
            moment(event.at),
            event.to.as_str(),
            plain(&event.cause),
            event.actor
        ));
    }
    for issue in story.payloads.last().into_iter().flat_map(|sent| &sent.issues) {
        say(&format!("\n  doubt about the payload: {} {}: {}", issue.code, issue.location, issue.message));
    }
    if let Some(outcome) = &story.outcome {
        let outcome = outcome.expose();
        say(format!("\n  outcome {}: {} {}", outcome.class, outcome.code, outcome.display).trim_end());
        say(&format!("    {}", outcome.meaning));
        if !outcome.text.is_empty() {
            say(&format!("    CMS: {}", outcome.text));
        }
        for issue in &outcome.issues {
            say(&format!("    {}: {} {}: {}", issue.severity, issue.code, issue.location, issue.message));
        }
        say(&format!("    next: {}", outcome.next_step));
    }
    let possible: Vec<&str> = one.possible().iter().map(|act| act.as_str()).collect();
    if !possible.is_empty() {
        say(&format!("\n  possible now: {}", possible.join(", ")));
    }
}
