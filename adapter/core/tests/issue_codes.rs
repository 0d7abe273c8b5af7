//! Keeps the registry of issue codes (`mappings/issues`) and the sources together: what is given is documented, and what is
//! documented is given. Read from the source text, so that a code no test provokes counts as well.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Folders whose code gives issues or notices.
const FOLDERS: [&str; 6] = [
    "adapter/contract/src",
    "adapter/core/src",
    "adapter/component/src",
    "host/app/src",
    "host/cms-notices/src",
    "host/ingest/src",
];
/// What takes a code as its first text.
const GIVERS: [&str; 17] = [
    "new",
    "at",
    "refusal",
    "issue",
    "note",
    "refuse",
    "warn",
    "wrong",
    "inform",
    "fail",
    "reject",
    "error",
    "warning",
    "list",
    "tell_problem",
    "problem",
    "unusable",
];
/// Words in such a place that are no codes: parts of facts, of what a form says, and rules that both sides of the contract know.
const NO_CODES: [&str; 5] = ["requests", "http", "request", "enroll", "leave"];
/// What FHIR calls the type of an issue (`OperationOutcome.issue.code`), which our code only stands beside.
const FHIR_ISSUE_TYPES: [&str; 7] =
    ["code-invalid", "forbidden", "not-found", "not-supported", "processing", "required", "too-long"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every source without its tests.
fn sources() -> Vec<(String, String)> {
    let mut open: Vec<PathBuf> = FOLDERS.iter().map(|folder| root().join(folder)).collect();
    let mut sources = Vec::new();
    while let Some(path) = open.pop() {
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        if ["/tests", "_tests.rs", "/kit.rs", "/samples.rs", "/demo/"].iter().any(|part| name.contains(part)) {
            continue;
        }
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if name.ends_with(".rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let inline = ["#[cfg(test)]\nmod tests {", "#[cfg(test)]\npub(crate) mod tests {"];
            let end = inline.iter().filter_map(|start| text.find(start)).min().unwrap_or(text.len());
            sources.push((name, text[..end].to_owned()));
        }
    }
    sources
}

fn is_word(text: &str) -> bool {
    let part =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    text.starts_with(|letter: char| letter.is_ascii_lowercase()) && text.split('-').all(part)
}

/// The texts of a source that look like codes, with where they begin and end.
fn words(text: &str) -> Vec<(usize, usize, &str)> {
    let mut words = Vec::new();
    for line in text.split_inclusive('\n') {
        let start = line.as_ptr() as usize - text.as_ptr() as usize;
        if line.trim_start().starts_with("//") {
            continue;
        }
        let quotes: Vec<usize> =
            line.match_indices('"').map(|(at, _)| at).filter(|at| !line[..*at].ends_with('\\')).collect();
        for pair in quotes.chunks_exact(2) {
            let word = &line[pair[0] + 1..pair[1]];
            if is_word(word) {
                words.push((start + pair[0], start + pair[1] + 1, word));
            }
        }
    }
    words
}

/// The function that a text is the first text of; none where another stands before it or nothing follows.
fn callee(text: &str, start: usize, end: usize) -> Option<&str> {
    if !text[end..].trim_start().starts_with(',') {
        return None;
    }
    let mut depth = 0;
    for (at, letter) in text[..start].char_indices().rev().take(300) {
        match letter {
            ')' => depth += 1,
            '(' if depth == 0 => {
                let name = &text[..at];
                let begins =
                    name.rfind(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').map_or(0, |at| at + 1);
                return Some(&name[begins..]);
            }
            '(' => depth -= 1,
            '"' | ';' | '{' | '}' => return None,
            _ => {}
        }
    }
    None
}

/// Whether a text is what an arm of a match gives, in a function or a variable called `code`.
fn is_code_arm(name: &str, text: &str, start: usize) -> bool {
    if !text[..start].trim_end().ends_with("=>") {
        return false;
    }
    let mut openings = vec!["fn code(", "let code = match"];
    if name.ends_with("mllp/handler.rs") {
        openings.push("fn as_str(");
    }
    openings
        .into_iter()
        .filter_map(|opening| text[..start].rfind(opening))
        .any(|at| !text[at..start].contains("\n    }\n"))
}

/// Every code that the sources give, with where.
fn given() -> BTreeMap<String, String> {
    let mut given = BTreeMap::new();
    for (name, text) in sources() {
        for (start, end, word) in words(&text) {
            let by_call = callee(&text, start, end).is_some_and(|callee| GIVERS.contains(&callee));
            let by_field = text[..start].ends_with("code: ");
            // A code that both sides of the contract know.
            let by_name = name.contains("contract/src") && text[..start].ends_with(": &str = ");
            let no_code = NO_CODES.contains(&word) || FHIR_ISSUE_TYPES.contains(&word);
            if (by_call || by_field || by_name || is_code_arm(&name, &text, start)) && !no_code {
                given.insert(word.to_owned(), name.clone());
            }
        }
    }
    given
}

#[test]
fn every_code_that_is_given_is_documented() {
    let documented: BTreeSet<&str> = access_mappings::issue_codes().iter().map(|code| code.code.as_str()).collect();
    let given = given();
    assert!(given.len() > 200, "the sources were not found");
    let missing: Vec<_> = given.iter().filter(|(code, _)| !documented.contains(code.as_str())).collect();
    assert!(missing.is_empty(), "add these to mappings/issues: {missing:?}");
}

#[test]
fn every_code_that_is_documented_is_still_given() {
    let texts = sources();
    let all: BTreeSet<&str> = texts.iter().flat_map(|(_, text)| words(text)).map(|(_, _, word)| word).collect();
    let gone: Vec<&str> = access_mappings::issue_codes()
        .iter()
        .map(|code| code.code.as_str())
        .filter(|code| !all.contains(code))
        .collect();
    assert!(gone.is_empty(), "take these out of mappings/issues: {gone:?}");
}

#[test]
fn what_the_fixtures_provoke_has_its_documented_severity() {
    let profile = access_mappings::example().unwrap();
    let known: BTreeMap<&str, &[String]> =
        access_mappings::issue_codes().iter().map(|code| (code.code.as_str(), code.severity.as_slice())).collect();
    let mut seen = 0;
    for folder in ["hl7", "fhir", "ccda"] {
        for entry in std::fs::read_dir(root().join("tests/fixtures").join(folder)).unwrap() {
            let Ok(bytes) = std::fs::read(entry.unwrap().path()) else { continue };
            let issues = access_core::read::read(&profile, &bytes)
                .map_or_else(|refusal| refusal.issues, |reading| reading.issues);
            for issue in issues {
                let severities =
                    known.get(issue.code.as_str()).unwrap_or_else(|| panic!("{} is not documented", issue.code));
                assert!(
                    severities.iter().any(|one| one == issue.severity.as_str()),
                    "{} as {}",
                    issue.code,
                    issue.severity
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 10);
}
