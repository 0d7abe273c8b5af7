//! Feeds from a folder that somebody else writes into.
//!
//! ```text
//! inbox/            files as they are dropped
//! inbox/work/       the file in hand; `.lock` says that somebody works here
//! inbox/done/       files whose every feed was stored
//! inbox/failed/     files with a feed that was refused, or that cannot be read; NAME.reason.txt beside each says why
//! ```
//!
//! A file holds whatever can be read: HL7 v2 messages or batches, FHIR resources, Bundles or NDJSON, a C-CDA document, a CSV table.
//!
//! Invariants:
//! 1. A file is taken when it has been quiet for a while, whole, and by one process: it is renamed into `work`, and only whoever
//!    holds the lock does that. Others stand by and go on where a killed one left off.
//! 2. A file leaves `work` when what became of its last feed is durable. A process that is killed before leaves it there, and it is
//!    taken again from its beginning; feeds that were stored before are known by then, so nothing happens twice.
//! 3. Files are taken in the order of their last change, then of their names; feeds in the order of the file. Own trouble stops the
//!    folder until it has passed.
//! 4. No file is ever overwritten or removed. Files of people have their names, so names are never logged.
//!
//! Passed over: folders, links, names that begin with a dot or end in `~`, `.tmp`, `.temp`, `.part`, `.partial` or `.filepart`.
//! Who writes a file should do so under such a name and then rename it; for others there is the quiet time.

mod account;
mod places;
#[cfg(test)]
mod tests;
mod waiting;

use crate::ack::Acknowledger;
use crate::batch::{BatchError, Piece, pieces_of};
use crate::{Intake, NotTaken, Received, Source, SourceKind};
use account::Account;
use bridge_types::Phi;
use places::Places;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use waiting::Waiting;

/// Longest wait while feeds cannot be stored or the folder cannot be worked on.
const LAST_WAIT: Duration = Duration::from_secs(30);

/// How a folder is watched.
#[derive(Debug, Clone)]
pub struct Options {
    /// Name of the source.
    pub name: String,
    /// The folder.
    pub path: PathBuf,
    /// How often it is looked at.
    pub every: Duration,
    /// How long a file must not have changed before it is taken.
    pub quiet: Duration,
    /// Bytes of one feed.
    pub limit: usize,
    /// Where set, the acknowledgements of a file's HL7 v2 messages are written beside it as `NAME.ack`.
    pub acknowledger: Option<Acknowledger>,
}

/// A watched folder.
pub struct Folder {
    options: Options,
    places: Places,
    intake: Arc<dyn Intake>,
}

impl std::fmt::Debug for Folder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Folder").field("options", &self.options).finish_non_exhaustive()
    }
}

/// How a round over the folder ended.
enum Round {
    /// Everything that was ready has been dealt with.
    Done,
    /// Own trouble.
    NotNow,
    /// Told to stop.
    Stopped,
}

impl Folder {
    /// A folder, which must be there; the folders in it are made.
    ///
    /// # Errors
    /// What the system says of it.
    pub fn new(options: Options, intake: Arc<dyn Intake>) -> io::Result<Self> {
        let places = Places::make(&options.path)?;
        Ok(Self { options, places, intake })
    }

    /// Watches until `stop` resolves; a feed in hand is finished first.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let name = self.options.name.as_str();
        tokio::pin!(stop);
        let mut wait = self.options.every;
        let (mut lock, mut told) = (None, false);
        let mut waiting = Waiting::new(self.options.quiet);
        loop {
            if lock.is_none() {
                match self.places.lock() {
                    Ok(Some(held)) => lock = Some(held),
                    Ok(None) => {
                        wait = self.options.every;
                        if !told {
                            told = true;
                            tracing::info!(source = name, "another process works on this folder; standing by");
                        }
                    }
                    Err(error) => {
                        tracing::error!(source = name, error = %error.kind(), "the folder cannot be locked; it is tried again");
                        wait = self.longer(wait);
                    }
                }
            }
            if lock.is_some() {
                wait = match self.round(&mut waiting, &mut stop).await {
                    Ok(Round::Done) => self.options.every,
                    Ok(Round::NotNow) => self.longer(wait),
                    Ok(Round::Stopped) => return,
                    Err(error) => {
                        tracing::error!(source = name, error = %error.kind(), "the folder cannot be worked on; it is tried again");
                        self.longer(wait)
                    }
                };
            }
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// The wait after one that was for nothing.
    fn longer(&self, wait: Duration) -> Duration {
        wait.saturating_mul(2).min(LAST_WAIT.max(self.options.every))
    }

    /// What was left in `work`, then everything that is quiet.
    async fn round(&self, waiting: &mut Waiting, stop: &mut (impl Future<Output = ()> + Unpin)) -> io::Result<Round> {
        for name in self.places.in_work()? {
            match self.take(&name, stop).await? {
                Round::Done => {}
                other => return Ok(other),
            }
        }
        for name in waiting.ready(&self.places.dropped()?) {
            if !self.places.pick_up(&name)? {
                continue;
            }
            match self.take(&name, stop).await? {
                Round::Done => {}
                other => return Ok(other),
            }
        }
        Ok(Round::Done)
    }

    /// Takes the feeds of a file in `work`, and moves it on.
    async fn take(&self, name: &OsStr, stop: &mut (impl Future<Output = ()> + Unpin)) -> io::Result<Round> {
        let mut account = Account::default();
        let file = match self.places.open(name) {
            Ok(file) => file,
            Err(error) => {
                account.unreadable(&error.kind().to_string());
                return self.finish(name, &account);
            }
        };
        let mut pieces = pieces_of(file, self.options.limit);
        loop {
            let piece = tokio::select! {
                biased;
                () = &mut *stop => return Ok(Round::Stopped),
                piece = pieces.recv() => piece,
            };
            match piece {
                None => break,
                Some(Ok(Piece::Message(bytes))) => match self.feed(bytes, &mut account, true).await {
                    Ok(()) => {}
                    Err(NotTaken) => return Ok(Round::NotNow),
                },
                Some(Ok(Piece::Json(bytes) | Piece::Other(bytes))) => {
                    match self.feed(bytes, &mut account, false).await {
                        Ok(()) => {}
                        Err(NotTaken) => return Ok(Round::NotNow),
                    }
                }
                Some(Ok(Piece::Warning(warning))) => account.odd(&warning.to_string()),
                Some(Err(error @ BatchError::TooLarge { .. })) => account.unreadable(&error.to_string()),
                Some(Err(BatchError::Read(error))) => account.unreadable(&error.kind().to_string()),
            }
        }
        self.finish(name, &account)
    }

    async fn feed(&self, bytes: Phi<Vec<u8>>, account: &mut Account, answered: bool) -> Result<(), NotTaken> {
        let source = Source::new(SourceKind::File, &self.options.name);
        let feed = Received { bytes, peer: None, source, position: account.next() };
        let taken = self.intake.take(&feed).await?;
        if let Some(acknowledger) = self.options.acknowledger.as_ref().filter(|_| answered) {
            account.answers.extend(acknowledger.answer(feed.bytes.expose(), taken.decision()).unwrap_or_default());
        }
        account.record(&taken);
        Ok(())
    }

    /// Writes down what became of a file, then moves it to where it belongs.
    fn finish(&self, name: &OsStr, account: &Account) -> io::Result<Round> {
        let mut beside: Vec<(&str, Vec<u8>)> = Vec::new();
        if !account.is_fine() {
            beside.push((".reason.txt", account.tell().into_bytes()));
        }
        if !account.answers.is_empty() {
            beside.push((".ack", account.answers.clone()));
        }
        self.places.finish(name, account.is_fine(), &beside)?;
        let source = self.options.name.as_str();
        let (stored, refused) = (account.stored(), account.refused());
        if account.is_fine() {
            tracing::info!(source, stored, "a file was taken");
        } else {
            tracing::warn!(
                source,
                stored,
                refused,
                "a file has feeds that were not stored; it is in the folder `failed`, with the reason beside it"
            );
        }
        Ok(Round::Done)
    }
}

/// A name without what would make it another kind of file.
fn with_end(name: &OsStr, end: &str) -> OsString {
    let mut whole = name.to_owned();
    whole.push(end);
    whole
}
