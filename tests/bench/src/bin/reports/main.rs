//! What reports cost: taking results in durably, and composing a report, each against the size of the chart. Ratios of one run, since
//! times of one machine say nothing about another; messages per second stand beside them for an idea of this one.
//!
//! Everything is as the service does it: the component in its sandbox, and a ledger in a file that is on disk at every answer. A
//! chart grows by daily visits of nine results each.

mod chart;
mod message;
#[path = "../../timing.rs"]
#[expect(dead_code, reason = "shared with the other bench")]
mod timing;

use chart::{Chart, Desk};
use std::error::Error;
use timing::{Spread, time};

/// Results in the charts.
const SIZES: [usize; 4] = [50, 500, 5_000, 50_000];
/// Samples of each way.
const ROUNDS: usize = 60;
/// Messages of one sample of the throughput.
const BATCH: usize = 200;
/// Messages on their way at once.
const AT_ONCE: usize = 8;

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let mut desk = Desk::set()?;
    let mut charts = Vec::new();
    for size in SIZES {
        charts.push(runtime.block_on(desk.grow(size))?);
    }

    println!("{ROUNDS} interleaved samples of each way, medians\n");
    let mut read = Vec::new();
    let mut taken: [Vec<f64>; SIZES.len()] = Default::default();
    let mut found: [Vec<f64>; SIZES.len()] = Default::default();
    let mut composed: [Vec<f64>; SIZES.len()] = Default::default();
    for _ in 0..ROUNDS {
        read.push(time(8, || desk.read_one())?);
        for (place, chart) in charts.iter_mut().enumerate() {
            taken[place].push(time(1, || runtime.block_on(desk.take(chart)))?);
            found[place].push(time(1, || runtime.block_on(desk.find(chart)).map(drop))?);
            composed[place].push(time(1, || runtime.block_on(desk.compose(chart)))?);
        }
    }
    let read = Spread::of(&read);
    println!("reading a result message of nine rows in the component is 1x\n");
    println!("{:<12}{:>22}{:>22}{:>22}", "results in", "one more message,", "looking up the", "the CKM report,");
    println!("{:<12}{:>22}{:>22}{:>22}", "the chart", "durable", "newest of each code", "look-up and composing");
    for (place, size) in SIZES.iter().enumerate() {
        let cells = [&taken, &found, &composed].map(|series| {
            let (own, least) = (Spread::of(&series[place]), Spread::of(&series[0]));
            format!("{:.1}x ({:.2} of {})", own.p50 / read.p50, own.p50 / least.p50, SIZES[0])
        });
        println!("{size:<12}{:>22}{:>22}{:>22}", cells[0], cells[1], cells[2]);
    }

    let one = time(1, || runtime.block_on(desk.throughput(BATCH, 1)))?;
    let many = time(1, || runtime.block_on(desk.throughput(BATCH, AT_ONCE)))?;
    let each = |whole: f64| whole / BATCH as f64;
    println!("\nresult messages taken in durably, each about another person");
    println!(
        "one after the other: {:.1}x of reading, {:.0} messages/s on this machine",
        each(one) / read.p50,
        1e6 / each(one)
    );
    println!(
        "{AT_ONCE} at once:           {:.1}x of reading, {:.0} messages/s on this machine",
        each(many) / read.p50,
        1e6 / each(many)
    );
    Ok(())
}

impl Chart {
    /// The number of the next visit.
    fn next(&mut self) -> usize {
        self.visits += 1;
        self.visits - 1
    }
}
