//! Invented people, and short words for what the behaviours do.

use crate::*;
use access_contract::{
    Intent, Mode, Notice, NoticeKind, Operation, Outcome, OutcomeClass, ReportPeriod, Severity, Track, Verdict,
};
use bridge_types::{Phi, TestClock, Timestamp, content_hash};
use std::any::Any;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const PARTICIPANT: &str = "ACCES12345";
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);

/// A fresh store, opened twice, as two processes would.
pub(crate) struct World {
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) other: Arc<dyn Ledger>,
    pub(crate) clock: TestClock,
    /// Runs statements in the store, past the ledger.
    pub(crate) past: Box<dyn Fn(&str)>,
    /// The file, where the store is one.
    pub(crate) path: Option<PathBuf>,
    /// Whatever must live as long as the store.
    pub(crate) _keep: Box<dyn Any>,
}

/// An automatic intent of a rule of the site.
pub(crate) fn intent(operation: Operation, track: Track) -> Intent {
    Intent { basis: "b1".to_owned(), ..Intent::new(operation, track, Mode::Auto, "rules", "a qualifying diagnosis") }
}

pub(crate) fn check(track: Track) -> Intent {
    intent(Operation::CheckEligibility, track)
}

pub(crate) fn align(track: Track) -> Intent {
    intent(Operation::Align, track)
}

/// An automatic intent to report a period of an alignment.
pub(crate) fn report(track: Track, period: &str, alignment: &str) -> Intent {
    let report = ReportPeriod {
        kind: period.to_owned(),
        period: period.to_owned(),
        alignment: alignment.to_owned(),
        from: "2026-01-01".to_owned(),
        until: "2026-04-01".to_owned(),
    };
    Intent { report: Some(report), ..intent(Operation::ReportData, track) }
}

pub(crate) fn held(intent: Intent) -> Intent {
    Intent { mode: Mode::Hold, ..intent }
}

pub(crate) fn after(position: u32, intent: Intent) -> Intent {
    Intent { after: Some(position), ..intent }
}

pub(crate) fn identity(control_id: &str) -> FeedIdentity {
    FeedIdentity { application: "EPIC".to_owned(), facility: "NORTH".to_owned(), control_id: control_id.to_owned() }
}

pub(crate) fn feed(control_id: &str, content: &str) -> FeedEntry {
    FeedEntry {
        identity: identity(control_id),
        received_at: START,
        source: "adt".to_owned(),
        participant: PARTICIPANT.to_owned(),
        event: "ADT^A04".to_owned(),
        content_hash: content_hash(content.as_bytes()),
        bytes: Phi::new(content.as_bytes().to_vec()),
        acknowledgement: "AA".to_owned(),
    }
}

pub(crate) fn refused(control_id: &str, content: &str) -> NewQuarantineEntry {
    NewQuarantineEntry {
        identity: identity(control_id),
        received_at: START,
        source: "adt".to_owned(),
        participant: PARTICIPANT.to_owned(),
        event: "ADT^A04".to_owned(),
        content_hash: content_hash(content.as_bytes()),
        bytes: Phi::new(content.as_bytes().to_vec()),
        verdict: Verdict::NeedsPerson,
        code: "mbi-missing".to_owned(),
        location: "PID[1]-3".to_owned(),
        text: "no Medicare number".to_owned(),
        notices: vec![],
    }
}

pub(crate) fn notice(kind: NoticeKind, routes: &[&str]) -> NewNotice {
    NewNotice {
        notice: Phi::new(Notice {
            kind,
            severity: Severity::Information,
            participant: PARTICIPANT.to_owned(),
            operation: String::new(),
            track: String::new(),
            code: "eligible".to_owned(),
            system: String::new(),
            display: String::new(),
            text: "something happened".to_owned(),
            next_step: String::new(),
            submission: String::new(),
            cms_submission: String::new(),
            control_id: String::new(),
            reply_application: String::new(),
            reply_facility: String::new(),
            mbi: None,
            reference: None,
            patient: String::new(),
            dates: vec![],
            issues: vec![],
        }),
        about: About::AsWritten,
        routes: routes.iter().map(|route| (*route).to_owned()).collect(),
    }
}

/// A change of a chart; `id` unset for a new one.
pub(crate) fn change(id: Option<&SeenChart>, keys: &[&str], document: &str) -> ChartChange {
    ChartChange {
        id: id.map(|seen| seen.id.clone()),
        keys: Phi::new(keys.iter().map(|key| (*key).to_owned()).collect()),
        absorbed: vec![],
        document: Phi::new(document.to_owned()),
        entries: vec![],
        look_at: None,
    }
}

/// A new person.
pub(crate) fn newcomer(keys: &[&str], intents: Vec<Intent>) -> SubjectIntake {
    SubjectIntake { change: Some(change(None, keys, "{}")), intents, ..SubjectIntake::default() }
}

/// An intake without a feed.
pub(crate) fn inside(subjects: Vec<SubjectIntake>) -> Intake {
    Intake {
        participant: PARTICIPANT.to_owned(),
        feed: None,
        actor: "test".to_owned(),
        allow_reuse: false,
        subjects,
        notices: vec![],
        unmapped: vec![],
    }
}

/// An intake of a feed.
pub(crate) fn outside(feed: FeedEntry, subjects: Vec<SubjectIntake>) -> Intake {
    Intake { feed: Some(feed), actor: "adt".to_owned(), ..inside(subjects) }
}

pub(crate) fn outcome() -> Outcome {
    Outcome {
        class: OutcomeClass::Done,
        code: "eligible".to_owned(),
        system: "urn:results".to_owned(),
        display: "Eligible".to_owned(),
        meaning: String::new(),
        next_step: String::new(),
        text: String::new(),
        issues: vec![],
    }
}

pub(crate) fn ending(state: Final, dependents: Dependents) -> Ending {
    Ending {
        state,
        cause: "eligible".to_owned(),
        outcome: Some(Phi::new(outcome())),
        answer: Some(Phi::new(r#"{"resourceType":"Parameters"}"#.to_owned())),
        chart: None,
        notices: vec![],
        dependents,
        held: None,
        dropped: None,
        only_others: false,
        look_again: None,
    }
}

pub(crate) fn sending() -> Sending {
    Sending {
        payload: Phi::new(r#"{"resourceType":"Parameters","parameter":[]}"#.to_owned()),
        provenance: vec![],
        issues: vec![],
        entries: vec!["m:1".to_owned()],
        basis: "b2".to_owned(),
        lease: MINUTE,
    }
}

impl World {
    pub(crate) fn now(&self) -> Timestamp {
        bridge_types::Clock::now(&self.clock)
    }

    /// Stores, and expects it to be stored.
    pub(crate) async fn store(&self, intake: Intake) -> StoredIntake {
        match self.ledger.intake(intake).await.unwrap() {
            IntakeResult::Stored(stored) => stored,
            other => panic!("not stored: {other:?}"),
        }
    }

    /// A new person's chart.
    pub(crate) async fn person(&self, keys: &[&str]) -> SeenChart {
        self.store(inside(vec![newcomer(keys, vec![])])).await.subjects[0].chart.clone().unwrap()
    }

    /// Asks for something about a person; gives what each intent met.
    pub(crate) async fn ask(&self, chart: &SeenChart, intents: Vec<Intent>) -> Vec<Taken> {
        let chart = self.ledger.chart(&chart.id).await.unwrap().unwrap().seen();
        let subject = SubjectIntake { seen: vec![chart], intents, ..SubjectIntake::default() };
        self.store(inside(vec![subject])).await.subjects.remove(0).submissions
    }

    /// The same where it is told what is dropped; gives everything.
    pub(crate) async fn told(&self, chart: &SeenChart, intents: Vec<Intent>) -> StoredIntake {
        let chart = self.ledger.chart(&chart.id).await.unwrap().unwrap().seen();
        let dropped = Some(notice(NoticeKind::SubmissionProblem, &["engine"]));
        let subject = SubjectIntake { seen: vec![chart], intents, dropped, ..SubjectIntake::default() };
        self.store(inside(vec![subject])).await
    }

    /// A new person with one submission; gives the submission.
    pub(crate) async fn one(&self, intent: Intent) -> String {
        let key = format!("one:{}", self.ledger.health().await.unwrap().charts);
        self.store(inside(vec![newcomer(&[&key], vec![intent])])).await.subjects[0].submissions[0].id.clone()
    }

    pub(crate) async fn claim(&self) -> Vec<Claimed> {
        self.ledger.claim("w1", MINUTE, 100).await.unwrap()
    }

    /// Claims, and expects exactly this submission.
    pub(crate) async fn take(&self, id: &str) -> Claimed {
        let mut claimed = self.claim().await;
        assert_eq!(claimed.iter().map(|claimed| claimed.lease.submission.as_str()).collect::<Vec<_>>(), [id]);
        claimed.remove(0)
    }

    /// Claims whatever is due, and gives this one.
    pub(crate) async fn grab(&self, id: &str) -> Claimed {
        self.claim().await.into_iter().find(|claimed| claimed.lease.submission == id).unwrap()
    }

    /// Claims and sends; gives the lease.
    pub(crate) async fn send(&self, id: &str) -> Lease {
        let lease = self.grab(id).await.lease;
        self.ledger.begin_sending(&lease, sending()).await.unwrap();
        lease
    }

    /// Claims, sends and has it accepted.
    pub(crate) async fn bring_to_polling(&self, id: &str) {
        let lease = self.send(id).await;
        self.ledger.accepted(&lease, self.acceptance(id)).await.unwrap();
    }

    pub(crate) fn acceptance(&self, id: &str) -> Acceptance {
        Acceptance {
            location: format!("https://cms.example/status/{id}"),
            cms_submission: format!("cms-{id}"),
            next_poll_at: self.now(),
        }
    }

    /// Brings it to `uncertain`, without a location.
    pub(crate) async fn bring_to_doubt(&self, id: &str) {
        let lease = self.send(id).await;
        self.ledger.uncertain(&lease, "connection lost", vec![]).await.unwrap();
    }

    /// Ends a claimed one.
    pub(crate) async fn finish(&self, lease: &Lease, ending: Ending) -> Finished {
        match self.ledger.finish(lease, ending).await.unwrap() {
            FinishResult::Stored(finished) => finished,
            FinishResult::Conflict => panic!("conflict"),
        }
    }

    pub(crate) async fn story(&self, id: &str) -> SubmissionStory {
        self.ledger.submission(id).await.unwrap().unwrap()
    }

    pub(crate) async fn state(&self, id: &str) -> State {
        self.story(id).await.submission.state
    }

    /// Everything that can be counted; for "nothing was left behind".
    pub(crate) async fn traces(&self) -> (Health, usize) {
        let notices = self.ledger.notices_page(&NoticeFilter::default(), None, 500).await.unwrap().items.len();
        (self.ledger.health().await.unwrap(), notices)
    }
}
