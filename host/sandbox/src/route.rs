//! Which part of the API a path is.

use crate::operation::{OPERATIONS, Operation};
use crate::server::{ADMIN_PATH, BASE_PATH, TOKEN_PATH};

/// Name of the query parameter that carries the id in the query form of a status URL.
pub(crate) const SUBMISSION_PARAMETER: &str = "submissionId";

/// A part of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    Token,
    Operation(Operation),
    /// The status of the submission with that id.
    Status(String),
    /// What only people on this machine may ask.
    Admin(Admin),
    Unknown,
}

/// A part that CMS does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admin {
    Clock,
    State,
}

impl Route {
    pub(crate) fn of(path: &str, query: Option<&str>) -> Self {
        if path == TOKEN_PATH {
            return Self::Token;
        }
        if let Some(name) = path.strip_prefix(ADMIN_PATH) {
            return match name {
                "/clock" => Self::Admin(Admin::Clock),
                "/state" => Self::Admin(Admin::State),
                _ => Self::Unknown,
            };
        }
        let Some(tail) = path.strip_prefix(BASE_PATH).and_then(|tail| tail.strip_prefix("/access/Patient/")) else {
            return Self::Unknown;
        };
        // Some clients escape the dollar sign.
        let Some(name) = tail.strip_prefix('$').or_else(|| tail.strip_prefix("%24")) else {
            return Self::Unknown;
        };
        if let Some(id) = name.strip_prefix("submission-status/") {
            return Self::Status(id.to_owned());
        }
        if name == "submission-status" {
            return single(query, SUBMISSION_PARAMETER).map_or(Self::Unknown, Self::Status);
        }
        OPERATIONS.into_iter().find(|operation| operation.code() == name).map_or(Self::Unknown, Self::Operation)
    }

    /// The path as it may be logged: the last four characters of an id, and nothing of a path that is not ours.
    pub(crate) fn logged(&self) -> String {
        match self {
            Self::Token => TOKEN_PATH.to_owned(),
            Self::Operation(operation) => format!("/access/Patient/${}", operation.code()),
            Self::Status(id) => {
                let start = id.char_indices().rev().nth(3).map_or(0, |(index, _)| index);
                let known = id.starts_with("sub-") && id.len() > 8;
                let end = if known { id.get(start..).unwrap_or_default() } else { "" };
                format!("/access/Patient/$submission-status/…{end}")
            }
            Self::Admin(Admin::Clock) => format!("{ADMIN_PATH}/clock"),
            Self::Admin(Admin::State) => format!("{ADMIN_PATH}/state"),
            Self::Unknown => "other".to_owned(),
        }
    }
}

/// The value of a query parameter that stands exactly once.
pub(crate) fn single(query: Option<&str>, name: &str) -> Option<String> {
    let mut values = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned());
    values.next().filter(|_| values.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::{Admin, Route};
    use crate::operation::Operation;

    #[test]
    fn paths_lead_to_the_parts_of_the_api() {
        let of = |path: &str| Route::of(&format!("/cdx/services/fhir{path}"), Some("submissionId=sub-1"));
        assert_eq!(of("/access/Patient/$align"), Route::Operation(Operation::Align));
        assert_eq!(of("/access/Patient/%24unalign"), Route::Operation(Operation::Unalign));
        assert_eq!(of("/access/Patient/$submission-status/sub-9"), Route::Status("sub-9".to_owned()));
        assert_eq!(of("/access/Patient/$submission-status"), Route::Status("sub-1".to_owned()));
        assert_eq!(of("/access/Patient/$report-data"), Route::Operation(Operation::ReportData));
        assert_eq!(Route::of("/oauth2/token", None), Route::Token);
        assert_eq!(Route::of("/admin/clock", None), Route::Admin(Admin::Clock));
        assert_eq!(Route::of("/admin/state", None), Route::Admin(Admin::State));
        assert_eq!(Route::of("/admin/tokens", None), Route::Unknown);
        for path in ["/access/Patient/align", "/access/Patient/$merge", "/access/Patient", "/metadata", ""] {
            assert_eq!(of(path), Route::Unknown, "{path}");
        }
    }

    #[test]
    fn a_logged_path_has_the_end_of_an_id_and_nothing_foreign() {
        let status = Route::Status("sub-abcdef-000042".to_owned());
        assert_eq!(status.logged(), "/access/Patient/$submission-status/…0042");
        assert_eq!(Route::Status("1AA0AA0AA01".to_owned()).logged(), "/access/Patient/$submission-status/…");
        assert_eq!(Route::of("/Patient/1AA0AA0AA01", None).logged(), "other");
    }
}
