//! A notice as an e-mail file.
//!
//! The guide shows a subject and labelled lines; the rest of the text is this project's own. Header and body are ASCII, lines
//! end in CRLF and are shorter than 78 characters, so nothing has to be encoded or folded.

use crate::notice::Notice;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Most files that one name is tried for.
const MAX_SAME_NAME: u32 = 1_000;

/// The message, as RFC 5322 shapes it.
fn message(notice: &Notice) -> String {
    let Notice { number, event, display, action, submission, participant, deadline, .. } = notice;
    let date = utc(notice.at_millis, "%a, %-d %b %Y %H:%M:%S +0000");
    let mailbox = participant.to_ascii_lowercase();
    let deadline = deadline.strftime("%B %-d, %Y");
    let lines = [
        "From: ACCESS Sandbox <notices@sandbox.invalid>".to_owned(),
        format!("To: {participant} <{mailbox}@sandbox.invalid>"),
        format!("Subject: ACCESS Model Notification - {display}"),
        format!("Date: {date}"),
        format!("Message-ID: <{number}.{event}.{submission}@sandbox.invalid>"),
        "MIME-Version: 1.0".to_owned(),
        "Content-Type: text/plain; charset=us-ascii".to_owned(),
        "Content-Transfer-Encoding: 7bit".to_owned(),
        "Auto-Submitted: auto-generated".to_owned(),
        String::new(),
        "This notice comes from a sandbox and is about an invented person.".to_owned(),
        String::new(),
        format!("Event: {display}"),
        format!("Submission ID: {submission}"),
        format!("Participant ID: {participant}"),
        format!("Deadline Date: {deadline}"),
        String::new(),
        "Action Required:".to_owned(),
        (*action).to_owned(),
        String::new(),
        "Additional Information:".to_owned(),
        "The submission is the one that asked for the alignment.".to_owned(),
    ];
    lines.join("\r\n") + "\r\n"
}

/// A moment in UTC; empty where it is out of range.
fn utc(millis: i64, format: &str) -> String {
    jiff::Timestamp::from_millisecond(millis).map_or_else(|_| String::new(), |at| at.strftime(format).to_string())
}

/// Name of the file: time, number and event, so that the same story gives the same names and names sort by time.
fn name(notice: &Notice) -> String {
    let at = utc(notice.at_millis, "%Y%m%dT%H%M%SZ");
    format!("{at}-{:06}-{}", notice.number, notice.event)
}

/// Writes the file, under another name first, so that whoever reads the folder sees whole messages only. A file of an
/// earlier run is never replaced: the name gets a further number.
pub(crate) fn write(folder: &Path, notice: &Notice) -> io::Result<()> {
    let name = name(notice);
    let unfinished = folder.join(format!(".{name}.tmp"));
    let mut file = File::create(&unfinished)?;
    file.write_all(message(notice).as_bytes())?;
    drop(file);
    for attempt in 1..MAX_SAME_NAME {
        let finished = match attempt {
            1 => folder.join(format!("{name}.eml")),
            _ => folder.join(format!("{name}-{attempt}.eml")),
        };
        if !finished.try_exists()? {
            return fs::rename(&unfinished, finished);
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists))
}

#[cfg(test)]
mod tests {
    use super::{message, name};
    use crate::notice::{Event, News, Notice, Outbox};

    fn notice(event: Event) -> Notice {
        let mut outbox = Outbox::new(10);
        outbox.add(vec![News {
            at: 1_788_220_800_000,
            participant: "ACCES12345".to_owned(),
            submission: "sub-abcdef-000001".to_owned(),
            event,
            deadline: 20_727,
        }]);
        outbox.take().remove(0)
    }

    #[test]
    fn a_message_has_subject_labels_and_short_ascii_lines() {
        for event in [Event::LockInEnding, Event::Unalignment, Event::ControlGroupEnding, Event::RenewalDue] {
            let text = message(&notice(event));
            assert!(text.is_ascii() && text.ends_with("\r\n"));
            assert!(text.lines().all(|line| line.len() < 78), "{text}");
            assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
        }
        let text = message(&notice(Event::LockInEnding));
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        for line in [
            "Subject: ACCESS Model Notification - Participant Lock-In Period Ending",
            "Date: Tue, 1 Sep 2026 00:00:00 +0000",
            "Message-ID: <1.participant-lock-ending.sub-abcdef-000001@sandbox.invalid>",
        ] {
            assert!(head.lines().any(|found| found == line), "{head}");
        }
        for line in [
            "Event: Participant Lock-In Period Ending",
            "Submission ID: sub-abcdef-000001",
            "Participant ID: ACCES12345",
            "Deadline Date: October 1, 2026",
        ] {
            assert!(body.lines().any(|found| found == line), "{body}");
        }
    }

    #[test]
    fn names_sort_by_time_and_say_what_it_is() {
        assert_eq!(name(&notice(Event::Unalignment)), "20260901T000000Z-000001-unalignment");
    }
}
