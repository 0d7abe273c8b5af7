//! Finds a person's charts from what somebody types, and their calendar.

use super::stored::wait;
use crate::output::Trouble;
use crate::pipeline::NEWEST;
use access_contract::{Deadline, Entry};
use access_mappings::Profile;
use bridge_ledger::{ChartFilter, Ledger, StoredChart};
use bridge_runtime::Instance;
use bridge_types::{Clock, Phi, SystemClock, Timestamp};

/// A chart with what a calendar and a report need.
pub(super) struct Person {
    pub(super) chart: StoredChart,
    pub(super) entries: Vec<Entry>,
    pub(super) dates: Vec<Deadline>,
}

/// The charts that somebody's words for a person lead to, at least one: a chart id, an MBI in any spelling, or
/// `authority|identifier`.
///
/// # Errors
/// A ledger that cannot be read, nobody under that id, or a chart that is another one's part now.
pub(super) fn find(ledger: &dyn Ledger, participant: Option<&str>, person: &str) -> Result<Vec<StoredChart>, Trouble> {
    if let Some(chart) = wait(ledger.chart(person))? {
        return match &chart.joined_into {
            None => Ok(vec![chart]),
            Some(other) => Err(Trouble::failed(format!("that chart was joined into {other}"))),
        };
    }
    let plain: String = person
        .chars()
        .filter(|letter| !matches!(letter, '-' | ' '))
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    let mut found = Vec::new();
    for key in [format!("mbi:{plain}"), format!("id:{person}")] {
        let filter = ChartFilter {
            participant: participant.map(str::to_owned),
            key: Some(Phi::new(key)),
            ..ChartFilter::default()
        };
        found.extend(wait(ledger.charts_page(&filter, None, 500))?.items);
    }
    if found.is_empty() {
        return Err(Trouble::failed("nobody is known by that id").hint(
            "name a chart id, an MBI, or `authority|identifier` as the feed has them; `access-bridge charts list` shows the charts",
        ));
    }
    Ok(found)
}

/// The one chart that somebody's words for a person lead to.
///
/// # Errors
/// As [`find`], and several.
pub(super) fn find_one(ledger: &dyn Ledger, participant: Option<&str>, person: &str) -> Result<StoredChart, Trouble> {
    let mut found = find(ledger, participant, person)?;
    found.pop().filter(|_| found.is_empty()).ok_or_else(|| {
        Trouble::failed("several charts are known by that id")
            .hint("name a chart id; `access-bridge charts list --person ID` shows them")
    })
}

/// The ids of a person's charts, to list what is about them; none where no person is named.
pub(super) fn charts(
    ledger: &dyn Ledger,
    participant: Option<&str>,
    person: Option<&str>,
) -> Result<Vec<String>, Trouble> {
    let Some(person) = person else { return Ok(Vec::new()) };
    Ok(find(ledger, participant, person)?.into_iter().map(|chart| chart.id).collect())
}

/// Refuses a track that the guide does not have.
pub(super) fn track(profile: &Profile, track: &str) -> Result<(), Trouble> {
    if profile.guide.track(track).is_some() {
        return Ok(());
    }
    let tracks: Vec<&str> = profile.guide.tracks.iter().map(|track| track.code.as_str()).collect();
    Err(Trouble::usage(format!("there is no track {track}")).hint(format!("the tracks are {}", tracks.join(", "))))
}

/// The time that `--now` names; the present where it names none.
pub(super) fn time(now: Option<&str>) -> Result<Timestamp, Trouble> {
    now.map_or_else(
        || Ok(SystemClock.now()),
        |text| {
            Timestamp::parse(text)
                .ok_or_else(|| Trouble::usage("--now: expected RFC 3339, such as 2026-11-23T12:00:00Z"))
        },
    )
}

/// A chart with its newest entries and its dates as of a time.
pub(super) fn load(
    ledger: &dyn Ledger,
    instance: &mut Instance,
    chart: StoredChart,
    now: Timestamp,
) -> Result<Person, Trouble> {
    let entries = wait(ledger.newest_entries(&chart.id, NEWEST))?;
    let now = now.rfc3339();
    let dates = instance
        .calendar(&chart.participant, chart.document.expose(), entries.clone(), &now)
        .map_err(Trouble::failed)?
        .map_err(|issue| Trouble::failed(format!("chart {}: {}: {}", chart.id, issue.code, issue.message)))?;
    Ok(Person { chart, entries, dates })
}
