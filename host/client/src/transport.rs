//! One HTTP exchange: a bounded answer, or how far it came. Repeats nothing, follows nothing.

use crate::{ClientConfig, ConfigError, tls::tls_settings};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, ClientBuilder, RequestBuilder};
use std::error::Error;
use std::time::Duration;

/// Longest text taken over from a header, in characters.
const LONGEST_HEADER_TEXT: usize = 200;

/// How long an unused connection is kept. Short, because servers close theirs and a request that meets the closing is lost.
const IDLE_LIMIT: Duration = Duration::from_secs(20);

/// Unused connections kept per host.
const IDLE_CONNECTIONS: usize = 32;

/// Why no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// No connection in time; nothing was sent.
    Connect,
    /// The TLS handshake failed for good; nothing was sent.
    Tls,
    /// The request is none; nothing was sent.
    Unsendable,
    /// The connection broke, or what came was not HTTP; the request may have arrived.
    Lost,
    /// Time ran out; the request may have arrived.
    TimedOut,
}

/// How an answer's body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyEnd {
    /// It is all there.
    Whole,
    /// It is longer than the limit.
    TooLarge,
    /// The connection broke.
    Lost,
    /// Time ran out.
    TimedOut,
}

/// An answer whose status and headers came, whatever became of the body.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) body_end: BodyEnd,
}

/// The HTTP connections of one client.
pub(crate) struct Transport {
    pooled: Client,
    unpooled: Client,
}

impl Transport {
    /// # Errors
    ///
    /// Where TLS or the HTTP client cannot be set up.
    pub(crate) fn new(config: &ClientConfig) -> Result<Self, ConfigError> {
        let tls = tls_settings(config.extra_ca_pem.as_deref(), config.needs_tls())?;
        let build = |idle: usize| {
            let mut builder = Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .https_only(config.is_all_tls())
                .http1_only()
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .user_agent(concat!("access-bridge/", env!("CARGO_PKG_VERSION")))
                .default_headers(HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]))
                .connect_timeout(config.timeouts.connect)
                .timeout(config.timeouts.request)
                .pool_idle_timeout(IDLE_LIMIT)
                .pool_max_idle_per_host(idle);
            builder = set_proxy(builder, config)?;
            builder.build().map_err(build_error)
        };
        Ok(Self { pooled: build(IDLE_CONNECTIONS)?, unpooled: build(0)? })
    }

    /// Connections that are kept and used again.
    pub(crate) const fn pooled(&self) -> &Client {
        &self.pooled
    }

    /// A new connection for each request.
    pub(crate) const fn unpooled(&self) -> &Client {
        &self.unpooled
    }
}

fn set_proxy(builder: ClientBuilder, config: &ClientConfig) -> Result<ClientBuilder, ConfigError> {
    // First of all, so that proxy variables of the environment never count.
    let builder = builder.no_proxy();
    let Some(url) = &config.proxy else { return Ok(builder) };
    let direct = reqwest::NoProxy::from_string("localhost,127.0.0.0/8,::1");
    Ok(builder.proxy(reqwest::Proxy::all(url.clone()).map_err(build_error)?.no_proxy(direct)))
}

fn build_error(error: reqwest::Error) -> ConfigError {
    ConfigError::Build(Box::new(error.without_url()))
}

/// Sends a request and reads at most `limit` bytes of the answer's body.
///
/// # Errors
///
/// Where no status line and headers came.
pub(crate) async fn exchange(request: RequestBuilder, limit: usize) -> Result<Reply, Trouble> {
    let mut response = request.send().await.map_err(|error| find_trouble(&error))?;
    let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
    let mut bytes = Vec::new();
    let body_end = loop {
        match response.chunk().await {
            Ok(None) => break BodyEnd::Whole,
            Ok(Some(chunk)) => {
                let room = limit.saturating_sub(bytes.len());
                bytes.extend(chunk.iter().take(room));
                if chunk.len() > room {
                    break BodyEnd::TooLarge;
                }
            }
            Err(error) if error.is_timeout() => break BodyEnd::TimedOut,
            Err(_) => break BodyEnd::Lost,
        }
    };
    let text = String::from_utf8_lossy(&bytes);
    let body = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
    Ok(Reply { status, headers, body, body_end })
}

impl Reply {
    /// `Content-Type`, fit to be shown; empty when it is missing.
    pub(crate) fn content_type(&self) -> String {
        self.header_text(CONTENT_TYPE.as_str()).unwrap_or_default()
    }

    /// A header as printable ASCII of bounded length; none when it is missing or nothing of it remains.
    pub(crate) fn header_text(&self, name: &str) -> Option<String> {
        let value = self.headers.get(name)?;
        let printable = value.as_bytes().iter().filter(|byte| **byte == b' ' || byte.is_ascii_graphic());
        let text: String = printable.take(LONGEST_HEADER_TEXT).map(|byte| char::from(*byte)).collect();
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }
}

/// How far a failed request came. In doubt it may have arrived.
fn find_trouble(error: &reqwest::Error) -> Trouble {
    if error.is_builder() {
        Trouble::Unsendable
    } else if !error.is_connect() {
        if error.is_timeout() { Trouble::TimedOut } else { Trouble::Lost }
    } else if is_tls_refusal(error) {
        Trouble::Tls
    } else {
        Trouble::Connect
    }
}

/// Whether a handshake failed in a way that repeating does not mend.
fn is_tls_refusal(error: &reqwest::Error) -> bool {
    let mut next = error.source();
    while let Some(error) = next {
        if let Some(refusal) = error.downcast_ref::<rustls::Error>() {
            return is_lasting(refusal);
        }
        // An io::Error's source is its content's source, so its content must be looked at first.
        next = match error.downcast_ref::<std::io::Error>() {
            Some(error) => error.get_ref().map(|content| content as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    false
}

const fn is_lasting(refusal: &rustls::Error) -> bool {
    use rustls::{AlertDescription as Alert, Error};
    match refusal {
        Error::InvalidCertificate(_)
        | Error::NoCertificatesPresented
        | Error::UnsupportedNameType
        | Error::PeerIncompatible(_)
        | Error::InvalidMessage(_) => true,
        Error::AlertReceived(alert) => matches!(
            alert,
            Alert::ProtocolVersion
                | Alert::HandshakeFailure
                | Alert::InsufficientSecurity
                | Alert::UnrecognisedName
                | Alert::CertificateRequired
                | Alert::AccessDenied
        ),
        _ => false,
    }
}
