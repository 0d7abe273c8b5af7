//! The service: everything wired together, supervised, stopped in order.

mod parts;
mod running;

use crate::bells::Bells;
use crate::cms;
use crate::config::{Config, raw};
use crate::ledger::Stored;
use crate::outbox::Schedules;
use crate::output::Trouble;
use crate::profile::Place;
use crate::reload;
use crate::settling::RouteTable;
use crate::sources;
use access_mappings::Profile;
use bridge_client::AccessClient;
use bridge_ingest::SourceKind;
use bridge_ledger::{Ledger, Presence};
use bridge_runtime::{Adapter, Cache, ComponentBytes, Limits, Pool};
use bridge_types::{Clock, Ids};
use parts::{Parts, Supplies};
pub(crate) use parts::{Shared, announcer};
use running::Running;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::watch;

/// A service that runs.
#[derive(Debug)]
pub struct Service {
    /// The sources that listen.
    pub listening: Vec<Listening>,
    /// The endpoints for messages of CMS, likewise.
    pub endpoints: Vec<(String, SocketAddr)>,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The profile's file.
    pub profile: String,
    stop: watch::Sender<bool>,
    running: Running,
    _presence: Presence,
}

/// A source that listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listening {
    /// What it listens for.
    pub kind: SourceKind,
    /// Its name.
    pub name: String,
    /// The address it really has.
    pub address: SocketAddr,
}

/// Begins to work on the ledger, and takes up what a process left behind that was killed.
async fn presence(stored: &Stored, ledger: &dyn Ledger, owner: &str) -> Result<Presence, Trouble> {
    let presence = ledger.presence(owner).await.map_err(|error| stored.trouble(&error))?;
    if let Some(pieces) = presence.given_back.filter(|pieces| *pieces > 0) {
        tracing::info!(pieces, "work that a killed process had in hand is taken up");
    }
    Ok(presence)
}

/// Tells of notices that wait for a route which is not configured any more: nobody delivers them.
async fn tell_stranded(config: &Config, ledger: &dyn Ledger) -> Result<(), Trouble> {
    let waiting = ledger.waiting_routes().await.map_err(Trouble::failed)?;
    for (route, notices) in waiting {
        if !config.file.route.iter().any(|configured| configured.name == route) {
            tracing::warn!(
                route,
                notices,
                "notices wait for a route that is not configured; `access-bridge notices move --from ROUTE --to ROUTE` hands them over"
            );
        }
    }
    Ok(())
}

/// Name of the mark that says which profile the ledger was used with last, by its `name`: hosts may have it in different folders.
const PROFILE: &str = "profile";

/// Tells where the ledger was used with another profile before: a wrong `profile` is easily written and not easily seen.
async fn tell_profile(ledger: &dyn Ledger, profile: &Profile) -> Result<(), Trouble> {
    let name = profile.name.as_str();
    let before = ledger.mark(PROFILE).await.map_err(Trouble::failed)?;
    if before.as_deref() == Some(name) {
        return Ok(());
    }
    if let Some(before) = before {
        tracing::warn!(
            before,
            now = name,
            "the ledger was used with another profile before; feeds are read by this one from now on, and what is stored stays as it was read"
        );
    }
    ledger.set_mark(PROFILE, name).await.map_err(Trouble::failed)
}

/// Compiles the component (or takes it from the cache) and loads a resolved profile.
///
/// # Errors
/// When there is no component, or it refuses the profile.
pub fn adapter(config: Option<&Config>, profile: &str) -> Result<Adapter, Trouble> {
    let defaults = raw::Runtime::default();
    let runtime = config.map_or(&defaults, |config| &config.file.runtime);
    let bytes = match (&runtime.component, config) {
        (Some(path), Some(config)) => ComponentBytes::read(&config.resolve(path)),
        _ => ComponentBytes::embedded(),
    };
    let no_component = |error| {
        Trouble::failed(error)
            .hint("build with `cargo xtask dist`, or name a component under [runtime] in the configuration")
    };
    let limits = Limits {
        memory: runtime.memory_mib.max(16) << 20,
        time: runtime.time.0,
        instances: runtime.instances.max(1),
        reuse: runtime.reuse.max(1),
        ..Limits::default()
    };
    let cache = match (&runtime.cache, config) {
        (Some(folder), Some(config)) => cache(&config.resolve(folder))?,
        // Without a configuration nothing is left behind in the working folder.
        _ => own_cache(),
    };
    Adapter::new(&bytes.map_err(no_component)?, profile, limits, cache.as_ref()).map_err(Trouble::failed)
}

/// The cache in a folder. One that is another user's, or that others may write to, is an error, since what stands there is executed; one that cannot be made costs
/// only time.
fn cache(folder: &std::path::Path) -> Result<Option<Cache>, Trouble> {
    match Cache::at(folder) {
        Ok(cache) => Ok(Some(cache)),
        Err(error) if folder.is_dir() => Err(Trouble::failed(error)
            .hint("make it this user's own, with mode 0700, or name another folder for `cache` under [runtime]")),
        Err(error) => {
            tracing::warn!(%error, "compiled code cannot be kept; every start compiles anew");
            Ok(None)
        }
    }
}

/// The user's cache folder, for commands that have no configuration.
fn own_cache() -> Option<Cache> {
    let home = std::env::var_os("XDG_CACHE_HOME")
        .map(std::path::PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| std::path::PathBuf::from(home).join(".cache")))?;
    Cache::at(&home.join("access-bridge")).ok()
}

/// A client of the ACCESS API for every participant. Connects to nothing.
///
/// # Errors
/// What of `[access]` is missing or cannot work.
pub fn clients(
    config: &Config,
    participants: &[String],
    clock: &Arc<dyn Clock>,
) -> Result<BTreeMap<String, AccessClient>, Trouble> {
    let settings = config.clients(participants)?.into_iter();
    settings
        .map(|(id, settings)| {
            let client = AccessClient::new(settings, Arc::clone(clock))
                .map_err(|error| Trouble::usage(config.client_error(&id, &error)).hint(error.hint()))?;
            Ok((id, client))
        })
        .collect()
}

impl Service {
    /// Starts everything. When this returns, the listeners accept.
    ///
    /// Whatever can fail comes before the first part is started: a part that is cut short in the middle of a request would leave a
    /// submission in doubt.
    ///
    /// # Errors
    /// What cannot be used, before anything is accepted or sent.
    pub async fn start(config: &Config, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Result<Self, Trouble> {
        let stored = Stored::of(config, clock)?;
        let clock = Arc::clone(&stored.clock);
        let place = Place::of(config);
        let look = place.look();
        let profile = place.load_telling(reload::tell)?;
        let name = place.read()?.name;
        let participants: Vec<String> = profile.participants.iter().map(|participant| participant.id.clone()).collect();
        let clients = clients(config, &participants, &clock)?;
        let schedules = Schedules::new(&config.file.times, &config.file.limits)
            .map_err(|error| Trouble::usage(format!("configuration {}: [times]: {error}", config.path.display())))?;
        let loaded = crate::profile::resolved(&profile)?;
        let adapter = adapter(Some(config), &loaded)?;
        // The profile is tried once before anything is accepted.
        adapter.instantiate().map_err(Trouble::usage)?;
        let pool = Pool::new(adapter);
        // Before the ledger is touched: a second program on the same ports must not take the first one's work.
        let sources = sources::bind(config).await?;
        let stands = cms::stands(config).await?;
        let ledger = stored.open(Arc::clone(&ids))?;
        let owner = ids.next();
        let presence = presence(&stored, ledger.as_ref(), &owner).await?;
        reload::forget_known(ledger.as_ref(), &profile).await.map_err(Trouble::failed)?;
        tell_stranded(config, ledger.as_ref()).await?;
        tell_profile(ledger.as_ref(), &profile).await?;
        let (stop, stopped) = watch::channel(false);
        let shared = Shared {
            pool,
            ledger: Arc::clone(&ledger),
            clock,
            ids,
            routes: Arc::new(RouteTable::new(&config.file.route)),
            bells: Arc::new(Bells::new(config.file.route.len())),
        };
        let supplies = Supplies { profile, place, look, loaded, clients, schedules, stands, sources };
        let Parts { named, listening, endpoints } = parts::prepare(config, &shared, supplies, &owner, &stopped)?;
        let mut running = Running::default();
        for (name, part) in named {
            running.spawn(name, part);
        }
        Ok(Self { listening, endpoints, ledger, profile: name, stop, running, _presence: presence })
    }

    /// Resolves when a part of it ended that nobody told to end: what is acknowledged from then on might never be worked on, so
    /// the service must stop.
    pub async fn broken(&mut self) -> Trouble {
        let ending = self.running.ended().await;
        Trouble::failed(ending).hint("the log says why; what was acknowledged is in the ledger")
    }

    /// Stops accepting, lets the steps in hand finish, closes the ledger.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        self.running.finish().await;
    }
}

/// What to do where an address cannot be listened on.
pub(crate) fn listen_hint(error: &std::io::Error, setting: &str) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("is it running already? `ss -ltnp` shows who listens there; else change {setting}")
        }
        std::io::ErrorKind::PermissionDenied => {
            format!("ports below 1024 need a privilege; change {setting} to a higher one")
        }
        std::io::ErrorKind::AddrNotAvailable => format!("this machine has no such address; change {setting}"),
        _ => format!("change {setting}"),
    }
}
