//! The day, scene by scene.

use super::cast::{DEPRESSION, DIABETES, GRETA, HAROLD, HYPERTENSION, INES, KNEE, MEDICARE, MEI, Person, ROSA, SEAN};
use super::narrator;
use super::stage::Stage;

/// One scene and how it ended.
#[derive(Debug)]
pub(super) struct Scene {
    /// When, by the clock of the play.
    pub(super) time: &'static str,
    /// Whom it is about.
    pub(super) who: String,
    /// What was sent.
    pub(super) what: String,
    /// What should come back.
    pub(super) expected: String,
    /// What came back.
    pub(super) got: Option<String>,
    /// The submission it led to, if any.
    pub(super) submission: String,
}

impl Scene {
    /// Whether it ended as the programme's rules say.
    pub(super) fn as_expected(&self) -> bool {
        self.got.as_deref() == Some(self.expected.as_str())
    }
}

/// What is played: a message about a person.
struct Feed<'a> {
    person: &'a Person,
    event: &'static str,
    /// `MSH-10`
    id: &'static str,
    segments: &'a [&'a str],
    what: &'static str,
}

/// Plays all scenes, one after the other.
pub(super) async fn play(stage: &Stage) -> Vec<Scene> {
    let mut day = Day { stage, told: Vec::new(), time: "" };

    day.chapter(
        "08:00",
        "Screening. Registrations arrive; who has Original Medicare and a diagnosis that qualifies is checked.",
    );
    let rosa = Feed {
        person: &ROSA,
        event: "A04",
        id: "D1001",
        segments: &[DIABETES, MEDICARE],
        what: "type 2 diabetes, Original Medicare",
    };
    day.feed(&rosa, "eligible").await;
    let sean = Feed {
        person: &SEAN,
        event: "A04",
        id: "D1002",
        segments: &[HYPERTENSION, MEDICARE],
        what: "hypertension; the card says O'Brien",
    };
    day.feed(&sean, "not-eligible-mismatch").await;
    let ines =
        Feed { person: &INES, event: "A01", id: "D1003", segments: &[KNEE, MEDICARE], what: "knee osteoarthritis" };
    day.feed(&ines, "not-eligible-control-group").await;
    let mei = Feed { person: &MEI, event: "A04", id: "D1004", segments: &[DEPRESSION, MEDICARE], what: "depression" };
    day.feed(&mei, "eligible-switch-participants").await;
    let advantage = "IN1|1|HMO9|88|HUMANA GOLD PLUS MEDICARE ADVANTAGE HMO||||||||||||16";
    let greta = Feed {
        person: &GRETA,
        event: "A04",
        id: "D1005",
        segments: &[KNEE, advantage],
        what: "Medicare Advantage, so nothing to ask",
    };
    day.answered(&greta, "AA").await;

    day.chapter(
        "10:00",
        "Enrolment. The care team asks for alignment with a ZAC segment. One of Rosa's polls meets an expired token, one a 429; \
         neither ends her submission.",
    );
    let segments = [DIABETES, MEDICARE, "ZAC|1|ALIGN|CKM||Y"];
    let rosa =
        Feed { person: &ROSA, event: "A08", id: "D2001", segments: &segments, what: "align, a provider referred her" };
    day.feed(&rosa, "aligned").await;
    let segments = [HYPERTENSION, MEDICARE, "ZAC|1|ALIGN|eCKM||N"];
    let harold = Feed { person: &HAROLD, event: "A04", id: "D2002", segments: &segments, what: "align, not referred" };
    day.feed(&harold, "aligned").await;
    let segments = [DEPRESSION, MEDICARE, "ZAC|1|ALIGN|BH||N|Y"];
    let mei =
        Feed { person: &MEI, event: "A08", id: "D2003", segments: &segments, what: "switch, her consent attested" };
    day.feed(&mei, "aligned-switch-approved").await;

    day.chapter(
        "13:00",
        "Harold moves to Florida, outside the licensed states. Unaligning him is held until a person approves it.",
    );
    let moved = HAROLD.at("41 Palm Drive^^Tampa^FL^33602^USA^H");
    let segments = [HYPERTENSION, MEDICARE];
    let harold =
        Feed { person: &moved, event: "A08", id: "D3001", segments: &segments, what: "new address in Florida" };
    let held = day.feed(&harold, "held").await;
    let approve = format!("ZAC|1|APPROVE||||||{held}");
    let segments = [HYPERTENSION, MEDICARE, &approve];
    let harold = Feed { id: "D3002", segments: &segments, what: "approved, by ZAC segment", ..harold };
    day.feed_about("D3001", &harold, "unaligned").await;

    day.chapter("14:00", "Ending. Rosa's practice lost contact and says so.");
    let segments = [DIABETES, MEDICARE, "ZAC|1|UNALIGN|CKM|loss-of-contact"];
    let rosa = Feed { person: &ROSA, event: "A08", id: "D4001", segments: &segments, what: "unalign, loss of contact" };
    day.feed(&rosa, "unaligned").await;

    day.chapter("15:00", "Bad input. Refused with the reason, kept in quarantine, and told to the engine.");
    let broken = Person { mbi: "8GH9JK1MN", ..GRETA };
    let greta = Feed {
        person: &broken,
        event: "A04",
        id: "D5001",
        segments: &[KNEE, MEDICARE],
        what: "an MBI with two characters missing",
    };
    day.answered(&greta, "AE").await;
    day.raw(b"undefined", "`undefined`, which is not HL7", "AR").await;
    day.told
}

struct Day<'a> {
    stage: &'a Stage,
    told: Vec<Scene>,
    time: &'static str,
}

impl Day<'_> {
    fn chapter(&mut self, time: &'static str, text: &str) {
        self.time = time;
        narrator::chapter(time, text);
    }

    /// Sends a feed and waits for the notice that it leads to; the submission's id.
    async fn feed(&mut self, feed: &Feed<'_>, expected: &str) -> String {
        self.feed_about(feed.id, feed, expected).await
    }

    /// The same where the notice is about an earlier feed.
    async fn feed_about(&mut self, about: &str, feed: &Feed<'_>, expected: &str) -> String {
        let before = self.stage.sandbox.handle().requests().len();
        self.exchange(feed).await;
        let heard = self.stage.engine.notice(about, expected).await;
        let requests = self.stage.sandbox.handle().requests();
        narrator::requested(requests.get(before..).unwrap_or_default());
        narrator::noticed(heard.as_ref(), expected, &self.stage.engine.codes(about));
        let submission = heard.as_ref().map(|heard| heard.submission.clone()).unwrap_or_default();
        let got = heard.map(|heard| heard.code).or_else(|| self.stage.engine.codes(about).pop());
        self.tell(feed.person.short, feed.what, expected, got, submission.clone());
        submission
    }

    /// A feed that leads to nothing but its answer.
    async fn answered(&mut self, feed: &Feed<'_>, expected: &str) {
        let answer = self.exchange(feed).await;
        self.tell(feed.person.short, feed.what, expected, answer, String::new());
    }

    /// Sends a message, and gives `MSA-1` of its answer.
    async fn exchange(&self, feed: &Feed<'_>) -> Option<String> {
        let message = feed.person.adt(feed.event, feed.id, self.time, feed.segments);
        let answer = self.stage.send(message.as_bytes()).await;
        let what = format!("ADT^{}: {}", feed.event, feed.what);
        narrator::exchanged(feed.person.short, &what, answer.as_ref());
        answer.map(|(code, _)| code)
    }

    async fn raw(&mut self, bytes: &[u8], what: &str, expected: &str) {
        let answer = self.stage.send(bytes).await;
        narrator::exchanged("somebody", what, answer.as_ref());
        self.tell("somebody", what, expected, answer.map(|(code, _)| code), String::new());
    }

    fn tell(&mut self, who: &str, what: &str, expected: &str, got: Option<String>, submission: String) {
        self.told.push(Scene {
            time: self.time,
            who: who.to_owned(),
            what: what.to_owned(),
            expected: expected.to_owned(),
            got,
            submission,
        });
    }
}
