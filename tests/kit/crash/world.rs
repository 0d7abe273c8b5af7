//! One world: a ledger, a sandbox, an engine and two senders, through many lives of the service.

use super::victim::{Saying, Victim};
use super::{Death, Random, Tally, check};
use crate::Stage;
use crate::people::{Ask, Person};
use crate::sender::{PATIENCE, Sender};
use bridge_ledger::{Ledger, State, Submission, SubmissionFilter};
use bridge_types::{Clock, SystemClock};
use postgres_kit::Server;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long a step may be waited for.
const STEP_TIME: Duration = Duration::from_secs(4);
/// How long the service may take to come to rest. Longer than a lease: on PostgreSQL looks at charts rest until theirs runs out.
const REST_TIME: Duration = Duration::from_secs(200);
/// What is due later than this belongs to the calendar.
const SOON: Duration = Duration::from_secs(120);

pub(super) struct World {
    pub(super) stage: Stage,
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) senders: [Sender; 2],
    /// Everybody so far, with what was asked for.
    pub(super) people: BTreeMap<Person, Vec<Ask>>,
    /// Submissions that were in doubt.
    pub(super) doubts: BTreeSet<String>,
    door: watch::Sender<Option<String>>,
    log: String,
}

impl World {
    pub(super) async fn set(server: Option<&Server>) -> Self {
        let mut stage = Stage::set("").await;
        if let Some(server) = server {
            stage.keep_in(&server.database());
        }
        stage.vary("TIMES__LOOK", "20ms");
        stage.vary("LOG__LEVEL", "info");
        let ledger = stage.ledger();
        let (door, shown) = watch::channel(None);
        let senders = [Sender::start(shown.clone(), PATIENCE), Sender::start(shown, PATIENCE)];
        Self { stage, ledger, senders, people: BTreeMap::new(), doubts: BTreeSet::new(), door, log: String::new() }
    }

    /// Starts the service, has it work, and kills it. Whether it came to the step.
    pub(super) async fn round(&mut self, death: Death, random: &mut Random, tally: &mut Tally) -> bool {
        self.ask(random);
        let mut victim = Victim::start(self.stage.command(&["run"]), Some(death));
        let limit = match death {
            Death::At(..) => STEP_TIME,
            Death::After(millis) => Duration::from_millis(millis),
        };
        let reached = tokio::time::timeout(limit, async {
            loop {
                match victim.next().await {
                    Saying::Listens(address) => drop(self.door.send_replace(Some(address))),
                    Saying::AtStep => break,
                    Saying::Gone => panic!("the service ended by itself:\n{}", victim.log()),
                }
            }
        })
        .await
        .is_ok();
        self.log = victim.log();
        victim.kill();
        self.door.send_replace(None);
        match death {
            Death::At(step, _) if reached => *tally.at_step.entry(step.as_str()).or_default() += 1,
            Death::At(..) => tally.not_reached += 1,
            Death::After(_) => tally.at_random += 1,
        }
        reached
    }

    /// Two new people ask for an alignment, somebody moves, and some whose alignment was told leave.
    fn ask(&mut self, random: &mut Random) {
        let first = self.people.len();
        for person in [Person(first), Person(first + 1)] {
            self.send(person, Ask::Align);
        }
        let anybody = Person(usize::try_from(random.below(first as u64 + 2)).unwrap());
        if !self.people[&anybody].contains(&Ask::Move) && !self.people[&anybody].contains(&Ask::Unalign) {
            self.send(anybody, Ask::Move);
        }
        let heard = self.stage.engine.heard();
        let aligned: BTreeSet<&str> =
            heard.iter().filter(|one| one.code == "aligned").map(|one| one.patient.as_str()).collect();
        let leaving: Vec<Person> = self
            .people
            .iter()
            .filter(|(person, asked)| !asked.contains(&Ask::Unalign) && aligned.contains(person.record().as_str()))
            .map(|(person, _)| *person)
            .take(2)
            .collect();
        for person in leaving {
            self.send(person, Ask::Unalign);
        }
    }

    fn send(&mut self, person: Person, ask: Ask) {
        self.people.entry(person).or_default().push(ask);
        self.senders[person.sender()].send(person.feed(ask));
    }

    /// Lets the service work undisturbed until everything is at rest, decides what is in doubt, and compares the books.
    pub(super) async fn settle(mut self, tally: &mut Tally) {
        let mut victim = Victim::start(self.stage.command(&["run"]), None);
        let rest = tokio::time::timeout(REST_TIME, async {
            loop {
                tokio::select! {
                    saying = victim.next() => match saying {
                        Saying::Listens(address) => drop(self.door.send_replace(Some(address))),
                        Saying::AtStep => {}
                        Saying::Gone => panic!("the service ended by itself:\n{}", victim.log()),
                    },
                    () = tokio::time::sleep(Duration::from_millis(50)) => {}
                }
                for doubt in self.submissions(&[State::Uncertain]).await {
                    self.decide(&doubt).await;
                }
                if self.is_at_rest().await {
                    break;
                }
            }
        })
        .await;
        if rest.is_err() {
            let open = self.submissions(&[]).await.into_iter().filter(|one| one.state.is_open()).collect::<Vec<_>>();
            panic!("not at rest within {REST_TIME:?}: {open:?}\n{}", victim.log());
        }
        self.log += &victim.log();
        victim.kill();
        let wrongs = tally.wrongs.len();
        check::compare(&self, tally).await;
        tally.worlds += 1;
        if tally.wrongs.len() > wrongs && tally.log.is_empty() {
            tally.log.clone_from(&self.log);
        }
    }

    /// Nothing waits at the senders, nothing is due, nothing is to be delivered.
    async fn is_at_rest(&self) -> bool {
        let health = self.ledger.health().await.unwrap();
        let due = self.ledger.next_due().await.unwrap();
        self.senders.iter().all(|sender| sender.seen().waiting == 0)
            && health.submissions.iter().all(|(state, count)| !state.is_open() || *count == 0)
            && health.deliveries_pending == 0
            && due.is_none_or(|due| due > SystemClock.now().plus(SOON))
    }

    /// Plays the person who finds out at CMS whether a submission arrived.
    async fn decide(&mut self, doubt: &Submission) {
        let person = self.person_of(&doubt.chart).await;
        let operation = doubt.operation.as_str();
        let arrived = self.stage.cms().accepted(operation, &person.mbi(), doubt.track.as_str()) > 0;
        let acted = if arrived {
            self.ledger.cancel(&doubt.id, "crash test").await
        } else {
            self.ledger.retry(&doubt.id, "crash test").await
        };
        // The service may have learnt it meanwhile.
        if acted.is_ok() {
            self.doubts.insert(doubt.id.clone());
        }
    }

    /// Whose chart it is.
    pub(super) async fn person_of(&self, chart: &str) -> Person {
        let chart = self.ledger.chart(chart).await.unwrap().expect("a submission without a chart");
        let document = chart.document.expose();
        let found = self.people.keys().find(|person| document.contains(&person.mbi()));
        *found.expect("a chart of nobody")
    }

    /// Every submission in one of the states, oldest first.
    pub(super) async fn submissions(&self, states: &[State]) -> Vec<Submission> {
        let filter = SubmissionFilter { states: states.to_vec(), ..SubmissionFilter::default() };
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.ledger.submissions_page(&filter, after, usize::MAX).await.unwrap();
            found.extend(page.items);
            after = page.next;
            if after.is_none() {
                found.reverse();
                return found;
            }
        }
    }
}
