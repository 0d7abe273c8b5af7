//! The sources of a configuration: bound and looked at before anything is started, then run.

use crate::config::{Config, SourceSettings, Stream};
use crate::door::{Door, MllpDoor};
use crate::output::Trouble;
use crate::service::listen_hint;
use bridge_ingest::ack::{Acknowledger, Mode};
use bridge_ingest::http::HttpDoor;
use bridge_ingest::{Intake, Source, SourceKind, folder, jetstream, mllp, stdin};
use bridge_net::http::{self, Token};
use bridge_net::nats;
use bridge_net::tls::ServerTls;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// A part of the service.
pub type Part = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A source that stands ready.
#[derive(Debug)]
pub struct BoundSource {
    /// Its name.
    pub name: String,
    bound: Bound,
}

#[derive(Debug)]
enum Bound {
    Mllp { listener: TcpListener, address: SocketAddr, tls: Option<Arc<ServerTls>>, mode: Mode },
    Http { listener: TcpListener, address: SocketAddr, tls: Option<Arc<ServerTls>>, mode: Mode, token: Option<Token> },
    Folder { path: PathBuf, every: Duration, quiet: Duration, acks: bool },
    Stdin,
    Jetstream { stream: Stream, nats: nats::Options },
}

/// What the sources share.
pub struct SourceContext<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The way in.
    pub door: Arc<Door>,
    /// Writes the answers.
    pub acknowledger: Acknowledger,
    /// When to stop.
    pub stopped: watch::Receiver<bool>,
}

impl std::fmt::Debug for SourceContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SourceContext").finish_non_exhaustive()
    }
}

/// Binds every listener, and reads every identity and token.
///
/// # Errors
/// What cannot be used, with its key.
pub async fn bind(config: &Config) -> Result<Vec<BoundSource>, Trouble> {
    let mut sources = Vec::new();
    for source in config.sources()? {
        let tls_key = format!("source.{}.tls", source.index);
        let bound = match source.settings {
            SourceSettings::Mllp { listen, tls, mode } => {
                let tls = config.certificates(&tls_key, tls)?;
                let (listener, address) = listen_on(&source.name, listen).await?;
                Bound::Mllp { listener, address, tls, mode }
            }
            SourceSettings::Http { listen, tls, mode } => {
                let tls = config.certificates(&tls_key, tls)?;
                let token = config.source_token(source.index)?.map(|secret| Token::new(&secret));
                let (listener, address) = listen_on(&source.name, listen).await?;
                Bound::Http { listener, address, tls, mode, token }
            }
            SourceSettings::Folder { path, every, quiet, acks } => Bound::Folder { path, every, quiet, acks },
            SourceSettings::Stdin => Bound::Stdin,
            SourceSettings::Jetstream(stream) => Bound::Jetstream { stream, nats: config.nats()? },
        };
        sources.push(BoundSource { name: source.name, bound });
    }
    Ok(sources)
}

async fn listen_on(name: &str, address: SocketAddr) -> Result<(TcpListener, SocketAddr), Trouble> {
    let cannot = |error: std::io::Error| {
        Trouble::failed(format!("source {name}: cannot listen on {address}: {error}"))
            .hint(listen_hint(&error, "`listen` of this [[source]]"))
    };
    let listener = TcpListener::bind(address).await.map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    Ok((listener, address))
}

impl BoundSource {
    /// Where it listens, and for what, if it does.
    #[must_use]
    pub const fn listens(&self) -> Option<(SourceKind, SocketAddr)> {
        match &self.bound {
            Bound::Mllp { address, .. } => Some((SourceKind::Mllp, *address)),
            Bound::Http { address, .. } => Some((SourceKind::Http, *address)),
            Bound::Folder { .. } | Bound::Stdin | Bound::Jetstream { .. } => None,
        }
    }

    /// The parts of the service that it needs, each with a name.
    ///
    /// # Errors
    /// A folder that cannot be worked in.
    pub fn parts(self, context: &SourceContext<'_>) -> Result<Vec<(String, Part)>, Trouble> {
        let name = self.name;
        let file = &context.config.file;
        let stop = || until(context.stopped.clone());
        let intake = || Arc::clone(&context.door) as Arc<dyn Intake>;
        let mut parts: Vec<(String, Part)> = Vec::new();
        let mut watch = |tls: &Option<Arc<ServerTls>>| {
            if let Some(tls) = tls {
                let watching = Arc::clone(tls).watch(format!("source {name}"), file.times.certificates.0, stop());
                parts.push((format!("the look-out for certificates of source {name}"), Box::pin(watching)));
            }
        };
        let part: Part = match self.bound {
            Bound::Mllp { listener, tls, mode, .. } => {
                watch(&tls);
                let acknowledger = context.acknowledger.clone().with_mode(mode);
                let options = mllp::Options {
                    source: Source::new(SourceKind::Mllp, &name),
                    limits: mllp::Limits {
                        connections: file.limits.connections,
                        of_one_peer: file.limits.of_one_peer(),
                        idle: file.times.idle.0,
                        memory: file.limits.listener_bytes,
                        frame: file.limits.frame_bytes,
                        frame_time: file.times.frame.0,
                        ..mllp::Limits::default()
                    },
                    acknowledger: acknowledger.clone(),
                    counters: Arc::default(),
                    tls,
                };
                let handler = Arc::new(MllpDoor { door: Arc::clone(&context.door), acknowledger });
                Box::pin(mllp::serve(listener, options, handler, stop()))
            }
            Bound::Http { listener, tls, mode, token, .. } => {
                watch(&tls);
                let limits = http::Limits {
                    body: file.limits.frame_bytes,
                    connections: file.limits.connections,
                    memory: file.limits.listener_bytes,
                    time: file.times.frame.0,
                    grace: mllp::Limits::default().grace,
                };
                let options = http::Options { name: name.as_str().into(), limits, tls };
                let source = Source::new(SourceKind::Http, &name);
                let acknowledger = context.acknowledger.clone().with_mode(mode);
                let door = Arc::new(HttpDoor { source, token, acknowledger, intake: intake() });
                Box::pin(http::serve(listener, options, door, stop()))
            }
            Bound::Folder { path, every, quiet, acks } => {
                let unusable = |error: std::io::Error| {
                    Trouble::usage(format!("source {name}: {}: {error}", path.display()))
                        .hint("make it, writable for this program, or change `path` of this [[source]]")
                };
                let options = folder::Options {
                    name: name.clone(),
                    path: path.clone(),
                    every,
                    quiet,
                    limit: file.limits.frame_bytes,
                    acknowledger: acks.then(|| context.acknowledger.clone()),
                };
                let folder = folder::Folder::new(options, intake()).map_err(unusable)?;
                Box::pin(folder.run(stop()))
            }
            Bound::Jetstream { stream, nats } => {
                if let Some(tls) = &nats.tls {
                    let watching = Arc::clone(tls).watch(format!("source {name}"), file.times.certificates.0, stop());
                    parts.push((format!("the look-out for certificates of source {name}"), Box::pin(watching)));
                }
                let options = jetstream::Options {
                    name: name.clone(),
                    nats,
                    stream: stream.stream,
                    subject: stream.subject,
                    durable: stream.durable,
                    dead_subject: stream.dead_subject,
                    ack_wait: stream.ack_wait,
                    in_flight: stream.in_flight,
                };
                Box::pin(jetstream::consume(options, intake(), stop()))
            }
            Bound::Stdin => {
                let taking = stdin::take(std::io::stdin(), file.limits.frame_bytes, intake(), stop());
                let stop = stop();
                // What was taken is still to be worked on: the service goes on when the input has ended.
                Box::pin(async move {
                    taking.await;
                    stop.await;
                })
            }
        };
        parts.push((format!("source {name}"), part));
        Ok(parts)
    }
}

/// Resolves when the service stops.
pub async fn until(mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow_and_update() {
        if stopped.changed().await.is_err() {
            return;
        }
    }
}
