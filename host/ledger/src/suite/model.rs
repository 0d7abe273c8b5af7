//! Random work against a model that knows the rules in its own words.

use super::kit::*;
use super::rules::{Expected, Model, Sub, Work};
use crate::*;
use access_contract::{Intent, Operation, Track};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::time::Duration;

const KINDS: usize = 3;

#[derive(Debug, Clone)]
enum Op {
    Ask { chart: usize, kind: usize, hold: bool },
    AskBoth { chart: usize, first: usize, hold: bool },
    Claim { limit: usize },
    Advance { seconds: u64 },
    Work { lease: usize, what: Work },
    Act { submission: usize, act: Act },
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let work = prop_oneof![
        4 => Just(Work::Begin),
        4 => Just(Work::Accept),
        1 => (0..120_u64).prop_map(Work::Wait),
        1 => (0..120_u64).prop_map(Work::PollLater),
        1 => Just(Work::Doubt),
        2 => (any::<bool>(), any::<bool>()).prop_map(|(done, proceed)| Work::End { done, proceed }),
        1 => Just(Work::Release),
        1 => Just(Work::Extend),
    ];
    let op = prop_oneof![
        2 => (0..2_usize, 0..KINDS, any::<bool>()).prop_map(|(chart, kind, hold)| Op::Ask { chart, kind, hold }),
        2 => (0..2_usize, 0..KINDS, any::<bool>()).prop_map(|(chart, first, hold)| Op::AskBoth { chart, first, hold }),
        4 => (1..4_usize).prop_map(|limit| Op::Claim { limit }),
        2 => prop_oneof![5 => 0..90_u64, 1 => Just(3600)].prop_map(|seconds| Op::Advance { seconds }),
        // Counted from the newest, so that most leases still hold.
        10 => (0..4_usize, work).prop_map(|(lease, what)| Op::Work { lease, what }),
        4 => (0..5_usize, prop::sample::select(Act::OF_A_PERSON.to_vec()))
            .prop_map(|(submission, act)| Op::Act { submission, act }),
    ];
    prop::collection::vec(op, 1..60)
}

fn seen<T>(result: &Result<T, LedgerError>) -> Expected {
    match result {
        Ok(_) => Expected::Done,
        Err(LedgerError::Refused { .. }) => Expected::Refused,
        Err(LedgerError::OpenAlready { .. }) => Expected::OpenAlready,
        Err(LedgerError::LeaseLost { .. }) => Expected::LeaseLost,
        Err(LedgerError::Invalid { .. }) => Expected::Invalid,
        Err(error) => panic!("{error}"),
    }
}

fn wanted(kind: usize, hold: bool) -> Intent {
    let intent = match kind {
        0 => check(Track::Bh),
        1 => align(Track::ECkm),
        _ => intent(Operation::Unalign, Track::Ckm),
    };
    if hold { held(intent) } else { intent }
}

async fn work(ledger: &dyn Ledger, world: &World, lease: &Lease, what: Work) -> Expected {
    let now = world.now();
    let later = |until| Postponement { until, cause: "later".to_owned(), failures: 0, telling: vec![] };
    let after = |seconds| now.plus(Duration::from_secs(seconds));
    match what {
        Work::Begin => seen(&ledger.begin_sending(lease, sending()).await),
        Work::Accept => seen(&ledger.accepted(lease, world.acceptance(&lease.submission)).await),
        Work::Wait(seconds) => seen(&ledger.postpone(lease, later(Until::Send(after(seconds)))).await),
        Work::PollLater(seconds) => seen(&ledger.postpone(lease, later(Until::Poll(after(seconds)))).await),
        Work::Doubt => seen(&ledger.uncertain(lease, "doubt", vec![]).await),
        Work::Release => seen(&ledger.release(lease).await),
        Work::Extend => seen(&ledger.extend(lease, MINUTE).await),
        Work::End { done, proceed } => {
            let state = if done { Final::Done } else { Final::Failed };
            let dependents = if proceed { Dependents::Proceed } else { Dependents::Cancel("no".to_owned()) };
            seen(&ledger.finish(lease, ending(state, dependents)).await)
        }
    }
}

async fn follow(world: &World, ops: &[Op]) {
    let charts = [world.person(&["id:A|0"]).await, world.person(&["id:A|1"]).await];
    let mut model = Model::default();
    let mut leases: Vec<Lease> = Vec::new();
    for (step, op) in ops.iter().enumerate() {
        // Two handles in turn: nothing may live in one of them only.
        let ledger = if step % 2 == 0 { &world.ledger } else { &world.other };
        let now = world.now();
        match op {
            Op::Ask { chart, kind, hold } => {
                let taken = world.ask(&charts[*chart], vec![wanted(*kind, *hold)]).await;
                model.ask(&taken[0], *chart, *kind, *hold, None, now);
            }
            Op::AskBoth { chart, first, hold } => {
                let second = (first + 1) % KINDS;
                let intents = vec![wanted(*first, *hold), after(0, wanted(second, *hold))];
                let taken = world.ask(&charts[*chart], intents).await;
                let before = model.ask(&taken[0], *chart, *first, *hold, None, now);
                model.ask(&taken[1], *chart, second, *hold, Some(before), now);
            }
            Op::Claim { limit } => {
                let claimed = ledger.claim("w", MINUTE, *limit).await.unwrap();
                let mut expected = model.claimable(now);
                expected.truncate(*limit);
                model.keep_one_to_send_of_each_chart(&mut expected);
                let found: Vec<usize> = claimed.iter().map(|claimed| model.find(&claimed.lease.submission)).collect();
                assert_eq!(found, expected, "step {step}");
                for (index, claimed) in expected.into_iter().zip(claimed) {
                    let sub = &mut model.subs[index];
                    sub.claims += 1;
                    assert_eq!((claimed.state, claimed.lease.number), (sub.state, sub.claims));
                    let until = now.plus(MINUTE);
                    sub.lease = Some((sub.claims, until));
                    sub.due = Some(until);
                    leases.push(claimed.lease);
                }
            }
            Op::Advance { seconds } => world.clock.advance(Duration::from_secs(*seconds)),
            Op::Work { lease, what } => {
                let Some(lease) = leases.iter().rev().nth(*lease) else { continue };
                let result = work(ledger.as_ref(), world, lease, *what).await;
                assert_eq!(result, model.work(lease, *what, now), "step {step}");
            }
            Op::Act { submission, act } => {
                let Some(index) = model.subs.len().checked_sub(submission + 1) else { continue };
                let id = model.subs[index].id.clone();
                let result = match act {
                    Act::Approve => ledger.approve(&id, "ann").await,
                    Act::Cancel => ledger.cancel(&id, "ann").await,
                    Act::Retry => ledger.retry(&id, "ann").await,
                    _ => ledger.resume(&id, "ann").await,
                };
                match model.act(index, *act, now) {
                    Expected::Successor => {
                        let old = model.subs[index].clone();
                        let id = result.unwrap().submission;
                        let due = Some(now);
                        model.subs.push(Sub {
                            id,
                            state: State::Ready,
                            needs: false,
                            sent: false,
                            due,
                            claims: 0,
                            sent_under: None,
                            asked: None,
                            ..old
                        });
                    }
                    expected => assert_eq!(seen(&result), expected, "step {step}"),
                }
            }
        }
        compare(world, &model, step).await;
    }
}

/// Every submission is as the model has it, and what must always hold holds.
async fn compare(world: &World, model: &Model, step: usize) {
    let mut rows = world.other.submissions_page(&SubmissionFilter::default(), None, 500).await.unwrap().items;
    rows.reverse();
    let found: Vec<_> = rows
        .iter()
        .map(|row| (&row.id, row.state, row.blocked_by.as_ref(), row.location.is_some(), row.due_at))
        .collect();
    let expected: Vec<_> = model
        .subs
        .iter()
        .map(|sub| (&sub.id, sub.state, sub.blocked.map(|index| &model.subs[index].id), sub.sent, sub.due))
        .collect();
    assert_eq!(found, expected, "step {step}");
    for (index, sub) in model.subs.iter().enumerate() {
        let twins = model
            .subs
            .iter()
            .skip(index + 1)
            .filter(|other| other.open() && sub.open() && other.chart == sub.chart && other.kind == sub.kind);
        assert_eq!(twins.count(), 0, "step {step}");
        if let Some(blocker) = sub.blocked {
            assert!(model.subs[blocker].open(), "step {step}");
        }
    }
    for row in &rows {
        if let Some(cms) = &row.cms_submission {
            assert_eq!(cms, &format!("cms-{}", row.id));
        }
        assert_eq!(row.needs_approval, model.subs[model.find(&row.id)].needs, "step {step}: {}", row.state);
    }
    // Whatever can be claimed now is announced as due.
    let due = world.ledger.next_due().await.unwrap();
    assert_eq!(due.is_some_and(|due| due <= world.now()), !model.claimable(world.now()).is_empty(), "step {step}");
}

/// Runs random work on fresh stores.
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
