//! Single steps of the outbox and of a courier, on a ledger of their own and with a clock that is moved.

use access_bridge::config::raw::{Limits as Numbers, Route as Settings, Times};
use access_bridge::delivery::{self, Courier, Patience};
use access_bridge::outbox::{Circuits, Schedules, Stop, Tellers, Worker};
use access_bridge::pipeline::{Pipeline, Receipt};
use access_bridge::settling::RouteTable;
use access_contract::{
    Format, Intent, Mode, NoticeKind, Operation, Outcome, OutcomeClass, ReportPeriod, Settlement, Track,
};
use bridge_client::{AccessClient, ClientConfig, Url};
use bridge_ingest::{Received, Source, SourceKind};
use bridge_ledger::{
    Acceptance, ChartFilter, Claimed, DeliveryState, Dependents, Ending, Final, Intake, IntakeResult, Ledger,
    NoticeFilter, NoticeSummary, QuarantineFilter, Sending, Settling, SqliteLedger, State, SubjectIntake,
};
use bridge_routes::{Delivered, DeliveryError, Outgoing, Route};
use bridge_runtime::{Adapter, ComponentBytes, Limits, Pool};
use bridge_types::{Clock, Phi, RandomIds, Secret, TestClock, Timestamp};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Notify;

const LEASE: Duration = Duration::from_secs(160);
const MINUTE: Duration = Duration::from_secs(60);

fn pool(output: Option<usize>) -> Pool {
    let bytes = ComponentBytes::read(&kit::component()).unwrap();
    let mut limits = Limits { instances: 1, time: MINUTE, ..Limits::default() };
    limits.output = output.unwrap_or(limits.output);
    Pool::new(Adapter::new(&bytes, &kit::profile().1, limits, Some(&kit::cache())).unwrap())
}

/// A ledger that took one feed in: a check of eligibility is due.
struct House {
    ledger: Arc<dyn Ledger>,
    clock: TestClock,
    routes: Arc<RouteTable>,
    good: Pool,
    _folder: TempDir,
}

impl House {
    async fn with(fixture: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let clock = TestClock::at(Timestamp::parse("2026-07-14T15:00:00Z").unwrap());
        let path = folder.path().join("ledger.db");
        let ledger = SqliteLedger::open(&path, Arc::new(clock.clone()), Arc::new(RandomIds)).unwrap();
        let route: Settings = toml::from_str("name = 'journal'\nkind = 'stdout'\nformat = 'json'").unwrap();
        let house = Self {
            ledger: Arc::new(ledger),
            clock,
            routes: Arc::new(RouteTable::new(&[route])),
            good: pool(None),
            _folder: folder,
        };
        let source = Source::new(SourceKind::Mllp, "test");
        let feed = Received { bytes: Phi::new(kit::fixture(fixture)), peer: None, source, position: 1 };
        house.pipeline(house.good.clone()).receive(&feed).await.unwrap();
        house
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.clock.clone())
    }

    fn pipeline(&self, pool: Pool) -> Pipeline {
        Pipeline::new(pool, Arc::clone(&self.ledger), self.clock(), Arc::clone(&self.routes))
    }

    fn worker(&self, pool: Pool, client: Option<AccessClient>) -> Worker {
        let schedules = Schedules::new(&Times::default(), &Numbers::default()).unwrap();
        Worker {
            pool: pool.clone(),
            ledger: Arc::clone(&self.ledger),
            clock: self.clock(),
            clients: client.map(|client| ("ACCES12345".to_owned(), client)).into_iter().collect(),
            tellers: Tellers::default(),
            circuits: Circuits::new(schedules.outage_after, schedules.outage),
            schedules,
            routes: Arc::clone(&self.routes),
            pipeline: self.pipeline(pool),
            lease: LEASE,
            stop: Stop::never(),
            bells: Arc::default(),
        }
    }

    /// A client of an API that nobody runs.
    fn unanswered(&self) -> AccessClient {
        let url = |path: &str| Url::parse(&format!("http://127.0.0.1:9/{path}")).unwrap();
        let config = ClientConfig::new(url(""), url("token"), "sandbox", Secret::new("secret"));
        AccessClient::new(config, self.clock()).unwrap()
    }

    /// A client of an API that nobody runs, and whose token endpoint answers.
    async fn unanswered_with_tokens(&self) -> AccessClient {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let body = r#"{"access_token":"t","token_type":"bearer","expires_in":300}"#;
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
            let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 16 * 1024];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        let base = Url::parse("http://127.0.0.1:9/").unwrap();
        let tokens = Url::parse(&format!("http://{address}/token")).unwrap();
        AccessClient::new(ClientConfig::new(base, tokens, "sandbox", Secret::new("secret")), self.clock()).unwrap()
    }

    fn courier(&self, pool: Pool, route: Box<dyn Route>) -> Courier {
        Courier {
            name: "journal".to_owned(),
            format: Format::Json,
            route,
            pool,
            ledger: Arc::clone(&self.ledger),
            clock: self.clock(),
            sender: "ACCESS-BRIDGE".to_owned(),
            backoff: delivery::backoff(&Times::default()).unwrap(),
            patience: Patience { errors: 10, rejections: 10 },
            lease: LEASE,
            look: Duration::from_millis(10),
            wake: Arc::default(),
            owner: "one".to_owned(),
        }
    }

    /// The chart with the answer that somebody is eligible, to a question of that basis.
    async fn settled(&self, work: &Claimed, document: String, basis: &str) -> String {
        let settlement = Settlement {
            report: None,
            entries: Vec::new(),
            payload: String::new(),
            participant: work.participant.clone(),
            operation: work.operation.clone(),
            track: work.track.clone(),
            submission: work.lease.submission.clone(),
            cms_submission: String::new(),
            control_id: String::new(),
            basis: basis.to_owned(),
            outcome: Outcome {
                class: OutcomeClass::Done,
                code: "eligible".to_owned(),
                system: String::new(),
                display: String::new(),
                meaning: String::new(),
                next_step: String::new(),
                text: String::new(),
                issues: Vec::new(),
            },
            at: self.clock.now().rfc3339(),
            accepted_at: String::new(),
            attempted_at: String::new(),
        };
        let settled = self.good.with(move |instance| instance.settle(&document, settlement)).await.unwrap();
        settled.unwrap().document
    }

    async fn claim(&self) -> Claimed {
        let mut claimed = self.ledger.claim("one", LEASE, 10).await.unwrap();
        assert_eq!(claimed.len(), 1);
        claimed.remove(0)
    }

    /// Claims the submission and has CMS accept it; gives its id.
    async fn accept(&self) -> String {
        let work = self.claim().await;
        let sending = Sending {
            entries: Vec::new(),
            payload: Phi::new("{}".to_owned()),
            provenance: vec![],
            issues: vec![],
            basis: String::new(),
            lease: LEASE,
        };
        self.ledger.begin_sending(&work.lease, sending).await.unwrap();
        let acceptance = Acceptance {
            location: "http://127.0.0.1:9/status/sub-1".to_owned(),
            cms_submission: "sub-1".to_owned(),
            next_poll_at: self.clock.now(),
        };
        self.ledger.accepted(&work.lease, acceptance).await.unwrap();
        work.lease.submission
    }

    async fn state(&self, id: &str) -> (State, String) {
        let found = self.ledger.submission(id).await.unwrap().unwrap().submission;
        (found.state, found.code)
    }

    /// The problems that were told, oldest first.
    async fn problems(&self) -> Vec<NoticeSummary> {
        let filter = NoticeFilter { kind: Some(NoticeKind::SubmissionProblem), ..NoticeFilter::default() };
        let mut told = self.ledger.notices_page(&filter, None, 50).await.unwrap().items;
        told.reverse();
        told
    }

    async fn codes(&self) -> Vec<String> {
        self.problems().await.into_iter().map(|one| one.code).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_submission_on_which_the_component_stops_fails_and_is_told() {
    let house = House::with("a01-ckm.hl7").await;
    let work = house.claim().await;
    let id = work.lease.submission.clone();
    house.worker(pool(Some(10)), None).step(work).await;
    assert_eq!(house.state(&id).await, (State::Failed, "limit-output".to_owned()));
    let told = house.problems().await;
    assert_eq!((told[0].code.as_str(), told[0].submission.as_ref()), ("limit-output", Some(&id)));
    // After an update it goes on.
    house.ledger.retry(&id, "ann").await.unwrap();
    house.worker(house.good.clone(), None).step(house.claim().await).await;
    assert_eq!(house.state(&id).await.0, State::Waiting);
}

/// A feed that had been read stood in quarantine as nobody's, and its notice went to routes of other participants, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_on_which_the_component_stops_after_reading_it_is_kept_as_its_participants() {
    let house = House::with("a04-msk.hl7").await;
    let source = Source::new(SourceKind::Mllp, "test");
    let feed = Received { bytes: Phi::new(kit::fixture("a01-ckm.hl7")), peer: None, source, position: 1 };
    // What planning gives back is more than what reading gives back: a limit lies between them.
    for output in (2..100).map(|number| number << 9) {
        if matches!(house.pipeline(pool(Some(output))).receive(&feed).await.unwrap(), Receipt::Accepted(_)) {
            break;
        }
    }
    let kept = house.ledger.quarantine_page(&QuarantineFilter::default(), None, 100).await.unwrap().items;
    let whose: Vec<(&str, &str, &str)> = kept
        .iter()
        .map(|one| (one.code.as_str(), one.identity.control_id.as_str(), one.participant.as_str()))
        .collect();
    assert!(whose.contains(&("limit-output", "LKS000101", "ACCES12345")), "{whose:?}");
    assert!(!whose.contains(&("limit-output", "LKS000101", "")), "{whose:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cms_accepted_is_asked_for_again_and_never_sent_again_where_the_component_stops() {
    let house = House::with("a01-ckm.hl7").await;
    let id = house.accept().await;
    house.clock.advance(MINUTE * 6);
    // The poll fails, and the words about it cannot be made by the component: it is put off all the same.
    house.worker(pool(Some(10)), Some(house.unanswered())).step(house.claim().await).await;
    assert_eq!(house.state(&id).await.0, State::Polling);
    assert_eq!(house.codes().await, ["answer-overdue"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_told_once_that_an_answer_is_overdue_although_polls_fail() {
    let house = House::with("a01-ckm.hl7").await;
    let id = house.accept().await;
    let mut expected: Vec<&str> = Vec::new();
    for minutes in [0, 6, 20, 60] {
        house.clock.advance(MINUTE * minutes);
        // A worker of its own each time, as after a restart.
        house.worker(house.good.clone(), Some(house.unanswered())).step(house.claim().await).await;
        if minutes == 6 {
            expected.push("answer-overdue");
        }
        assert_eq!(house.codes().await, expected, "{minutes}");
    }
    assert_eq!(house.state(&id).await.0, State::Polling);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_told_once_that_credentials_are_missing_whatever_failed_before() {
    let house = House::with("a01-ckm.hl7").await;
    // Nobody answers first: that is no news. Then the credentials are gone.
    house.worker(house.good.clone(), Some(house.unanswered())).step(house.claim().await).await;
    assert!(house.codes().await.is_empty());
    for _ in 0..3 {
        house.clock.advance(MINUTE * 30);
        house.worker(house.good.clone(), None).step(house.claim().await).await;
        assert_eq!(house.codes().await, ["operator-needed"]);
    }
}

/// A stop after the outcome was stored lost the second look at the chart once, and with it whatever had come meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chart_is_looked_at_after_a_stop() {
    let house = House::with("a01-ckm.hl7").await;
    house.accept().await;
    // The answer is about what was known before: whoever looks asks again.
    let work = house.claim().await;
    let chart = house.ledger.chart(&work.chart).await.unwrap().unwrap();
    let (seen, settled) = (chart.seen(), house.settled(&work, chart.document.into_inner(), "before").await);
    let ending = looked_at_again(Some(Settling { seen, document: Phi::new(settled) }));
    house.ledger.finish(&work.lease, ending).await.unwrap();
    house.clock.advance(LEASE);
    let looks = house.ledger.claim_looks("w1", LEASE, 10).await.unwrap();
    house.worker(house.good.clone(), None).look(looks[0].clone()).await.unwrap();
    // And it is done.
    assert_eq!(house.claim().await.state, State::Ready);
    house.clock.advance(LEASE);
    assert!(house.ledger.claim_looks("w1", LEASE, 10).await.unwrap().is_empty());
}

/// How a check ends whose chart is to be looked at again.
fn looked_at_again(chart: Option<Settling>) -> Ending {
    Ending {
        state: Final::Done,
        cause: "eligible".to_owned(),
        outcome: None,
        answer: None,
        chart,
        notices: vec![],
        dependents: Dependents::Proceed,
        held: None,
        dropped: None,
        only_others: false,
        look_again: Some(LEASE),
    }
}

/// For one start the profile lacked a participant. The look that fell due then was done with, and nothing came of the calendar
/// any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_that_fails_is_put_off() {
    let house = House::with("a01-ckm.hl7").await;
    house.accept().await;
    let work = house.claim().await;
    let ending = looked_at_again(None);
    house.ledger.finish(&work.lease, ending).await.unwrap();
    house.clock.advance(LEASE);
    // The profile does not know the participant; then the component stops.
    let few = pool(Some(16));
    for (participant, pool) in [("ACCES99999", &house.good), ("ACCES12345", &few), ("ACCES12345", &house.good)] {
        let mut look = house.ledger.claim_looks("w1", LEASE, 10).await.unwrap().remove(0);
        participant.clone_into(&mut look.participant);
        house.worker(pool.clone(), None).look(look).await.unwrap();
        house.clock.advance(LEASE);
        assert!(house.ledger.claim_looks("w1", LEASE, 10).await.unwrap().is_empty());
        house.clock.advance(MINUTE * 60 * 6);
    }
    assert!(house.ledger.claim_looks("w1", LEASE, 10).await.unwrap().is_empty());
}

/// Notes what it is given; holds each delivery until it is let go.
struct Slow {
    given: Arc<Mutex<Vec<String>>>,
    begun: Arc<Notify>,
    go: Arc<Notify>,
}

#[async_trait::async_trait]
impl Route for Slow {
    async fn deliver(&self, item: &Outgoing) -> Result<Delivered, DeliveryError> {
        self.begun.notify_one();
        self.go.notified().await;
        self.given.lock().unwrap().push(item.id.clone());
        Ok(Delivered { receipt: "AA".to_owned() })
    }
}

/// Notes what it is given.
struct Noted(Arc<Mutex<Vec<String>>>);

#[async_trait::async_trait]
impl Route for Noted {
    async fn deliver(&self, item: &Outgoing) -> Result<Delivered, DeliveryError> {
        self.0.lock().unwrap().push(item.id.clone());
        Ok(Delivered { receipt: "AA".to_owned() })
    }
}

/// A house with two notices to deliver.
async fn with_notices() -> (House, Vec<String>) {
    let house = House::with("a01-ckm.hl7").await;
    for _ in 0..2 {
        let work = house.claim().await;
        let id = work.lease.submission.clone();
        house.worker(pool(Some(10)), None).step(work).await;
        house.ledger.retry(&id, "ann").await.unwrap();
    }
    let ids = house.problems().await.into_iter().map(|one| one.id).collect();
    (house, ids)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_during_a_delivery_leaves_nothing_leased() {
    let (house, notices) = with_notices().await;
    let (given, begun, go) = (Arc::default(), Arc::new(Notify::new()), Arc::new(Notify::new()));
    let route = Slow { given: Arc::clone(&given), begun: Arc::clone(&begun), go: Arc::clone(&go) };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let courier = house.courier(house.good.clone(), Box::new(route));
    let running = tokio::spawn(courier.run(async {
        let _ = stopped.await;
    }));
    begun.notified().await;
    stop.send(()).unwrap();
    go.notify_one();
    tokio::time::timeout(MINUTE, running).await.unwrap().unwrap();
    assert_eq!(*given.lock().unwrap(), notices[..1]);
    let first = house.ledger.notice(&notices[0]).await.unwrap().unwrap();
    assert_eq!(first.deliveries[0].state, DeliveryState::Delivered);
    // What stands behind it is there for the next start at once.
    let next = house.ledger.claim_deliveries("journal", "two", LEASE, 10).await.unwrap();
    assert_eq!(next.iter().map(|one| &one.lease.notice).collect::<Vec<_>>(), [&notices[1]]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_on_which_the_component_stops_is_given_up_and_the_next_goes_on() {
    let (house, notices) = with_notices().await;
    let given = Arc::<Mutex<Vec<String>>>::default();
    let run = async |pool: Pool| {
        let courier = house.courier(pool, Box::new(Noted(Arc::clone(&given))));
        let empty = tokio::time::timeout(MINUTE, async {
            while house.ledger.next_delivery("journal").await.unwrap().is_some() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        courier.run(async { empty.await.expect("nothing waits behind it") }).await;
    };
    run(pool(Some(10))).await;
    assert!(given.lock().unwrap().is_empty());
    for id in &notices {
        let told = house.ledger.notice(id).await.unwrap().unwrap();
        assert_eq!(told.deliveries[0].state, DeliveryState::Dead);
        assert!(told.deliveries[0].note.contains("limit-output"), "{}", told.deliveries[0].note);
        house.ledger.redeliver(id, "journal").await.unwrap();
    }
    run(house.good.clone()).await;
    assert_eq!(*given.lock().unwrap(), notices);
}

impl House {
    /// Has something done about the patient.
    async fn ask(&self, intent: Intent) {
        let chart = self.ledger.charts_page(&ChartFilter::default(), None, 1).await.unwrap().items.remove(0);
        let subject = SubjectIntake { seen: vec![chart.seen()], intents: vec![intent], ..SubjectIntake::default() };
        let intake = Intake {
            participant: "ACCES12345".to_owned(),
            feed: None,
            actor: "test".to_owned(),
            allow_reuse: true,
            subjects: vec![subject],
            notices: vec![],
            unmapped: vec![],
        };
        assert!(matches!(self.ledger.intake(intake).await.unwrap(), IntakeResult::Stored(_)));
    }

    /// A submission about the patient that a worker began to send and did not come back from. Gives its id.
    async fn broken_off(&self, operation: Operation, report: Option<ReportPeriod>, payload: &str) -> String {
        // What the feed led to is out of the way.
        for work in self.ledger.claim("one", LEASE, 10).await.unwrap() {
            self.ledger.cancel(&work.lease.submission, "ann").await.unwrap();
        }
        let intent = Intent {
            operation,
            track: Track::Ckm,
            mode: Mode::Auto,
            rule: "test".to_owned(),
            why: "asked".to_owned(),
            reason: None,
            conditions: vec![],
            provider_referral: Some(true),
            switch_consent: None,
            visit: None,
            after: None,
            basis: String::new(),
            report,
            reference: None,
        };
        self.ask(intent).await;
        let work = self.claim().await;
        let sending = Sending {
            entries: Vec::new(),
            payload: Phi::new(payload.to_owned()),
            provenance: vec![],
            issues: vec![],
            basis: String::new(),
            lease: LEASE,
        };
        self.ledger.begin_sending(&work.lease, sending).await.unwrap();
        self.clock.advance(LEASE * 2);
        work.lease.submission
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_in_doubt_is_sent_again_byte_for_byte() {
    let house = House::with("a01-ckm.hl7").await;
    let sent = r#"{"as":"it was sent"}"#;
    let id = house.broken_off(Operation::ReportData, None, sent).await;
    // Also where the component stops: it is not needed for what was sent.
    for pool in [house.good.clone(), pool(Some(10))] {
        let client = house.unanswered_with_tokens().await;
        house.worker(pool, Some(client)).step(house.claim().await).await;
        assert_eq!(house.state(&id).await.0, State::Waiting);
        house.clock.advance(MINUTE * 30);
    }
    let story = house.ledger.submission(&id).await.unwrap().unwrap();
    let bodies: Vec<&str> = story.payloads.iter().map(|payload| payload.body.expose().as_str()).collect();
    assert_eq!(bodies, [sent, sent]);
    assert!(house.codes().await.is_empty());
}

/// A report in doubt whose alignment ended was told as one that was never sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_in_doubt_whose_alignment_ended_is_told_as_one_that_may_have_arrived() {
    let house = House::with("a01-ckm.hl7").await;
    house.accept().await;
    let work = house.claim().await;
    let chart = house.ledger.chart(&work.chart).await.unwrap().unwrap();
    let (seen, settled) = (chart.seen(), house.settled(&work, chart.document.into_inner(), "").await);
    let ending = looked_at_again(Some(Settling { seen, document: Phi::new(settled) }));
    house.ledger.finish(&work.lease, ending).await.unwrap();
    let period = ReportPeriod {
        kind: "baseline".to_owned(),
        period: "baseline".to_owned(),
        alignment: "A1".to_owned(),
        from: "2026-06-01".to_owned(),
        until: "2026-09-01".to_owned(),
    };
    let id = house.broken_off(Operation::ReportData, Some(period), "{}").await;
    house.worker(house.good.clone(), None).step(house.claim().await).await;
    assert_eq!(house.state(&id).await.0, State::Waiting);
    house.clock.advance(MINUTE * 30);
    house.worker(house.good.clone(), None).step(house.claim().await).await;
    assert_eq!(house.state(&id).await, (State::Failed, "report-alignment-ended".to_owned()));
    let outcome = house.ledger.submission(&id).await.unwrap().unwrap().outcome.unwrap().into_inner();
    assert_eq!(outcome.display, "Not sent again");
    assert!(outcome.meaning.starts_with("an earlier attempt may have arrived"), "{}", outcome.meaning);
    assert!(outcome.next_step.starts_with("find out at CMS whether it has the report"), "{}", outcome.next_step);
}

/// What came after the report in doubt was taken for sent with it, and was not sent when CMS refused it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_in_doubt_stands_for_what_it_carried_and_not_for_what_came_since() {
    let house = House::with("a01-ckm.hl7").await;
    let id = house.broken_off(Operation::ReportData, None, "{}").await;
    house.worker(house.good.clone(), None).step(house.claim().await).await;
    let newer = Intent { basis: "newer".to_owned(), ..house.ledger.submission(&id).await.unwrap().unwrap().intent };
    house.ask(newer).await;
    house.clock.advance(MINUTE * 30);
    let client = house.unanswered_with_tokens().await;
    let work = house.claim().await;
    assert_eq!(work.intent.basis, "newer");
    house.worker(house.good.clone(), Some(client)).step(work).await;
    let story = house.ledger.submission(&id).await.unwrap().unwrap();
    let sent: Vec<&str> = story.payloads.iter().map(|payload| payload.basis.as_str()).collect();
    assert_eq!(sent, ["", ""]);
    house.clock.advance(MINUTE * 30);
    assert_eq!(house.claim().await.intent.basis, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alignment_in_doubt_waits_for_a_person_while_eligibility_is_asked() {
    let house = House::with("a01-ckm.hl7").await;
    let id = house.broken_off(Operation::Align, None, "{}").await;
    house.worker(house.good.clone(), Some(house.unanswered())).step(house.claim().await).await;
    assert_eq!(house.state(&id).await.0, State::Uncertain);
    assert_eq!(house.codes().await, ["uncertain"]);
    let asked = house.claim().await;
    assert_eq!((asked.operation, asked.intent.rule.as_str()), (Operation::CheckEligibility, "doubt"));
}
