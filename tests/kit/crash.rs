//! Kills the service at every step of the way and at random moments, over and over, and then looks whether anything was lost, sent
//! twice or out of order.
//!
//! A world is a ledger, a sandbox, an engine that receives notices, and two senders that behave like interface engines
//! (`sender`). In each round of it the service is started and killed; senders, sandbox and engine live on. After some rounds the
//! service may run undisturbed until everything is at rest, a person's part is played, and the books are compared (`check`).

mod check;
mod tally;
mod victim;
mod world;

use bridge_types::failpoint::Step;
use postgres_kit::Server;
use std::collections::{BTreeSet, VecDeque};
pub use tally::{Tally, Wrong};
use world::World;

/// Rounds that share one world.
const ROUNDS_OF_A_WORLD: usize = 40;
/// A random life is shorter than so many milliseconds.
const LONGEST_LIFE: u64 = 1200;

/// What to do.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// Where the ledgers are: on this PostgreSQL, or in files.
    pub server: Option<&'a Server>,
    /// How often the service is killed.
    pub rounds: usize,
    /// Seed of everything random here.
    pub seed: u64,
}

/// How the service dies in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    /// When it comes to a step for the given time, beginning with 1.
    At(Step, u32),
    /// So many milliseconds after its start.
    After(u64),
}

/// Small, fast, the same for the same seed (SplitMix64, public domain).
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// A number below `bound`, which is not 0.
    pub(crate) const fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// Kills as planned and counts, until something is wrong. `progress` hears of every world.
///
/// # Panics
/// Where the service ends by itself or does not come to rest.
pub async fn crash(plan: Plan<'_>, mut progress: impl FnMut(&Tally)) -> Tally {
    crate::places::warm_cache();
    let mut random = Random(plan.seed);
    let mut tally = Tally::default();
    let mut steps = Steps::default();
    let mut done = 0;
    while done < plan.rounds && tally.wrongs.is_empty() {
        let mut world = World::set(plan.server).await;
        let end = plan.rounds.min(done + ROUNDS_OF_A_WORLD);
        for round in done..end {
            if round % 2 == 1 {
                world.round(Death::After(random.below(LONGEST_LIFE)), &mut random, &mut tally).await;
                continue;
            }
            let (step, time) = steps.next(&mut random);
            let reached = world.round(Death::At(step, time), &mut random, &mut tally).await;
            steps.went(step, reached);
        }
        done = end;
        world.settle(&mut tally).await;
        progress(&tally);
    }
    tally
}

/// The steps in turn; one that was not reached is tried again soon, and then at its first time.
struct Steps {
    queue: VecDeque<Step>,
    missed: BTreeSet<Step>,
}

impl Default for Steps {
    fn default() -> Self {
        Self { queue: Step::ALL.into(), missed: BTreeSet::new() }
    }
}

impl Steps {
    fn next(&mut self, random: &mut Random) -> (Step, u32) {
        let step = self.queue.pop_front().unwrap();
        // The writer commits all the time, also where it finds nothing to do.
        let times = if matches!(step, Step::CommitDue | Step::Committed) { 60 } else { 3 };
        let time = if self.missed.contains(&step) { 1 } else { 1 + random.below(times) };
        (step, u32::try_from(time).unwrap())
    }

    fn went(&mut self, step: Step, reached: bool) {
        if reached {
            self.missed.remove(&step);
            self.queue.push_back(step);
        } else {
            self.missed.insert(step);
            self.queue.insert(1, step);
        }
    }
}
