//! An invented person with readings and answers, as entries beside a chart.

use access_contract::{Entry, EntryKind, Intent, Mode, Operation, ReportPeriod, ReportRequest, Track};
use access_core::chart::Chart;
use access_core::entries::{Answer, Answered, Reading, Score};
use access_core::facts::{Certainty, Diagnosis, Name, Observed, Origin, Sourced};
use access_mappings::{InstrumentFacts, ItemFacts, Profile};
use std::sync::LazyLock;

pub(crate) const MBI: &str = "3AA1AA1AA11";
pub(crate) const FAMILY: &str = "Nyberg-Roe";
pub(crate) const GIVEN: &str = "Astrid";
/// When reports are asked for.
pub(crate) const AT: &str = "2026-02-20T15:00:00Z";

/// The example site.
pub(crate) fn profile() -> &'static Profile {
    static PROFILE: LazyLock<Profile> = LazyLock::new(|| access_mappings::example().unwrap());
    &PROFILE
}

fn origin(path: &str) -> Origin {
    Origin { feed: "FEED-1".to_owned(), path: path.to_owned(), rule: "observations".to_owned() }
}

fn sourced<T>(value: T, path: &str) -> Option<Sourced<T>> {
    Some(Sourced { value, from: origin(path) })
}

fn diagnosis(code: &str, rank: u32) -> Diagnosis {
    Diagnosis {
        instance: String::new(),
        code: code.to_owned(),
        certainty: Certainty::Confirmed,
        rank,
        recorded: None,
        visit: None,
        from: origin("DG1[1]-3.1"),
        statement: String::new(),
    }
}

/// The person: diabetes, hypertension, depression, anxiety, a knee.
pub(crate) fn chart() -> Chart {
    Chart {
        mbi: sourced(MBI.to_owned(), "IN2-6"),
        name: sourced(
            Name { family: FAMILY.to_owned(), given: vec![GIVEN.to_owned()], suffix: String::new() },
            "PID-5",
        ),
        gender: sourced("female".to_owned(), "PID-8"),
        birth_date: sourced("1951-04-12".to_owned(), "PID-7"),
        diagnoses: ["E11.9", "I10", "F33.1", "F41.1", "M17.11"]
            .iter()
            .zip(1..)
            .map(|(code, rank)| diagnosis(code, rank))
            .collect(),
        ..Chart::empty()
    }
}

/// The request for a report of a track.
pub(crate) fn request(track: &str, kind: &str, entries: Vec<Entry>) -> ReportRequest {
    let period = ReportPeriod {
        kind: kind.to_owned(),
        period: if kind == "quarterly" { "quarterly-1".to_owned() } else { kind.to_owned() },
        alignment: format!("alignment-{track}"),
        from: "2026-01-05".to_owned(),
        until: "2026-03-06".to_owned(),
    };
    let intent = Intent {
        report: Some(period),
        ..Intent::new(Operation::ReportData, Track::from(track), Mode::Auto, "reports", "a window is open")
    };
    ReportRequest {
        participant: "ACCES12345".to_owned(),
        intent,
        chart: chart().write().unwrap(),
        entries,
        at: AT.to_owned(),
    }
}

/// A reading of a measure, as it came.
pub(crate) fn reading(measure: &str, loinc: &str, value: &str, unit: &str, at: &str) -> Entry {
    let value = Observed::Quantity {
        value: value.trim_start_matches(['<', '>', '=']).to_owned(),
        comparator: value.chars().take_while(|c| "<>=".contains(*c)).collect(),
        unit: unit.to_owned(),
        code: unit.to_owned(),
    };
    let identifier = format!("ORDER-{at}");
    let document = Reading {
        measure: measure.to_owned(),
        loinc: loinc.to_owned(),
        value,
        status: "final".to_owned(),
        at: at.to_owned(),
        written: String::new(),
        timed: String::new(),
        identifier,
        method: String::new(),
        performer: String::new(),
        placed: String::new(),
        confirmed: String::new(),
        taken_up: String::new(),
        settled: None,
        stated: "2026-02-01T08:00:00.000000Z".to_owned(),
        from: origin(&format!("OBX[{loinc}]-5")),
    };
    entry(format!("m:LAB|{loinc}|{at}"), EntryKind::Measure, measure, at, serde_json::to_string(&document).unwrap())
}

/// A reading with a method and somebody who measured it.
pub(crate) fn with_more(entry: &Entry, method: &str, performer: &str) -> Entry {
    let mut document: Reading = serde_json::from_str(&entry.document).unwrap();
    method.clone_into(&mut document.method);
    performer.clone_into(&mut document.performer);
    Entry { document: serde_json::to_string(&document).unwrap(), ..entry.clone() }
}

fn entry(key: String, kind: EntryKind, code: &str, at: &str, document: String) -> Entry {
    let at = if at.contains('T') { format!("{:.0}", at.parse::<jiff::Timestamp>().unwrap()) } else { at.to_owned() };
    Entry { key, kind, code: code.to_owned(), at, document }
}

/// An answered instrument: every item, with ordinals that go up and down, and the scores that only the owner's table tells.
pub(crate) fn answered(code: &str, authored: &str) -> Entry {
    let facts = profile().guide.instrument(code).unwrap();
    let items = facts.items.iter().filter(|item| !item.link.starts_with('/'));
    let answers = items.enumerate().map(|(number, item)| answer(item, number)).collect();
    let scores = facts.scores.iter().filter(|score| score.rule == "owner");
    let scores = scores.map(|score| Score { link: score.link.clone(), value: "36.80".to_owned(), ..Score::default() });
    let document = Answered { answers, scores: scores.collect(), ..blank(facts, authored) };
    let document = serde_json::to_string(&document).unwrap();
    entry(format!("q:{code}@{authored}"), EntryKind::Questionnaire, code, authored, document)
}

fn blank(facts: &InstrumentFacts, authored: &str) -> Answered {
    let template = serde_json::json!({
        "instrument": facts.code, "status": "completed", "authored": authored, "answers": [],
        "stated": "2026-02-01T08:00:00.000000Z", "identifier": format!("FORM|{authored}"),
        "from": {"feed": "FEED-1", "path": "QuestionnaireResponse", "rule": "questionnaires"}
    });
    serde_json::from_value(template).unwrap()
}

fn answer(item: &ItemFacts, number: usize) -> Answer {
    let [low, high] = item.range;
    let span = usize::try_from(high - low).unwrap() + 1;
    let value = low + i32::try_from(number % span).unwrap();
    let code = profile().guide.answer_list(&item.answers).and_then(|list| list.code(value)).unwrap_or_default();
    Answer {
        link: item.link.clone(),
        text: format!("Question {} & more <of it>", number + 1),
        value: value.to_string(),
        code: code.to_owned(),
        display: if item.form == "coded" { format!("Answer {value}") } else { String::new() },
        ..Answer::default()
    }
}

/// Everything that any track reports.
pub(crate) fn entries() -> Vec<Entry> {
    let mut entries = Vec::new();
    for (at, systolic, diastolic) in [
        ("2026-01-15T10:30:00-06:00", "138", "88"),
        ("2026-01-22T10:30:00-06:00", "132", "84"),
        ("2026-02-05T09:00:00-06:00", "140", "90"),
    ] {
        entries.push(reading("blood-pressure", "8480-6", systolic, "mm[Hg]", at));
        entries.push(reading("blood-pressure", "8462-4", diastolic, "mm[Hg]", at));
    }
    let (visit, lab) = ("2026-01-15T10:30:00-06:00", "2026-01-16T07:45:00-06:00");
    entries.push(reading("weight", "29463-7", "187.4", "[lb_av]", visit));
    entries.push(reading("height", "8302-2", "170.0", "cm", visit));
    entries.push(reading("waist", "56086-2", "95.50", "cm", visit));
    let hba1c = reading("HbA1c", "4548-4", "7.0", "%", lab);
    entries.push(with_more(&hba1c, "HPLC", "1234567893"));
    entries.push(reading("eGFR", "98979-8", ">60", "mL/min/{1.73_m2}", lab));
    entries.push(reading("uACR", "14959-1", "45", "mg/g", lab));
    for (loinc, value) in [("18262-6", "140"), ("2085-9", "42"), ("2093-3", "219"), ("2571-8", "185")] {
        entries.push(reading("lipids", loinc, value, "mg/dL", lab));
    }
    for instrument in &profile().guide.instruments {
        // Of both forms of PROMIS the adaptive test is the older one, so the short form is sent.
        let authored = if instrument.adaptive { "2026-01-10" } else { "2026-01-20T11:00:00-06:00" };
        entries.push(answered(&instrument.code, authored));
    }
    entries
}
