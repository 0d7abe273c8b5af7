//! Tokens of another service than the ACCESS API, by client credentials: a mail server's, for example.

use crate::token::{Need, TokenSource};
use crate::transport::Transport;
use crate::{ClientConfig, ConfigError, Failure, TokenAuth};
use bridge_types::{Clock, Secret};
use std::fmt;
use std::sync::Arc;
use url::Url;

/// Obtains access tokens of one client at one endpoint, and keeps each for as long as it is good. Clones share it.
#[derive(Clone)]
pub struct TokenClient(Arc<Inner>);

struct Inner {
    transport: Transport,
    tokens: TokenSource,
}

/// A client as it is registered for tokens.
#[derive(Debug, Clone)]
pub struct TokenSettings {
    /// The token endpoint: https, or http on loopback addresses.
    pub url: Url,
    /// Id of the client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// What the token is for, as the service names it; may be empty.
    pub scope: String,
    /// A certificate authority beside the system's, as PEM.
    pub extra_ca_pem: Option<Vec<u8>>,
}

impl TokenClient {
    /// Makes a client. Connects to nothing.
    ///
    /// # Errors
    ///
    /// The first setting that makes no client.
    pub fn new(settings: TokenSettings, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        let TokenSettings { url, client_id, client_secret, scope, extra_ca_pem } = settings;
        // Nothing but tokens is asked for, so there is no other address.
        let mut base = url.clone();
        base.set_path("");
        base.set_query(None);
        let mut config = ClientConfig::new(base, url, client_id, client_secret);
        // Mail services take the form; what takes the header only says so, and is asked that way.
        config.auth = TokenAuth::Auto;
        config.scope = scope;
        config.extra_ca_pem = extra_ca_pem;
        config.validate()?;
        Ok(Self(Arc::new(Inner { transport: Transport::new(&config)?, tokens: TokenSource::new(&config, clock) })))
    }

    /// A token that is good now.
    ///
    /// # Errors
    ///
    /// Where the endpoint gives none.
    pub async fn token(&self) -> Result<Secret, Box<Failure>> {
        match self.0.tokens.obtain(self.0.transport.pooled(), Need::Any).await {
            Ok(token) => Ok(token.secret().clone()),
            Err(failure) => Err(Box::new(failure.at(self.0.tokens.url(), None))),
        }
    }
}

impl fmt::Debug for TokenClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenClient").finish_non_exhaustive()
    }
}
