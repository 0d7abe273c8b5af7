//! What the commands on the ledger share.

use crate::cli::{ConfigArgument, Listing};
use crate::config::{Config, Environment};
use crate::ledger::Stored;
use crate::output::{Trouble, say, warn};
use crate::pipeline::Pipeline;
use crate::profile::Place;
use crate::settling::RouteTable;
use bridge_ledger::{Cursor, Ledger, LedgerError};
use bridge_runtime::Pool;
use bridge_types::{Clock, RandomIds, SystemClock, Timestamp};
use std::sync::Arc;

/// Opens the ledger of a configuration; it must exist.
pub(super) fn open(argument: &ConfigArgument) -> Result<(Config, Arc<dyn Ledger>), Trouble> {
    open_with_clock(argument).map(|Opened { config, ledger, .. }| (config, ledger))
}

/// A configuration's ledger, and the clock that counts for it, on which every host agrees.
pub(super) struct Opened {
    pub(super) config: Config,
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Opened {
    /// The way of a feed into the ledger, with the profile that the service reads by.
    pub(super) fn pipeline(&self) -> Result<Pipeline, Trouble> {
        let profile = Place::of(&self.config).load()?;
        let adapter = crate::service::adapter(Some(&self.config), &crate::profile::resolved(&profile)?)?;
        let routes = Arc::new(RouteTable::new(&self.config.file.route));
        Ok(Pipeline::new(Pool::new(adapter), Arc::clone(&self.ledger), Arc::clone(&self.clock), routes))
    }
}

/// The same for what works on the ledger by the time.
pub(super) fn open_with_clock(argument: &ConfigArgument) -> Result<Opened, Trouble> {
    let config = Config::load(&argument.config, &Environment::of_process())?;
    let stored = Stored::of(&config, Arc::new(SystemClock))?;
    if !stored.may_exist() {
        return Err(Trouble::failed(format!("ledger {stored}: there is none yet"))
            .hint("start the service once with `access-bridge run`"));
    }
    let ledger = stored.open(Arc::new(RandomIds))?;
    Ok(Opened { config, ledger, clock: stored.clock })
}

/// Runs one piece of asynchronous work.
pub(super) fn wait<T>(work: impl Future<Output = Result<T, LedgerError>>) -> Result<T, Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Trouble::failed)?;
    runtime.block_on(work).map_err(|error| {
        let trouble = Trouble::failed(&error);
        match error.hint() {
            Some(hint) => trouble.hint(hint),
            None => trouble,
        }
    })
}

/// The cursor of a listing.
pub(super) fn cursor(listing: &Listing) -> Result<Option<Cursor>, Trouble> {
    listing
        .after
        .as_deref()
        .map(|text| Cursor::parse(text).ok_or_else(|| Trouble::usage("--after: not a cursor of this list")))
        .transpose()
}

/// Refuses a word that is none of those there are.
///
/// # Errors
/// The word, with those there are.
pub(super) fn known(option: &str, what: &str, word: &str, all: &[&str]) -> Result<(), Trouble> {
    if all.contains(&word) {
        return Ok(());
    }
    Err(Trouble::usage(format!("{option}: \"{word}\" is no {what}")).hint(format!("one of {}", all.join(", "))))
}

/// Refuses a participant that the profile does not have, where nothing of it was found: what is kept of an earlier one is shown. A
/// profile that cannot be used refuses nobody.
///
/// # Errors
/// The participant, with those there are.
pub(super) fn known_participant(config: &Config, participant: Option<&str>) -> Result<(), Trouble> {
    let (Some(participant), Ok(profile)) = (participant, Place::of(config).load()) else { return Ok(()) };
    let all: Vec<&str> = profile.participants.iter().map(|one| one.id.as_str()).collect();
    known("--participant", "participant of the profile", participant, &all)
}

/// Says that there is more; beside JSON lines, on standard error.
pub(super) fn more(listing: &Listing, next: Option<Cursor>) {
    let Some(cursor) = next else { return };
    let text = format!("more: --after {cursor}");
    if listing.json { warn(&text) } else { say(&text) }
}

/// A moment for a table.
pub(super) fn moment(at: Timestamp) -> String {
    let text = at.rfc3339();
    text.split_once('.').map_or_else(|| text.clone(), |(seconds, _)| format!("{seconds}Z"))
}

/// The name under which a person acts, for the history.
pub(super) fn who() -> String {
    let user = std::env::var_os("USER").map(|user| user.to_string_lossy().into_owned()).unwrap_or_default();
    if user.is_empty() { "command line".to_owned() } else { format!("command line ({user})") }
}
