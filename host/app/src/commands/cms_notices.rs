//! `access-bridge notices cms`: list, show, match.

use super::run::runtime;
use super::stored::{Opened, cursor, known_participant, moment, more, open, open_with_clock, wait, who};
use crate::cli::{CmsAct, One};
use crate::config::Config;
use crate::output::{Done, Ending, Trouble, emit, list, say};
use crate::service::{Shared, announcer};
use crate::settling::RouteTable;
use bridge_ledger::{CmsNoticeFilter, CmsNoticeSummary, Ledger, StoredCmsNotice};
use bridge_runtime::Pool;
use bridge_types::{Clock, RandomIds, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

/// Carries out one act.
///
/// # Errors
/// A ledger that cannot be used, no such record, or a match that is not possible.
pub(super) fn act(act: CmsAct) -> Done {
    match act {
        CmsAct::List { listing, unmatched } => {
            let filter =
                CmsNoticeFilter { participant: listing.participant.clone(), unmatched, ..CmsNoticeFilter::default() };
            let (config, ledger) = open(&listing.config)?;
            let page = wait(ledger.cms_notices_page(&filter, cursor(&listing)?, listing.limit.into()))?;
            if page.items.is_empty() {
                known_participant(&config, listing.participant.as_deref())?;
            }
            if listing.json {
                for one in &page.items {
                    say(&as_json(one).to_string());
                }
            } else {
                let rows: Vec<Vec<String>> = page.items.iter().map(row).collect();
                list(&["ID", "RECEIVED", "SOURCE", "EVENT", "DEADLINE", "CMS ID", "SUBMISSION", "WHY NOT"], &rows);
            }
            more(&listing, page.next);
            Ok(Ending::Fine)
        }
        CmsAct::Show { one, bytes } => {
            let (_, ledger) = open(&one.config)?;
            let stored = find(ledger.as_ref(), &one)?;
            if bytes {
                emit(stored.bytes.expose());
            } else if one.json {
                say(&as_json(&stored.summary).to_string());
            } else {
                tell(&stored);
            }
            Ok(Ending::Fine)
        }
        CmsAct::Match { one, submission } => {
            let Opened { config, ledger, clock } = open_with_clock(&one.config)?;
            let stored = find(ledger.as_ref(), &one)?;
            connect(&config, ledger, clock, &one, &stored, submission.as_deref())
        }
    }
}

fn find(ledger: &dyn Ledger, one: &One) -> Result<StoredCmsNotice, Trouble> {
    wait(ledger.cms_notice(&one.id))?.ok_or_else(|| {
        Trouble::failed(format!("there is no notice of CMS {}", one.id))
            .hint("`access-bridge notices cms list` shows them")
    })
}

fn connect(
    config: &Config,
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
    one: &One,
    stored: &StoredCmsNotice,
    submission: Option<&str>,
) -> Done {
    let profile = crate::profile::Place::of(config).load()?;
    let adapter = crate::service::adapter(Some(config), &crate::profile::resolved(&profile)?)?;
    let shared = Shared {
        pool: Pool::new(adapter),
        ledger,
        clock,
        ids: Arc::new(RandomIds),
        routes: Arc::new(RouteTable::new(&config.file.route)),
        // A running service finds the notices by itself.
        bells: Arc::default(),
    };
    let announcer = announcer(&profile, &shared);
    let matched = runtime()?.block_on(announcer.match_by_hand(stored, submission, &who())).map_err(|trouble| {
        Trouble::failed(format!("{}: {trouble}", one.id))
            .hint("`access-bridge submissions list --operation align` shows the alignments")
    })?;
    if one.json {
        say(&json!({ "id": one.id, "submission": matched }).to_string());
    } else {
        say(&format!("{} is matched to submission {matched}", one.id));
    }
    Ok(Ending::Fine)
}

fn row(one: &CmsNoticeSummary) -> Vec<String> {
    vec![
        one.id.clone(),
        moment(one.received_at),
        one.source.clone(),
        one.facts.event.clone(),
        one.facts.deadline.clone(),
        one.facts.cms_submission.clone(),
        one.submission.clone().unwrap_or_default(),
        if one.submission.is_none() { one.reason.clone() } else { String::new() },
    ]
}

fn as_json(one: &CmsNoticeSummary) -> Value {
    json!({
        "id": one.id,
        "received_at": one.received_at.rfc3339(),
        "source": one.source,
        "event": one.facts.event,
        "cms_submission": one.facts.cms_submission,
        "participant": one.facts.participant,
        "deadline": one.facts.deadline,
        "attachments": one.facts.attachments,
        "submission": one.submission,
        "chart": one.chart,
        "reason": one.reason,
        "message": one.text,
        "matched_at": one.matched_at.map(Timestamp::rfc3339),
        "matched_by": one.matched_by,
    })
}

fn tell(stored: &StoredCmsNotice) {
    let one = &stored.summary;
    let or_none = |text: &str| if text.is_empty() { "none named".to_owned() } else { text.to_owned() };
    say(&format!("{}  {}  {}  {} bytes", one.id, one.source, moment(one.received_at), stored.bytes.expose().len()));
    say(&format!("  event: {}", or_none(&one.facts.event)));
    say(&format!("  id given by CMS: {}", or_none(&one.facts.cms_submission)));
    say(&format!("  participant: {}", or_none(&one.facts.participant)));
    say(&format!("  deadline: {}", or_none(&one.facts.deadline)));
    if one.facts.attachments > 0 {
        say(&format!("  attachments left aside: {}", one.facts.attachments));
    }
    match &one.submission {
        Some(submission) => {
            let by = one.matched_at.map(|at| format!(", matched {} by {}", moment(at), one.matched_by));
            say(&format!("  about submission {submission}{}", by.unwrap_or_default()));
        }
        None => {
            say(&format!("  not matched, {}: {}", one.reason, one.text));
            say(&format!(
                "\n  as it came: access-bridge notices cms show --bytes {0}\n  to match it: access-bridge notices cms match {0} --submission ID",
                one.id
            ));
        }
    }
}
