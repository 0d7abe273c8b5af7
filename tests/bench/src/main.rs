//! How long a feed takes natively, in the component, and in a fresh instance of it: ratios of one run, since times of one
//! machine say nothing about another. Ends with success whether the aims are met or not.
//!
//! A ratio at p50 or p99 is that percentile of the one way over the same percentile of the other; what a fresh instance
//! adds is taken call by call against the warm call of the same round, and told as a multiple of the median warm call.

mod report;
mod rounds;
mod start;
mod timing;
mod ways;

use bridge_runtime::{Adapter, ComponentBytes, Limits};
use std::error::Error;

const FEEDS: [(&str, &[u8]); 3] = [
    ("bench-700", include_bytes!("../../fixtures/hl7/bench-700.hl7")),
    ("bench-2500", include_bytes!("../../fixtures/hl7/bench-2500.hl7")),
    ("bench-8600", include_bytes!("../../fixtures/hl7/bench-8600.hl7")),
];

fn main() -> Result<(), Box<dyn Error>> {
    let profile = access_mappings::example()
        .map_err(|findings| format!("the example profile has {} findings", findings.len()))?;
    let resolved = profile.to_json()?;
    let bytes = ComponentBytes::embedded()?;
    let adapter = Adapter::new(&bytes, &resolved, Limits::default(), None)?;

    println!("{} interleaved samples of each way; each call is read, plan and compose", rounds::ROUNDS);
    for (name, feed) in FEEDS {
        let measured = rounds::measure(&adapter, &profile, feed).map_err(|error| format!("{name}: {error}"))?;
        println!("\n{}", report::table(name, feed.len(), &measured));
    }
    let ratio = start::measure(&bytes, &resolved)?;
    println!("cold start: compile / load from cache, p50 of {} starts each: {ratio:.0}x", start::STARTS);
    Ok(())
}
