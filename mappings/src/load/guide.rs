//! Reads the folder of one guide version.

use super::{
    codes::{self, CodeFile},
    finding::{Finding, Severity},
    measures,
    sources::{Sources, is_plain_name},
    tree::{At, Texts},
};
use crate::dense::{Table, TextList};
use crate::guide::{CodeSystems, EventFacts, Guide, OperationFacts, ReasonFacts, ResultFacts, TrackFacts};
use crate::instruments::{AnswerList, InstrumentFacts};
use crate::measures::MeasureFacts;
use crate::reporting::ReportingFacts;
use serde::{Deserialize, de::DeserializeOwned};
use std::collections::{BTreeMap, BTreeSet};

/// `guide.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GuideFile {
    version: String,
    canonical: String,
    lock_in_days: u16,
    control_group_months: u16,
    baseline_days: u16,
    exclusion_condition_profile: String,
    systems: CodeSystems,
    operations: Vec<OperationFacts>,
    tracks: Vec<TrackRow>,
    reporting: ReportingFacts,
}

/// `measures.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasuresFile {
    measures: Vec<toml::Spanned<MeasureFacts>>,
}

/// `instruments.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InstrumentsFile {
    answers: Vec<AnswerList>,
    instruments: Vec<InstrumentFacts>,
}

/// A track as `guide.toml` has it: the codes are in files of their own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TrackRow {
    code: String,
    display: String,
    family: String,
    condition_profile: String,
    qualifying: toml::Spanned<QualifyingFile>,
    exclusions: toml::Spanned<ExclusionFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QualifyingFile {
    file: String,
    /// How many codes the guide publishes.
    codes: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExclusionFile {
    file: String,
    /// How many `is-a` rules the guide publishes.
    is_a: usize,
    /// How many exact codes the guide publishes.
    codes: usize,
}

/// `results.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResultsFile {
    results: Vec<toml::Spanned<ResultFacts>>,
}

/// `reasons.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReasonsFile {
    reasons: Vec<ReasonFacts>,
}

/// `events.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventsFile {
    events: Vec<toml::Spanned<EventFacts>>,
}

/// Reads the guide `version`. Nothing is returned when there are errors.
pub(super) fn read(sources: &Sources, version: &str, texts: &mut Texts) -> Result<Guide, Vec<Finding>> {
    let mut reader = Reader { sources, folder: format!("ig/{version}"), texts, findings: Vec::new() };
    match reader.guide(version) {
        Some(guide) if reader.findings.is_empty() => Ok(guide),
        _ => Err(reader.findings),
    }
}

struct Reader<'a> {
    sources: &'a Sources,
    folder: String,
    texts: &'a mut Texts,
    findings: Vec<Finding>,
}

impl Reader<'_> {
    fn guide(&mut self, version: &str) -> Option<Guide> {
        let (guide_file, facts) = self.table::<GuideFile>("guide.toml")?;
        if facts.version != version {
            let message = format!("the folder is for version {version}, the file says {}", facts.version);
            self.error(guide_file, 0, message);
        }
        let (results_file, results) = self.table::<ResultsFile>("results.toml")?;
        let (_, reasons) = self.table::<ReasonsFile>("reasons.toml")?;
        let (measures_file, measures) = self.table::<MeasuresFile>("measures.toml")?;
        let (instruments_file, instruments) = self.table::<InstrumentsFile>("instruments.toml")?;
        self.check_results(results_file, &results, &facts.operations);
        let known: Vec<&str> = facts.tracks.iter().map(|track| track.code.as_str()).collect();
        for (at, message) in measures::faults(&measures.measures, &known) {
            self.error(measures_file, at, message);
        }
        for message in super::instruments::check(&instruments.answers, &instruments.instruments, &known) {
            self.error(instruments_file, 0, message);
        }
        let (events_file, events) = self.table::<EventsFile>("events.toml")?;
        self.check_events(events_file, &events);
        let tracks = facts.tracks.into_iter().filter_map(|row| self.track(guide_file, row)).collect();
        let measures = inner(measures.measures);
        Some(Guide {
            version: facts.version,
            canonical: facts.canonical,
            lock_in_days: facts.lock_in_days,
            control_group_months: facts.control_group_months,
            baseline_days: facts.baseline_days,
            exclusion_condition_profile: facts.exclusion_condition_profile,
            systems: facts.systems,
            operations: facts.operations,
            tracks,
            results: inner(results.results).into(),
            reasons: reasons.reasons.into(),
            reporting: facts.reporting.into(),
            measured_by: measured_by(&measures),
            measures: measures.into_iter().map(Into::into).collect(),
            questions: questions(&instruments.instruments),
            instruments: instruments.instruments.into(),
            answers: instruments.answers.into(),
            events: inner(events.events).into(),
        })
    }

    fn track(&mut self, file: usize, row: TrackRow) -> Option<TrackFacts> {
        let at = row.qualifying.span().start;
        let qualifying = self.codes(file, at, &row.qualifying.get_ref().file)?;
        let found = qualifying.exact.len();
        self.compare(file, at, "codes", row.qualifying.get_ref().codes, found);
        if !qualifying.is_a.is_empty() {
            self.error(file, at, "a list of qualifying codes has no is-a rules".into());
        }
        let at = row.exclusions.span().start;
        let exclusions = self.codes(file, at, &row.exclusions.get_ref().file)?;
        self.compare(file, at, "is-a rules", row.exclusions.get_ref().is_a, exclusions.is_a.len());
        self.compare(file, at, "exact codes", row.exclusions.get_ref().codes, exclusions.exact.len());
        Some(TrackFacts {
            code: row.code,
            display: row.display,
            family: row.family,
            condition_profile: row.condition_profile,
            qualifying: qualifying.exact,
            exclusions: crate::guide::Exclusions { is_a: exclusions.is_a.iter().collect(), exact: exclusions.exact },
        })
    }

    /// A published count that the file does not have means a list that was cut short or edited.
    fn compare(&mut self, file: usize, at: usize, what: &str, wanted: usize, found: usize) {
        if wanted != found {
            self.error(file, at, format!("the file has {found} {what}, {wanted} are stated here"));
        }
    }

    fn codes(&mut self, file: usize, at: usize, name: &str) -> Option<CodeFile> {
        if !name.split('/').all(is_plain_name) {
            self.error(file, at, format!("`{name}` does not stay in the folder of the guide"));
            return None;
        }
        let number = self.open(name)?;
        let (codes, findings) = codes::read(self.texts, number);
        self.findings.extend(findings);
        Some(codes)
    }

    fn check_results(&mut self, file: usize, results: &ResultsFile, operations: &[OperationFacts]) {
        let mut seen = BTreeSet::new();
        for spanned in &results.results {
            let (result, at) = (spanned.get_ref(), spanned.span().start);
            let name = format!("{} {}", result.operation, result.code);
            if !operations.iter().any(|operation| operation.code == result.operation) {
                self.error(file, at, format!("result `{name}` is of an operation the guide does not have"));
            }
            if !["done", "refused", "fix-and-resend"].contains(&result.class.as_str()) {
                self.error(file, at, format!("result `{name}`: class is done, refused or fix-and-resend"));
            }
            if result.meaning.trim().is_empty() || result.next_step.trim().is_empty() {
                self.error(file, at, format!("result `{name}` has no meaning or no next step"));
            }
            if !seen.insert(name.clone()) {
                self.error(file, at, format!("result `{name}` is there twice"));
            }
        }
    }

    fn check_events(&mut self, file: usize, events: &EventsFile) {
        let mut seen: Vec<&EventFacts> = Vec::new();
        for spanned in &events.events {
            let (event, at) = (spanned.get_ref(), spanned.span().start);
            if !["information", "warning"].contains(&event.severity.as_str()) {
                self.error(file, at, format!("event `{}`: severity is information or warning", event.code));
            }
            if event.meaning.trim().is_empty() || event.next_step.trim().is_empty() {
                self.error(file, at, format!("event `{}` has no meaning or no next step", event.code));
            }
            let names = [&event.code, &event.display].into_iter().chain(&event.aliases);
            for name in names.filter(|name| seen.iter().any(|other| other.is_called(name))) {
                self.error(file, at, format!("event `{}`: another event is called `{name}`, too", event.code));
            }
            seen.push(event);
        }
    }

    /// Reads a TOML file of the guide.
    fn table<T: DeserializeOwned>(&mut self, name: &str) -> Option<(usize, T)> {
        let file = self.open(name)?;
        let text = self.texts.get(file).map_or("", |file| file.text.as_str());
        match toml::from_str(text) {
            Ok(table) => Some((file, table)),
            Err(error) => {
                let offset = error.span().map_or(0, |span| span.start);
                self.error(file, offset, error.message().replace('\n', ", "));
                None
            }
        }
    }

    fn open(&mut self, name: &str) -> Option<usize> {
        let path = format!("{}/{name}", self.folder);
        match self.sources.read(&path) {
            Ok(Some(found)) => Some(self.texts.add(found.name, found.text)),
            Ok(None) => {
                let file = self.texts.add(path, String::new());
                self.error(file, 0, "this file of the guide is missing".into());
                None
            }
            Err((path, error)) => {
                let file = self.texts.add(path, String::new());
                self.error(file, 0, error.to_string());
                None
            }
        }
    }

    fn error(&mut self, file: usize, offset: usize, message: String) {
        self.findings.push(self.texts.finding(Severity::Error, At { file, offset }, message, None));
    }
}

/// Rows without where they stand.
fn inner<T>(rows: Vec<toml::Spanned<T>>) -> Vec<T> {
    rows.into_iter().map(toml::Spanned::into_inner).collect()
}

/// See [`Guide::measured_by`].
fn measured_by(measures: &[MeasureFacts]) -> Table<u16> {
    let codes = |(place, measure): (u16, &MeasureFacts)| {
        measure.accepts.iter().map(|code| (code.loinc.clone(), place)).collect::<Vec<_>>()
    };
    (0..).zip(measures).flat_map(codes).collect::<BTreeMap<_, _>>().into()
}

/// See [`Guide::questions`].
fn questions(instruments: &[InstrumentFacts]) -> TextList {
    let items = instruments.iter().flat_map(|one| &one.items);
    let items = items.flat_map(|item| item.also.iter().chain([&item.link, &item.loinc]));
    let scores = instruments.iter().flat_map(|one| &one.scores).flat_map(|score| [&score.link, &score.loinc]);
    let names: BTreeSet<&String> = items.chain(scores).filter(|name| !name.is_empty()).collect();
    names.into_iter().collect()
}
