//! Collects issues, with the HL7 field each usually comes from.

use access_contract::{Issue, Severity};

/// Most issues reported for one payload; more say nothing new.
pub const MAX_ISSUES: usize = 200;

/// The issues found so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    issues: Vec<Issue>,
}

impl Findings {
    /// Something that forbids sending.
    pub(super) fn error(&mut self, code: &str, location: impl Into<String>, message: &str) {
        self.push(Issue::new(Severity::Error, code, location, message));
    }

    /// Something doubtful.
    pub(super) fn warning(&mut self, code: &str, location: impl Into<String>, message: &str) {
        self.push(Issue::new(Severity::Warning, code, location, message));
    }

    /// Any issue.
    pub(super) fn push(&mut self, issue: Issue) {
        if self.issues.len() >= MAX_ISSUES {
            return;
        }
        // The same fault can be seen by the structural check and by a rule; one report is enough.
        if !self.issues.iter().any(|other| other.code == issue.code && other.location == issue.location) {
            self.issues.push(issue);
        }
    }

    /// The issues, each with a hint. `parameters` are the names of the parameters in order.
    pub(super) fn finish(mut self, parameters: &[&str]) -> Vec<Issue> {
        for issue in self.issues.iter_mut().filter(|issue| issue.hint.is_none()) {
            issue.hint = origin(&issue.location, parameters).map(str::to_owned);
        }
        self.issues
    }
}

/// Where the element at `location` usually comes from, as advice.
fn origin(location: &str, parameters: &[&str]) -> Option<&'static str> {
    let within = location.strip_prefix("Parameters.parameter[")?;
    let (index, rest) = within.split_once(']')?;
    let name = parameters.get(index.parse::<usize>().ok()?)?;
    origin_of(name, rest)
}

/// Where the element at `rest` within the parameter `name` usually comes from, as advice.
pub(super) fn origin_of(name: &str, rest: &str) -> Option<&'static str> {
    let rest = rest.strip_prefix(".resource.").unwrap_or(rest);
    Some(match (name, rest) {
        ("participantID", _) => "see `participants` in the profile; the sender (MSH-3, MSH-4) decides which one it is",
        ("payerID", _) => "see `participants.payer` in the profile",
        ("track", _) => "see `participants.tracks` in the profile, or ZAC-3 of the request",
        ("reason", _) => "see ZAC-4 of the request",
        ("isProviderReferral", _) => "see ZAC-5 of the request, or send the referral (REF^I12)",
        ("switchConsentAttestation", _) => "see ZAC-6 of the request",
        ("patient", path) if path.starts_with("identifier") => "look at PID-3 and IN2-6",
        ("patient", path) if path.starts_with("name") || path.starts_with("_name") => "look at PID-5",
        ("patient", path) if path.starts_with("gender") => "look at PID-8",
        ("patient", path) if path.starts_with("birthDate") || path.starts_with("_birthDate") => "look at PID-7",
        ("patient", path) if path.starts_with("address") => "look at PID-11",
        ("patient", path) if path.starts_with("telecom") => "look at PID-13, PID-14 and PID-40",
        ("patient", path) if path.starts_with("communication") => "look at PID-15",
        ("patient", path) if path.starts_with("deceased") => "look at PID-29 and PID-30",
        ("patient", path) if path.starts_with("extension") => "look at PID-10 and PID-22",
        ("patient", _) => "the patient is made from PID, IN1 and IN2",
        ("condition", path) if path.starts_with("verificationStatus") => "look at DG1-6 and DG1-21",
        ("condition", path) if path.starts_with("recordedDate") => "look at DG1-5 and DG1-19",
        ("condition", path) if path.starts_with("code") => "look at DG1-3",
        ("condition", _) => "conditions are made from DG1, one for each diagnosis",
        _ => return None,
    })
}
