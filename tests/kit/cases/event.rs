//! The message and the site of a case of `tests/cases/events/`. Shared by the native runner and the kit.

use std::collections::BTreeMap;

/// The message of a feed: `@ann` among its lines stands for the segment of that name.
pub(crate) fn message(
    segments: &BTreeMap<String, String>,
    (event, at, number): (&str, &str, usize),
    lines: &[String],
) -> String {
    let head = format!("MSH|^~\\&|EPIC|MAIN|B|C|{at}||{event}|M{number}|P|2.5.1");
    let lines = lines.iter().map(|line| match line.strip_prefix('@') {
        Some(name) => segments.get(name).unwrap_or_else(|| panic!("no segment {name}")),
        None => line,
    });
    std::iter::once(&head).chain(lines).cloned().collect::<Vec<_>>().join("\r")
}

/// The site file with a case's keys.
pub(crate) fn site(keys: &str) -> String {
    format!("{}\n{keys}", access_mappings::example_site().text)
}
