//! `access-bridge notices`: list, show, redeliver. What CMS told by itself: `cms_notices`.

use super::stored::{cursor, moment, more, open, wait};
use crate::cli::NoticesAct;
use crate::output::{Done, Ending, Trouble, say, table};
use bridge_ledger::{NoticeFilter, NoticeSummary, StoredNotice};
use serde_json::{Value, json};

/// Carries out one act.
///
/// # Errors
/// A ledger that cannot be used, or no such notice.
pub fn act(act: NoticesAct) -> Done {
    match act {
        NoticesAct::List(listing) => {
            let filter = NoticeFilter { participant: listing.participant.clone(), ..NoticeFilter::default() };
            let (_, ledger) = open(&listing.config)?;
            let page = wait(ledger.notices_page(&filter, cursor(&listing)?, listing.limit.into()))?;
            if listing.json {
                for notice in &page.items {
                    say(&as_json(notice).to_string());
                }
            } else {
                let rows: Vec<Vec<String>> = page
                    .items
                    .iter()
                    .map(|one| {
                        vec![
                            one.id.clone(),
                            moment(one.at),
                            one.severity.clone(),
                            one.kind.to_string(),
                            one.code.clone(),
                            one.submission.clone().unwrap_or_default(),
                        ]
                    })
                    .collect();
                say(&table(&["ID", "AT", "SEVERITY", "KIND", "CODE", "SUBMISSION"], &rows));
            }
            more(&listing, page.next);
        }
        NoticesAct::Show(one) => {
            let (_, ledger) = open(&one.config)?;
            let stored = wait(ledger.notice(&one.id))?.ok_or_else(|| {
                Trouble::failed(format!("there is no notice {}", one.id))
                    .hint("`access-bridge notices list` shows them")
            })?;
            if one.json { say(&whole(&stored).to_string()) } else { tell(&stored) }
        }
        NoticesAct::Cms { act } => return super::cms_notices::act(act),
        NoticesAct::Redeliver { one, route } => {
            let (config, ledger) = open(&one.config)?;
            if !config.file.route.iter().any(|known| known.name == route) {
                let known: Vec<&str> = config.file.route.iter().map(|known| known.name.as_str()).collect();
                return Err(Trouble::usage(format!("--route: the configuration has no route \"{route}\""))
                    .hint(format!("it has {}", known.join(", "))));
            }
            wait(ledger.redeliver(&one.id, &route))?;
            if one.json {
                say(&json!({ "id": one.id, "route": route, "state": "pending" }).to_string());
            } else {
                say(&format!("{} goes to {route} again", one.id));
            }
        }
    }
    Ok(Ending::Fine)
}

fn as_json(notice: &NoticeSummary) -> Value {
    json!({
        "id": notice.id,
        "at": notice.at.rfc3339(),
        "participant": notice.participant,
        "kind": notice.kind.as_str(),
        "severity": notice.severity,
        "code": notice.code,
        "submission": notice.submission,
        "chart": notice.chart,
        "feed": notice.feed,
    })
}

fn whole(stored: &StoredNotice) -> Value {
    let mut value = as_json(&stored.summary);
    let deliveries: Vec<Value> = stored
        .deliveries
        .iter()
        .map(|one| {
            json!({
                "route": one.route,
                "state": one.state.as_str(),
                "failures": one.failures,
                "next_at": one.next_at.map(bridge_types::Timestamp::rfc3339),
                "delivered_at": one.delivered_at.map(bridge_types::Timestamp::rfc3339),
                "note": one.note,
            })
        })
        .collect();
    if let Some(fields) = value.as_object_mut() {
        fields.insert("notice".to_owned(), json!(stored.notice.expose()));
        fields.insert("deliveries".to_owned(), Value::Array(deliveries));
    }
    value
}

fn tell(stored: &StoredNotice) {
    let notice = stored.notice.expose();
    say(&format!("{}  {}  {}  {}", stored.summary.id, notice.kind, notice.severity, moment(stored.summary.at)));
    say(&format!("  {} {}: {}", notice.code, notice.display, notice.text));
    say(&format!("  next: {}", notice.next_step));
    for date in &notice.dates {
        say(&format!("  {}: {}", date.name, date.date));
    }
    for delivery in &stored.deliveries {
        say(&format!(
            "  route {}: {} ({} failure(s)) {}",
            delivery.route,
            delivery.state.as_str(),
            delivery.failures,
            delivery.note
        ));
    }
}
