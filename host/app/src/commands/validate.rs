//! `access-bridge validate`: payloads against the ACCESS rules.

use super::offline::{load, read_text};
use crate::output::{Done, Ending, Trouble, say, warn};
use access_contract::{Issue, Severity};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Validates. Exit code 0: all valid; 1: none; 3: some, or what is not invalid is in part nothing that is checked.
///
/// # Errors
/// A profile, a component or a file that cannot be used.
pub fn validate(profile: Option<&Path>, json: bool, files: &[PathBuf]) -> Done {
    let mut instance = load(profile)?.instantiate().map_err(Trouble::failed)?;
    let standard = [PathBuf::from("-")];
    let files = if files.is_empty() { &standard[..] } else { files };
    let (mut total, mut bad, mut unchecked) = (0, 0, 0);
    for path in files {
        let (name, text) = if path.as_os_str() == "-" {
            let mut text = String::new();
            std::io::stdin().lock().read_to_string(&mut text).map_err(Trouble::usage)?;
            ("stdin".to_owned(), text)
        } else {
            (path.display().to_string(), read_text(path)?)
        };
        let documents = documents(&text);
        if documents.is_empty() {
            warn(&format!("{name} holds no payload"));
        }
        for (place, document) in documents {
            let name = format!("{name}{place}");
            let issues = instance.validate(document).map_err(Trouble::failed)?;
            let invalid = issues.iter().any(Issue::blocks);
            let checked = invalid || !issues.iter().any(is_of_the_whole);
            let valid = checked && !invalid;
            total += 1;
            bad += usize::from(invalid);
            unchecked += usize::from(!checked);
            if json {
                say(&serde_json::json!({ "source": name, "valid": valid, "checked": checked, "issues": issues })
                    .to_string());
                continue;
            }
            let word = match (checked, valid) {
                (false, _) => "NOT CHECKED",
                (true, true) => "valid  ",
                (true, false) => "INVALID",
            };
            say(&format!("{word} {name}"));
            for issue in &issues {
                let mark = if issue.severity == Severity::Information { "note" } else { issue.severity.as_str() };
                say(&format!("  {mark}: {} at {}: {}", issue.code, issue.location, issue.message));
                if let Some(hint) = &issue.hint {
                    say(&format!("    {hint}"));
                }
            }
        }
    }
    Ok(match Ending::of(total, bad) {
        Ending::Fine if unchecked > 0 => Ending::Partly,
        ending => ending,
    })
}

/// Whether an issue says that the payload as a whole is none of those that are checked, and not a resource within it.
fn is_of_the_whole(issue: &Issue) -> bool {
    issue.code == "not-checked" && !issue.location.contains('.')
}

/// A line of `convert`, as far as it is looked at here.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    submissions: Vec<Submission<'a>>,
}

#[derive(Deserialize)]
struct Submission<'a> {
    operation: String,
    track: String,
    #[serde(borrow)]
    payload: &'a RawValue,
}

/// The documents of a text, each with its place in it: the text itself, one a line, or the payloads of what `convert` printed.
fn documents(text: &str) -> Vec<(String, &str)> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let each_is_one = lines.iter().all(|line| line.starts_with('{') && line.ends_with('}'));
    if lines.is_empty() || !each_is_one {
        return vec![(String::new(), text)];
    }
    let alone = lines.len() == 1;
    let mut documents = Vec::new();
    for (line, number) in lines.into_iter().zip(1..) {
        let place = if alone { String::new() } else { format!("#{number}") };
        match serde_json::from_str::<Line<'_>>(line) {
            Ok(converted) => documents.extend(converted.submissions.iter().map(|submission| {
                let Submission { operation, track, payload } = submission;
                (format!("{place} ${operation} {track}"), payload.get())
            })),
            Err(_) => documents.push((place, line)),
        }
    }
    documents
}

#[cfg(test)]
mod tests {
    use super::documents;

    #[test]
    fn a_text_is_one_document_or_one_a_line() {
        assert_eq!(documents("{\n \"a\": 1\n}"), [(String::new(), "{\n \"a\": 1\n}")]);
        assert_eq!(documents("{\"a\":1}\n\n{\"b\":2}\n"), [("#1".into(), "{\"a\":1}"), ("#2".into(), "{\"b\":2}")]);
        assert_eq!(documents(""), [(String::new(), "")]);
    }

    #[test]
    fn lines_of_convert_are_their_payloads() {
        let two = r#"{"source":"a","submissions":[{"operation":"align","track":"CKM","payload":{"x": 1}},{"operation":"align","track":"BH","payload":{}}]}"#;
        let none = r#"{"source":"b","submissions":[]}"#;
        assert_eq!(documents(two), [(" $align CKM".into(), "{\"x\": 1}"), (" $align BH".into(), "{}")]);
        assert_eq!(
            documents(&format!("{none}\n{two}")).first().map(|(place, _)| place.as_str()),
            Some("#2 $align CKM")
        );
        assert!(documents(none).is_empty());
    }
}
