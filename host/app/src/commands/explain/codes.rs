//! What issue codes mean.

use crate::output::{Done, Ending, Trouble, say, table};
use access_mappings::{IssueCode, issue_codes, issue_page};
use serde_json::{Value, json};

/// Explains one code.
///
/// # Errors
/// A code that is not in the registry.
pub(super) fn one(code: &str, as_json: bool) -> Done {
    let Some(found) = issue_codes().iter().find(|known| known.code == code) else {
        let trouble = Trouble::usage(format!("there is no issue code `{code}`"));
        return Err(trouble.hint("access-bridge explain --codes lists them all"));
    };
    if as_json {
        say(&value(found).to_string());
    } else {
        say(&format!("{} ({}; {})", found.code, found.severity.join(", "), found.area));
        say(&format!("  {}\n  What to do: {}\n  Source: {}", found.means, found.remedy, found.source));
    }
    Ok(Ending::Fine)
}

/// Lists every code.
///
/// # Errors
/// None; the form is that of the other commands.
pub(super) fn all(as_json: bool, as_markdown: bool) -> Done {
    if as_markdown {
        say(issue_page().trim_end());
    } else if as_json {
        issue_codes().iter().for_each(|code| say(&value(code).to_string()));
    } else {
        let row = |code: &IssueCode| vec![code.code.clone(), code.severity.join(", "), code.means.clone()];
        let rows: Vec<Vec<String>> = issue_codes().iter().map(row).collect();
        say(&table(&["CODE", "SEVERITY", "MEANING"], &rows));
    }
    Ok(Ending::Fine)
}

fn value(code: &IssueCode) -> Value {
    json!({
        "code": code.code, "area": code.area, "severity": code.severity,
        "means": code.means, "remedy": code.remedy, "source": code.source,
    })
}
