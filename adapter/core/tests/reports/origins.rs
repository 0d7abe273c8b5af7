//! The golden reports once more, from feeds: the same person's readings and answers as HL7 v2 messages, as FHIR, and half of each. A
//! report does not show which way its content came, so each must be the golden file to the byte.

use crate::person::{chart, profile, request};
use crate::{KINDS, TRACKS, golden, keep};
use access_contract::{ChartRecord, Entry, EntryKind, PlanRequest};
use access_core::entries::{Answered, Reading};
use access_core::facts::Observed;
use access_core::report::compose_report;
use access_core::{plan, read};
use access_mappings::{AnswerCode, Profile};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// When the feeds come.
const NOW: &str = "2026-02-18T12:00:00Z";

/// The site, where a sender's own answer codes are the ordinals: a code that looks like a number is none by itself.
fn site() -> &'static Profile {
    static SITE: LazyLock<Profile> = LazyLock::new(|| {
        let mut site = profile().clone();
        let answer = |ordinal: i32| AnswerCode { code: ordinal.to_string(), of: None, ordinal };
        site.codes.answers = (0..=10).map(answer).collect::<Vec<_>>().into();
        site
    });
    &SITE
}

/// What one message or Bundle brings: everything measured at one time, or one response.
enum Piece {
    Measured(String, Vec<Reading>),
    Answered(Box<Answered>),
}

/// The pieces of the golden person.
fn pieces() -> Vec<Piece> {
    let mut measured: BTreeMap<String, Vec<Reading>> = BTreeMap::new();
    let mut pieces = Vec::new();
    for entry in crate::person::entries() {
        if entry.kind == EntryKind::Measure {
            let reading: Reading = serde_json::from_str(&entry.document).unwrap();
            measured.entry(reading.at.clone()).or_default().push(reading);
        } else {
            pieces.push(Piece::Answered(Box::new(serde_json::from_str(&entry.document).unwrap())));
        }
    }
    measured.into_iter().map(|(at, readings)| Piece::Measured(at, readings)).chain(pieces).collect()
}

/// A FHIR dateTime as HL7 v2 writes it.
fn stamp(at: &str) -> String {
    let (local, offset) = at.split_at(at.len().min(19));
    let plain = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let sign = offset.chars().next().map(String::from).unwrap_or_default();
    format!("{}{sign}{}", plain(local), plain(offset))
}

/// A piece as a result message.
fn message(number: usize, piece: &Piece) -> String {
    let head = format!(
        "MSH|^~\\&|LAB|MAIN|B|C|20260201080000+0000||ORU^R01|V{number}|P|2.5.1\r\
         PID|1||400112^^^MAIN^MR~3AA1AA1AA11^^^CMS^MC||Nyberg-Roe^Astrid||19510412|F"
    );
    let (panel, at, rows) = match piece {
        Piece::Measured(at, readings) => ("VIS^Visit^L".to_owned(), at, readings.iter().map(row).collect()),
        Piece::Answered(answered) => {
            let code = &answered.instrument;
            let section = &profile().guide.instrument(code).unwrap().section;
            let coded = section.system == "http://loinc.org";
            let panel = if coded { format!("{}^Panel^LN", section.code) } else { format!("{code}^Panel^L") };
            (panel, &answered.authored, answers(answered))
        }
    };
    let rows: Vec<String> = rows;
    let rows = (1..).zip(rows).map(|(set, row)| format!("OBX|{set}|{row}")).collect::<Vec<_>>().join("\r");
    let at = stamp(at);
    format!("{head}\rOBR|1||V{number}|{panel}|||{at}||||||||||||||||||F\r{rows}")
}

/// `OBX-2` and what follows it, of a reading.
fn row(reading: &Reading) -> String {
    let Observed::Quantity { value, comparator, code, .. } = &reading.value else { panic!("no quantity") };
    let (form, value) =
        if comparator.is_empty() { ("NM", value.clone()) } else { ("SN", format!("{comparator}^{value}")) };
    let at = stamp(&reading.at);
    let who = if reading.performer.is_empty() { String::new() } else { format!("{}^^^^^^^^NPI", reading.performer) };
    format!("{form}|{}^Name^LN||{value}|{code}^^UCUM|||||F|||{at}||{who}|{}", reading.loinc, reading.method)
}

fn answers(answered: &Answered) -> Vec<String> {
    let facts = profile().guide.instrument(&answered.instrument).unwrap();
    let name = |link: &str, loinc: &str, text: &str| {
        let text = text.replace('&', "\\T\\");
        if loinc.is_empty() { format!("{link}^{text}^L") } else { format!("{loinc}^{text}^LN") }
    };
    let mut rows = Vec::new();
    for answer in &answered.answers {
        let item = facts.item(&answer.link).unwrap();
        let code = name(&answer.link, &item.loinc, &answer.text);
        let (form, value) = match (item.form.as_str(), answer.code.as_str()) {
            ("coded", "") => ("CWE", format!("{}^{}^L", answer.value, answer.display)),
            ("coded", code) => ("CWE", format!("{code}^{}^LN", answer.display)),
            _ => ("NM", answer.value.clone()),
        };
        rows.push(format!("{form}|{code}||{value}||||||F"));
    }
    for score in &answered.scores {
        let code = name(&score.link, &facts.score(&score.link).unwrap().loinc, "");
        rows.push(format!("NM|{code}||{}||||||F", score.value));
    }
    rows
}

/// A JSON number that keeps its digits: a text, until [`written`].
fn number(text: &str) -> Value {
    format!("#{text}#").into()
}

/// A resource as text, with its numbers as numbers.
fn written(resource: &Value) -> String {
    resource.to_string().replace("\"#", "").replace("#\"", "")
}

/// A piece as a Bundle of FHIR.
fn bundle(place: usize, piece: &Piece) -> String {
    let patient = json!({
        "resourceType": "Patient", "id": "p", "birthDate": "1951-04-12", "gender": "female",
        "identifier": [{
            "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MC"}]},
            "system": "http://hl7.org/fhir/sid/us-mbi", "value": crate::person::MBI,
        }],
        "name": [{"family": crate::person::FAMILY, "given": [crate::person::GIVEN]}],
    });
    let resources = match piece {
        Piece::Measured(_, readings) => observations(place, readings),
        Piece::Answered(answered) => vec![response(place, answered)],
    };
    let entries: Vec<Value> =
        std::iter::once(patient).chain(resources).map(|resource| json!({ "resource": resource })).collect();
    let stamp = "2026-02-01T08:00:00Z";
    written(&json!({"resourceType": "Bundle", "type": "collection", "timestamp": stamp, "entry": entries}))
}

fn observations(place: usize, readings: &[Reading]) -> Vec<Value> {
    let coded = |code: &str| json!({"coding": [{"system": "http://loinc.org", "code": code}]});
    let quantity = |reading: &Reading| {
        let Observed::Quantity { value, comparator, code, .. } = &reading.value else { panic!("no quantity") };
        let mut quantity =
            json!({"value": number(value), "unit": code, "system": "http://unitsofmeasure.org", "code": code});
        if !comparator.is_empty() {
            quantity["comparator"] = comparator.as_str().into();
        }
        quantity
    };
    let blank = |code: &str, reading: &Reading, id: usize| {
        let mut one = json!({
            "resourceType": "Observation", "id": format!("o{place}-{id}"), "status": "final", "code": coded(code),
            "subject": {"reference": "Patient/p"}, "effectiveDateTime": reading.at,
        });
        if !reading.method.is_empty() {
            one["method"] = json!({ "text": reading.method });
        }
        if !reading.performer.is_empty() {
            let system = "http://hl7.org/fhir/sid/us-npi";
            one["performer"] = json!([{"identifier": {"system": system, "value": reading.performer}}]);
        }
        one
    };
    let (halves, others): (Vec<&Reading>, Vec<&Reading>) =
        readings.iter().partition(|reading| reading.measure == "blood-pressure");
    let mut made: Vec<Value> = Vec::new();
    if let Some(first) = halves.first() {
        let mut panel = blank("85354-9", first, 0);
        let parts = halves.iter().map(|half| json!({"code": coded(&half.loinc), "valueQuantity": quantity(half)}));
        panel["component"] = parts.collect();
        made.push(panel);
    }
    made.extend((1..).zip(others).map(|(id, reading)| {
        let mut one = blank(&reading.loinc, reading, id);
        one["valueQuantity"] = quantity(reading);
        one
    }));
    made
}

fn response(place: usize, answered: &Answered) -> Value {
    let facts = profile().guide.instrument(&answered.instrument).unwrap();
    let items = answered.answers.iter().map(|answer| {
        let value = number(&answer.value);
        let answered = match facts.item(&answer.link).unwrap().form.as_str() {
            "integer" => json!({ "valueInteger": value }),
            "decimal" => json!({ "valueDecimal": value }),
            _ => {
                let url = "http://hl7.org/fhir/StructureDefinition/ordinalValue";
                let mut coding = json!({"extension": [{"url": url, "valueDecimal": value}], "display": answer.display});
                if !answer.code.is_empty() {
                    coding["system"] = "http://loinc.org".into();
                    coding["code"] = answer.code.as_str().into();
                }
                json!({ "valueCoding": coding })
            }
        };
        json!({"linkId": answer.link, "text": answer.text, "answer": [answered]})
    });
    let scores = answered
        .scores
        .iter()
        .map(|score| json!({"linkId": score.link, "answer": [{"valueDecimal": number(&score.value)}]}));
    json!({
        "resourceType": "QuestionnaireResponse", "id": format!("q{place}"), "status": "completed",
        "questionnaire": profile().reports.canonicals[&answered.instrument],
        "subject": {"reference": "Patient/p"}, "authored": answered.authored,
        "item": items.chain(scores).collect::<Vec<_>>(),
    })
}

/// Reads the feeds one after the other, as a host does; gives the entries they leave.
fn entries(feeds: &[String]) -> Vec<Entry> {
    let mut held: BTreeMap<String, Entry> = BTreeMap::new();
    for feed in feeds {
        let reading = read::read_text(site(), feed).unwrap_or_else(|refusal| panic!("{refusal:?}\n{feed}"));
        let [subject] = reading.subjects.as_slice() else { panic!("one person: {feed}") };
        let stored = subject.entry_keys.iter().filter_map(|key| held.get(key).cloned()).collect();
        let planned = plan::plan(
            site(),
            &PlanRequest {
                participant: "ACCES12345".to_owned(),
                feed: reading.header.control_id.clone(),
                facts: subject.facts.clone(),
                charts: vec![ChartRecord { id: "c".to_owned(), document: chart().write().unwrap() }],
                entries: stored,
                now: NOW.to_owned(),
            },
        );
        let change = planned.unwrap().chart.unwrap_or_else(|| panic!("nothing was taken: {feed}"));
        assert!(!change.entries.is_empty(), "nothing was taken: {feed}");
        held.extend(change.entries.into_iter().map(|entry| (entry.key.clone(), entry)));
    }
    held.into_values().collect()
}

#[test]
fn every_report_is_the_same_from_hl7_v2_from_fhir_and_from_both() {
    let pieces = pieces();
    for origin in ["hl7v2", "fhir", "mixed"] {
        let from_message = |place: usize| origin == "hl7v2" || (origin == "mixed" && place.is_multiple_of(2));
        let feeds: Vec<String> = pieces
            .iter()
            .enumerate()
            .map(|(place, piece)| if from_message(place) { message(place, piece) } else { bundle(place, piece) })
            .collect();
        let entries = entries(&feeds);
        let mut all = Vec::new();
        for (track, kind) in TRACKS.iter().flat_map(|track| KINDS.map(|kind| (*track, kind))) {
            let payload = compose_report(profile(), &request(track, kind, entries.clone()))
                .unwrap_or_else(|issues| panic!("{track} {kind} from {origin}: {issues:#?}"));
            let wanted = std::fs::read_to_string(golden(&format!("{track}-{kind}.json"))).unwrap();
            assert!(format!("{}\n", payload.body) == wanted, "{track} {kind} from {origin} differs:\n{}", payload.body);
            all.push(payload.body);
        }
        keep(&format!("reports-{origin}"), &all);
    }
}

/// Every answer was said to stand where the first of its response does, and every time in the row of its value.
#[test]
fn what_is_sent_names_the_row_it_stood_in() {
    let pieces = pieces();
    // The times of readings are those of their orders; answers stand in rows of their own.
    let untimed = |text: String| {
        let rows =
            text.split('\r').map(|row| if row.starts_with("OBX") { row.split("|||2026").next().unwrap() } else { row });
        rows.collect::<Vec<_>>().join("\r")
    };
    let feeds: Vec<String> = pieces.iter().enumerate().map(|(place, piece)| untimed(message(place, piece))).collect();
    let entries = entries(&feeds);
    let origins = |track: &str, element: &dyn Fn(&str) -> bool| {
        let payload = compose_report(profile(), &request(track, "baseline", entries.clone())).unwrap();
        let found = payload.provenance.into_iter().filter(|origin| element(&origin.element));
        found.map(|origin| origin.source).collect::<Vec<_>>()
    };
    let times = origins("CKM", &|element| element.ends_with(".effectiveDateTime"));
    assert!(times.len() > 5 && times.iter().all(|source| source == "OBR[1]-7"), "{times:?}");
    let answers = origins("BH", &|element| element.contains(".answer[0].value"));
    for place in ["OBX[1]-5", "OBX[2]-5", "OBX[9]-5"] {
        assert!(answers.iter().filter(|source| *source == place).count() > 1, "{place}: {answers:?}");
    }
}
