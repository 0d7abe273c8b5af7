//! Whether what must always hold does hold. Indexes, checks and triggers of the database keep most of it; this looks again, and at what
//! they cannot see.

use super::fault::Fault;
use super::session::View;
use crate::Violation;

/// What must hold, and a statement that counts where it does not.
const RULES: &[(&str, &str)] = &[
    (
        "at most one open submission of a participant, chart, track family and operation, and of a report, of its period",
        "SELECT count(*) FROM (SELECT 1 AS one FROM submissions
         WHERE slot = '' AND state IN ('held', 'ready', 'sending', 'polling', 'waiting', 'uncertain')
         GROUP BY participant, chart, family, operation, matter HAVING count(*) > 1) AS twice",
    ),
    (
        "a submission that is sent or was accepted has the payload of its last attempt",
        "SELECT count(*) FROM submissions s WHERE state IN ('sending', 'polling', 'uncertain') AND attempts > 0
         AND NOT EXISTS (SELECT 1 FROM payloads p WHERE p.submission = s.id AND p.attempt = s.attempts)",
    ),
    (
        "the state of a submission is that of the last line of its history",
        "SELECT count(*) FROM submissions s WHERE state <> coalesce(
         (SELECT to_state FROM events e WHERE e.submission = s.id ORDER BY seq DESC LIMIT 1), '')",
    ),
    (
        "each line of a history begins where the one before ended",
        "SELECT count(*) FROM (SELECT from_state, lag(to_state) OVER (PARTITION BY submission ORDER BY seq) AS before FROM events) AS line
         WHERE coalesce(from_state, '') <> coalesce(before, '')",
    ),
    (
        "what is being sent has a lease",
        "SELECT count(*) FROM submissions WHERE state = 'sending' AND (lease_owner IS NULL OR lease_until IS NULL)",
    ),
    (
        "a submission waits for one that is open",
        "SELECT count(*) FROM submissions s JOIN submissions b ON b.id = s.blocked_by
         WHERE s.state <> 'waiting' OR b.state IN ('done', 'failed', 'cancelled')",
    ),
    (
        "what was accepted has a location and a name at CMS",
        "SELECT count(*) FROM submissions WHERE state = 'polling' AND (location IS NULL OR cms_submission IS NULL)",
    ),
    (
        "a key leads to a living chart of its participant",
        "SELECT count(*) FROM chart_keys k JOIN charts c ON c.id = k.chart
         WHERE c.joined_into IS NOT NULL OR c.participant <> k.participant",
    ),
    (
        "a joined chart leads to its survivor in one step",
        "SELECT count(*) FROM charts c JOIN charts s ON s.id = c.joined_into WHERE s.joined_into IS NOT NULL",
    ),
    (
        "open work belongs to a living chart",
        "SELECT count(*) FROM submissions s JOIN charts c ON c.id = s.chart WHERE c.joined_into IS NOT NULL
         AND s.state IN ('held', 'ready', 'sending', 'polling', 'waiting', 'uncertain')",
    ),
    (
        "a delivery that waits has a time, and no other has",
        "SELECT count(*) FROM deliveries WHERE (due_at IS NOT NULL) <> (state = 'pending')",
    ),
    (
        "a notice of CMS has a submission or a reason",
        "SELECT count(*) FROM cms_notices WHERE submission IS NULL AND reason = ''",
    ),
];

/// What does not hold.
pub(super) fn look(view: &View<'_>) -> Result<Vec<Violation>, Fault> {
    view.at_leisure()?;
    let mut violations = Vec::new();
    for (rule, count) in RULES {
        let rows: u64 = view.value(count, &[])?.unwrap_or_default();
        if rows > 0 {
            violations.push(Violation { rule: (*rule).to_owned(), rows });
        }
    }
    violations.extend(view.own_check()?);
    Ok(violations)
}
