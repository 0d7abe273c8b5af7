//! What tells one report from another: the identifier of its Bundle.

use access_contract::ReportPeriod;
use sha2::{Digest, Sha256};

/// System of identifiers that are URIs (RFC 3986): needs no domain of anybody.
const URIS: &str = "urn:ietf:rfc:3986";

/// Where `fullUrl`s begin when no identifier system of the site is a web address. The top-level domain is reserved by RFC 2606 for
/// names that are nobody's.
const NOWHERE: &str = "https://access-bridge.invalid/reports";

/// A report's identifier.
pub(super) struct Identity {
    /// `Bundle.identifier.system`
    pub(super) system: String,
    /// `Bundle.identifier.value`
    pub(super) value: String,
    /// What relative references resolve against, without the last slash.
    pub(super) base: String,
}

impl Identity {
    /// The identifier of a report: a UUID over alignment, track, period and content, so that a report whose bytes are sent again keeps
    /// it, and any other bytes give a new one. `content` holds the date of the report. `system` is `reports.identifier_system`.
    pub(super) fn of(system: &str, track: &str, period: &ReportPeriod, content: &str) -> Self {
        let mut digest = Sha256::new();
        for part in [&period.alignment, track, &period.kind, &period.period, content] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part.as_bytes());
        }
        let uuid = uuid(digest.finalize().iter().copied());
        if system.is_empty() {
            let (value, base) = (format!("urn:uuid:{uuid}"), format!("{NOWHERE}/{uuid}"));
            return Self { system: URIS.to_owned(), value, base };
        }
        let web = system.starts_with("https://") || system.starts_with("http://");
        let base = if web { system.trim_end_matches('/') } else { NOWHERE };
        Self { system: system.to_owned(), base: format!("{base}/{uuid}"), value: uuid }
    }
}

/// The first 16 bytes as a UUID of version 8 (RFC 9562: made in a way of our own).
fn uuid(bytes: impl Iterator<Item = u8>) -> String {
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.take(16).enumerate() {
        let byte = match index {
            6 => (byte & 0x0f) | 0x80,
            8 => (byte & 0x3f) | 0x80,
            _ => byte,
        };
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Identity, uuid};
    use access_contract::ReportPeriod;

    fn period() -> ReportPeriod {
        ReportPeriod {
            kind: "quarterly".to_owned(),
            period: "quarterly-1".to_owned(),
            alignment: "A1".to_owned(),
            from: "2026-01-01".to_owned(),
            until: "2026-04-01".to_owned(),
        }
    }

    #[test]
    fn a_uuid_says_how_it_was_made() {
        assert_eq!(uuid([0xff; 32].into_iter()), "ffffffff-ffff-8fff-bfff-ffffffffffff");
        assert_eq!(uuid([0; 32].into_iter()), "00000000-0000-8000-8000-000000000000");
    }

    #[test]
    fn whatever_is_reported_counts_and_the_window_does_not() {
        let value = |track: &str, period: &ReportPeriod, content: &str| Identity::of("", track, period, content).value;
        let known = value("CKM", &period(), "x");
        assert_eq!(known, value("CKM", &ReportPeriod { until: "2026-04-02".to_owned(), ..period() }, "x"));
        assert_ne!(known, value("BH", &period(), "x"));
        assert_ne!(known, value("CKM", &period(), "y"));
        assert_ne!(known, value("CKM", &ReportPeriod { alignment: "A2".to_owned(), ..period() }, "x"));
        assert_ne!(known, value("CKM", &ReportPeriod { period: "quarterly-2".to_owned(), ..period() }, "x"));
        assert_ne!(known, value("CKM", &ReportPeriod { kind: "baseline".to_owned(), ..period() }, "x"));
    }

    #[test]
    fn a_site_may_have_a_system_of_its_own() {
        let identity = |system: &str| Identity::of(system, "CKM", &period(), "x");
        let own = identity("https://clinic.example/reports/");
        assert_eq!((own.system.as_str(), own.value.len()), ("https://clinic.example/reports/", 36));
        assert_eq!(own.base, format!("https://clinic.example/reports/{}", own.value));
        assert!(identity("urn:oid:1.2.3").base.starts_with("https://access-bridge.invalid/reports/"));
        assert_eq!(identity("").system, "urn:ietf:rfc:3986");
        assert!(identity("").value.starts_with("urn:uuid:"));
    }
}
