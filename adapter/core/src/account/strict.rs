//! Strict profiles: whatever is doubtful about a feed's form refuses it.

use crate::view::limits::MAX_ISSUES;
use access_contract::{Account, AccountLine, Fate, Issue, Reading, Refusal, Severity, Verdict};

/// Unused pieces that one refusal names.
const MAX_UNUSED: usize = 200;

/// Judges a feed that was read. Every warning becomes an error, every unused piece is one; information stays what it is.
///
/// # Errors
/// Where there is anything to complain about.
pub(crate) fn judge(reading: Reading, account: &Account) -> Result<Reading, Refusal> {
    let unused: Vec<&AccountLine> = account.lines.iter().filter(|line| line.fate == Fate::Unused).collect();
    if unused.is_empty() && !reading.issues.iter().any(is_doubt) {
        return Ok(reading);
    }
    let (doubts, rest): (Vec<Issue>, Vec<Issue>) = reading.issues.into_iter().partition(is_doubt);
    let doubts = doubts.into_iter().map(|issue| match issue.severity {
        Severity::Warning => Issue { severity: Severity::Error, ..issue },
        _ => issue,
    });
    let unused = unused.into_iter().take(MAX_UNUSED).map(|line| {
        Issue::new(Severity::Error, "field-unused", line.path.clone(), "a populated field is used by no rule")
            .hint("name it in the profile; under account.ignored if it is of no concern")
    });
    let issues = doubts.chain(unused).chain(rest).take(MAX_ISSUES).collect();
    Err(Refusal { verdict: Verdict::NeedsPerson, header: reading.header, issues })
}

/// Whether an issue says more than what is worth knowing.
fn is_doubt(issue: &Issue) -> bool {
    matches!(issue.severity, Severity::Warning | Severity::Error | Severity::Fatal)
}
