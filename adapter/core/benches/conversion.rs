//! What it costs to turn a message into payloads, step by step: ratios of one run, since times of one machine say nothing
//! about another.
//!
//! The floor is that of `reader`: the positions of every delimiter of the same bytes, found byte by byte and kept. Run it
//! with `cargo bench -p access-core --bench conversion`; a number after `--` is the number of samples, few for a profiler.

use access_contract::{Intent, PlanRequest, Reading};
use access_core::{compose, plan, read, validate};
use access_mappings::Profile;
use std::hint::black_box;
use std::io::{Error, Write, stdout};
use std::time::Instant;

const FEED: &[u8] = include_bytes!("../../../tests/fixtures/hl7/bench-2500.hl7");
/// When the feed is planned.
const NOW: &str = "2026-07-15T12:00:00Z";
/// Samples of each way, unless the command line says otherwise.
const ROUNDS: usize = 400;
/// One sample is the mean of several runs, since a run is short beside the clock.
const BATCH: u32 = 8;

/// What each step begins with.
struct Stage {
    profile: Profile,
    resolved: String,
    request: PlanRequest,
    participant: String,
    intent: Intent,
    chart: String,
    body: String,
}

/// A step with its name; it gives a number, so that nothing of it can be left out.
type Way = (&'static str, fn(&Stage) -> usize);

/// The steps.
const WAYS: [Way; 7] = [
    ("floor", floor),
    ("read", read_only),
    ("plan", plan_only),
    ("compose (with validate)", compose_only),
    ("validate", validate_only),
    ("whole", whole),
    ("loading the profile", load_only),
];

fn main() -> std::io::Result<()> {
    let rounds = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(ROUNDS);
    let stage = Stage::set().ok_or_else(|| Error::other("the feed leads to no payload"))?;
    let mut series: [Vec<f64>; WAYS.len()] = Default::default();
    for round in 0..rounds + rounds / 10 {
        for ((_, way), samples) in WAYS.iter().zip(&mut series) {
            let sample = time(|| way(black_box(&stage)));
            if round >= rounds / 10 {
                samples.push(sample);
            }
        }
    }
    let medians = series.map(|mut samples| {
        samples.sort_by(f64::total_cmp);
        samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
    });
    let [floor, ..] = medians;
    let mut out = stdout().lock();
    writeln!(out, "{} bytes, medians of {rounds} interleaved samples of {BATCH} runs each", FEED.len())?;
    for ((name, _), median) in WAYS.iter().zip(medians) {
        writeln!(out, "{name:<24} / floor {:>8.2}x", median / floor)?;
    }
    Ok(())
}

impl Stage {
    fn set() -> Option<Self> {
        let profile = access_mappings::example().ok()?;
        let reading = read::read(&profile, FEED).ok()?;
        let participant = reading.participant.clone();
        let request = requests(reading).next()?;
        let planned = plan::plan(&profile, &request).ok()?;
        let (intent, chart) = (planned.intents.into_iter().next()?, planned.chart?.document);
        let body = compose::compose(&profile, &participant, &intent, &chart).ok()?.body;
        let resolved = profile.to_json().ok()?;
        Some(Self { profile, resolved, request, participant, intent, chart, body })
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures")]
fn time(run: impl Fn() -> usize) -> f64 {
    let start = Instant::now();
    for _ in 0..BATCH {
        black_box(run());
    }
    start.elapsed().as_secs_f64()
}

#[inline(never)]
fn floor(_: &Stage) -> usize {
    let mut positions: Vec<u32> = Vec::new();
    for (position, byte) in (0..).zip(black_box(FEED)) {
        if matches!(byte, b'|' | b'^' | b'~' | b'&' | b'\\' | b'\r') {
            positions.push(position);
        }
    }
    black_box(positions).len()
}

#[inline(never)]
fn read_only(stage: &Stage) -> usize {
    read::read(&stage.profile, black_box(FEED)).map_or(0, |reading| black_box(reading).subjects.len())
}

#[inline(never)]
fn plan_only(stage: &Stage) -> usize {
    plan::plan(&stage.profile, &stage.request).map_or(0, |plan| black_box(plan).intents.len())
}

#[inline(never)]
fn compose_only(stage: &Stage) -> usize {
    compose::compose(&stage.profile, &stage.participant, &stage.intent, &stage.chart)
        .map_or(0, |payload| black_box(payload).body.len())
}

#[inline(never)]
fn validate_only(stage: &Stage) -> usize {
    black_box(validate::validate(&stage.profile, &stage.body)).len()
}

/// Reading, planning and composing, each step beginning with what the one before gave.
#[inline(never)]
fn whole(stage: &Stage) -> usize {
    let Ok(reading) = read::read(&stage.profile, black_box(FEED)) else { return 0 };
    let participant = reading.participant.clone();
    let mut bytes = 0;
    for request in requests(reading) {
        let Ok(plan) = plan::plan(&stage.profile, &request) else { continue };
        let Some(chart) = plan.chart else { continue };
        for intent in plan.intents {
            let composed = compose::compose(&stage.profile, &participant, &intent, &chart.document);
            bytes += composed.map_or(0, |payload| payload.body.len());
        }
    }
    bytes
}

#[inline(never)]
fn load_only(stage: &Stage) -> usize {
    Profile::from_json(&stage.resolved).map_or(0, |profile| black_box(profile).events.len())
}

/// What is planned for each person of a reading who has no chart yet.
fn requests(reading: Reading) -> impl Iterator<Item = PlanRequest> {
    let Reading { participant, header, subjects, .. } = reading;
    subjects.into_iter().map(move |subject| PlanRequest {
        entries: Vec::new(),
        participant: participant.clone(),
        feed: header.control_id.clone(),
        facts: subject.facts,
        charts: Vec::new(),
        now: NOW.to_owned(),
    })
}
