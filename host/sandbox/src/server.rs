//! The sandbox as a server: it listens, serves connections and stops.

use crate::clock::SandboxClock;
use crate::faults::Faults;
use crate::handle::Handle;
use crate::options::{Limits, Options};
use crate::registry::Registry;
use crate::scenario::{Scenario, ScenarioError};
use crate::service::serve;
use crate::state::{Memory, Parts, State};
use crate::submissions::Submissions;
use crate::tokens::{Tokens, random_text};
use access_mappings::{Guide, Sources};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// Path of the FHIR base, without a trailing slash.
pub const BASE_PATH: &str = "/cdx/services/fhir";
/// Path of the token endpoint.
pub const TOKEN_PATH: &str = "/oauth2/token";

/// The guide version whose wire this is.
const GUIDE: &str = "0.9.12";
/// How long connections get to finish their request when the sandbox stops.
const GRACE: Duration = Duration::from_secs(2);
/// Pause after a connection could not be accepted, for example for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Characters that tell the ids of one run from those of another.
const RUN_LENGTH: usize = 6;

/// A local ACCESS API.
#[derive(Debug)]
pub struct Sandbox;

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The listener has no address.
    #[error("could not tell the address to listen on")]
    Address(#[source] io::Error),
    /// Other machines could reach it.
    #[error("{0} is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The built-in guide could not be read.
    #[error("the built-in guide has {0} findings")]
    Guide(usize),
    /// The scenario does not go with the guide.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The operating system gives no random numbers.
    #[error("no random numbers are available")]
    Random,
}

impl Sandbox {
    /// Starts serving on a listener. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// The listener is not on a loopback address and the options do not allow that; the scenario names a track the guide
    /// does not have, or has more beneficiaries than the limit.
    pub fn start(listener: TcpListener, scenario: Scenario, options: Options) -> Result<Running, StartError> {
        let local_addr = listener.local_addr().map_err(StartError::Address)?;
        if !local_addr.ip().is_loopback() && !options.allow_other_machines {
            return Err(StartError::NotLoopback(local_addr));
        }
        let state = Arc::new(state(local_addr, scenario, options)?);
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(listen(listener, Arc::clone(&state), stopped));
        Ok(Running { local_addr, handle: Handle::new(state), stop, task: Some(task) })
    }
}

/// A sandbox that serves. Dropping it stops it at once.
#[derive(Debug)]
pub struct Running {
    local_addr: SocketAddr,
    handle: Handle,
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

impl Running {
    /// The address it listens on.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The FHIR base, up to but not including `/access`, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}{BASE_PATH}", self.local_addr)
    }

    /// The token endpoint.
    #[must_use]
    pub fn token_url(&self) -> String {
        format!("http://{}{TOKEN_PATH}", self.local_addr)
    }

    /// What it knows, to look at and to change.
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Stops listening, lets requests finish for at most two seconds, and returns when everything has ended.
    pub async fn shutdown(mut self) {
        // There is a receiver as long as the task runs.
        let _ = self.stop.send(true);
        if let Some(task) = self.task.take() {
            let _ = task.await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

fn state(local_addr: SocketAddr, scenario: Scenario, options: Options) -> Result<State, StartError> {
    let guide: Guide = match options.guide {
        Some(guide) => guide,
        None => access_mappings::load_guide(&Sources::embedded(), GUIDE)
            .map_err(|findings| StartError::Guide(findings.len()))?,
    };
    scenario.check_tracks(&guide)?;
    let clock = SandboxClock::new(options.clock_millis);
    let limits: Limits = options.limits;
    let mut registry = Registry::new(limits.beneficiaries);
    for beneficiary in scenario.beneficiaries {
        registry.add(beneficiary, clock.today()).map_err(|_| {
            let message = format!("the scenario has more beneficiaries than the limit of {}", limits.beneficiaries);
            ScenarioError::at_run_time(message)
        })?;
    }
    let run = random_text(RUN_LENGTH).map_err(|_| StartError::Random)?;
    Ok(State::new(Parts {
        guide,
        wire: scenario.wire,
        programme: scenario.programme,
        clients: scenario.clients,
        limits,
        keep_payloads: options.keep_payloads,
        clock,
        authority: local_addr.to_string(),
        memory: Memory {
            registry,
            submissions: Submissions::new(limits.submissions, run),
            tokens: Tokens::new(limits.tokens),
            faults: Faults::new(scenario.faults),
            requests: VecDeque::new(),
        },
        traffic: options.traffic,
    }))
}

/// Accepts connections until it is told to stop. Aborting it aborts the connections with it.
async fn listen(listener: TcpListener, state: Arc<State>, mut stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        if connections.len() >= state.limits.connections.max(1) {
            tokio::select! {
                _ = connections.join_next() => continue,
                _ = stopped.changed() => break,
            }
        }
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, Arc::clone(&state), stopped.clone()));
                }
                Err(error) => {
                    tracing::warn!(kind = ?error.kind(), "connection not accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            _ = stopped.changed() => break,
        }
    }
    drop(listener);
    let finished = async { while connections.join_next().await.is_some() {} };
    // What is not done by then is aborted with the set.
    let _ = tokio::time::timeout(GRACE, finished).await;
}

/// Serves one connection.
async fn connection(stream: TcpStream, state: Arc<State>, mut stopped: watch::Receiver<bool>) {
    let service = service_fn(|request| serve(&state, request));
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(state.limits.head)
        .serve_connection(TokioIo::new(stream), service);
    let mut serving = pin!(serving);
    // A connection ends in an error when a fault drops it or the peer goes away: both are ordinary here.
    tokio::select! {
        _ = serving.as_mut() => {}
        _ = stopped.changed() => {
            serving.as_mut().graceful_shutdown();
            let _ = serving.await;
        }
    }
}
