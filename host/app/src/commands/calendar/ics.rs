//! The calendar as an iCalendar file (RFC 5545): one all-day event for each date. It names charts, not people.

use super::Row;
use bridge_types::{Timestamp, content_hash};

/// Digits of the digest that tells alignments apart.
const DIGEST: usize = 16;
/// Longest line in bytes (RFC 5545, section 3.1).
const LINE: usize = 75;

/// Writes the file.
pub(super) fn write(rows: &[Row], now: Timestamp) -> String {
    let stamp: String = now.rfc3339().chars().filter(|letter| !matches!(letter, '-' | ':')).take(15).collect();
    let mut text = String::new();
    let mut put = |line: &str| fold(&mut text, line);
    put("BEGIN:VCALENDAR");
    put("VERSION:2.0");
    put("PRODID:-//access-bridge//calendar//EN");
    for Row { participant, chart, date, next, .. } in rows {
        let name = if date.period.is_empty() { &date.kind } else { &date.period };
        put("BEGIN:VEVENT");
        // The same date of the same chart is the same event, however often it is written. A calendar is shared with many, and the id of
        // CMS is what a forged notice needs: the event names it by a digest, which the chart's own id keeps from being guessed.
        let alignment = content_hash([chart.as_str(), &date.alignment].join("\u{0}").as_bytes());
        let alignment = alignment.get(..DIGEST).unwrap_or_default();
        put(&format!("UID:{chart}-{}-{name}-{alignment}@access-bridge", date.track.as_str()));
        put(&format!("DTSTAMP:{stamp}Z"));
        put(&format!("DTSTART;VALUE=DATE:{}", date.due.replace('-', "")));
        put(&format!("SUMMARY:{}", escaped(&format!("{} {name} ({participant})", date.track.as_str()))));
        let mut said = format!("chart {chart}, {}", date.state);
        if let Some(opens) = &date.opens {
            said += &format!(", opens {opens}");
        }
        if !date.missing.is_empty() {
            said += &format!(", missing: {}", date.missing.join(", "));
        }
        if !next.is_empty() {
            said += &format!(". {next}");
        }
        put(&format!("DESCRIPTION:{}", escaped(&said)));
        put("TRANSP:TRANSPARENT");
        put("END:VEVENT");
    }
    put("END:VCALENDAR");
    text
}

/// Adds a line, folded where it is too long.
fn fold(text: &mut String, line: &str) {
    let mut rest = line;
    let mut room = LINE;
    loop {
        let cut = rest.floor_char_boundary(room);
        let (head, tail) = rest.split_at_checked(cut).unwrap_or((rest, ""));
        text.push_str(head);
        text.push_str("\r\n");
        if tail.is_empty() {
            return;
        }
        text.push(' ');
        rest = tail;
        room = LINE - 1;
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::{Row, write};
    use access_contract::{Deadline, Track};
    use bridge_types::Timestamp;

    fn row(missing: &[&str]) -> Row {
        let date = Deadline {
            track: Track::Ckm,
            kind: "baseline".to_owned(),
            period: "baseline".to_owned(),
            alignment: "sub-1".to_owned(),
            opens: None,
            from: "2026-01-01".to_owned(),
            due: "2026-03-02".to_owned(),
            state: "open".to_owned(),
            missing: missing.iter().map(|name| (*name).to_owned()).collect(),
        };
        let (participant, chart) = ("ACCES12345".to_owned(), "c1".to_owned());
        Row { participant, chart, date, submission: None, next: "ask, somebody".to_owned() }
    }

    #[test]
    fn a_date_is_an_event_of_one_day_with_a_lasting_name() {
        let text = write(&[row(&["HbA1c", "blood pressure; sitting"])], Timestamp::from_millis(1_790_000_000_000));
        assert!(text.contains("UID:c1-CKM-baseline-"), "{text}");
        assert!(!text.replace("\r\n ", "").contains("sub-1"), "the id of CMS: {text}");
        let uid = |row: Row| {
            let text = write(&[row], Timestamp::from_millis(0)).replace("\r\n ", "");
            text.lines().find(|line| line.starts_with("UID:")).unwrap().to_owned()
        };
        let mut other = row(&[]);
        assert_eq!(uid(row(&["HbA1c"])), uid(row(&[])));
        "sub-2".clone_into(&mut other.date.alignment);
        assert_ne!(uid(other), uid(row(&[])));
        assert!(text.contains("DTSTAMP:20260921T141320Z\r\n"), "{text}");
        assert!(text.contains("DTSTART;VALUE=DATE:20260302\r\n"), "{text}");
        assert!(text.replace("\r\n ", "").contains("sitting. ask\\, somebody\r\n"), "{text}");
        assert!(text.contains("missing: HbA1c\\, bl") && text.ends_with("END:VCALENDAR\r\n"), "{text}");
    }

    #[test]
    fn long_lines_are_folded() {
        let many: Vec<&str> = vec!["systolic and diastolic blood pressure é"; 9];
        let text = write(&[row(&many)], Timestamp::from_millis(0));
        assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
        assert!(text.replace("\r\n ", "").contains(&many.join("\\, ")), "{text}");
    }
}
