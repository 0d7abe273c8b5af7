//! Who works on the file: a lock beside it, which the system takes back from a process that is gone, however it went.
//!
//! One service works on a file. It knows that every lease in it was left behind by a process that was killed, and gives back what
//! that one held; else work in hand at a kill would rest until its lease runs out, and so would everything behind a notice that was
//! being delivered. A second service is refused.

use super::SqliteLedger;
use crate::relational::{Decision, give_back};
use crate::{Backend, BackendFailure, LedgerError, Presence};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

const STEP: &str = "mark the ledger as in use";
/// How often, and after which pause, the lock is asked for again while another process may be just about to end.
const TRIES: usize = 10;
const PAUSE: Duration = Duration::from_millis(100);

impl SqliteLedger {
    /// Takes the lock beside the file, and gives back what was left behind.
    ///
    /// # Errors
    /// [`LedgerError::InUse`] if another process holds it, [`LedgerError::Unavailable`] if it cannot be made.
    pub(super) async fn take_lock(&self) -> Result<Presence, LedgerError> {
        let lock = lock_file(&self.path).map_err(|error| unavailable("lock file cannot be opened", &error))?;
        let mut tries = TRIES;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if tries == 0 => return Err(LedgerError::InUse),
                Err(TryLockError::WouldBlock) => {
                    tries -= 1;
                    tokio::time::sleep(PAUSE).await;
                }
                // A file system without locks: leases run out by themselves.
                Err(TryLockError::Error(error)) => {
                    tracing::debug!(error = %error.kind(), "the file system has no locks");
                    return Ok(Presence { _held: Box::new(lock), given_back: None });
                }
            }
        }
        let given_back =
            self.writer.run("take up what was left behind", |session| give_back(session).map(Decision::Keep)).await?;
        Ok(Presence { _held: Box::new(lock), given_back: Some(given_back) })
    }
}

/// Takes the lock while nobody else has it, and works on nothing.
pub(super) fn alone(path: &Path) -> Result<File, LedgerError> {
    let lock = lock_file(path).map_err(|error| unavailable("lock file cannot be opened", &error))?;
    match lock.try_lock() {
        Ok(()) | Err(TryLockError::Error(_)) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(LedgerError::InUse),
    }
}

/// The lock stands beside the file, since closing a second handle of the file itself would drop SQLite's own locks.
fn lock_file(ledger: &Path) -> std::io::Result<File> {
    let mut path = ledger.as_os_str().to_owned();
    path.push("-lock");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(PathBuf::from(path))
}

fn unavailable(name: &'static str, error: &std::io::Error) -> LedgerError {
    let source = BackendFailure::of_system(Backend::File, name, error);
    LedgerError::Unavailable { step: STEP, source }
}
