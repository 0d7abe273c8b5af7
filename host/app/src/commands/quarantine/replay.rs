//! Takes refused feeds in again, as if they came now: one, or all that were refused for the same reason.

use super::{AGAIN, PART, find, is_part, known_code};
use crate::cli::{ConfigArgument, Refused};
use crate::commands::run::runtime;
use crate::commands::stored::{moment, open_with_clock, wait};
use crate::output::{Done, Ending, Trouble, say};
use crate::pipeline::{Pipeline, Receipt};
use access_contract::Issue;
use bridge_ingest::{Received, Source, SourceKind};
use bridge_ledger::{Ledger, QuarantineFilter, StoredQuarantineEntry};
use bridge_types::Timestamp;
use serde_json::json;

/// Entries read at a time.
const PAGE: usize = 500;

/// What became of one entry.
enum Became {
    /// Its feed was taken in.
    Taken,
    /// It was taken in before, in this way; nothing was done.
    Before(String),
    /// It was refused again.
    Refused(Vec<Issue>),
    /// It holds no whole feed.
    Part,
}

/// Replays one entry, or those that a code or a time names, oldest first.
///
/// # Errors
/// A ledger or a profile that cannot be used, no such entry, or one that cannot be taken in.
pub(super) fn replay(config: &ConfigArgument, json: bool, id: Option<&str>, which: &Refused) -> Done {
    let opened = open_with_clock(config)?;
    let ledger = opened.ledger.as_ref();
    let entries = if id.is_none() { named(ledger, which)? } else { Vec::new() };
    if entries.is_empty() {
        known_code(which.code.as_deref())?;
    }
    let pipeline = opened.pipeline()?;
    let runtime = runtime()?;
    let again = |entry: &str| -> Result<Became, Trouble> {
        let stored = find(ledger, entry)?;
        let became = runtime.block_on(again(&pipeline, ledger, entry, stored))?;
        tell(entry, &became, json);
        Ok(became)
    };
    if let Some(id) = id {
        return match again(id)? {
            Became::Taken | Became::Before(_) => Ok(Ending::Fine),
            Became::Refused(_) => Ok(Ending::Failed),
            Became::Part => Err(Trouble::failed(format!("{id} cannot be replayed: {PART}")).hint(AGAIN)),
        };
    }
    let mut taken = 0;
    for entry in &entries {
        taken += usize::from(matches!(again(entry)?, Became::Taken | Became::Before(_)));
    }
    let left = entries.len().saturating_sub(taken);
    if !json {
        say(&format!("{taken} taken in, {left} still in quarantine"));
    }
    Ok(Ending::of(entries.len(), left))
}

/// The entries that wait and that are named, oldest first.
fn named(ledger: &dyn Ledger, which: &Refused) -> Result<Vec<String>, Trouble> {
    let filter = QuarantineFilter { code: which.code.clone(), ..QuarantineFilter::default() };
    let within =
        |at: Timestamp| which.since.is_none_or(|since| at >= since) && which.until.is_none_or(|until| at < until);
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = wait(ledger.quarantine_page(&filter, after, PAGE))?;
        ids.extend(page.items.into_iter().filter(|entry| within(entry.last_at)).map(|entry| entry.id));
        after = page.next;
        if after.is_none() {
            ids.reverse();
            return Ok(ids);
        }
    }
}

async fn again(
    pipeline: &Pipeline,
    ledger: &dyn Ledger,
    id: &str,
    stored: StoredQuarantineEntry,
) -> Result<Became, Trouble> {
    if is_part(&stored) {
        return Ok(Became::Part);
    }
    if let Some(at) = stored.entry.replayed_at {
        return Ok(Became::Before(format!("was replayed on {} already", moment(at))));
    }
    let feed = Received {
        bytes: stored.bytes,
        peer: None,
        source: Source::new(SourceKind::File, format!("quarantine/{id}")),
        position: 1,
    };
    let (feed, became) = match pipeline.receive(&feed).await.map_err(Trouble::failed)? {
        Receipt::Accepted(stored) => (stored.feed, Became::Taken),
        Receipt::Duplicate => {
            (None, Became::Before("had been taken in before, as its sender sent it again".to_owned()))
        }
        Receipt::Refused { issues, .. } => {
            return Ok(Became::Refused(issues.into_iter().filter(Issue::blocks).collect()));
        }
    };
    ledger.replayed(id, feed.as_deref()).await.map_err(Trouble::failed)?;
    Ok(became)
}

fn tell(id: &str, became: &Became, as_json: bool) {
    if as_json {
        let line = match became {
            Became::Taken => json!({ "id": id, "taken": true, "issues": [] }),
            Became::Before(_) => json!({ "id": id, "taken": true, "before": true, "issues": [] }),
            Became::Refused(issues) => json!({ "id": id, "taken": false, "issues": issues }),
            Became::Part => json!({ "id": id, "taken": false, "part": true, "issues": [] }),
        };
        return say(&line.to_string());
    }
    match became {
        Became::Taken => say(&format!("{id} was taken in")),
        Became::Before(how) => say(&format!("{id} {how}; nothing was done")),
        Became::Refused(issues) => {
            say(&format!("{id} was refused again and stays in quarantine"));
            for issue in issues {
                say(&format!("  {} at {}: {}", issue.code, issue.location, issue.message));
            }
        }
        Became::Part => say(&format!("{id} cannot be replayed: {PART}")),
    }
}
