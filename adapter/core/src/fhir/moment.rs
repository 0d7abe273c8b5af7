//! FHIR dates and times for comparing and for the fields that read dates.

use jiff::Timestamp;
use jiff::tz::Offset;

/// An instant in UTC, in the fixed width of `Facts::sent_at`, for telling newer from older; a plain date stays as it is. None where
/// it is neither.
pub(super) fn utc(text: &str) -> Option<String> {
    if text.len() > 40 || !text.is_ascii() {
        return None;
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(format!("{:.6}Z", Offset::UTC.to_datetime(at)));
    }
    (text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()).then(|| text.to_owned())
}

/// Whether a period that ends with `end` is over at `sent`, which is in UTC as [`utc`] gives it. An end without a time holds to the end of
/// its day, month or year.
pub(super) fn is_over(end: &str, sent: &str) -> bool {
    match utc(end) {
        Some(end) if end.len() > 10 => end.as_str() < sent,
        _ => end < sent && !sent.starts_with(end),
    }
}

/// A FHIR date or dateTime as the fields of a segment have it; anything else as it came, to be judged there.
pub(super) fn compact(text: &str) -> String {
    let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
    let shape: String = date.chars().map(|letter| if letter.is_ascii_digit() { '9' } else { letter }).collect();
    if !matches!(shape.as_str(), "9999" | "9999-99" | "9999-99-99") {
        return text.to_owned();
    }
    let date = date.replace('-', "");
    let Some(time) = time else { return date };
    let (clock, offset) = match time.find(['Z', '+', '-']) {
        Some(at) => time.split_at(at),
        None => (time, ""),
    };
    let offset = if offset == "Z" { "+0000".to_owned() } else { offset.replace(':', "") };
    format!("{date}{}{offset}", clock.replace(':', ""))
}

#[cfg(test)]
mod tests {
    use super::{compact, is_over, utc};

    #[test]
    fn instants_of_different_zones_compare() {
        assert_eq!(utc("2026-07-14T09:15:00-05:00").as_deref(), Some("2026-07-14T14:15:00.000000Z"));
        assert_eq!(utc("2026-07-14T14:15:00.250Z").as_deref(), Some("2026-07-14T14:15:00.250000Z"));
        assert_eq!(utc("2026-07-14").as_deref(), Some("2026-07-14"));
        for text in ["", "yesterday", "2026-07-14T09:15:00", "2026-13-01", "é"] {
            assert_eq!(utc(text), None, "{text}");
        }
    }

    #[test]
    fn a_period_holds_to_the_end_of_its_day() {
        let sent = "2026-07-14T14:15:00.000000Z";
        for end in ["2026-07-13", "2026-06", "2025", "2026-07-14T09:14:00-05:00", "2026-07-14T14:14:59Z"] {
            assert!(is_over(end, sent), "{end}");
        }
        for end in ["2026-07-14", "2026-07", "2026", "2027", "2026-07-14T09:16:00-05:00", "2026-07-15T00:00:00Z"] {
            assert!(!is_over(end, sent), "{end}");
        }
    }

    #[test]
    fn dates_keep_their_precision() {
        for (text, field) in [
            ("1947", "1947"),
            ("1947-09", "194709"),
            ("1947-09-12", "19470912"),
            ("2026-07-14T09:15:00-05:00", "20260714091500-0500"),
            ("2026-07-14T09:15:00.5Z", "20260714091500.5+0000"),
            ("03/07/1950", "03/07/1950"),
            ("1947-9-12", "1947-9-12"),
        ] {
            assert_eq!(compact(text), field);
        }
    }
}
