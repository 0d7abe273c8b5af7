//! The cases under `tests/cases/`, natively. Their README says what the keys mean.

#![cfg(test)]

#[path = "../../../tests/kit/cases/usual.rs"]
mod usual;

use access_contract::{Intent, Issue, Mode, Operation, PlanRequest, Track};
use access_core::{compose, plan, read};
use access_mappings::{Profile, SiteFile, Sources};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    case: Vec<Case>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    why: String,
    #[serde(default)]
    pid: BTreeMap<String, String>,
    #[serde(default)]
    header: BTreeMap<String, String>,
    #[serde(default)]
    charset: String,
    #[serde(default)]
    lines: Vec<String>,
    #[serde(default)]
    hl7: String,
    #[serde(default)]
    fhir: String,
    #[serde(default)]
    site: String,
    #[serde(default)]
    facts: BTreeMap<String, Value>,
    #[serde(default)]
    rows: Vec<Vec<String>>,
    #[serde(default)]
    fact: String,
    #[serde(default)]
    patient: BTreeMap<String, Value>,
    #[serde(default)]
    refused: String,
    #[serde(default)]
    issues: Vec<String>,
    /// The feed is about nobody; every other is about one person.
    #[serde(default)]
    none: bool,
}

static EXAMPLE: LazyLock<Profile> = LazyLock::new(|| access_mappings::example().unwrap());

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases")
}

fn files_of(topic: &str) -> Vec<PathBuf> {
    let listed = fs::read_dir(folder().join(topic)).unwrap();
    let mut found: Vec<PathBuf> = listed.map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    found.sort();
    assert!(!found.is_empty(), "no cases of {topic}");
    found
}

/// The bytes of a case's message.
fn message(case: &Case) -> Vec<u8> {
    let text = match (case.hl7.as_str(), case.fhir.as_str()) {
        ("", "") => usual::message(&case.header, &case.pid, &case.lines),
        ("", fhir) => fhir.to_owned(),
        (hl7, _) => usual::whole(hl7),
    };
    usual::encode(&text, &case.charset)
}

fn profile(case: &Case) -> Profile {
    if case.site.is_empty() {
        return EXAMPLE.clone();
    }
    let text = usual::site(&case.site);
    let file = SiteFile { name: "case.toml".to_owned(), text };
    access_mappings::load(&Sources::embedded(), &file).unwrap_or_else(|findings| panic!("{}: {findings:?}", case.name))
}

/// What stands at a dotted path; nothing counts as `"-"`.
fn at(document: &Value, path: &str) -> Value {
    let found = path.split('.').try_fold(document, |node, key| match node {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => node.get(key),
    });
    match found {
        None | Some(Value::Null) => Value::from("-"),
        Some(Value::String(text)) if text.is_empty() => Value::from("-"),
        Some(value) => value.clone(),
    }
}

fn places(issues: &[Issue]) -> Vec<String> {
    issues.iter().map(|issue| format!("{} {}", issue.code, issue.location).trim_end().to_owned()).collect()
}

/// The Patient of the eligibility check, or the first reason why there is none.
fn patient(profile: &Profile, facts: &str) -> Result<(String, Value), String> {
    let request = PlanRequest {
        entries: Vec::new(),
        participant: "ACCES12345".to_owned(),
        feed: "77".to_owned(),
        facts: facts.to_owned(),
        charts: Vec::new(),
        now: "2026-07-14T15:00:00Z".to_owned(),
    };
    let planned = plan::plan(profile, &request).map_err(|issue| issue.code)?;
    let chart = planned.chart.ok_or("no-chart")?.document;
    let intent = Intent::new(Operation::CheckEligibility, Track::Ckm, Mode::Auto, "triggers.screen", "a case asks");
    let payload = compose::compose(profile, "ACCES12345", &intent, &chart)
        .map_err(|issues| issues.first().map(|issue| issue.code.clone()).unwrap_or_default())?;
    let body: Value = serde_json::from_str(&payload.body).unwrap();
    for entry in &payload.provenance {
        let pointer =
            entry.element.trim_start_matches("Parameters").replace('[', "/").replace(']', "").replace('.', "/");
        assert!(body.pointer(&pointer).is_some(), "{}", entry.element);
    }
    let person = body["parameter"][2]["resource"].clone();
    Ok((payload.body, person))
}

/// What the cases of a topic came to.
#[derive(Default)]
struct Run {
    payloads: Vec<String>,
    /// Paths at which something stood in some case, without the numbers of rows.
    filled: BTreeSet<String>,
    /// Paths at which nothing is due, with the case that says so.
    empty: BTreeMap<String, String>,
}

impl Run {
    /// Notes every path of a document at which something stands.
    fn fill(&mut self, kind: &str, document: &Value) {
        let members: Vec<(String, &Value)> = match document {
            Value::Object(members) => members.iter().map(|(name, value)| (format!("{kind}.{name}"), value)).collect(),
            Value::Array(items) => items.iter().map(|item| (format!("{kind}.#"), item)).collect(),
            _ => return,
        };
        for (path, value) in members {
            if !value.is_null() && value.as_str() != Some("") {
                self.fill(&path, value);
                self.filled.insert(path);
            }
        }
    }

    /// Notes that nothing is due at some of the paths.
    fn expect(&mut self, kind: &str, case: &Case, expected: &BTreeMap<String, Value>) {
        for (path, _) in expected.iter().filter(|(_, value)| **value == "-") {
            let steps = path.split('.').map(|step| if step.parse::<usize>().is_ok() { "#" } else { step });
            let path = std::iter::once(kind).chain(steps).collect::<Vec<_>>().join(".");
            self.empty.entry(path).or_insert_with(|| case.name.clone());
        }
    }

    /// Paths at which never anything stands: a wrong path would hold for ever.
    fn unproven(&self) -> Vec<String> {
        let never = self.empty.iter().filter(|(path, _)| !self.filled.contains(*path));
        never.map(|(path, case)| format!("{case}: in no case anything stands at {path}")).collect()
    }
}

/// What is wrong with a case, in words.
fn faults(case: &Case, run: &mut Run) -> Vec<String> {
    let mut faults = Vec::new();
    let mut wrong = |what: &str, expected: &Value, found: &Value| {
        if expected != found {
            faults.push(format!("{}: {what}\n  expected {expected}\n     found {found}", case.name));
        }
    };
    let profile = profile(case);
    let reading = match read::read(&profile, &message(case)) {
        Ok(reading) => reading,
        Err(refusal) if case.facts.values().any(|expected| expected == "refused") => {
            wrong("issues", &Value::from(case.issues.clone()), &Value::from(places(&refusal.issues)));
            // Nothing else can be true of a refused feed.
            for (path, expected) in &case.facts {
                wrong(path, expected, &Value::from("refused"));
            }
            for path in case.patient.keys() {
                wrong(path, &Value::from("looked at"), &Value::from("refused"));
            }
            wrong("refused", &Value::from(case.refused.clone()), &Value::from(""));
            wrong("none", &Value::from(case.none), &Value::from(false));
            return faults;
        }
        Err(refusal) => {
            wrong("the message", &Value::from("read"), &Value::from(places(&refusal.issues).join(", ")));
            return faults;
        }
    };
    wrong("people", &Value::from(usize::from(!case.none)), &Value::from(reading.subjects.len()));
    let any_issues = case.issues.first().map(String::as_str) == Some("*");
    if !any_issues {
        wrong("issues", &Value::from(case.issues.clone()), &Value::from(places(&reading.issues)));
    }
    if any_issues && case.facts.is_empty() && case.patient.is_empty() && case.refused.is_empty() {
        wrong("the case", &Value::from("looks at something"), &Value::from("looks at nothing"));
    }
    let Some(text) = reading.subjects.first().map(|subject| subject.facts.clone()) else {
        for path in case.facts.keys().chain(case.patient.keys()) {
            wrong(path, &Value::from("looked at"), &Value::from("nobody"));
        }
        wrong("refused", &Value::from(case.refused.clone()), &Value::from(""));
        return faults;
    };
    let facts: Value = serde_json::from_str(&text).unwrap();
    run.fill("facts", &facts);
    run.expect("facts", case, &case.facts);
    for (path, expected) in &case.facts {
        wrong(path, expected, &at(&facts, path));
    }
    if case.patient.is_empty() && case.refused.is_empty() {
        return faults;
    }
    match patient(&profile, &text) {
        Ok((payload, found)) => {
            run.payloads.push(payload);
            run.fill("patient", &found);
            run.expect("patient", case, &case.patient);
            wrong("refused", &Value::from(case.refused.clone()), &Value::from(""));
            for (path, expected) in &case.patient {
                wrong(path, expected, &at(&found, path));
            }
        }
        Err(code) => wrong("refused", &Value::from(case.refused.clone()), &Value::from(code)),
    }
    faults
}

/// A case for each row, or the case itself.
fn unfolded(case: &Case) -> Vec<Case> {
    if case.rows.is_empty() {
        return vec![case.clone()];
    }
    let one = |row: &Vec<String>| {
        let (input, expected) = (&row[0], &row[1]);
        let put = |text: &mut String| usual::put(text, input);
        let mut one = Case { name: format!("{}: {input}", case.name), rows: Vec::new(), ..case.clone() };
        one.pid.values_mut().for_each(put);
        one.header.values_mut().for_each(put);
        one.lines.iter_mut().for_each(put);
        put(&mut one.hl7);
        put(&mut one.fhir);
        if !case.fact.is_empty() {
            one.facts.insert(case.fact.clone(), Value::from(expected.as_str()));
        }
        one.issues.extend(row.iter().skip(2).cloned());
        one
    };
    case.rows.iter().map(one).collect()
}

fn run(topic: &str) {
    let (mut wrong, mut run) = (Vec::new(), Run::default());
    for path in files_of(topic) {
        let text = fs::read_to_string(&path).unwrap();
        let file: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(!file.title.is_empty() && !file.case.is_empty(), "{}", path.display());
        for case in &file.case {
            assert!(!case.why.is_empty(), "{}: says no why", case.name);
            let cases = unfolded(case);
            let found = cases.iter().flat_map(|case| faults(case, &mut run)).collect::<Vec<_>>();
            wrong.extend(found.into_iter().map(|fault| format!("{} · {fault}", path.file_name().unwrap().display())));
        }
    }
    wrong.extend(run.unproven());
    // For a validator of somebody else's.
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("payloads-{topic}.ndjson"));
    fs::write(kept, run.payloads.join("\n")).unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn identity() {
    run("identity");
}

#[test]
fn dates() {
    run("dates");
}

#[test]
fn observations() {
    run("observations");
}

#[test]
fn mbi() {
    run("mbi");
}

#[test]
fn coverage() {
    run("coverage");
}

#[test]
fn diagnoses() {
    run("diagnoses");
}

#[test]
fn charset() {
    run("charset");
}
