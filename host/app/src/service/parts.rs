//! The parts of the service, made ready: nothing here runs yet, and nothing that can fail is left for later.

use super::Listening;
use crate::bells::Bells;
use crate::cms::{Announcer, Stands};
use crate::config::{Config, raw};
use crate::delivery::{self, Courier, Patience};
use crate::door::Door;
use crate::outbox::{Circuits, Outbox, Schedules, Stop, Tellers, Worker};
use crate::output::Trouble;
use crate::pipeline::Pipeline;
use crate::profile::{Look, Place};
use crate::reload::{self, Reloader};
use crate::retention;
use crate::routes;
use crate::settling::RouteTable;
use crate::sources::{BoundSource, Part, SourceContext, until};
use access_mappings::Profile;
use bridge_client::AccessClient;
use bridge_cms_notices::{Reader, Sink};
use bridge_ingest::ack::Acknowledger;
use bridge_ledger::Ledger;
use bridge_runtime::Pool;
use bridge_types::{Clock, Ids};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// The profile's files are not looked at more often than this.
const SHORTEST_LOOK: Duration = Duration::from_millis(20);

/// What the parts of the service share.
pub(crate) struct Shared {
    pub(crate) pool: Pool,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) routes: Arc<RouteTable>,
    pub(crate) bells: Arc<Bells>,
}

/// What single parts are made of.
pub(super) struct Supplies {
    pub(super) profile: Profile,
    pub(super) place: Place,
    /// What the profile's files looked like before they were loaded.
    pub(super) look: Look,
    /// The profile as the component was loaded with it.
    pub(super) loaded: String,
    pub(super) clients: BTreeMap<String, AccessClient>,
    pub(super) schedules: Schedules,
    pub(super) stands: Stands,
    pub(super) sources: Vec<BoundSource>,
}

/// Everything that is to run, and where it listens.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) named: Vec<(String, Part)>,
    pub(super) listening: Vec<Listening>,
    pub(super) endpoints: Vec<(String, SocketAddr)>,
}

impl Parts {
    fn add(&mut self, name: impl Into<String>, part: impl Future<Output = ()> + Send + 'static) {
        self.named.push((name.into(), Box::pin(part)));
    }
}

/// Makes every part ready; `owner` is the name under which this process claims work.
///
/// # Errors
/// What cannot be used.
pub(super) fn prepare(
    config: &Config,
    shared: &Shared,
    supplies: Supplies,
    owner: &str,
    stopped: &watch::Receiver<bool>,
) -> Result<Parts, Trouble> {
    let Supplies { profile, place, look, loaded, clients, schedules, stands, sources } = supplies;
    let stop = || until(stopped.clone());
    let mut parts = Parts::default();
    add_routes(&mut parts, config, shared, owner, stopped)?;
    add_stands(&mut parts, stands, announcer(&profile, shared), stopped);
    let pipeline = pipeline(shared);
    let halt = Stop::of(stopped.clone());
    let outbox = outbox(config, shared, pipeline.clone(), (clients, schedules), halt, owner);
    parts.add("the outbox", outbox.run(stop()));
    let reloader = Reloader {
        place,
        pool: shared.pool.clone(),
        ledger: Arc::clone(&shared.ledger),
        participants: reload::participants_of(&profile),
        loaded,
        every: config.file.times.profile.0.max(SHORTEST_LOOK),
    };
    parts.add("the look-out for the profile", reloader.run(look, stop()));
    parts.add("the retention", retention::run(Arc::clone(&shared.ledger), config.retention(), stop()));
    add_sources(&mut parts, config, shared, pipeline, sources, stopped)?;
    Ok(parts)
}

fn pipeline(shared: &Shared) -> Pipeline {
    let (ledger, clock) = (Arc::clone(&shared.ledger), Arc::clone(&shared.clock));
    Pipeline::new(shared.pool.clone(), ledger, clock, Arc::clone(&shared.routes))
}

/// The couriers, and the look-outs for their certificates.
fn add_routes(
    parts: &mut Parts,
    config: &Config,
    shared: &Shared,
    owner: &str,
    stopped: &watch::Receiver<bool>,
) -> Result<(), Trouble> {
    let settings = config.file.route.iter().enumerate();
    for ((index, settings), bell) in settings.zip(shared.bells.couriers()) {
        let built = routes::build(config, index, &shared.clock)?;
        let name = &settings.name;
        if let Some(watch) = built.watch(name, config, until(stopped.clone())) {
            parts.add(format!("the look-out for certificates of route {name}"), watch);
        }
        let courier = courier(config, shared, settings, built.route, bell, owner)?;
        parts.add(format!("delivery to {name}"), courier.run(until(stopped.clone())));
    }
    Ok(())
}

fn courier(
    config: &Config,
    shared: &Shared,
    settings: &raw::Route,
    route: Box<dyn bridge_routes::Route>,
    wake: Arc<Notify>,
    owner: &str,
) -> Result<Courier, Trouble> {
    Ok(Courier {
        name: settings.name.clone(),
        format: delivery::format(settings.format),
        route,
        pool: shared.pool.clone(),
        ledger: Arc::clone(&shared.ledger),
        clock: Arc::clone(&shared.clock),
        sender: config.file.notices.sender.clone(),
        backoff: delivery::backoff(&config.file.times).map_err(Trouble::usage)?,
        patience: Patience::of(settings, &config.file.limits),
        lease: delivery_lease(config),
        look: config.file.times.look.0,
        wake,
        owner: owner.to_owned(),
    })
}

/// The sources of what CMS tells.
fn add_stands(parts: &mut Parts, stands: Stands, announcer: Announcer, stopped: &watch::Receiver<bool>) {
    let announcer: Arc<dyn Sink> = Arc::new(announcer);
    for watch in stands.watches {
        let name = format!("mail source {}", watch.name);
        parts.add(name, watch.run(Arc::clone(&announcer), until(stopped.clone())));
    }
    for bound in stands.endpoints {
        parts.endpoints.push((bound.name().to_owned(), bound.address));
        let name = format!("listener {}", bound.name());
        parts.add(name, bound.serve(Arc::clone(&announcer), until(stopped.clone())));
    }
}

/// What takes the notices of CMS.
pub(crate) fn announcer(profile: &Profile, shared: &Shared) -> Announcer {
    Announcer {
        pool: shared.pool.clone(),
        ledger: Arc::clone(&shared.ledger),
        clock: Arc::clone(&shared.clock),
        ids: Arc::clone(&shared.ids),
        routes: Arc::clone(&shared.routes),
        reader: Reader::new(Arc::new(profile.guide.clone())),
        participants: profile.participants.iter().map(|one| one.id.clone()).collect(),
        bells: Arc::clone(&shared.bells),
    }
}

fn outbox(
    config: &Config,
    shared: &Shared,
    pipeline: Pipeline,
    (clients, schedules): (BTreeMap<String, AccessClient>, Schedules),
    halt: Stop,
    owner: &str,
) -> Outbox {
    let worker = Worker {
        pool: shared.pool.clone(),
        ledger: Arc::clone(&shared.ledger),
        clock: Arc::clone(&shared.clock),
        clients,
        circuits: Circuits::new(schedules.outage_after, schedules.outage),
        schedules,
        routes: Arc::clone(&shared.routes),
        tellers: Tellers::default(),
        pipeline,
        lease: config.lease(),
        stop: halt,
        bells: Arc::clone(&shared.bells),
    };
    Outbox {
        ledger: Arc::clone(&shared.ledger),
        clock: Arc::clone(&shared.clock),
        worker: Arc::new(worker),
        requests: config.file.limits.requests,
        lease: config.lease(),
        look: config.file.times.look.0,
        wake: shared.bells.outbox(),
        owner: owner.to_owned(),
    }
}

/// The sources of feeds.
fn add_sources(
    parts: &mut Parts,
    config: &Config,
    shared: &Shared,
    pipeline: Pipeline,
    sources: Vec<BoundSource>,
    stopped: &watch::Receiver<bool>,
) -> Result<(), Trouble> {
    let (ledger, clock, bells) = (Arc::clone(&shared.ledger), Arc::clone(&shared.clock), Arc::clone(&shared.bells));
    let sender = config.file.notices.sender.clone();
    let acknowledger = Acknowledger::new(sender, Arc::clone(&shared.ids), Arc::clone(&clock));
    let door = Arc::new(Door { pipeline, ledger, clock, bells });
    let context = SourceContext { config, door, acknowledger, stopped: stopped.clone() };
    for source in sources {
        if let Some((kind, address)) = source.listens() {
            parts.listening.push(Listening { kind, name: source.name.clone(), address });
        }
        parts.named.extend(source.parts(&context)?);
    }
    Ok(())
}

/// Longer than one delivery can take: writing it down, connecting, waiting for the acknowledgement.
fn delivery_lease(config: &Config) -> Duration {
    let times = &config.file.times;
    times.connect.0 + times.delivery_response.0 + config.file.runtime.time.0 + Duration::from_secs(60)
}
