//! Why settings make no client.

use std::fmt;

/// A setting of [`crate::ClientConfig`] that can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// `base`
    Base,
    /// `token_url`
    TokenUrl,
    /// `client_id`
    ClientId,
    /// `client_secret`
    ClientSecret,
    /// `scope`
    Scope,
    /// `timeouts.connect`
    ConnectLimit,
    /// `timeouts.request`
    RequestLimit,
    /// `answer_limit`
    AnswerLimit,
    /// `allowed_origins`
    AllowedOrigins,
    /// `extra_ca_pem`
    ExtraCa,
    /// `proxy`
    Proxy,
}

/// The field's name in kebab case.
impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Base => "base",
            Self::TokenUrl => "token-url",
            Self::ClientId => "client-id",
            Self::ClientSecret => "client-secret",
            Self::Scope => "scope",
            Self::ConnectLimit => "timeouts.connect",
            Self::RequestLimit => "timeouts.request",
            Self::AnswerLimit => "answer-limit",
            Self::AllowedOrigins => "allowed-origins",
            Self::ExtraCa => "extra-ca",
            Self::Proxy => "proxy",
        })
    }
}

/// What is wrong with a setting, as what is said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Neither https nor http to a loopback address.
    #[error("must be an https URL")]
    NotSecure,
    /// User name or password inside a URL.
    #[error("holds credentials")]
    HoldsCredentials,
    /// A query or fragment where there can be none.
    #[error("must have neither query nor fragment")]
    HoldsQuery,
    /// The base already goes into the API.
    #[error("must end before `/access`")]
    GoesTooFar,
    /// A text that is empty, too long, or has characters it cannot have.
    #[error("must be 1 to {most} printable ASCII characters")]
    Text {
        /// Longest length.
        most: usize,
    },
    /// A number or duration outside its range.
    #[error("must be {range}")]
    OutOfRange {
        /// The range, with its unit.
        range: &'static str,
    },
    /// No PEM certificate.
    #[error("holds no readable PEM certificate")]
    NoCertificate,
}

impl Unfit {
    /// The error that a setting is so.
    pub(crate) const fn of(self, setting: Setting) -> ConfigError {
        ConfigError::Setting { setting, why: self }
    }

    const fn hint(self) -> &'static str {
        match self {
            Self::NotSecure => "use https://; http:// is accepted for 127.0.0.0/8, [::1] and localhost only",
            Self::HoldsCredentials => "take user name and password out of the URL",
            Self::HoldsQuery => "cut the URL before `?` or `#`",
            Self::GoesTooFar => "cut the URL before `/access`; the operation's path is added for each request",
            Self::Text { .. } => "copy the value from the registration, without line breaks",
            Self::OutOfRange { .. } => "choose a value inside the range",
            Self::NoCertificate => "give a PEM file with at least one CERTIFICATE block",
        }
    }
}

/// Settings that make no client.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// One setting cannot work.
    #[error("`{setting}` {why}")]
    Setting {
        /// Which.
        setting: Setting,
        /// What is wrong with it.
        why: Unfit,
    },
    /// Nothing to check certificates against.
    #[error("no trusted root certificates were found on this system")]
    NoRoots,
    /// The TLS settings were refused by the TLS library.
    #[error("tls could not be set up")]
    Tls(#[source] rustls::Error),
    /// The HTTP client could not be built.
    #[error("the http client could not be built")]
    Build(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ConfigError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Setting { why, .. } => why.hint(),
            Self::NoRoots => "install the system's CA certificates, or name a PEM file as extra CA",
            Self::Tls(_) | Self::Build(_) => "report this with the version of access-bridge",
        }
    }
}
