//! The sandbox as a server: it listens, serves connections, watches the clock and stops.

use crate::handle::Handle;
use crate::options::Options;
use crate::post::post_all;
use crate::scenario::{Scenario, ScenarioError};
use crate::service::serve;
use crate::setup::{Posts, state};
use crate::state::State;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::MissedTickBehavior;

/// Path of the FHIR base, without a trailing slash.
pub const BASE_PATH: &str = "/cdx/services/fhir";
/// Path of the token endpoint.
pub const TOKEN_PATH: &str = "/oauth2/token";
/// What the paths of the sandbox's own calls begin with: `/clock` and `/state` below it. Served to loopback addresses only.
pub const ADMIN_PATH: &str = "/admin";

/// How long connections get to finish their request when the sandbox stops.
const GRACE: Duration = Duration::from_secs(2);
/// Pause after a connection could not be accepted, for example for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How often the clock is looked at for what falls due.
const LOOK: Duration = Duration::from_secs(1);

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
    /// The folder for e-mail files is missing and cannot be made.
    #[error("could not make the folder {0} for e-mail files: {1}")]
    Mail(PathBuf, #[source] io::Error),
    /// Messages would leave the machine in plain text.
    #[error("`notices.url` is not a loopback address, which only a sandbox for other machines may post to")]
    PostsElsewhere,
    /// The operating system gives no random numbers.
    #[error("no random numbers are available")]
    Random,
}

impl Sandbox {
    /// Starts serving on a listener. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// The listener is not on a loopback address and the options do not allow that; the scenario names a track the guide
    /// does not have, has more beneficiaries than the limit, or posts messages to another machine where the options do not
    /// allow other machines; the folder for e-mail files cannot be made.
    pub fn start(listener: TcpListener, scenario: Scenario, options: Options) -> Result<Running, StartError> {
        let local_addr = listener.local_addr().map_err(StartError::Address)?;
        if !local_addr.ip().is_loopback() && !options.allow_other_machines {
            return Err(StartError::NotLoopback(local_addr));
        }
        let (state, posts) = state(local_addr, scenario, options)?;
        let state = Arc::new(state);
        // What is due on the first day.
        state.deliver();
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(listen(listener, Arc::clone(&state), posts, stopped));
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

    /// What the sandbox's own calls begin with, without a trailing slash: `POST …/clock`, `GET …/state`.
    #[must_use]
    pub fn admin_url(&self) -> String {
        format!("http://{}{ADMIN_PATH}", self.local_addr)
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

/// Accepts connections until it is told to stop. Aborting it aborts the connections with it.
async fn listen(listener: TcpListener, state: Arc<State>, posts: Option<Posts>, mut stopped: watch::Receiver<bool>) {
    let mut clock = JoinSet::new();
    clock.spawn(watch_clock(Arc::clone(&state)));
    let mut posting = JoinSet::new();
    if let Some(Posts { target, messages }) = posts {
        posting.spawn(post_all(target, messages, Arc::clone(&state.dispatch().tally)));
    }
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
                Ok((stream, peer)) => {
                    connections.spawn(connection(stream, peer, Arc::clone(&state), stopped.clone()));
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
    clock.abort_all();
    let finished = async {
        while connections.join_next().await.is_some() {}
        state.dispatch().close();
        while posting.join_next().await.is_some() {}
    };
    // What is not done by then is aborted with the set.
    let _ = tokio::time::timeout(GRACE, finished).await;
}

/// Tells what falls due while nobody asks.
async fn watch_clock(state: Arc<State>) {
    let mut looks = tokio::time::interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        state.settle();
    }
}

/// Serves one connection.
async fn connection(stream: TcpStream, peer: SocketAddr, state: Arc<State>, mut stopped: watch::Receiver<bool>) {
    let service = service_fn(|request| serve(&state, peer, request));
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
