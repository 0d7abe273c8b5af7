//! Work that was left behind: leases of a process that is gone.

use super::fault::Fault;
use super::looks;
use super::session::Session;
use super::sql::params;

/// Ends every lease, for whoever works on the ledger alone; gives how many there were.
pub(crate) fn give_back(session: &Session<'_>) -> Result<usize, Fault> {
    let now = session.millis();
    let submissions = session.run(
        "UPDATE submissions SET lease_until = ?1, due_at = ?1 WHERE lease_owner IS NOT NULL AND due_at > ?1",
        params![now],
    )?;
    let looks = looks::give_back(session)?;
    let deliveries = session.run(
        "UPDATE deliveries SET lease_until = ?1, due_at = ?1
         WHERE state = 'pending' AND lease_owner IS NOT NULL AND due_at > ?1",
        params![now],
    )?;
    Ok(submissions + looks + deliveries)
}
