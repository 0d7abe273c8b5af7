//! Labelled lines in a text: `Submission ID: …`, however they were quoted, wrapped, or set side by side. Those that the text says
//! itself are told from those that it quotes.
//!
//! A label counts at the beginning of a line, behind marks of quotation and lists; those of two words also inside a line, since
//! tables are sometimes flattened. Its value reaches to the next label and goes on in the lines below, up to an empty line or
//! another label. Where the label stands alone in its line, the value is what stands below it.

use crate::quotes;

/// Lines below a label that may belong to its value.
const CONTINUED: usize = 3;
/// Values that are kept of each field.
const VALUES: usize = 20;
/// Longest value, in bytes; what is longer is cut.
const VALUE: usize = 512;

/// What a label names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Event,
    Submission,
    Participant,
    Deadline,
}

/// The labels, longer ones before those they contain.
const LABELS: [(&str, Field); 13] = [
    ("submission identifier", Field::Submission),
    ("submission id", Field::Submission),
    ("submissionid", Field::Submission),
    ("participant identifier", Field::Participant),
    ("participant id", Field::Participant),
    ("participantid", Field::Participant),
    ("deadline date", Field::Deadline),
    ("due date", Field::Deadline),
    ("event type", Field::Event),
    ("event name", Field::Event),
    ("notification type", Field::Event),
    ("deadline", Field::Deadline),
    ("event", Field::Event),
];

/// The values of a text, by field, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Labelled {
    pub(crate) events: Vec<String>,
    pub(crate) submissions: Vec<String>,
    pub(crate) participants: Vec<String>,
    pub(crate) deadlines: Vec<String>,
}

impl Labelled {
    fn keep(&mut self, field: Field, value: &str) {
        let values = match field {
            Field::Event => &mut self.events,
            Field::Submission => &mut self.submissions,
            Field::Participant => &mut self.participants,
            Field::Deadline => &mut self.deadlines,
        };
        let value = value.trim_matches(is_ornament);
        if !value.is_empty() && values.len() < VALUES {
            values.push(value.get(..value.floor_char_boundary(VALUE)).unwrap_or_default().to_owned());
        }
    }
}

/// The values that a text says itself, and those that it quotes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) own: Labelled,
    pub(crate) quoted: Labelled,
}

/// Finds the labelled values of a text.
pub(crate) fn find(text: &str) -> Found {
    let text: String = text.chars().filter_map(plain).collect();
    let split = quotes::split(&text);
    Found { own: values(&split.own), quoted: values(&split.quoted) }
}

/// The labelled values of lines.
fn values(lines: &[&str]) -> Labelled {
    let lines: Vec<&str> = lines.iter().copied().map(unquoted).collect();
    let mut found = Labelled::default();
    for (number, line) in lines.iter().enumerate() {
        let labels = labels(line);
        for (position, label) in labels.iter().enumerate() {
            let next = labels.get(position + 1);
            let end = next.map_or(line.len(), |next| next.start);
            let mut value = line.get(label.value..end).unwrap_or_default().trim_matches(is_ornament).to_owned();
            if next.is_none() {
                carry_on(&mut value, lines.get(number + 1..).unwrap_or_default());
            }
            found.keep(label.field, &value);
        }
    }
    found
}

/// A character as it counts: every kind of blank is one, and what is not seen is gone.
fn plain(letter: char) -> Option<char> {
    match letter {
        '\n' => Some('\n'),
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => None,
        '\u{ff1a}' => Some(':'),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Some('-'),
        blank if blank.is_whitespace() => Some(' '),
        other => Some(other),
    }
}

/// Marks that stand around labels and values without being part of them.
fn is_ornament(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '*' | '_' | '|' | '"' | '`' | '\u{2022}' | '\u{b7}')
}

/// A line without what forwarding and lists put before it.
fn unquoted(line: &str) -> &str {
    line.trim_start_matches(|letter| is_ornament(letter) || matches!(letter, '>' | '#' | '-' | '\u{2192}')).trim_end()
}

struct Label {
    field: Field,
    start: usize,
    /// Where the value begins.
    value: usize,
}

/// The labels of a line, in order.
fn labels(line: &str) -> Vec<Label> {
    let small = line.to_ascii_lowercase();
    let mut found: Vec<Label> = Vec::new();
    for colon in small.match_indices(':').map(|(at, _)| at) {
        let before = small.get(..colon).unwrap_or_default().trim_end_matches(is_ornament);
        let label = LABELS.iter().find(|(name, _)| before.ends_with(name));
        let Some((name, field)) = label else { continue };
        let start = before.len() - name.len();
        let left = before.get(..start).unwrap_or_default();
        let first = left.is_empty() || left.ends_with(['|', ';', ',', '\u{2022}', '\u{b7}', '*']);
        let apart = name.contains(' ') && left.ends_with(' ') || left.trim_end_matches(is_ornament).is_empty();
        let inside = found.last().is_some_and(|last| start < last.value);
        if (first || apart) && !inside {
            found.push(Label { field: *field, start, value: colon + 1 });
        }
    }
    found
}

/// Adds the lines below that belong to a value.
fn carry_on(value: &mut String, below: &[&str]) {
    let mut taken = 0;
    for line in below.iter().take(2 * CONTINUED) {
        if line.is_empty() {
            if value.is_empty() {
                continue;
            }
            break;
        }
        if taken == CONTINUED || is_labelled(line) {
            break;
        }
        if !value.is_empty() {
            value.push(' ');
        }
        value.push_str(line);
        taken += 1;
    }
}

/// Whether a line begins with something that looks like a label, ours or another.
fn is_labelled(line: &str) -> bool {
    let Some((name, _)) = line.split_once(':') else { return false };
    name.len() <= 40
        && name.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && name.chars().all(|letter| {
            letter.is_ascii_alphanumeric() || is_ornament(letter) || matches!(letter, '/' | '-' | '&' | '(' | ')')
        })
}

#[cfg(test)]
mod tests {
    use super::{Found, Labelled};
    use proptest::prelude::*;

    /// The values of a text of one kind.
    fn find(text: &str) -> Labelled {
        let Found { own, quoted } = super::find(text);
        assert!(own == Labelled::default() || quoted == Labelled::default(), "{text}");
        if own == Labelled::default() { quoted } else { own }
    }

    fn one(found: &Labelled) -> [&str; 4] {
        let first = |values: &'static str, list: &'_ [String]| -> String {
            assert!(list.len() <= 1, "{values}: {list:?}");
            list.first().cloned().unwrap_or_default()
        };
        let texts = [
            first("events", &found.events),
            first("submissions", &found.submissions),
            first("participants", &found.participants),
            first("deadlines", &found.deadlines),
        ];
        texts.map(|text| &*text.leak())
    }

    const ALL: [&str; 4] = ["Baseline Reporting Due", "sub-1", "ACCES12345", "October 1, 2026"];

    #[test]
    fn lines_are_found_however_they_are_set() {
        for text in [
            "Event: Baseline Reporting Due\nSubmission ID: sub-1\nParticipant ID: ACCES12345\nDeadline Date: October 1, 2026\n\nAction Required: report.\n",
            "EVENT : Baseline Reporting Due\r\nsubmission id:sub-1\r\nPARTICIPANT ID:\tACCES12345\r\nDeadline date :October 1, 2026\r\n",
            "> > Event: Baseline Reporting Due\n> > Submission ID: sub-1\n> > Participant ID: ACCES12345\n> > Deadline Date: October 1, 2026",
            "*Event:* Baseline Reporting Due\n*Submission ID:* sub-1\n*Participant ID:* ACCES12345\n*Deadline Date:* October 1, 2026",
            "**Event**: Baseline Reporting Due\n- Submission ID: sub-1\n \u{2022} Participant ID: ACCES12345\n| Deadline Date: | October 1, 2026 |",
            "Event:\n\n  Baseline Reporting Due\n\nSubmission ID:\n\nsub-1\nParticipant ID:\nACCES12345\nDeadline Date:\n\n\nOctober 1, 2026\n\nMore: text",
            "Event: Baseline Reporting\n  Due\nSubmission ID: sub-1\nParticipant ID: ACCES12345\nDeadline Date: October 1,\n 2026\nAction required: act",
            "Event: Baseline Reporting Due Submission ID: sub-1 Participant ID: ACCES12345 Deadline Date: October 1, 2026",
            "Event: Baseline Reporting Due | Submission ID: sub-1 | Participant ID: ACCES12345 | Deadline Date: October 1, 2026",
            "Event:\u{a0}Baseline Reporting Due\nSubmission\u{a0}ID\u{ff1a} sub-1\nPartici\u{ad}pant ID: ACCES12345\nDeadline Date: October 1, 2026\u{200b}",
        ] {
            assert_eq!(one(&find(text)), ALL, "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_label_is_none() {
        for text in [
            "The event: a party",
            "A resubmission id: sub-1",
            "Your previous Events: sub-1",
            "The deadline: none",
            "Submission IDs: many",
            "Event",
            "Submission ID sub-1",
            "prevent: x",
        ] {
            assert_eq!(find(text), Labelled::default(), "{text}");
        }
    }

    #[test]
    fn a_value_ends_at_an_empty_line_or_another_label() {
        let found = find(
            "Event: Aligned\n\nnot part of it\nSubmission ID: s-1\nAction Required: none\nDeadline Date:\n\n\n\n\n\n\n\ntoo far away",
        );
        assert_eq!((found.events, found.submissions), (vec!["Aligned".to_owned()], vec!["s-1".to_owned()]));
        assert_eq!(found.deadlines, Vec::<String>::new());
    }

    #[test]
    fn several_values_are_all_kept_within_bounds() {
        let text = "Submission ID: s-1\n\n".to_owned()
            + &"Submission ID: s-2\n\n".repeat(100)
            + "Participant ID: "
            + &"é".repeat(1000);
        let found = find(&text);
        assert_eq!(
            (found.submissions.len(), found.submissions[0].as_str(), found.submissions[1].as_str()),
            (20, "s-1", "s-2")
        );
        assert_eq!(found.participants[0].len(), 512);
    }

    #[test]
    fn what_a_text_says_is_told_from_what_it_quotes() {
        let found =
            super::find("Event:\n> Event: Aligned\n\nSubmission ID: s-1\n\nOn Monday a wrote:\nDeadline Date: x\n");
        assert_eq!((found.own.events, found.own.submissions), (vec![], vec!["s-1".to_owned()]));
        assert_eq!(found.own.deadlines, Vec::<String>::new());
        assert_eq!((found.quoted.events, found.quoted.deadlines), (vec!["Aligned".to_owned()], vec!["x".to_owned()]));
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "([Ee]vent|Submission ID|:|\\n|>|\\*| |\\PC){0,60}") {
            let _ = super::find(&text);
        }
    }
}
