//! The service: everything wired together, supervised, stopped in order.

use crate::cms::{self, Announcer};
use crate::config::{Config, raw};
use crate::delivery::{self, Courier, Patience};
use crate::door::Door;
use crate::ledger::Stored;
use crate::outbox::{Circuits, Outbox, Schedules, Stop, Tellers, Worker};
use crate::output::Trouble;
use crate::pipeline::Pipeline;
use crate::profile::Place;
use crate::reload::{self, Reloader};
use crate::retention;
use crate::routes;
use crate::settling::RouteTable;
use crate::sources::{self, Behind, until};
use access_mappings::Profile;
use bridge_client::AccessClient;
use bridge_cms_notices::{Reader, Sink};
use bridge_ingest::SourceKind;
use bridge_ingest::ack::Acknowledger;
use bridge_ledger::{Ledger, Presence};
use bridge_runtime::{Adapter, Cache, ComponentBytes, Limits, Pool};
use bridge_types::{Clock, Ids};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

/// The profile's files are not looked at more often than this.
const SHORTEST_LOOK: Duration = Duration::from_millis(20);

/// A service that runs.
#[derive(Debug)]
pub struct Service {
    /// The sources that listen.
    pub listening: Vec<Listening>,
    /// The endpoints for messages of CMS, likewise.
    pub endpoints: Vec<(String, SocketAddr)>,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<String>,
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

/// The cache in a folder. One that others may write to is an error, since what stands there is executed; one that cannot be made costs
/// only time.
fn cache(folder: &std::path::Path) -> Result<Option<Cache>, Trouble> {
    match Cache::at(folder) {
        Ok(cache) => Ok(Some(cache)),
        Err(error) if folder.is_dir() => {
            Err(Trouble::failed(error).hint("chmod 700, or name another folder for `cache` under [runtime]"))
        }
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
    /// # Errors
    /// What cannot be used, before anything is accepted.
    pub async fn start(config: &Config, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Result<Self, Trouble> {
        let stored = Stored::of(config, clock)?;
        let clock = Arc::clone(&stored.clock);
        let place = Place::of(config);
        let look = place.look();
        let profile = place.load()?;
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
        let standing = sources::stand(config).await?;
        let stands = cms::stands(config).await?;
        let ledger = stored.open(Arc::clone(&ids))?;
        let owner = ids.next();
        let presence = presence(&stored, ledger.as_ref(), &owner).await?;
        let table = Arc::new(RouteTable::new(&config.file.route));
        let pipeline = Pipeline::new(pool.clone(), Arc::clone(&ledger), Arc::clone(&clock), Arc::clone(&table));
        let (stop, stopped) = watch::channel(false);
        let mut service = Self {
            listening: Vec::new(),
            endpoints: Vec::new(),
            ledger: Arc::clone(&ledger),
            stop,
            tasks: JoinSet::new(),
            _presence: presence,
        };
        let mut bells = vec![Arc::new(Notify::new())];

        for (index, settings) in config.file.route.iter().enumerate() {
            let built = routes::build(config, index, &clock)?;
            if let Some(watch) = built.watch(&settings.name, config, until(stopped.clone())) {
                service.spawn(format!("the look-out for certificates of route {}", settings.name), watch);
            }
            let bell = Arc::new(Notify::new());
            bells.push(Arc::clone(&bell));
            let courier = Courier {
                name: settings.name.clone(),
                format: delivery::format(settings.format),
                route: built.route,
                pool: pool.clone(),
                ledger: Arc::clone(&ledger),
                clock: Arc::clone(&clock),
                sender: config.file.notices.sender.clone(),
                backoff: delivery::backoff(&config.file.times).map_err(Trouble::usage)?,
                patience: Patience::of(settings, &config.file.limits),
                lease: delivery_lease(config),
                look: config.file.times.look.0,
                wake: bell,
                owner: owner.clone(),
            };
            service.spawn(format!("delivery to {}", settings.name), courier.run(until(stopped.clone())));
        }
        let bells = Arc::new(bells);
        let parts = Parts { pool: &pool, ledger: &ledger, clock: &clock, ids: &ids, routes: &table, bells: &bells };
        let announcer: Arc<dyn Sink> = Arc::new(announcer(&profile, &parts));
        for watch in stands.watches {
            let name = format!("mail source {}", watch.name);
            service.spawn(name, watch.run(Arc::clone(&announcer), until(stopped.clone())));
        }
        for bound in stands.endpoints {
            service.endpoints.push((bound.name().to_owned(), bound.address));
            let name = format!("listener {}", bound.name());
            service.spawn(name, bound.serve(Arc::clone(&announcer), until(stopped.clone())));
        }
        let worker = Worker {
            pool: pool.clone(),
            ledger: Arc::clone(&ledger),
            clock: Arc::clone(&clock),
            clients,
            circuits: Circuits::new(schedules.outage_after, schedules.outage),
            schedules,
            routes: Arc::clone(&table),
            tellers: Tellers::default(),
            pipeline: pipeline.clone(),
            lease: config.lease(),
            stop: Stop::of(stopped.clone()),
            bells: Arc::clone(&bells),
        };
        let outbox = Outbox {
            ledger: Arc::clone(&ledger),
            clock: Arc::clone(&clock),
            worker: Arc::new(worker),
            requests: config.file.limits.requests,
            lease: config.lease(),
            look: config.file.times.look.0,
            wake: bells.first().cloned().unwrap_or_default(),
            owner,
        };
        service.spawn("the outbox", outbox.run(until(stopped.clone())));

        reload::forget_known(ledger.as_ref(), &profile).await.map_err(Trouble::failed)?;
        let reloader = Reloader {
            place,
            pool,
            ledger: Arc::clone(&ledger),
            participants: reload::participants_of(&profile),
            loaded,
            every: config.file.times.profile.0.max(SHORTEST_LOOK),
        };
        service.spawn("the look-out for the profile", reloader.run(look, until(stopped.clone())));

        let keep = retention::run(Arc::clone(&ledger), config.retention(), until(stopped.clone()));
        service.spawn("the retention", keep);

        let acknowledger = Acknowledger::new(config.file.notices.sender.clone(), Arc::clone(&ids), Arc::clone(&clock));
        let door = Arc::new(Door { pipeline, ledger, clock, bells });
        let behind = Behind { config, door, acknowledger, stopped };
        for source in standing {
            if let Some((kind, address)) = source.listens() {
                service.listening.push(Listening { kind, name: source.name.clone(), address });
            }
            for (name, part) in source.parts(&behind)? {
                service.spawn(name, part);
            }
        }
        Ok(service)
    }

    /// Starts a part of it.
    fn spawn(&mut self, name: impl Into<String>, part: impl Future<Output = ()> + Send + 'static) {
        let name = name.into();
        self.tasks.spawn(async move {
            part.await;
            name
        });
    }

    /// Resolves when a part of it ended that nobody told to end: what is acknowledged from then on might never be worked on, so
    /// the service must stop.
    pub async fn broken(&mut self) -> Trouble {
        let trouble = match self.tasks.join_next().await {
            Some(Ok(name)) => Trouble::failed(format!("{name} ended by itself")),
            Some(Err(_)) => Trouble::failed("a part of the service broke down"),
            None => Trouble::failed("the service has no parts"),
        };
        trouble.hint("the log says why; what was acknowledged is in the ledger")
    }

    /// Stops accepting, lets the steps in hand finish, closes the ledger.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// What the parts of the service share.
pub(crate) struct Parts<'a> {
    pub(crate) pool: &'a Pool,
    pub(crate) ledger: &'a Arc<dyn Ledger>,
    pub(crate) clock: &'a Arc<dyn Clock>,
    pub(crate) ids: &'a Arc<dyn Ids>,
    pub(crate) routes: &'a Arc<RouteTable>,
    pub(crate) bells: &'a Arc<Vec<Arc<Notify>>>,
}

/// What takes the notices of CMS.
pub(crate) fn announcer(profile: &Profile, parts: &Parts<'_>) -> Announcer {
    Announcer {
        pool: parts.pool.clone(),
        ledger: Arc::clone(parts.ledger),
        clock: Arc::clone(parts.clock),
        ids: Arc::clone(parts.ids),
        routes: Arc::clone(parts.routes),
        reader: Reader::new(Arc::new(profile.guide.clone())),
        participants: profile.participants.iter().map(|one| one.id.clone()).collect(),
        bells: Arc::clone(parts.bells),
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

/// Longer than one delivery can take: writing it down, connecting, waiting for the acknowledgement.
fn delivery_lease(config: &Config) -> Duration {
    let times = &config.file.times;
    times.connect.0 + times.delivery_response.0 + config.file.runtime.time.0 + Duration::from_secs(60)
}
