//! `access-bridge validate`: payloads against the ACCESS rules.

use super::offline::{load, read_text};
use crate::output::{Done, Ending, Trouble, say};
use access_contract::Severity;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Validates. Exit code 0: all valid; 1: none; 3: some.
///
/// # Errors
/// A profile, a component or a file that cannot be used.
pub fn validate(profile: Option<&Path>, json: bool, files: &[PathBuf]) -> Done {
    let mut instance = load(profile)?.instantiate().map_err(Trouble::failed)?;
    let standard = [PathBuf::from("-")];
    let files = if files.is_empty() { &standard[..] } else { files };
    let (mut total, mut bad) = (0, 0);
    for path in files {
        let (name, text) = if path.as_os_str() == "-" {
            let mut text = String::new();
            std::io::stdin().lock().read_to_string(&mut text).map_err(Trouble::usage)?;
            ("stdin".to_owned(), text)
        } else {
            (path.display().to_string(), read_text(path)?)
        };
        let documents = documents(&text);
        for (index, document) in documents.iter().enumerate() {
            let name = if documents.len() > 1 { format!("{name}#{}", index + 1) } else { name.clone() };
            let issues = instance.validate(document).map_err(Trouble::failed)?;
            let valid = !issues.iter().any(access_contract::Issue::blocks);
            total += 1;
            bad += usize::from(!valid);
            if json {
                say(&serde_json::json!({ "source": name, "valid": valid, "issues": issues }).to_string());
                continue;
            }
            say(&format!("{} {name}", if valid { "valid  " } else { "INVALID" }));
            for issue in &issues {
                let mark = if issue.severity == Severity::Information { "note" } else { issue.severity.as_str() };
                say(&format!("  {mark}: {} at {}: {}", issue.code, issue.location, issue.message));
                if let Some(hint) = &issue.hint {
                    say(&format!("    {hint}"));
                }
            }
        }
    }
    Ok(Ending::of(total, bad))
}

/// One document, or one a line where each line is one.
fn documents(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let each_is_one = lines.len() > 1 && lines.iter().all(|line| line.starts_with('{') && line.ends_with('}'));
    if each_is_one { lines } else { vec![text] }
}
