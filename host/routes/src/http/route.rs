//! The route itself.

use super::Secrets;
use crate::mllp::Answer;
use crate::{Cause, Delivered, DeliveryError, Outgoing, Route};
use async_trait::async_trait;
use bridge_net::tls::{ClientTls, trusting_nobody};
use bridge_types::contract::Format;
use bridge_types::{Clock, Secret};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, Url};
use rustls::ClientConfig;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::Mutex;

/// Bytes of an answer that are read.
const ANSWER_LIMIT: usize = 64 * 1024;
/// How long an unused connection is kept. Short, because servers close theirs.
const KEPT_UNUSED: Duration = Duration::from_secs(20);

/// Where notices go, and how.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// The address. `http` is for loopback addresses; whoever configures sees to that.
    pub url: Url,
    /// Whom to trust, and who we are; needed for `https`.
    pub tls: Option<Arc<ClientTls>>,
    /// What notices are signed with.
    pub secrets: Option<Secrets>,
    /// Sent as `Authorization: Bearer`.
    pub token: Option<Secret>,
    /// Time to get a connection.
    pub connect: Duration,
    /// Time from the first byte sent to the whole answer.
    pub answer: Duration,
}

/// Delivers by POST.
pub struct HttpRoute {
    options: HttpOptions,
    clock: Arc<dyn Clock>,
    /// The client, and the TLS settings it was made with.
    client: Mutex<Option<(Option<Arc<ClientConfig>>, Client)>>,
}

impl std::fmt::Debug for HttpRoute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpRoute").field("options", &self.options).finish_non_exhaustive()
    }
}

impl HttpRoute {
    /// A route to an address. Connects when the first item is delivered.
    #[must_use]
    pub fn new(options: HttpOptions, clock: Arc<dyn Clock>) -> Self {
        Self { options, clock, client: Mutex::new(None) }
    }

    /// The client; a new one where the certificates have changed.
    async fn client(&self) -> Result<Client, DeliveryError> {
        let tls = self.options.tls.as_ref().map(|tls| tls.current());
        let mut kept = self.client.lock().await;
        if let Some((made_with, client)) = kept.as_ref() {
            let same = match (made_with, &tls) {
                (Some(one), Some(other)) => Arc::ptr_eq(one, other),
                (None, None) => true,
                _ => false,
            };
            if same {
                return Ok(client.clone());
            }
        }
        let mut builder = Client::builder()
            .no_proxy()
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .user_agent(concat!("access-bridge/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.options.connect)
            .timeout(self.options.connect + self.options.answer)
            .pool_idle_timeout(KEPT_UNUSED)
            .pool_max_idle_per_host(1);
        let unusable = || DeliveryError::operator(Cause::Http { what: "the client cannot be set up" });
        let mut settings = match &tls {
            Some(tls) => ClientConfig::clone(tls),
            None => trusting_nobody().map_err(|_| unusable())?,
        };
        settings.alpn_protocols = vec![b"http/1.1".to_vec()];
        builder = builder.tls_backend_preconfigured(settings).https_only(self.options.url.scheme() == "https");
        let client = builder.build().map_err(|_| unusable())?;
        *kept = Some((tls, client.clone()));
        Ok(client)
    }

    fn headers(&self, item: &Outgoing, body: &[u8]) -> Result<HeaderMap, DeliveryError> {
        let value = |text: &str| {
            HeaderValue::from_str(text)
                .map_err(|_| DeliveryError::operator(Cause::Http { what: "a header cannot be written" }))
        };
        let now = self.clock.now();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(&item.format)));
        headers.insert("webhook-id", value(&item.id)?);
        headers.insert("idempotency-key", value(&item.id)?);
        headers.insert("webhook-timestamp", value(&now.as_millis().div_euclid(1000).to_string())?);
        if let Some(secrets) = &self.options.secrets {
            headers.insert("webhook-signature", value(&secrets.sign(&item.id, now, body))?);
        }
        if let Some(token) = &self.options.token {
            let mut bearer = value(&format!("Bearer {}", token.expose()))?;
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        Ok(headers)
    }

    fn refused(&self, status: u16, headers: &HeaderMap) -> DeliveryError {
        let cause = Cause::Status { status };
        match status {
            408 | 425 | 429 | 500.. => DeliveryError::retry_after(cause, self.retry_after(headers)),
            300..=399 | 401 | 403 | 404 | 405 | 407 | 410 | 421 => DeliveryError::operator(cause),
            _ => DeliveryError::reject(cause),
        }
    }

    /// What `Retry-After` says: seconds, or a date.
    fn retry_after(&self, headers: &HeaderMap) -> Option<Duration> {
        let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let now = UNIX_EPOCH + Duration::from_millis(u64::try_from(self.clock.now().as_millis()).ok()?);
        let date: SystemTime = httpdate::parse_http_date(text).ok()?;
        Some(date.duration_since(now).unwrap_or_default())
    }
}

const fn content_type(format: &Format) -> &'static str {
    match format {
        Format::Hl7v2 => "x-application/hl7-v2+er7; charset=utf-8",
        Format::Json => "application/cloudevents+json; charset=utf-8",
        Format::Fhir => "application/fhir+json; charset=utf-8",
        Format::Other(_) => "text/plain; charset=utf-8",
    }
}

#[async_trait]
impl Route for HttpRoute {
    async fn deliver(&self, item: &Outgoing) -> Result<Delivered, DeliveryError> {
        let body = item.text.expose().clone().into_bytes();
        let headers = self.headers(item, &body)?;
        let request = self.client().await?.post(self.options.url.clone()).headers(headers).body(body);
        let response = request.send().await.map_err(|error| {
            let what = if error.is_connect() {
                "no connection, or none that can be protected"
            } else if error.is_timeout() {
                "no answer in time"
            } else {
                "the connection broke"
            };
            DeliveryError::retry(Cause::Http { what })
        })?;
        let status = response.status().as_u16();
        if !(200..=299).contains(&status) {
            return Err(self.refused(status, response.headers()));
        }
        if item.format != Format::Hl7v2 {
            return Ok(Delivered::new(&status.to_string()));
        }
        // An engine may answer with an acknowledgement, and then that decides.
        match Answer::read(&beginning(response).await) {
            Answer::Accepted { code, .. } => Ok(Delivered::new(code)),
            Answer::Refused { code, text, .. } => Err(DeliveryError::reject(Cause::Refused { code, text })),
            Answer::Unreadable => Ok(Delivered::new(&status.to_string())),
        }
    }
}

/// As much of an answer as is looked at; nothing where it breaks off.
async fn beginning(mut response: Response) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        bytes.extend(chunk.iter().take(ANSWER_LIMIT.saturating_sub(bytes.len())));
        if bytes.len() >= ANSWER_LIMIT {
            break;
        }
    }
    bytes
}
