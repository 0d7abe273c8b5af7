//! `access-bridge convert --stats`: how fast feeds go through the component, what they are, what is noticed about them, and
//! how much memory that takes. Nothing here grows with the number of feeds.

mod events;
mod histogram;
mod memory;
mod report;

use super::offline::{Converted, Desk, Feed, feeds};
use super::summary::Summary;
use crate::cli::Offline;
use crate::output::{Done, Ending, say, warn};
use events::Events;
use histogram::Histogram;
use report::Report;
use std::time::Duration;
use tokio::time::Instant;

/// What was counted on the way.
#[derive(Default)]
struct Counts {
    feeds: u64,
    read: u64,
    refused: u64,
    bytes: u64,
    submissions: u64,
    events: Events,
    summary: Summary,
    times: Histogram,
    converting: Duration,
}

impl Counts {
    fn count(&mut self, feed: &Feed, converted: &Converted, took: Duration) {
        self.feeds += 1;
        self.read += u64::from(converted.read);
        self.refused += u64::from(converted.refused);
        self.bytes += feed.bytes.len() as u64;
        self.submissions += converted.submissions.len() as u64;
        self.events.count(&converted.header);
        self.summary.count(converted);
        self.times.count(took);
        self.converting += took;
    }
}

/// Converts without printing payloads, and prints what it came to on standard output.
///
/// # Errors
/// As [`super::convert::convert`].
pub fn stats(offline: &Offline, json: bool) -> Done {
    let mut desk = Desk::open(offline)?;
    let loaded = memory::peak();
    let mut counts = Counts::default();
    let began = Instant::now();
    let unreadable = feeds(
        &offline.files,
        |feed| {
            let before = Instant::now();
            let converted = desk.convert(&feed)?;
            counts.count(&feed, &converted, before.elapsed());
            Ok(())
        },
        warn,
    )?;
    let report = Report::of(&counts, began.elapsed(), loaded, memory::peak());
    say(&if json { serde_json::to_string(&report).unwrap_or_default() } else { report.to_string() });
    let (total, refused) = (usize::try_from(counts.feeds), usize::try_from(counts.refused));
    let (total, refused) = (total.unwrap_or(usize::MAX), refused.unwrap_or(usize::MAX));
    Ok(if total == 0 && unreadable > 0 {
        Ending::Usage
    } else {
        Ending::of(total.saturating_add(unreadable), refused.saturating_add(unreadable))
    })
}
