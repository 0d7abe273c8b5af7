//! `access-bridge quarantine`: list, show, replay.

use super::run::runtime;
use super::stored::{Opened, cursor, moment, more, open, open_with_clock, wait};
use crate::cli::{One, QuarantineAct};
use crate::config::Config;
use crate::output::{Done, Ending, Trouble, emit, say, table};
use crate::pipeline::{Pipeline, Receipt};
use crate::settling::RouteTable;
use access_contract::{Issue, Verdict};
use bridge_ingest::mllp::Discard;
use bridge_ingest::{Received, Source, SourceKind};
use bridge_ledger::{Ledger, QuarantineEntry, QuarantineFilter, StoredQuarantineEntry};
use bridge_runtime::Pool;
use bridge_types::{Clock, content_hash};
use serde_json::{Value, json};
use std::sync::Arc;

/// Carries out one act.
///
/// # Errors
/// A ledger that cannot be used, or no such entry.
pub fn act(act: QuarantineAct) -> Done {
    match act {
        QuarantineAct::List { listing, all } => {
            let filter = QuarantineFilter {
                participant: listing.participant.clone(),
                replayed: all,
                ..QuarantineFilter::default()
            };
            let (_, ledger) = open(&listing.config)?;
            let page = wait(ledger.quarantine_page(&filter, cursor(&listing)?, listing.limit.into()))?;
            if listing.json {
                for entry in &page.items {
                    say(&as_json(entry).to_string());
                }
            } else {
                let rows: Vec<Vec<String>> = page.items.iter().map(row).collect();
                say(&table(&["ID", "LAST", "TIMES", "SOURCE", "EVENT", "ACK", "CODE", "AT", "WHY"], &rows));
            }
            more(&listing, page.next);
            Ok(Ending::Fine)
        }
        QuarantineAct::Show { one, bytes } => {
            let (_, ledger) = open(&one.config)?;
            let stored = find(ledger.as_ref(), &one)?;
            if bytes {
                emit(stored.bytes.expose());
            } else if one.json {
                say(&as_json(&stored.entry).to_string());
            } else {
                let entry = &stored.entry;
                say(&format!("{}  {}  {} bytes", entry.id, entry.event, stored.bytes.expose().len()));
                say(&format!(
                    "  from {}, control id {}, {} time(s), last {}",
                    entry.source,
                    entry.identity.control_id,
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
        QuarantineAct::Replay(one) => {
            let Opened { config, ledger, clock } = open_with_clock(&one.config)?;
            let stored = find(ledger.as_ref(), &one)?;
            if is_part(&stored) {
                return Err(Trouble::failed(format!("{} cannot be replayed: {PART}", one.id)).hint(AGAIN));
            }
            if let Some(at) = stored.entry.replayed_at {
                known(&one, &format!("was replayed on {} already; nothing was done", moment(at)));
                return Ok(Ending::Fine);
            }
            replay(&config, &ledger, clock, &one, stored)
        }
    }
}

fn find(ledger: &dyn Ledger, one: &One) -> Result<StoredQuarantineEntry, Trouble> {
    wait(ledger.quarantined(&one.id))?.ok_or_else(|| {
        Trouble::failed(format!("there is no entry {}", one.id))
            .hint("`access-bridge quarantine list --all` shows them")
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

/// Says that an entry had been taken in before.
fn known(one: &One, how: &str) {
    if one.json {
        say(&json!({ "id": one.id, "taken": true, "before": true, "issues": [] }).to_string());
    } else {
        say(&format!("{} {how}", one.id));
    }
}

fn replay(
    config: &Config,
    ledger: &Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
    one: &One,
    stored: StoredQuarantineEntry,
) -> Done {
    let profile = crate::profile::Place::of(config).load()?;
    let adapter = crate::service::adapter(Some(config), &crate::profile::resolved(&profile)?)?;
    let routes = Arc::new(RouteTable::new(&config.file.route));
    let pipeline = Pipeline::new(Pool::new(adapter), Arc::clone(ledger), clock, routes);
    let feed = Received {
        bytes: stored.bytes,
        peer: None,
        source: Source::new(SourceKind::File, format!("quarantine/{}", one.id)),
        position: 1,
    };
    let receipt = runtime()?.block_on(async {
        let receipt = pipeline.receive(&feed).await.map_err(Trouble::failed)?;
        let became = match &receipt {
            Receipt::Accepted(stored) => Some(stored.feed.clone()),
            Receipt::Duplicate => Some(None),
            Receipt::Refused { .. } => None,
        };
        if let Some(feed) = became {
            ledger.replayed(&one.id, feed.as_deref()).await.map_err(Trouble::failed)?;
        }
        Ok::<_, Trouble>(receipt)
    })?;
    let issues: Vec<Issue> = match receipt {
        Receipt::Duplicate => {
            known(one, "had been taken in before, as its sender sent it again; nothing was done");
            return Ok(Ending::Fine);
        }
        Receipt::Accepted(_) => Vec::new(),
        Receipt::Refused { issues, .. } => issues.into_iter().filter(Issue::blocks).collect(),
    };
    if one.json {
        say(&json!({ "id": one.id, "taken": issues.is_empty(), "issues": issues }).to_string());
    } else if issues.is_empty() {
        say(&format!("{} was taken in", one.id));
    }
    if issues.is_empty() {
        return Ok(Ending::Fine);
    }
    for issue in issues.iter().filter(|_| !one.json) {
        say(&format!("{} at {}: {}", issue.code, issue.location, issue.message));
    }
    Err(Trouble::failed(format!("{} was refused again and stays in quarantine", one.id)))
}

fn row(entry: &QuarantineEntry) -> Vec<String> {
    vec![
        entry.id.clone(),
        moment(entry.last_at),
        entry.count.to_string(),
        entry.source.clone(),
        entry.event.clone(),
        answer(entry).to_owned(),
        entry.code.clone(),
        entry.location.clone(),
        entry.text.clone(),
    ]
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
