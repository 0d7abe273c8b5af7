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
//! Every refusal is an OperationOutcome. There is no TLS here: the endpoint listens on a loopback address, or behind a proxy that
//! speaks it.

#[cfg(test)]
mod tests;

use crate::{Form, Incoming, Limits, Sink, Taken};
use async_trait::async_trait;
use bridge_net::http::{
    Answer, BodyError, Limits as HttpLimits, Options, Outcome, Request, Service, Token, empty, serve,
};
use bridge_types::Secret;
use hyper::{Method, StatusCode};
use std::sync::Arc;
use tokio::net::TcpListener;

/// The operation that FHIR has for messages.
const PROCESS: &str = "/$process-message";

const UNMATCHED: Outcome = Outcome::warning(
    StatusCode::ACCEPTED,
    "not-found",
    "the message is stored; it could not be matched, and a person will look",
);
const NOT_FOUND: Outcome =
    Outcome::error(StatusCode::NOT_FOUND, "not-found", "messages are taken at / and at /$process-message");
const MEDIA_TYPE: Outcome =
    Outcome::error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-supported", "messages are taken as application/fhir+json");

/// An endpoint.
#[derive(Debug)]
pub struct HttpEndpoint {
    name: Arc<str>,
    token: Token,
    limits: HttpLimits,
    sink: Arc<dyn Sink>,
}

impl HttpEndpoint {
    /// An endpoint that takes requests with this token.
    #[must_use]
    pub fn new(name: Arc<str>, token: &Secret, limits: HttpLimits, sink: Arc<dyn Sink>) -> Self {
        let limits = HttpLimits { body: limits.body.min(Limits::BYTES), ..limits };
        Self { name, token: Token::new(token), limits, sink }
    }

    /// Serves until `stop` resolves; requests in hand get [`HttpLimits::grace`] more.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let options = Options { name: Arc::clone(&self.name), limits: self.limits, tls: None };
        serve(listener, options, Arc::new(self), stop).await;
    }

    async fn take(&self, request: Request) -> Result<Answer, Outcome> {
        // Nothing is told to whoever has no token, not even what there is.
        if !self.token.is_in(&request.head.headers) {
            return Err(Outcome::UNAUTHORIZED);
        }
        if request.head.uri.path() != "/" && !request.head.uri.path().ends_with(PROCESS) {
            return Err(NOT_FOUND);
        }
        if request.head.method != Method::POST {
            return Err(Outcome::ONLY_POST);
        }
        if !is_json(&request.content_type()) {
            return Err(MEDIA_TYPE);
        }
        let body = request.read().await.map_err(|error| match error {
            BodyError::TooSlow => Outcome::TOO_SLOW,
            BodyError::TooLarge => Outcome::TOO_LARGE,
            BodyError::Broken => Outcome::BROKEN,
        })?;
        let incoming = Incoming {
            bytes: body.bytes,
            cut: false,
            form: Form::Message,
            source: Arc::clone(&self.name),
            domains: [].into(),
        };
        match self.sink.take(incoming).await {
            Ok(Taken::Matched | Taken::Known) => Ok(empty(StatusCode::ACCEPTED)),
            Ok(Taken::Unmatched) => Err(UNMATCHED),
            Err(_) => Err(Outcome::NOT_NOW),
        }
    }
}

#[async_trait]
impl Service for HttpEndpoint {
    async fn answer(&self, request: Request) -> Answer {
        self.take(request).await.unwrap_or_else(Outcome::answer)
    }
}

fn is_json(content_type: &str) -> bool {
    content_type == "application/json" || (content_type.starts_with("application/") && content_type.ends_with("+json"))
}
