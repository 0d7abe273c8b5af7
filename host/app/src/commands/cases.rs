//! The cases of a profile: feeds with what must become of them, run through the component.
//!
//! A file of cases lies in `cases/` beside the site's profile (for the built-in example in `mappings/cases/`). What a case
//! does not expect is not looked at. A failure names what was expected and found as codes, never a value of the feed.

use super::offline::{Converted, Desk, Feed};
use crate::output::Trouble;
use access_contract::Severity;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Cases of the built-in example.
const EXAMPLE: &[(&str, &str)] = &[
    ("mappings/cases/eligibility.toml", include_str!("../../../../mappings/cases/eligibility.toml")),
    ("mappings/cases/senders.toml", include_str!("../../../../mappings/cases/senders.toml")),
];
/// Most files of cases.
const MAX_FILES: usize = 500;
/// Longest file of cases or feed, in bytes.
const MAX_BYTES: u64 = 16 << 20;
/// The present of a case that names none.
const NOW: &str = "2026-11-23T12:00:00Z";

/// A file of cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// What they are about.
    #[expect(dead_code, reason = "for whoever reads the file")]
    title: Option<String>,
    #[serde(default)]
    case: Vec<toml::Spanned<Case>>,
}

/// One case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What it shows.
    name: String,
    /// Why it is so.
    #[expect(dead_code, reason = "for whoever reads the file")]
    why: String,
    /// The feed, one segment a line.
    hl7: Option<String>,
    /// The feed in a file, relative to the file of cases.
    feed: Option<PathBuf>,
    /// The present, RFC 3339.
    now: Option<String>,
    expect: Expected,
}

/// What must become of a feed. What is unset is not looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Expected {
    /// `AA`, `AE` or `AR`.
    answer: Option<String>,
    /// `check-eligibility CKM`, in order.
    submissions: Option<Vec<String>>,
    /// Codes of all warnings and errors, in any order, each once.
    issues: Option<Vec<String>>,
    /// Whether a Medicare number was taken.
    mbi: Option<bool>,
    /// Classes of the plans, in order.
    plans: Option<Vec<String>>,
    /// LOINC codes of the observations, in order; empty for one that has none.
    observations: Option<Vec<String>>,
    /// Codes without a row, as `table code`.
    unmapped: Option<Vec<String>>,
}

/// What became of the cases of a profile.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// How many there are.
    pub(super) total: usize,
    /// What failed, one text for each case or file.
    pub(super) failures: Vec<String>,
}

/// Runs the cases of a profile. `site` is its file, none for the built-in example; `document` is what the component is
/// loaded with.
///
/// # Errors
/// When the component cannot be run at all.
pub(super) fn run(site: Option<&Path>, document: &str) -> Result<Outcome, Trouble> {
    let mut outcome = Outcome::default();
    let files = files(site, &mut outcome);
    if files.is_empty() {
        return Ok(outcome);
    }
    let adapter = crate::service::adapter(None, document)?;
    for (name, folder, text) in files {
        match toml::from_str::<File>(&text) {
            Err(error) => outcome.failures.push(format!("{name}:{}", located(&text, &error))),
            Ok(file) => {
                for case in file.case {
                    outcome.total += 1;
                    let line = text.get(..case.span().start).unwrap_or_default().matches('\n').count() + 1;
                    let case = case.into_inner();
                    let wrong = one(&adapter, &folder, &case)?;
                    if !wrong.is_empty() {
                        outcome.failures.push(format!("{name}:{line}: {}\n  {}", case.name, wrong.join("\n  ")));
                    }
                }
            }
        }
    }
    Ok(outcome)
}

/// Name, folder and text of each file.
fn files(site: Option<&Path>, outcome: &mut Outcome) -> Vec<(String, PathBuf, String)> {
    let Some(site) = site else {
        return EXAMPLE.iter().map(|(name, text)| ((*name).to_owned(), PathBuf::new(), (*text).to_owned())).collect();
    };
    let folder = site.parent().unwrap_or(Path::new("")).join("cases");
    let Ok(entries) = std::fs::read_dir(&folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    if paths.len() > MAX_FILES {
        outcome.failures.push(format!("{}: more than {MAX_FILES} files of cases", folder.display()));
        paths.truncate(MAX_FILES);
    }
    let mut files = Vec::new();
    for path in paths {
        match bounded(&path).map(String::from_utf8) {
            Ok(Ok(text)) => files.push((path.display().to_string(), folder.clone(), text)),
            Ok(Err(_)) => outcome.failures.push(format!("{}: is not UTF-8", path.display())),
            Err(error) => outcome.failures.push(format!("{}: {error}", path.display())),
        }
    }
    files
}

fn bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    if std::fs::metadata(path)?.len() > MAX_BYTES {
        return Err(std::io::Error::other(format!("longer than {MAX_BYTES} bytes")));
    }
    std::fs::read(path)
}

/// Runs one case; gives what is wrong with it.
fn one(adapter: &bridge_runtime::Adapter, folder: &Path, case: &Case) -> Result<Vec<String>, Trouble> {
    let feed = match (&case.hl7, &case.feed) {
        (Some(text), None) => text.trim_start().as_bytes().to_vec(),
        (None, Some(path)) => match bounded(&folder.join(path)) {
            Ok(bytes) => bytes,
            Err(error) => return Ok(vec![format!("{}: {error}", path.display())]),
        },
        _ => return Ok(vec!["a case has either `hl7` or `feed`".to_owned()]),
    };
    let Ok(mut desk) = Desk::over(adapter.clone(), case.now.as_deref().unwrap_or(NOW)) else {
        return Ok(vec!["`now` is not a time such as 2026-11-23T12:00:00Z".to_owned()]);
    };
    let converted = desk.convert(&Feed::of(feed))?;
    Ok(compare(&case.expect, &converted))
}

fn compare(expected: &Expected, found: &Converted) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |what: &str, wanted: Option<&[String]>, found: Vec<String>| {
        if let Some(wanted) = wanted.filter(|wanted| *wanted != found.as_slice()) {
            wrong.push(format!("{what}: expected [{}], found [{}]", wanted.join(", "), found.join(", ")));
        }
    };
    let one = |text: &String| vec![text.clone()];
    check("answer", expected.answer.as_ref().map(one).as_deref(), vec![found.answer().to_owned()]);
    let submissions = found.submissions.iter().map(|(intent, _)| format!("{} {}", intent.operation, intent.track));
    check("submissions", expected.submissions.as_deref(), submissions.collect());
    let doubts = found.issues.iter().filter(|issue| issue.severity != Severity::Information);
    let doubts: BTreeSet<String> = doubts.map(|issue| issue.code.clone()).collect();
    let sorted = expected.issues.as_ref().map(|codes| codes.iter().cloned().collect::<BTreeSet<_>>());
    let sorted: Option<Vec<String>> = sorted.map(|codes| codes.into_iter().collect());
    check("issues", sorted.as_deref(), doubts.into_iter().collect());
    let flag = |value: bool| vec![value.to_string()];
    let facts: Vec<Value> = found.facts.iter().filter_map(|facts| serde_json::from_str(facts).ok()).collect();
    let numbered = facts.iter().any(|facts| facts.get("mbi").is_some_and(|mbi| !mbi.is_null()));
    check("mbi", expected.mbi.map(flag).as_deref(), flag(numbered));
    let listed = |list: &str, key: &str| -> Vec<String> {
        let rows = facts.iter().filter_map(|facts| facts.get(list)?.as_array()).flatten();
        rows.map(|row| row.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()).collect()
    };
    check("plans", expected.plans.as_deref(), listed("plans", "class"));
    check("observations", expected.observations.as_deref(), listed("observations", "loinc"));
    let unmapped = found.unmapped.iter().map(|code| format!("{} {}", code.table, code.code));
    check("unmapped", expected.unmapped.as_deref(), unmapped.collect());
    wrong
}

/// Line, column and reason, without the file's text.
fn located(text: &str, error: &toml::de::Error) -> String {
    let Some(span) = error.span() else { return error.message().to_owned() };
    let before = text.get(..span.start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{line}:{column}: {}", error.message())
}
