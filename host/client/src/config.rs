//! What a client is made of, and which settings make none.

mod error;

use crate::address::{AddressFault, check_address};
use bridge_types::Secret;
pub use error::{ConfigError, Setting, Unfit};
use std::fmt;
use std::time::Duration;
use url::Url;

/// The scope asked for unless configured.
pub const DEFAULT_SCOPE: &str = "cdx/*.read cdx/fhir-resource.write";

/// The largest answer limit that can be set: 64 MiB.
const GREATEST_ANSWER_LIMIT: usize = 64 << 20;

/// One participant's access to one ACCESS API. A client is made of it by [`crate::AccessClient::new`], which validates it.
#[derive(Clone)]
pub struct ClientConfig {
    /// Base URL up to but not including `/access`, for example `https://host/cdx/services/fhir`.
    pub base: Url,
    /// The token endpoint.
    pub token_url: Url,
    /// How the client authenticates at the token endpoint. Default [`TokenAuth::Auto`].
    pub auth: TokenAuth,
    /// OAuth client id.
    pub client_id: String,
    /// OAuth client secret.
    pub client_secret: Secret,
    /// Scopes, separated by blanks; empty asks for none. Default [`DEFAULT_SCOPE`].
    pub scope: String,
    /// When a token is used again. Default [`TokenReuse::WhileEnoughLeft`].
    pub token_reuse: TokenReuse,
    /// Time limits.
    pub timeouts: Timeouts,
    /// Most bytes of an answer's body that are read; 1 KiB to 64 MiB. Default 1 MiB.
    pub answer_limit: usize,
    /// Whether a POST may use a connection that was used before. Default [`SubmitConnection::Fresh`].
    pub submit_connection: SubmitConnection,
    /// Other origins (scheme, host and port count; the rest is ignored) whose status URLs may be polled with the token.
    pub allowed_origins: Vec<Url>,
    /// Certificates (PEM) trusted in addition to the system's roots.
    pub extra_ca_pem: Option<Vec<u8>>,
    /// HTTP proxy (`http://host:port`) to tunnel through with CONNECT; TLS stays end to end. Never used for loopback addresses.
    /// Unset: connections are direct, whatever `HTTPS_PROXY` and its kin say.
    pub proxy: Option<Url>,
}

/// How the client authenticates at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TokenAuth {
    /// `Authorization: Basic`, id and secret form-encoded first (RFC 6749 section 2.3.1).
    Basic,
    /// `client_id` and `client_secret` as form fields.
    Form,
    /// Basic, then form fields where the answer is 401, `invalid_client` or `invalid_request`; whatever worked is tried first
    /// from then on.
    #[default]
    Auto,
}

/// When a token is used again. The guide asks both for a new token per request and for caching.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TokenReuse {
    /// Until less is left than 60 seconds or a fifth of its life, whichever is shorter.
    #[default]
    WhileEnoughLeft,
    /// As above for polls; each POST wants a token that was issued after the POST was asked for. POSTs that wait at the same
    /// time share one.
    FreshPerSubmit,
}

/// Whether a POST may use a connection that was used before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SubmitConnection {
    /// A new connection for each POST. A kept connection that the server closes just then loses the POST in a way that cannot
    /// be told from an accepted one; a handshake is cheaper than a person looking.
    #[default]
    Fresh,
    /// Connections from the pool.
    Pooled,
}

/// Time limits of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Name resolution, TCP and TLS together. Default 10 s; shorter than `request`.
    pub connect: Duration,
    /// The whole request: connecting, sending, the answer with its body. Default 60 s; at most 10 min.
    pub request: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), request: Duration::from_secs(60) }
    }
}

impl ClientConfig {
    /// A configuration with every default.
    pub fn new(base: Url, token_url: Url, client_id: impl Into<String>, client_secret: Secret) -> Self {
        Self {
            base,
            token_url,
            auth: TokenAuth::default(),
            client_id: client_id.into(),
            client_secret,
            scope: DEFAULT_SCOPE.to_owned(),
            token_reuse: TokenReuse::default(),
            timeouts: Timeouts::default(),
            answer_limit: 1 << 20,
            submit_connection: SubmitConnection::default(),
            allowed_origins: Vec::new(),
            extra_ca_pem: None,
            proxy: None,
        }
    }

    /// Checks everything that can be checked without touching the system.
    ///
    /// # Errors
    ///
    /// The first setting that makes no client.
    pub fn validate(&self) -> Result<(), ConfigError> {
        check_url(Setting::Base, &self.base)?;
        if self.base.query().is_some() || self.base.fragment().is_some() {
            return Err(Unfit::HoldsQuery.of(Setting::Base));
        }
        if self
            .base
            .path_segments()
            .into_iter()
            .flatten()
            .any(|segment| segment == "access" || segment.starts_with('$'))
        {
            return Err(Unfit::GoesTooFar.of(Setting::Base));
        }
        check_url(Setting::TokenUrl, &self.token_url)?;
        if self.token_url.fragment().is_some() {
            return Err(Unfit::HoldsQuery.of(Setting::TokenUrl));
        }
        for origin in &self.allowed_origins {
            check_url(Setting::AllowedOrigins, origin)?;
        }
        if let Some(proxy) = &self.proxy {
            check_proxy(proxy)?;
        }
        check_text(Setting::ClientId, &self.client_id, 1, 512)?;
        check_text(Setting::ClientSecret, self.client_secret.expose(), 1, 4096)?;
        check_text(Setting::Scope, &self.scope, 0, 2048)?;
        self.check_limits()
    }

    fn check_limits(&self) -> Result<(), ConfigError> {
        let Timeouts { connect, request } = self.timeouts;
        if request.is_zero() || request > Duration::from_secs(600) {
            let unfit = Unfit::OutOfRange { range: "more than 0 and at most 600 seconds" };
            return Err(unfit.of(Setting::RequestLimit));
        }
        // With a shorter connect limit, a request that runs out of time has been connected: it may have been sent.
        if connect.is_zero() || connect >= request {
            let unfit = Unfit::OutOfRange { range: "more than 0 and less than the request limit" };
            return Err(unfit.of(Setting::ConnectLimit));
        }
        if !(1024..=GREATEST_ANSWER_LIMIT).contains(&self.answer_limit) {
            return Err(Unfit::OutOfRange { range: "1024 to 67108864 bytes" }.of(Setting::AnswerLimit));
        }
        Ok(())
    }

    /// Whether any request goes over TLS.
    pub(crate) fn needs_tls(&self) -> bool {
        self.addresses().any(|url| url.scheme() == "https")
    }

    /// Whether every request goes over TLS.
    pub(crate) fn is_all_tls(&self) -> bool {
        self.addresses().all(|url| url.scheme() == "https")
    }

    fn addresses(&self) -> impl Iterator<Item = &Url> {
        [&self.base, &self.token_url].into_iter().chain(&self.allowed_origins)
    }
}

fn check_url(setting: Setting, url: &Url) -> Result<(), ConfigError> {
    check_address(url).map_err(|fault| match fault {
        AddressFault::NotSecure => Unfit::NotSecure.of(setting),
        AddressFault::HoldsCredentials => Unfit::HoldsCredentials.of(setting),
    })
}

fn check_proxy(proxy: &Url) -> Result<(), ConfigError> {
    if !matches!(proxy.scheme(), "http" | "https") || proxy.host().is_none() {
        return Err(Unfit::OutOfRange { range: "an http or https URL" }.of(Setting::Proxy));
    }
    if !proxy.username().is_empty() || proxy.password().is_some() {
        return Err(Unfit::HoldsCredentials.of(Setting::Proxy));
    }
    Ok(())
}

fn check_text(setting: Setting, text: &str, least: usize, most: usize) -> Result<(), ConfigError> {
    let printable = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if printable && (least..=most).contains(&text.len()) { Ok(()) } else { Err(Unfit::Text { most }.of(setting)) }
}

/// Origins only: a URL that fails validation may hold anything.
impl fmt::Debug for ClientConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = |url: &Url| url.origin().ascii_serialization();
        f.debug_struct("ClientConfig")
            .field("base", &origin(&self.base))
            .field("token_url", &origin(&self.token_url))
            .field("auth", &self.auth)
            .field("client_secret", &self.client_secret)
            .field("token_reuse", &self.token_reuse)
            .field("timeouts", &self.timeouts)
            .field("answer_limit", &self.answer_limit)
            .field("submit_connection", &self.submit_connection)
            .field("allowed_origins", &self.allowed_origins.iter().map(origin).collect::<Vec<_>>())
            .field("extra_ca_pem", &self.extra_ca_pem.is_some())
            .field("proxy", &self.proxy.as_ref().map(origin))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(base: &str) -> ClientConfig {
        let token_url = Url::parse("https://login.example.org/oauth2/token").unwrap();
        ClientConfig::new(Url::parse(base).unwrap(), token_url, "client-1", Secret::new("s3cr3t-value"))
    }

    #[test]
    fn https_anywhere_and_http_on_loopback_are_accepted() {
        for base in [
            "https://api.example.org/cdx/services/fhir",
            "https://api.example.org",
            "http://127.0.0.1:8080",
            "http://127.8.9.10/fhir/",
            "http://[::1]:9000",
            "http://localhost:8080/fhir",
        ] {
            assert!(config(base).validate().is_ok(), "{base}");
        }
    }

    #[test]
    fn http_elsewhere_and_other_schemes_are_refused() {
        for base in [
            "http://api.example.org",
            "http://10.0.0.1",
            "http://localhost.example.org",
            "http://0.0.0.0",
            "http://[::ffff:127.0.0.1]",
            "ftp://127.0.0.1",
            "file:///etc/passwd",
        ] {
            let error = config(base).validate().unwrap_err();
            assert!(
                matches!(error, ConfigError::Setting { setting: Setting::Base, why: Unfit::NotSecure }),
                "{base}: {error}"
            );
        }
        let mut other = config("https://api.example.org");
        other.token_url = Url::parse("http://login.example.org/token").unwrap();
        assert!(matches!(
            other.validate(),
            Err(ConfigError::Setting { setting: Setting::TokenUrl, why: Unfit::NotSecure })
        ));
        let mut other = config("https://api.example.org");
        other.allowed_origins = vec![Url::parse("http://status.example.org").unwrap()];
        assert!(matches!(
            other.validate(),
            Err(ConfigError::Setting { setting: Setting::AllowedOrigins, why: Unfit::NotSecure })
        ));
    }

    #[test]
    fn a_base_that_goes_into_the_api_is_refused_with_a_hint() {
        for base in
            ["https://h.example/access", "https://h.example/fhir/access/Patient/$align", "https://h.example/access/"]
        {
            let error = config(base).validate().unwrap_err();
            assert!(matches!(error, ConfigError::Setting { setting: Setting::Base, why: Unfit::GoesTooFar }), "{base}");
            assert!(error.hint().contains("/access"));
        }
        assert!(matches!(
            config("https://h.example/?a=b").validate(),
            Err(ConfigError::Setting { setting: Setting::Base, why: Unfit::HoldsQuery })
        ));
    }

    #[test]
    fn credentials_in_a_url_are_refused_and_never_printed() {
        let mut config = config("https://user:hunter2@api.example.org/path-1?token=abc");
        config.proxy = Some(Url::parse("http://p:hunter3@proxy.example.org:3128").unwrap());
        assert!(matches!(
            config.validate(),
            Err(ConfigError::Setting { setting: Setting::Base, why: Unfit::HoldsCredentials })
        ));
        let printed = format!("{config:?}");
        for secret in ["hunter2", "hunter3", "s3cr3t-value", "abc", "client-1"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }

    #[test]
    fn texts_and_limits_are_checked() {
        let good = config("https://api.example.org");
        let with = |change: fn(&mut ClientConfig)| {
            let mut config = good.clone();
            change(&mut config);
            config.validate().unwrap_err().to_string()
        };
        assert!(with(|config| config.client_id = String::new()).contains("client-id"));
        assert!(with(|config| config.client_secret = Secret::new("line\n")).contains("client-secret"));
        assert!(with(|config| config.scope = "a\tb".to_owned()).contains("scope"));
        assert!(with(|config| config.answer_limit = 0).contains("answer-limit"));
        assert!(with(|config| config.timeouts.connect = config.timeouts.request).contains("timeouts.connect"));
        assert!(with(|config| config.timeouts.request = Duration::from_secs(601)).contains("timeouts.request"));
    }
}
