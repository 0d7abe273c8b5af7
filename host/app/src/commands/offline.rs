//! What the offline commands share: feeds from files, the component, one feed's whole way without a ledger.

use super::inspection::Inspector;
use crate::cli::Offline;
use crate::output::{Ending, Trouble};
use crate::pipeline;
use access_contract::{
    Account, ChartChange, ChartRecord, Header, Intent, Issue, Payload, PlanRequest, Reading, Severity, Subject,
    UnmappedCode, Verdict,
};
use bridge_ingest::batch::{BatchError, BatchReader, Piece};
use bridge_runtime::{Instance, RuntimeError};
use bridge_types::{Clock, SystemClock, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

/// One feed of a file.
pub(super) struct Feed {
    /// File name, with the message's number where there are several; `stdin` for standard input.
    pub(super) source: String,
    /// The bytes.
    pub(super) bytes: Vec<u8>,
    /// The file, if this is one of its JSON documents: servers write one record on a line, and the lines belong together.
    pub(super) line_of: Option<String>,
    /// Why its bytes were not even kept: it is larger than a feed may be.
    pub(super) fault: Option<Issue>,
    /// What is odd about the batch that it stands in, as far as it shows after this feed.
    pub(super) doubts: Vec<Issue>,
}

impl Feed {
    /// A feed by itself, without a name.
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        Self { source: String::new(), bytes, line_of: None, fault: None, doubts: Vec::new() }
    }
}

/// Charts that lines of one file may make; further people are not joined over lines.
const MAX_CHARTS: usize = 10_000;

/// What the lines of one file have told so far: charts by id, and ids by key.
#[derive(Default)]
struct Shelf {
    charts: Vec<String>,
    keys: BTreeMap<String, usize>,
}

impl Shelf {
    fn found(&self, subject: &Subject) -> Vec<ChartRecord> {
        let keys = subject.keys.iter().chain(&subject.prior_keys);
        let ids: BTreeSet<usize> = keys.filter_map(|key| self.keys.get(key).copied()).collect();
        let record = |id: usize| {
            let document = self.charts.get(id).filter(|document| !document.is_empty())?.clone();
            Some(ChartRecord { id: id.to_string(), document })
        };
        ids.into_iter().filter_map(record).collect()
    }

    fn put(&mut self, change: &ChartChange) {
        let known = change.id.as_ref().and_then(|id| id.parse::<usize>().ok());
        let id = known.unwrap_or(self.charts.len());
        if id == self.charts.len() && id < MAX_CHARTS {
            self.charts.push(String::new());
        }
        let Some(document) = self.charts.get_mut(id) else { return };
        document.clone_from(&change.document);
        for key in &change.keys {
            self.keys.insert(key.clone(), id);
        }
    }
}

/// What one feed leads to.
#[derive(Default)]
pub(super) struct Converted {
    /// Its header, as far as it could be read.
    pub(super) header: Header,
    /// Whether a service refuses it.
    pub(super) refused: bool,
    /// Whether it was read; what is refused by a rule is read for those who look at it, and leads to no submission.
    pub(super) read: bool,
    /// The intents with their payloads.
    pub(super) submissions: Vec<(Intent, Payload)>,
    /// How many observations it carries.
    pub(super) observations: u32,
    /// How many answered questionnaires it carries.
    pub(super) questionnaires: usize,
    /// Everything noticed, in order.
    pub(super) issues: Vec<Issue>,
    /// Which refusal it is.
    pub(super) verdict: Option<Verdict>,
    /// Codes that the profile has no row for.
    pub(super) unmapped: Vec<UnmappedCode>,
    /// The facts of each person as JSON text, where the desk keeps them.
    pub(super) facts: Vec<String>,
}

impl Converted {
    /// What a service answers, in the original mode.
    pub(super) fn answer(&self) -> &'static str {
        match self.verdict {
            _ if !self.refused => "AA",
            Some(Verdict::Reject) => "AR",
            _ => "AE",
        }
    }

    /// Has a person look at it, as the service does where an order cannot be read or followed.
    fn refuse(&mut self, reasons: Vec<Issue>) {
        self.refused = true;
        self.verdict = Some(Verdict::NeedsPerson);
        self.submissions.clear();
        self.issues.splice(0..0, reasons);
    }

    /// Adds what a refused feed says all the same.
    fn add(&mut self, reading: Reading) {
        self.read = true;
        self.header = reading.header;
        self.observations = reading.observations;
        self.questionnaires = reading.subjects.iter().map(Subject::questionnaires).sum();
        self.unmapped = reading.unmapped;
        for issue in reading.issues {
            if !self.issues.iter().any(|known| known.code == issue.code && known.location == issue.location) {
                self.issues.push(issue);
            }
        }
    }
}

/// What is told of a feed on which the component broke down, under the code that a service would give.
fn broken_down(error: &RuntimeError) -> Issue {
    let code = pipeline::fault(error).unwrap_or("component-stopped");
    Issue::new(Severity::Fatal, code, "", error.to_string())
}

/// The component, the chart and the present of one run.
pub(super) struct Desk {
    adapter: bridge_runtime::Adapter,
    instance: Instance,
    chart: Option<String>,
    now: String,
    /// The file whose lines are being read, and what they told.
    shelf: (String, Shelf),
    keeps_facts: bool,
    /// None: what is refused is not looked at again.
    inspector: Option<Inspector>,
}

impl Desk {
    pub(super) fn open(offline: &Offline) -> Result<Self, Trouble> {
        let now = match &offline.now {
            Some(text) => Timestamp::parse(text)
                .ok_or_else(|| Trouble::usage("--now: expected RFC 3339, such as 2026-11-23T12:00:00Z"))?,
            None => SystemClock.now(),
        };
        let chart = offline.chart.as_deref().map(|path| read_text(path).map(|text| (path, text))).transpose()?;
        let mut profile = crate::profile::Place::offline(offline.profile.as_deref())?.load()?;
        if offline.strict {
            profile.make_strict();
        }
        let adapter = crate::service::adapter(None, &crate::profile::resolved(&profile)?)?;
        let mut instance = adapter.instantiate().map_err(Trouble::failed)?;
        if let (Some((path, document)), Some(participant)) = (&chart, profile.participants.first()) {
            check_chart(&mut instance, path, document, &participant.id, &now.rfc3339())?;
        }
        let chart = chart.map(|(_, document)| document);
        let inspector = Some(Inspector::new(profile));
        let (now, shelf) = (now.rfc3339(), Default::default());
        Ok(Self { adapter, instance, chart, now, shelf, keeps_facts: false, inspector })
    }

    /// A desk over a component with its profile, without a chart, that keeps the facts and reads as a service does.
    pub(super) fn over(adapter: bridge_runtime::Adapter, now: &str) -> Result<Self, Trouble> {
        let now = Timestamp::parse(now).ok_or_else(|| Trouble::usage("a time is written as RFC 3339"))?;
        let instance = adapter.instantiate().map_err(Trouble::failed)?;
        let shelf = Default::default();
        Ok(Self { adapter, instance, chart: None, now: now.rfc3339(), shelf, keeps_facts: true, inspector: None })
    }

    /// The whole way of one feed: read, plan, compose.
    pub(super) fn convert(&mut self, feed: &Feed) -> Result<Converted, Trouble> {
        if feed.line_of.as_ref().is_none_or(|file| *file != self.shelf.0) {
            self.shelf = (feed.line_of.clone().unwrap_or_default(), Shelf::default());
        }
        if let Some(fault) = &feed.fault {
            let issues = std::iter::once(fault).chain(&feed.doubts).cloned().collect();
            let verdict = Some(Verdict::Reject);
            return Ok(Converted { refused: true, issues, verdict, ..Converted::default() });
        }
        let mut converted = match self.follow(&feed.bytes) {
            Ok(mut converted) => {
                if let Some(inspector) = self.inspector.as_mut().filter(|_| converted.refused)
                    && let Some(reading) = inspector.read(&self.adapter, &feed.bytes)?
                {
                    converted.add(reading);
                }
                converted
            }
            Err(error) => {
                // The instance broke down on this feed; the next one gets a fresh one.
                self.instance = self.adapter.instantiate().map_err(Trouble::failed)?;
                Converted { refused: true, issues: vec![broken_down(&error)], ..Converted::default() }
            }
        };
        converted.issues.extend(feed.doubts.iter().cloned());
        Ok(converted)
    }

    /// What became of every piece of a feed; none where it cannot be read at all.
    pub(super) fn account(&mut self, feed: &Feed, values: bool) -> Result<Option<Account>, Trouble> {
        match self.instance.account(&feed.bytes, values) {
            Ok(Ok(account)) => Ok(Some(account)),
            Ok(Err(_)) => match &mut self.inspector {
                Some(inspector) => inspector.account(&self.adapter, &feed.bytes, values),
                None => Ok(None),
            },
            Err(_) => {
                self.instance = self.adapter.instantiate().map_err(Trouble::failed)?;
                Ok(None)
            }
        }
    }

    fn follow(&mut self, feed: &[u8]) -> Result<Converted, RuntimeError> {
        let reading = match self.instance.read(feed)? {
            Ok(reading) => reading,
            Err(refusal) => {
                return Ok(Converted {
                    header: refusal.header,
                    refused: true,
                    issues: refusal.issues,
                    verdict: Some(refusal.verdict),
                    ..Converted::default()
                });
            }
        };
        let mut converted = Converted {
            header: reading.header,
            read: true,
            observations: reading.observations,
            issues: reading.issues,
            unmapped: reading.unmapped,
            ..Converted::default()
        };
        let mut blocking: Vec<Issue> = converted.issues.extract_if(.., |issue| issue.refuses_feed()).collect();
        let mut changes = Vec::new();
        for subject in reading.subjects {
            converted.questionnaires += subject.questionnaires();
            if self.keeps_facts {
                converted.facts.push(subject.facts.clone());
            }
            let given =
                self.chart.iter().map(|document| ChartRecord { id: "given".to_owned(), document: document.clone() });
            let charts: Vec<ChartRecord> = given.chain(self.shelf.1.found(&subject)).collect();
            let request = PlanRequest {
                entries: Vec::new(),
                participant: reading.participant.clone(),
                feed: converted.header.control_id.clone(),
                facts: subject.facts,
                charts,
                now: self.now.clone(),
            };
            let plan = match self.instance.plan(request)? {
                Ok(plan) => plan,
                Err(issue) => {
                    blocking.push(issue);
                    continue;
                }
            };
            let (refusals, noticed): (Vec<Issue>, Vec<Issue>) = plan.issues.into_iter().partition(Issue::blocks);
            blocking.extend(refusals);
            converted.issues.extend(noticed);
            changes.extend(plan.chart.iter().filter(|_| !self.shelf.0.is_empty() && self.chart.is_none()).cloned());
            let Some(document) = plan.chart.map(|chart| chart.document).or_else(|| self.chart.clone()) else {
                continue;
            };
            for intent in plan.intents {
                match self.instance.compose(&reading.participant, intent.clone(), &document)? {
                    Ok(payload) => converted.submissions.push((intent, payload)),
                    Err(issues) => converted.issues.extend(issues),
                }
            }
        }
        if blocking.is_empty() {
            changes.iter().for_each(|change| self.shelf.1.put(change));
        } else {
            converted.refuse(blocking);
        }
        Ok(converted)
    }
}

/// Has the component look at a chart that is given, so that one that is none is told before any feed.
fn check_chart(
    instance: &mut Instance,
    path: &Path,
    document: &str,
    participant: &str,
    now: &str,
) -> Result<(), Trouble> {
    let request = PlanRequest {
        entries: Vec::new(),
        participant: participant.to_owned(),
        feed: String::new(),
        facts: String::new(),
        charts: vec![ChartRecord { id: "given".to_owned(), document: document.to_owned() }],
        now: now.to_owned(),
    };
    match instance.plan(request).map_err(Trouble::failed)? {
        Ok(_) => Ok(()),
        Err(issue) => {
            let place = if issue.location.is_empty() { String::new() } else { format!(" {}:", issue.location) };
            let trouble = Trouble::usage(format!("{}:{place} {}", path.display(), issue.message));
            Err(trouble.hint("`access-bridge charts show ID --document` prints a chart"))
        }
    }
}

/// How a run over feeds ended. Strictness has an ending of its own, whether it refused some or all.
pub(super) fn ending(strict: bool, total: usize, refused: usize, unreadable: usize) -> Ending {
    if total == 0 && unreadable > 0 {
        // A file that is not there is a mistake of the caller, unless others were.
        return Ending::Usage;
    }
    match Ending::of(total + unreadable, refused + unreadable) {
        Ending::Failed if strict && refused > 0 => Ending::Partly,
        ending => ending,
    }
}

/// The component with a profile.
pub(super) fn load(profile: Option<&Path>) -> Result<bridge_runtime::Adapter, Trouble> {
    let profile = crate::profile::Place::offline(profile)?.load()?;
    crate::service::adapter(None, &crate::profile::resolved(&profile)?)
}

pub(super) fn read_text(path: &Path) -> Result<String, Trouble> {
    std::fs::read_to_string(path).map_err(|error| Trouble::usage(format!("{}: {error}", path.display())))
}

/// Calls `each` for every feed of every file, in order; standard input where no file is named or one is called `-`, and
/// every feed in and below a folder. What cannot be read is told in the form of an error of the program, and counted.
pub(super) fn feeds(
    files: &[PathBuf],
    mut each: impl FnMut(Feed) -> Result<(), Trouble>,
    tell: impl Fn(&str),
) -> Result<usize, Trouble> {
    let mut unreadable = 0;
    let named = super::files::named(files);
    if named.passed_over > 0 {
        let noun = if named.passed_over == 1 { "file" } else { "files" };
        let (count, endings) = (named.passed_over, super::files::endings());
        tell(&format!("access-bridge: {count} {noun} passed over, whose names do not end in {endings}"));
    }
    for found in named.files {
        let opened = found.and_then(|path| open(&path).map_err(|error| (path, error.to_string())));
        let (name, reader) = match opened {
            Ok(opened) => opened,
            Err((path, why)) => {
                tell(&format!("access-bridge: {}: {why}", path.display()));
                tell("hint: name files or folders of feeds, or - for standard input");
                unreadable += 1;
                continue;
            }
        };
        let mut waiting: Option<Feed> = None;
        let (mut count, mut troubles) = (0_usize, 0_usize);
        for piece in BatchReader::new(reader, bridge_ledger::Bounds::FEED_BYTES) {
            let found = match piece {
                // Text that is neither HL7 v2 nor JSON is a feed too: it is refused by name, not passed over.
                Ok(Piece::Message(bytes) | Piece::Other(bytes)) => Feed::of(bytes.into_inner()),
                Ok(Piece::Json(bytes)) => Feed { line_of: Some(name.clone()), ..Feed::of(bytes.into_inner()) },
                Err(BatchError::TooLarge { limit, .. }) => {
                    Feed { fault: Some(too_large(limit)), ..Feed::of(Vec::new()) }
                }
                Ok(Piece::Warning(warning)) => {
                    tell(&format!("access-bridge: {name}: {warning}"));
                    if let Some(feed) = &mut waiting {
                        feed.doubts.push(warning.issue());
                    }
                    continue;
                }
                Err(error @ BatchError::Read(_)) => {
                    tell(&format!("access-bridge: {name}: {error}"));
                    troubles += 1;
                    break;
                }
            };
            // A file with one message is named as it is; numbers start when there is a second.
            if let Some(feed) = waiting.replace(found) {
                count += 1;
                each(Feed { source: format!("{name}#{count}"), ..feed })?;
            }
        }
        if let Some(feed) = waiting {
            let source = if count == 0 { name } else { format!("{name}#{}", count + 1) };
            each(Feed { source, ..feed })?;
        } else if troubles == 0 {
            tell(&format!("access-bridge: {name}: there is no feed in it"));
            troubles += 1;
        }
        unreadable += troubles;
    }
    Ok(unreadable)
}

/// Why a feed is refused unseen; the component says the same of one that it is given.
fn too_large(limit: usize) -> Issue {
    let issue = Issue::new(Severity::Fatal, "limit-bytes", "", format!("the message is longer than {limit} bytes"));
    issue.hint("no patient message is that big; look at what the sender put into it").condition(100)
}

/// A file to read, with the name that is shown for it.
fn open(path: &Path) -> std::io::Result<(String, Box<dyn Read>)> {
    if path.as_os_str() == "-" {
        return Ok(("stdin".to_owned(), Box::new(std::io::stdin().lock())));
    }
    let file = std::fs::File::open(path)?;
    Ok((path.display().to_string(), Box::new(std::io::BufReader::new(file))))
}

#[cfg(test)]
mod tests {
    use super::{MAX_CHARTS, Shelf, broken_down};
    use access_contract::{ChartChange, Subject};
    use bridge_runtime::RuntimeError;

    #[test]
    fn the_lines_of_a_file_make_a_bounded_number_of_charts() {
        let mut shelf = Shelf::default();
        for number in 0..MAX_CHARTS + 10 {
            shelf.put(&ChartChange {
                id: None,
                keys: vec![format!("id:{number}")],
                absorbed: Vec::new(),
                document: "{}".to_owned(),
                entries: Vec::new(),
                look_at: None,
            });
        }
        assert_eq!(shelf.charts.len(), MAX_CHARTS);
        let found = |number: usize| {
            let keys = vec![format!("id:{number}")];
            shelf.found(&Subject { keys, prior_keys: Vec::new(), entry_keys: Vec::new(), facts: String::new() }).len()
        };
        assert_eq!((found(MAX_CHARTS - 1), found(MAX_CHARTS)), (1, 0));
    }

    #[test]
    fn a_limit_that_a_feed_meets_has_the_name_that_a_service_gives_it() {
        let code = |error: RuntimeError| broken_down(&error).code;
        assert_eq!(code(RuntimeError::OutOfTime { millis: 2000 }), "limit-time");
        assert_eq!(code(RuntimeError::OutOfMemory { bytes: 1 }), "limit-memory");
        assert_eq!(code(RuntimeError::OutputTooLarge { bytes: 1 }), "limit-output");
        assert_eq!(code(RuntimeError::Stopped), "component-stopped");
    }
}
