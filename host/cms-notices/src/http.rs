//! An endpoint that takes message Bundles.
//!
//! | request | answer |
//! |---|---|
//! | `POST /` or `POST …/$process-message`, JSON, with the token | 202 once it is stored: without a body, or with an OperationOutcome (warning) where it could not be matched and waits for a person |
//! | without the token, or with another | 401 |
//! | another path, method or content type | 404, 405, 415 |
//! | more than the limit, or too slow | 413, 408 |
//! | own trouble | 503 with `Retry-After` |
//!
//! Every refusal is an OperationOutcome. The token is compared in constant time. There is no TLS here: the endpoint listens on a
//! loopback address, or behind a proxy that speaks it.

mod answer;
#[cfg(test)]
mod tests;

use crate::{Form, Incoming, Limits, Sink, Taken};
use answer::Answer;
use bridge_types::{Phi, Secret, content_hash};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming as RequestBody;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use subtle::ConstantTimeEq;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The operation that FHIR has for messages.
const PROCESS: &str = "/$process-message";
/// How long connections get to finish their request when the endpoint stops.
const GRACE: Duration = Duration::from_secs(2);
/// Pause after a connection could not be accepted, for example for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What an endpoint may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpLimits {
    /// Bytes of one body. At most [`Limits::BYTES`].
    pub body: usize,
    /// Connections at once.
    pub connections: usize,
    /// Time of a request's head, and of its body.
    pub time: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self { body: 1024 * 1024, connections: 64, time: Duration::from_secs(30) }
    }
}

/// An endpoint.
#[derive(Debug)]
pub struct HttpEndpoint {
    name: Arc<str>,
    /// Digest of the token: comparing digests tells nothing about the token's length.
    token: String,
    limits: HttpLimits,
    sink: Arc<dyn Sink>,
}

impl HttpEndpoint {
    /// An endpoint that takes requests with this token.
    #[must_use]
    pub fn new(name: Arc<str>, token: &Secret, limits: HttpLimits, sink: Arc<dyn Sink>) -> Self {
        Self { name, token: content_hash(token.expose().as_bytes()), limits, sink }
    }

    /// Serves until `stop` resolves; requests in hand get two seconds more.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let endpoint = Arc::new(self);
        let (end, ended) = watch::channel(false);
        let mut connections = JoinSet::new();
        tokio::pin!(stop);
        loop {
            while connections.try_join_next().is_some() {}
            if connections.len() >= endpoint.limits.connections.max(1) {
                tokio::select! {
                    _ = connections.join_next() => continue,
                    () = &mut stop => break,
                }
            }
            tokio::select! {
                () = &mut stop => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(connection(Arc::clone(&endpoint), stream, ended.clone()));
                    }
                    Err(error) => {
                        tracing::warn!(source = &*endpoint.name, kind = ?error.kind(), "a connection was not accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
        drop(listener);
        let _ = end.send(true);
        let finished = async { while connections.join_next().await.is_some() {} };
        // What is not done by then is aborted with the set.
        let _ = tokio::time::timeout(GRACE, finished).await;
    }

    async fn answer(&self, request: Request<RequestBody>) -> Answer {
        let (head, body) = request.into_parts();
        // Nothing is told to whoever has no token, not even what there is.
        if !self.is_allowed(&head) {
            return Answer::UNAUTHORIZED;
        }
        if head.uri.path() != "/" && !head.uri.path().ends_with(PROCESS) {
            return Answer::NOT_FOUND;
        }
        if head.method != Method::POST {
            return Answer::METHOD;
        }
        if !is_json(header(&head, &CONTENT_TYPE)) {
            return Answer::MEDIA_TYPE;
        }
        let limit = self.limits.body.min(Limits::BYTES);
        let bytes = match tokio::time::timeout(self.limits.time, Limited::new(body, limit).collect()).await {
            Err(_) => return Answer::TOO_SLOW,
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) if error.is::<LengthLimitError>() => return Answer::TOO_LARGE,
            Ok(Err(_)) => return Answer::BROKEN,
        };
        let incoming = Incoming {
            bytes: Phi::new(bytes.to_vec()),
            cut: false,
            form: Form::Message,
            source: Arc::clone(&self.name),
            domains: [].into(),
        };
        match self.sink.take(incoming).await {
            Ok(Taken::Matched | Taken::Known) => Answer::TAKEN,
            Ok(Taken::Unmatched) => Answer::UNMATCHED,
            Err(_) => Answer::NOT_NOW,
        }
    }

    fn is_allowed(&self, head: &Parts) -> bool {
        let mut given = head.headers.get_all(AUTHORIZATION).iter();
        let (Some(given), None) = (given.next().and_then(|value| value.to_str().ok()), given.next()) else {
            return false;
        };
        let Some((scheme, token)) = given.split_once(' ') else { return false };
        let known = content_hash(token.trim().as_bytes());
        scheme.eq_ignore_ascii_case("bearer") && bool::from(known.as_bytes().ct_eq(self.token.as_bytes()))
    }
}

fn header<'a>(head: &'a Parts, name: &HeaderName) -> &'a str {
    head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Serves one connection.
async fn connection(endpoint: Arc<HttpEndpoint>, stream: TcpStream, mut ended: watch::Receiver<bool>) {
    let service = service_fn(|request| {
        let endpoint = Arc::clone(&endpoint);
        async move { Ok::<Response<Full<Bytes>>, Infallible>(endpoint.answer(request).await.into_response()) }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(endpoint.limits.time)
        .serve_connection(TokioIo::new(stream), service);
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
