//! What a database brings so that it is a ledger: transactions to read and to write in.

use super::fault::Fault;
use super::session::{Decision, Session, View};
use crate::{LedgerError, Presence};
use bridge_types::Timestamp;

/// A database. Jobs may be run more than once, where the database gave a transaction up and nothing of it stayed.
pub(crate) trait Store: Send + Sync + std::fmt::Debug + 'static {
    /// Reads everything from the same moment.
    fn read<T: Send + 'static>(
        &self,
        step: &'static str,
        look: impl Fn(&View<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> impl Future<Output = Result<T, LedgerError>> + Send;

    /// The same on the thread that asks, which waits.
    fn glance<T: Send + 'static>(
        &self,
        step: &'static str,
        look: impl Fn(&View<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, LedgerError>;

    /// Runs a job in a transaction and waits until it is durable.
    fn decide<T: Send + 'static>(
        &self,
        step: &'static str,
        work: impl Fn(&Session<'_>) -> Result<Decision<T>, Fault> + Send + 'static,
    ) -> impl Future<Output = Result<T, LedgerError>> + Send;

    /// Begins to work on the ledger under a name.
    fn appear(&self, owner: &str) -> impl Future<Output = Result<Presence, LedgerError>> + Send;

    /// The present.
    fn now(&self) -> Timestamp;

    /// Number of the last migration.
    fn schema(&self) -> u32;

    /// A job whose changes stay.
    fn write<T: Send + 'static>(
        &self,
        step: &'static str,
        work: impl Fn(&Session<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> impl Future<Output = Result<T, LedgerError>> + Send {
        self.decide(step, move |session| work(session).map(Decision::Keep))
    }
}
