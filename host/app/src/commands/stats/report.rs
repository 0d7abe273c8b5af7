//! What a run came to, for people and as JSON.

use super::Counts;
use crate::output::table;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// The report. Its keys are relied upon by others; they are only ever added to.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    feeds: u64,
    /// Read, refused by a rule or not.
    read: u64,
    unreadable: u64,
    /// What a service refuses: by a rule, or because it cannot be read.
    refused: u64,
    submissions: u64,
    bytes: u64,
    /// From the first byte to the end, reading the input included.
    seconds: f64,
    /// Of that, inside the conversion.
    converting_seconds: f64,
    feeds_per_second: f64,
    /// Millions of bytes.
    megabytes_per_second: f64,
    p50_microseconds: Option<f64>,
    p99_microseconds: Option<f64>,
    /// Most memory of the process, and how much of it was taken before the first feed.
    peak_memory_bytes: Option<u64>,
    loaded_memory_bytes: Option<u64>,
    events: BTreeMap<String, u64>,
    codes: Vec<Code>,
    #[serde(skip)]
    summary: String,
}

#[derive(Debug, Serialize)]
struct Code {
    severity: String,
    code: String,
    count: u64,
}

impl Report {
    pub(super) fn of(counts: &Counts, took: Duration, loaded: Option<u64>, peak: Option<u64>) -> Self {
        let seconds = took.as_secs_f64();
        let rate = |amount: f64| if seconds > 0.0 { round(amount / seconds) } else { 0.0 };
        let micros = |percent| counts.times.percentile(percent).map(|time| round(time.as_secs_f64() * 1e6));
        let codes = counts.summary.codes();
        Self {
            feeds: counts.feeds,
            read: counts.read,
            unreadable: counts.feeds - counts.read,
            refused: counts.refused,
            submissions: counts.submissions,
            bytes: counts.bytes,
            seconds: round(seconds),
            converting_seconds: round(counts.converting.as_secs_f64()),
            feeds_per_second: rate(counts.feeds as f64),
            megabytes_per_second: rate(counts.bytes as f64 / 1e6),
            p50_microseconds: micros(50),
            p99_microseconds: micros(99),
            peak_memory_bytes: peak,
            loaded_memory_bytes: loaded,
            events: counts.events.counts().clone(),
            codes: codes
                .map(|(severity, code, count)| Code { severity: severity.to_owned(), code: code.to_owned(), count })
                .collect(),
            summary: counts.summary.to_string(),
        }
    }
}

/// Two digits after the point.
fn round(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.events.is_empty() {
            let mut rows: Vec<(&String, u64)> = self.events.iter().map(|(name, count)| (name, *count)).collect();
            rows.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            let rows: Vec<Vec<String>> =
                rows.into_iter().map(|(name, count)| vec![name.clone(), count.to_string()]).collect();
            writeln!(f, "{}\n", table(&["EVENT", "COUNT"], &rows))?;
        }
        writeln!(f, "{}\n", self.summary)?;
        let known = |value: Option<f64>| value.map_or("unknown".to_owned(), |value| format!("{value:.1} us"));
        let mib = |bytes: Option<u64>| {
            bytes.map_or("unknown".to_owned(), |bytes| format!("{:.1} MiB", bytes as f64 / 1_048_576.0))
        };
        writeln!(f, "submissions  {}", self.submissions)?;
        writeln!(f, "bytes        {}", self.bytes)?;
        writeln!(f, "time         {:.2} s, {:.2} s of it converting", self.seconds, self.converting_seconds)?;
        writeln!(f, "throughput   {:.0} feeds/s, {:.2} MB/s", self.feeds_per_second, self.megabytes_per_second)?;
        writeln!(f, "per feed     p50 {}, p99 {}", known(self.p50_microseconds), known(self.p99_microseconds))?;
        write!(
            f,
            "memory       peak {}, {} before the first feed",
            mib(self.peak_memory_bytes),
            mib(self.loaded_memory_bytes)
        )
    }
}
