//! The day, scene by scene.

use super::cast::{DEPRESSION, DIABETES, GRETA, HAROLD, HYPERTENSION, INES, KNEE, MEDICARE, MEI, Person, ROSA, SEAN};
use super::narrator;
use super::stage::Stage;

/// One scene and how it ended.
#[derive(Debug)]
pub(super) struct Scene {
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

/// Plays all scenes, one after the other.
pub(super) async fn play(stage: &Stage) -> Vec<Scene> {
    let mut told = Vec::new();
    let mut day = Day { stage, told: &mut told };

    narrator::chapter(
        "08:00  Screening. Registrations arrive; who has Original Medicare and a diagnosis that qualifies is checked.",
    );
    day.feed(&ROSA, "A04", "D1001", "080000", &[DIABETES, MEDICARE], "type 2 diabetes, CKM", "eligible").await;
    day.feed(&SEAN, "A04", "D1002", "081000", &[HYPERTENSION, MEDICARE], "hypertension, eCKM", "not-eligible-mismatch")
        .await;
    day.feed(
        &INES,
        "A01",
        "D1003",
        "082000",
        &[KNEE, MEDICARE],
        "knee osteoarthritis, MSK",
        "not-eligible-control-group",
    )
    .await;
    day.feed(&MEI, "A04", "D1004", "083000", &[DEPRESSION, MEDICARE], "depression, BH", "eligible-switch-participants")
        .await;
    let advantage = "IN1|1|HMO9|88|HUMANA GOLD PLUS MEDICARE ADVANTAGE HMO||||||||||||16";
    day.quiet(&GRETA, "A04", "D1005", "084000", &[KNEE, advantage], "Medicare Advantage: nothing to ask").await;

    narrator::chapter(
        "10:00  Enrolment. The care team asks for alignment with a ZAC segment; Rosa's poll meets an expired token and a 429.",
    );
    day.feed(
        &ROSA,
        "A08",
        "D2001",
        "100000",
        &[DIABETES, MEDICARE, "ZAC|1|ALIGN|CKM||Y"],
        "align, referred by a provider",
        "aligned",
    )
    .await;
    let harold = ["DG1|1||I10^Essential hypertension^I10C|||F", MEDICARE, "ZAC|1|ALIGN|eCKM||N"];
    day.feed(&HAROLD, "A04", "D2002", "101000", &harold, "align, not referred", "aligned").await;
    let switch = [DEPRESSION, MEDICARE, "ZAC|1|ALIGN|BH||N|Y"];
    day.feed(&MEI, "A08", "D2003", "102000", &switch, "switch, consent attested", "aligned-switch-approved").await;

    narrator::chapter(
        "13:00  Harold moves to Florida, outside the licensed states. Leaving is held until a person approves it.",
    );
    let moved = HAROLD.at("41 Palm Drive^^Tampa^FL^33602^USA^H");
    let held = day.feed(&moved, "A08", "D3001", "130000", &[HYPERTENSION, MEDICARE], "new address", "held").await;
    let approve = format!("ZAC|1|APPROVE||||||{held}");
    day.approve(&moved, "D3002", "131000", &approve, "D3001", "unaligned").await;

    narrator::chapter("14:00  Ending. Rosa's practice lost contact and says so.");
    let leave = [DIABETES, MEDICARE, "ZAC|1|UNALIGN|CKM|loss-of-contact"];
    day.feed(&ROSA, "A08", "D4001", "140000", &leave, "unalign, loss of contact", "unaligned").await;

    narrator::chapter("15:00  Bad input. Refused with the reason, kept in quarantine, told to the engine.");
    let broken = Person { mbi: "8GH9JK1MN", ..GRETA };
    day.refused(&broken, "A04", "D5001", "150000", &[KNEE, MEDICARE], "an MBI with two characters missing", "AE").await;
    day.raw(b"undefined", "nine bytes that are not HL7 v2", "AR").await;
    told
}

struct Day<'a> {
    stage: &'a Stage,
    told: &'a mut Vec<Scene>,
}

impl Day<'_> {
    /// Sends a feed and waits for the notice that it leads to; the submission's id.
    #[expect(clippy::too_many_arguments, reason = "a scene reads as one line of the play")]
    async fn feed(
        &mut self,
        person: &Person,
        event: &str,
        id: &str,
        time: &str,
        segments: &[&str],
        what: &str,
        expected: &str,
    ) -> String {
        let message = person.adt(event, id, time, segments);
        self.exchange(person.short, event, &message, what).await;
        self.await_notice(person.short, what, id, expected).await
    }

    async fn approve(&mut self, person: &Person, id: &str, time: &str, zac: &str, about: &str, expected: &str) {
        let message = person.adt("A08", id, time, &[HYPERTENSION, MEDICARE, zac]);
        self.exchange(person.short, "A08", &message, "approve, by ZAC segment").await;
        self.await_notice(person.short, "approved", about, expected).await;
    }

    async fn exchange(&self, who: &str, event: &str, message: &str, what: &str) {
        narrator::sent(who, event, what);
        let answer = self.stage.send(message.as_bytes()).await;
        narrator::answered(answer.as_ref());
    }

    async fn await_notice(&mut self, who: &str, what: &str, id: &str, expected: &str) -> String {
        let heard = self.stage.engine.notice(id, expected).await;
        narrator::noticed(heard.as_ref(), expected, &self.stage.engine.codes(id));
        let submission = heard.as_ref().map(|heard| heard.submission.clone()).unwrap_or_default();
        let got = heard.map(|heard| heard.code).or_else(|| self.stage.engine.codes(id).pop());
        self.told.push(Scene {
            who: who.to_owned(),
            what: what.to_owned(),
            expected: expected.to_owned(),
            got,
            submission: submission.clone(),
        });
        submission
    }

    /// A feed that leads to nothing but its acknowledgement.
    async fn quiet(&mut self, person: &Person, event: &str, id: &str, time: &str, segments: &[&str], what: &str) {
        let message = person.adt(event, id, time, segments);
        narrator::sent(person.short, event, what);
        let answer = self.stage.send(message.as_bytes()).await;
        narrator::answered(answer.as_ref());
        self.tell_answer(person.short, what, "AA", answer);
    }

    #[expect(clippy::too_many_arguments, reason = "a scene reads as one line of the play")]
    async fn refused(
        &mut self,
        person: &Person,
        event: &str,
        id: &str,
        time: &str,
        segments: &[&str],
        what: &str,
        expected: &str,
    ) {
        let message = person.adt(event, id, time, segments);
        narrator::sent(person.short, event, what);
        let answer = self.stage.send(message.as_bytes()).await;
        narrator::answered(answer.as_ref());
        self.tell_answer(person.short, what, expected, answer);
    }

    async fn raw(&mut self, bytes: &[u8], what: &str, expected: &str) {
        narrator::sent("Somebody", "???", what);
        let answer = self.stage.send(bytes).await;
        narrator::answered(answer.as_ref());
        self.tell_answer("Somebody", what, expected, answer);
    }

    fn tell_answer(&mut self, who: &str, what: &str, expected: &str, answer: Option<(String, String)>) {
        self.told.push(Scene {
            who: who.to_owned(),
            what: what.to_owned(),
            expected: expected.to_owned(),
            got: answer.map(|(code, _)| code),
            submission: String::new(),
        });
    }
}
