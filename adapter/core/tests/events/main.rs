//! The cases under `tests/cases/events/`, natively: feeds one after the other against a table of charts in memory. The README
//! there says what the keys mean.

#![cfg(test)]

#[path = "../../../../tests/kit/cases/event.rs"]
mod event;
mod ledger;
mod order;

use access_contract::{Command, Entry, Intent, Issue, PlanRequest, ReportPeriod};
use access_core::chart::{Reported, Standing};
use access_core::{plan, read};
use access_mappings::{Profile, SiteFile, Sources};
use ledger::{Ledger, NOW};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    #[serde(default)]
    segments: BTreeMap<String, String>,
    case: Vec<Case>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    why: String,
    #[serde(default)]
    site: String,
    #[serde(default)]
    events: Vec<String>,
    feed: Vec<Feed>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Feed {
    #[serde(default)]
    event: String,
    #[serde(default)]
    at: String,
    #[serde(default)]
    lines: Vec<String>,
    #[serde(default)]
    hl7: String,
    #[serde(default)]
    aligned: Option<Aligned>,
    #[serde(default)]
    refused: String,
    issues: Option<Vec<String>>,
    intents: Option<Vec<String>>,
    #[serde(default)]
    commands: Vec<String>,
    #[serde(default)]
    notices: Vec<String>,
    charts: Option<Vec<Expected>>,
    /// Whether the chart is to be looked at at once, without news.
    look: Option<bool>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Aligned {
    chart: String,
    track: String,
    /// Keys of entries that a baseline report carried, which was accepted.
    #[serde(default)]
    reported: Vec<String>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Expected {
    key: String,
    mbi: Option<String>,
    former: Option<Vec<String>>,
    keys: Option<Vec<String>>,
    name: Option<String>,
    born: Option<String>,
    state: Option<String>,
    dead: Option<bool>,
    plans: Option<Vec<String>>,
    diagnoses: Option<Vec<String>>,
    visits: Option<Vec<String>>,
    referred: Option<bool>,
    aligned: Option<Vec<String>>,
    /// `key status value unit`, in the order of the keys.
    entries: Option<Vec<String>>,
}

static EXAMPLE: LazyLock<Profile> = LazyLock::new(|| access_mappings::example().unwrap());

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/events")
}

fn files() -> Vec<(String, File)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let file = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path.file_name().unwrap().display().to_string(), file)
    };
    paths.into_iter().map(read).collect()
}

fn message(file: &File, feed: &Feed, number: usize) -> String {
    if !feed.hl7.is_empty() {
        return feed.hl7.trim().replace('\n', "\r");
    }
    event::message(&file.segments, (&feed.event, &feed.at, number), &feed.lines)
}

fn profile(case: &Case) -> Profile {
    if case.site.is_empty() {
        return EXAMPLE.clone();
    }
    let text = event::site(&case.site);
    let file = SiteFile { name: "case.toml".to_owned(), text };
    access_mappings::load(&Sources::embedded(), &file).unwrap_or_else(|findings| panic!("{}: {findings:?}", case.name))
}

fn places(issues: &[Issue]) -> impl Iterator<Item = String> + '_ {
    issues.iter().map(|issue| format!("{} {}", issue.code, issue.location).trim_end().to_owned())
}

fn intent(intent: &Intent) -> String {
    format!("{} {} {} {}", intent.operation, intent.track, intent.mode, intent.rule)
}

fn command(command: &Command) -> String {
    let operation = command.operation.as_ref().map_or("", |operation| operation.as_str());
    let visit = command.visit.as_deref().unwrap_or_default();
    let rule = command.rule.as_deref().unwrap_or_default();
    format!("{} {operation}{visit}{rule}", command.action.as_str()).trim_end().to_owned()
}

/// Collects what differs.
struct Faults(Vec<String>);

impl Faults {
    fn same<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, expected: &T, found: &T) {
        if expected != found {
            self.0.push(format!("{what}\n  expected {expected:?}\n     found {found:?}"));
        }
    }

    fn when<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, expected: Option<&T>, found: &T) {
        if let Some(expected) = expected {
            self.same(what, expected, found);
        }
    }
}

fn run(file: &File, case: &Case) -> Vec<String> {
    let profile = profile(case);
    let mut ledger = Ledger::default();
    let mut faults = Faults(Vec::new());
    for (number, feed) in (1..).zip(&case.feed) {
        let what = |part: &str| format!("{}, feed {number}: {part}", case.name);
        if let Some(aligned) = &feed.aligned {
            align(&mut ledger, aligned);
            continue;
        }
        let reading = match read::read_text(&profile, &message(file, feed, number)) {
            Ok(reading) => reading,
            Err(refusal) => {
                faults.same(&what("refused"), &feed.refused, &places(&refusal.issues[..1]).next().unwrap_or_default());
                continue;
            }
        };
        faults.same(&what("refused"), &feed.refused, &String::new());
        let mut issues: Vec<String> = places(&reading.issues).collect();
        let (mut intents, mut commands, mut notices) = (Vec::new(), Vec::new(), Vec::new());
        let mut looked = false;
        for subject in &reading.subjects {
            let keys: Vec<String> = subject.keys.iter().chain(&subject.prior_keys).cloned().collect();
            let charts = ledger.found(&keys);
            let request = PlanRequest {
                entries: ledger.stored(&charts, &subject.entry_keys),
                participant: reading.participant.clone(),
                feed: reading.header.control_id.clone(),
                facts: subject.facts.clone(),
                charts,
                now: NOW.to_owned(),
            };
            let planned = plan::plan(&profile, &request).unwrap();
            assert_eq!(plan::plan(&profile, &request).unwrap(), planned, "{}", case.name);
            ledger.take(&planned);
            if let Some(change) = &planned.chart {
                let stray = change.entries.iter().any(|entry| !subject.entry_keys.contains(&entry.key));
                assert!(!stray, "{}: an entry that the reading did not announce", case.name);
                looked |= change.look_at.as_deref() == Some(NOW);
            }
            issues.extend(places(&planned.issues));
            intents.extend(planned.intents.iter().map(intent));
            commands.extend(planned.commands.iter().map(command));
            notices.extend(planned.notices.iter().map(|notice| notice.code.clone()));
        }
        faults.when(&what("issues"), feed.issues.as_ref(), &issues);
        faults.when(&what("intents"), feed.intents.as_ref(), &intents);
        faults.same(&what("commands"), &feed.commands, &commands);
        faults.same(&what("notices"), &feed.notices, &notices);
        faults.when(&what("look"), feed.look.as_ref(), &looked);
        if let Some(expected) = &feed.charts {
            faults.same(&what("number of charts"), &expected.len(), &ledger.charts.len());
            expected.iter().for_each(|expected| compare(&mut faults, &what(&expected.key), &ledger, expected));
        }
    }
    faults.0
}

fn align(ledger: &mut Ledger, aligned: &Aligned) {
    let chart = ledger.charts.values_mut().find(|(keys, _)| keys.contains(&format!("id:{}", aligned.chart)));
    let (_, chart) = chart.unwrap_or_else(|| panic!("no chart under {}", aligned.chart));
    let at = "2026-07-01T00:00:00Z".to_owned();
    let alignment = format!("{}-{}", aligned.chart, aligned.track);
    let standing =
        Standing { state: "aligned".to_owned(), since: at.clone(), aligned_at: at, alignment, ..Standing::default() };
    chart.standing.insert(aligned.track.clone(), standing);
    if !aligned.reported.is_empty() {
        let word = |text: &str| text.to_owned();
        let period = ReportPeriod {
            kind: word("baseline"),
            period: word("baseline"),
            alignment: word("a"),
            from: word("2026-06-01"),
            until: word("2026-08-30"),
        };
        let report = Reported {
            period,
            code: word("success"),
            at: word("2026-07-14T00:00:00Z"),
            since: String::new(),
            submission: word("s"),
            cms_submission: String::new(),
            entries: aligned.reported.clone(),
            missing: Vec::new(),
        };
        chart.reports.insert(aligned.track.clone(), vec![report]);
    }
}

/// An entry as cases write it.
fn shown(entry: &Entry) -> String {
    let document: serde_json::Value = serde_json::from_str(&entry.document).unwrap();
    let quantity = &document["value"]["quantity"];
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let value = format!("{}{} {}", text(&quantity["comparator"]), text(&quantity["value"]), text(&quantity["code"]));
    format!("{} {} {}", entry.key, text(&document["status"]), value.trim()).trim_end().to_owned()
}

fn compare(faults: &mut Faults, what: &str, ledger: &Ledger, expected: &Expected) {
    let key = if expected.key.contains(':') { expected.key.clone() } else { format!("id:{}", expected.key) };
    let Some(chart) = ledger.by_key(&key) else {
        faults.0.push(format!("{what}: no chart under {key}"));
        return;
    };
    let mut keys: Vec<String> =
        chart.aliases.iter().map(|alias| format!("{}|{}", alias.authority, alias.value)).collect();
    keys.sort();
    let stated = |value: Option<&String>| value.cloned().unwrap_or_default();
    let plans: Vec<String> = chart.plans.iter().map(|plan| format!("{:?}", plan.class)).collect();
    let name = chart.name.as_ref().map(|name| format!("{} {}", name.value.family, name.value.given.join(" ")));
    let diagnoses: Vec<String> = chart.confirmed().map(|row| row.code.clone()).collect();
    let visits: BTreeSet<String> = chart.diagnoses.iter().filter_map(|row| row.visit.clone()).collect();
    let is = |part: &str| format!("{what} {part}");
    faults.when(&is("mbi"), expected.mbi.as_ref(), &stated(chart.mbi.as_ref().map(|mbi| &mbi.value)));
    faults.when(&is("former"), expected.former.as_ref(), &chart.former_mbis);
    faults.when(&is("keys"), expected.keys.as_ref(), &keys);
    faults.when(&is("name"), expected.name.as_ref(), &name.unwrap_or_default());
    faults.when(&is("born"), expected.born.as_ref(), &stated(chart.birth_date.as_ref().map(|date| &date.value)));
    let state = chart.address.as_ref().map(|address| address.value.state.clone()).unwrap_or_default();
    faults.when(&is("state"), expected.state.as_ref(), &state);
    faults.when(&is("dead"), expected.dead.as_ref(), &chart.is_dead());
    faults.when(&is("plans"), expected.plans.as_ref(), &plans);
    faults.when(&is("diagnoses"), expected.diagnoses.as_ref(), &diagnoses);
    faults.when(&is("visits"), expected.visits.as_ref(), &visits.into_iter().collect());
    let referred = chart.referral.as_ref().is_some_and(|referral| referral.value);
    faults.when(&is("referred"), expected.referred.as_ref(), &referred);
    let aligned: Vec<String> = chart.aligned().iter().map(|track| track.as_str().to_owned()).collect();
    faults.when(&is("aligned"), expected.aligned.as_ref(), &aligned);
    let entries: Vec<String> = ledger.entries_of(&key).iter().map(shown).collect();
    faults.when(&is("entries"), expected.entries.as_ref(), &entries);
}

/// A case for each of its events, `@` standing for it, or the case itself.
fn unfolded(case: &Case) -> Vec<Case> {
    let of = |event: &String| {
        let mut one = Case { name: format!("{} ({event})", case.name), ..case.clone() };
        one.feed.iter_mut().for_each(|feed| feed.event = feed.event.replace('@', event));
        one
    };
    if case.events.is_empty() { vec![case.clone()] } else { case.events.iter().map(of).collect() }
}

#[test]
fn events_do_what_the_cases_say() {
    let mut wrong = Vec::new();
    for (name, file) in files() {
        assert!(!file.title.is_empty() && !file.case.is_empty(), "{name}");
        for case in &file.case {
            assert!(!case.why.is_empty() && !case.feed.is_empty(), "{name}: {}", case.name);
            let found = unfolded(case).iter().flat_map(|case| run(&file, case)).collect::<Vec<_>>();
            wrong.extend(found.into_iter().map(|fault| format!("{name} · {fault}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_row_of_the_event_table_has_a_case() {
    let files = files();
    let cases = files.iter().flat_map(|(_, file)| &file.case).flat_map(unfolded);
    let shown: BTreeSet<String> = cases.flat_map(|case| case.feed).map(|feed| feed.event).collect();
    // Documents and files are shown by the tests of their readers.
    let other = |row: &str| row.starts_with("CCDA^") || row.starts_with("CSV^");
    let rows = EXAMPLE.events.keys().filter(|row| !row.ends_with("^*") && !other(row));
    let missing: Vec<&str> = rows.filter(|row| !shown.contains(*row)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
