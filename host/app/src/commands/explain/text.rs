//! An explanation for a terminal: source, value, rule and target side by side.

use super::groups::{Group, groups, short};
use super::model::{Explanation, Piece, Submission};
use crate::output::columns;
use access_contract::{Issue, Severity, UnmappedCode};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::io::IsTerminal;

/// Unused fields that are named at the end.
const MAX_NAMED: usize = 12;
/// Lines of one cell; the rest is left out.
const MAX_CELL_LINES: usize = 6;

/// Fields that hold the MBI at one site or another (`mbi.carriers`, `mbi_paths`): nobody should ignore them for all.
const CARRIERS: [&str; 6] = ["PID-2", "PID-3", "IN1-36", "IN1-49", "IN2-6", "IN2-61"];

/// How it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// Columns.
    pub(super) width: usize,
    /// Whether colours are used.
    pub(super) colour: bool,
}

impl Style {
    /// Fitted to `COLUMNS`, else to the terminal; coloured on a terminal only, and not where `NO_COLOR` is set.
    pub(super) fn of_terminal() -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { width: columns(), colour: !plain && std::io::stdout().is_terminal() }
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colour && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const YELLOW: &str = "33";
const CYAN: &str = "36";

/// Writes one feed.
pub(super) fn render(explanation: &Explanation, style: &Style) -> String {
    let mut lines = Vec::new();
    let refused =
        if explanation.refused { format!("  refused, answered {}", explanation.answer) } else { String::new() };
    let title = format!("{}  {}  control id {}", explanation.source, explanation.event, explanation.control_id);
    lines.push(style.paint(BOLD, &plain(&title)) + &style.paint(RED, &refused));
    let told: Vec<usize> = explanation.pieces.iter().flat_map(|piece| piece.issues.iter().copied()).collect();
    for (number, issue) in explanation.issues.iter().enumerate() {
        if !told.contains(&number) {
            lines.extend(self::issue(issue, 2, *style));
        }
    }
    if !explanation.pieces.is_empty() {
        lines.push(String::new());
        let heads = ["SOURCE", "VALUE", "RULE", "FACT → TARGET"].map(str::to_owned);
        lines.extend(cells(&heads, explanation, [DIM; 4], "  ", *style));
    }
    for group in groups(&explanation.pieces) {
        lines.push(String::new());
        lines.push(style.paint(BOLD, &plain(group.name)));
        lines.extend(pieces(&group, explanation, *style));
    }
    for submission in &explanation.submissions {
        lines.push(String::new());
        lines.extend(payload(submission, &explanation.control_id, *style));
    }
    lines.push(String::new());
    if explanation.submissions.is_empty() {
        let why = if explanation.refused { ": a service refuses the feed" } else { "" };
        lines.push(format!("nothing would be submitted{why}"));
    }
    let counts = &explanation.summary;
    let unused = format!("{} unused", counts.unused);
    let unused = if counts.unused > 0 { style.paint(YELLOW, &unused) } else { unused };
    let cut = if counts.truncated { "; the account is cut at 20,000 pieces" } else { "" };
    lines.push(format!("{} used, {} ignored, {unused}{cut}", counts.used, counts.ignored));
    if let Some(row) = ignoring(explanation) {
        let hint = format!("hint: what nobody needs goes into the profile, as [account] \"+ignored\" = [{row}]");
        lines.extend(wrap(&plain(&hint), style.width));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// The entries of `account.ignored` that name the unused fields of an HL7 v2 message; none where there are none. What is unused beside
/// something used is left out: the rest of a row that was refused is no field that nobody needs. Carriers of the MBI are, too.
fn ignoring(explanation: &Explanation) -> Option<String> {
    let segment = |piece: &Piece| piece.path.split_once('-').map(|(segment, _)| segment.to_owned());
    let used: BTreeSet<String> =
        explanation.pieces.iter().filter(|piece| piece.fate == "used").filter_map(segment).collect();
    // The field, whichever occurrence and repetition.
    let field = |piece: &Piece| {
        let (segment, rest) = piece.path.split_once('-').filter(|(segment, _)| !used.contains(*segment))?;
        let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let segment = segment.split('[').next().filter(|segment| segment.len() == 3)?;
        let field = format!("{segment}-{number}");
        (!number.is_empty() && !CARRIERS.contains(&field.as_str())).then(|| format!("\"{field}\""))
    };
    let mut named = BTreeSet::new();
    let unused = explanation.pieces.iter().filter(|piece| piece.fate == "unused").filter_map(field);
    let mut fields: Vec<String> = unused.filter(|field| named.insert(field.clone())).collect();
    let more = if fields.len() > MAX_NAMED { ", …" } else { "" };
    fields.truncate(MAX_NAMED);
    (!fields.is_empty()).then(|| fields.join(", ") + more)
}

fn pieces(group: &Group<'_>, explanation: &Explanation, style: Style) -> Vec<String> {
    let mut lines = Vec::new();
    let mut ignored = 0;
    for piece in &group.pieces {
        if piece.fate == "ignored" {
            ignored += 1;
            continue;
        }
        lines.extend(row(piece, group.inside(&piece.path), explanation, style));
        for number in &piece.issues {
            lines.extend(explanation.issues.get(*number).map(|one| issue(one, 4, style)).unwrap_or_default());
        }
    }
    if ignored > 0 {
        lines.push(style.paint(DIM, &format!("  {ignored} ignored")));
    }
    lines
}

/// One piece over as many lines as its longest cell needs.
fn row(piece: &Piece, path: &str, explanation: &Explanation, style: Style) -> Vec<String> {
    let is_unused = piece.fate == "unused";
    let source = if piece.name.is_empty() { path.to_owned() } else { format!("{path} {}", piece.name) };
    let value = piece.value.clone().unwrap_or_default();
    let rule = if is_unused { "unused".to_owned() } else { piece.rules.join(", ") };
    let target = target(piece, &explanation.submissions);
    // What is kept and can reach no report is marked like what nothing uses.
    let is_marked = is_unused || piece.rules == [UnmappedCode::RULE];
    let colours = [if is_marked { YELLOW } else { "" }, "", if is_marked { YELLOW } else { DIM }, CYAN];
    cells(&[source, value, rule, target], explanation, colours, if is_marked { "! " } else { "  " }, style)
}

/// Four cells side by side behind a mark.
fn cells(texts: &[String; 4], explanation: &Explanation, colours: [&str; 4], mark: &str, style: Style) -> Vec<String> {
    // A mark, four cells, and two columns between them.
    let room = style.width.saturating_sub(2 + 3 * 2);
    let has_values = explanation.pieces.iter().any(|piece| piece.value.is_some());
    let value_room = if has_values { room * 20 / 100 } else { 0 };
    let source_room = room * 34 / 100;
    let rule_room = room * 20 / 100;
    let widths = [source_room, value_room, rule_room, room.saturating_sub(source_room + value_room + rule_room)];
    let cells: Vec<Vec<String>> = texts.iter().zip(widths).map(|(text, width)| wrap(&plain(text), width)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    let mut lines = Vec::with_capacity(height);
    for number in 0..height {
        let mark = if number == 0 { mark } else { "  " };
        let mut line = style.paint(YELLOW, mark);
        let mut pending = 0;
        for ((cell, width), colour) in cells.iter().zip(widths).zip(colours) {
            let text = cell.get(number).map_or("", String::as_str);
            if width > 0 && !text.is_empty() {
                line.extend(std::iter::repeat_n(' ', pending));
                pending = width.saturating_sub(text.chars().count());
                line.push_str(&if colour.is_empty() { text.to_owned() } else { style.paint(colour, text) });
            } else {
                pending += width;
            }
            pending += if width > 0 { 2 } else { 0 };
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// The facts, and the payload elements behind an arrow.
fn target(piece: &Piece, submissions: &[Submission]) -> String {
    let mut text = piece.facts.join(", ");
    let mut operations: Vec<(&str, Vec<&str>)> = Vec::new();
    for target in &piece.targets {
        let Some(submission) = submissions.get(target.submission) else { continue };
        let element = short(&target.element);
        match operations.iter_mut().find(|(operation, _)| *operation == submission.operation) {
            Some((_, elements)) if elements.contains(&element) => {}
            Some((_, elements)) => elements.push(element),
            None => operations.push((&submission.operation, vec![element])),
        }
    }
    for (operation, elements) in operations {
        let gap = if text.is_empty() { "" } else { " " };
        let _ = write!(text, "{gap}→ ${operation} {}", elements.join(", "));
    }
    text
}

/// A payload: what asked for it, and where those of its elements come from that are not in this feed.
fn payload(submission: &Submission, feed: &str, style: Style) -> Vec<String> {
    let Submission { operation, track, rule, mode, why, .. } = submission;
    let mut lines = vec![style.paint(BOLD, &format!("${operation} {track}")) + &format!("  rule {rule} ({mode})")];
    lines.push(format!("  {why}"));
    for from in submission.provenance.iter().filter(|from| from.feed != feed || from.feed.is_empty()) {
        let place =
            if from.feed.is_empty() { from.source.clone() } else { format!("{} of {}", from.source, from.feed) };
        let line = format!("  {} ← {} ({})", short(&from.element), place, from.rule);
        lines.extend(wrap(&plain(&line), style.width).into_iter().map(|line| style.paint(DIM, &line)));
    }
    for one in &submission.issues {
        lines.extend(issue(one, 2, style));
    }
    lines
}

/// An issue, and its hint below it.
fn issue(issue: &Issue, indent: usize, style: Style) -> Vec<String> {
    let colour = match issue.severity {
        Severity::Error | Severity::Fatal => RED,
        Severity::Warning => YELLOW,
        _ => DIM,
    };
    let place = if issue.location.is_empty() { String::new() } else { format!(" at {}", issue.location) };
    let text = format!("{}: {}{place}: {}", issue.severity, issue.code, issue.message);
    let room = style.width.saturating_sub(indent);
    let margin = " ".repeat(indent);
    let mut lines: Vec<String> =
        wrap(&plain(&text), room).iter().map(|line| format!("{margin}{}", style.paint(colour, line))).collect();
    if let Some(hint) = &issue.hint {
        let hint = format!("hint: {hint}");
        lines.extend(wrap(&plain(&hint), room.saturating_sub(2)).iter().map(|line| format!("{margin}  {line}")));
    }
    lines
}

/// Takes out what a terminal would act upon.
fn plain(text: &str) -> String {
    let acts = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().map(|letter| if acts(letter) { '·' } else { letter }).collect()
}

/// Breaks a text into lines of at most `width` characters, at blanks where there are any.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if width == 0 {
        return lines;
    }
    let mut rest = text;
    while !rest.is_empty() {
        if lines.len() == MAX_CELL_LINES {
            if let Some(last) = lines.last_mut() {
                last.pop();
                last.push('…');
            }
            break;
        }
        let end = rest.char_indices().nth(width).map_or(rest.len(), |(at, _)| at);
        let (line, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let broken =
            if after.is_empty() || after.starts_with(' ') { None } else { line.rfind(' ').filter(|at| *at > 0) };
        let (line, after) = broken.and_then(|at| rest.split_at_checked(at)).unwrap_or((line, after));
        lines.push(line.trim_end().to_owned());
        rest = after.trim_start();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{plain, wrap};

    #[test]
    fn lines_break_at_blanks_and_never_exceed_their_width() {
        assert_eq!(wrap("Date/Time of Birth", 9), ["Date/Time", "of Birth"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("", 3), Vec::<String>::new());
        assert_eq!(wrap("x y", 0), Vec::<String>::new());
        let cut = wrap(&"x".repeat(100), 10);
        assert!(cut.len() == 6 && cut[5].ends_with('…'));
    }

    #[test]
    fn nothing_a_terminal_acts_upon_is_left() {
        assert_eq!(plain("a\u{1b}[31mb\u{202e}c\rd"), "a·[31mb·c·d");
    }
}
