//! Accepts connections and answers their requests until it is told to stop.

use super::Answer;
use crate::tls::ServerTls;
use crate::{Budget, Share, Stream};
use async_trait::async_trait;
use bridge_types::Phi;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::HeaderName;
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

/// Pause after a connection could not be accepted, for example for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Bytes of one connection that were read and belong to no body yet; the head of a request must fit.
const BUFFER: usize = crate::FREE;

/// What a server may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one body.
    pub body: usize,
    /// Connections at once.
    pub connections: usize,
    /// Bytes of all bodies in hand together, besides 64 KiB of each connection; one whole body at least. Beyond it requests are not
    /// read until others are answered.
    pub memory: usize,
    /// Time of a handshake, of a request's head, and of its body.
    pub time: Duration,
    /// How long requests in hand get to finish when the server stops.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1024 * 1024,
            connections: 64,
            memory: 256 * 1024 * 1024,
            time: Duration::from_secs(30),
            grace: Duration::from_secs(2),
        }
    }
}

/// How a server works.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its name, for the log.
    pub name: Arc<str>,
    /// Its limits.
    pub limits: Limits,
    /// Its identity; none speaks without TLS.
    pub tls: Option<Arc<ServerTls>>,
}

/// Why there is no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It was not complete in time.
    #[error("the body was not complete in time")]
    TooSlow,
    /// It is larger than [`Limits::body`].
    #[error("the body is larger than is taken")]
    TooLarge,
    /// The connection broke.
    #[error("the body broke off")]
    Broken,
}

/// A body, or its beginning. It counts against [`Limits::memory`] until this is dropped, whoever has the bytes by then.
#[derive(Debug)]
pub struct Body {
    /// The bytes.
    pub bytes: Phi<Vec<u8>>,
    /// Whether it is larger than [`Limits::body`], and this is its beginning.
    pub cut: bool,
    _share: Share,
}

/// A request whose body has not been read yet.
#[derive(Debug)]
pub struct Request {
    /// Method, path and headers.
    pub head: Parts,
    /// Who sends it.
    pub peer: SocketAddr,
    /// Whether the peer showed a certificate of an authority that is let in.
    pub certified: bool,
    /// What a server may use.
    pub limits: Limits,
    body: Incoming,
    share: Share,
}

impl Request {
    /// A header's text; empty where it is missing or no text.
    #[must_use]
    pub fn header(&self, name: &HeaderName) -> &str {
        self.head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// What kind of content the body says it is: in small letters, without parameters.
    #[must_use]
    pub fn content_type(&self) -> String {
        let whole = self.header(&hyper::header::CONTENT_TYPE);
        whole.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// Reads the body.
    ///
    /// # Errors
    /// [`BodyError`]
    pub async fn read(self) -> Result<Body, BodyError> {
        let deadline = Instant::now() + self.limits.time;
        let (body, _) = self.collect(deadline).await?;
        if body.cut { Err(BodyError::TooLarge) } else { Ok(body) }
    }

    /// Reads the body; of one that is too large, the beginning. Its rest is read and dropped, as far as it comes in time, since senders
    /// look at an answer when they have sent everything.
    ///
    /// # Errors
    /// [`BodyError`], but never that it is too large.
    pub async fn read_or_begin(self) -> Result<Body, BodyError> {
        let deadline = Instant::now() + self.limits.time;
        let (body, mut rest) = self.collect(deadline).await?;
        if body.cut {
            let drained = async { while let Some(Ok(_)) = rest.frame().await {} };
            let _ = timeout_at(deadline, drained).await;
        }
        Ok(body)
    }

    /// Reads up to the limit.
    async fn collect(self, deadline: Instant) -> Result<(Body, Incoming), BodyError> {
        let Self { mut body, mut share, limits, .. } = self;
        let mut bytes = Vec::new();
        let reading = async {
            while let Some(frame) = body.frame().await {
                // What is no data is trailers, which mean nothing here.
                let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
                let room = limits.body.saturating_sub(bytes.len());
                share.grow(bytes.len().saturating_add(data.len().min(room))).await;
                bytes.extend_from_slice(data.get(..room).unwrap_or(&data));
                if data.len() > room {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        let cut = timeout_at(deadline, reading).await.map_err(|_| BodyError::TooSlow)??;
        Ok((Body { bytes: Phi::new(bytes), cut, _share: share }, body))
    }
}

/// Answers requests.
#[async_trait]
pub trait Service: Send + Sync {
    /// Answers one.
    async fn answer(&self, request: Request) -> Answer;
}

/// Serves until `stop` resolves; requests in hand get [`Limits::grace`] more.
pub async fn serve(listener: TcpListener, options: Options, service: Arc<dyn Service>, stop: impl Future<Output = ()>) {
    let options = Arc::new(options);
    let budget = Arc::new(Budget::new(options.limits.memory, options.limits.body));
    let (end, ended) = watch::channel(false);
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        while connections.try_join_next().is_some() {}
        if connections.len() >= options.limits.connections.max(1) {
            tokio::select! {
                _ = connections.join_next() => continue,
                () = &mut stop => break,
            }
        }
        tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((socket, peer)) => {
                    let (options, budget) = (Arc::clone(&options), Arc::clone(&budget));
                    connections.spawn(connection(options, budget, Arc::clone(&service), socket, peer, ended.clone()));
                }
                Err(error) => {
                    tracing::warn!(source = &*options.name, kind = ?error.kind(), "a connection was not accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    let _ = end.send(true);
    let finished = async { while connections.join_next().await.is_some() {} };
    // What is not done by then is aborted with the set.
    let _ = timeout(options.limits.grace, finished).await;
}

/// Serves one connection.
async fn connection(
    options: Arc<Options>,
    budget: Arc<Budget>,
    service: Arc<dyn Service>,
    socket: TcpStream,
    peer: SocketAddr,
    mut ended: watch::Receiver<bool>,
) {
    let _ = socket.set_nodelay(true);
    let limits = options.limits;
    let stream = match timeout(limits.time, Stream::accept(socket, options.tls.as_deref())).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            let why = Stream::refusal(&error);
            tracing::warn!(source = &*options.name, %peer, why, "a connection could not be protected");
            return;
        }
        Err(_) => {
            tracing::warn!(source = &*options.name, %peer, "a handshake was not complete in time");
            return;
        }
    };
    let certified = stream.is_certified();
    let answer = service_fn(|request: hyper::Request<Incoming>| {
        let service = Arc::clone(&service);
        let (head, body) = request.into_parts();
        let request = Request { head, peer, certified, limits, body, share: budget.share() };
        async move { Ok::<Answer, Infallible>(service.answer(request).await) }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.time)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), answer);
    let mut serving = pin!(serving);
    // A connection ends in an error when the peer goes away or is too slow: both are ordinary.
    tokio::select! {
        _ = serving.as_mut() => {}
        _ = ended.changed() => {
            serving.as_mut().graceful_shutdown();
            let _ = serving.await;
        }
    }
}
