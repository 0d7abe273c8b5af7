//! How long a feed takes natively, in the component, and in a fresh instance of it: ratios of one run, since times of one
//! machine say nothing about another. Ends with success whether the aims are met or not. Takes a file with a component to
//! measure in place of the one that was built in.
//!
//! A ratio at p50 or p99 is that percentile of the one way over the same percentile of the other; what a fresh instance
//! adds is taken call by call against the warm call of the same round, and told as a multiple of the median warm call.

mod backlog;
mod pipeline;
mod report;
mod rounds;
mod start;
mod timing;
mod ways;

use bridge_runtime::{Adapter, ComponentBytes, Limits};
use std::error::Error;
use std::path::Path;

const FEEDS: [(&str, &[u8]); 3] = [
    ("bench-700", include_bytes!("../../fixtures/hl7/bench-700.hl7")),
    ("bench-2500", include_bytes!("../../fixtures/hl7/bench-2500.hl7")),
    ("bench-8600", include_bytes!("../../fixtures/hl7/bench-8600.hl7")),
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Beside the program, since that is on a disk; the folder for temporary files may be in memory.
    let program = std::env::current_exe()?;
    let folder = program.parent().ok_or("the program is nowhere")?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => components(None),
        ["pipeline"] => pipeline::run(folder),
        ["backlog"] => backlog::run(folder, None),
        ["backlog", people] => backlog::run(folder, Some(people)),
        [file] if file.ends_with(".wasm") => components(Some(Path::new(file))),
        _ => Err("usage: bench [reader | reports | pipeline | backlog [BENEFICIARIES] | FILE.wasm]".into()),
    }
}

/// Reading and composing in the component against native code.
fn components(file: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let profile = access_mappings::example()
        .map_err(|findings| format!("the example profile has {} findings", findings.len()))?;
    let resolved = profile.to_json()?;
    let bytes = match file {
        Some(file) => ComponentBytes::read(file)?,
        None => ComponentBytes::embedded()?,
    };
    let adapter = Adapter::new(&bytes, &resolved, Limits::default(), None)?;

    println!("{} interleaved samples of each way; each call is read, plan and compose", rounds::ROUNDS);
    for (pace, calls) in rounds::PACES {
        for (name, feed) in FEEDS {
            let measured =
                rounds::measure(&adapter, &profile, feed, calls).map_err(|error| format!("{name}: {error}"))?;
            println!("\n{}", report::table(name, feed.len(), pace, &measured));
        }
    }
    let ratio = start::measure(&bytes, &resolved)?;
    println!("cold start: compile / load from cache, p50 of {} starts each: {ratio:.0}x", start::STARTS);
    Ok(())
}
