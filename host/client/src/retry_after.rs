//! `Retry-After`, in both its forms.

use bridge_types::Timestamp;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The longest `Retry-After` that is believed: 24 hours. A longer one counts as this.
pub const RETRY_AFTER_CAP: Duration = Duration::from_secs(24 * 60 * 60);

/// How long the answer asks to wait. A date is taken relative to the answer's own `Date` where it has one, so that a server
/// clock that is wrong changes nothing, else to `now`; a past date is no wait. None where the header is missing or unreadable.
pub(crate) fn read_retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits that do not fit are a very long wait.
        return Some(text.parse().map_or(RETRY_AFTER_CAP, Duration::from_secs).min(RETRY_AFTER_CAP));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let from = headers
        .get(DATE)
        .and_then(|date| date.to_str().ok())
        .and_then(|date| httpdate::parse_http_date(date.trim()).ok())
        .unwrap_or_else(|| system_time(now));
    Some(until.duration_since(from).unwrap_or_default().min(RETRY_AFTER_CAP))
}

fn system_time(at: Timestamp) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(at.as_millis()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(reqwest::header::HeaderName, &str)]) -> Option<Duration> {
        let headers = pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        read_retry_after(&headers, Timestamp::parse("2026-07-01T12:00:00Z").unwrap())
    }

    #[test]
    fn seconds_are_read_and_capped() {
        for (text, seconds) in
            [("60", 60), (" 5 ", 5), ("0", 0), ("86401", 86_400), ("99999999999999999999999", 86_400)]
        {
            assert_eq!(read(&[(RETRY_AFTER, text)]), Some(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn dates_are_read_in_all_three_forms() {
        for text in ["Wed, 01 Jul 2026 12:02:00 GMT", "Wednesday, 01-Jul-26 12:02:00 GMT", "Wed Jul  1 12:02:00 2026"] {
            assert_eq!(read(&[(RETRY_AFTER, text)]), Some(Duration::from_secs(120)), "{text}");
        }
        assert_eq!(read(&[(RETRY_AFTER, "Wed, 01 Jul 2026 11:00:00 GMT")]), Some(Duration::ZERO));
        assert_eq!(read(&[(RETRY_AFTER, "Thu, 01 Jul 2027 11:00:00 GMT")]), Some(RETRY_AFTER_CAP));
    }

    #[test]
    fn a_date_counts_from_the_servers_own_clock() {
        let wait = read(&[(RETRY_AFTER, "Wed, 01 Jul 2026 09:00:30 GMT"), (DATE, "Wed, 01 Jul 2026 09:00:00 GMT")]);
        assert_eq!(wait, Some(Duration::from_secs(30)));
    }

    #[test]
    fn an_unreadable_header_counts_as_missing() {
        for text in ["", "soon", "-5", "1.5", "+3", "Wed, 99 Jul 2026"] {
            assert_eq!(read(&[(RETRY_AFTER, text)]), None, "{text}");
        }
        assert_eq!(read(&[]), None);
    }
}
