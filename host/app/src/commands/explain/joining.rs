//! Joins what a feed holds with what went out: pieces, payload elements and issues meet by their paths.

use super::groups::is_within;
use super::model::{Counts, Explanation, Piece, Source, Submission, Target};
use crate::commands::convert::event;
use crate::commands::offline::Converted;
use access_contract::{Account, AccountLine, Fate, Intent, Payload};
use serde_json::Value;
use std::collections::BTreeMap;

/// Stands in for a value that is not shown.
const HIDDEN: &str = "…";
/// Members of a payload whose texts are the guide's and not the patient's.
const SHOWN: [&str; 5] = ["resourceType", "name", "url", "system", "profile"];

/// Explains one feed; without `values` no text of the feed is in it.
pub(super) fn explanation(source: &str, converted: &Converted, account: Option<Account>, values: bool) -> Explanation {
    let account = account.unwrap_or(Account { lines: Vec::new(), truncated: false });
    let submissions: Vec<Submission> =
        converted.submissions.iter().map(|(intent, payload)| submission(intent, payload, values)).collect();
    let mut summary = Counts { truncated: account.truncated, ..Counts::default() };
    let control_id = &converted.header.control_id;
    let mut targets: Places<Target> = Places::default();
    let mut segments: BTreeMap<String, Vec<Target>> = BTreeMap::new();
    for (number, submission) in submissions.iter().enumerate() {
        // What an earlier feed said has paths of that feed.
        for from in submission.provenance.iter().filter(|from| !from.feed.is_empty() && from.feed == *control_id) {
            let target = Target { submission: number, element: from.element.clone() };
            if is_segment(&from.source) {
                segments.entry(from.source.clone()).or_default().push(target);
            } else {
                targets.put(&from.source, target);
            }
        }
    }
    let mut issues: Places<usize> = Places::default();
    for (number, issue) in converted.issues.iter().enumerate() {
        issues.put(&issue.location, number);
    }
    let mut pieces = Vec::with_capacity(account.lines.len());
    let mut told = vec![false; converted.issues.len()];
    for line in account.lines {
        match line.fate {
            Fate::Used => summary.used += 1,
            Fate::Ignored => summary.ignored += 1,
            _ => summary.unused += 1,
        }
        let issues = if line.fate == Fate::Ignored { Vec::new() } else { first_told(issues.of(&line.path), &mut told) };
        let mut piece = piece(line, &targets, issues);
        // What a whole segment led to stands at the first piece of it that was used.
        if let Some((segment, _)) = piece.path.split_once('-').filter(|_| piece.fate == "used") {
            let more = segments.remove(segment).unwrap_or_default();
            piece.targets.extend(more);
        }
        pieces.push(piece);
    }
    Explanation {
        source: source.to_owned(),
        control_id: control_id.clone(),
        event: event(&converted.header),
        refused: converted.refused,
        answer: converted.answer(),
        summary,
        pieces,
        submissions,
        issues: converted.issues.clone(),
    }
}

/// Whether a source is a segment as a whole: `DG1[1]`.
fn is_segment(source: &str) -> bool {
    let name = source.split('[').next().unwrap_or_default();
    name.len() == 3
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && !source.contains('-')
}

/// Each issue is told at the first piece of its place only.
fn first_told(found: Vec<usize>, told: &mut [bool]) -> Vec<usize> {
    let mut first = |number: &usize| told.get_mut(*number).is_some_and(|told| !std::mem::replace(told, true));
    found.into_iter().filter(|number| first(number)).collect()
}

fn piece(line: AccountLine, targets: &Places<Target>, issues: Vec<usize>) -> Piece {
    let targets = if line.fate == Fate::Used { targets.of(&line.path) } else { Vec::new() };
    let AccountLine { path, name, fate, rules, facts, value } = line;
    Piece { path, name, value, fate: fate.to_string(), rules, facts, targets, issues }
}

fn submission(intent: &Intent, payload: &Payload, values: bool) -> Submission {
    let mut body: Value = serde_json::from_str(&payload.body).unwrap_or_default();
    if !values {
        hide(&mut body, true);
    }
    let source = |from: &access_contract::Provenance| Source {
        element: from.element.clone(),
        source: from.source.clone(),
        feed: from.feed.clone(),
        rule: from.rule.clone(),
    };
    Submission {
        operation: payload.operation.to_string(),
        track: payload.track.to_string(),
        rule: intent.rule.clone(),
        mode: intent.mode.to_string(),
        why: intent.why.clone(),
        provenance: payload.provenance.iter().map(source).collect(),
        issues: payload.issues.clone(),
        payload: body,
    }
}

/// Hides every leaf but those of members that are shown. A payload is ours and not deep.
fn hide(value: &mut Value, is_hidden: bool) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                // The name of a parameter is the guide's; a patient's name is an object or a list of them.
                let is_shown = SHOWN.contains(&name.as_str());
                hide(member, !is_shown);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, is_hidden)),
        Value::Null => {}
        leaf if is_hidden => *leaf = Value::from(HIDDEN),
        _ => {}
    }
}

/// Things by the path they belong to.
struct Places<T>(BTreeMap<String, Vec<T>>);

impl<T> Default for Places<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Clone + PartialEq> Places<T> {
    fn put(&mut self, path: &str, thing: T) {
        if path.is_empty() {
            return;
        }
        let things = self.0.entry(path.to_owned()).or_default();
        if !things.contains(&thing) {
            things.push(thing);
        }
    }

    /// The things at a path, at what it is in, and at what is in it.
    fn of(&self, path: &str) -> Vec<T> {
        let mut found: Vec<T> = Vec::new();
        let ends = path.char_indices().filter(|(_, letter)| matches!(letter, '.' | '[' | '-' | '/')).map(|(at, _)| at);
        let above = ends.filter_map(|at| self.0.get(path.get(..at)?));
        let from = (std::ops::Bound::Included(path), std::ops::Bound::Unbounded);
        let at_and_below = self
            .0
            .range::<str, _>(from)
            .take_while(|(place, _)| place.starts_with(path))
            .filter(|(place, _)| is_within(place, path))
            .map(|(_, things)| things);
        for thing in above.chain(at_and_below).flatten() {
            if !found.contains(thing) {
                found.push(thing.clone());
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn things_are_found_at_above_and_below_a_path_and_not_beside_it() {
        let mut places = Places::default();
        for (number, path) in ["PID-5", "PID-50", "PID-7.1", "DG1[1]", "Patient.name[0]"].iter().enumerate() {
            places.put(path, number);
        }
        for (path, found) in [
            ("PID-5[2].1", vec![0]),
            ("PID-5", vec![0]),
            ("PID-7", vec![2]),
            ("PID-8", vec![]),
            ("DG1[1]-3.1", vec![3]),
            ("DG1[10]-3.1", vec![]),
            ("Patient.name[0].family", vec![4]),
        ] {
            assert_eq!(places.of(path), found, "{path}");
        }
    }
}
