//! What it costs to open a message: ratios of one run, since times of one machine say nothing about another.
//!
//! The floor is the positions of every delimiter, found byte by byte and kept; nothing that finds parts of a message by
//! their number can do with less. Opening is everything from the bytes of a feed on: character set, normal form, index.
//! Every value of it is then read once more on both sides. Run it with `cargo xtask bench reader`.

use access_core::charset;
use access_core::view::{Message, Text};
use access_mappings::Profile;
use hl7_parser::message::{Component, Field, Repeat, Segment};
use std::hint::black_box;
use std::io::{Write, stdout};
use std::sync::LazyLock;
use std::time::Instant;

const FEEDS: [(&str, &[u8]); 3] = [
    ("bench-700", include_bytes!("../../../tests/fixtures/hl7/bench-700.hl7")),
    ("bench-2500", include_bytes!("../../../tests/fixtures/hl7/bench-2500.hl7")),
    ("bench-8600", include_bytes!("../../../tests/fixtures/hl7/bench-8600.hl7")),
];

/// Samples of each way.
const ROUNDS: usize = 400;
/// Rounds before the first sample.
const WARM_UP: usize = 40;
/// Opening is short beside the clock, so that one sample is the mean of several.
const BATCH: u32 = 16;
/// Most that opening may take, as a multiple of the floor.
const MOST_OF_FLOOR: f64 = 3.0;
/// Least that hl7-parser takes, as a multiple of opening.
const LEAST_OF_PARSER: f64 = 8.0;

/// The ways a feed can be taken; each gives a number, so that nothing of it can be left out.
const WAYS: [fn(&[u8]) -> usize; COUNT] = [floor, opened, parsed, every_value, every_value_parsed, read];
const COUNT: usize = 6;

fn main() -> std::io::Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "medians of {ROUNDS} interleaved samples of {BATCH} runs each")?;
    for (name, feed) in FEEDS {
        let [floor, opened, parsed, every_value, every_value_parsed, read] = measure(feed);
        let verdict = |met: bool| if met { "met" } else { "not met" };
        let (of_floor, of_parser) = (opened / floor, parsed / opened);
        writeln!(out, "\n{name} ({} bytes)", feed.len())?;
        writeln!(out, "opening / floor                          {of_floor:>8.2}x")?;
        writeln!(out, "hl7-parser / opening                     {of_parser:>8.2}x")?;
        writeln!(out, "opening and every value / floor          {:>8.2}x", every_value / floor)?;
        writeln!(out, "the same with hl7-parser / ours          {:>8.2}x", every_value_parsed / every_value)?;
        writeln!(out, "reading to facts / opening               {:>8.2}x", read / opened)?;
        writeln!(out, "aim: within {MOST_OF_FLOOR}x of the floor: {}", verdict(of_floor <= MOST_OF_FLOOR))?;
        writeln!(out, "aim: {LEAST_OF_PARSER}x as fast as hl7-parser: {}", verdict(of_parser >= LEAST_OF_PARSER))?;
    }
    Ok(())
}

/// The median time of each way.
fn measure(feed: &[u8]) -> [f64; COUNT] {
    let mut series: [Vec<f64>; COUNT] = Default::default();
    for round in 0..WARM_UP + ROUNDS {
        for (way, samples) in WAYS.iter().zip(&mut series) {
            let sample = time(|| way(black_box(feed)));
            if round >= WARM_UP {
                samples.push(sample);
            }
        }
    }
    series.map(|mut samples| {
        samples.sort_by(f64::total_cmp);
        samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
    })
}

#[expect(clippy::disallowed_methods, reason = "a bench measures")]
fn time(run: impl Fn() -> usize) -> f64 {
    let start = Instant::now();
    for _ in 0..BATCH {
        black_box(run());
    }
    start.elapsed().as_secs_f64()
}

fn floor(feed: &[u8]) -> usize {
    let mut positions: Vec<u32> = Vec::new();
    for (position, byte) in (0..).zip(feed) {
        if matches!(byte, b'|' | b'^' | b'~' | b'&' | b'\\' | b'\r') {
            positions.push(position);
        }
    }
    black_box(positions).len()
}

fn opened(feed: &[u8]) -> usize {
    with(feed, |message| message.all().len())
}

fn every_value(feed: &[u8]) -> usize {
    with(feed, |message| message.populated().map(|value| value.text().len()).sum())
}

fn with(feed: &[u8], look: impl FnOnce(&Message<'_>) -> usize) -> usize {
    let decoded = charset::decode(feed, "windows-1252");
    let text = Text::normalise(&decoded.text).map(|text| text.in_charset(decoded.charset));
    text.ok().and_then(|text| Message::parse(&text).map(|message| look(&message)).ok()).unwrap_or_default()
}

/// The whole reading, with the example profile.
fn read(feed: &[u8]) -> usize {
    static PROFILE: LazyLock<Option<Profile>> = LazyLock::new(|| access_mappings::example().ok());
    let reading = PROFILE.as_ref().and_then(|profile| access_core::read::read(profile, feed).ok());
    reading.map_or(0, |reading| reading.subjects.len())
}

fn parsed(feed: &[u8]) -> usize {
    with_parser(feed, |message| message.segments().count())
}

fn every_value_parsed(feed: &[u8]) -> usize {
    with_parser(feed, |message| {
        let separators = &message.separators;
        let repetitions = message.segments().flat_map(Segment::fields).flat_map(Field::repeats);
        let values = repetitions.flat_map(Repeat::components).flat_map(Component::subcomponents);
        values.map(|value| separators.decode(value.raw_value()).to_string().len()).sum()
    })
}

fn with_parser(feed: &[u8], look: impl FnOnce(&hl7_parser::Message<'_>) -> usize) -> usize {
    let text = std::str::from_utf8(feed).unwrap_or_default();
    hl7_parser::parse_message_with_lenient_newlines(text).map(|message| look(&message)).unwrap_or_default()
}
