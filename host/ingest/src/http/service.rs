//! Which request is whose.

use super::{fhir, hl7};
use crate::ack::Acknowledger;
use crate::{Discard, Intake, Received, Source};
use async_trait::async_trait;
use bridge_net::http::{Answer, BodyError, Outcome, Request, Service, Token, answer};
use hyper::header::{CONTENT_ENCODING, ORIGIN};
use hyper::{Method, StatusCode};
use std::sync::Arc;

const NOT_FOUND: Outcome = Outcome::error(StatusCode::NOT_FOUND, "not-found", "feeds are taken at /hl7v2 and at /fhir");
const FROM_A_PAGE: Outcome =
    Outcome::error(StatusCode::FORBIDDEN, "forbidden", "without a token nothing is taken from web pages");
/// Takes feeds over HTTP.
pub struct HttpDoor {
    /// The name feeds carry.
    pub source: Source,
    /// What requests must carry; none where certificates, or the loopback address, decide who gets in.
    pub token: Option<Token>,
    /// Writes the acknowledgements.
    pub acknowledger: Acknowledger,
    /// Takes the feeds.
    pub intake: Arc<dyn Intake>,
}

impl std::fmt::Debug for HttpDoor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpDoor").field("source", &self.source).finish_non_exhaustive()
    }
}

impl HttpDoor {
    async fn take(&self, request: Request) -> Result<Answer, Outcome> {
        if request.head.method == Method::GET {
            match request.head.uri.path() {
                "/livez" => return Ok(answer(StatusCode::OK, "text/plain", "ok\n")),
                "/readyz" if self.intake.is_ready().await => return Ok(answer(StatusCode::OK, "text/plain", "ok\n")),
                "/readyz" => {
                    return Ok(answer(StatusCode::SERVICE_UNAVAILABLE, "text/plain", "feeds cannot be stored now\n"));
                }
                _ => {}
            }
        }
        match &self.token {
            // Nothing is told to whoever has no token, not even what there is.
            Some(token) if !token.is_in(&request.head.headers) => return Err(Outcome::UNAUTHORIZED),
            // A page in a browser on this machine reaches loopback addresses, too, and browsers say where it is from.
            None if request.head.headers.contains_key(ORIGIN) => return Err(FROM_A_PAGE),
            _ => {}
        }
        let take = match request.head.uri.path() {
            "/hl7v2" => Kind::Hl7,
            "/fhir" => Kind::Fhir,
            _ => return Err(NOT_FOUND),
        };
        if request.head.method != Method::POST {
            return Err(Outcome::ONLY_POST);
        }
        let named = request.content_type();
        let encoded = !matches!(request.header(&CONTENT_ENCODING), "" | "identity");
        let is_form = named.starts_with("multipart/") || named == "application/x-www-form-urlencoded";
        let peer = Some(request.peer);
        let limit = request.limits.body;
        let body = request.read_or_begin().await.map_err(without_body)?;
        let refused = if body.cut {
            Some((Discard::TooLarge, Discard::too_large(limit)))
        } else if encoded || is_form {
            Some((Discard::Wrapped, Discard::wrapped()))
        } else {
            None
        };
        let came = Received { bytes: body.bytes, peer, source: self.source.clone(), position: 1 };
        match (take, refused) {
            (Kind::Hl7, None) => hl7::take(self, &named, came).await,
            (Kind::Fhir, None) => fhir::take(self, came).await,
            (kind, Some((why, issue))) => {
                let answer = match kind {
                    Kind::Hl7 => hl7::refuse(self, &named, &came, issue),
                    Kind::Fhir => fhir::refuse(&issue),
                };
                tracing::warn!(source = %self.source, peer = ?peer, reason = why.as_str(), "a body was refused and kept");
                self.intake.keep(came, why, true).await.map_err(|_| Outcome::NOT_NOW)?;
                Ok(answer)
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Hl7,
    Fhir,
}

#[async_trait]
impl Service for HttpDoor {
    async fn answer(&self, request: Request) -> Answer {
        self.take(request).await.unwrap_or_else(Outcome::answer)
    }
}

/// What is answered where there is no body.
const fn without_body(error: BodyError) -> Outcome {
    match error {
        BodyError::TooSlow => Outcome::TOO_SLOW,
        BodyError::TooLarge => Outcome::TOO_LARGE,
        BodyError::Broken => Outcome::BROKEN,
    }
}
