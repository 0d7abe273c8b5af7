//! `access-bridge explain`: each payload element beside the HL7 field and the rule it came from.

use super::offline::{Desk, feeds};
use crate::cli::Offline;
use crate::output::{Done, Ending, say, table, warn};
use access_contract::Issue;

/// Explains. Prints paths and rules, no values.
///
/// # Errors
/// A chart, a profile or a component that cannot be used.
pub fn explain(offline: &Offline) -> Done {
    let mut desk = Desk::open(offline)?;
    let (mut total, mut refused) = (0, 0);
    let unreadable = feeds(
        &offline.files,
        |feed| {
            let converted = desk.convert(&feed)?;
            total += 1;
            refused += usize::from(converted.refused);
            let header = &converted.header;
            say(&format!(
                "{}  {}^{}  control id {}",
                feed.source, header.message_type, header.event, header.control_id
            ));
            for (intent, payload) in &converted.submissions {
                say(&format!(
                    "\n  ${} {}  rule {} ({})\n  {}",
                    payload.operation, payload.track, intent.rule, intent.mode, intent.why
                ));
                let rows: Vec<Vec<String>> = payload
                    .provenance
                    .iter()
                    .map(|one| {
                        vec![format!("    {}", one.element), one.source.clone(), one.rule.clone(), one.feed.clone()]
                    })
                    .collect();
                say(&table(&["    element", "from", "rule", "feed"], &rows));
                for issue in &payload.issues {
                    say(&format!("    {}", told(issue)));
                }
            }
            if converted.submissions.is_empty() {
                say("\n  nothing would be submitted");
            }
            for issue in &converted.issues {
                say(&format!("\n  {}", told(issue)));
            }
            say("");
            Ok(())
        },
        warn,
    )?;
    Ok(if total == 0 && unreadable > 0 { Ending::Usage } else { Ending::of(total + unreadable, refused + unreadable) })
}

/// An issue in one line, and its hint in a second.
fn told(issue: &Issue) -> String {
    let place = if issue.location.is_empty() { String::new() } else { format!(" at {}", issue.location) };
    let hint = issue.hint.as_ref().map(|hint| format!("\n    {hint}")).unwrap_or_default();
    format!("{}: {}{place}: {}{hint}", issue.severity, issue.code, issue.message)
}
