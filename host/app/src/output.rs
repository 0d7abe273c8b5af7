//! What the program prints, and how it ends.

use crate::config::ConfigError;
use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

/// Widths that are written for, in columns.
const NARROWEST: usize = 60;
const WIDEST: usize = 220;
/// Where nobody says how wide it is.
const USUAL: usize = 110;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Everything was done: 0.
    Fine,
    /// The work failed: 1.
    Failed,
    /// Usage or configuration: 2.
    Usage,
    /// Some of it was done: 3.
    Partly,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        Self::from(match ending {
            Ending::Fine => 0,
            Ending::Failed => 1,
            Ending::Usage => 2,
            Ending::Partly => 3,
        })
    }
}

impl Ending {
    /// The ending of work on several things, some of which went wrong.
    #[must_use]
    pub fn of(total: usize, failed: usize) -> Self {
        match failed {
            0 => Self::Fine,
            all if all == total => Self::Failed,
            _ => Self::Partly,
        }
    }
}

/// A command that could not be carried out, with what to do about it.
#[derive(Debug)]
pub struct Trouble {
    /// How the program ends.
    pub ending: Ending,
    /// What happened and where.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Trouble {
    /// The work failed. The text of an error holds its causes, here as in the log: what it has as sources is not printed again.
    pub fn failed(message: impl std::fmt::Display) -> Self {
        Self { ending: Ending::Failed, message: message.to_string(), hint: None }
    }

    /// Usage or configuration.
    pub fn usage(message: impl std::fmt::Display) -> Self {
        Self { ending: Ending::Usage, message: message.to_string(), hint: None }
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<ConfigError> for Trouble {
    fn from(error: ConfigError) -> Self {
        let hint = error.hint();
        Self::usage(error).hint(hint)
    }
}

/// What a command gives back.
pub type Done = Result<Ending, Trouble>;

/// Whether something that was to be printed is lost.
static LOST: AtomicBool = AtomicBool::new(false);

/// Writes a line to standard output. A reader that went away ends nothing: the work is done all the same. Other trouble is told
/// once, and makes the program end as one that failed ([`kept`]).
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    note(writeln!(out, "{line}"));
}

/// Writes bytes to standard output as they are; trouble as with [`say`].
pub fn emit(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    note(out.write_all(bytes).and_then(|()| out.flush()));
}

/// Notes how something was written to standard output.
pub(crate) fn note(written: std::io::Result<()>) {
    let Err(error) = written else { return };
    if error.kind() != ErrorKind::BrokenPipe && !LOST.swap(true, Ordering::Relaxed) {
        warn(&format!("access-bridge: standard output: {error}"));
        warn("hint: what was to be printed is not complete; make room, or print elsewhere");
    }
}

/// How a command ends once everything it printed has left: as failed where some of it is lost, since nobody would look for it.
#[must_use]
pub fn kept(ending: Ending) -> Ending {
    note(std::io::stdout().lock().flush());
    if ending == Ending::Fine && LOST.load(Ordering::Relaxed) { Ending::Failed } else { ending }
}

/// Writes a line to standard error.
pub fn warn(line: &str) {
    let mut out = std::io::stderr().lock();
    let _ = writeln!(out, "{line}");
}

/// How wide lines may be: `COLUMNS`, else the terminal's width, within bounds.
#[must_use]
pub fn columns() -> usize {
    let stated = std::env::var_os("COLUMNS").and_then(|columns| columns.to_str()?.parse().ok());
    let found = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    stated.or_else(found).unwrap_or(USUAL).clamp(NARROWEST, WIDEST)
}

/// Breaks a text at blanks into lines of at most `width` letters; a longer word has a line of its own.
#[must_use]
pub fn folded(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A text from outside as a terminal may have it: without anything that moves the cursor or changes colours.
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// A table with aligned columns, its cells [`plain`]; the last column is not padded.
#[must_use]
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| plain(cell)).collect()).collect();
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.chars().count()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: Vec<&str>| {
        let mut text = String::new();
        let last = cells.len().saturating_sub(1);
        for (index, (cell, width)) in cells.into_iter().zip(&widths).enumerate() {
            text.push_str(cell);
            if index < last {
                let gap = width.saturating_sub(cell.chars().count()) + 2;
                text.extend(std::iter::repeat_n(' ', gap));
            }
        }
        text.trim_end().to_owned()
    };
    let mut lines = vec![line(head.to_vec())];
    lines.extend(rows.iter().map(|row| line(row.iter().map(String::as_str).collect())));
    lines.join("\n")
}

/// Prints a list as a [`table`]. That there is nothing in it is told beside it. On a terminal that is narrower than the table its last
/// columns stand folded beneath each line; whoever else reads gets one line for each row.
pub fn list(head: &[&str], rows: &[Vec<String>]) {
    let width = if std::io::stdout().is_terminal() { columns() } else { usize::MAX };
    say(&list_within(head, rows, width));
    if rows.is_empty() {
        warn("none");
    }
}

fn list_within(head: &[&str], rows: &[Vec<String>], width: usize) -> String {
    let first = |columns: usize| -> String {
        let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().take(columns).cloned().collect()).collect();
        table(&head.iter().copied().take(columns).collect::<Vec<_>>(), &rows)
    };
    let fits = |text: &str| text.lines().all(|line| line.chars().count() <= width);
    let columns = (1..=head.len()).rev().find(|columns| fits(&first(*columns))).unwrap_or(1);
    let table = first(columns);
    let mut lines = table.lines();
    let mut text: Vec<String> = lines.next().map(str::to_owned).into_iter().collect();
    for (line, row) in lines.zip(rows) {
        text.push(line.to_owned());
        let rest = head.iter().zip(row).skip(columns).filter(|(_, cell)| !matches!(cell.as_str(), "" | "-"));
        let rest: Vec<String> = rest.map(|(name, cell)| format!("{}: {}", name.to_lowercase(), plain(cell))).collect();
        text.extend(folded(&rest.join(", "), width.saturating_sub(4)).iter().map(|line| format!("    {line}")));
    }
    text.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{folded, list_within, table};

    #[test]
    fn the_last_columns_of_a_list_are_folded_where_the_table_is_too_wide() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let rows = [row(["a", "MSH-11", "it went well"]), row(["b", "-", ""])];
        let whole = "ID  AT      WHY\na   MSH-11  it went well\nb   -";
        assert_eq!(list_within(&["ID", "AT", "WHY"], &rows, 24), whole);
        let folded = "ID  AT\na   MSH-11\n    why: it went\n    well\nb   -";
        assert_eq!(list_within(&["ID", "AT", "WHY"], &rows, 16), folded);
    }

    #[test]
    fn a_table_has_nothing_in_it_that_a_terminal_obeys() {
        let rows = [vec!["a\u{1b}[2J".to_owned(), "b\r".to_owned()]];
        assert_eq!(table(&["ONE", "TWO"], &rows), "ONE    TWO\na [2J  b");
    }

    #[test]
    fn a_text_is_folded_at_blanks() {
        assert_eq!(folded("one two  three", 7), ["one two", "three"]);
        assert_eq!(folded("extraordinary is long", 6), ["extraordinary", "is", "long"]);
        assert!(folded(" ", 6).is_empty());
    }
}
