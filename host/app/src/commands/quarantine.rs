//! `access-bridge quarantine`: list, show, replay.

mod replay;

use super::stored::{cursor, known_participant, moment, more, open, wait};
use crate::cli::QuarantineAct;
use crate::output::{Done, Ending, Trouble, emit, list, plain, say};
use access_contract::Verdict;
use access_mappings::issue_codes;
use bridge_ingest::mllp::Discard;
use bridge_ledger::{Ledger, QuarantineEntry, QuarantineFilter, StoredQuarantineEntry};
use bridge_types::content_hash;
use serde_json::{Value, json};

/// Carries out one act.
///
/// # Errors
/// A ledger that cannot be used, or no such entry.
pub fn act(act: QuarantineAct) -> Done {
    match act {
        QuarantineAct::List { listing, code, all } => {
            let filter = QuarantineFilter { participant: listing.participant.clone(), code, replayed: all };
            let (config, ledger) = open(&listing.config)?;
            let page = wait(ledger.quarantine_page(&filter, cursor(&listing)?, listing.limit.into()))?;
            if page.items.is_empty() {
                known_participant(&config, listing.participant.as_deref())?;
                known_code(filter.code.as_deref())?;
            }
            if listing.json {
                for entry in &page.items {
                    say(&as_json(entry).to_string());
                }
            } else {
                let rows: Vec<Vec<String>> = page.items.iter().map(row).collect();
                list(
                    &[
                        "ID",
                        "LAST",
                        "TIMES",
                        "SOURCE",
                        "SENDER",
                        "CONTROL ID",
                        "EVENT",
                        "ACK",
                        "CODE",
                        "AT",
                        "REPLAYED",
                        "WHY",
                    ],
                    &rows,
                );
            }
            more(&listing, page.next);
            Ok(Ending::Fine)
        }
        QuarantineAct::Show { one, bytes } => {
            let (_, ledger) = open(&one.config)?;
            let stored = find(ledger.as_ref(), &one.id)?;
            if bytes {
                emit(stored.bytes.expose());
            } else if one.json {
                say(&as_json(&stored.entry).to_string());
            } else {
                let entry = &stored.entry;
                say(&format!("{}  {}  {} bytes", entry.id, entry.event, stored.bytes.expose().len()));
                say(&format!(
                    "  from {}, sender {}, control id {}, {} time(s), last {}",
                    entry.source,
                    plain(&or_dash(entry.identity.sender())),
                    plain(&or_dash(entry.identity.control_id.clone())),
                    entry.count,
                    moment(entry.last_at)
                ));
                let place = if entry.location.is_empty() { String::new() } else { format!(" at {}", entry.location) };
                say(&format!("  {}{place}: {}", entry.code, entry.text));
                if let Some(at) = entry.replayed_at {
                    say(&format!("  replayed {}", moment(at)));
                }
                say(&format!("\n  the feed: access-bridge quarantine show --bytes {}", entry.id));
                if is_part(&stored) {
                    say(&format!("  {PART}: {AGAIN}"));
                } else if entry.replayed_at.is_none() {
                    say(&format!("  once the cause is mended: access-bridge quarantine replay {}", entry.id));
                }
            }
            Ok(Ending::Fine)
        }
        QuarantineAct::Replay { config, json, id, which } => replay::replay(&config, json, id.as_deref(), &which),
    }
}

/// Refuses a code that nothing is refused with, where nothing was found: one of an earlier version is shown.
fn known_code(code: Option<&str>) -> Result<(), Trouble> {
    match code {
        Some(code) if !issue_codes().iter().any(|known| known.code == code) => {
            Err(Trouble::usage(format!("--code: \"{code}\" is no issue code"))
                .hint("`access-bridge explain --codes` lists them"))
        }
        _ => Ok(()),
    }
}

fn find(ledger: &dyn Ledger, id: &str) -> Result<StoredQuarantineEntry, Trouble> {
    wait(ledger.quarantined(id))?.ok_or_else(|| {
        Trouble::failed(format!("there is no entry {id}")).hint("`access-bridge quarantine list --all` shows them")
    })
}

/// Why an entry is not replayed that holds no whole feed.
const PART: &str = "it holds a part of what was sent, not a whole message";
/// What is done in place of it.
const AGAIN: &str = "have the engine send the whole message again";

/// Whether an entry holds only a part of a message, as framing or a bound left it, or nothing any more. Read as a message, it would
/// say what nobody sent: what was cut off is missing, and a deletion without its mark is a diagnosis.
fn is_part(stored: &StoredQuarantineEntry) -> bool {
    let entry = &stored.entry;
    Discard::ALL.iter().any(|why| why.as_str() == entry.code)
        || content_hash(stored.bytes.expose()) != entry.content_hash
}

fn row(entry: &QuarantineEntry) -> Vec<String> {
    vec![
        entry.id.clone(),
        moment(entry.last_at),
        entry.count.to_string(),
        entry.source.clone(),
        or_dash(entry.identity.sender()),
        or_dash(entry.identity.control_id.clone()),
        entry.event.clone(),
        answer(entry).to_owned(),
        entry.code.clone(),
        entry.location.clone(),
        entry.replayed_at.map_or_else(|| "-".to_owned(), moment),
        entry.text.clone(),
    ]
}

fn or_dash(text: String) -> String {
    if text.is_empty() { "-".to_owned() } else { text }
}

/// What its sender was answered: `-` where nothing was, and where nobody waits for an answer. A sender that asks for the enhanced mode
/// had CR or CE in place of it.
fn answer(entry: &QuarantineEntry) -> &'static str {
    let answered = ["mllp:", "http:"].iter().any(|kind| entry.source.starts_with(kind));
    match &entry.verdict {
        Verdict::Reject if answered => "AR",
        Verdict::NeedsPerson if answered => "AE",
        _ => "-",
    }
}

fn as_json(entry: &QuarantineEntry) -> Value {
    json!({
        "id": entry.id,
        "sending_application": entry.identity.application,
        "sending_facility": entry.identity.facility,
        "control_id": entry.identity.control_id,
        "received_at": entry.received_at.rfc3339(),
        "last_at": entry.last_at.rfc3339(),
        "count": entry.count,
        "source": entry.source,
        "participant": entry.participant,
        "event": entry.event,
        "verdict": entry.verdict.as_str(),
        "code": entry.code,
        "location": entry.location,
        "message": entry.text,
        "replayed_at": entry.replayed_at.map(bridge_types::Timestamp::rfc3339),
        "replayed_as": entry.replayed_as,
    })
}
