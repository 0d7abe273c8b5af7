//! The set: sandbox, service and engine on free loopback ports, in a folder of their own.

use super::engine::Engine;
use crate::config::{Config, EXAMPLE, Environment};
use crate::output::Trouble;
use crate::service::Service;
use bridge_ingest::ack::Acknowledger;
use bridge_ingest::mllp::{self, Counters, Handler, Limits};
use bridge_ingest::{Source, SourceKind};
use bridge_ledger::Ledger;
use bridge_routes::mllp::{Timeouts, send_once};
use bridge_sandbox::{Options, Running, Sandbox, Scenario, TrafficLog};
use bridge_types::{Clock, MovedClock, RandomIds, SystemClock, Timestamp};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Everything that runs during the day.
pub(super) struct Stage {
    /// The CMS side.
    pub(super) sandbox: Running,
    /// The receiving engine.
    pub(super) engine: Arc<Engine>,
    /// Where feeds go.
    pub(super) door: SocketAddr,
    /// Where notices go.
    pub(super) callback: SocketAddr,
    service: Service,
    clock: MovedClock,
    folder: TempDir,
    keep: bool,
    stop_engine: oneshot::Sender<()>,
    engine_task: tokio::task::JoinHandle<()>,
}

const LOOPBACK: &str = "127.0.0.1:0";
/// Where the sandbox leaves its e-mails, and the service looks for them.
const MAIL: &str = "cms-mail";

/// What differs from the example configuration: ports, and a hurry.
fn hurried(base_url: &str, token_url: &str, callback: SocketAddr) -> Environment {
    [
        ("ACCESS_BRIDGE_ACCESS__BASE_URL", base_url),
        ("ACCESS_BRIDGE_ACCESS__TOKEN_URL", token_url),
        ("ACCESS_BRIDGE_SOURCE__0__LISTEN", LOOPBACK),
        ("ACCESS_BRIDGE_ROUTE__0__ADDRESS", &callback.to_string()),
        ("ACCESS_BRIDGE_TIMES__POLL_FIRST", "1s"),
        ("ACCESS_BRIDGE_TIMES__POLL_INTERVAL", "1s"),
        ("ACCESS_BRIDGE_TIMES__POLL_INTERVAL_MAX", "1s"),
        ("ACCESS_BRIDGE_TIMES__RETRY_BASE", "1s"),
        ("ACCESS_BRIDGE_TIMES__DELIVERY_BASE", "1s"),
        ("ACCESS_BRIDGE_TIMES__LOOK", "50ms"),
        ("ACCESS_BRIDGE_LOG__LEVEL", "error"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

impl Stage {
    pub(super) async fn set(keep: bool) -> Result<Self, Trouble> {
        let folder = tempfile::Builder::new().prefix("access-bridge-demo-").tempdir().map_err(Trouble::failed)?;
        let traffic = std::fs::File::create(folder.path().join("traffic.ndjson")).map_err(Trouble::failed)?;
        let scenario = Scenario::parse(include_str!("scenario.toml"), "scenario.toml").map_err(Trouble::failed)?;
        let mail = Some(folder.path().join(MAIL));
        let options = Options { traffic: TrafficLog::Writer(Box::new(traffic)), mail, ..Options::default() };
        let listener = TcpListener::bind(LOOPBACK).await.map_err(Trouble::failed)?;
        let sandbox = Sandbox::start(listener, scenario, options).map_err(Trouble::failed)?;

        let engine = Engine::new();
        let listener = TcpListener::bind(LOOPBACK).await.map_err(Trouble::failed)?;
        let callback = listener.local_addr().map_err(Trouble::failed)?;
        let (stop_engine, stopped) = oneshot::channel();
        let options = mllp::Options {
            source: Source::new(SourceKind::Mllp, "engine"),
            limits: Limits::default(),
            acknowledger: Acknowledger::new("ENGINE", Arc::new(RandomIds), Arc::new(SystemClock)),
            counters: Arc::new(Counters::default()),
            tls: None,
        };
        let handler = Arc::clone(&engine) as Arc<dyn Handler>;
        let engine_task = tokio::spawn(mllp::serve(listener, options, handler, async {
            let _ = stopped.await;
        }));

        let path = folder.path().join("access-bridge.toml");
        let environment = hurried(&sandbox.base_url(), &sandbox.token_url(), callback);
        let text =
            format!("{EXAMPLE}\n[[mail]]\nname = \"cms\"\nkind = \"folder\"\npath = \"{MAIL}\"\nevery = \"200ms\"\n");
        let config = Config::parse(&path, &text, &environment).map_err(Trouble::failed)?;
        std::fs::write(&path, &text).map_err(Trouble::failed)?;
        let clock = MovedClock::default();
        let service = Service::start(&config, Arc::new(clock.clone()), Arc::new(RandomIds)).await?;
        let door = service.listening.first().map(|one| one.address);
        let door = door.ok_or_else(|| Trouble::failed("the service does not listen"))?;
        Ok(Self { sandbox, engine, door, callback, service, clock, folder, keep, stop_engine, engine_task })
    }

    /// The ledger of the service.
    pub(super) fn ledger(&self) -> &dyn Ledger {
        self.service.ledger.as_ref()
    }

    /// The present of the play.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets days pass, here and at CMS.
    pub(super) fn pass(&self, days: u32) {
        self.sandbox.handle().advance_days(days);
        self.clock.advance(Duration::from_secs(u64::from(days) * 24 * 60 * 60));
    }

    /// Sends one message as an engine does, and gives back what it was answered: `MSA-1`, and `MSA-3` where there is one.
    pub(super) async fn send(&self, message: &[u8]) -> Option<(String, String)> {
        let times = Timeouts { connect: Duration::from_secs(5), answer: Duration::from_secs(10) };
        let answer = send_once(&self.door.to_string(), message, times).await.ok()?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let msa: Vec<&str> = answer.split('\r').find(|line| line.starts_with("MSA"))?.split('|').collect();
        Some((msa.get(1)?.to_string(), msa.get(3).unwrap_or(&"").to_string()))
    }

    /// Stops everything. The folder, where it is kept.
    pub(super) async fn strike(self) -> Option<PathBuf> {
        self.service.stop().await;
        let _ = self.stop_engine.send(());
        let _ = self.engine_task.await;
        self.sandbox.shutdown().await;
        self.keep.then(|| self.folder.keep())
    }
}
