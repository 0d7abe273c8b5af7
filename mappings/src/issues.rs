//! The registry of issue codes: every code the adapter and the program can give, with what it means and what to do.
//!
//! The files of `issues/` are the registry. A test of the adapter reads the sources and fails where a code is given that is not
//! documented, or documented and no longer given.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::LazyLock;

/// The files, in the order of a feed's way.
const FILES: [&str; 12] = [
    include_str!("../issues/feed.toml"),
    include_str!("../issues/person.toml"),
    include_str!("../issues/coverage.toml"),
    include_str!("../issues/clinical.toml"),
    include_str!("../issues/measures.toml"),
    include_str!("../issues/questionnaires.toml"),
    include_str!("../issues/requests.toml"),
    include_str!("../issues/chart.toml"),
    include_str!("../issues/fhir.toml"),
    include_str!("../issues/ccda.toml"),
    include_str!("../issues/payload.toml"),
    include_str!("../issues/answers.toml"),
];
const HOST: &str = include_str!("../issues/host.toml");

/// One issue code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueCode {
    /// The stable identifier.
    pub code: String,
    /// What part of the work it belongs to.
    pub area: String,
    /// Severities it comes with: `information`, `warning`, `error`, `fatal`.
    pub severity: Vec<String>,
    /// What it means.
    pub means: String,
    /// What to do about it.
    pub remedy: String,
    /// The public source of the rule behind it.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    source: String,
    codes: BTreeMap<String, Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    severity: Vec<String>,
    means: String,
    remedy: String,
    source: Option<String>,
}

static CODES: LazyLock<Vec<IssueCode>> =
    LazyLock::new(|| FILES.iter().chain([&HOST]).filter_map(|file| read(file).ok()).flatten().collect());

/// Every code, by area, then by name.
#[must_use]
pub fn issue_codes() -> &'static [IssueCode] {
    &CODES
}

fn read(file: &str) -> Result<Vec<IssueCode>, toml::de::Error> {
    let File { title, source, codes } = toml::from_str(file)?;
    let code = |(code, row): (String, Row)| IssueCode {
        code,
        area: title.clone(),
        severity: row.severity,
        means: row.means,
        remedy: row.remedy,
        source: row.source.unwrap_or_else(|| source.clone()),
    };
    Ok(codes.into_iter().map(code).collect())
}

/// The registry as a page of Markdown: `docs/issues.md`.
#[must_use]
pub fn issue_page() -> String {
    let mut page =
        "# Issue codes\n\nEvery code, with its severities, what it means and what to do. This page is written by \
                    `access-bridge explain --codes --markdown`.\n"
            .to_owned();
    let mut area = "";
    for code in issue_codes() {
        if code.area != area {
            area = &code.area;
            let _ = write!(
                page,
                "\n## {area}\n\n| code | severity | meaning | what to do | source |\n|---|---|---|---|---|\n"
            );
        }
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} |",
            code.code,
            code.severity.join(", "),
            cell(&code.means),
            cell(&code.remedy),
            cell(&code.source)
        );
    }
    page
}

/// A text as a cell of a table.
fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::{FILES, HOST, issue_codes, issue_page, read};
    use std::collections::BTreeSet;

    #[test]
    fn every_file_is_read_and_every_code_documented_once() {
        let rows: usize = FILES.iter().chain([&HOST]).map(|file| read(file).unwrap().len()).sum();
        let distinct: BTreeSet<&str> = issue_codes().iter().map(|code| code.code.as_str()).collect();
        assert_eq!(distinct.len(), rows);
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/issues")).unwrap().count();
        assert_eq!(files, FILES.len() + 1);
    }

    #[test]
    fn every_code_says_enough() {
        let words = ["information", "warning", "error", "fatal"];
        for code in issue_codes() {
            let kebab = |part: &str| {
                !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            };
            assert!(code.code.split('-').all(kebab), "{}", code.code);
            assert!(
                !code.severity.is_empty() && code.severity.iter().all(|one| words.contains(&one.as_str())),
                "{}",
                code.code
            );
            assert!(code.means.ends_with('.') && code.remedy.ends_with(['.', '.', ')']), "{}", code.code);
            assert!(!code.source.is_empty(), "{}", code.code);
        }
    }

    #[test]
    fn the_page_in_docs_is_the_one_written_here() {
        let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/issues.md")).unwrap();
        assert!(page == issue_page(), "access-bridge explain --codes --markdown > docs/issues.md");
    }
}
