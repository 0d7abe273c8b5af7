//! Reads the TOML layers of a site and the guide it names, checks them and resolves them into one [`Profile`].
//!
//! In order: every layer is parsed and checked by itself, so that a mistake is reported where it was written ([`shape`],
//! [`schema`]); the layers are merged ([`layers`], [`merge`]) and sections of senders spread ([`sections`]); the guide is read ([`mod@guide`], [`codes`]); what only shows in
//! the whole is linted ([`mod@lint`]). Nothing is written, and the same files give the same profile.

mod codes;
mod condition;
mod embedded;
mod finding;
mod guide;
mod instruments;
mod layers;
mod lint;
mod measures;
mod merge;
mod schema;
mod sections;
mod shape;
mod sources;
mod spelling;
#[cfg(test)]
mod tests;
mod tree;

pub use finding::{Finding, Severity};
pub use sources::{SiteFile, Sources};
pub use spelling::nearest;

use crate::{document::SCHEMA, guide::Guide, profile::Profile};
use tree::{At, Node, Texts, Value};

/// Most findings that are told.
const MAX_FINDINGS: usize = 200;

/// What linting a site found.
#[derive(Debug, Clone)]
pub struct Report {
    /// The resolved profile; unset when there are errors.
    pub profile: Option<Profile>,
    /// Errors and warnings, the site's file first, by line; 200 at most.
    pub findings: Vec<Finding>,
}

/// Resolves a site's profile.
///
/// # Errors
/// Every finding, warnings included, when one of them is an error. Warnings alone do not fail: [`lint()`] shows them.
pub fn load(sources: &Sources, site: &SiteFile) -> Result<Profile, Vec<Finding>> {
    let report = lint(sources, site);
    report.profile.ok_or(report.findings)
}

/// Resolves a site's profile and tells everything that was noticed.
#[must_use]
pub fn lint(sources: &Sources, site: &SiteFile) -> Report {
    let mut texts = Texts::default();
    let mut layers = layers::merge_layers(sources, site, &mut texts);
    let mut findings = layers.findings;
    sections::spread(&mut layers.root);
    // What was taken out as wrong must not be called missing as well.
    if layers.complete && findings.is_empty() {
        findings.extend(missing(&texts, &layers.root));
    }
    let guide = match named_guide(sources, &layers.root, &mut texts) {
        Ok(guide) => guide,
        Err(found) => {
            findings.extend(found);
            None
        }
    };
    findings.extend(lint::lint(&texts, &layers.root, guide.as_ref()));
    let usable = layers.complete && !findings.iter().any(Finding::is_error);
    let profile = guide.filter(|_| usable).and_then(|guide| match resolve(&layers.root, &guide) {
        Ok(profile) => Some(profile),
        Err(error) => {
            let message = format!("the profile does not hold together: {error}");
            findings.push(texts.finding(Severity::Error, layers.root.at, message, None));
            None
        }
    });
    Report { profile, findings: in_order(findings, &texts) }
}

/// The profile of the built-in example site: participant `ACCES12345`, all four tracks, states IL and WI.
///
/// # Errors
/// Every finding, should the built-in files be damaged.
pub fn example() -> Result<Profile, Vec<Finding>> {
    load(&Sources::embedded(), &example_site())
}

/// The site file of the built-in example, commented, to start a site's own from.
#[must_use]
pub fn example_site() -> SiteFile {
    let path = "profiles/example.toml";
    SiteFile { name: "built-in example".to_owned(), text: embedded::text(path).unwrap_or_default().to_owned() }
}

/// The built-in layer below every site profile, commented: every key of a profile with its default.
#[must_use]
pub fn base_layer() -> &'static str {
    embedded::text("profiles/base.toml").unwrap_or_default()
}

/// The facts of one guide version, for those who need no profile.
///
/// # Errors
/// Every finding when the version is unknown or its files are damaged.
pub fn load_guide(sources: &Sources, version: &str) -> Result<Guide, Vec<Finding>> {
    let mut texts = Texts::default();
    let file = texts.add(format!("guide {version}"), String::new());
    find_guide(sources, version, At { file, offset: 0 }, &mut texts)
}

/// Reads the guide the profile names, if it names one.
fn named_guide(sources: &Sources, root: &Node, texts: &mut Texts) -> Result<Option<Guide>, Vec<Finding>> {
    match root.find("guide") {
        Some(node) => find_guide(sources, node.text().unwrap_or_default(), node.at, texts).map(Some),
        None => Ok(None),
    }
}

fn find_guide(sources: &Sources, version: &str, at: At, texts: &mut Texts) -> Result<Guide, Vec<Finding>> {
    let known = sources.guides();
    if sources::is_plain_name(version) && known.iter().any(|guide| guide == version) {
        return guide::read(sources, version, texts);
    }
    let hint = Some(format!("known here: {}", known.join(", ")));
    Err(vec![texts.finding(Severity::Error, at, format!("there is no guide `{version}`"), hint)])
}

fn missing(texts: &Texts, root: &Node) -> Vec<Finding> {
    let finding = |(at, path): (At, String)| {
        // Everything but these three comes from the base layer.
        let hint = match path.as_str() {
            "name" => "name = \"…\" is what the site is called".to_owned(),
            "guide" => "guide = \"0.9.12\" is the version of the ACCESS guide".to_owned(),
            "participants" => "one [[participants]] entry for each organisation you submit as".to_owned(),
            _ if at == root.at => "extends = [\"base\"] brings the defaults".to_owned(),
            _ => "an entry that no layer below has must be complete".to_owned(),
        };
        texts.finding(Severity::Error, at, format!("`{path}` is missing"), Some(hint))
    };
    shape::missing(schema::PROFILE, root).into_iter().map(finding).collect()
}

/// Makes the profile of the merged tree and the guide.
fn resolve(root: &Node, guide: &Guide) -> Result<Profile, serde_json::Error> {
    let Value::Table(table) = &root.value else { return serde_json::from_value(serde_json::Value::Null) };
    let mut object = serde_json::Map::new();
    for (key, entry) in table {
        object.insert(key.clone(), entry.node.to_json());
    }
    object.insert("schema".to_owned(), SCHEMA.into());
    object.insert("guide".to_owned(), serde_json::to_value(guide)?);
    serde_json::from_value(serde_json::Value::Object(object))
}

/// Sorts findings by file, in the order in which the files were read, then by place, and keeps the first ones.
fn in_order(mut findings: Vec<Finding>, texts: &Texts) -> Vec<Finding> {
    findings.sort_by_key(|finding| (texts.number(&finding.file), finding.line, finding.column));
    findings.dedup();
    findings.truncate(MAX_FINDINGS);
    findings
}
