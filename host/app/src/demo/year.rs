//! The year after the day: an alignment, and the reports that CMS pays for, while the clocks of both sides are moved on.

use super::cast::{DIABETES, MEDICARE, OMAR};
use super::day::Scene;
use super::narrator;
use super::stage::Stage;

/// A row of results: code, value, unit.
type Row = [&'static str; 3];

const SYSTOLIC: Row = ["8480-6^Systolic blood pressure", "138", "mm[Hg]"];
const DIASTOLIC: Row = ["8462-4^Diastolic blood pressure", "84", "mm[Hg]"];
const WEIGHT: Row = ["29463-7^Body weight", "92.5", "kg"];
const BMI: Row = ["39156-5^Body mass index", "30.2", "kg/m2"];
const WAIST: Row = ["8280-0^Waist circumference", "104", "cm"];
const HBA1C: Row = ["4548-4^Hemoglobin A1c", "7.4", "%"];
const LDL: Row = ["13457-7^LDL cholesterol, calculated", "118", "mg/dL"];
const EGFR: Row = ["98979-8^eGFR", "71", "mL/min/{1.73_m2}"];
const UACR: Row = ["14959-1^Albumin/creatinine, urine", "18", "mg/g"];

const VITALS: [Row; 5] = [SYSTOLIC, DIASTOLIC, WEIGHT, BMI, WAIST];

/// Plays the year.
pub(super) async fn play(stage: &Stage) -> Vec<Scene> {
    let mut year = Year { stage, told: Vec::new(), time: "", number: 0, heard: 0 };

    let text = "A year of care. Omar is aligned to CKM; from now on CMS expects a report on time, or unaligns him.";
    year.chapter("day 0", 0, text);
    year.align().await;

    let text = "His first visit: vital signs, then the laboratory. The baseline goes out when the last piece is there.";
    year.chapter("day 20", 20, text);
    year.results("vital signs: blood pressure, weight, BMI, waist", &VITALS, None).await;
    let laboratory = [HBA1C, LDL, EGFR, UACR];
    year.results("laboratory: HbA1c, LDL, eGFR, albumin/creatinine", &laboratory, Some("success")).await;

    let text = "The window of the quarterly report is open. CMS answers that something is missing, and says what; when it comes, \
                the report goes out again by itself.";
    year.chapter("day 100", 80, text);
    year.mail("the lock-in ends soon", "participant-lock-ending").await;
    year.results("blood pressure and HbA1c", &[SYSTOLIC, DIASTOLIC, HBA1C], Some("incomplete-data")).await;
    year.results("the weight that was missing", &[WEIGHT], Some("success")).await;

    year.chapter("day 370", 270, "The period is over: the end-of-period report.");
    year.results("vital signs", &VITALS, None).await;
    year.results("laboratory: HbA1c, LDL", &[HBA1C, LDL], Some("success")).await;
    year.told
}

struct Year<'a> {
    stage: &'a Stage,
    told: Vec<Scene>,
    time: &'static str,
    number: u32,
    /// Notices heard before the days passed.
    heard: usize,
}

impl Year<'_> {
    fn chapter(&mut self, time: &'static str, days: u32, text: &str) {
        self.heard = self.stage.engine.count();
        self.stage.pass(days);
        self.time = time;
        narrator::chapter(time, text);
    }

    async fn align(&mut self) {
        let segments = [DIABETES, MEDICARE, "ZAC|1|ALIGN|CKM||Y"];
        self.play("ADT^A04", "align, a provider referred him", &segments, Some("aligned")).await;
    }

    /// A message of results, one `OBX` each, observed now.
    async fn results(&mut self, what: &str, rows: &[Row], expected: Option<&str>) {
        let stamp = self.stamp();
        let mut segments =
            vec![format!("OBR|1||ORD{}^PRAIRIE|RESULTS^Results^L|||{stamp}", self.number.saturating_add(1))];
        for (number, [code, value, unit]) in (1..).zip(rows) {
            segments.push(format!("OBX|{number}|NM|{code}^LN||{value}|{unit}^^UCUM|||||F|||{stamp}"));
        }
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        self.play("ORU^R01", what, &segments, expected).await;
    }

    /// Sends a message, and waits for the notice it leads to.
    async fn play(&mut self, event: &str, what: &str, segments: &[&str], expected: Option<&str>) {
        self.number = self.number.saturating_add(1);
        let (before, heard_before) = (self.stage.sandbox.handle().requests().len(), self.stage.engine.count());
        let message = OMAR.message(event, &format!("Y{:04}", self.number), &self.stamp(), segments);
        let answer = self.stage.send(message.as_bytes()).await;
        narrator::exchanged(OMAR.short, &format!("{event}: {what}"), answer.as_ref());
        let Some(expected) = expected else {
            return self.tell(what, "AA", answer.map(|(code, _)| code), String::new());
        };
        let heard = self.stage.engine.next(heard_before, expected).await;
        let requests = self.stage.sandbox.handle().requests();
        narrator::requested(requests.get(before..).unwrap_or_default());
        let others = self.stage.engine.codes_after(heard_before);
        narrator::noticed(heard.as_ref(), expected, &others);
        let submission = heard.as_ref().map(|heard| heard.submission.clone()).unwrap_or_default();
        let got = heard.map(|heard| heard.code).or_else(|| others.last().cloned());
        self.tell(what, expected, got, submission);
    }

    fn tell(&mut self, what: &str, expected: &str, got: Option<String>, submission: String) {
        self.told.push(Scene {
            time: self.time,
            who: OMAR.short.to_owned(),
            what: what.to_owned(),
            expected: expected.to_owned(),
            got,
            submission,
        });
    }

    /// Waits for what CMS wrote while the days passed.
    async fn mail(&mut self, what: &str, expected: &str) {
        narrator::mailed(&format!("e-mail: {what}"));
        let heard = self.stage.engine.next(self.heard, expected).await;
        narrator::noticed(heard.as_ref(), expected, &self.stage.engine.codes_after(self.heard));
        self.tell(&format!("e-mail of CMS: {what}"), expected, heard.map(|heard| heard.code), String::new());
    }

    /// The present as HL7 writes it.
    fn stamp(&self) -> String {
        let digits: String = self.stage.now().rfc3339().chars().filter(char::is_ascii_digit).take(14).collect();
        format!("{digits}+0000")
    }
}
