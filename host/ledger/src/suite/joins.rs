//! Random merges in the middle of random work: whatever happens, nothing in flight is lost and nothing is open twice.

use super::kit::*;
use crate::*;
use access_contract::Track;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeMap;

const PEOPLE: usize = 4;

#[derive(Debug, Clone)]
enum Op {
    Ask { person: usize, track: usize },
    AskBoth { person: usize, track: usize },
    Send,
    Answer,
    Join { survivor: usize, absorbed: usize },
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        3 => (0..PEOPLE, 0..2_usize).prop_map(|(person, track)| Op::Ask { person, track }),
        4 => (0..PEOPLE, 0..2_usize).prop_map(|(person, track)| Op::AskBoth { person, track }),
        4 => Just(Op::Send),
        1 => Just(Op::Answer),
        4 => (0..PEOPLE, 0..PEOPLE).prop_map(|(survivor, absorbed)| Op::Join { survivor, absorbed }),
    ];
    prop::collection::vec(op, 1..30)
}

fn track(number: usize) -> Track {
    if number == 0 { Track::Bh } else { Track::Msk }
}

/// The chart that a person's key leads to now.
async fn chart_of(world: &World, person: usize) -> StoredChart {
    world.ledger.charts(PARTICIPANT, &[format!("id:P|{person}")]).await.unwrap().remove(0)
}

async fn join(world: &World, survivor: usize, absorbed: usize) {
    let (survivor, absorbed) = (chart_of(world, survivor).await, chart_of(world, absorbed).await);
    if survivor.id == absorbed.id {
        return;
    }
    let keys: Vec<&str> = survivor.keys.expose().iter().map(String::as_str).collect();
    let mut joined = change(Some(&survivor.seen()), &keys, "{}");
    joined.absorbed.push(absorbed.id.clone());
    let seen = vec![survivor.seen(), absorbed.seen()];
    world.store(inside(vec![SubjectIntake { seen, change: Some(joined), ..SubjectIntake::default() }])).await;
}

async fn follow(world: &World, ops: &[Op]) {
    for person in 0..PEOPLE {
        world.person(&[&format!("id:P|{person}")]).await;
    }
    let mut flying: Vec<Lease> = Vec::new();
    let mut answered = 0;
    for op in ops {
        match op {
            Op::Ask { person, track: number } => {
                let chart = chart_of(world, *person).await.seen();
                world.ask(&chart, vec![check(track(*number))]).await;
            }
            Op::AskBoth { person, track: number } => {
                let chart = chart_of(world, *person).await.seen();
                world.ask(&chart, vec![check(track(*number)), after(0, align(track(*number)))]).await;
            }
            Op::Send => {
                for claimed in world.ledger.claim("w1", MINUTE, 1).await.unwrap() {
                    world.ledger.begin_sending(&claimed.lease, sending()).await.unwrap();
                    flying.push(claimed.lease);
                }
            }
            Op::Answer => {
                if let Some(lease) = flying.pop() {
                    // The worker of before the merge ends what it began.
                    world.finish(&lease, ending(Final::Done, Dependents::Proceed)).await;
                    answered += 1;
                }
            }
            Op::Join { survivor, absorbed } => join(world, *survivor, *absorbed).await,
        }
        examine(world, &flying, answered).await;
    }
    // In the end everything that was asked for is answered or gave way: nothing waits for ever.
    for _ in 0..200 {
        for lease in flying.drain(..) {
            world.finish(&lease, ending(Final::Done, Dependents::Proceed)).await;
        }
        for claimed in world.claim().await {
            world.ledger.begin_sending(&claimed.lease, sending()).await.unwrap();
            flying.push(claimed.lease);
        }
        if flying.is_empty() {
            break;
        }
    }
    let rows = world.ledger.submissions_page(&SubmissionFilter::default(), None, 500).await.unwrap().items;
    assert!(rows.iter().all(|row| !row.state.is_open()), "{rows:?}");
}

async fn examine(world: &World, flying: &[Lease], answered: usize) {
    let rows = world.ledger.submissions_page(&SubmissionFilter::default(), None, 500).await.unwrap().items;
    let by_id: BTreeMap<&str, &Submission> = rows.iter().map(|row| (row.id.as_str(), row)).collect();
    for lease in flying {
        assert_eq!(by_id[lease.submission.as_str()].state, State::Sending);
    }
    assert_eq!(rows.iter().filter(|row| row.state == State::Done).count(), answered);
    let mut unsent: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.state.is_open()) {
        let chart = world.ledger.chart(&row.chart).await.unwrap().unwrap();
        assert_eq!(chart.joined_into, None);
        if row.state.is_unsent() {
            *unsent.entry((&row.chart, row.operation.as_str(), row.track.as_str())).or_default() += 1;
        }
        if let Some(blocker) = &row.blocked_by {
            let blocker = by_id[blocker.as_str()];
            assert!(blocker.state.is_open() && blocker.chart == row.chart, "{row:?} {blocker:?}");
        }
    }
    assert!(unsent.values().all(|count| *count == 1), "{unsent:?}");
}

/// Runs random merges on fresh stores.
pub(crate) fn run(cases: u32, world: impl Fn() -> World) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&ops(), |ops| {
            runtime.block_on(follow(&world(), &ops));
            Ok(())
        })
        .unwrap();
}
