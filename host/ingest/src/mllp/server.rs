//! Accepts connections until it is told to stop.

use super::connection::{self, Room};
use super::seats::Seats;
use super::{Counters, Handler, Limits};
use crate::Source;
use crate::ack::Acknowledger;
use bridge_net::Budget;
use bridge_net::tls::ServerTls;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

/// Pause after the system refused to accept, for example for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How a listener works.
#[derive(Debug, Clone)]
pub struct Options {
    /// The name feeds of this listener carry.
    pub source: Source,
    /// Its limits.
    pub limits: Limits,
    /// Writes the answer to a message that is too large to be handed on.
    pub acknowledger: Acknowledger,
    /// Where it counts.
    pub counters: Arc<Counters>,
    /// Its identity, and whom it lets in; none speaks without TLS.
    pub tls: Option<Arc<ServerTls>>,
}

/// Serves MLLP on `listener` until `stop` completes; then finishes the messages in hand and resets the connections.
///
/// Returns when every connection has ended, at the latest after [`Limits::grace`]. Dropping the future resets all
/// connections at once.
pub async fn serve(
    listener: TcpListener,
    options: Options,
    handler: Arc<dyn Handler>,
    stop: impl Future<Output = ()> + Send,
) {
    let options = Arc::new(options);
    let seats = Seats::new(options.limits.connections, options.limits.of_one_peer);
    let budget = Budget::new(options.limits.memory, options.limits.frame);
    let (stopping, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stop => break,
            Some(ended) = tasks.join_next(), if !tasks.is_empty() => {
                report(&options, &ended);
                continue;
            }
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => match seats.take(peer) {
                Some(given) => {
                    if let Some(before) = given.before {
                        tracing::warn!(source = %options.source, %peer, closed = %before, "too many connections, the one that was idle longest was reset");
                    }
                    let room = Room { seat: given.seat, share: budget.share() };
                    let serving = connection::serve(
                        stream,
                        peer,
                        room,
                        Arc::clone(&options),
                        Arc::clone(&handler),
                        stopped.clone(),
                    );
                    tasks.spawn(serving);
                }
                None => {
                    // Zero linger turns the close into a reset, which engines notice at once.
                    let _ = stream.set_zero_linger();
                    drop(stream);
                    let turned_away = options.counters.count_turned_away();
                    tracing::warn!(source = %options.source, %peer, turned_away, "too many connections, turned one away");
                }
            },
            Err(error) => {
                tracing::warn!(source = %options.source, error = %error.kind(), "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    let _ = stopping.send(true);
    let drained = tokio::time::timeout(options.limits.grace, async {
        while let Some(ended) = tasks.join_next().await {
            report(&options, &ended);
        }
    });
    if drained.await.is_err() {
        tracing::warn!(source = %options.source, connections = tasks.len(), "messages in hand took too long, connections reset");
        tasks.shutdown().await;
    }
}

/// A connection's task ends with an error only where a handler panicked; its connection was reset.
fn report(options: &Options, ended: &Result<(), JoinError>) {
    if ended.as_ref().is_err_and(JoinError::is_panic) {
        options.counters.count_reset();
        tracing::error!(source = %options.source, "a handler failed, its connection was reset");
    }
}
