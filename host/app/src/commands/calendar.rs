//! `access-bridge calendar`: what is due when, and what reports still need.

mod ics;
mod next;

use super::people::{self, Person};
use super::stored::{known_participant, open, wait};
use crate::cli::Calendar;
use crate::output::{Done, Ending, Trouble, emit, say, table};
use access_contract::Deadline;
use bridge_ledger::{ChartFilter, StoredChart};
use bridge_types::{Clock, SystemClock};
use serde_json::json;
use std::time::Duration;

/// Charts of one page.
const PAGE: usize = 200;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// One date of one chart.
struct Row {
    participant: String,
    chart: String,
    date: Deadline,
    /// The submission of its report that is not over.
    submission: Option<String>,
    /// What is to be done.
    next: String,
}

/// Lists the calendar.
///
/// # Errors
/// A ledger or a profile that cannot be used, or nobody by that name.
pub fn calendar(arguments: &Calendar) -> Done {
    let now = people::time(arguments.now.as_deref())?;
    let (config, ledger) = open(&arguments.config)?;
    let profile = crate::profile::Place::of(&config).load()?;
    if let Some(track) = &arguments.track {
        people::track(&profile, track)?;
    }
    let resolved = crate::profile::resolved(&profile)?;
    let mut instance = crate::service::adapter(Some(&config), &resolved)?.instantiate().map_err(Trouble::failed)?;
    let mut rows = Vec::new();
    let mut take = |chart: StoredChart| -> Result<(), Trouble> {
        let Person { chart, dates, .. } = people::load(ledger.as_ref(), &mut instance, chart, now)?;
        for date in dates {
            let under_way = next::under_way(ledger.as_ref(), &chart.id, &date)?;
            let next = next::step(&profile, &chart.participant, &chart.id, &date, under_way.as_ref());
            let (participant, chart) = (chart.participant.clone(), chart.id.clone());
            rows.push(Row { participant, chart, date, submission: under_way.map(|submission| submission.id), next });
        }
        Ok(())
    };
    if let Some(person) = &arguments.person {
        let found = people::find(ledger.as_ref(), arguments.participant.as_deref(), person)?;
        found.into_iter().try_for_each(&mut take)?;
    } else {
        let filter = ChartFilter { participant: arguments.participant.clone(), ..ChartFilter::default() };
        let mut after = None;
        loop {
            let page = wait(ledger.charts_page(&filter, after, PAGE))?;
            page.items.into_iter().try_for_each(&mut take)?;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    if rows.is_empty() {
        known_participant(&config, arguments.participant.as_deref())?;
    }
    let last = arguments.within.map(|days| day(now.plus(DAY * u32::from(days))));
    rows.retain(|row| {
        (arguments.all || row.date.state != "done")
            && arguments.track.as_deref().is_none_or(|track| track == row.date.track.as_str())
            && last.as_deref().is_none_or(|last| row.date.due.as_str() <= last)
    });
    rows.sort_by(|one, other| (&one.date.due, &one.chart).cmp(&(&other.date.due, &other.chart)));
    if arguments.ics {
        emit(ics::write(&rows, SystemClock.now()).as_bytes());
    } else if arguments.json {
        rows.iter().for_each(|row| say(&line(row)));
    } else {
        say(&if rows.is_empty() { none(arguments) } else { shown(&rows) });
    }
    Ok(Ending::Fine)
}

fn day(at: bridge_types::Timestamp) -> String {
    at.rfc3339().chars().take(10).collect()
}

fn line(row: &Row) -> String {
    let date = &row.date;
    json!({
        "participant": row.participant,
        "chart": row.chart,
        "track": date.track.as_str(),
        "kind": date.kind,
        "period": date.period,
        "alignment": date.alignment,
        "from": (!date.from.is_empty()).then_some(&date.from),
        "opens": date.opens,
        "due": date.due,
        "state": date.state,
        "missing": date.missing,
        "submission": row.submission,
        "next": row.next,
    })
    .to_string()
}

/// Why the list is empty.
fn none(arguments: &Calendar) -> String {
    let narrowed = arguments.track.is_some() || arguments.within.is_some() || !arguments.all;
    let hint = if narrowed { "; `--all` shows also what is done" } else { "" };
    match &arguments.within {
        Some(days) => format!("nothing is due within {days} days{hint}"),
        None => format!("nothing is due; dates follow from an alignment or a control group{hint}"),
    }
}

/// One line for each date, with what it lacks and what is to be done under it.
fn shown(rows: &[Row]) -> String {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|Row { chart, date, .. }| {
            let name = if date.period.is_empty() { &date.kind } else { &date.period };
            vec![
                date.due.clone(),
                date.opens.clone().unwrap_or_default(),
                date.state.clone(),
                date.track.as_str().to_owned(),
                name.clone(),
                chart.clone(),
            ]
        })
        .collect();
    let dates = table(&["DUE", "OPENS", "STATE", "TRACK", "WHAT", "CHART"], &cells);
    let mut lines = dates.lines();
    let mut text: Vec<String> = lines.next().map(str::to_owned).into_iter().collect();
    for (line, Row { date, next, .. }) in lines.zip(rows) {
        text.push(line.to_owned());
        for (label, more) in [("missing", date.missing.join(", ")), ("next", next.clone())] {
            if !more.is_empty() {
                text.push(format!("{:width$}{label}: {more}", "", width = date.due.len() + 2));
            }
        }
    }
    text.join("\n")
}
