//! What became of the feeds of one file, in words for whoever opens the folder.

use crate::Taken;
use bridge_types::contract::Verdict;
use std::fmt::Write;

/// Most lines that are written down; what follows is counted.
const LINES: usize = 1000;

/// Counts, and what is wrong. No text holds a value of a message.
#[derive(Debug, Default)]
pub(super) struct Account {
    stored: u64,
    refused: u64,
    lost: u64,
    lines: Vec<String>,
    left_out: u64,
    /// The acknowledgements, where they are wanted.
    pub(super) answers: Vec<u8>,
}

impl Account {
    pub(super) const fn next(&self) -> u64 {
        self.stored + self.refused + 1
    }

    pub(super) const fn stored(&self) -> u64 {
        self.stored
    }

    pub(super) const fn refused(&self) -> u64 {
        self.refused
    }

    /// Whether the file holds feeds and every one was stored.
    pub(super) const fn is_fine(&self) -> bool {
        self.stored > 0 && self.refused == 0 && self.lost == 0
    }

    pub(super) fn record(&mut self, taken: &Taken) {
        let position = self.next();
        let Taken::Refused { verdict, entry, .. } = taken else {
            self.stored += 1;
            return;
        };
        self.refused += 1;
        let code = if matches!(verdict, Verdict::Reject) { "AR" } else { "AE" };
        let line = taken.decided().map_or_else(
            || format!("feed {position}: {code}, kept as {entry}"),
            |issue| {
                let place = if issue.location.is_empty() { String::new() } else { format!(" at {}", issue.location) };
                let hint = issue.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
                format!("feed {position}: {code} {}{place}: {}{hint}, kept as {entry}", issue.code, issue.message)
            },
        );
        self.line(line);
    }

    /// Something that could not be read, and is kept nowhere but in the file.
    pub(super) fn unreadable(&mut self, why: &str) {
        self.lost += 1;
        self.line(format!("after feed {}: {why}", self.stored + self.refused));
    }

    /// Something odd that stops nothing.
    pub(super) fn odd(&mut self, what: &str) {
        self.line(format!("note: {what}"));
    }

    fn line(&mut self, line: String) {
        if self.lines.len() < LINES {
            self.lines.push(line);
        } else {
            self.left_out += 1;
        }
    }

    /// The reason, as it stands beside the file.
    pub(super) fn tell(&self) -> String {
        let mut text = format!("{} feed(s) stored, {} refused", self.stored, self.refused);
        if self.lost > 0 {
            let _ = write!(text, ", {} place(s) that could not be read", self.lost);
        }
        text.push_str("\n\n");
        if self.stored == 0 && self.refused == 0 && self.lost == 0 {
            text.push_str("the file holds no feed\n");
        }
        for line in &self.lines {
            text.push_str(line);
            text.push('\n');
        }
        if self.left_out > 0 {
            let _ = writeln!(text, "and {} more", self.left_out);
        }
        if self.refused > 0 {
            text.push_str("\nrefused feeds are kept: `access-bridge quarantine list`; once the cause is mended, `access-bridge quarantine replay` with the id that stands behind `kept as`\n");
        }
        if self.lost > 0 {
            text.push_str("\nwhat could not be read is kept in this file only: mend it and drop it again; feeds that were stored are known and have no second effect\n");
        }
        text
    }
}
