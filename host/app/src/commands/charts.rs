//! `access-bridge charts`: list, show.

use super::people;
use super::stored::{cursor, known_participant, moment, more, open, wait};
use crate::cli::ChartsAct;
use crate::output::{Done, Ending, list, say, table};
use crate::pipeline::NEWEST;
use access_contract::Entry;
use bridge_ledger::{ChartFilter, Page, StoredChart};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Carries out one act.
///
/// # Errors
/// A ledger that cannot be used, or no such chart.
pub fn act(act: ChartsAct) -> Done {
    match act {
        ChartsAct::List { listing, about } => {
            let (config, ledger) = open(&listing.config)?;
            let page = match &about.person {
                Some(person) => {
                    let items = people::find(ledger.as_ref(), listing.participant.as_deref(), person)?;
                    Page { items, next: None }
                }
                None => {
                    let filter = ChartFilter { participant: listing.participant.clone(), ..ChartFilter::default() };
                    wait(ledger.charts_page(&filter, cursor(&listing)?, listing.limit.into()))?
                }
            };
            if page.items.is_empty() {
                known_participant(&config, listing.participant.as_deref())?;
            }
            if listing.json {
                for chart in &page.items {
                    say(&summary(chart).to_string());
                }
            } else {
                let rows: Vec<Vec<String>> = page
                    .items
                    .iter()
                    .map(|chart| {
                        vec![chart.id.clone(), chart.participant.clone(), standing(chart), moment(chart.changed_at)]
                    })
                    .collect();
                list(&["ID", "PARTICIPANT", "STANDING", "CHANGED"], &rows);
            }
            more(&listing, page.next);
        }
        ChartsAct::Show { one, document } => {
            let (_, ledger) = open(&one.config)?;
            // By its own id also one that was joined into another.
            let chart = match wait(ledger.chart(&one.id))? {
                Some(chart) => chart,
                None => people::find_one(ledger.as_ref(), None, &one.id)?,
            };
            let entries = wait(ledger.newest_entries(&chart.id, NEWEST))?;
            let stored = parsed(&chart);
            if document {
                say(chart.document.expose());
            } else if one.json {
                let mut value = summary(&chart);
                if let Some(fields) = value.as_object_mut() {
                    fields.insert("document".to_owned(), stored);
                    let kept = readings(&entries).into_iter().map(|(code, (number, newest))| {
                        (code.to_owned(), json!({ "times": number, "newest": newest }))
                    });
                    fields.insert("entries".to_owned(), kept.collect());
                }
                say(&value.to_string());
            } else {
                say(&format!("{}  {}  version {}  {}", chart.id, chart.participant, chart.version, standing(&chart)));
                let rows: Vec<Vec<String>> = readings(&entries)
                    .into_iter()
                    .map(|(code, (number, newest))| vec![code.to_owned(), number.to_string(), newest.to_owned()])
                    .collect();
                if !rows.is_empty() {
                    say(&table(&["MEASURE", "TIMES", "NEWEST"], &rows));
                }
                say(&serde_json::to_string_pretty(&stored).unwrap_or_default());
            }
        }
    }
    Ok(Ending::Fine)
}

/// Of how many times something is kept of each measure and instrument, [`NEWEST`] entries at most, and the newest of them.
fn readings(entries: &[Entry]) -> BTreeMap<&str, (usize, &str)> {
    let mut times: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for entry in entries {
        times.entry(&entry.code).or_default().insert(&entry.at);
    }
    times.into_iter().map(|(code, times)| (code, (times.len(), times.last().copied().unwrap_or_default()))).collect()
}

fn parsed(chart: &StoredChart) -> Value {
    serde_json::from_str(chart.document.expose()).unwrap_or(Value::Null)
}

/// Standing by track, from the document: `CKM aligned, MSK eligible`.
fn standing(chart: &StoredChart) -> String {
    let document = parsed(chart);
    let tracks = document.get("standing").and_then(Value::as_object).into_iter().flatten();
    tracks
        .map(|(track, standing)| {
            format!("{track} {}", standing.get("state").and_then(Value::as_str).unwrap_or_default())
        })
        .collect::<Vec<_>>()
        .join(", ")
}

fn summary(chart: &StoredChart) -> Value {
    json!({
        "id": chart.id,
        "participant": chart.participant,
        "version": chart.version,
        "standing": parsed(chart).get("standing").cloned().unwrap_or_default(),
        "joined_into": chart.joined_into,
        "created_at": chart.created_at.rfc3339(),
        "changed_at": chart.changed_at.rfc3339(),
    })
}
