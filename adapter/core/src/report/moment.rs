//! When a report is dated.

use jiff::Timestamp;

/// The moment of a FHIR dateTime; of a date, the beginning of its day in UTC. None where it is neither.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let at = if text.contains('T') { text.to_owned() } else { format!("{}T00:00:00Z", text.get(..10)?) };
    at.parse().ok()
}

/// The time of a report, as `Bundle.timestamp` and `Composition.date` have it: when it was asked for, or the newest observation where
/// that is later, so that no report is older than what it says. In UTC.
pub(super) fn dated<'t>(asked: &str, observed: impl Iterator<Item = &'t str>) -> Option<String> {
    observed.filter_map(instant).chain(instant(asked)).max().map(|at| at.to_string())
}

#[cfg(test)]
mod tests {
    use super::{dated, instant};

    #[test]
    fn a_report_is_never_older_than_what_it_says() {
        let times = ["2026-01-15T10:30:00Z", "2026-02-05", "2026-01-22T10:30:00-06:00"];
        assert_eq!(dated("2026-01-26T12:00:00Z", times.into_iter()).unwrap(), "2026-02-05T00:00:00Z");
        assert_eq!(dated("2026-03-01T07:00:00-05:00", times.into_iter()).unwrap(), "2026-03-01T12:00:00Z");
        assert_eq!(
            dated("2026-01-22", ["2026-01-22T10:30:00.25-06:00"].into_iter()).unwrap(),
            "2026-01-22T16:30:00.25Z"
        );
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in ["", "2026", "2026-01", "2026-13-01", "2026-01-01T10:00:00", "x"] {
            assert_eq!(instant(text), None, "{text}");
        }
        assert_eq!(dated("", std::iter::empty()), None);
    }
}
