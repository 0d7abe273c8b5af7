//! Which URL a request goes to, and which ones may see the token.

use access_contract::Operation;
use url::{Host, Origin, Url};

/// Longest status URL that is taken and followed, in bytes.
pub const LONGEST_LOCATION: usize = 4096;

/// Names under which a query-form status URL is known to carry the submission id, lower case, without `-` and `_`.
const ID_NAMES: [&str; 4] = ["submissionid", "id", "jobid", "requestid"];

/// Why a URL must not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AddressFault {
    /// Neither https nor http to a loopback address.
    NotSecure,
    /// User name or password inside.
    HoldsCredentials,
}

/// Why a status URL is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LocationFault {
    /// No absolute URL, or too long.
    Unreadable,
    /// Not an origin that may see the token.
    Foreign,
}

/// Refuses URLs that would send a secret in the clear, and URLs with credentials inside.
pub(crate) fn check_address(url: &Url) -> Result<(), AddressFault> {
    let secure = match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_loopback(url),
        _ => false,
    };
    if !secure {
        return Err(AddressFault::NotSecure);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressFault::HoldsCredentials);
    }
    Ok(())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

/// Host, and port where it is not the scheme's own: what may be shown of a URL.
pub(crate) fn place_name(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The URL that an operation is posted to.
pub(crate) fn operation_url(base: &Url, operation: &Operation, participant: &str) -> Url {
    let mut url = base.clone();
    // Only a URL without a host cannot have path segments, and validation refuses those.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().push("access").push("Patient").push(&format!("${operation}"));
    }
    url.query_pairs_mut().append_pair("entityId", participant);
    url
}

/// The status URL a `Content-Location` stands for: itself where it is absolute, else resolved against the request URL. None
/// where it is empty, too long, or neither.
pub(crate) fn status_url(request: &Url, content_location: &str) -> Option<String> {
    let text = content_location.trim();
    if text.is_empty() || text.len() > LONGEST_LOCATION {
        return None;
    }
    match Url::parse(text) {
        Ok(url) => url.has_host().then(|| text.to_owned()),
        Err(url::ParseError::RelativeUrlWithoutBase) => {
            request.join(text).ok().map(String::from).filter(|url| url.len() <= LONGEST_LOCATION)
        }
        Err(_) => None,
    }
}

/// The id in a status URL: the last path segment, or, where that names an operation, the value of the query parameter that
/// looks like an id, else of the first one that is not `entityId`. Empty where there is none.
pub(crate) fn submission_id(location: &str) -> String {
    let Ok(url) = Url::parse(location) else { return String::new() };
    let last = url.path_segments().into_iter().flatten().rfind(|segment| !segment.is_empty()).unwrap_or_default();
    if !last.is_empty() && !last.starts_with('$') {
        return last.to_owned();
    }
    let plain = |name: &str| name.replace(['-', '_'], "").to_ascii_lowercase();
    let pairs: Vec<_> = url.query_pairs().map(|(name, value)| (plain(&name), value)).collect();
    ID_NAMES
        .iter()
        .find_map(|known| pairs.iter().find(|(name, _)| name == known))
        .or_else(|| pairs.iter().find(|(name, _)| name != "entityid"))
        .map(|(_, value)| value.clone().into_owned())
        .unwrap_or_default()
}

/// The origins that may see the token.
#[derive(Debug, Clone)]
pub(crate) struct Origins(Vec<Origin>);

impl Origins {
    /// The base's origin and further ones.
    pub(crate) fn new<'a>(base: &'a Url, others: impl IntoIterator<Item = &'a Url>) -> Self {
        Self(std::iter::once(base).chain(others).map(Url::origin).collect())
    }

    /// The URL to follow, if the token may go there.
    pub(crate) fn admit(&self, location: &str) -> Result<Url, (LocationFault, Option<Url>)> {
        if location.len() > LONGEST_LOCATION {
            return Err((LocationFault::Unreadable, None));
        }
        let url = Url::parse(location).map_err(|_| (LocationFault::Unreadable, None))?;
        if check_address(&url).is_ok() && self.0.contains(&url.origin()) {
            Ok(url)
        } else {
            Err((LocationFault::Foreign, Some(url)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn operations_are_posted_under_the_base_with_the_participant() {
        for base in ["https://h.example/cdx/services/fhir", "https://h.example/cdx/services/fhir/"] {
            assert_eq!(
                operation_url(&url(base), &Operation::CheckEligibility, "ACCES12345").as_str(),
                "https://h.example/cdx/services/fhir/access/Patient/$check-eligibility?entityId=ACCES12345"
            );
        }
        assert_eq!(
            operation_url(&url("http://127.0.0.1:80"), &Operation::ReportData, "A&b=c/..").as_str(),
            "http://127.0.0.1/access/Patient/$report-data?entityId=A%26b%3Dc%2F.."
        );
        let odd = Operation::Other("../../x?y#z".to_owned());
        assert_eq!(
            operation_url(&url("https://h.example"), &odd, "ACCES12345").path(),
            "/access/Patient/$..%2F..%2Fx%3Fy%23z"
        );
    }

    #[test]
    fn absolute_locations_stay_as_they_came_and_relative_ones_are_resolved() {
        let request = url("https://h.example/fhir/access/Patient/$align?entityId=ACCES12345");
        for (given, expected) in [
            ("https://H.example:443/a/$submission-status/sub-1", "https://H.example:443/a/$submission-status/sub-1"),
            (
                "/fhir/access/Patient/$submission-status/sub-1",
                "https://h.example/fhir/access/Patient/$submission-status/sub-1",
            ),
            ("$submission-status/sub-1", "https://h.example/fhir/access/Patient/$submission-status/sub-1"),
            ("$submission-status?id=sub-1", "https://h.example/fhir/access/Patient/$submission-status?id=sub-1"),
            ("//other.example/x", "https://other.example/x"),
        ] {
            assert_eq!(status_url(&request, given).as_deref(), Some(expected), "{given}");
        }
        for useless in ["", "   ", "urn:uuid:1", "https://", &"x".repeat(LONGEST_LOCATION + 1)] {
            assert_eq!(status_url(&request, useless), None, "{useless}");
        }
    }

    #[test]
    fn the_submission_id_is_found_in_path_and_query_forms() {
        for (location, id) in [
            ("https://h.example/access/Patient/$submission-status/sub-123456", "sub-123456"),
            ("https://h.example/access/Patient/$submission-status/sub-1/?entityId=ACCES12345", "sub-1"),
            ("https://h.example/access/Patient/$submission-status?entityId=ACCES12345&submissionId=sub-2", "sub-2"),
            ("https://h.example/access/Patient/$submission-status?submission-id=sub-3", "sub-3"),
            ("https://h.example/access/Patient/$submission-status?_id=sub-4", "sub-4"),
            ("https://h.example/access/Patient/$submission-status?entityId=ACCES12345&key=sub-5", "sub-5"),
            ("https://h.example/access/Patient/$submission-status?entityId=ACCES12345", ""),
            ("https://h.example", ""),
            ("no url", ""),
        ] {
            assert_eq!(submission_id(location), id, "{location}");
        }
    }

    #[test]
    fn the_token_goes_to_the_configured_origins_only() {
        let origins = Origins::new(&url("https://h.example/fhir"), [&url("https://status.example:8443/ignored")]);
        for admitted in ["https://h.example/x", "https://H.EXAMPLE:443/y?z", "https://status.example:8443/s"] {
            assert!(origins.admit(admitted).is_ok(), "{admitted}");
        }
        for foreign in [
            "http://h.example/x",
            "https://h.example:8443/x",
            "https://h.example.evil.example/x",
            "https://h.example@evil.example/x",
            "https://user@h.example/x",
            "https://169.254.169.254/latest/meta-data",
            "http://127.0.0.1/x",
            "file:///etc/passwd",
        ] {
            assert_eq!(origins.admit(foreign).map_err(|(fault, _)| fault), Err(LocationFault::Foreign), "{foreign}");
        }
        for unreadable in ["", "/relative", &format!("https://h.example/{}", "x".repeat(LONGEST_LOCATION))] {
            assert_eq!(origins.admit(unreadable).map_err(|(fault, _)| fault), Err(LocationFault::Unreadable));
        }
    }
}
