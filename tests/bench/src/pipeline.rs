//! `bench pipeline`: MLLP in, durable, acknowledged. The service against the floor of the same machine in the same run: a server
//! that does nothing with a message but write it to a file, make it durable and answer. Beside it the service on a PostgreSQL of its own,
//! and with messages from a JetStream of its own, where these are installed.
//!
//! Floors and services take turns, so that whatever disturbs the machine disturbs all; the middle of the turns counts. CMS is away in
//! this bench: what is measured is the door.

mod broker;
mod floor;
mod messages;
mod sender;
pub(crate) mod service;

use broker::Broker;
use floor::{Floor, Work};
use messages::Feeds;
use postgres_kit::Server;
use service::{FILE, Running};
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
/// What is said of a server that is not there.
const TEST: &str = "bench pipeline";

/// Who takes the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Nobody but the machine.
    Floor(Work),
    /// The service, with a file.
    File,
    /// The service, with a database.
    Database,
    /// The service, with a file, which fetches them.
    Broker,
}

/// What is measured with one connection and with several, in the order of the table.
const WAYS: [(&str, [Way; 2]); 5] = [
    ("loopback round trip", [Way::Floor(Work::Answer), Way::Floor(Work::Answer)]),
    ("append and fdatasync, round trip", [Way::Floor(Work::Sync), Way::Floor(Work::Grouped)]),
    ("access-bridge", [Way::File, Way::File]),
    ("access-bridge on PostgreSQL", [Way::Database, Way::Database]),
    ("access-bridge from JetStream", [Way::Broker, Way::Broker]),
];
/// The row that the others are compared with.
const FLOOR: usize = 1;

/// The services.
struct Stage {
    file: Running,
    database: Option<Running>,
    broker: Option<Broker>,
    // Ends after the service that uses it.
    _server: Option<Server>,
}

impl Stage {
    fn set(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let server = Server::start(TEST);
        let database = server
            .as_ref()
            .map(|server| Running::start(&folder.join("database"), &format!("url = '{}'", server.database()), ""));
        Ok(Self {
            file: Running::start(&folder.join("file"), FILE, "")?,
            database: database.transpose()?,
            broker: Broker::start(&folder.join("broker"), MANY)?,
            _server: server,
        })
    }

    /// Messages each second in one turn; none where what it needs is not installed.
    fn turn(
        &mut self,
        way: Way,
        connections: usize,
        folder: &Path,
        feeds: &mut Feeds,
    ) -> Result<Option<f64>, Box<dyn Error>> {
        let address = match way {
            Way::Floor(work) => {
                let floor = Floor::start(work, folder)?;
                return sender::rate(floor.address, feeds, connections, TURN).map(Some);
            }
            Way::Broker => {
                return self.broker.as_mut().map(|broker| broker.rate(feeds, connections, TURN)).transpose();
            }
            Way::File => Some(self.file.address),
            Way::Database => self.database.as_ref().map(|service| service.address),
        };
        address.map(|address| sender::rate(address, feeds, connections, TURN)).transpose()
    }
}

/// Measures and prints.
pub(crate) fn run(folder: &Path) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir_in(folder)?;
    let mut stage = Stage::set(folder.path())?;
    let mut feeds = Feeds::new(MANY);
    let mut rates: [[Vec<f64>; WAYS.len()]; 2] = Default::default();
    for turn in 0..=TURNS {
        for (half, (connections, rates)) in [1, MANY].into_iter().zip(&mut rates).enumerate() {
            for ((_, ways), rates) in WAYS.iter().zip(rates) {
                let rate = stage.turn(ways[half], connections, folder.path(), &mut feeds)?;
                // The first turn warms everything up.
                rates.extend(rate.filter(|_| turn > 0));
            }
        }
    }
    println!("{TURNS} turns of {} s each, one message in flight on each connection, mixed HL7 v2", TURN.as_secs());
    let middles = rates.map(|rates| rates.map(middle));
    for (connections, rates) in [1, MANY].into_iter().zip(middles) {
        for (row, ((name, _), rate)) in WAYS.iter().zip(rates).enumerate() {
            let line = format!("{connections} connection(s)  {name:<36}");
            match (rate, rates[FLOOR]) {
                (None, _) => println!("{line}  skipped"),
                (Some(rate), Some(floor)) if row > FLOOR => {
                    println!("{line} {rate:>8.0}/s  {:.2} of the floor", rate / floor)
                }
                (Some(rate), _) => println!("{line} {rate:>8.0}/s"),
            }
        }
    }
    let [[_, floor, service, ..], _] = middles;
    let met = service.zip(floor).is_some_and(|(service, floor)| service >= AIM * floor);
    println!("aim: one connection at {AIM} of the floor or more: {}", if met { "met" } else { "not met" });
    Ok(())
}

/// The middle one of an odd number of samples; none of none.
fn middle(mut samples: Vec<f64>) -> Option<f64> {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied()
}
