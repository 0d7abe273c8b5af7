//! Responses as feeds of each format.

use crate::entries::Answered;
use crate::facts::Facts;
use crate::read::read_text;
use access_contract::{Entry, Issue, Reading};
use access_mappings::{InstrumentFacts, Profile};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// A number that nobody has.
pub(super) const MBI: &str = "3AA1AA1AA11";

/// The example site.
pub(super) static SITE: LazyLock<Profile> = LazyLock::new(|| access_mappings::example().unwrap());

/// A response: answers as ordinals or numbers, scores as they are written.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) instrument: &'static str,
    pub(super) answers: Vec<(String, String)>,
    pub(super) scores: Vec<(String, String)>,
}

/// The answers of the guide's example of an instrument, as ordinals, with the scores it states. Of items that are left out there is
/// nothing.
pub(super) fn example(instrument: &'static str) -> Sample {
    let (answers, scores): (&[&str], &[&str]) = match instrument {
        "PHQ-9" => (&["1", "1", "2", "1", "0", "1", "1", "0", "0", "1"], &["7"]),
        "GAD-7" => (&["1", "1", "1", "1", "0", "1", "1"], &["6"]),
        "WHODAS" => (&["2", "3", "2", "2", "3", "2", "3", "1", "1", "2", "2", "3", "3", "3", "3"], &["26"]),
        "PGIC-BH" | "PGIC-MSK" => (&["1"], &[]),
        "PROMIS-PF" => (&["4", "3", "3", "4", "1", "2"], &["17", "36.8"]),
        "PROMIS-PF-CAT" => (&["2", "3", "3", "2"], &["38"]),
        "PROMIS-PI" => (&["2", "2", "3", "2", "3", "3"], &["15", "58.6"]),
        "PROMIS-PI-CAT" => (&["4", "5", "4", "5"], &["70"]),
        "ODI" => (&["2", "1", "3", "1", "2", "2", "1", "2", "3", "2"], &["38"]),
        "NDI" => (&["2", "1", "2", "2", "3", "2", "2", "2", "2", "2"], &["40"]),
        "QuickDASH" => (&["3", "4", "3", "2", "2", "4", "3", "4", "3", "2", "3"], &["50"]),
        "KOOS-JR" => (&["2", "2", "1", "3", "2", "2", "3"], &["50.012"]),
        "HOOS-JR" => (&["2", "2", "2", "3", "1", "1"], &["55.985"]),
        "PROMIS-NRS" => (&["6"], &[]),
        other => panic!("no example of {other}"),
    };
    let facts = facts_of(instrument);
    let named = |links: Vec<&String>, values: &[&str]| {
        links.into_iter().zip(values).map(|(link, value)| (link.clone(), (*value).to_owned())).collect()
    };
    Sample {
        instrument,
        answers: named(facts.items.iter().map(|item| &item.link).collect(), answers),
        scores: named(facts.scores.iter().map(|score| &score.link).collect(), scores),
    }
}

/// Every instrument of the guide.
pub(super) const ALL: [&str; 15] = [
    "PHQ-9",
    "GAD-7",
    "WHODAS",
    "PGIC-BH",
    "PROMIS-PF",
    "PROMIS-PF-CAT",
    "PROMIS-PI",
    "PROMIS-PI-CAT",
    "ODI",
    "NDI",
    "QuickDASH",
    "PGIC-MSK",
    "KOOS-JR",
    "HOOS-JR",
    "PROMIS-NRS",
];

impl Sample {
    /// With another answer; without it where it is empty.
    pub(super) fn answer(mut self, link: &str, value: &str) -> Self {
        self.answers.retain(|(known, _)| known != link || !value.is_empty());
        for answer in self.answers.iter_mut().filter(|(known, _)| known == link) {
            value.clone_into(&mut answer.1);
        }
        self
    }

    /// With another score; without it where it is empty.
    pub(super) fn score(mut self, value: &str) -> Self {
        match value {
            "" => self.scores.clear(),
            value => value.clone_into(&mut self.scores[0].1),
        }
        self
    }
}

pub(super) fn facts_of(instrument: &str) -> &'static InstrumentFacts {
    SITE.guide.instrument(instrument).unwrap()
}

/// The LOINC answer code of an ordinal, or empty.
fn answer_code(instrument: &InstrumentFacts, link: &str, value: &str) -> String {
    let list = instrument.item(link).and_then(|item| SITE.guide.answer_list(&item.answers));
    let code = list.and_then(|list| list.code(value.parse().ok()?));
    code.unwrap_or_default().to_owned()
}

/// The rows of a sample: LOINC codes where there are some, else `linkId`s.
pub(super) fn rows(sample: &Sample) -> Vec<String> {
    let facts = facts_of(sample.instrument);
    let name = |link: &str| {
        let item = facts.item(link).map(|item| item.loinc.as_str());
        let loinc = item.or_else(|| facts.score(link).map(|score| score.loinc.as_str())).unwrap_or_default();
        if loinc.is_empty() { format!("{link}^Invented?^L") } else { format!("{loinc}^Invented?^LN") }
    };
    let mut rows = Vec::new();
    for (link, value) in &sample.answers {
        let code = answer_code(facts, link, value);
        let answer = if code.is_empty() { ("NM", value.clone()) } else { ("CWE", format!("{code}^words^LN")) };
        rows.push(format!("OBX||{}|{}||{}||||||F", answer.0, name(link), answer.1));
    }
    rows.extend(sample.scores.iter().map(|(link, value)| format!("OBX||NM|{}||{value}||||||F", name(link))));
    rows
}

/// A report of one order: number, code of `OBR-4` and time.
pub(super) fn order(number: &str, panel: &str, at: &str, rows: &[String]) -> Vec<String> {
    let mut all = vec![format!("OBR|1||{number}|{panel}|||{at}||||||||||||||||||F")];
    all.extend_from_slice(rows);
    all
}

/// An ORU with these segments, sent at a time.
pub(super) fn oru(sent: &str, segments: &[String]) -> String {
    format!(
        "MSH|^~\\&|SURVEY|MAIN|B|C|{sent}||ORU^R01|77|P|2.5.1\rPID|1||400112^^^MAIN^MR~{MBI}^^^^MC\r{}",
        segments.join("\r")
    )
}

/// The code of `OBR-4` by which the sample is named.
pub(super) fn panel(sample: &Sample) -> String {
    let section = &facts_of(sample.instrument).section;
    match section.system.as_str() {
        "http://loinc.org" => format!("{}^Panel^LN", section.code),
        _ => format!("{}^Panel^L", sample.instrument),
    }
}

/// A message with one sample.
pub(super) fn hl7v2(sample: &Sample) -> String {
    oru("20260115104500+0000", &order("F200", &panel(sample), "20260115103000+0000", &rows(sample)))
}

/// The canonical that the guide's example has.
pub(super) fn canonical(instrument: &str) -> &'static str {
    match instrument {
        "PHQ-9" => "http://example.org/Questionnaire/PHQ9Questionnaire",
        "GAD-7" => "http://example.org/Questionnaire/GAD7Questionnaire",
        "WHODAS" => "http://example.org/Questionnaire/WHODASQuestionnaire",
        "PGIC-BH" => "http://example.org/Questionnaire/BHPGICQuestionnaire",
        "PGIC-MSK" => "http://example.org/Questionnaire/MSKPGICQuestionnaire",
        "PROMIS-PF" => "http://example.org/Questionnaire/PROMISPhysicalFunctionQuestionnaire",
        "PROMIS-PF-CAT" => "http://example.org/Questionnaire/PROMISPhysicalFunctionCATQuestionnaire",
        "PROMIS-PI" => "http://example.org/Questionnaire/PROMISPainInterferenceSFQuestionnaire",
        "PROMIS-PI-CAT" => "http://example.org/Questionnaire/PROMISPainInterferenceCATQuestionnaire",
        "ODI" => "http://example.org/Questionnaire/OswestryDisabilityIndexQuestionnaire",
        "NDI" => "http://example.org/Questionnaire/NeckDisabilityIndexQuestionnaire",
        "QuickDASH" => "http://example.org/Questionnaire/QuickDASHQuestionnaire",
        "KOOS-JR" => "http://example.org/Questionnaire/KOOSJRQuestionnaire",
        "HOOS-JR" => "http://example.org/Questionnaire/HOOSJRQuestionnaire",
        _ => "http://example.org/Questionnaire/PROMISNRSQuestionnaire",
    }
}

/// A JSON number as it is written.
fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A response in the guide's form.
pub(super) fn resource(sample: &Sample) -> Value {
    let facts = facts_of(sample.instrument);
    let item = |(link, value): &(String, String)| {
        let form = facts.item(link).map_or("coded", |item| item.form.as_str());
        let answer = match form {
            "integer" => json!({"valueInteger": number(value)}),
            "decimal" => json!({"valueDecimal": number(value)}),
            _ => {
                let url = "http://hl7.org/fhir/StructureDefinition/ordinalValue";
                let mut coding =
                    json!({"extension": [{"url": url, "valueDecimal": number(value)}], "display": "words"});
                let code = answer_code(facts, link, value);
                if !code.is_empty() {
                    coding["system"] = "http://loinc.org".into();
                    coding["code"] = code.into();
                }
                json!({ "valueCoding": coding })
            }
        };
        json!({"linkId": link, "text": "Invented?", "answer": [answer]})
    };
    let score = |(link, value): &(String, String)| json!({"linkId": link, "answer": [{"valueDecimal": number(value)}]});
    let items: Vec<Value> = sample.answers.iter().map(item).chain(sample.scores.iter().map(score)).collect();
    json!({
        "resourceType": "QuestionnaireResponse", "id": "q1", "meta": {"lastUpdated": "2026-01-15T10:45:00Z"},
        "questionnaire": canonical(sample.instrument), "status": "completed", "subject": {"reference": "Patient/p"},
        "authored": "2026-01-15T10:30:00+00:00", "item": items
    })
}

/// A file with one row.
pub(super) fn csv(sample: &Sample) -> String {
    let facts = facts_of(sample.instrument);
    let all = || sample.answers.iter().chain(&sample.scores);
    let cell = |(link, value): &(String, String)| {
        let code = answer_code(facts, link, value);
        if code.is_empty() { value.clone() } else { code }
    };
    let names: Vec<&str> = all().map(|(link, _)| link.as_str()).collect();
    let cells: Vec<String> = all().map(cell).collect();
    format!(
        "mbi,instrument,authored,exported,response_id,{}\n{MBI},{},2026-01-15T10:30:00+00:00,2026-01-15T10:45:00Z,F200,{}\n",
        names.join(","),
        sample.instrument,
        cells.join(",")
    )
}

pub(super) fn read(text: &str) -> Reading {
    read_by(&SITE, text)
}

pub(super) fn read_by(profile: &Profile, text: &str) -> Reading {
    read_text(profile, text).unwrap_or_else(|refusal| panic!("refused: {:?}", refusal.issues))
}

pub(super) fn facts(reading: &Reading) -> Vec<Facts> {
    reading.subjects.iter().map(|subject| serde_json::from_str(&subject.facts).unwrap()).collect()
}

/// The responses of the only person.
pub(super) fn answered(text: &str) -> Vec<Answered> {
    answered_by(&SITE, text)
}

pub(super) fn answered_by(profile: &Profile, text: &str) -> Vec<Answered> {
    let mut all = facts(&read_by(profile, text));
    assert_eq!(all.len(), 1);
    all.remove(0).questionnaires
}

/// The entries of the only person.
pub(super) fn entries(text: &str) -> Vec<Entry> {
    entries_by(&SITE, text)
}

pub(super) fn entries_by(profile: &Profile, text: &str) -> Vec<Entry> {
    let all = facts(&read_by(profile, text));
    assert_eq!(all.len(), 1);
    super::super::entries(profile, &all[0])
}

/// `linkId` and value of every answer.
pub(super) fn values(answered: &Answered) -> Vec<(&str, &str)> {
    answered.answers.iter().map(|answer| (answer.link.as_str(), answer.value.as_str())).collect()
}

/// Codes and places of the issues about questionnaires and files.
pub(super) fn found(issues: &[Issue]) -> Vec<(String, String)> {
    let about = |issue: &&Issue| issue.code.starts_with("questionnaire-") || issue.code.starts_with("csv-");
    issues.iter().filter(about).map(|issue| (issue.code.clone(), issue.location.clone())).collect()
}

pub(super) fn at(code: &str, place: &str) -> (String, String) {
    (code.to_owned(), place.to_owned())
}
