//! What a step costs does not grow with what is stored: counted in steps of SQLite's machine, which depend on nothing but the plans of the
//! statements. A statement that looks through the wrong index is right all the same, and found nowhere else.

use crate::sqlite::SqliteLedger;
use crate::sqlite::connection::Place;
use crate::sqlite::glances::Glances;
use crate::sqlite::reader::Reader;
use crate::sqlite::writer::Writer;
use crate::suite::kit::*;
use crate::*;
use access_contract::{NoticeKind, Operation, Track};
use bridge_types::{RandomIds, TestClock, Timestamp};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// People of the smaller ledger; the larger one has [`MORE`] times as many.
const FEW: usize = 100;
const MORE: usize = 20;
/// What a tree that is a level higher may cost, in percent.
const DEEPER: u64 = 130;

/// The steps that the writing connection takes.
struct Counted {
    ledger: Arc<SqliteLedger>,
    steps: Arc<AtomicU64>,
    costs: Vec<(&'static str, u64)>,
}

impl Counted {
    /// A new ledger.
    fn open(path: &Path, clock: &TestClock) -> Self {
        let (place, clock) = (Place::new(path), Arc::new(clock.clone()));
        let mut connection = place.create().unwrap();
        let steps = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&steps);
        let count = move || counter.fetch_add(1, Ordering::Relaxed) == u64::MAX;
        connection.progress_handler(1, Some(count)).unwrap();
        let ledger = SqliteLedger {
            glances: Glances::new(place.clone()),
            reader: Reader::start(place.clone()).unwrap(),
            writer: Writer::start(place, connection, clock.clone(), Arc::new(RandomIds)).unwrap(),
            clock,
            path: path.to_owned(),
        };
        Self { ledger: Arc::new(ledger), steps, costs: Vec::new() }
    }

    /// Does something, and notes what it cost.
    async fn of<T>(&mut self, name: &'static str, done: impl AsyncFnOnce(&SqliteLedger) -> T) -> T {
        let before = self.steps.load(Ordering::Relaxed);
        let result = done(&self.ledger).await;
        self.costs.push((name, self.steps.load(Ordering::Relaxed) - before));
        result
    }
}

/// Somebody whose check is due, with an alignment that waits for a person and a notice for a route that is away.
fn somebody(number: usize) -> SubjectIntake {
    let intents = vec![check(Track::Bh), held(align(Track::Ckm))];
    let told = vec![notice(NoticeKind::FeedProblem, &["away"])];
    SubjectIntake { notices: told, ..newcomer(&[&format!("mbi:{number}"), &format!("id:A|{number}")], intents) }
}

/// What each step costs where so many people are known already, all of whose work waits.
async fn costs(people: usize) -> Vec<(&'static str, u64)> {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START);
    let mut counted = Counted::open(&folder.path().join("ledger.db"), &clock);
    let ledger = Arc::clone(&counted.ledger);
    let feed_of = |number: usize| outside(feed(&format!("m{number}"), &number.to_string()), vec![somebody(number)]);
    let mut stored = tokio::task::JoinSet::new();
    for number in 0..people {
        let (ledger, intake) = (Arc::clone(&ledger), feed_of(number));
        stored.spawn(async move { ledger.intake(intake).await.unwrap() });
    }
    stored.join_all().await;

    let known = ledger.charts(PARTICIPANT, &["mbi:7".to_owned()]).await.unwrap().remove(0).seen();
    let news = || {
        let subject = SubjectIntake {
            seen: vec![known.clone()],
            change: Some(change(Some(&known), &["mbi:7", "id:A|7"], "{}")),
            intents: vec![check(Track::Bh), intent(Operation::Unalign, Track::Ckm)],
            ..SubjectIntake::default()
        };
        outside(feed("news", "news"), vec![subject])
    };
    counted.of("a feed about somebody new", async |ledger| ledger.intake(feed_of(people)).await).await.unwrap();
    counted.of("a feed about somebody known", async |ledger| ledger.intake(news()).await).await.unwrap();
    counted.of("the same feed again", async |ledger| ledger.intake(news()).await).await.unwrap();
    let claim = async |ledger: &SqliteLedger| ledger.claim("w1", MINUTE, 1).await.unwrap().remove(0).lease;
    let lease = counted.of("claiming work", claim).await;
    let began = async |ledger: &SqliteLedger| ledger.begin_sending(&lease, sending()).await;
    counted.of("beginning to send", began).await.unwrap();
    let acceptance = Acceptance {
        location: "https://cms.example/status/1".to_owned(),
        cms_submission: "cms-1".to_owned(),
        // Before everything else that is due.
        next_poll_at: Timestamp::from_millis(START.as_millis() - 1),
    };
    counted.of("having it accepted", async |ledger| ledger.accepted(&lease, acceptance).await).await.unwrap();
    let poll = counted.of("claiming a poll", claim).await;
    assert_eq!(poll.submission, lease.submission);
    let ending = Ending {
        look_again: Some(MINUTE),
        notices: vec![notice(NoticeKind::Outcome, &["engine"])],
        ..ending(Final::Done, Dependents::Proceed)
    };
    counted.of("ending it", async |ledger| ledger.finish(&poll, ending).await).await.unwrap();
    counted.of("seeing what is due", async |ledger| ledger.next_due().await).await.unwrap();
    clock.advance(MINUTE);
    let looks = counted.of("claiming a look", async |ledger| ledger.claim_looks("w1", MINUTE, 1).await).await.unwrap();
    counted.of("having looked", async |ledger| ledger.looked(&looks[0]).await).await.unwrap();
    for (claiming, settling, route) in [
        ("claiming a delivery", "having delivered", "engine"),
        ("claiming a delivery of a long queue", "having delivered from a long queue", "away"),
    ] {
        let due = async |ledger: &SqliteLedger| ledger.claim_deliveries(route, "c1", MINUTE, 1).await;
        let due = counted.of(claiming, due).await.unwrap();
        counted.of(settling, async |ledger| ledger.delivered(&due[0].lease, "AA").await).await.unwrap();
    }
    counted.costs
}

/// What it costs to find nothing to try CMS with, where so many checks are polled.
async fn cost_of_a_try(people: usize) -> Vec<(&'static str, u64)> {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START);
    let mut counted = Counted::open(&folder.path().join("ledger.db"), &clock);
    let ledger = Arc::clone(&counted.ledger);
    let mut polled = tokio::task::JoinSet::new();
    let subjects = (0..people).map(|number| newcomer(&[&format!("id:A|{number}")], vec![check(Track::Bh)]));
    for subjects in subjects.collect::<Vec<_>>().chunks(FEW) {
        ledger.intake(inside(subjects.to_vec())).await.unwrap();
        for work in ledger.claim("w1", MINUTE, FEW).await.unwrap() {
            let ledger = Arc::clone(&ledger);
            polled.spawn(async move {
                ledger.begin_sending(&work.lease, sending()).await.unwrap();
                let acceptance = Acceptance {
                    location: "https://cms.example/status/1".to_owned(),
                    cms_submission: work.lease.submission.clone(),
                    next_poll_at: START.plus(MINUTE * 60),
                };
                ledger.accepted(&work.lease, acceptance).await.unwrap();
            });
        }
    }
    polled.join_all().await;
    let early = Claimer { early: true, only: vec![PARTICIPANT.to_owned()], ..Claimer::named("w1") };
    let claimed = counted.of("trying CMS", async |ledger| ledger.claim_as(&early, MINUTE, 1).await).await.unwrap();
    assert!(claimed.is_empty());
    counted.costs
}

#[tokio::test]
async fn a_try_costs_no_more_where_more_is_polled() {
    not_more(cost_of_a_try(FEW).await, cost_of_a_try(FEW * MORE).await);
}

#[tokio::test]
async fn no_step_costs_more_where_more_is_stored() {
    not_more(costs(FEW).await, costs(FEW * MORE).await);
}

fn not_more(few: Vec<(&'static str, u64)>, many: Vec<(&'static str, u64)>) {
    let grown: Vec<String> = few
        .into_iter()
        .zip(many)
        .filter(|((_, few), (_, many))| many * 100 > few * DEEPER)
        .map(|((step, few), (_, many))| format!("{step}: {few} among few, {many} among many"))
        .collect();
    assert!(grown.is_empty(), "{grown:#?}");
}
