//! Who works on the file: a lock beside it, which the system takes back from a process that is gone, however it went.
//!
//! Whoever begins to work and finds nobody else there knows that every lease in the file was left behind by a process that was
//! killed, and gives back what it held. Without that, work in hand at a kill would rest until its lease runs out, and so would
//! everything behind a notice that was being delivered. Where somebody else is there, leases run out by themselves as ever.

use super::failure::Fault;
use super::session::{Decision, Session};
use super::{SqliteLedger, looks};
use crate::{BackendFailure, LedgerError};
use rusqlite::params;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

const STEP: &str = "mark the ledger as in use";
/// How often, and after which pause, the lock is asked for while another process has just begun.
const TRIES: usize = 50;
const PAUSE: Duration = Duration::from_millis(100);

/// Being there, as other processes see it, until this is dropped.
#[derive(Debug)]
pub struct Presence {
    _lock: File,
    /// What was given back, where nobody else was there; none where somebody was.
    pub given_back: Option<usize>,
}

impl SqliteLedger {
    /// Begins to work on the file. To be held for as long as anything is claimed; commands that only look or act need it not.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`] if the lock beside the file cannot be made.
    pub async fn presence(&self) -> Result<Presence, LedgerError> {
        let lock = lock_file(&self.path).map_err(|error| unavailable("lock file cannot be opened", &error))?;
        match lock.try_lock() {
            Ok(()) => {
                let given_back = self
                    .writer
                    .run("take up what was left behind", |session| give_back(session).map(Decision::Keep))
                    .await?;
                // Between the two nobody else can have believed to be alone: they wait for the shared lock.
                lock.unlock().map_err(|error| unavailable("lock cannot be given up", &error))?;
                share(&lock).await?;
                Ok(Presence { _lock: lock, given_back: Some(given_back) })
            }
            Err(TryLockError::WouldBlock) => {
                share(&lock).await?;
                Ok(Presence { _lock: lock, given_back: None })
            }
            // A file system without locks: leases run out by themselves.
            Err(TryLockError::Error(error)) => {
                tracing::debug!(error = %error.kind(), "the file system has no locks");
                Ok(Presence { _lock: lock, given_back: None })
            }
        }
    }
}

async fn share(lock: &File) -> Result<(), LedgerError> {
    for _ in 0..TRIES {
        match lock.try_lock_shared() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(PAUSE).await,
            Err(TryLockError::Error(error)) => return Err(unavailable("lock cannot be taken", &error)),
        }
    }
    Err(LedgerError::Unavailable { step: STEP, source: BackendFailure { name: "lock is held by another", code: 0 } })
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
    let source = BackendFailure { name, code: error.raw_os_error().unwrap_or(0) };
    LedgerError::Unavailable { step: STEP, source }
}

/// Ends every lease; gives how many there were.
fn give_back(session: &Session<'_>) -> Result<usize, Fault> {
    let now = session.millis();
    let submissions = session.run(
        "UPDATE submissions SET lease_until = ?1, due_at = ?1 WHERE lease_owner IS NOT NULL AND due_at > ?1",
        [now],
    )?;
    let looks = looks::give_back(session)?;
    let deliveries = session.run(
        "UPDATE deliveries SET lease_until = ?1, due_at = ?1
         WHERE state = 'pending' AND lease_owner IS NOT NULL AND due_at > ?1",
        params![now],
    )?;
    Ok(submissions + looks + deliveries)
}
