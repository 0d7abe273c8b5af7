//! `bench pipeline`: MLLP in, durable, acknowledged. The service against the floor of the same machine in the same run: a server
//! that does nothing with a message but write it to a file, make it durable and answer.
//!
//! Floors and service take turns, so that whatever disturbs the machine disturbs both; the middle of the turns counts. CMS is away in
//! this bench: what is measured is the door.

mod floor;
mod messages;
mod sender;
pub(crate) mod service;

use floor::{Floor, Work};
use std::error::Error;
use std::path::Path;
use std::time::Duration;

/// Turns of each way.
const TURNS: usize = 5;
/// One turn.
const TURN: Duration = Duration::from_secs(2);
/// Connections of the second half.
const MANY: usize = 8;
/// Least share of the floor that one connection is to reach.
const AIM: f64 = 0.5;

/// What is measured, in the order of the table.
const WAYS: [(&str, Option<Work>, usize); 6] = [
    ("loopback round trip", Some(Work::Answer), 1),
    ("append and fdatasync, round trip", Some(Work::Sync), 1),
    ("access-bridge", None, 1),
    ("loopback round trip", Some(Work::Answer), MANY),
    ("append and grouped fdatasync, round trip", Some(Work::Grouped), MANY),
    ("access-bridge", None, MANY),
];

/// Measures and prints.
pub(crate) fn run(folder: &Path) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir_in(folder)?;
    let service = service::Running::start(folder.path())?;
    let mut feeds = messages::Feeds::new(MANY);
    let mut rates: [Vec<f64>; WAYS.len()] = Default::default();
    for turn in 0..=TURNS {
        for ((_, work, connections), rates) in WAYS.iter().zip(&mut rates) {
            let rate = match work {
                Some(work) => {
                    let floor = Floor::start(*work, folder.path())?;
                    sender::rate(floor.address, &mut feeds, *connections, TURN)?
                }
                None => sender::rate(service.address, &mut feeds, *connections, TURN)?,
            };
            // The first turn warms everything up.
            if turn > 0 {
                rates.push(rate);
            }
        }
    }
    println!("{TURNS} turns of {} s each, one message in flight on each connection, mixed HL7 v2", TURN.as_secs());
    let middle = rates.map(middle);
    for (((name, work, connections), rate), floor) in WAYS.iter().zip(middle).zip([1, 1, 1, 4, 4, 4]) {
        let share =
            if work.is_none() { format!("{:.2} of the floor above", rate / middle[floor]) } else { String::new() };
        println!("{connections} connection(s)  {name:<42} {rate:>8.0}/s  {share}");
    }
    let share = middle[2] / middle[1];
    println!("aim: one connection at {AIM} of the floor or more: {}", if share >= AIM { "met" } else { "not met" });
    Ok(())
}

/// The middle one of an odd number of samples.
fn middle(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
