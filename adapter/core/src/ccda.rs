//! C-CDA documents (CDA R2, Continuity of Care Document).

use access_contract::{Header, Issue, Reading, Refusal, Severity, Verdict};
use access_mappings::Profile;

/// Reads one feed.
///
/// # Errors
/// A refusal with the acknowledgement that is true and the reason.
pub fn read(profile: &Profile, text: &str) -> Result<Reading, Refusal> {
    let _ = (profile, text);
    let issue = Issue::new(Severity::Fatal, "format-unsupported", "", "C-CDA feeds are not read");
    Err(Refusal { verdict: Verdict::Reject, header: Header::default(), issues: vec![issue] })
}
