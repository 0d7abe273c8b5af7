//! The cases under `tests/cases/`, as far as their feeds go: what they expect is looked at natively, in `adapter/core/tests`.

mod event;
mod usual;

use access_mappings::{Profile, SiteFile, Sources};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A case: feeds in their order, and the profile they are read by.
pub struct Case {
    /// File, name of the case, and row.
    pub name: String,
    /// Its site, or none where it is the example.
    pub site: Option<Profile>,
    /// The bytes of each feed.
    pub feeds: Vec<Vec<u8>>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    segments: BTreeMap<String, String>,
    case: Vec<Raw>,
}

/// The keys that make feeds, of both kinds of cases.
#[derive(Deserialize, Clone)]
struct Raw {
    name: String,
    #[serde(default)]
    site: String,
    #[serde(default)]
    charset: String,
    #[serde(default)]
    header: BTreeMap<String, String>,
    #[serde(default)]
    pid: BTreeMap<String, String>,
    #[serde(default)]
    lines: Vec<String>,
    #[serde(default)]
    hl7: String,
    #[serde(default)]
    fhir: String,
    #[serde(default)]
    rows: Vec<Vec<String>>,
    #[serde(default)]
    events: Vec<String>,
    #[serde(default)]
    feed: Vec<Feed>,
}

#[derive(Deserialize, Clone)]
struct Feed {
    #[serde(default)]
    event: String,
    #[serde(default)]
    at: String,
    #[serde(default)]
    lines: Vec<String>,
    #[serde(default)]
    hl7: String,
    /// Stands for no message.
    aligned: Option<toml::Value>,
}

/// Every case of every topic, in order.
pub fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut topics = inside(&root);
    topics.retain(|path| path.is_dir());
    let mut found = Vec::new();
    for path in topics.iter().flat_map(|topic| inside(topic)) {
        if path.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let text = std::fs::read_to_string(&path).unwrap();
        let file: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        found.extend(file.case.iter().flat_map(|raw| unfolded(raw, &file.segments, &name)));
    }
    found
}

fn inside(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// A case for each row or event, or the case itself.
fn unfolded(raw: &Raw, segments: &BTreeMap<String, String>, file: &str) -> Vec<Case> {
    let is_event = !raw.feed.is_empty();
    let site = (!raw.site.is_empty()).then(|| {
        let text = if is_event { event::site(&raw.site) } else { usual::site(&raw.site) };
        let named = SiteFile { name: "case.toml".to_owned(), text };
        access_mappings::load(&Sources::embedded(), &named)
            .unwrap_or_else(|findings| panic!("{file}: {}: {findings:?}", raw.name))
    });
    let case = |input: &str, feeds: Vec<Vec<u8>>| Case {
        name: format!("{file}: {} {input}", raw.name).trim_end().to_owned(),
        site: site.clone(),
        feeds,
    };
    if is_event {
        let sent = |input: Option<&String>| {
            let messages = (1..).zip(&raw.feed).filter(|(_, feed)| feed.aligned.is_none()).map(|(number, feed)| {
                if !feed.hl7.is_empty() {
                    return usual::whole(&feed.hl7).into_bytes();
                }
                let event = input.map_or(feed.event.clone(), |input| feed.event.replace('@', input));
                event::message(segments, (&event, &feed.at, number), &feed.lines).into_bytes()
            });
            case(input.map_or("", |input| input), messages.collect())
        };
        return inputs(raw.events.iter()).into_iter().map(sent).collect();
    }
    let sent = |input: Option<&String>| {
        let mut one = raw.clone();
        if let Some(input) = input {
            let texts = one.pid.values_mut().chain(one.header.values_mut()).chain(&mut one.lines);
            texts.chain([&mut one.hl7, &mut one.fhir]).for_each(|text| usual::put(text, input));
        }
        let text = match (one.hl7.as_str(), one.fhir.as_str()) {
            ("", "") => usual::message(&one.header, &one.pid, &one.lines),
            ("", fhir) => fhir.to_owned(),
            (hl7, _) => usual::whole(hl7),
        };
        case(input.map_or("", |input| input), vec![usual::encode(&text, &one.charset)])
    };
    inputs(raw.rows.iter().map(|row| &row[0])).into_iter().map(sent).collect()
}

/// What a case is repeated for, or once for nothing.
fn inputs<'i>(given: impl Iterator<Item = &'i String>) -> Vec<Option<&'i String>> {
    let given: Vec<_> = given.map(Some).collect();
    if given.is_empty() { vec![None] } else { given }
}
