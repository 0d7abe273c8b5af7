//! A notice as `ORU^R01^ORU_R01`.
//!
//! | segment | content |
//! |---|---|
//! | `MSH` | 3 the installation, 4 the participant, 5 and 6 the sender of the feed, 7 the envelope's time in UTC, 10 the notice's id, 11 `P`, 12 the profile's version, 18 `UNICODE UTF-8` |
//! | `PID` | as the notice has it; `PID\|1` where there is no patient; the MBI joins `PID-3`, typed `MC`, where the notice carries one |
//! | `OBR` | 2 `MSH-10` of the feed, 3 the submission (else the notice's id), 4 what it is about, 7 and 22 the time, 25 `F` |
//! | `OBX` | one row for each fact: `RESULT`, `TRACK`, `SEVERITY`, `TEXT`, `NEXT-STEP`, one for each date under its own name, `CMS-SUBMISSION`, `REFERENCE` (`ZAC-8` of the request), and one `ISSUE` for each issue, numbered in `OBX-4` |
//! | `ZAC` | 1 `1`, 2 `STATUS`, 3 track, 4 code, 7 the date named `effective`, 8 the submission, 9 the id CMS gave it |
//!
//! Local code systems start with 99 (table 0396): `99ACCESS` is ours; a code system of the guide is `99` and its name
//! without `ResultCS` or `CS`, for example `99ACCESSEligibility`, which stays within the 20 characters of the data type.

use super::bounded;
use access_contract::{Envelope, Issue, Notice, NoticeKind};
use access_mappings::Profile;
use jiff::Timestamp;

/// Our own code system.
const LOCAL: &str = "99ACCESS";

/// Longest name of a coding system in version 2.5.1, in characters.
const MAX_SYSTEM: usize = 20;

/// Renders the message; each segment ends with a carriage return.
pub(super) fn render(profile: &Profile, notice: &Notice, envelope: &Envelope, at: Timestamp) -> String {
    let time = at.strftime("%Y%m%d%H%M%S+0000").to_string();
    let (about, label) = subject(notice);
    let filler = if notice.submission.is_empty() { &envelope.id } else { &notice.submission };
    let patient = if notice.patient.is_empty() { "PID|1" } else { &notice.patient };
    let patient = match &notice.mbi {
        Some(mbi) => with_number(patient, &format!("{}^^^CMS^{}", escape(mbi), profile.guide.systems.mbi_type_code)),
        None => patient.to_owned(),
    };
    let mut segments = vec![
        format!(
            "MSH|^~\\&|{}|{}|{}|{}|{time}||ORU^R01^ORU_R01|{}|P|{}||||||UNICODE UTF-8",
            escape(&envelope.sender),
            escape(&notice.participant),
            escape(&notice.reply_application),
            escape(&notice.reply_facility),
            escape(&envelope.id),
            escape(&profile.notices.hl7_version),
        ),
        patient,
        format!(
            "OBR|1|{}|{}|{about}^{label}^{LOCAL}|||{time}|||||||||||||||{time}|||F",
            escape(&notice.control_id),
            escape(filler)
        ),
    ];
    segments.extend(rows(profile, notice).into_iter().enumerate().map(|(index, row)| row.write(index + 1, &time)));
    let effective = notice.dates.iter().find(|date| date.name == "effective").and_then(|date| compact(&date.date));
    segments.push(trim(&format!(
        "ZAC|1|STATUS|{}|{}|||{}|{}|{}",
        escape(&notice.track),
        escape(&notice.code),
        effective.unwrap_or_default(),
        escape(&notice.submission),
        escape(&notice.cms_submission)
    )));
    segments.into_iter().map(|segment| segment + "\r").collect()
}

/// A `PID` segment with one more repetition in `PID-3`.
fn with_number(segment: &str, number: &str) -> String {
    let mut fields: Vec<&str> = segment.split('|').collect();
    fields.resize(fields.len().max(4), "");
    let list = fields.get(3).map_or_else(String::new, |known| {
        if known.is_empty() { number.to_owned() } else { format!("{known}~{number}") }
    });
    if let Some(field) = fields.get_mut(3) {
        *field = &list;
    }
    fields.join("|")
}

/// One `OBX`.
struct Row {
    kind: &'static str,
    name: String,
    label: String,
    sub: String,
    value: String,
}

impl Row {
    fn new(kind: &'static str, name: &str, label: &str, value: String) -> Self {
        Self { kind, name: name.to_owned(), label: label.to_owned(), sub: String::new(), value }
    }

    fn write(&self, number: usize, time: &str) -> String {
        let Self { kind, name, label, sub, value } = self;
        format!("OBX|{number}|{kind}|{name}^{label}^{LOCAL}|{sub}|{value}||||||F|||{time}")
    }
}

/// The facts of a notice, in order. A fact the notice does not state has no row.
fn rows(profile: &Profile, notice: &Notice) -> Vec<Row> {
    let mut rows = Vec::new();
    if !notice.code.is_empty() {
        let display = if notice.display.is_empty() { &notice.code } else { &notice.display };
        rows.push(Row::new("CWE", "RESULT", "Result", coded(&notice.code, display, &local_system(&notice.system))));
    }
    if !notice.track.is_empty() {
        let display = profile.guide.track(&notice.track).map_or(notice.track.as_str(), |track| track.display.as_str());
        let system = local_system(&profile.guide.systems.track);
        rows.push(Row::new("CWE", "TRACK", "ACCESS track", coded(&notice.track, display, &system)));
    }
    rows.push(Row::new("ST", "SEVERITY", "Severity", escape(notice.severity.as_str())));
    for (name, label, text) in
        [("TEXT", "What happened", &notice.text), ("NEXT-STEP", "What to do next", &notice.next_step)]
    {
        if !text.is_empty() {
            rows.push(Row::new("TX", name, label, escape(text)));
        }
    }
    for date in &notice.dates {
        let name = escape(&date.name.to_uppercase());
        let label = escape(&date.name.replace('-', " "));
        rows.push(match compact(&date.date) {
            Some(day) => Row::new("DT", &name, &label, day),
            None => Row::new("ST", &name, &label, escape(&date.date)),
        });
    }
    if !notice.cms_submission.is_empty() {
        rows.push(Row::new("ST", "CMS-SUBMISSION", "Submission id given by CMS", escape(&notice.cms_submission)));
    }
    if let Some(reference) = &notice.reference {
        rows.push(Row::new("ST", "REFERENCE", "Your reference", escape(reference)));
    }
    for (index, issue) in bounded(&notice.issues).iter().enumerate() {
        let mut row = Row::new("TX", "ISSUE", "Issue", escape(&sentence(issue)));
        row.sub = (index + 1).to_string();
        rows.push(row);
    }
    rows
}

/// An issue in one line: severity, code, place, message, hint.
fn sentence(issue: &Issue) -> String {
    let place = if issue.location.is_empty() { String::new() } else { format!(" at {}", issue.location) };
    let hint = issue.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!("{} {}{place}: {}{hint}", issue.severity, issue.code, issue.message)
}

/// What the notice is about: a local code and its text (`OBR-4`).
fn subject(notice: &Notice) -> (&'static str, &'static str) {
    match (&notice.kind, notice.operation.as_str()) {
        (NoticeKind::Outcome, "check-eligibility") => ("ACCESS-ELIGIBILITY", "CMS ACCESS eligibility"),
        (NoticeKind::Outcome, "align") => ("ACCESS-ALIGNMENT", "CMS ACCESS alignment"),
        (NoticeKind::Outcome, "unalign") => ("ACCESS-UNALIGNMENT", "CMS ACCESS unalignment"),
        (NoticeKind::Outcome, "report-data") => ("ACCESS-REPORT", "CMS ACCESS data report"),
        (NoticeKind::HeldForApproval, _) => ("ACCESS-HELD", "CMS ACCESS submission waiting for approval"),
        (NoticeKind::Deadline, _) => ("ACCESS-DEADLINE", "CMS ACCESS deadline"),
        (NoticeKind::CmsNotification, _) => ("ACCESS-NOTIFICATION", "CMS ACCESS notification"),
        (NoticeKind::FeedProblem, _) => ("ACCESS-FEED-PROBLEM", "Problem with a message"),
        (NoticeKind::SubmissionProblem, _) => ("ACCESS-SUBMISSION-PROBLEM", "Problem with a CMS ACCESS submission"),
        _ => ("ACCESS-STATUS", "CMS ACCESS status"),
    }
}

/// The name of a code system in a message.
fn local_system(uri: &str) -> String {
    let name = uri.rsplit('/').next().unwrap_or_default();
    let name = name.strip_suffix("CS").unwrap_or(name);
    let name = name.strip_suffix("Result").unwrap_or(name);
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).take(MAX_SYSTEM - 2).collect();
    if name.is_empty() { LOCAL.to_owned() } else { format!("99{name}") }
}

fn coded(code: &str, display: &str, system: &str) -> String {
    format!("{}^{}^{system}", escape(code), escape(display))
}

/// `YYYYMMDD` of an ISO date.
fn compact(date: &str) -> Option<String> {
    let day: jiff::civil::Date = date.parse().ok()?;
    (date.len() == 10).then(|| day.strftime("%Y%m%d").to_string())
}

/// A segment without empty fields at its end.
fn trim(segment: &str) -> String {
    segment.trim_end_matches('|').to_owned()
}

/// A text with delimiters, line ends and other control characters as escape sequences.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '|' => escaped.push_str("\\F\\"),
            '^' => escaped.push_str("\\S\\"),
            '&' => escaped.push_str("\\T\\"),
            '~' => escaped.push_str("\\R\\"),
            '\\' => escaped.push_str("\\E\\"),
            // A carriage return would end the segment, and some control characters end the frame around the message.
            control if control.is_ascii_control() => escaped.push_str(&format!("\\X{:02X}\\", u32::from(control))),
            plain => escaped.push(plain),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{compact, escape, local_system};

    #[test]
    fn escapes_delimiters_line_ends_and_frame_characters() {
        assert_eq!(escape("a|b^c~d\\e&f\r\n\u{1c}é"), "a\\F\\b\\S\\c\\R\\d\\E\\e\\T\\f\\X0D\\\\X0A\\\\X1C\\é");
    }

    #[test]
    fn names_code_systems_within_the_data_type() {
        let root = "https://dsacms.github.io/cmmi-access-model/CodeSystem/";
        for (name, local) in [
            ("ACCESSEligibilityResultCS", "99ACCESSEligibility"),
            ("ACCESSAlignmentResultCS", "99ACCESSAlignment"),
            ("ACCESSUnalignmentResultCS", "99ACCESSUnalignment"),
            ("ACCESSTrackCS", "99ACCESSTrack"),
        ] {
            assert_eq!(local_system(&format!("{root}{name}")), local);
            assert!(local.len() <= super::MAX_SYSTEM);
        }
        assert_eq!(local_system("http://hl7.org/fhir/issue-type"), "99issuetype");
        assert_eq!(local_system(""), "99ACCESS");
    }

    #[test]
    fn writes_whole_days_only() {
        assert_eq!(compact("2026-03-09").as_deref(), Some("20260309"));
        assert_eq!(compact("2026-03"), None);
        assert_eq!(compact("20260309"), None);
    }
}
