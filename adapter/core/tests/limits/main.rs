//! Limits of the reading that protect memory and charts, each met by a feed one step beyond it. Those that refuse whole feeds have
//! their tests beside the code; `docs/limits.md` lists them all.

#![cfg(test)]

mod answers;
mod charts;
mod documents;
mod fhir;
mod messages;

use access_contract::{Issue, Reading};
use access_core::facts::Facts;
use access_core::read;
use access_mappings::Profile;
use std::sync::LazyLock;

static EXAMPLE: LazyLock<Profile> = LazyLock::new(|| access_mappings::example().unwrap());

const HEADER: &str = "MSH|^~\\&|EPIC|MAIN|B|C|20260714091500";
const PID: &str = "PID|1||400112^^^MAIN^MR||HALVORSEN^RUTH||19470912|F";

/// A message of an event with a usual patient and the given rows.
fn message(event: &str, rows: &[String]) -> String {
    let rows: String = rows.iter().map(|row| format!("\r{row}")).collect();
    format!("{HEADER}||{event}|77|P|2.5.1\r{PID}{rows}")
}

fn read(feed: &str) -> Reading {
    read::read(&EXAMPLE, feed.as_bytes()).unwrap()
}

fn facts(reading: &Reading) -> Facts {
    serde_json::from_str(&reading.subjects[0].facts).unwrap()
}

/// How often a code was given.
fn count(issues: &[Issue], code: &str) -> usize {
    issues.iter().filter(|issue| issue.code == code).count()
}

/// So many rows, each with its number in place of `#`.
fn rows(count: usize, row: &str) -> Vec<String> {
    (0..count).map(|number| row.replace('#', &number.to_string())).collect()
}
