//! `access-bridge charts`: list, show.

use super::people;
use super::stored::{cursor, known_participant, moment, more, open, wait};
use crate::cli::ChartsAct;
use crate::output::{Done, Ending, Trouble, list, say};
use bridge_ledger::{ChartFilter, Page, StoredChart};
use serde_json::{Value, json};

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
            let chart = wait(ledger.chart(&one.id))?.ok_or_else(|| {
                Trouble::failed(format!("there is no chart {}", one.id)).hint("`access-bridge charts list` shows them")
            })?;
            let stored = parsed(&chart);
            if document {
                say(chart.document.expose());
            } else if one.json {
                let mut value = summary(&chart);
                if let Some(fields) = value.as_object_mut() {
                    fields.insert("document".to_owned(), stored);
                }
                say(&value.to_string());
            } else {
                say(&format!("{}  {}  version {}  {}", chart.id, chart.participant, chart.version, standing(&chart)));
                say(&serde_json::to_string_pretty(&stored).unwrap_or_default());
            }
        }
    }
    Ok(Ending::Fine)
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
