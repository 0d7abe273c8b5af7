//! Work that was left behind: leases of a process that is gone, and those that a process does not know of itself.

use super::claims::listed;
use super::fault::Fault;
use super::looks;
use super::session::Session;
use super::sql::params;
use crate::relational::Value;

/// Ends every lease, for whoever works on the ledger alone; gives how many there were.
pub(crate) fn give_back(session: &Session<'_>) -> Result<usize, Fault> {
    let now = session.millis();
    let submissions = session.run(
        "UPDATE submissions SET lease_until = ?1, due_at = ?1 WHERE lease_owner IS NOT NULL AND due_at > ?1",
        params![now],
    )?;
    let looks = looks::give_back(session)?;
    let deliveries = session.run(
        "UPDATE deliveries SET lease_until = ?1, due_at = ?1 WHERE lease_owner IS NOT NULL AND due_at > ?1",
        params![now],
    )?;
    Ok(submissions + looks + deliveries)
}

/// Ends the leases of an owner on submissions and charts but those in its hands; gives how many there were.
pub(super) fn give_back_but(session: &Session<'_>, owner: &str, in_hand: &[String]) -> Result<usize, Fault> {
    let mut values = vec![Value::Integer(session.millis()), Value::Text(owner)];
    let in_hand = listed(&mut values, in_hand);
    let mut ended = 0;
    for leases in [
        "UPDATE submissions SET lease_until = ?1, due_at = ?1 WHERE lease_owner = ?2 AND due_at > ?1",
        "UPDATE submissions SET look_at = ?1, look_owner = NULL WHERE look_owner = ?2 AND look_at > ?1",
        "UPDATE charts SET look_at = ?1, look_leased = 0, look_owner = NULL WHERE look_owner = ?2 AND look_at > ?1",
    ] {
        ended += session.run(&format!("{leases} AND id NOT IN ({in_hand})"), &values)?;
    }
    Ok(ended)
}

/// Ends the leases of an owner on deliveries of a route; gives how many there were.
pub(super) fn deliveries(session: &Session<'_>, route: &str, owner: &str) -> Result<usize, Fault> {
    session.run(
        "UPDATE deliveries SET lease_until = ?1, due_at = ?1 WHERE route = ?2 AND lease_owner = ?3 AND due_at > ?1",
        params![session.millis(), route, owner],
    )
}
