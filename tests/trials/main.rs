//! The long tests: what `cargo xtask crash` and `cargo xtask soak` run. Counts go to standard output, progress to standard error.

use kit::crash::{Plan, crash};
use kit::soak::soak;
use postgres_kit::Server;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "trials crash [--rounds N] [--seed N] [--ledger sqlite|postgres] | soak [--minutes N]";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let options: Option<BTreeMap<String, String>> = pairs(&arguments.collect::<Vec<_>>());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let done = match (name.as_str(), &options) {
        ("crash", Some(options)) => crash_plan(options).map(|plan| runtime.block_on(run_crash(plan))),
        ("soak", Some(options)) => soak_time(options).map(|time| runtime.block_on(run_soak(time))),
        _ => None,
    };
    match done {
        Some(true) => ExitCode::SUCCESS,
        Some(false) => ExitCode::FAILURE,
        None => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// `--name value` and so on.
fn pairs(arguments: &[String]) -> Option<BTreeMap<String, String>> {
    arguments
        .chunks(2)
        .map(|pair| match pair {
            [name, value] => name.strip_prefix("--").map(|name| (name.to_owned(), value.clone())),
            _ => None,
        })
        .collect()
}

fn crash_plan(options: &BTreeMap<String, String>) -> Option<Plan<'static>> {
    let mut plan = Plan { server: None, rounds: 1000, seed: 1 };
    for (name, value) in options {
        match name.as_str() {
            "rounds" => plan.rounds = value.parse().ok()?,
            "seed" => plan.seed = value.parse().ok()?,
            "ledger" if value == "sqlite" => {}
            "ledger" if value == "postgres" => plan.server = Some(Server::shared("crash")?),
            _ => return None,
        }
    }
    Some(plan)
}

async fn run_crash(plan: Plan<'_>) -> bool {
    println!("{} kills, seed {}", plan.rounds, plan.seed);
    let tally = crash(plan, |tally| eprintln!("{} kills, {} wrong", tally.kills(), tally.wrongs.len())).await;
    println!("{tally}");
    if !tally.wrongs.is_empty() {
        eprintln!("\nthe service said:\n{}", tally.log);
    }
    tally.wrongs.is_empty()
}

fn soak_time(options: &BTreeMap<String, String>) -> Option<Duration> {
    let mut minutes = 60;
    for (name, value) in options {
        minutes =
            if name == "minutes" { value.parse::<u64>().ok().filter(|minutes| *minutes > 0)? } else { return None };
    }
    Some(Duration::from_secs(60 * minutes))
}

async fn run_soak(time: Duration) -> bool {
    let course = soak(time).await;
    println!("{course}");
    course.growth().is_empty()
}
