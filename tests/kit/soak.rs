//! Runs the service for long under a steady load, and looks whether its memory and descriptors stay flat.
#![cfg(target_os = "linux")]

use crate::people::{Ask, Person};
use crate::sender::{PATIENCE, Sender};
use crate::{Program, Stage};
use std::fmt;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Between two feeds.
const PACE: Duration = Duration::from_millis(40);
/// Feeds after which somebody connects, begins a message and goes away.
const RUDE: usize = 10;
/// Looks at the process in the whole time.
const LOOKS: u32 = 40;
/// Growth of memory from the second quarter to the last that counts as flat, in percent.
const GROWTH: u64 = 15;
/// Growth of memory that counts as flat whatever it is in percent, in kB.
const SLACK: u64 = 8 * 1024;
/// Growth of descriptors that counts as flat: connections come and go.
const DESCRIPTORS: u64 = 8;

/// One look.
#[derive(Debug, Clone, Copy)]
struct Look {
    /// Resident memory in kB.
    memory: u64,
    /// Open files and sockets.
    descriptors: u64,
}

/// How it went.
#[derive(Debug)]
pub struct Course {
    looks: Vec<Look>,
    feeds: usize,
    time: Duration,
}

/// Runs for so long.
#[expect(clippy::disallowed_methods, reason = "a soak takes real time")]
pub async fn soak(time: Duration) -> Course {
    let mut stage = Stage::set("").await;
    stage.vary("LOG__LEVEL", "info");
    let program = stage.start().await;
    let (_door, shown) = watch::channel(Some(program.door().to_owned()));
    let senders = [Sender::start(shown.clone(), PATIENCE), Sender::start(shown, PATIENCE)];
    let (start, mut feeds, mut looks) = (Instant::now(), 0, Vec::new());
    while start.elapsed() < time {
        let person = Person(feeds);
        if senders[person.sender()].seen().waiting < 10 {
            senders[person.sender()].send(person.feed(Ask::Align));
            feeds += 1;
            if feeds % RUDE == 0 {
                program.break_off(b"\x0bMSH|^~\\&|EPIC|").await;
            }
        }
        if start.elapsed() >= time / LOOKS * u32::try_from(looks.len()).unwrap() {
            looks.push(look(&program));
        }
        tokio::time::sleep(PACE).await;
    }
    Course { looks, feeds, time }
}

fn look(program: &Program) -> Look {
    let process = format!("/proc/{}", program.id());
    let status = std::fs::read_to_string(format!("{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    let memory = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    let descriptors = std::fs::read_dir(format!("{process}/fd")).unwrap().count();
    Look { memory, descriptors: u64::try_from(descriptors).unwrap() }
}

impl Course {
    /// The middle of a quarter of the looks, counted from 0.
    fn quarter(&self, number: usize, of: fn(&Look) -> u64) -> u64 {
        let size = self.looks.len() / 4;
        let mut values: Vec<u64> = self.looks[number * size..(number + 1) * size].iter().map(of).collect();
        values.sort_unstable();
        values[size / 2]
    }

    /// What is not flat, in words; nothing where all is well.
    #[must_use]
    pub fn growth(&self) -> Vec<String> {
        let mut found = Vec::new();
        let (before, after) = (self.quarter(1, |look| look.memory), self.quarter(3, |look| look.memory));
        if after > before + (before * GROWTH / 100).max(SLACK) {
            found.push(format!("memory grew from {before} kB to {after} kB"));
        }
        let (before, after) = (self.quarter(1, |look| look.descriptors), self.quarter(3, |look| look.descriptors));
        if after > before + DESCRIPTORS {
            found.push(format!("descriptors grew from {before} to {after}"));
        }
        found
    }
}

impl fmt::Display for Course {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} feeds in {} s; middle of each quarter:", self.feeds, self.time.as_secs())?;
        for (name, of) in
            [("memory, kB", (|look| look.memory) as fn(&Look) -> u64), ("descriptors", |look| look.descriptors)]
        {
            let quarters: Vec<String> = (0..4).map(|number| self.quarter(number, of).to_string()).collect();
            writeln!(f, "  {name:<12} {}", quarters.join(" -> "))?;
        }
        let growth = self.growth();
        f.write_str(&if growth.is_empty() { "flat".to_owned() } else { growth.join("\n") })
    }
}
