//! Accepts connections and answers their requests until it is told to stop.

use super::Answer;
use crate::Stream;
use crate::tls::ServerTls;
use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
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
use tokio::time::timeout;

/// Pause after a connection could not be accepted, for example for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a server may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one body.
    pub body: usize,
    /// Connections at once.
    pub connections: usize,
    /// Time of a handshake, of a request's head, and of its body.
    pub time: Duration,
    /// How long requests in hand get to finish when the server stops.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body: 1024 * 1024, connections: 64, time: Duration::from_secs(30), grace: Duration::from_secs(2) }
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

/// A request whose body has not been read yet.
#[derive(Debug)]
pub struct Request {
    /// Method, path and headers.
    pub head: Parts,
    /// Who sends it.
    pub peer: SocketAddr,
    /// Whether the peer showed a certificate of an authority that is let in.
    pub certified: bool,
    body: Incoming,
    limits: Limits,
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
    pub async fn read(self) -> Result<Bytes, BodyError> {
        match timeout(self.limits.time, Limited::new(self.body, self.limits.body).collect()).await {
            Err(_) => Err(BodyError::TooSlow),
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
            Ok(Err(_)) => Err(BodyError::Broken),
        }
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
                    connections.spawn(connection(Arc::clone(&options), Arc::clone(&service), socket, peer, ended.clone()));
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
        async move { Ok::<Answer, Infallible>(service.answer(Request { head, peer, certified, body, limits }).await) }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.time)
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
