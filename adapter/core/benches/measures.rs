//! What results cost: taking a message of eight in, and choosing a report's readings from charts of several sizes. Ratios of one
//! run, since times of one machine say nothing about another.
//!
//! Run it with `cargo bench -p access-core --bench measures`; a number after `--` is the number of samples.

use access_contract::{ChartRecord, Entry, PlanRequest};
use access_core::measures::{Asked, select};
use access_core::{plan, read};
use access_mappings::Profile;
use std::hint::black_box;
use std::io::{Error, Write, stdout};
use std::time::Instant;

/// When everything is planned and reported.
const NOW: &str = "2027-06-30T12:00:00Z";
/// Samples are means of several runs where one is short beside the clock.
const BATCH: u32 = 8;
/// Samples of each way, unless the command line says otherwise.
const ROUNDS: usize = 60;
/// Entries of the charts.
const SIZES: [usize; 4] = [50, 500, 5_000, 50_000];
const PERSON: &str = "PID|1||400112^^^MAIN^MR~3AA1AA1AA11^^^CMS^MC||HALVORSEN^RUTH||19470912|F";
/// One visit's vital signs and laboratory.
const ROWS: [&str; 8] = [
    "NM|8480-6^SBP^LN||132|mm[Hg]",
    "NM|8462-4^DBP^LN||84|mm[Hg]",
    "NM|29463-7^Weight^LN||187|lb",
    "NM|8302-2^Height^LN||64|in",
    "NM|4548-4^HbA1c^LN||7.0|%",
    "NM|13457-7^LDL^LN||140|mg/dL",
    "NM|2085-9^HDL^LN||42|mg/dL",
    "NM|98979-8^eGFR^LN||>60|mL/min/1.73m2",
];

struct Stage {
    profile: Profile,
    message: String,
    chart: ChartRecord,
    charts: [Vec<Entry>; SIZES.len()],
}

fn main() -> std::io::Result<()> {
    let rounds = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(ROUNDS);
    let stage = Stage::set().ok_or_else(|| Error::other("the feed leads to no entries"))?;
    let mut samples: [Vec<f64>; SIZES.len() + 2] = Default::default();
    for _ in 0..rounds {
        let ways = (0..SIZES.len() + 2).map(|way| time(|| stage.run(way)));
        samples.iter_mut().zip(ways).for_each(|(samples, sample)| samples.push(sample));
    }
    let medians = samples.map(|mut samples| {
        samples.sort_by(f64::total_cmp);
        samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
    });
    let [read, taken, chosen @ ..] = medians;
    let mut out = stdout().lock();
    writeln!(
        out,
        "{} bytes with {} results, medians of {rounds} interleaved samples",
        stage.message.len(),
        ROWS.len()
    )?;
    writeln!(
        out,
        "{:<36} {:>8.2}x of reading it, {:.0} messages/s on this machine",
        "read and plan",
        taken / read,
        1.0 / taken
    )?;
    for (size, median) in SIZES.iter().zip(chosen) {
        writeln!(out, "{:<36} {:>8.2}x of reading one message", format!("choose from {size} entries"), median / read)?;
    }
    Ok(())
}

impl Stage {
    fn set() -> Option<Self> {
        let profile = access_mappings::example().ok()?;
        let message = message(0);
        let reading = read::read_text(&profile, &message).ok()?;
        let facts = reading.subjects.into_iter().next()?.facts;
        let planned = plan::plan(&profile, &request(facts, Vec::new())).ok()?.chart?;
        let chart = ChartRecord { id: "c".to_owned(), document: planned.document };
        let charts = SIZES.map(|size| history(&profile, &chart, size));
        (charts.last()?.len() == *SIZES.last()?).then_some(Self { profile, message, chart, charts })
    }

    fn run(&self, way: usize) -> usize {
        match way {
            0 => read::read_text(&self.profile, black_box(&self.message)).map_or(0, |reading| reading.subjects.len()),
            1 => take(&self.profile, &self.chart, black_box(&self.message)).len(),
            size => {
                let asked = Asked { track: "CKM", from: "2020-01-01", at: NOW, born: None, died: None };
                let entries = self.charts.get(size - 2).map_or(&[][..], Vec::as_slice);
                black_box(select(&self.profile, &asked, entries)).measures.len()
            }
        }
    }
}

/// So many entries of a chart, one visit after the other.
fn history(profile: &Profile, chart: &ChartRecord, size: usize) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for visit in 0..size.div_ceil(ROWS.len()) {
        entries.extend(take(profile, chart, &message(visit)));
    }
    entries.truncate(size);
    entries
}

fn take(profile: &Profile, chart: &ChartRecord, message: &str) -> Vec<Entry> {
    let Ok(reading) = read::read_text(profile, message) else { return Vec::new() };
    let facts = reading.subjects.into_iter().map(|subject| subject.facts);
    let plans = facts.filter_map(|facts| plan::plan(profile, &request(facts, vec![chart.clone()])).ok());
    plans.filter_map(|plan| plan.chart).flat_map(|change| change.entries).collect()
}

fn request(facts: String, charts: Vec<ChartRecord>) -> PlanRequest {
    PlanRequest {
        participant: "ACCES12345".to_owned(),
        feed: "1".to_owned(),
        facts,
        charts,
        entries: Vec::new(),
        now: NOW.to_owned(),
    }
}

/// A message of eight results; visits are an hour apart.
fn message(visit: usize) -> String {
    let (day, hour) = (visit / 24, visit % 24);
    let at = format!("{:04}{:02}{:02}{hour:02}0000+0000", 2020 + day / 336, 1 + day / 28 % 12, 1 + day % 28);
    let mut text = format!("MSH|^~\\&|LAB|MAIN|B|C|{at}||ORU^R01|V{visit}|P|2.5.1\r{PERSON}\rOBR|1||V{visit}");
    for (number, row) in (1..).zip(ROWS) {
        text.push_str(&format!("\rOBX|{number}|{row}|||||F|||{at}"));
    }
    text
}

#[expect(clippy::disallowed_methods, reason = "a bench measures")]
fn time(run: impl Fn() -> usize) -> f64 {
    black_box(run());
    let start = Instant::now();
    for _ in 0..BATCH {
        black_box(run());
    }
    start.elapsed().as_secs_f64() / f64::from(BATCH)
}
